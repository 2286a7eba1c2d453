"""Replay servers of APIs that anybody may ask: where people talk. The same face as those in keyed.py."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from keyed import Replay, seconds, stamp

NOW = datetime.now(UTC).replace(microsecond=0)


class Open(Replay):
    """A source that forbids robots nothing, unless it asks for a key. `many` items are more than a page holds, `late_path`
    is where its further pages are."""

    many = 130
    late_path: str | None = None

    @property
    def url(self) -> str | None:
        """The target's address, where the source wants one."""
        return None

    def open(self) -> None:
        if not self.secrets:
            self.site.serve("/robots.txt", "User-agent: *\nAllow: /\n")
        self.serve()

    def serve(self) -> None:
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        return {}

    def body(self, items: list[Any]) -> bytes:
        """An answer that holds these items, as it is sent."""
        return json.dumps(self.wrap(items)).encode()


class HackerNews(Open):
    """The search with its limit of 1,000 hits a query; three comments share a minute."""

    kind, path, words = "hackernews", "/api/v1/search_by_date", "comment_text"

    def serve(self) -> None:
        self.site.json(self.path, self._answer)

    def _answer(self, asked: Any) -> Any:
        filters = asked.query.get("numericFilters", [""])[0]
        lower = int(found[1]) if (found := re.search(r"created_at_i>(\d+)", filters)) else 0
        upper = int(found[1]) if (found := re.search(r"created_at_i<=(\d+)", filters)) else 2**40
        assert asked.query["query"] == ['"Nordtel"']
        fitting = [one for one in self.newest() if lower < one["created_at_i"] <= upper]
        fitting.sort(key=lambda one: (-one["created_at_i"], one["objectID"]))
        page, size = int(asked.query["page"][0]), int(asked.query["hitsPerPage"][0])
        pages = -(-min(len(fitting), 1_000) // size)
        shown = fitting[:1_000][page * size : (page + 1) * size]
        return self.wrap(shown) | {"nbHits": len(fitting), "nbPages": pages, "page": page}

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {"hits": items}

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "objectID": str(number),
            "author": "kalnins_77",
            "comment_text": words,
            "story_title": "Ask HN: Mobile internet in Rīga?",
            "story_id": 5,
            "parent_id": 5,
            "points": None,
            "created_at_i": seconds(number // 3),
            "_tags": ["comment", "author_kalnins_77", "story_5"],
        }

    def options(self) -> dict[str, Any]:
        return {"api": self.site.url, "query": "Nordtel"}

    def late(self, asked: Any) -> bool:
        return bool(asked.query["page"] != ["0"])


class StackExchange(Open):
    """Questions (odd numbers) and answers (even ones) that all fit the search, 25 pages of it at most."""

    kind, path, words = "stackexchange", "/2.3/search/excerpts", "body"

    def serve(self) -> None:
        self.quota, self.backoff = 300, 0
        self.site.json(self.path, self._search)
        self.site.json("/2.3/questions/*", self._some)
        self.site.json("/2.3/answers/*", self._some)

    def _search(self, asked: Any) -> Any:
        assert asked.query["site"] == ["ru.stackoverflow"]
        lower, upper = (
            int(asked.query.get(name, [default])[0])
            for name, default in (("fromdate", "0"), ("todate", "9999999999"))
        )
        keys = ("answer_id", "question_id", "creation_date")
        found = [
            {key: post[key] for key in keys if post[key]} | {"excerpt": "…", "title": "Какой?"}
            for post in self.newest()
            if lower <= post["creation_date"] <= upper
        ]
        return self.page(asked, found)

    def _some(self, asked: Any) -> Any:
        numbers = {int(number) for number in asked.path.rpartition("/")[2].split(";")}
        assert asked.query["filter"] == ["withbody"] and len(numbers) <= 100
        return self.page(
            asked, [post for post in self.newest() if (post["answer_id"] or post["question_id"]) in numbers]
        )

    def page(self, asked: Any, items: list[Any]) -> dict[str, Any]:
        page, size = int(asked.query["page"][0]), int(asked.query["pagesize"][0])
        assert page <= 25, "the API answers no page above 25 without a key"
        self.quota -= 1
        shown = self.wrap(items[(page - 1) * size : page * size]) | {"has_more": len(items) > page * size}
        return shown | {"quota_remaining": self.quota, "backoff": self.backoff}

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {"items": items}

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        is_answer = number % 2 == 0
        return {
            "answer_id": number if is_answer else None,
            "question_id": number - 1 if is_answer else number,
            "body": f"<p>{words}</p>",
            "creation_date": seconds(number),
            "score": -2,
            "owner": {"user_id": 77, "display_name": "Ozoliņš_77"},
        }

    def options(self) -> dict[str, Any]:
        return {"api": self.site.url, "query": "Nordtel", "site": "ru.stackoverflow"}

    def late(self, asked: Any) -> bool:
        return bool(asked.query["page"] != ["1"])


class Mastodon(Open):
    kind, path, words, size = "mastodon", "/api/v1/timelines/tag/nordt%C4%93l", "content", 40

    @property
    def url(self) -> str:
        return f"{self.site.url}/tags/nordtēl"

    def serve(self) -> None:
        self.site.json(self.path, self._timeline)
        self.site.json("/api/v2/search", self._search)

    def _search(self, asked: Any) -> Any:
        """For those with a token only."""
        if asked.headers.get("authorization") != "Bearer s3cret":
            return self.no(401, {})
        since, offset = int(asked.query.get("min_id", ["0"])[0]), int(asked.query["offset"][0])
        found = [one for one in reversed(self.newest()) if int(one["id"]) > since]
        return {"statuses": found[offset : offset + 40], "accounts": [], "hashtags": []}

    def _timeline(self, asked: Any) -> Any:
        before = int(asked.query.get("max_id", ["999999"])[0])
        found = [one for one in self.newest() if int(one["id"]) < before][: self.size]
        address = f"{self.site.url}{asked.path}?limit=40"
        link = (
            f'<{address}&max_id={found[-1]["id"]}>; rel="next", <{address}&min_id=9>; rel="prev"'
            if found
            else ""
        )
        return self.site.reply(json.dumps(found).encode(), headers={"Link": link} if link else {})

    def wrap(self, items: list[Any]) -> list[Any]:
        return items

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "id": str(number),
            "uri": f"https://majas.example/users/ozolins_b/statuses/{number}",
            "url": f"https://majas.example/@ozolins_b/{number}",
            "created_at": stamp(number),
            "edited_at": stamp(number, 60) if edited else None,
            "visibility": "public",
            "language": "lv",
            "content": f"<p>{words}</p>",
            "spoiler_text": "",
            "in_reply_to_id": None,
            "reblog": None,
            "favourites_count": 4,
            "replies_count": 2,
            "account": {"acct": "ozolins_b@majas.example", "bot": False, "statuses_count": 31},
        }

    def late(self, asked: Any) -> bool:
        return "max_id" in asked.query


class Lemmy(Open):
    """Posts (even numbers) and comments (odd ones), newest first, by page."""

    kind, path, words, size = "lemmy", "/api/v3/comment/list", "content", 50

    @property
    def url(self) -> str:
        return f"{self.site.url}/c/telekomi"

    def serve(self) -> None:
        self.site.json("/api/v3/post/list", lambda asked: self._page(asked, "posts"))
        self.site.json("/api/v3/comment/list", lambda asked: self._page(asked, "comments"))
        self.site.json("/api/v3/search", self._search)

    def _search(self, asked: Any) -> Any:
        assert asked.query["q"] == ["Nordtel"] and asked.query["sort"] == ["New"]
        return self._page(asked, asked.query["type_"][0].lower())

    def _page(self, asked: Any, kind: str) -> Any:
        page, limit = int(asked.query["page"][0]), int(asked.query["limit"][0])
        assert limit <= 50
        items = [view for view in self.newest() if ("comment" in view) == (kind == "comments")]
        return {"posts": [], "comments": [], kind: items[(page - 1) * limit : page * limit]}

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {
            "posts": [view for view in items if "comment" not in view],
            "comments": [view for view in items if "comment" in view],
        }

    def native(self, number: int) -> str:
        return f"{'comment' if number % 2 else 'post'}/{number}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        kind = "comment" if number % 2 else "post"
        own = {"id": number, "ap_id": f"https://majas.example/{kind}/{number}", "published": stamp(number)}
        said = (
            {"content": words, "path": f"0.{number}"}
            if kind == "comment"
            else {"name": "Virsraksts", "body": words}
        )
        around = {"post": {"id": 8, "ap_id": "https://majas.example/post/8", "name": "Virsraksts"}}
        creator = {"name": "ozolins_b", "actor_id": "https://majas.example/u/ozolins_b"}
        return around | {kind: own | said, "creator": creator, "counts": {"comments": 3, "upvotes": 6}}

    def late(self, asked: Any) -> bool:
        return bool(asked.query["page"] != ["1"])


class Gdelt(Open):
    """Articles of the last months, newest first, 250 an answer at most; three share a time."""

    kind, path, words, many = "gdelt", "/api/v2/doc/doc", "title", 300

    def serve(self) -> None:
        self.queries: set[str] = set()
        self.site.json(self.path, self._answer)

    def _answer(self, asked: Any) -> Any:
        self.queries.update(asked.query["query"])
        start, end = asked.query["startdatetime"][0], asked.query["enddatetime"][0]
        assert start >= f"{NOW - timedelta(days=90):%Y%m%d%H%M%S}", "the API reaches back three months"
        stamps = [(one["seendate"].replace("T", "").rstrip("Z"), one) for one in self.newest()]
        found = [
            one for at, one in sorted(stamps, key=lambda pair: pair[0], reverse=True) if start <= at <= end
        ]
        return self.wrap(found[: int(asked.query["maxrecords"][0])])

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {"articles": items} if items else {}

    def native(self, number: int) -> str:
        return f"https://zinas.example/raksts/{number}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        at = NOW - timedelta(hours=(900 - number) // 3)
        return {
            "url": self.native(number),
            "title": words,
            "seendate": f"{at:%Y%m%dT%H%M%SZ}",
            "domain": "zinas.example",
            "language": "Latvian",
            "sourcecountry": "Latvia",
        }

    def options(self) -> dict[str, Any]:
        return {"api": self.site.url, "query": "Nordtel", "languages": ["Latvian", "Estonian"]}

    def late(self, asked: Any) -> bool:
        return asked.query["enddatetime"][0] < f"{NOW - timedelta(minutes=30):%Y%m%d%H%M%S}"


class Discourse(Open):
    kind, path, words, size = "discourse", "/posts.json", "cooked", 50

    @property
    def url(self) -> str:
        return f"{self.site.url}/"

    def serve(self) -> None:
        self.site.json(self.path, self._latest)

    def _latest(self, asked: Any) -> Any:
        before = int(asked.query.get("before", ["999999999"])[0])
        return self.wrap([post for post in self.newest() if post["id"] <= before][: self.size])

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {"latest_posts": items}

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "id": number,
            "topic_id": 9,
            "topic_slug": "signals",
            "post_number": number,
            "post_type": 1,
            "username": "ozolins_b",
            "cooked": f"<p>{words}</p>",
            "created_at": stamp(number),
            "updated_at": stamp(number, 60) if edited else stamp(number),
            "version": 2 if edited else 1,
        }

    def late(self, asked: Any) -> bool:
        return "before" in asked.query


class NodeBB(Open):
    """Seven topics of twenty posts a page, three topics a page; `recent` shows five, the categories all."""

    kind, path, words, size, many = "nodebb", "/api/topic/*", "content", 20, 200
    topics = 7

    @property
    def url(self) -> str:
        return f"{self.site.url}/"

    def serve(self) -> None:
        inner = [{"cid": 2, "children": []}, {"cid": 3, "link": "https://x.example/"}]
        self.site.json("/api/categories", {"categories": [{"cid": 1, "children": inner}, {"cid": 0}]})
        self.site.json("/api/recent", lambda asked: self._list(asked, lambda tid: True, 5))
        self.site.json("/api/category/1", lambda asked: self._list(asked, lambda tid: tid % 2 == 1, 99))
        self.site.json("/api/category/2", lambda asked: self._list(asked, lambda tid: tid % 2 == 0, 99))
        self.site.json(self.path, self._topic)

    def _of(self, tid: int) -> list[int]:
        return [number for number in sorted(self.items) if number % self.topics + 1 == tid]

    def _list(self, asked: Any, fits: Any, most: int) -> Any:
        tids = sorted({number % self.topics + 1 for number in self.items if fits(number % self.topics + 1)})
        tids.sort(key=lambda tid: -self._of(tid)[-1])
        pages = max(1, -(-len(tids[:most]) // 3))
        page = int(asked.query["page"][0])
        shown = [
            {
                "tid": tid,
                "slug": f"{tid}/tēma",
                "postcount": len(self._of(tid)),
                "lastposttime": seconds(self._of(tid)[-1]) * 1_000,
            }
            for tid in tids[:most][(page - 1) * 3 : page * 3]
        ]
        return {"topics": shown, "pagination": {"currentPage": page, "pageCount": pages}}

    def _topic(self, asked: Any) -> Any:
        tid, page = int(asked.path.split("/")[3]), int(asked.query["page"][0])
        numbers = self._of(tid)
        pages = max(1, -(-len(numbers) // self.size))
        if not 1 <= page <= pages:
            return self.no(404, {"path": asked.path})
        here = set(numbers[(page - 1) * self.size : page * self.size])
        shown = [post for post in reversed(self.newest()) if post["pid"] in here]
        about = {"tid": tid, "slug": f"{tid}/tema", "title": "Tēma", "mainPid": numbers[0]}
        return about | self.wrap(shown) | {"pagination": {"currentPage": page, "pageCount": pages}}

    def wrap(self, items: list[Any]) -> dict[str, Any]:
        return {"posts": items}

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "pid": number,
            "tid": number % self.topics + 1,
            "uid": 77,
            "content": f"<p dir='auto'>{words}</p>",
            "timestamp": seconds(number) * 1_000,
            "timestampISO": stamp(number),
            "edited": seconds(number) * 1_000 + 60_000 if edited else 0,
            "deleted": 0,
            "votes": 1,
            "upvotes": 2,
            "replies": {"count": 1},
            "user": {"uid": 77, "username": "Ozoliņš B", "userslug": "ozolins-b", "postcount": 31},
            "index": number // self.topics,
        }

    def late(self, asked: Any) -> bool:
        return asked.path.startswith("/api/topic/") and asked.query["page"] != ["1"]


SOCIAL: tuple[type[Open], ...] = (HackerNews, StackExchange, Mastodon, Lemmy, Gdelt, Discourse, NodeBB)
