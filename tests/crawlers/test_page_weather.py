"""Kinds that read pages in all weather, as test_weather.py has it for APIs: to the last page through pauses and
failures, to the watermark, through a sweep that finds an edit, and over pages that changed their form."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import pytest
from boardlooks import LOOKS, Board, Server
from shoplooks import RECIPE, Shop
from test_feed import Blog

from crawlers.report import TargetReport
from crawlers.target import Target

Play = Generator[Target, TargetReport, None]


class Shown:
    """A source that shows pages: how many mentions it has, what adds and edits one, and its late pages."""

    late: str

    def __init__(self, stage: Any, kind: str, items: int) -> None:
        self.stage, self.kind, self.site = stage, kind, stage.site
        self.begin(items)

    def begin(self, items: int) -> None:
        raise NotImplementedError

    def size(self) -> int:
        raise NotImplementedError

    def add(self) -> None:
        raise NotImplementedError

    def edit(self) -> None:
        raise NotImplementedError

    def target(self, **more: Any) -> Target:
        raise NotImplementedError

    def is_late(self, asked: Any) -> bool:
        return bool(asked.query.get("page", asked.query.get("paged")) == ["2"])

    def change_layout(self) -> None:
        for path in self.site.routes:
            if path != "/robots.txt":
                self.site.serve(
                    path, "<html><head><title>x</title></head><body><p>Jauns izskats</p></body></html>"
                )


class InShop(Shown):
    """A list of products with reviews, for `structured` and `selectors`."""

    late = "/prece/*"

    def begin(self, items: int) -> None:
        self.shop = Shop([[], [], []])
        self.site.serve("/preces/", self._page)
        self.site.serve("/prece/*", self._page)
        for number in range(items):
            self.shop.add(number % 3)

    def _page(self, asked: Any) -> Any:
        page = asked.query.get("page", ["1"])[0]
        body = self.shop.body(f"{asked.path}?page={page}").encode()
        return self.site.reply(body, headers={"Content-Type": "text/html; charset=utf-8"})

    def size(self) -> int:
        return len(self.shop.ids())

    def add(self) -> None:
        self.shop.add(1)

    def edit(self) -> None:
        self.shop.edited.add(min(self.shop.ids()))

    def target(self, **more: Any) -> Target:
        options = dict(RECIPE) if self.kind == "selectors" else {}
        return Target(self.stage.name, self.kind, f"{self.site.url}/preces/", options=options, **more)


class InBlog(Shown):
    """A blog's feed of posts, page by page."""

    late = "/feed/"

    def begin(self, items: int) -> None:
        self.blog, self.count = Blog(self.site, self.site.reply), items
        for number in range(1, items + 1):
            self.blog.post(number)

    def size(self) -> int:
        return self.count

    def add(self) -> None:
        self.count += 1
        self.blog.post(self.count)

    def edit(self) -> None:
        self.blog.words[1] = "labots"

    def target(self, **more: Any) -> Target:
        return Target(self.stage.name, "feed", f"{self.site.url}/feed/", options={"comments": False}, **more)

    def change_layout(self) -> None:
        self.site.serve("/feed/", '{"odd": 1}')


SOURCES: dict[str, Callable[[Any, int], Shown]] = {
    "structured": lambda stage, items: InShop(stage, "structured", items),
    "selectors": lambda stage, items: InShop(stage, "selectors", items),
    "feed": lambda stage, items: InBlog(stage, "feed", items),
}


def ids(stage: Any) -> list[str]:
    return [record["native_id"] for record in stage.landed()]


def strike(site: Any, *replies: Any) -> None:
    """These answers first, one a request, wherever on the site it goes."""
    left = list(reversed(replies))

    def struck(inner: Any) -> Any:
        return lambda asked: left.pop() if left else inner(asked)

    for path, route in site.routes.items():
        if path != "/robots.txt":
            site.routes[path] = struck(route)


def whole(kind: str, stage: Any) -> Play:
    source = SOURCES[kind](stage, 14)
    reply = stage.site.reply
    strike(stage.site, reply(status=429, headers={"Retry-After": "0"}), reply(status=502))
    first = yield source.target()
    assert (first.outcome, first.errors, first.new) == ("done", [], 14)
    assert len(set(ids(stage))) == len(ids(stage)) == 14
    again = yield source.target()
    assert (again.outcome, again.new, again.edited, again.rejected) == ("done", 0, 0, 0)
    source.edit()
    source.add()
    sweep = yield source.target(recheck_days=0)
    assert (sweep.outcome, sweep.new, sweep.edited) == ("done", 1, 1)
    assert len(set(ids(stage))) == source.size() == 15


def broken_off(kind: str, stage: Any) -> Play:
    source = SOURCES[kind](stage, 14)
    stage.site.first_answer(source.late, [{"status": 500}] * 3, source.is_late)
    report = yield source.target()
    assert report.outcome == "partial" and 0 < report.new < 14
    assert report.errors[0].what.startswith("HttpError")
    source.add()
    report = yield source.target()
    assert (report.outcome, report.errors) == ("done", [])
    assert 14 <= len(set(ids(stage))) == len(ids(stage))
    yield source.target()  # what came in a list that the broken walk had read whole
    assert len(set(ids(stage))) == len(ids(stage)) == 15


def told_to_wait(kind: str, stage: Any) -> Play:
    source = SOURCES[kind](stage, 14)
    pause = {"status": 429, "headers": {"Retry-After": "100000"}}
    stage.site.first_answer(source.late, [pause], source.is_late)
    report = yield source.target()
    assert report.outcome == "partial" and report.errors[0].what.startswith("RateLimited")
    report = yield source.target()
    assert (report.outcome, len(set(ids(stage))), len(ids(stage))) == ("done", 14, 14)


def nothing(kind: str, stage: Any) -> Play:
    report = yield SOURCES[kind](stage, 0).target()
    assert (report.outcome, report.errors, report.new, report.rejected) == ("done", [], 0, 0)


def changed(kind: str, stage: Any) -> Play:
    """A layout in which nothing is found any more is told, and takes nothing away."""
    source = SOURCES[kind](stage, 6)
    yield source.target()
    source.change_layout()
    report = yield source.target(recheck_days=0)
    said = [*report.warnings, *(error.what for error in report.errors)]
    assert any("silent" in line or "ParseError" in line for line in said)
    assert report.new == report.edited == 0


def board(kind: str, stage: Any) -> Play:
    """A board through a pause and a failure, and one that asks for a long wait."""
    made = Board(per_page=3, per_list=2)
    for thread in range(1, 5):
        made.add(1, thread, 4)
    target = Server(stage, LOOKS[kind], made).target()
    reply = stage.site.reply
    strike(stage.site, reply(status=429, headers={"Retry-After": "0"}), reply(status=502))
    first = yield target
    assert (first.outcome, first.errors, first.new) == ("done", [], 16)
    strike(stage.site, *[reply(status=429, headers={"Retry-After": "100000"})] * 3)
    report = yield target
    assert report.outcome == "failed" and report.errors[0].what.startswith("RateLimited")
    stage.site.routes.clear()
    Server(stage, LOOKS[kind], made)
    made.add(1, 2, 1)
    report = yield target
    assert (report.outcome, report.new) == ("done", 1)


EVERY = (whole, broken_off, told_to_wait, nothing, changed)
CASES = {f"{kind}-{scenario.__name__}": partial(scenario, kind) for kind in SOURCES for scenario in EVERY}
CASES |= {f"{look}-board": partial(board, look) for look in ("xenforo 2", "phpbb 3.3", "vbulletin 4")}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    found: dict[str, Exception | None] = play(CASES, make_home(tmp_path_factory.mktemp("pages") / "landing"))
    return found


@pytest.mark.parametrize("name", CASES)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
