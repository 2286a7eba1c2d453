"""Walks over pages that break off anywhere: the runs after them read all, each review lands once, caps are no end.

Real visits with their memory and landing; only the network is played, so that hundreds of runs take seconds.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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

HOST = "https://veikals.example"
NEWEST = datetime(2026, 10, 1, tzinfo=UTC)
RECIPE: dict[str, Any] = {
    "follow": ["h3 a"],
    "item": "li.review",
    "next": "a.next",
    "fields": {"text": "p", "author": "b", "date": "time", "id": ":scope::attr(id)"},
}


@dataclass
class Shop:
    """Products with reviews, the newest first, two a page; a list of products, two a page."""

    products: list[list[int]]
    said: int = 0
    asked: int = 0
    fails_at: dict[int, str] = field(default_factory=dict)

    def add(self, product: int) -> None:
        self.said += 1
        self.products[product].insert(0, self.said)

    def ids(self) -> set[int]:
        return {one for reviews in self.products for one in reviews}

    def body(self, url: str) -> str:
        parts = urlsplit(url)
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        if parts.path == "/preces/":
            return self._list(page)
        return self._product(int(parts.path.split("/")[2]), page)

    def _list(self, page: int) -> str:
        shown = range(len(self.products))[page * 2 - 2 : page * 2]
        cards = "".join(
            f'<article class="product"><h3><a href="/prece/{n}/">{n}</a></h3></article>' for n in shown
        )
        return _page("Preces", cards, "/preces/", page, page * 2 < len(self.products))

    def _product(self, number: int, page: int) -> str:
        reviews = self.products[number][page * 2 - 2 : page * 2]
        items = [_item(one) for one in reviews]
        data = {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": f"Prece {number}",
            "review": items,
        }
        shown = "".join(_shown(one) for one in reviews)
        script = f'<script type="application/ld+json">{json.dumps(data)}</script><ul>{shown}</ul>'
        return _page(
            f"Prece {number}", script, f"/prece/{number}/", page, page * 2 < len(self.products[number])
        )

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


def _at(one: int) -> datetime:
    return NEWEST - timedelta(days=3_000) + timedelta(days=one)


def _item(one: int) -> dict[str, Any]:
    return {
        "@type": "Review", "@id": f"#r{one}", "reviewBody": f"Atsauksme {one} 👍", "datePublished": _at(one).isoformat(),
        "author": {"@type": "Person", "name": f"Autore {one}"},
        "reviewRating": {"@type": "Rating", "ratingValue": 1 + one % 5},
    }  # fmt: skip


def _shown(one: int) -> str:
    return f'<li class="review" id="r{one}"><b>Autore {one}</b><time>{_at(one):%Y-%m-%d}</time><p>Ziņa {one}</p></li>'


def _page(title: str, body: str, path: str, page: int, more: bool) -> str:
    pager = (
        f'<div class="pagination"><a class="next" rel="next" href="{path}?page={page + 1}">›</a></div>'
        if more
        else ""
    )
    return f'<html lang="lv"><head><title>{title}</title></head><body><h1>{title}</h1>{body}{pager}</body></html>'


class Runs:
    """A home's runs over the shop."""

    def __init__(self, root: Path, shop: Shop, kind: str, **options: Any) -> None:
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
@settings(max_examples=40, deadline=None)
@given(first=st.lists(st.integers(0, 3), max_size=25), runs=breaks)
def test_however_walks_break_off_all_is_read_once(
    kind: str, first: list[int], runs: list[tuple[list[int], dict[int, str]]]
) -> None:
    shop = Shop([[], [], [], []])
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
    shop = Shop([[], [], []])
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
    shop = Shop([[]])
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
    shop = Shop([[], []])
    for number in range(16):
        shop.add(number % 2)
    at = Runs(tmp_path, shop, kind)
    at.run()
    shop.products[1][-1] += 1_000  # the oldest one is another: what a sweep alone finds
    outcome, _ = at.run({6: "stop"}, recheck_days=0)
    assert outcome == "interrupted"
    at.run(recheck_days=0)
    assert shop.ids() <= set(at.landed())
