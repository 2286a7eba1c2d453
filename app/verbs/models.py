"""Verbs that measure the methods themselves: evaluate, bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.options import QuietOption

evaluate = typer.Typer(name="evaluate", help="Measure a method on labelled texts.", no_args_is_help=True)


@evaluate.callback()
def _group() -> None:
    """Measure a method on labelled texts (docs/corpora.md tells the shape) and print the figures."""


@evaluate.command("reader")
def reader(
    corpus: Annotated[
        Path, typer.Option(help="Folder with score/, sentiment/, emotion/, ... or one of these.")
    ],
    split: Annotated[str | None, typer.Option(help="Only rows of this split (train, dev).")] = None,
    limit: Annotated[int | None, typer.Option(help="A seeded sample of so many rows a set.", min=1)] = None,
    baselines: Annotated[bool, typer.Option(help="Trivial baselines beside it; needs scikit-learn.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """The reader's error on each set and language, with 95 % intervals, beside trivial baselines."""
    from app.output import print_json
    from app.progress import reporting
    from models.training.evaluate import evaluate

    with reporting(quiet) as report:
        figures = evaluate(
            corpus, split, limit=limit, baselines=baselines,
            progress=lambda done, total: report("windows of the set", done, total),
        )  # fmt: skip
    print_json(figures)
