"""RSS and Atom as feedparser sees them, within bounds that no feed of people reaches."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser
from lxml import etree

from crawlers.dates import Moment, any_moment
from crawlers.encodings import sniff
from crawlers.parsing import Page, ParseError

MAX_FEED = 8_000_000
"""Bytes of a feed that are read."""
MAX_WEIGHT = 200_000
"""Markup that is read: a tag weighs four, an entity one, as in feedparser's time; about a second of it."""
MOST_ENTRIES = 1_000
_SAMPLE = 200_000
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_NESTED_ENTITY = re.compile(rb"<!ENTITY[^>]*&(?!#)")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: `head` is its channel, `cut` tells that the older entries were too many to be read, `broken`
    that it is not well-formed."""

    head: Any
    entries: list[Any]
    cut: bool
    broken: bool


def read_feed(page: Page) -> Feed:
    """Reads RSS or Atom.

    Raises ParseError for what is blank, no feed, or made to keep us busy.
    """
    if len(page.body) > MAX_FEED:
        raise ParseError(f"{page.url}: a feed of {len(page.body)} bytes is not read")
    if _NESTED_ENTITY.search(page.body):
        raise ParseError(f"{page.url}: the feed defines entities by entities")
    heavy = _weight(page.body) > MAX_WEIGHT
    charset = _charset(page)
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    stream = io.BytesIO(_lightened(page) if heavy else page.body)  # never a string: that might be fetched
    try:
        feed = feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # the library raises whatever its input makes it stumble over
        raise ParseError(f"{page.url}: the feed is broken ({type(error).__name__})") from error
    if not feed.get("version") and not feed.entries:
        raise ParseError(f"{page.url}: expected RSS or Atom, found {_guess(page.body)}")
    return Feed(feed.feed, list(feed.entries), cut=heavy, broken=bool(feed.bozo))


def entry_time(entry: Mapping[str, Any], name: str, languages: Sequence[str], now: datetime) -> Moment | None:
    """When an entry was `published` or `updated`, in the forms of RSS and Atom or in words of a language.
    feedparser guesses at more than it knows: what only it can read is taken for a day."""
    stated, parts = entry.get(name), entry.get(f"{name}_parsed")
    told = any_moment(stated, languages, now) if isinstance(stated, str) else None
    if told:
        return told
    try:
        return Moment(datetime.fromtimestamp(calendar.timegm(parts), UTC), "day") if parts else None
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _charset(page: Page) -> str | None:
    """The charset that the header states; one told by the bytes where they are not the UTF-8 that the header,
    the declaration or nobody claims. None: the declaration is right."""
    declared = _DECLARED.match(page.body[:200])
    claimed = (page.charset or (declared[1].decode("ascii", "replace") if declared else "utf-8")).lower()
    if claimed.replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
        return page.charset
    found = sniff(page.body[:_SAMPLE])
    return page.charset if found.startswith("utf") else found


def _guess(body: bytes) -> str:
    """What stands there instead, without quoting it: errors go to logs."""
    start = body[:500].lstrip(b"\xef\xbb\xbf \t\r\n\0").lower()
    if not start:
        return "nothing"
    if start[:1] in b"{[":
        return "JSON"
    return "HTML" if b"<html" in start or b"<!doctype html" in start else "something else"


def _weight(body: bytes) -> int:
    return 4 * body.count(b"<") + body.count(b"&")


def _lightened(page: Page) -> bytes:
    """A heavy feed cut to as many of its first, newest entries as can be read.

    Raises ParseError if it is no feed, or if one entry alone is too heavy.
    """
    root = _root(page)
    entries = list(root.iter("{*}item", "{*}entry"))
    keep, body = MOST_ENTRIES, b""
    while keep:
        for entry in entries[keep:]:
            parent = entry.getparent()
            if parent is not None:
                parent.remove(entry)
        body = etree.tostring(root, encoding="utf-8", xml_declaration=True)
        if _weight(body) <= MAX_WEIGHT:
            return body
        keep //= 2
    raise ParseError(f"{page.url}: more markup in one entry than people write")


def _root(page: Page) -> etree._Element:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, strip_cdata=False)
    try:
        root = etree.fromstring(page.body, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"{page.url}: expected RSS or Atom ({type(error).__name__})") from error
    if root is None or etree.QName(root).localname.lower() not in ("rss", "feed", "rdf"):
        raise ParseError(f"{page.url}: expected RSS or Atom, found {_guess(page.body)}")
    return root
