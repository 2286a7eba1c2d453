"""`sayso report`: the pages that a brand manager forwards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cuts import EVERYTHING, Chosen, filtered
from app.options import HomeOption, JsonOption, existing_home

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.report import Report


@filtered(without=("brand", "since", "until"))
def report(
    home: HomeOption = None,
    brand: Annotated[str | None, typer.Option(help="Which brand.  [default: the first own brand]")] = None,
    period: Annotated[
        str | None,
        typer.Option(
            help="2026-10, 2026-Q3, 2026, two days with `..` between, or all.  [default: the last month]"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The HTML file; the PDF stands beside it.  [default: in exports/]")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Print a PDF too; this needs Chromium.")] = True,
    chosen: Chosen = EVERYTHING,
    as_json: JsonOption = False,
) -> None:
    """Write the report of a brand and period as one HTML file and as PDF, with the figures of the view.

    Cover figure, trend, competitors, footprint, relations, drivers, survey, campaigns, quotes and the method.
    """
    from app.output import print_json, say
    from app.printing import print_pdf
    from app.report_page import page
    from pipeline.files import file_name, whole

    place = existing_home(home)
    found = made(place, brand, period, chosen)
    path = out or place.exports / f"report-{file_name(found.brand)}-{file_name(found.span.label)}.html"
    with whole(path) as file:
        file.write(page(found).encode("utf-8"))
    written = [path]
    if pdf:
        print_pdf(path, path.with_suffix(".pdf"))
        written.append(path.with_suffix(".pdf"))
    if as_json:
        print_json({"brand": found.brand, "period": found.span.label, "files": written})
    else:
        say("\n".join(map(str, written)))


def made(place: Home, brand: str | None, period: str | None, chosen: Chosen = EVERYTHING) -> Report:
    """The report's figures. Raises SnapshotMissing, and InputError for an unknown brand or period."""
    from pipeline import report as reports
    from pipeline.snapshot import Snapshot

    with Snapshot.open(place) as snapshot:
        name = brand or reports.default_brand(snapshot)
        asked = reports.span(period) if period else reports.last_month(snapshot, name)
        return reports.report(snapshot, name, asked, chosen.cut())
