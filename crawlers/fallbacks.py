"""What a review's element shows beside its markup: text, dates and ids that nobody marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawlers.plaintext import visible

_ELEMENTS = 200
"""Elements of one review that are looked at; a review box is far smaller."""
_ASIDE = re.compile(
    r"date|time|author|user|name|rating|star|score|vote|help|useful|badge|avatar|button|verif|share|report|recommend"
    r"|reply|response|answer|title|head|label|meta",
    re.IGNORECASE,
)
_BODY = re.compile(r"text|body|content|comment|desc|opinion|message", re.IGNORECASE)
_DATE = re.compile(
    r"(?:\A|[^a-z])(?:date|datum|data|time|published|posted|created|ago)(?:[^a-z]|\Z)|[a-z_-]date\b",
    re.IGNORECASE,
)
_COPIES = re.compile(r"(?:\A|[\s_-])cloned?(?:\Z|\s)|slide-duplicate", re.IGNORECASE)
_VERIFIED = re.compile(r"(?<!un)(?<!not-)(?<!not_)(?<!non-)verified(?!-?(?:no|false))", re.IGNORECASE)
_ID_ATTRIBUTES = (
    "data-review-id",
    "data-reviewid",
    "data-content-id",
    "data-comment-id",
    "data-opinion-id",
    "data-id",
)
_NUMBERED = re.compile(r"\d{3,}|[0-9a-f]{8,}", re.IGNORECASE)
_CANDIDATES = frozenset({"p", "div", "span", "blockquote", "td", "dd", "li", "section", "article", "q"})


def is_copy(element: HtmlElement) -> bool:
    """Whether the element stands in a carousel's copy of a slide."""
    around: HtmlElement | None = element
    for _ in range(5):
        if around is None:
            return False
        if _COPIES.search(around.get("class") or ""):
            return True
        around = around.getparent()
    return False


def text(review: HtmlElement) -> str:
    """The longest text in the review that no property claims; "" if there is none worth the name."""
    elements, whole = _own(review)
    barred = _barred(review, elements, whole)
    best, best_score = "", 0
    for element in elements:
        if element.tag not in _CANDIDATES or element in barred or not _own_words(element):
            continue
        shown = visible(element)
        score = sum(ch.isalpha() for ch in shown) * (3 if _BODY.search(_class(element)) else 1)
        if score > best_score:
            best, best_score = shown, score
    return best if best_score >= 3 else ""


def _barred(review: HtmlElement, elements: list[HtmlElement], whole: bool) -> set[HtmlElement]:
    """Elements that are not the text: properties, dates, stars, votes, replies, and all around or inside
    these."""
    barred: set[HtmlElement] = set()
    for element in elements:
        around = element.getparent()
        if around in barred and around is not review and _stands_aside(around):
            barred.add(element)
        if _stands_aside(element):
            barred.add(element)
            _bar_around(element, review, barred)
    if not whole and elements:
        _bar_around(elements[-1], review, barred)
    return barred


def _bar_around(element: HtmlElement, review: HtmlElement, barred: set[HtmlElement]) -> None:
    around = element.getparent()
    while around is not None and around is not review and around not in barred:
        barred.add(around)
        around = around.getparent()


def _stands_aside(element: HtmlElement) -> bool:
    if any(name in element.attrib for name in ("itemprop", "itemscope", "property", "typeof")):
        return True
    name = _class(element)
    return bool(name) and bool(_ASIDE.search(name)) and not _BODY.search(name)


def dates(review: HtmlElement) -> Iterator[str]:
    """Texts in the review that may be its date: `<time>` first, then what a class calls a date."""
    elements = [element for element in _own(review)[0] if element.get("itemprop") is None]
    for element in elements:
        if element.tag == "time":
            yield element.get("datetime") or _label(element)
    for element in elements:
        if element.tag != "time" and _DATE.search(_class(element)):
            yield _label(element)


def ids(review: HtmlElement) -> Iterator[str]:
    """Ids that the element carries. Short counters ("review-3") are places in a list and not ids."""
    for name in (*_ID_ATTRIBUTES, "id"):
        value = (review.get(name) or "").strip()
        if value and len(value) <= 200 and _NUMBERED.search(value):
            yield f"id:{value}"


def says_verified(review: HtmlElement) -> bool:
    """Whether a badge in the review is called verified and shows something."""
    return any(
        _VERIFIED.search(_class(element)) and bool(_label(element) or element.get("title"))
        for element in _own(review)[0]
        if "erified" in _class(element)
    )


def _own(review: HtmlElement) -> tuple[list[HtmlElement], bool]:
    """The first _ELEMENTS elements inside the review, and whether these are all."""
    found = list(islice(review.iterdescendants(), _ELEMENTS + 1))
    elements = [element for element in found[:_ELEMENTS] if isinstance(element.tag, str)]
    return elements, len(found) <= _ELEMENTS


def _label(element: HtmlElement) -> str:
    """The text of a small element; "" for one that holds many others."""
    size = sum(1 for _ in islice(element.iterdescendants(), 20))
    return visible(element)[:200] if size < 20 else ""


def _class(element: HtmlElement) -> str:
    return element.get("class") or ""


def _own_words(element: HtmlElement) -> bool:
    """Whether some of the words are the element's own and not all its children's."""
    own = (element.text or "") + "".join(child.tail or "" for child in element)
    return any(ch.isalpha() for ch in own) or all(child.tag in {"p", "br"} for child in element)
