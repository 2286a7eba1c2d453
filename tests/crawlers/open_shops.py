"""Replay servers of APIs of shops, stores and their reviews, and of WordPress: as those in open_social.py."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from keyed import seconds, stamp
from open_social import Open

_NO_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32)), " ")
"""What XML cannot say."""


class Steam(Open):
    """Reviews by the time of their last change, behind cursors; a page in the middle is short."""

    kind, path, words = "steam", "/appreviews/4711", "review"

    @property
    def url(self) -> str:
        return f"{self.site.url}/app/4711/A_Game/"

    def serve(self) -> None:
        self.site.json(self.path, self._page)

    def _page(self, asked: Any) -> Any:
        cursor = asked.query["cursor"][0]
        ordered = sorted(self.newest(), key=lambda one: -one["timestamp_updated"])
        after = None if cursor == "*" else int(cursor.removeprefix("A+/=&"))
        rest = [one for one in ordered if after is None or one["timestamp_updated"] < after]
        shown = rest[: 37 if after else 100]
        following = f"A+/=&{shown[-1]['timestamp_updated']}" if shown else cursor
        return self.wrap(shown) | {"cursor": following}

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {"success": 1, "reviews": items, "query_summary": {"num_reviews": len(items)}}

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "recommendationid": str(number),
            "author": {"steamid": "76561190000000077", "num_reviews": 12},
            "language": "latvian",
            "review": words,
            "timestamp_created": seconds(number),
            "timestamp_updated": seconds(number) + (1_000_000 if edited else 0),
            "voted_up": number % 2 == 0,
            "votes_up": 3,
            "comment_count": 1,
            "steam_purchase": True,
        }

    def late(self, asked: Any) -> bool:
        return bool(asked.query["cursor"] != ["*"])


class AppStore(Open):
    """One country's reviews, fifty a page, ten pages at most; the app stands among them."""

    kind, path, words, size = "appstore", "/lv/rss/*", "content", 50

    def serve(self) -> None:
        self.site.json(self.path, self._page)

    def _page(self, asked: Any) -> Any:
        page = int(asked.path.partition("page=")[2].partition("/")[0])
        assert page <= 10 and "/id=4711/" in asked.path
        shown = self.newest()[(page - 1) * self.size : page * self.size]
        app = {"im:name": {"label": "Nordtel"}, "id": {"label": "https://apps.apple.com/lv/app/x/id4711"}}
        return self.wrap([app, *shown] if page == 1 else shown)

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        """A single entry is not put into a list, and none is no list either."""
        return {"feed": {"entry": items[0] if len(items) == 1 else items} if items else {}}

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        labels = {
            "id": str(number),
            "im:version": "4.2.1",
            "im:rating": str(number % 5 + 1),
            "title": "Virsraksts",
            "content": words,
            "updated": stamp(number),
            "im:voteSum": "5",
        }
        author = {
            "name": {"label": "Ozoliņš"},
            "uri": {"label": "https://itunes.apple.com/lv/reviews/id880077"},
        }
        return {name: {"label": value} for name, value in labels.items()} | {"author": author}

    def options(self) -> dict[str, Any]:
        return {"api": self.site.url, "app": 4711, "countries": ["lv"]}

    def late(self, asked: Any) -> bool:
        return "page=1/" not in asked.path


class WordPress(Open):
    """A site's comments behind its REST API, which its first page names; behind some servers without the port."""

    kind, path, words = "wordpress", "/wp-json/wp/v2/comments", "content"
    size = 100
    root = "http://127.0.0.1/wp-json/"

    @property
    def url(self) -> str:
        return f"{self.site.url}/"

    def serve(self) -> None:
        self.site.serve(
            "/", "<html><title>Blogs</title></html>", Link=f'<{self.root}>; rel="https://api.w.org/"'
        )
        self.site.json(self.path, self._page)

    def _page(self, asked: Any) -> Any:
        assert asked.query["order"] == ["desc"] and int(asked.query["per_page"][0]) == self.size
        page, found = int(asked.query["page"][0]), self.newest()
        shown = found[(page - 1) * self.size : page * self.size]
        total = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // self.size))}
        return self.site.reply(self.body(shown), headers=total)

    def wrap(self, items: list[Any]) -> list[Any]:
        return items

    def native(self, number: int) -> str:
        return f"comment-{number}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "id": number,
            "post": 4,
            "parent": number - 1 if number % 3 == 0 else 0,
            "author": 0,
            "author_name": "Jānis Ozoliņš",
            "date_gmt": stamp(number).removesuffix(".000Z"),
            "content": {"rendered": f"<p>{words}</p>\n"},
            "link": f"https://blogs.example/2026/10/apskats/#comment-{number}",
            "status": "approved",
            "type": "comment",
            "_embedded": {"up": [{"id": 4, "title": {"rendered": "Nordtel &#8211; apskats"}}]},
        }

    def late(self, asked: Any) -> bool:
        return asked.query.get("page", ["1"]) != ["1"]


class WooCommerce(WordPress):
    kind, path, words = "woocommerce", "/wp-json/wc/store/v1/products/reviews", "review"

    def native(self, number: int) -> str:
        return str(number)

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "id": number,
            "date_created": "2026-03-01T12:00:00",
            "formatted_date_created": "1. marts, 2026",
            "date_created_gmt": stamp(number).removesuffix(".000Z"),
            "product_id": 12,
            "product_name": "Tālrunis &#8220;X1&#8221;",
            "product_permalink": "https://veikals.example/prece/x1/",
            "reviewer": "Jānis Ozoliņš",
            "review": f"<p>{words}</p>\n",
            "rating": number % 5 + 1,
            "verified": number % 2 == 0,
        }


class Heureka(Open):
    """Two exports: the shop's (odd numbers) and the products' (even ones), which goes back to `from`."""

    kind, path, words = "heureka", "/direct/dotaznik/export-review.php", "rating_id"
    late_path = "/direct/dotaznik/export-product-review.php"
    begin = int(time.time()) - 20 * 86_400

    def serve(self) -> None:
        self.since: list[str] = []
        self.site.json(self.path, lambda asked: self._export(asked, "shop"))
        self.site.json(self.late_path, lambda asked: self._export(asked, "product"))

    def _export(self, asked: Any, kind: str) -> Any:
        if asked.query.get("key") != [self.secrets["key"]] or self.refuses:
            return self.site.reply(b"denied", 403)
        since, lower = asked.query.get("from", [""])[0], 0.0
        if kind == "product":
            self.since.append(since)
            lower = datetime.strptime(since, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
        shown = [one for one in self.newest() if one["kind"] == kind and int(one["unix_timestamp"]) >= lower]
        return self.site.reply(self.body(shown) if shown else self.wrap([], kind).encode())

    def body(self, items: list[Any]) -> bytes:
        text = self.wrap(items, items[0].get("kind", "shop") if items else "shop")
        return text.translate(_NO_XML).encode("utf-8", "replace")

    def wrap(self, items: list[Any], kind: str = "shop") -> str:
        reviews = [self._xml(one) for one in items]
        if kind == "shop":
            return f'<?xml version="1.0" encoding="UTF-8"?>\n<reviews>{"".join(reviews)}</reviews>\n'
        around = (
            "<product><product_name>Žehlička</product_name><url>http://shop.example/z.html</url><reviews>"
        )
        return f"<products>{''.join(f'{around}{one}</reviews></product>' for one in reviews)}</products>"

    @staticmethod
    def _xml(one: dict[str, Any]) -> str:
        fields = (f"<{name}>{escape(str(value))}</{name}>" for name, value in one.items() if name != "kind")
        return f"<review>{''.join(fields)}</review>"

    def native(self, number: int) -> str:
        return f"{'shop' if number % 2 else 'product'}-{number}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        shop = number % 2 == 1
        return {
            "kind": "shop" if shop else "product",
            "rating_id": number,
            "name": "Ozoliņš - J.",
            "unix_timestamp": self.begin + number * 60 + (86_400 if edited else 0),
            "total_rating" if shop else "rating": number % 9 / 2 + 0.5,
            "pros": "rychlé dodání\ndobré ceny",
            "summary": words,
            "order_id": 14_343,
        }

    def options(self) -> dict[str, Any]:
        return {"api": self.site.url}

    def late(self, asked: Any) -> bool:
        return bool(asked.path == self.late_path)


class YandexMarket(Open):
    """One review in five days, so that several windows of half a year are needed; every fifth has a thread."""

    kind, path, words = "yandexmarket", "/v2/businesses/42/goods-feedback", "feedbackId"
    size = 20
    now = datetime.now(UTC)

    def serve(self) -> None:
        self.site.json(self.path, self._keyed(self._page))
        self.site.json(f"{self.path}/comments", self._keyed(self._comments))

    def _keyed(self, route: Any) -> Any:
        def guarded(asked: Any) -> Any:
            good = asked.headers.get("api-key") == self.secrets["key"] and not self.refuses
            return route(asked) if good and asked.method == "POST" else self.no(403, {"status": "ERROR"})

        return guarded

    def _page(self, asked: Any) -> Any:
        body = asked.json()
        start, end = (datetime.fromisoformat(body[name]) for name in ("dateTimeFrom", "dateTimeTo"))
        assert body["reactionStatus"] == "ALL" and end - start <= timedelta(days=184)
        found = [one for one in self.newest() if start < datetime.fromisoformat(one["createdAt"]) < end]
        return self._paged(asked, found)

    def _paged(self, asked: Any, found: list[Any]) -> Any:
        place = int(asked.query.get("page_token", ["t0"])[0].removeprefix("t"))
        following = {"nextPageToken": f"t{place + self.size}"} if len(found) > place + self.size else {}
        return {
            "status": "OK",
            "result": self._result(found[place : place + self.size]) | {"paging": following},
        }

    @staticmethod
    def _result(items: list[Any]) -> dict[str, Any]:
        return {"comments" if items and "text" in items[0] else "feedbacks": items}

    def _comments(self, asked: Any) -> Any:
        native = asked.json()["feedbackId"]
        said = [("USER", f"Спасибо, помогло #{native}"), ("BUSINESS", f"Приносим извинения #{native}")]
        found = [
            {
                "id": native * 10 + place,
                "feedbackId": native,
                "text": words,
                "status": "PUBLISHED",
                "author": {"type": kind, "name": "Ozoliņš"},
            }
            for place, (kind, words) in enumerate(said)
        ]
        return self._paged(asked, found)

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {"status": "OK", "result": self._result(items)}

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        at = self.now - timedelta(days=5 * max(0, 130 - number), seconds=7)
        return {
            "feedbackId": number,
            "createdAt": at.isoformat(timespec="seconds"),
            "needReaction": False,
            "author": "Ozoliņš В.",
            "identifiers": {"orderId": 7, "offerId": "SKU-12"},
            "description": {"advantages": "быстро\nдёшево", "disadvantages": "", "comment": words},
            "statistics": {"rating": number % 5 + 1, "commentsCount": 2 if number % 5 == 0 else 0},
        }

    def options(self) -> dict[str, Any]:
        return {"api": self.site.url, "business": 42, "since": "2022-01-01"}

    def late(self, asked: Any) -> bool:
        return "page_token" in asked.query


SHOPS: tuple[type[Open], ...] = (Steam, AppStore, WordPress, WooCommerce, Heureka, YandexMarket)
