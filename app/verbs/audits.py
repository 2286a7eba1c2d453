"""`sayso audit`: draw a random sample, take its labels in, see how far the reader errs on these texts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import HomeOption, JsonOption, existing_home

if TYPE_CHECKING:
    from pipeline.audit import Audit

audit = typer.Typer(
    name="audit",
    no_args_is_help=True,
    help="Check the reader on your own texts: draw a random sample, label it, see the error.",
)


@audit.command("sample")
def sample(
    size: Annotated[int, typer.Argument(help="How many texts.", min=1)],
    home: HomeOption = None,
    brand: Annotated[str | None, typer.Option(help="Of which brand.  [default: the first own brand]")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws another sample.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The sheet.  [default: a file in exports/]")] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a stratified random sample of a brand's texts into a sheet (CSV) to fill in.

    Columns to fill: `score` 0-10, `emotions` and `touchpoints` (separated by commas; `none` for none), `bot`
    yes or no, `note`. An empty cell says nothing. Then `sayso audit import` and `sayso run`.
    """
    from app.output import print_json, say
    from pipeline import audit as audits

    drawn = audits.sample(existing_home(home), size, brand, seed=seed, out=out)
    if as_json:
        print_json(asdict(drawn))
    else:
        say(f"{drawn.size} of {drawn.population:,} texts of {drawn.brand} in {drawn.path}")
        say("Fill in score, emotions, touchpoints and bot, then: sayso audit import FILE")


@audit.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The filled sheet, CSV or XLSX.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay the labels of a filled sheet in the inbox; the next `sayso run` takes them in.

    Rows whose `sample` is empty are corrections of single readings: each is its mention's score from then
    on, and no label of a sample. Bad rows are named; exits with 1 if there are any.
    """
    from app.output import complain, print_json, say
    from pipeline import audit as audits

    report = audits.take_sheet(existing_home(home), file)
    if as_json:
        print_json(asdict(report))
    else:
        say(f"{report.of_sample} labels of a sample, {report.corrections} corrections")
        say(f"{report.empty} rows left empty")
        say("Next: `sayso run --no-crawl`, then `sayso audit report`")
    for fault in report.rejected:
        complain(f"rejected: {fault}")
    if report.rejected:
        raise typer.Exit(1)


@audit.command("report")
def report(
    home: HomeOption = None,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    as_json: JsonOption = False,
) -> None:
    """How far the reader errs on each brand's own texts, and the NPS that the labels correct it to."""
    from app.output import print_json, print_table, say
    from pipeline import audit as audits
    from pipeline.snapshot import Snapshot

    with Snapshot.open(existing_home(home)) as snapshot:
        found = audits.report(snapshot, brand)
    if as_json:
        print_json([audits.to_dict(item) for item in found])
        return
    if not found:
        say("No labels yet. Next: `sayso audit sample 100`")
    for item in found:
        print_table(f"{item.brand}: {item.labelled} labelled at random", ["", ""], _lines(item))


def _lines(item: Audit) -> list[tuple[str, str]]:
    lines = [
        ("texts labelled with a score", str(item.scored)),
        ("corrections, no labels of a sample", str(item.corrections)),
    ]
    if item.stale:
        lines.append(("labels of texts that have changed since", str(item.stale)))
    if item.error and item.class_agreement and item.label_nps:
        error = item.error
        lines += [
            ("same class", f"{item.class_agreement.value:.0%}"),
            ("score, mean distance", f"{item.absolute_error:.2f} of 10"),
            ("NPS read less NPS labelled", f"{error.value:+.1f} ({error.low:+.1f} to {error.high:+.1f})"),
        ]
    if item.read and item.corrected is not None:
        span = f"({item.corrected_low:+.0f} to {item.corrected_high:+.0f})"
        lines += [
            ("NPS as read", f"{item.read.nps:+.0f}"),
            ("NPS with the labels", f"{item.corrected:+.0f} {span}"),
        ]
    else:
        lines.append(("too few scores to tell the error", "10 are needed, 100 are better"))
    return lines
