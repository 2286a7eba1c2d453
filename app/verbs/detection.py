"""Verbs that measure detection: bench campaigns, evaluate authenticity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import ModelOption, QuietOption
from app.verbs.models import bench, evaluate

__all__ = ["bench", "evaluate"]

if TYPE_CHECKING:
    from app.progress import Report
    from pipeline.campaign_bench import Settings
    from pipeline.labelled_streams import Base


@bench.command("campaigns")
def bench_campaigns(
    streams: Annotated[
        Path | None,
        typer.Option(help="File or folder of labelled texts.  [default: the sample town]", exists=True),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only rows of this split (train, dev).")] = None,
    plants: Annotated[int, typer.Option(help="Campaigns planted into each set.", min=1)] = 36,
    untouched: Annotated[
        bool, typer.Option(help="Watch untouched streams and organic crises too, every hour of them.")
    ] = True,
    threshold: Annotated[float, typer.Option(help="p_bot from which a mention is set aside.")] = 0.8,
    seed: Annotated[int, typer.Option(help="Of everything drawn.", min=0)] = 0,
    speed: Annotated[
        int,
        typer.Option(help="Time detection on so many made-up mentions and a tenth of them; 0: not.", min=0),
    ] = 0,
    fit: Annotated[
        Path | None,
        typer.Option(help="Fit the weights of p_bot on these streams and write them to this file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """Plant campaigns into real streams, look every hour: recall, precision, false alarms, hours to
    detection.

    By signal set (text; and minutes; and accounts), kind, size and stealth. What is simulated stands
    beside. No text is read: how it leans is taken from its label.
    """
    from app.output import print_json
    from app.progress import reporting
    from pipeline.campaign_bench import Settings
    from pipeline.campaign_bench import bench_campaigns as measure
    from pipeline.suspicion import shipped_weights

    given = _bases(streams, seed, split)
    settings = Settings(plants, threshold, int(untouched), seed)
    with reporting(quiet) as report:
        if fit is not None:
            print_json(_fitted(given, settings, fit, report))
            return
        figures = measure(given, shipped_weights(), settings, report)
        if speed:
            from pipeline.detection_speed import detection_speed

            figures["speed"] = detection_speed(_words(given), speed, report)
    print_json(figures)


def _bases(streams: Path | None, seed: int, split: str | None) -> list[Base]:
    from pipeline.labelled_streams import bases

    if streams is not None:
        return bases(streams, seed, split)
    from data.town.town import Town

    rows = [
        {"text": e.text, "value": e.level, "scale": [1, 5], "group": e.brand,
         "date": e.published_at.isoformat(), "author": e.author}
        for e in Town().truth() if e.flag == "ordinary" and e.brand and e.level
    ]  # fmt: skip
    return bases([("town", rows)], seed)


def _fitted(given: list[Base], settings: Settings, path: Path, report: Report) -> dict[str, object]:
    from pipeline.suspicion_fit import examples, fit, keep

    told = fit(examples(given, settings, report), [base.name for base in given], settings.seed)
    keep(told, path)
    return told


def _words(given: list[Base]) -> list[str]:
    """Words as often as the streams use them."""
    return " ".join(str(text) for base in given for text in base.table.text[:300]).split()[:20_000]


@evaluate.command("authenticity")
def authenticity(
    corpus: Annotated[Path, typer.Option(help="Folder with authenticity/, or that folder.", exists=True)],
    split: Annotated[str | None, typer.Option(help="Only rows of this split (train, dev).")] = None,
    limit: Annotated[
        int, typer.Option(help="A seeded sample of so many texts a set; 0: all.", min=0)
    ] = 2_000,
    threshold: Annotated[float, typer.Option(help="p_bot from which a mention is set aside.")] = 0.8,
    texts: Annotated[bool, typer.Option(help="Read single texts too; without, incidents only.")] = True,
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """What is concluded of known incidents and why; how well single texts are told (AUC, pairs of one
    length)."""
    from app.output import print_json
    from app.progress import reporting
    from models.doors import open_reader
    from pipeline.authenticity_evaluation import evaluate_authenticity
    from pipeline.suspicion import shipped_weights

    with reporting(quiet) as report:
        figures = evaluate_authenticity(
            corpus, shipped_weights(), threshold, (lambda: open_reader(model)) if texts else None,
            split=split, limit=limit or None, progress=report,
        )  # fmt: skip
    print_json(figures)
