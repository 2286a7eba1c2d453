"""Verbs that bring mentions in: crawl, import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.options import HomeOption, JsonOption, QuietOption, existing_home

if TYPE_CHECKING:
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
