"""Verbs that show what was measured: summary, serve, export, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.demo import SEED, TOWN_PORT
from app.options import HomeOption, JsonOption, QuietOption, existing_home, home_folder

if TYPE_CHECKING:
    from pipeline.home import Home


def summary(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """The published figures: natural NPS of each brand with its interval, beside native ratings, top emotions."""
    show_summary(existing_home(home), as_json=as_json)


def show_summary(place: Home, *, as_json: bool) -> None:
    """Print the summary of the home's snapshot. Raises SnapshotMissing."""
    from app.output import print_json
    from app.summaries import print_summary
    from pipeline.snapshot import Snapshot
    from pipeline.summary import summary

    with Snapshot.open(place) as snapshot:
        found = summary(snapshot)
    print_json(found.to_dict()) if as_json else print_summary(found)


def serve(
    home: HomeOption = None,
    port: Annotated[int | None, typer.Option(help="Port of the view.  [default: from sayso.toml, 8501]")] = None,
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
