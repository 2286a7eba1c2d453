"""Progress of long work on standard error: a bar for a person, plain lines where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Report = Callable[[str, int, int | None], None]
"""Called with what is going on, how much is done, and of how much (None: not known)."""

_LINE_EVERY = 10.0


def silent(what: str, done: int, total: int | None) -> None:
    """A Report that says nothing."""


@contextmanager
def reporting(quiet: bool = False) -> Iterator[Report]:
    """Give a Report that draws on standard error until the block ends."""
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        yield from _bars()
    else:
        yield _lines()


def _bars() -> Iterator[Report]:
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield report


def _lines() -> Report:
    last: dict[str, float] = {}

    def report(what: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if what not in last or now - last[what] >= _LINE_EVERY or done == total:
            last[what] = now
            of = f" of {total:,}" if total is not None else ""
            print(f"{what}: {done:,}{of}", file=sys.stderr, flush=True)  # noqa: T201

    return report
