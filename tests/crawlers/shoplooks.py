"""A shop as it shows its products and reviews: marked up for machines, and in plain markup for a recipe."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST = "https://veikals.example"
NEWEST = datetime(2026, 10, 1, tzinfo=UTC)
RECIPE: dict[str, Any] = {
    "follow": ["h3 a"],
    "item": "li.review",
    "next": "a.next",
    "fields": {"text": "p", "author": "b", "date": "time", "id": ":scope::attr(id)"},
}


@dataclass
class Shop:
    """Products with reviews, the newest first, two a page; a list of products, two a page."""

    products: list[list[int]]
    said: int = 0
    edited: set[int] = field(default_factory=set)

    def add(self, product: int) -> None:
        self.said += 1
        self.products[product].insert(0, self.said)

    def ids(self) -> set[int]:
        return {one for reviews in self.products for one in reviews}

    def _words(self, one: int) -> str:
        return f"Atsauksme {one} {'labota' if one in self.edited else '👍'}"

    def body(self, url: str) -> str:
        parts = urlsplit(url)
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        if parts.path == "/preces/":
            return self._list(page)
        return self._product(int(parts.path.split("/")[2]), page)

    def _list(self, page: int) -> str:
        shown = range(len(self.products))[page * 2 - 2 : page * 2]
        cards = "".join(
            f'<article class="product"><h3><a href="/prece/{n}/">{n}</a></h3></article>' for n in shown
        )
        return _page("Preces", cards, "/preces/", page, page * 2 < len(self.products))

    def _product(self, number: int, page: int) -> str:
        reviews = self.products[number][page * 2 - 2 : page * 2]
        items = [_item(one, self._words(one)) for one in reviews]
        data = {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": f"Prece {number}",
            "review": items,
        }
        shown = "".join(_shown(one, self._words(one)) for one in reviews)
        script = f'<script type="application/ld+json">{json.dumps(data)}</script><ul>{shown}</ul>'
        return _page(
            f"Prece {number}", script, f"/prece/{number}/", page, page * 2 < len(self.products[number])
        )


def _at(one: int) -> datetime:
    return NEWEST - timedelta(days=3_000) + timedelta(days=one)


def _item(one: int, words: str) -> dict[str, Any]:
    return {
        "@type": "Review", "@id": f"#r{one}", "reviewBody": words, "datePublished": _at(one).isoformat(),
        "author": {"@type": "Person", "name": f"Autore {one}"},
        "reviewRating": {"@type": "Rating", "ratingValue": 1 + one % 5},
    }  # fmt: skip


def _shown(one: int, words: str) -> str:
    return f'<li class="review" id="r{one}"><b>Autore {one}</b><time>{_at(one):%Y-%m-%d}</time><p>{words}</p></li>'


def _page(title: str, body: str, path: str, page: int, more: bool) -> str:
    pager = (
        f'<div class="pagination"><a class="next" rel="next" href="{path}?page={page + 1}">›</a></div>'
        if more
        else ""
    )
    return f'<html lang="lv"><head><title>{title}</title></head><body><h1>{title}</h1>{body}{pager}</body></html>'
