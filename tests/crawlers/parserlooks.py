"""Looks that behave as hostile pages make parsers behave, and a stage that reads pages with them.

`python parserlooks.py '["fine", "crash", ...]'` reads a page with each and prints what came of them: in a process
of its own, because only one without threads may fork.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from datetime import UTC, datetime
from typing import Any

from crawlers.authors import AuthorHasher
from crawlers.mention import Mention
from crawlers.parserprocess import Keeper
from crawlers.parsers import Parsers
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.sheets import Died, Outcome, Read, Task

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def fine(page: Page) -> tuple[Parsed, str]:
    text = page.body.decode()
    found = Mention(source="feed:x.example", kind="post", native_id=text, text=text, collected_at=NOW)
    return Parsed([found], found=1), text


def crash(page: Page) -> tuple[Parsed, None]:
    ctypes.string_at(0)
    return Parsed(), None


def killed(page: Page) -> tuple[Parsed, None]:
    os.kill(os.getpid(), signal.SIGKILL)
    return Parsed(), None


def endless(page: Page) -> tuple[Parsed, None]:
    while True:
        pass


def greedy(page: Page) -> tuple[Parsed, Any]:
    return Parsed(), [bytearray(1 << 24) for _ in range(1_000)]


def no_page(page: Page) -> tuple[Parsed, None]:
    raise ParseError("expected a page")


def defective(page: Page) -> tuple[Parsed, None]:
    raise KeyError(page.body.decode())


def cannot_travel(page: Page) -> tuple[Parsed, Any]:
    return Parsed(), lambda: None


def leaves(page: Page) -> tuple[Parsed, None]:
    os._exit(3)


async def read_all(names: list[str], keeper: Keeper, most: int) -> list[Outcome]:
    parsers = Parsers(keeper, most)
    tasks = [
        Task(globals()[name], Page(f"ābols {place} 🍏".encode(), "https://x.example/", NOW, AuthorHasher()),
             (), "t", None)
        for place, name in enumerate(names)
    ]  # fmt: skip
    outcomes = await asyncio.gather(*(parsers.read(task) for task in tasks))
    parsers.close()
    return outcomes


def plain(outcome: Outcome) -> list[str]:
    if isinstance(outcome, Read):
        return ["Read", str(outcome.seen), *(ready.line.decode() for ready in outcome.sheet.ready)]
    return [type(outcome).__name__, outcome.how if isinstance(outcome, Died) else outcome[0]]


def main() -> None:
    keeper = Keeper.start(seconds=0.5, memory=400 << 20)
    print(keeper.pid, flush=True)  # noqa: T201 - for the test that asks who is left
    names = json.loads(sys.argv[1])
    outcomes = asyncio.run(read_all(names, keeper, int(sys.argv[2])))
    keeper.stop()
    print(json.dumps([plain(outcome) for outcome in outcomes]))  # noqa: T201


if __name__ == "__main__":
    sys.modules["parserlooks"] = sys.modules["__main__"]
    for look in (fine, crash, killed, endless, greedy, no_page, defective, cannot_travel, leaves):
        look.__module__ = "parserlooks"
    main()
