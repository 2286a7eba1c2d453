"""Walks over pages that break off anywhere: the runs after them read all, each review lands once, caps are no end.

Real visits with their memory and landing; only the network is played, so that hundreds of runs take seconds.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shoplooks import HOST, NEWEST, RECIPE, Shop

from crawlers import registry
from crawlers.authors import AuthorHasher
from crawlers.errors import CrawlError, HttpError
from crawlers.fetch import Answer, Fetcher
from crawlers.landing import Landing, read_segment, segments
from crawlers.report import TargetReport
from crawlers.robots import Rules
from crawlers.settings import Manners
from crawlers.state import CrawlState
from crawlers.target import Target
from crawlers.visit import Tools, Visit


@dataclass
class Played(Shop):
    """The shop as a fetcher sees it, which fails when told to."""

    asked: int = 0
    fails_at: dict[int, str] = field(default_factory=dict)

    async def get(self, url: str, *, headers: dict[str, str], **_: Any) -> Answer:
        self.asked += 1
        fault = self.fails_at.get(self.asked)
        if fault == "stop":
            raise asyncio.CancelledError
        if fault:
            raise HttpError(500, where=url)
        body = self.body(url).encode()
        tag = f'"{hash(body)}"'
        if headers.get("If-None-Match") == tag:
            return Answer(url, url, 304, b"", {"etag": tag}, NEWEST)
        return Answer(url, url, 200, body, {"etag": tag, "content-type": "text/html"}, NEWEST)

    async def rules(self, url: str) -> Rules:
        return Rules()


class Runs:
    """A home's runs over the shop."""

    def __init__(self, root: Path, shop: Played, kind: str, **options: Any) -> None:
        self.root, self.shop, self.kind = root, shop, kind
        given = dict(RECIPE) if kind == "selectors" else {}
        self.options = given | options

    def run(
        self, fails_at: dict[int, str] | None = None, *, recheck_days: int = 30
    ) -> tuple[str, TargetReport]:
        """One run; the faults happen at these requests. Whether it was done, and its report."""
        self.shop.asked, self.shop.fails_at = 0, fails_at or {}
        target = Target("t", self.kind, f"{HOST}/preces/", recheck_days=recheck_days, options=self.options)
        state = CrawlState(self.root)
        landing = Landing(self.root, seconds=3600, on_seal=state.commit)
        report = TargetReport(target="t", kind=self.kind, started_at=datetime.now(UTC))
        tools = Tools(cast(Fetcher, self.shop), landing, AuthorHasher(), Manners(), {}, lambda *_: None)
        source = registry.source(self.kind)
        visit = Visit(target, state.target(target), source.parser, tools, report)
        try:
            outcome = asyncio.run(_walked(source.spider(visit)))
            if outcome == "done":
                visit.done()
        finally:
            landing.seal()
            state.close()
        return outcome if visit.complete else "partial", report

    def landed(self) -> Counter[int]:
        records = [record for path in segments(self.root) for record in read_segment(path)]
        return Counter(int(record["text"].split()[1]) for record in records)


async def _walked(walk: Any) -> str:
    try:
        await walk
    except asyncio.CancelledError:
        return "interrupted"
    except CrawlError:
        return "failed"
    return "done"


faults = st.dictionaries(st.integers(1, 25), st.sampled_from(["stop", "500"]), max_size=3)
breaks = st.lists(st.tuples(st.lists(st.integers(0, 3), max_size=7), faults), max_size=5)


@pytest.mark.parametrize("kind", ["structured", "selectors"])
@settings(max_examples=25, deadline=None)
@given(first=st.lists(st.integers(0, 3), max_size=25), runs=breaks)
def test_however_walks_break_off_all_is_read_once(
    kind: str, first: list[int], runs: list[tuple[list[int], dict[int, str]]]
) -> None:
    shop = Played([[], [], [], []])
    for product in first:
        shop.add(product)
    with tempfile.TemporaryDirectory() as root:
        at = Runs(Path(root), shop, kind)
        for added, fails_at in runs:
            at.run(fails_at)
            for product in added:
                shop.add(product)
        outcome, _ = at.run()
        assert outcome == "done"
        outcome, _ = at.run()
        assert outcome == "done"
        assert at.landed() == Counter(shop.ids())
        _, last = at.run()
        assert (last.new, last.edited) == (0, 0)
        assert last.pages <= 2 + 4


@pytest.mark.parametrize("kind", ["structured", "selectors"])
def test_a_cap_on_pages_is_gone_on_with(kind: str, tmp_path: Path) -> None:
    shop = Played([[], [], []])
    for number in range(90):
        shop.add(0 if number < 70 else number % 3)
    at = Runs(tmp_path, shop, kind, max_pages=8)
    had = []
    for _ in range(14):
        at.run()
        had.append(len(at.landed()))
    assert had[-1] == 90, had
    assert set(at.landed().values()) == {1}


@pytest.mark.parametrize("kind", ["structured", "selectors"])
def test_a_page_that_fails_keeps_nothing_back_for_the_next_run(kind: str, tmp_path: Path) -> None:
    shop = Played([[]])
    for _ in range(4):
        shop.add(0)
    at = Runs(tmp_path, shop, kind)
    at.run()
    for _ in range(6):
        shop.add(0)
    outcome, _ = at.run({3: "500"})  # the list, the product, and its second page
    assert outcome == "partial"
    at.run()
    assert at.landed() == Counter(range(1, 11))


@pytest.mark.parametrize("kind", ["structured", "selectors"])
def test_a_sweep_that_breaks_off_finds_every_edit_in_the_end(kind: str, tmp_path: Path) -> None:
    shop = Played([[], []])
    for number in range(16):
        shop.add(number % 2)
    at = Runs(tmp_path, shop, kind)
    at.run()
    shop.products[1][-1] += 1_000  # the oldest one is another: what a sweep alone finds
    outcome, _ = at.run({6: "stop"}, recheck_days=0)
    assert outcome == "interrupted"
    at.run(recheck_days=0)
    assert shop.ids() <= set(at.landed())
