"""Verbs of the pipeline, in their order: ingest, score, detect, aggregate, publish; run is all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.options import HomeOption, JsonOption, ModelOption, QuietOption, existing_home
from app.progress import Report

if TYPE_CHECKING:
    import duckdb

    from pipeline.home import Home
    from pipeline.scoring import TextReader

Step = Callable[["Home", "duckdb.DuckDBPyConnection", Report], Any]


def _step(home: HomeOption, as_json: bool, quiet: bool, title: str, step: Step) -> None:
    """Run one step on the home's warehouse and print its report."""
    from app.output import as_fields, print_json, print_pairs
    from app.progress import reporting
    from pipeline.warehouse import open_warehouse

    place = existing_home(home)
    with reporting(quiet) as report, open_warehouse(place) as con:
        found = step(place, con, report)
    fields = as_fields(found)
    print_json(fields) if as_json else print_pairs(title, fields)


def reader_factory(home: Home, model: Path | None = None) -> Callable[[], TextReader]:
    """What loads the reader in the folder `model`, else the one that the home's config asks for."""

    def load() -> TextReader:
        from models.doors import open_reader

        return open_reader(model or home.config.reader.model, threads=home.config.reader.threads)

    return load


def ingest(
    home: HomeOption = None,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild", help="Make the warehouse anew from landing; the old file is kept beside it."
        ),
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take what was landed into the warehouse: identify, find edits and copies, match brands.

    With --rebuild, readings are carried over from the old file, so that no text is read again.
    """
    from app.output import as_fields, print_json, print_pairs
    from app.progress import reporting
    from pipeline import ingest as room

    if not rebuild:
        _step(home, as_json, quiet, "Ingest", room.ingest)
        return
    place = existing_home(home)
    with reporting(quiet) as report:
        found = as_fields(room.rebuild(place, report))
    print_json(found) if as_json else print_pairs("Ingest", found)


def score(
    home: HomeOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read every text that the current model has not read. Interrupted, it goes on where it stopped.

    With --model the readings of that model count until the next score without it.
    """
    from pipeline.scoring import score

    def step(place: Home, con: duckdb.DuckDBPyConnection, report: Report) -> Any:
        return score(con, reader_factory(place, model), report, model=model_version(place, model))

    _step(home, as_json, quiet, "Score", step)


def detect(home: HomeOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Say of each mention how likely it is not authentic, with reasons. Sets aside, never deletes."""
    from pipeline.authenticity import detect

    _step(home, as_json, quiet, "Detect", lambda place, con, report: detect(con, place.config, report))


def aggregate(home: HomeOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Build the figures from readings and ratings, unless nothing changed."""
    from pipeline.aggregate import aggregate

    _step(home, as_json, quiet, "Aggregate", lambda place, con, _: aggregate(con, place.config, place.root))


def publish(home: HomeOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Write a new snapshot for the view, exports and alerts, unless nothing changed."""
    from pipeline.publish import publish

    def step(place: Home, con: duckdb.DuckDBPyConnection, _: Report) -> Any:
        return {"snapshot": publish(place, con, place.config)}

    _step(home, as_json, quiet, "Publish", step)


def run(
    home: HomeOption = None,
    crawl: Annotated[bool, typer.Option(help="Collect first; --no-crawl leaves the sources alone.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Targets that are not yet due too.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Everything: crawl, ingest, score, detect, aggregate, publish, alert. Then the summary.

    Safe under cron: each step picks up where it was, a second run at once is refused, a report of the run
    is kept in logs/.
    """
    from app.progress import reporting
    from app.verbs.show import show_summary

    place = existing_home(home)
    with reporting(quiet) as report:
        run_home(place, report, crawl=crawl, force=force)
    show_summary(place, as_json=as_json)


def run_home(place: Home, report: Report, *, crawl: bool = True, force: bool = False) -> None:
    """Run every step on a home; a target or warning that failed is told on standard error."""
    from app.collecting import crawl_home, retention_rules
    from app.output import complain
    from app.verbs.alerts import alerting
    from pipeline.run import run

    def collect() -> Any:
        found = crawl_home(place, report, force=force)
        for target in found.failed:
            complain(f"target failed: {target.target}; `sayso crawl` tells more")
        return found

    def warn() -> Any:
        found = alerting(place).run()
        for line in found.undelivered:
            complain(f"alert: {line}")
        return found

    collects = collect if crawl and place.config.targets else None
    kept, model = retention_rules(place.config), model_version(place)
    run(place, collects, reader_factory(place), report, model=model, retention=kept, alert=warn)


def model_version(home: Home, model: Path | None = None) -> str:
    """The version of the weights that `reader_factory` would load, without loading them."""
    from pipeline.scoring import shipped_model

    folder = model or home.config.reader.model
    return shipped_model(Path(folder) if folder else None)
