"""Walks over an API: whatever breaks off, the runs after it read all, and a run with nothing new stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.errors import BadTarget, HttpError
from crawlers.hiding import Hidden
from crawlers.target import Target
from crawlers.visit import Taken, Visit
from crawlers.walks import (
    Slice,
    Window,
    api_base,
    descend,
    search_terms,
    slide,
    times_of,
    to_the_end,
    with_query,
)


@dataclass
class Memory:
    """As much of a visit as a walk sees, and a source that fails when told to."""

    whole: bool = True
    marks: dict[str, Any] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)
    run: int = 0
    asked: int = 0
    complete: bool = True
    fails_at: set[int] = field(default_factory=set)

    def mark(self, **marks: Any) -> None:
        self.marks = self.marks | marks

    def read(self, items: list[int]) -> Taken:
        taken = Taken()
        for item in items:
            last = self.seen.get(item)
            name = "new" if last is None else "repeated" if last == self.run else "known"
            setattr(taken, name, getattr(taken, name) + 1)
            self.seen[item] = self.run
        return taken

    def ask(self) -> None:
        self.asked += 1
        if self.asked in self.fails_at:
            raise HttpError(500, where="here")

    def walk(self, walk: Callable[[Visit], Any], *, fails_at: set[int] = frozenset()) -> bool:  # type: ignore[assignment]
        self.run, self.asked, self.fails_at = self.run + 1, 0, fails_at
        try:
            asyncio.run(walk(cast("Visit", self)))
        except HttpError:
            return False
        self.whole = False
        return True


breaks = st.lists(st.tuples(st.integers(0, 9), st.sets(st.integers(1, 12), max_size=2)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(first=st.integers(0, 40), runs=breaks, size=st.integers(1, 7))
def test_walks_by_cursor_lose_nothing(first: int, runs: list[tuple[int, set[int]]], size: int) -> None:
    memory, items = Memory(), list(range(1, first + 1))

    async def step(cursor: str) -> tuple[Taken, str | None]:
        memory.ask()
        found = [item for item in reversed(items) if not cursor or item < int(cursor)][:size]
        return memory.read(found), str(found[-1]) if found else None

    def walk(visit: Visit) -> Any:
        return descend(visit, "all", "", step)

    for more, fails_at in runs:
        memory.walk(walk, fails_at=fails_at)
        items.extend(range(len(items) + 1, len(items) + 1 + more))
    assert memory.walk(walk)
    assert memory.seen.keys() == set(items)
    assert memory.walk(walk) and memory.asked <= 1


@settings(max_examples=150, deadline=None)
@given(first=st.integers(0, 40), runs=breaks, size=st.integers(1, 7))
def test_walks_by_page_number_lose_nothing(first: int, runs: list[tuple[int, set[int]]], size: int) -> None:
    memory, items = Memory(), list(range(1, first + 1))

    async def step(page: str) -> tuple[Taken, str | None]:
        memory.ask()
        found = list(reversed(items))[(int(page) - 1) * size : int(page) * size]
        return memory.read(found), str(int(page) + 1) if found else None

    def walk(visit: Visit) -> Any:
        return descend(visit, "all", "1", step, exact=False)

    for more, fails_at in runs:
        memory.walk(walk, fails_at=fails_at)
        items.extend(range(len(items) + 1, len(items) + 1 + more))
    assert memory.walk(walk)
    assert memory.seen.keys() == set(items)


@settings(max_examples=150, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 3), max_size=40),
    runs=st.lists(st.tuples(st.lists(st.integers(1, 3), max_size=6), st.sets(st.integers(1, 12), max_size=2)), max_size=4),
    size=st.integers(4, 6),
    pages=st.integers(1, 3),
)  # fmt: skip
def test_walks_by_time_lose_nothing(
    gaps: list[int], runs: list[tuple[list[int], set[int]]], size: int, pages: int
) -> None:
    memory, times, now = Memory(), list[int](), 1_000
    for gap in gaps:
        now += gap if times[-size + 1 :].count(now) < size - 1 else gap + 1
        times.append(now)

    async def ask(window: Window, page: int) -> Slice:
        memory.ask()
        fitting = [n for n, at in enumerate(times) if window.lower < at <= (window.upper or 10**9)]
        fitting.sort(key=lambda n: (-times[n], n))
        found = fitting[page * size : (page + 1) * size]
        taken = memory.read(found)
        return Slice(taken, [times[n] for n in found], len(fitting) > (page + 1) * size)

    def walk(visit: Visit) -> Any:
        return slide(visit, "all", ask, pages=pages, overlap=0)

    for more, fails_at in runs:
        memory.walk(walk, fails_at=fails_at)
        for gap in more:
            now += gap
            times.append(now)
    assert memory.walk(walk)
    assert memory.seen.keys() == set(range(len(times)))
    assert memory.walk(walk) and memory.asked <= 1


def test_a_source_that_takes_no_window_is_read_once() -> None:
    memory = Memory()

    async def ask(window: Window, page: int) -> Slice:
        memory.ask()
        return Slice(memory.read([1, 2, 3]), [30, 20, 10], more=True)

    assert memory.walk(lambda visit: slide(visit, "all", ask, pages=5))
    assert memory.asked < 20


def test_a_cursor_that_leads_in_circles_ends() -> None:
    memory = Memory()

    async def step(cursor: str) -> tuple[Taken, str | None]:
        memory.ask()
        return Taken(), {"": "a", "a": "b", "b": "a"}[cursor]

    assert memory.walk(lambda visit: descend(visit, "all", "", step))
    assert memory.asked == 3


def test_a_walk_that_broke_off_makes_the_next_one_go_to_the_end() -> None:
    memory = Memory(whole=False)

    def walk(*, complete: bool = True, fails: bool = False) -> bool:
        memory.complete = complete
        with to_the_end(cast("Visit", memory)) as to_end:
            if fails:
                raise HttpError(500, where="here")
        return to_end

    assert walk() is False
    with pytest.raises(HttpError):
        walk(fails=True)
    assert [walk(complete=False), walk(), walk()] == [True, True, False]


class Asking:
    """As much of a visit as the reading of a target's options sees."""

    def __init__(self, url: str | None = None, brand: str | None = None, **options: Any) -> None:
        self.target = Target("t", "steam", url, brand, options=options)
        self.option = self.target.options.get


@pytest.mark.parametrize(
    ("asking", "base"),
    [
        (Asking(), "https://api.example/v1"),
        (Asking("https://www.example/app/7"), "https://api.example/v1"),
        (Asking("http://127.0.0.1:80"), "http://127.0.0.1:80/v1"),
        (Asking(api="https://mirror.example/api/"), "https://mirror.example/api"),
    ],
)
def test_the_address_of_an_api(asking: Any, base: str) -> None:
    assert api_base(asking, "https://api.example/v1", "www.example") == base


def test_what_a_target_lacks_is_named() -> None:
    for asking in (Asking(api="ftp://x"), Asking(api="http://[x"), Asking(api="words")):
        with pytest.raises(BadTarget):
            api_base(cast("Visit", asking), "https://api.example")
    for asking in (Asking(), Asking(query=[3.5]), Asking(queries={"a": 1})):
        with pytest.raises(BadTarget):
            search_terms(cast("Visit", asking))
    assert search_terms(cast("Visit", Asking(brand="Nordtel"))) == ["Nordtel"]
    assert search_terms(cast("Visit", Asking(queries=["a", "a", 7]))) == ["a", "7"]


def test_queries_and_times() -> None:
    assert with_query("https://a.example/x", q="Rīga +1", page=None) == "https://a.example/x?q=R%C4%ABga+%2B1"
    assert times_of([{"t": 5}, {"t": "7"}, {"t": None}, {}, 3], "t") == [5, 7]


@given(value=st.text(min_size=1, max_size=12), name=st.sampled_from(["key", "apikey"]))
def test_a_hidden_value_goes_out_and_does_not_come_back(value: str, name: str) -> None:
    secret = "s3cret" + value.encode("utf-8", "replace").decode()
    hidden = Hidden({name: secret})
    sent = hidden.added("https://api.example/x?q=1")
    assert hidden.removed(sent) == "https://api.example/x?q=1"
    error = HttpError(403, where=sent, next_step=f"use {secret}")
    hidden.conceal(error)
    shown = f"{error} {error.where} {error.what} {error.next_step}"
    assert "s3cret" not in shown and "answered 403" in shown
