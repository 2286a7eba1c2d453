"""JSON from strangers: any bytes become a value or a ParseError that says where."""

from __future__ import annotations

import json
from typing import Any

from crawlers.parsing import Page, ParseError

MAX_DEPTH = 200
"""Levels of nesting that are believed; real answers stay below 20."""


MAX_CONTAINERS = 300_000
"""Lists and objects in one answer; more is made to keep us busy."""


class JsonDepthError(ParseError):
    """Nested deeper than any honest answer."""


def load_json(page: Page) -> Any:
    """The page's JSON value. Bytes that are not valid UTF-8 are read with replacement marks.

    Raises JsonDepthError or ParseError.
    """
    if page.body.count(b"[") + page.body.count(b"{") > MAX_CONTAINERS:
        raise ParseError(f"{page.url}: more than {MAX_CONTAINERS} lists and objects in one answer")
    try:
        value = json.loads(_decode(page))
    except RecursionError as error:
        raise JsonDepthError(f"{page.url}: JSON is nested too deeply to read") from error
    except ValueError as error:
        raise ParseError(f"{page.url}: expected JSON, {error}") from error
    if depth(value) > MAX_DEPTH:
        raise JsonDepthError(f"{page.url}: JSON is nested deeper than {MAX_DEPTH} levels")
    return value


def _decode(page: Page) -> str:
    try:
        return page.body.decode(page.charset or "utf-8-sig", "replace").lstrip("\ufeff")
    except LookupError:
        return page.body.decode("utf-8-sig", "replace")


def depth(value: Any) -> int:
    """Levels of lists and objects in a value, counted without recursion."""
    level, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, dict | list)]:
        level += 1
        if level > MAX_DEPTH:
            break
        layer = [child for item in layer for child in (item.values() if isinstance(item, dict) else item)]
    return level


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def string(value: Any) -> str | None:
    """The value if it is a text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None


def integer(value: Any) -> int | None:
    """A whole number, also where it is written as text or as 3.0; booleans are not numbers."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isascii() and value.strip().lstrip("-").isdigit():
        value = int(value) if len(value) < 20 else None
    return value if isinstance(value, int) and abs(value) < 2**63 else None
