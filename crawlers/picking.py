"""What the selectors of a config pick from a page: CSS with `::attr()` and `::text`, or XPath."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

from cssselect import SelectorError
from lxml import etree
from lxml.html import HtmlElement
from parsel.csstranslator import HTMLTranslator

from crawlers import stars
from crawlers.nodes import Field
from crawlers.numbers import Scaled
from crawlers.plaintext import clean, visible

Match: TypeAlias = HtmlElement | str
"""An element, or the text of an attribute or of a text node."""

MOST_MATCHES = 200
"""Matches of one selector in one item that are looked at."""
_LONGEST, _CLIMB, _ELEMENTS, _ENDLESS = 5_000, 64, 400_000, 60
_COUNT = etree.XPath("count(descendant::*)")
_KEYS = frozenset({"css", "xpath", "pattern", "values", "without", "all", "count", "page"})
_MACHINE = ("content", "datetime", "data-rating", "data-score", "data-value", "data-rate", "value")
_SPOKEN = ("aria-label", "title", "alt")


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """One selector and how its finding is read.

    `pattern` keeps its first group (or the whole match) of each finding. `values` maps words of the finding
    to what they mean. `without` leaves elements out of the text. `every` joins all findings, `counted` takes
    their number, `on_page` looks in the whole page and not in the item alone.
    """

    path: etree.XPath
    pattern: re.Pattern[str] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    without: etree.XPath | None = None
    every: bool = False
    counted: bool = False
    on_page: bool = False

    @classmethod
    def of(cls, given: object) -> Pick:
        """A pick from the config: a selector, or a table with `css` or `xpath` and the keys above.

        Raises ValueError that says what is wrong with it.
        """
        if isinstance(given, str):
            return cls(css(given))
        if not isinstance(given, Mapping) or set(given) - _KEYS or ("css" in given) == ("xpath" in given):
            raise ValueError(f"{given!r} is no selector: write a text, or a table with css or xpath")
        without = _text(given, "without")
        return cls(
            path=css(_text(given, "css")) if "css" in given else xpath(_text(given, "xpath")),
            pattern=_regex(_text(given, "pattern")),
            values={str(key).casefold(): str(value) for key, value in dict(given.get("values", {})).items()},
            without=css(without) if without else None,
            every=bool(given.get("all", False)),
            counted=bool(given.get("count", False)),
            on_page=bool(given.get("page", False)),
        )

    def matches(self, item: HtmlElement, others: Collection[HtmlElement] = ()) -> list[Match]:
        """What is found in the item; what belongs to another item inside it is left out."""
        given = self.path(item)
        found = given[:MOST_MATCHES] if isinstance(given, list) else [str(given)]
        kept = (one for one in found if isinstance(one, str) or isinstance(one.tag, str))
        return [one for one in kept if _belongs(one, item, others)]

    def texts(
        self, matches: Sequence[Match], others: Collection[HtmlElement] = (), most: int = MOST_MATCHES
    ) -> list[str]:
        """The first `most` findings as a person reads them, all with `every`; blank ones left out."""
        out = self._left_out(matches)
        skip = (lambda element: element in others or element in out) if others or out else None
        shown = (one if isinstance(one, str) else visible(one, skip) for one in matches)
        told = (text for text in map(self._read, shown) if text)
        return list(islice(told, MOST_MATCHES if self.every else most))

    def raws(self, matches: Sequence[Match]) -> Iterator[str]:
        """The findings as a machine reads them: `datetime`, `content` and the like before what is shown."""
        shown = (one if isinstance(one, str) else Field(one).raw() for one in matches)
        return (text for text in map(self._read, shown) if text)

    def rating(self, matches: Sequence[Match], best: float | None) -> Scaled | None:
        """The first finding that reads as a rating; `best` is the scale's upper end where it is known."""
        if self.counted:
            return Scaled(float(len(matches))) if matches else None
        found = (self._rating(one, best) for one in matches)
        return next((scaled for scaled in found if scaled is not None), None)

    def _rating(self, match: Match, best: float | None) -> Scaled | None:
        if self.values or self.pattern:
            text = self._read(_attributes(match))
            return stars.from_text(text) if text else None
        if isinstance(match, str):
            return _rating_of(getattr(match, "attrname", None), match, best)
        for name in (*_MACHINE, "class", *_SPOKEN, "style"):
            value = match.get(name)
            found = _rating_of(name, value, best) if value else None
            if found is not None:
                return found
        return stars.from_text(visible(match))

    def _read(self, text: str) -> str:
        """A finding through `pattern` and `values`; with these it is what they say, or nothing."""
        text = clean(text)
        if self.pattern is not None:
            found = self.pattern.search(text[:_LONGEST])
            text = clean(found[min(found.re.groups, 1)] or "") if found else ""
        if self.values and text:
            words = [text.casefold(), *text.casefold().split()]
            return next((self.values[word] for word in words if word in self.values), "")
        return text

    def _left_out(self, matches: Sequence[Match]) -> frozenset[HtmlElement]:
        if self.without is None:
            return frozenset()
        return frozenset(
            out for one in matches if not isinstance(one, str) for out in self.without(one) if out is not one
        )


def _rating_of(name: str | None, value: str, best: float | None) -> Scaled | None:
    if name == "class":
        return stars.from_class(value, best)
    return stars.from_style(value) if name == "style" else stars.from_text(value)


def _attributes(match: Match) -> str:
    """All that an element says of a rating, for a pattern or words to look through."""
    if isinstance(match, str):
        return match
    told = (match.get(name) or "" for name in (*_MACHINE, "class", *_SPOKEN, "style"))
    return " ".join([*told, visible(match)[:_LONGEST]])


def _belongs(match: Match, item: HtmlElement, others: Collection[HtmlElement]) -> bool:
    """Whether the nearest item around the match is this one."""
    if not others:
        return True
    element = match.getparent() if isinstance(match, str) and hasattr(match, "getparent") else match
    for _ in range(_CLIMB):
        if element is None or isinstance(element, str) or element is item:
            return True
        if element in others:
            return False
        element = element.getparent()
    return True


def honest(
    root: HtmlElement, found: Sequence[HtmlElement], *, most: int, deepest: int
) -> tuple[list[HtmlElement], list[str]]:
    """The elements of what was found that a page may honestly hold, and the reasons why some are left out:
    there are more than `most`, nested in each other deeper than `deepest` (unclosed tags nest them without
    end), or they hold more markup than people write."""
    reasons = [f"more than {most} items on one page"] if len(found) > most else []
    left, kept, shallow = _ELEMENTS, list[HtmlElement](), _shallow(root, found[:most], deepest)
    reasons += ["items nested in each other without end"] if found and not shallow else []
    for element in shallow:
        left -= size(element) + 1
        if left < 0:
            return kept, [*reasons, "more markup than people write on one page"]
        kept.append(element)
    return kept, reasons


def size(element: HtmlElement) -> int:
    """How many elements stand in this one."""
    return int(_COUNT(element))


def _shallow(root: HtmlElement, found: Sequence[HtmlElement], deepest: int) -> list[HtmlElement]:
    """Those that stand in fewer than `deepest` others, without chains of them that never end."""
    wanted, kept, chain = set(found), list[HtmlElement](), list[HtmlElement]()
    endless: set[HtmlElement] = set()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element not in wanted:
            continue
        if event == "end":
            chain.pop()
            continue
        chain.append(element)
        if len(chain) == _ENDLESS:
            endless.update(chain)
        if len(chain) <= deepest:
            kept.append(element)
    return [element for element in kept if element not in endless]


@lru_cache(maxsize=512)
def css(selector: str) -> etree.XPath:
    """The selector compiled, to be called on an element. Raises ValueError."""
    try:
        return etree.XPath(HTMLTranslator().css_to_xpath(selector))
    except (SelectorError, etree.XPathError) as error:
        raise ValueError(f"{selector!r} is no CSS selector: {error}") from error


@lru_cache(maxsize=512)
def xpath(expression: str) -> etree.XPath:
    """The expression compiled. Raises ValueError."""
    try:
        return etree.XPath(expression)
    except etree.XPathError as error:
        raise ValueError(f"{expression!r} is no XPath: {error}") from error


def _regex(written: str) -> re.Pattern[str] | None:
    try:
        return re.compile(written, re.IGNORECASE) if written else None
    except re.error as error:
        raise ValueError(f"{written!r} is no pattern: {error}") from error


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key, "")
    if isinstance(value, str):
        return value
    raise ValueError(f"{key} = {value!r} must be a text")
