"""Addresses of the town: which path answers with what, when it last changed, and its ETag."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from data.town.catalogue import products
from data.town.pages import blog, forum, shop
from data.town.pages.markup import iso, rfc822
from data.town.phrases import LANGUAGES, brands
from data.town.town import Town

HTML, JSON, XML = (
    "text/html; charset=utf-8",
    "application/json; charset=utf-8",
    "application/xml; charset=utf-8",
)
RSS, ATOM, TEXT = (
    "application/rss+xml; charset=UTF-8",
    "application/atom+xml; charset=UTF-8",
    "text/plain; charset=utf-8",
)

Query = dict[str, list[str]]
Made = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as it is sent: bytes, content type, ETag and Last-Modified (HTTP date)."""

    body: bytes
    content_type: str
    etag: str
    last_modified: str


class Site:
    """Pages of a town under an origin such as `http://127.0.0.1:8000`, each made once per version."""

    def __init__(self, town: Town, origin: str) -> None:
        self.town, self.origin = town, origin.rstrip("/")
        self._version = town.version
        self._made: dict[str, Answer] = {}

    def get(self, target: str) -> Answer | None:
        """The answer to a GET of a path with an optional query; None where there is nothing."""
        with self.town.lock:
            if self._version != self.town.version:
                self._made, self._version = {}, self.town.version
            known = self._made.get(target)
            if known is None:
                known = self._make(target)
                if known is not None:
                    self._made[target] = known
            return known

    def _make(self, target: str) -> Answer | None:
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        for pattern, handler in _ROUTES:
            match = pattern.fullmatch(unquote(parts.path))
            if match:
                made = handler(self, query, *match.groups())
                return self._answer(*made) if made else None
        return None

    def _answer(self, text: str, content_type: str) -> Answer:
        body = text.encode("utf-8")
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        return Answer(body, content_type, etag, rfc822(self._changed()))

    def _changed(self) -> datetime:
        """One clock for the town: a page may say it changed when its neighbour did. The ETag is exact."""
        return max(entry.edited_at or entry.at for entry in self.town.entries)


# --- routes: path pattern -> (text, content type)


def _number(query: Query, name: str, default: int) -> int:
    value = query.get(name, [""])[0]
    return int(value) if value.isdecimal() and len(value) < 9 else default


def _as_json(data: dict[str, Any] | None) -> Made:
    return None if data is None else (json.dumps(data, ensure_ascii=False), JSON)


def _as_html(text: str | None) -> Made:
    return None if text is None else (text, HTML)


def _robots(site: Site, query: Query) -> Made:
    rules = "User-agent: *\nDisallow: /forum/search\nDisallow: /blog/wp-admin/\nDisallow: /shop/cart/\n\n"
    return f"{rules}Sitemap: {site.origin}/sitemap.xml\n", TEXT


def _front(site: Site, query: Query) -> Made:
    from data.town.pages.markup import document

    links = "".join(f'<li><a href="/{each}/">{each}</a></li>' for each in ("shop", "forum", "blog"))
    return document("The sample town", f"<h1>The sample town</h1><ul>{links}</ul>"), HTML


def _sitemap_index(site: Site, query: Query) -> Made:
    urls = "".join(
        f"<sitemap><loc>{site.origin}/sitemap-{each}.xml</loc></sitemap>\n"
        for each in ("shop", "forum", "blog")
    )
    return f'{_XML}<sitemapindex xmlns="{_SITEMAP}">\n{urls}</sitemapindex>\n', XML


_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _sitemap(site: Site, query: Query, place: str) -> Made:
    urls = "".join(
        f"<url><loc>{site.origin}{path}</loc><lastmod>{iso(changed)}</lastmod></url>\n"
        for path, changed in _places(site.town, place)
    )
    return f'{_XML}<urlset xmlns="{_SITEMAP}">\n{urls}</urlset>\n', XML


def _places(town: Town, place: str) -> list[tuple[str, datetime]]:
    if place == "shop":
        return [(shop.path(each), _last(town, "shop", each.key)) for each in products()]
    if place == "forum":
        return [
            (f"{forum.ROOT}/t/{each.id}", _last(town, "forum", each.key)) for each in town.topics.values()
        ]
    return [(blog.path(each), _last(town, "blog", each.key)) for each in town.articles.values()]


def _last(town: Town, place: Any, key: str) -> datetime:
    return max((entry.edited_at or entry.at for entry in town.thread(place, key)), default=town.until)


def _listing(site: Site, query: Query, key: str) -> Made:
    if key not in {each.key for each in brands()}:
        return None
    return _as_html(shop.listing(site.town, site.origin, key, _number(query, "page", 1)))


def _product(site: Site, query: Query, key: str, name: str) -> Made:
    product = {each.key: each for each in products()}.get(f"{key}/{name}")
    if product is None:
        return None
    return _as_html(shop.page(site.town, site.origin, product, _number(query, "page", 1)))


def _latest(site: Site, query: Query) -> Made:
    return _as_json(forum.latest(site.town, _number(query, "page", 0), query.get("order", [""])[0]))


def _category(site: Site, query: Query, number: str) -> Made:
    place = int(number) - 5
    if not 0 <= place < len(LANGUAGES):
        return None
    return _as_json(
        forum.latest(site.town, _number(query, "page", 0), query.get("order", [""])[0], LANGUAGES[place])
    )


def _latest_posts(site: Site, query: Query) -> Made:
    before = _number(query, "before", -1)
    return _as_json(forum.latest_posts(site.town, None if before < 0 else before))


def _topic_posts(site: Site, query: Query, key: str) -> Made:
    ids = [int(value) for value in query.get("post_ids[]", []) if value.isdecimal()]
    number = _number(query, "post_number", -1)
    return _as_json(forum.some_posts(site.town, key, ids, None if number < 0 else number))


def _article(site: Site, query: Query, path: str, feed: str) -> Made:
    article = blog.by_path(site.town).get(path)
    if article is None:
        return None
    if feed:
        return blog.comment_feed(site.town, site.origin, article), ATOM if article.id % 2 else RSS
    return _as_html(blog.page(site.town, article))


_TABLE: tuple[tuple[str, Callable[..., Made]], ...] = (
    (r"/", _front),
    (r"/robots\.txt", _robots),
    (r"/sitemap\.xml", _sitemap_index),
    (r"/sitemap-(shop|forum|blog)\.xml", _sitemap),
    (r"/shop/", lambda site, query: _as_html(shop.front(site.town, site.origin))),
    (r"/shop/([a-z]+)/", _listing),
    (r"/shop/([a-z]+)/p/([a-z0-9-]+)/", _product),
    (r"/forum/(?:latest)?", lambda site, query: _as_html(forum.front(site.town))),
    (r"/forum/latest\.json", _latest),
    (r"/forum/categories\.json", lambda site, query: _as_json(forum.categories(site.town))),
    (r"/forum/c/(?:[a-z-]+/)?(\d+)(?:/l/latest)?\.json", _category),
    (r"/forum/posts\.json", _latest_posts),
    (
        r"/forum/t/(?:[^/]+/)?(\d+)\.json",
        lambda site, query, key: _as_json(forum.topic(site.town, key, _number(query, "page", 1))),
    ),
    (r"/forum/t/(?:[^/]+/)?(\d+)/posts\.json", _topic_posts),
    (r"/forum/t/(?:[^/]+/)?(\d+)(?:/\d+)?/?", lambda site, query, key: _as_html(forum.page(site.town, key))),
    (r"/forum/u/([^/]+)\.json", lambda site, query, handle: _as_json(forum.user(site.town, handle))),
    (r"/blog/", lambda site, query: _as_html(blog.front(site.town))),
    (r"/blog/feed/?", lambda site, query: (blog.rss(site.town, site.origin), RSS)),
    (r"/blog/atom/?", lambda site, query: (blog.atom(site.town, site.origin), ATOM)),
    (r"(/blog/\d{4}/\d{2}/[^/]+/)(feed/)?", _article),
)
_ROUTES = tuple((re.compile(pattern), handler) for pattern, handler in _TABLE)
