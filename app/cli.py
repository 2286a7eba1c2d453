"""sayso: the command line. Every verb says what it does with --help; docs/cli.md has them all."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from app.errors import exit_code
from app.options import HOME_ENV
from app.verbs import (
    alerts,
    audits,
    collect,
    detection,
    dossiers,
    homes,
    measure,
    privacy,
    reports,
    show,
    surveys,
    texts,
)

app = typer.Typer(
    name="sayso",
    help="What people say about a brand without being asked: natural NPS and emotional footprint.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

GROUPS = {
    "Begin": (homes.init, show.demo, homes.doctor, texts.sources),
    "Collect": (collect.crawl, collect.import_),
    "Measure": (
        measure.run, measure.ingest, measure.score, measure.detect, measure.aggregate, measure.publish,
    ),
    "Show": (show.serve, show.summary, surveys.survey, show.export, reports.report, dossiers.dossier),
    "Keep clean": (privacy.forget,),
    "Without a home": (texts.parse, texts.read),
}  # fmt: skip

for group, verbs in GROUPS.items():
    for verb in verbs:
        app.command(name=verb.__name__.rstrip("_"), rich_help_panel=group)(verb)
app.add_typer(audits.audit, rich_help_panel="Measure")
app.add_typer(alerts.alert, rich_help_panel="Show")
app.add_typer(detection.evaluate, rich_help_panel="Measure the methods")
app.add_typer(detection.bench, rich_help_panel="Measure the methods")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sayso {metadata.version('sayso')}")
        raise typer.Exit


@app.callback()
def sayso(
    home: Annotated[
        Path | None, typer.Option(help="Folder with sayso.toml and its data.", envvar=HOME_ENV)
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """What people say about a brand without being asked: natural NPS and emotional footprint.

    Begin with `sayso demo`, or with `sayso init`, an edited sayso.toml, and `sayso run`.
    """
    if home is not None:
        os.environ[HOME_ENV] = str(home)


def main() -> None:
    """Entry point: named errors become exit codes, nothing else is caught."""
    sys.exit(exit_code(lambda: app(standalone_mode=True)))
