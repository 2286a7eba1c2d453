"""Verbs that show what was measured: summary, serve, export, demo."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cuts import EVERYTHING, Chosen, filtered
from app.demo import SEED, TOWN_PORT
from app.options import HomeOption, JsonOption, QuietOption, existing_home
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.facts import Key
    from pipeline.home import Home


@filtered()
def summary(home: HomeOption = None, chosen: Chosen = EVERYTHING, as_json: JsonOption = False) -> None:
    """The published figures: natural NPS of each brand with its interval, native ratings, top emotions."""
    show_summary(existing_home(home), chosen, as_json=as_json)


def show_summary(place: Home, chosen: Chosen = EVERYTHING, *, as_json: bool) -> None:
    """Print the summary of the home's snapshot. Raises SnapshotMissing."""
    from app.output import print_json
    from app.summaries import print_summary
    from pipeline.snapshot import Snapshot
    from pipeline.summary import summary

    with Snapshot.open(place) as snapshot:
        found = summary(snapshot, chosen.cut())
    print_json(found.to_dict()) if as_json else print_summary(found)


def serve(
    home: HomeOption = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the view.  [default: from sayso.toml, 8501]")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Open the view on this machine. A new snapshot shows without a restart."""
    from app.serve import serve

    serve(existing_home(home), port, open_browser)


def demo(
    home: Annotated[Path, typer.Option(help="Folder of the demo's home.")] = Path("demo-home"),
    view: Annotated[bool, typer.Option("--view/--no-view", help="--no-view ends after the summary.")] = True,
    port: Annotated[int | None, typer.Option(help="Port of the view.")] = None,
    town_port: Annotated[int, typer.Option(help="Port of the sample town.")] = TOWN_PORT,
    seed: Annotated[int, typer.Option(help="Seed of the sample town.")] = SEED,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """A sample town of three brands on loopback: collect it with the real spiders, read it, open the view."""
    from app.demo import demo_home, town
    from app.output import say
    from app.progress import reporting
    from app.serve import serve
    from app.verbs.measure import run_home

    with town(town_port, seed) as origin:
        place = demo_home(home, origin)
        with reporting(quiet) as report:
            run_home(place, report, force=True)
        show_summary(place, as_json=as_json)
        if view:
            say("Opening the view; Ctrl-C ends it and the town.")
            serve(place, port, True)


@filtered()
def export(
    what: Annotated[
        str,
        typer.Argument(
            help="mentions, readings, campaigns, nps, footprint, drivers, voice (share of voice), trend, "
            "index (weighted), relations, answers (whom to answer) or survey."
        ),
    ],
    home: HomeOption = None,
    out: Annotated[
        Path | None, typer.Option(help="File, or `-` for standard output.  [default: a file in exports/]")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="csv, xlsx, json, jsonl or parquet.  [default: by the file's name, csv]"
        ),
    ] = None,
    chosen: Chosen = EVERYTHING,
    by: Annotated[
        list[str] | None, typer.Option(help="Figures per brand, source, lang, ...; may be repeated.")
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="A mark at the start of a CSV that Excel needs.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write mentions or figures of the published snapshot to a file, the same numbers as in the view.

    Cells that a spreadsheet would run as a formula are defused.
    """
    from app.output import print_json
    from pipeline.export import export

    target = sys.stdout.buffer if str(out) == "-" else out
    report = export(what, existing_home(home), chosen.cut(), target, form=form, by=_keys(by), bom=bom)
    if as_json:
        print_json(asdict(report))
    else:
        typer.echo(f"{report.rows:,} rows of {report.what} to {report.path or 'standard output'}", err=True)


def _keys(names: list[str] | None) -> list[Key]:
    from pipeline.facts import KEYS

    known = {str(key): key for key in KEYS}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise InputError(
            f"{unknown[0]!r} is no key", where="--by", next_step="use one of: " + ", ".join(known)
        )
    return [known[name] for name in names or ["brand"]]
