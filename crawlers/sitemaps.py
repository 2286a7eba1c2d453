"""Sitemaps: XML lists, indexes of lists and plain lists of addresses, packed or not. No network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree
from scrapy.utils.sitemap import Sitemap

from crawlers.dates import moment
from crawlers.errors import BrokenAnswer
from crawlers.guard import unpack

MOST_ENTRIES = 50_000
"""Entries of one sitemap that are read: what the protocol allows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One address of a sitemap. `index` tells that it is a further sitemap; `changed` is its lastmod."""

    url: str
    index: bool
    changed: datetime | None = None


def read(body: bytes, url: str, limit: int) -> list[Entry]:
    """The entries of a sitemap, unpacked to at most `limit` bytes.

    Raises BrokenAnswer or PageTooLarge.
    """
    if body.startswith(b"\x1f\x8b"):
        body = unpack(body, "gzip", limit, url)
    start = body.lstrip(b"\xef\xbb\xbf \r\n\t")
    if start[:4].lower() == b"http":
        lines = start.decode("utf-8", "replace").split("\n")[:MOST_ENTRIES]
        return [Entry(line.strip(), index=False) for line in lines if line.strip().startswith("http")]
    try:
        sitemap = Sitemap(start)
        if sitemap.type not in {"urlset", "sitemapindex"}:
            raise BrokenAnswer(f"expected a sitemap, found <{sitemap.type[:40]}>", where=url)
        return list(_entries(sitemap))
    except (etree.XMLSyntaxError, StopIteration) as error:
        raise BrokenAnswer("expected a sitemap, found no XML", where=url) from error


def _entries(sitemap: Sitemap) -> Iterator[Entry]:
    for number, item in enumerate(sitemap):
        if number >= MOST_ENTRIES:
            return
        yield Entry(str(item["loc"]), sitemap.type == "sitemapindex", _last_change(item.get("lastmod")))


def _last_change(stated: object) -> datetime | None:
    """The latest moment that a lastmod can mean: a day may mean its evening."""
    found = moment(stated)
    if found is None:
        return None
    return found.at + timedelta(days=1) if found.precision == "day" else found.at
