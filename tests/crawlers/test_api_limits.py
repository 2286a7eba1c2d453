"""No answer of an API takes long, however large, deep or strange it is."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from keyed import KEYED, unserved

from crawlers import registry
from crawlers.parsing import Page, ParseError

MakePage = Callable[..., Page]

LONG = "<p>[url=[b](" + "<div>a@b.-" * 60_000
AUTHOR = {"owner": {"display_name": "@" * 90}, "author": "@" * 90, "account": {"acct": "@" * 90}}
ITEMS: dict[str, Callable[[int, str], Any]] = {
    "hackernews": lambda n, text: {"objectID": n, "comment_text": text, "created_at_i": n, **AUTHOR},
    "stackexchange": lambda n, text: {"answer_id": n, "body": text, "title": text, **AUTHOR},
    "steam": lambda n, text: {"recommendationid": n, "review": text, "voted_up": True},
    "appstore": lambda n, text: {
        "id": {"label": str(n)},
        "im:rating": {"label": "1"},
        "content": {"label": text},
    },
    "mastodon": lambda n, text: {"id": n, "content": text, "uri": f"https://a.example/x/{n}", **AUTHOR},
    "lemmy": lambda n, text: {"post": {"id": n, "name": text, "body": text}, "creator": {"name": text}},
    "gdelt": lambda n, text: {"url": f"https://a.example/{n}", "title": text, "seendate": "20260301T101500Z"},
}
AROUND: dict[str, Callable[[list[Any]], Any]] = {
    "hackernews": lambda items: {"hits": items},
    "stackexchange": lambda items: {"items": items},
    "steam": lambda items: {"success": 1, "reviews": items},
    "appstore": lambda items: {"feed": {"entry": items}},
    "mastodon": lambda items: items,
    "lemmy": lambda items: {"posts": items},
    "gdelt": lambda items: {"articles": items},
}
for name in KEYED:
    ITEMS[name] = unserved(name, 0).item
    AROUND[name] = unserved(name, 1).wrap


@pytest.mark.parametrize("kind", ITEMS)
def test_no_answer_takes_long(kind: str, make_page: MakePage, within: Callable[..., None]) -> None:
    def read(body: bytes) -> None:
        with contextlib.suppress(ParseError):
            registry.parse(kind, make_page(body))

    read(b"{}")  # what is loaded once is not the page's cost
    many = json.dumps(AROUND[kind]([ITEMS[kind](n, "<p>labi") for n in range(20_000)])).encode()
    long = json.dumps(AROUND[kind]([ITEMS[kind](n, LONG) for n in range(8)])).encode()
    deep = b"[" * 150_000 + b"]" * 150_000
    for body in (many, long, deep, many[:-9], b'{"a":' * 50_000, b"{" + b"\\" * 2_000_000):
        within(2.0, read, body)


@pytest.mark.parametrize("kind", ITEMS)
def test_what_is_beyond_the_limit_is_said(kind: str, make_page: MakePage) -> None:
    body = json.dumps(AROUND[kind]([ITEMS[kind](n, "labi") for n in range(1_002)]))
    parsed = registry.parse(kind, make_page(body))
    assert len(parsed.mentions) == 1_000
    assert parsed.rejects[0].reason == "more than 1000 items in one answer"
