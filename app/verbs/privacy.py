"""What must not be kept: forget."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import HomeOption, JsonOption, QuietOption, existing_home

if TYPE_CHECKING:
    from app.forgetting import Forgotten


def forget(
    home: HomeOption = None,
    author: Annotated[
        list[str] | None,
        typer.Option(help="Everything by this author's handle; - reads handles from standard input."),
    ] = None,
    author_hash: Annotated[
        list[str] | None, typer.Option(help="Everything by the author with this hash.")
    ] = None,
    mention: Annotated[list[str] | None, typer.Option(help="This mention: its id, or its address.")] = None,
    source: Annotated[str | None, typer.Option(help="A whole source: KIND:HOST, or KIND.")] = None,
    brand: Annotated[str | None, typer.Option(help="Mentions that speak of this brand and no other.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many mentions would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove texts for good: from landing, rejects, inbox, warehouse and snapshots, which are written anew.

    Authors and mentions are not collected again: their hashes are kept for that. Says what else may hold
    them: exports, a warehouse kept by a rebuild, your backups.
    """
    from app.forgetting import Asked, count_home, forget_home
    from app.output import print_json, say
    from app.progress import reporting

    place = existing_home(home)
    asked = Asked(_handles(author or []), author_hash or [], mention or [], source, brand)
    if dry_run or not yes:
        with reporting(quiet) as report:
            count = count_home(place, asked, report)
        if dry_run:
            print_json({"mentions": count}) if as_json else say(f"{count:,} mentions would go.")
            return
        typer.confirm(f"Remove {count:,} mentions for good?", abort=True, err=True)
    with reporting(quiet) as report:
        found = forget_home(place, asked, report)
    print_json(asdict(found)) if as_json else _show(found)


def _handles(given: list[str]) -> list[str]:
    """A handle in an argument stays in the shell's history: it may come by standard input too."""
    read = [line.strip() for line in sys.stdin if line.strip()] if "-" in given else []
    return [*(handle for handle in given if handle != "-"), *read]


def _show(found: Forgotten) -> None:
    from app.output import print_pairs, say

    counts = asdict(found.removed)
    unreadable = counts.pop("unreadable")
    print_pairs("Removed", counts)
    for name in unreadable:
        say(f"Damaged, and left as it is: {name}. Remove it by hand, or restore it and run this again.")
    for name in found.asking:
        say(
            f"Target {name} still collects this: take it out of sayso.toml, or the next crawl brings it back."
        )
    for place in found.elsewhere:
        say(f"May still hold it: {place}")
