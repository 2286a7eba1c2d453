"""Kind `heureka`: what customers said of one's own shop and its products on Heureka, from its two exports.

Format: recorded exports, and clients of them. A review that was changed stands in an export once more under
its number: the newest counts. An export has no pages: a long one is read piece by piece.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from lxml import etree

from crawlers.errors import BadTarget, HttpError
from crawlers.fetch import Answer
from crawlers.items import authorship, published, rated, read_items, unix_time, web_address
from crawlers.jsonpage import integer, mapping, string
from crawlers.logins import refused
from crawlers.mention import Mention
from crawlers.numbers import number
from crawlers.parsing import Page, Parsed, ParseError, Reject
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Visit
from crawlers.walks import api_base, on_site, texts, with_query

_DOMAINS = {"cz": "heureka.cz", "sk": "heureka.sk"}
_EXPORTS = {"shop": "export-review.php", "products": "export-product-review.php"}
_WORST, _BEST = 0.5, 5.0
_MOST, _PIECE, _LONGEST = 10_000, 1_000, 20_000
"""Reviews that are read of an export at once, or by the spider in one piece; characters of one field."""
_REACH, _OVERLAP = timedelta(days=180), timedelta(days=7)
"""How far back the products' export goes, and how much of it is asked again: reviews are checked before they
are shown."""
_MARKS = ("delivery_time", "transport_quality", "web_usability", "communication", "recommends")
_AROUND = ("products", "product", "reviews", "review")


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """The reviews of a shop's export, or of its products'.

    Raises ParseError for anything else.
    """
    export = _Export.load(page)
    parsed = export.read(page, 0, _MOST)
    if len(export.reviews) > _MOST:
        parsed.rejects.append(Reject(f"more than {_MOST} reviews in one file", page.url, ""))
    return parsed


@dataclass(slots=True)
class _Export:
    """The reviews of one export as they stand; `newest` has the last version of each by its number. `cut`
    tells that the export breaks off."""

    kind: str
    reviews: list[dict[str, Any]]
    newest: dict[str, dict[str, Any]]
    cut: bool

    @classmethod
    def load(cls, page: Page) -> Self:
        """Raises ParseError. The last review of an export that breaks off is not taken."""
        root = _root(page)
        tag = str(root.tag)
        kind = "shop" if tag == "reviews" else "product"
        reviews = _reviews(root)
        cut = not page.body.rstrip().endswith(f"</{tag}>".encode())
        reviews = reviews[:-1] if cut else reviews
        newest: dict[str, dict[str, Any]] = {}
        for review in sorted(reviews, key=lambda one: integer(one.get("unix_timestamp")) or 0):
            newest[review.get("rating_id", "")] = review
        return cls(kind, reviews, newest, cut)

    def read(self, page: Page, first: int, most: int) -> Parsed:
        """`most` reviews from the `first` on."""
        here = self.reviews[first : first + most]
        needs = ("rating_id", "unix_timestamp")
        parsed = read_items(
            page, here, lambda one: self._one(page, one), ids=needs[:1], needs=needs, most=most
        )
        if first == 0 and self.cut:
            parsed.rejects.append(Reject("the export breaks off", page.url, ""))
        return parsed

    def _one(self, page: Page, review: dict[str, Any]) -> Mention:
        """Raises ValueError for a review without an id, or that stands here in a newer version."""
        if not review.get("rating_id"):
            raise ValueError("review without an id")
        if self.newest[review["rating_id"]] is not review:
            raise ValueError("the review stands here once more, as new or newer")
        return _mention(page, review, self.kind)


def _root(page: Page) -> etree._Element:
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(page.body, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"{page.url}: expected an export of Heureka ({type(error).__name__})") from error
    if root is None or root.tag not in ("reviews", "products"):
        found = "no XML" if root is None else f"<{str(root.tag)[:40]}>"
        raise ParseError(f"{page.url}: expected an export of Heureka, found {found}: is the key right?")
    return root


def _reviews(root: etree._Element) -> list[dict[str, Any]]:
    """The texts of each review's children, with those of the product that it stands in."""
    products: dict[etree._Element, dict[str, str]] = {}
    found: list[dict[str, Any]] = []
    for review in root.iter("review"):
        fields: dict[str, Any] = _texts(review)
        product = next(review.iterancestors("product"), None)
        if product is not None:
            if product not in products:
                products[product] = _texts(product)
            fields["product"] = products[product]
        found.append(fields)
    return found


def _texts(element: etree._Element) -> dict[str, str]:
    children = (child for child in element if isinstance(child.tag, str) and child.tag not in _AROUND)
    return {str(child.tag): _own_text(child) for child in children}


def _own_text(element: etree._Element) -> str:
    parts = (element.text or "", *(part.tail or "" for part in element))
    return "".join(parts).strip()[:_LONGEST]


def _mention(page: Page, review: dict[str, Any], kind: str) -> Mention:
    """Raises ValueError for a review with neither words nor stars."""
    source, product = f"heureka:{page.host}", mapping(review.get("product"))
    stars = number(review.get("total_rating") or review.get("rating"))
    marks = {name: mark for name in _MARKS if (mark := number(review.get(name))) is not None}
    return Mention(
        source=source,
        kind="review",
        target=page.target,
        native_id=f"{kind}-{review['rating_id']}"[:200],
        url=web_address(product.get("url")),
        text=_words(review.get("summary")) or None,
        pros=_points(review.get("pros")),
        cons=_points(review.get("cons")),
        **rated(stars, _WORST, _BEST),
        **authorship(page, source, string(review.get("name"))),
        verified=True,  # Heureka asks those who bought something, and nobody else
        **published(unix_time(review.get("unix_timestamp"), page.collected_at)),
        collected_at=page.collected_at,
        owner_reply=_words(review.get("reaction")) or None,
        product=clean(product.get("product_name", ""))[:500] or None,
        segments={name: f"{mark:g}" for name, mark in marks.items()} or None,
    )


def _words(text: str | None) -> str:
    return mask_handles(clean(text or ""))


def _points(text: str | None) -> list[str] | None:
    """One point a line, bullets out."""
    points = (line.strip().lstrip("-–—•+*").strip() for line in _words(text).split("\n"))
    return [point for point in points if point] or None


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """The shop's export and its products', or the one of them that is asked for."""
    domain = _domain(visit)
    base = api_base(visit, f"https://www.{domain}", domain).partition("/direct/")[0]
    key = visit.secret(domain) or visit.key("key")
    for name in texts(visit, "exports") or _EXPORTS:
        if name not in _EXPORTS:
            advice = 'give exports = ["shop", "products"], or one of the two'
            raise BadTarget(f"no export is called {name!r}", where=visit.target.name, next_step=advice)
        since = _since(visit) if name == "products" else None
        known = since is None and visit.marks.get("shop_read") is True
        url = with_query(f"{base}/direct/dotaznik/{_EXPORTS[name]}", **{"from": since})
        try:
            answer = await visit.fetch(url, conditional=known, hidden={"key": key}, granted=True)
        except HttpError as error:
            if error.status in (401, 403):
                raise refused(visit, "key", where=url) from None
            raise
        await _read(visit, answer, name)


def _domain(visit: Visit) -> str:
    """By the option `country`, else by the target's address; `heureka.cz` if neither says."""
    stated, url = (texts(visit, "country") or [""])[0].lower(), visit.target.url or ""
    if stated and stated not in _DOMAINS:
        raise BadTarget("no such Heureka", where=visit.target.name, next_step='give country = "cz" or "sk"')
    return _DOMAINS["sk" if stated == "sk" or (not stated and on_site(url, "heureka.sk")) else "cz"]


def _since(visit: Visit) -> str:
    """From when on the products' export is asked for."""
    newest, furthest = integer(visit.marks.get("products")), datetime.now(UTC) - _REACH
    known = datetime.fromtimestamp(newest, UTC) - _OVERLAP if newest and not visit.whole else furthest
    return max(known, furthest).strftime("%Y-%m-%d %H:%M:%S")


async def _read(visit: Visit, answer: Answer, name: str) -> None:
    pieces = _Pieces()
    visit.mark(**{f"{name}_read": answer.not_modified})  # a break between two pieces asks for all of it again
    while not answer.not_modified and not pieces.at_end:
        taken = visit.read(answer, parser=pieces)
        if taken.failed:
            return
        times = [one.published_at.timestamp() for one in taken.parsed.mentions if one.published_at]
        visit.mark(**{name: int(max([integer(visit.marks.get(name)) or 0, *times]))})
        await asyncio.sleep(0)  # the other targets' turn
    visit.mark(**{f"{name}_read": True})


@dataclass(slots=True)
class _Pieces:
    """A parser that reads the next piece of an export with every call."""

    export: _Export | None = None
    first: int = 0

    @property
    def at_end(self) -> bool:
        """Whether the last piece was read."""
        return self.export is not None and self.first >= len(self.export.reviews)

    def __call__(self, page: Page) -> Parsed:
        self.export = self.export or _Export.load(page)
        parsed = self.export.read(page, self.first, _PIECE)
        self.first += _PIECE
        return parsed


SOURCE = Source(
    kind="heureka",
    summary="Heureka (cz, sk): reviews of one's own shop and of its products",
    spider=walk,
    parser=parse,
    needs="a key",
    standing="proven",
    terms='The shop\'s own reviews, with the key of its Heureka account; ask once a day (every = "1d").',
    options={
        "country": "cz (default) or sk; or give an address on heureka.cz or heureka.sk as url",
        "exports": "shop, products, or both (default)",
        "key": "in secrets.toml or SAYSO_HEUREKA_KEY; one called heureka.cz or heureka.sk is for that site",
        "api": "another address of the exports",
        "max_pages": "pages of one run at most",
    },
)
