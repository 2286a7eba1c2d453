"""No answer of an API takes long, however large, deep or strange it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from replays import REPLAYS, answered, items

from crawlers import registry
from crawlers.parsing import Page, ParseError

MakePage = Callable[..., Page]

LONG = "<p>[url=[b](" + "<div>a@b.-" * 60_000
LIMITS = {"discourse": 2_000, "heureka": 10_000}
"""Items of one answer that are read, where it is not a thousand."""


@pytest.mark.parametrize("kind", REPLAYS)
def test_no_answer_takes_long(kind: str, make_page: MakePage, within: Callable[..., None]) -> None:
    def read(body: bytes) -> None:
        with contextlib.suppress(ParseError):
            registry.parse(kind, make_page(body))

    read(b"{}")  # what is loaded once is not the page's cost
    many = answered(kind, items(kind, *["<p>labi"] * 20_000))
    long = answered(kind, items(kind, *[LONG] * 8))
    deep = b"[" * 150_000 + b"]" * 150_000
    nested = b"<reviews>" + b"<review>" * 150_000
    for body in (many, long, deep, nested, many[:-9], b'{"a":' * 50_000, b"{" + b"\\" * 2_000_000):
        within(2.0, read, body)


@pytest.mark.parametrize("kind", REPLAYS)
def test_what_is_beyond_the_limit_is_said(kind: str, make_page: MakePage) -> None:
    limit = LIMITS.get(kind, 1_000)
    body = answered(kind, items(kind, *["labi"] * (limit + 2)))
    parsed = registry.parse(kind, make_page(body))
    assert len(parsed.mentions) == limit
    assert parsed.rejects[0].reason.startswith(f"more than {limit} ")
