"""Verbs that bring mentions in: crawl, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import HomeOption, JsonOption, QuietOption, existing_home

if TYPE_CHECKING:
    from crawlers.imports import ImportReport
    from crawlers.report import CrawlReport, TargetReport


def crawl(
    home: HomeOption = None,
    target: Annotated[list[str] | None, typer.Option(help="Only this target; may be repeated.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Targets that are not yet due too.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Collect what the targets of sayso.toml say now, and land it.

    Polite: robots.txt is obeyed, hosts are throttled, unchanged pages are not fetched again. A failing target
    never stops the others; exits with 1 if every target failed.
    """
    from app.collecting import crawl_home
    from app.output import print_json
    from app.progress import reporting

    place = existing_home(home)
    with reporting(quiet) as report:
        found = crawl_home(place, report, only=target or (), force=force)
    if as_json:
        print_json(found)
    else:
        show_crawl(found)
    if found.targets and len(found.failed) == len(found.targets):
        raise typer.Exit(1)


def show_crawl(found: CrawlReport) -> None:
    """Per target what was found, then all that a person should look at."""
    from app.output import print_table, say

    if not found.targets:
        say("No targets. Next: add [[targets]] to sayso.toml; `sayso sources` lists the kinds.")
        return
    columns = [
        "target",
        "outcome",
        "pages",
        "new",
        "edited",
        "known",
        "rejected",
        "unchanged",
        "skipped",
        "errors",
    ]
    print_table("Crawl", columns, [_row(target) for target in found.targets])
    for target in found.targets:
        for note in _notes(target):
            say(f"{target.target}: {note}")
    for warning in found.warnings:
        say(warning)


def _row(target: TargetReport) -> list[object]:
    return [
        target.target, target.outcome, target.pages, target.new, target.edited, target.known, target.rejected,
        target.not_modified, sum(c.count for c in target.skipped), sum(c.count for c in target.errors),
    ]  # fmt: skip


def _notes(target: TargetReport) -> list[str]:
    counts = [("error", count) for count in target.errors] + [("skipped", count) for count in target.skipped]
    notes = [
        f"{word}: {count.what} ({count.where}) x {count.count}. {count.next_step}" for word, count in counts
    ]
    return notes + [f"warning: {warning}" for warning in target.warnings]


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSONL, each also as .gz.")],
    home: HomeOption = None,
    brand: Annotated[
        str | None, typer.Option(help="The brand that the rows speak of.  [default: the home's own brand]")
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="A mapping of sayso.toml: [imports.NAME].")] = None,
    kind: Annotated[
        str | None, typer.Option(help="survey, review, post or comment.  [default: guessed]")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="FIELD=COLUMN, e.g. rating=Q1 or text='Why?'; may be repeated.")
    ] = None,
    scale: Annotated[
        str | None, typer.Option(help="Scale of the ratings: 0-10, 1-5.  [default: guessed]")
    ] = None,
    segment: Annotated[
        list[str] | None, typer.Option(help="A column kept as a filter; may be repeated.")
    ] = None,
    date_format: Annotated[str | None, typer.Option(help="E.g. %d.%m.%Y.  [default: guessed]")] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the source.  [default: from the file's name]")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Land the rows of a file that the brand's owner exports: survey answers (0-10 and a comment) or reviews.

    Columns are guessed from their headers, and what was guessed is said. Bad rows go to landing/rejected with
    line and reason, the rest lands. The same file again lands nothing. Exits with 1 if no row could be taken.
    """
    from app.importing import import_home, mapping_of
    from app.output import print_json
    from app.progress import reporting

    place = existing_home(home)
    asked = mapping_of(
        place.config, mapping, brand=brand, kind=kind, columns=column, scale=scale, segments=segment,
        date_format=date_format, name=name,
    )  # fmt: skip
    with reporting(quiet) as report:
        found = import_home(place, file, asked, report)
    print_json(found) if as_json else show_import(found)
    if found.rows and not found.landed and not found.known:
        raise typer.Exit(1)


def show_import(found: ImportReport) -> None:
    """What became of the file, what was guessed, and what was left out."""
    from app.output import print_pairs, say

    fields = {
        f"{field}{' (guessed)' if field in found.guessed else ''}": column
        for field, column in found.mapping.columns.items()
        if column
    }
    print_pairs(f"{found.file}: columns", fields)
    counts = {
        "rows": found.rows,
        "new": found.new,
        "edited": found.edited,
        "known": found.known,
        **found.rejected,
    }
    print_pairs(f"{found.source}: rows", counts)
    if found.left_out:
        say("Not kept, because they name a person or differ in every row: " + ", ".join(found.left_out))
    if found.broken:
        say(f"The file breaks off: {found.broken}. The rows before that have landed.")
    if found.rejected:
        say("Rejected rows stand in landing/rejected with their line and reason.")
    say("Next: `sayso run` (with --no-crawl to leave the sources alone).")
