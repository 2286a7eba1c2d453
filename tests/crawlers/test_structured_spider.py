"""The structured spider over real HTTP: a small shop on loopback with listings, review pages and sitemaps."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from crawlers.authors import AuthorHasher
from crawlers.landing import read_segment, segments
from crawlers.report import CrawlReport, TargetReport
from crawlers.run import crawl
from crawlers.settings import Manners
from crawlers.target import Target

NEWEST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Review:
    author: str
    text: str
    rating: float
    at: datetime

    def item(self) -> dict[str, object]:
        return {
            "@type": "Review",
            "@id": f"urn:review:{self.author}",
            "author": {"@type": "Person", "name": self.author},
            "reviewBody": self.text,
            "datePublished": self.at.isoformat(),
            "reviewRating": {
                "@type": "Rating",
                "ratingValue": self.rating,
                "bestRating": 5,
                "worstRating": 1,
            },
        }


@dataclass
class Shop:
    """Products with reviews, newest first; three products a listing page, two reviews a page."""

    products: dict[str, list[Review]] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    packed: bool = False
    broken: set[str] = field(default_factory=set)

    def page(self, path: str, query: dict[str, list[str]]) -> tuple[str, bytes]:
        number = int(query.get("page", ["1"])[0])
        if path == "/":
            return "text/html", b"<nav><a href='/catalogue/'>Catalogue</a><a href='/cart'>Cart</a></nav>"
        if path == "/catalogue/":
            return "text/html", self._listing(number)
        if path.startswith("/product/"):
            return "text/html", self._product(path.split("/")[2], number)
        if path == "/sitemap.xml":
            return "application/xml", _index("/sitemap-1.xml.gz")
        if path == "/sitemap-1.xml.gz":
            return "application/gzip", gzip.compress(self._sitemap())
        raise KeyError(path)

    def _listing(self, number: int) -> bytes:
        slugs = list(self.products)[(number - 1) * 3 : number * 3]
        cards = "".join(
            f"<article class='product_pod'><h3><a href='/product/{s}/'>{s}</a></h3></article>" for s in slugs
        )
        pager = (
            f"<ul class='pager'><li class='next'><a href='?page={number + 1}'>Nākamā</a></li></ul>"
            if number * 3 < len(self.products)
            else ""
        )
        return f"<html lang='lv'><title>Preces</title>{cards}{pager}</html>".encode()

    def _product(self, slug: str, number: int) -> bytes:
        reviews = self.products[slug][(number - 1) * 2 : number * 2]
        item = {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": slug,
            "review": [r.item() for r in reviews],
        }
        more = number * 2 < len(self.products[slug])
        pager = (
            f"<div class='pagination'><a class='next' href='/product/{slug}/?page={number + 1}'>›</a></div>"
            if more
            else ""
        )
        related = "".join(
            f"<div class='product-card'><a href='/product/{s}/'>{s}</a></div>"
            for s in self.products
            if s != slug
        )
        script = f"<script type='application/ld+json'>{json.dumps(item)}</script>"
        return f"<html lang='lv'><title>{slug}</title>{script}{pager}{related}</html>".encode()

    def _sitemap(self) -> bytes:
        rows = "".join(
            f"<url><loc>BASE/product/{slug}/</loc><lastmod>{self.changed.get(slug, NEWEST).isoformat()}</lastmod></url>"
            for slug in self.products
        )
        return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>".encode()


def _index(path: str) -> bytes:
    return (
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        f"<sitemap><loc>BASE{path}</loc></sitemap></sitemapindex>"
    ).encode()


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    """A shop and its address."""
    state = Shop()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            base = f"http://{self.headers['Host']}"
            try:
                if parts.path in state.broken:
                    raise KeyError(parts.path)
                kind, body = state.page(parts.path, parse_qs(parts.query))
            except KeyError:
                return self._send(404, "text/plain", b"none")
            if parts.path != "/robots.txt":
                state.asked.append(self.path)
            if kind == "application/gzip":
                body = gzip.compress(gzip.decompress(body).replace(b"BASE", base.encode()), mtime=0)
            body = body.replace(b"BASE", base.encode())
            tag = f'"{hash(body)}"'
            if self.headers.get("If-None-Match") == tag:
                return self._send(304, kind, b"", tag)
            return self._send(200, kind, body, tag)

        def _send(self, status: int, kind: str, body: bytes, tag: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if tag:
                self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fill(shop: Shop, products: int, reviews: int) -> None:
    for number in range(products):
        shop.products[f"prece-{number}"] = [
            Review(
                f"Ilze{number}{place}",
                f"Prece {number}, atsauksme {place}: ļoti labi 👍",
                1 + place % 5,
                NEWEST - timedelta(days=place),
            )
            for place in range(reviews)
        ]


def targets(base: str, **paths: tuple[str, dict[str, object]]) -> list[Target]:
    return [
        Target(name, "structured", base + path, options=options) for name, (path, options) in paths.items()
    ]


def walk_all(landing: Path, asked: list[Target]) -> dict[str, TargetReport]:
    manners = Manners(delay=0, allow_private=("127.0.0.1",), retries=0, concurrency_per_host=4)
    report: CrawlReport = crawl(asked, landing, AuthorHasher(), manners)
    return {target.target: target for target in report.targets}


def walk(landing: Path, base: str, path: str = "/catalogue/", **options: object) -> TargetReport:
    return walk_all(landing, targets(base, shop=(path, dict(options))))["shop"]


def landed(landing: Path) -> list[dict[str, object]]:
    return [record for path in segments(landing) for record in read_segment(path)]


def test_a_listing_gives_every_review_of_every_product_once(shop: tuple[Shop, str], tmp_path: Path) -> None:
    state, base = shop
    fill(state, 7, 5)
    report = walk(tmp_path, base)
    assert (report.outcome, report.new, report.errors) == ("done", 35, [])
    assert len({record["native_id"] for record in landed(tmp_path)}) == 35
    assert len(state.asked) == len(set(state.asked)) == 3 + 7 * 3


def test_a_second_walk_lands_nothing_and_an_edit_is_found_by_it(
    shop: tuple[Shop, str], tmp_path: Path
) -> None:
    state, base = shop
    fill(state, 2, 3)
    walk(tmp_path, base)
    again = walk(tmp_path, base)
    assert (again.new, again.edited, again.errors) == (0, 0, [])
    assert again.not_modified == 2
    assert again.warnings == []
    state.products["prece-1"].insert(0, Review("Jānis", "Slikti, nepērciet", 1, NEWEST + timedelta(days=1)))
    state.products["prece-1"][1].text = "Pārdomāju: slikti"
    third = walk(tmp_path, base)
    assert (third.new, third.edited) == (1, 1)


def test_the_walk_starts_anywhere_and_does_not_wander(shop: tuple[Shop, str], tmp_path: Path) -> None:
    """A product page stays with its product, a front page leads to the catalogue, `follow` picks the links."""
    state, base = shop
    fill(state, 4, 3)
    asked = targets(
        base,
        product=("/product/prece-2/", {}),
        front=("/", {}),
        pattern=("/catalogue/", {"follow": "/product/prece-1*"}),
        selector=("/catalogue/", {"follow": "article h3 a"}),
        wrong=("/catalogue/", {"follow": "article["}),
    )
    reports = walk_all(tmp_path, asked)
    assert {name: report.new for name, report in reports.items()} == {
        "product": 3, "front": 12, "pattern": 3, "selector": 12, "wrong": 0,
    }  # fmt: skip
    assert {record["product"] for record in landed(tmp_path) if record["target"] == "product"} == {"prece-2"}
    assert reports["wrong"].outcome == "failed"
    assert "CSS selector" in reports["wrong"].errors[0].what


def test_sitemaps_are_followed_and_their_dates_spare_pages(shop: tuple[Shop, str], tmp_path: Path) -> None:
    state, base = shop
    fill(state, 3, 1)
    assert walk(tmp_path, base, "/", sitemap=True).new == 3
    state.asked.clear()
    state.products["prece-0"].insert(0, Review("Anna", "Jauna atsauksme", 4, NEWEST + timedelta(days=2)))
    state.changed["prece-0"] = datetime.now(UTC) + timedelta(hours=1)
    assert walk(tmp_path, base, "/", sitemap=True).new == 1
    assert [path for path in state.asked if path.startswith("/product/")] == ["/product/prece-0/"]


def test_a_missing_product_is_told_and_the_rest_lands(shop: tuple[Shop, str], tmp_path: Path) -> None:
    state, base = shop
    fill(state, 3, 1)
    state.broken.add("/product/prece-1/")
    report = walk(tmp_path, base)
    assert report.new == 2
    assert ["404" in count.what for count in (*report.errors, *report.skipped)] == [True]
