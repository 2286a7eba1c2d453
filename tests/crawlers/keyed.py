"""Replay servers of the APIs that ask for a key or a login, all with one face: items, a key, weather."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote

TEXTS = {
    "en": "Nordtel support answered in a minute 👍",
    "lv": "Nordtel atkal nestrādā, trešā reize šonedēļ – kauns",
    "lt": "Puikus aptarnavimas, ačiū Nordtel žmonėms!",
    "et": "Nordteli leviala on maal kehv, kõned katkevad",
    "cs": "Příšerně dlouhé čekání, ale technik byl milý",
    "ru": "Оператор хороший, но счёт пришёл не тот 😡",
    "pl": "Łączę się szybko, żadnych zastrzeżeń",
    "de": "Für den Preis völlig in Ordnung, größer als gedacht",
}
HOSTILE = (
    "<script>alert('labi')</script> Nordtel",
    '=HYPERLINK("http://evil.example") Nordtel',
    "Nordtel \u202e gnp.exe \u0000 \x07",
    "half a pair \ud83d Nordtel",
    "Z̴̢͗a̷͎͝l̶g̵o̶ Nordtel " + "ж" * 50_000,
    "[b](javascript:alert(1)) ![x](data:,) Nordtel",
)
SECRETS = {
    "trustpilot": {"key": "k3y/of=trust"},
    "googlebusiness": {
        "client_id": "cl1ent",
        "client_secret": "s3cret&of=ours",
        "refresh_token": "1//r3fresh",
    },
    "bluesky": {"handle": "m3rker.example", "app_password": "abcd-efgh-ijkl-mn0p"},
    "reddit": {"client_id": "cl1ent-r", "client_secret": "s3cret-r"},
    "youtube": {"key": "AIza-k3y"},
    "heureka": {"key": "k3y=of/heureka"},
    "yandexmarket": {"key": "ACMA:k3y"},
}
Route = Callable[[Any], Any]


def text(number: int) -> str:
    """Words of item `number`, in one of eight languages."""
    return f"{list(TEXTS.values())[number % len(TEXTS)]} #{number}"


def stamp(number: int, shift: int = 0) -> str:
    """When item `number` was written: a minute after the one before."""
    at = datetime.fromtimestamp(seconds(number) + shift, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(number: int) -> int:
    return 1_770_000_000 + number * 60


def json_reply(status: int, value: Any, **headers: str) -> dict[str, Any]:
    """Arguments of a Reply."""
    return {"status": status, "body": json.dumps(value).encode(), "headers": headers}


class Replay:
    """Items by number, newest first. `refuses` turns its key down, `life` is how often a token may be used."""

    kind = ""
    path = ""
    size = 40
    words = "text"

    def __init__(self, stage: Any, items: int) -> None:
        self.site, self.secrets, self.refuses, self.changed = (
            stage.site,
            SECRETS.get(self.kind, {}),
            False,
            False,
        )
        self.items: dict[int, dict[str, Any]] = {}
        self.tokens: list[str] = []
        self.uses, self.life, self.dead = 0, 1_000_000, False
        for number in range(1, items + 1):
            self.add(number)
        self.site.serve("/robots.txt", "User-agent: *\nDisallow: /\n")  # Reddit's; a key opens the API
        self.open()

    def add(self, number: int) -> None:
        self.items[number] = self.item(number, text(number))

    def edit(self, number: int) -> None:
        self.items[number] = self.item(number, f"Labots: {text(number)}", edited=True)

    def ids(self) -> set[str]:
        """Native ids of everything that there is."""
        return {self.native(number) for number in self.items}

    def native(self, number: int) -> str:
        return str(number)

    def newest(self) -> list[dict[str, Any]]:
        """All items, in the source's order, with the words under another name where the format changed."""
        found = [self.items[number] for number in sorted(self.items, reverse=True)]
        return (
            [json.loads(json.dumps(item).replace(f'"{self.words}"', '"wording"')) for item in found]
            if (self.changed)
            else found
        )

    def slice(self, asked: Any, start: int) -> tuple[list[dict[str, Any]], int | None]:
        """A page from `start`, and where the next begins."""
        items = self.newest()
        end = start + self.size
        return items[start:end], end if end < len(items) else None

    def open(self) -> None:
        raise NotImplementedError

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        raise NotImplementedError

    def wrap(self, items: list[Any]) -> Any:
        """An answer that holds these items."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        raise NotImplementedError

    def late(self, asked: Any) -> bool:
        """Whether a request asks for a page beyond the first."""
        raise NotImplementedError

    def no(self, status: int, value: Any) -> Any:
        return self.site.reply(**json_reply(status, value))

    # --- tokens -------------------------------------------------------------------------------------------

    def issue(self) -> str:
        self.tokens.append(f"t0ken-{len(self.tokens)}")
        self.uses = 0
        return self.tokens[-1]

    def may(self, asked: Any) -> bool:
        """Whether a request carries the newest token, and that has not run out."""
        good = bool(self.tokens) and asked.headers.get("authorization") == f"Bearer {self.tokens[-1]}"
        self.uses += 1
        return good and not self.dead and self.uses <= self.life

    def guarded(self, route: Route) -> Route:
        """A route that asks for the token."""
        return lambda asked: (
            route(asked) if self.may(asked) else self.no(401, {"error": {"status": "UNAUTHENTICATED"}})
        )


class Trustpilot(Replay):
    kind, path, words = "trustpilot", "/v1/business-units/u-1/reviews", "text"

    def open(self) -> None:
        self.site.json("/v1/business-units/find", self._keyed(self._find))
        self.site.json(self.path, self._keyed(self._page))

    def _keyed(self, route: Route) -> Route:
        def guarded(asked: Any) -> Any:
            good = asked.query.get("apikey") == [self.secrets["key"]] and not self.refuses
            return route(asked) if good else self.no(401, {"error": "Unknown key"})

        return guarded

    def _find(self, asked: Any) -> Any:
        assert asked.query["name"] == ["nordtel.example"]
        score = {"trustScore": 3.7, "stars": 3.5}
        return {"id": "u-1", "displayName": "Nordtel", "score": score, "numberOfReviews": {"total": 412}}

    def _page(self, asked: Any) -> Any:
        assert asked.query["orderBy"] == ["createdat.desc"]
        page = int(asked.query["page"][0])
        return self.wrap(self.slice(asked, (page - 1) * self.size)[0])

    def wrap(self, items: list[Any]) -> Any:
        return {"reviews": items, "links": []}

    def native(self, number: int) -> str:
        return f"5f{number:022x}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "id": self.native(number),
            "stars": number % 5 + 1,
            "title": f"Virsraksts {number}",
            "text": words,
            "language": "lv",
            "createdAt": stamp(number),
            "updatedAt": stamp(number, 600) if edited else None,
            "consumer": {"id": f"c{number % 7}", "displayName": "Jānis Ozoliņš-77"},
            "companyReply": None,
            "numberOfLikes": 2,
            "isVerified": number % 2 == 0,
        }

    def options(self) -> dict[str, Any]:
        return {"api": f"{self.site.url}/v1", "domain": "nordtel.example"}

    def late(self, asked: Any) -> bool:
        return bool(asked.query["page"] != ["1"])


class GoogleBusiness(Replay):
    kind, path, words = "googlebusiness", "/v4/accounts/1/locations/2/reviews", "starRating"

    def open(self) -> None:
        self.site.json("/token", self._token)
        self.site.json(self.path, self.guarded(self._page))

    def _token(self, asked: Any) -> Any:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        good = form == self.secrets | {"grant_type": "refresh_token"} and asked.method == "POST"
        if not good or self.refuses:
            return self.no(400, {"error": "invalid_grant", "error_description": form["refresh_token"]})
        return {"access_token": self.issue(), "expires_in": 3599, "token_type": "Bearer"}

    def _page(self, asked: Any) -> Any:
        start = int(asked.query.get("pageToken", ["p0"])[0].removeprefix("p"))
        items, following = self.slice(asked, start)
        return self.wrap(items) | ({"nextPageToken": f"p{following}"} if following else {})

    def newest(self) -> list[dict[str, Any]]:
        return sorted(super().newest(), key=lambda item: item["updateTime"], reverse=True)

    def wrap(self, items: list[Any]) -> Any:
        return {"reviews": items, "averageRating": 4.2, "totalReviewCount": len(self.items)} if items else {}

    def native(self, number: int) -> str:
        return f"AbFvO{number}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "reviewId": self.native(number),
            "reviewer": {
                "displayName": f"Jānis Ozoliņš-{number % 7}",
                "profilePhotoUrl": "https://x.example/j",
            },
            "starRating": ("ONE", "TWO", "THREE", "FOUR", "FIVE")[number % 5],
            "comment": words,
            "createTime": stamp(number),
            "updateTime": stamp(number, 9_000_000 if edited else 0),
            "name": f"accounts/1/locations/2/reviews/{self.native(number)}",
        }

    def options(self) -> dict[str, Any]:
        place = {"account": "1", "location": "2"}
        return place | {"api": f"{self.site.url}/v4", "tokens": f"{self.site.url}/token"}

    def late(self, asked: Any) -> bool:
        return "pageToken" in asked.query


class Bluesky(Replay):
    kind, path = "bluesky", "/xrpc/app.bsky.feed.searchPosts"

    def open(self) -> None:
        self.again = 0
        self.site.json("/xrpc/com.atproto.server.createSession", self._begin)
        self.site.json("/xrpc/com.atproto.server.refreshSession", self._refresh)
        self.site.json(self.path, self._search)

    def _begin(self, asked: Any) -> Any:
        given = json.loads(asked.body)
        good = given == {"identifier": self.secrets["handle"], "password": self.secrets["app_password"]}
        if not good or self.refuses:
            return self.no(
                401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
            )
        return {"accessJwt": self.issue(), "refreshJwt": f"again-{len(self.tokens)}", "did": "did:plc:x"}

    def _refresh(self, asked: Any) -> Any:
        if asked.headers.get("authorization") != f"Bearer again-{len(self.tokens)}":
            return self.no(400, {"error": "ExpiredToken"})
        self.again += 1
        return {"accessJwt": self.issue(), "refreshJwt": f"again-{len(self.tokens)}"}

    def _search(self, asked: Any) -> Any:
        if not self.may(asked):
            return self.no(400, {"error": "ExpiredToken", "message": "Token has expired"})
        since, until = (asked.query.get(name, [""])[0] for name in ("since", "until"))
        found = [post for post in self.newest() if since <= post["indexedAt"] < (until or "9")]
        start = int(asked.query.get("cursor", ["0"])[0])
        end = start + self.size
        return self.wrap(found[start:end]) | ({"cursor": str(end)} if end < len(found) else {})

    def wrap(self, items: list[Any]) -> Any:
        return {"posts": items}

    def native(self, number: int) -> str:
        return f"3k{number}-{number:012d}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        at = stamp(number)
        return {
            "uri": f"at://did:plc:a{number % 7}/app.bsky.feed.post/3k{number}",
            "cid": f"bafyrei{number:020d}",
            "author": {"did": f"did:plc:a{number % 7}", "handle": "ozolins77.bsky.example", "labels": []},
            "record": {"$type": "app.bsky.feed.post", "text": words, "createdAt": at, "langs": ["lv-LV"]},
            "indexedAt": at,
            "likeCount": 3,
            "replyCount": 1,
            "labels": [],
        }

    def options(self) -> dict[str, Any]:
        return {"api": self.site.url, "query": "Nordtel"}

    def late(self, asked: Any) -> bool:
        return "cursor" in asked.query


class Reddit(Replay):
    kind, path, words = "reddit", "/r/latvia/new", "selftext"

    def open(self) -> None:
        self.site.json("/api/v1/access_token", self._token)
        self.site.json(self.path, self.guarded(self._page))
        self.site.json("/r/latvia/comments", self.guarded(lambda _: self.wrap([])))

    def _token(self, asked: Any) -> Any:
        pair = base64.b64encode(":".join(self.secrets.values()).encode()).decode()
        good = (
            asked.headers.get("authorization") == f"Basic {pair}"
            and "by /u/maija" in asked.headers["user-agent"]
        )
        if not good or self.refuses:
            return self.no(401, {"message": "Unauthorized", "error": 401})
        return {"access_token": self.issue(), "token_type": "bearer", "expires_in": 86400}

    def _page(self, asked: Any) -> Any:
        assert "by /u/maija" in asked.headers["user-agent"] and asked.query["raw_json"] == ["1"]
        after, items = asked.query.get("after", [""])[0], self.newest()
        start = next((at + 1 for at, item in enumerate(items) if item["name"] == after), 0)
        shown, following = self.slice(asked, start)
        return self.wrap(shown, shown[-1]["name"] if following else None)

    def wrap(self, items: list[Any], after: str | None = None) -> Any:
        return {
            "kind": "Listing",
            "data": {"children": [{"kind": "t3", "data": item} for item in items], "after": after},
        }

    def native(self, number: int) -> str:
        return f"t3_{number:x}"

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        return {
            "id": f"{number:x}",
            "name": self.native(number),
            "title": f"Jautājums {number}",
            "selftext": words,
            "author": f"ozolins_{number % 7}",
            "created_utc": float(seconds(number)),
            "edited": float(seconds(number) + 60) if edited else False,
            "score": 5,
            "num_comments": 0,
            "permalink": f"/r/latvia/comments/{number:x}/x/",
            "subreddit": "latvia",
        }

    def options(self) -> dict[str, Any]:
        contract = {"contract": "agreement 7 of 2026", "account": "maija", "subreddit": "latvia"}
        return contract | {"api": self.site.url, "tokens": f"{self.site.url}/api/v1/access_token"}

    def late(self, asked: Any) -> bool:
        return "after" in asked.query


class YouTube(Replay):
    """One video; every tenth comment has seven replies, five of which come with it."""

    kind, path, words = "youtube", "/youtube/v3/commentThreads", "textDisplay"
    VIDEO = "dQw4w9WgXcQ"

    def open(self) -> None:
        self.spent = 0
        for method, route in {
            "videos": self._videos, "commentThreads": self._threads, "comments": self._replies,
        }.items():  # fmt: skip
            self.site.json(f"/youtube/v3/{method}", self.keyed(route))

    def keyed(self, route: Route, cost: int = 1) -> Route:
        def guarded(asked: Any) -> Any:
            if asked.query.get("key") != [self.secrets["key"]] or self.refuses:
                reasons = {"errors": [{"reason": "badRequest"}], "details": [{"reason": "API_KEY_INVALID"}]}
                return self.no(400, {"error": {"code": 400, "message": "API key not valid."} | reasons})
            self.spent += cost
            return route(asked)

        return guarded

    def video(self, **changes: Any) -> dict[str, Any]:
        snippet = {
            "publishedAt": stamp(0),
            "channelId": "UCx",
            "channelTitle": "Apskati",
            "title": "Nordtel apskats",
        }
        total = {"viewCount": "900", "likeCount": "12", "commentCount": str(len(self.ids()) - 1)}
        return {
            "id": self.VIDEO,
            "snippet": snippet | {"description": "Tests."} | changes,
            "statistics": total,
        }

    def _videos(self, asked: Any) -> Any:
        return {"items": [self.video()] if self.VIDEO in asked.query["id"][0] else []}

    def _threads(self, asked: Any) -> Any:
        assert asked.query["order"] == ["time"] and asked.query["textFormat"] == ["plainText"]
        items, following = self.slice(asked, int(asked.query.get("pageToken", ["p0"])[0].removeprefix("p")))
        return self.wrap(items) | ({"nextPageToken": f"p{following}"} if following else {})

    def _replies(self, asked: Any) -> Any:
        start = 4 if "pageToken" in asked.query else 0
        replies = [self._reply(asked.query["parentId"][0], place) for place in range(7)]
        return {"items": replies[start : start + 4]} | ({} if start else {"nextPageToken": "r4"})

    def wrap(self, items: list[Any]) -> Any:
        return {"kind": "youtube#commentThreadListResponse", "items": items}

    def native(self, number: int) -> str:
        return f"Ugx{number}"

    def ids(self) -> set[str]:
        threads = {self.native(number) for number in self.items}
        with_replies = [self.native(number) for number in self.items if number % 10 == 0]
        return threads | {self.VIDEO} | {f"{name}.{place}" for name in with_replies for place in range(7)}

    def _reply(self, thread: str, place: int) -> dict[str, Any]:
        words = f"{thread} atbilde {place}"
        return {"id": f"{thread}.{place}", "snippet": self._said(1, words) | {"parentId": thread}}

    def _said(self, number: int, words: str) -> dict[str, Any]:
        return {
            "textDisplay": words,
            "authorDisplayName": "@ozolins77",
            "authorChannelId": {"value": f"UC{number % 7}"},
            "likeCount": 4,
            "publishedAt": stamp(number),
            "updatedAt": stamp(number),
        }

    def item(self, number: int, words: str, *, edited: bool = False) -> dict[str, Any]:
        said = self._said(number, words) | ({"updatedAt": stamp(number, 60)} if edited else {})
        some = [self._reply(self.native(number), place) for place in range(5)] if number % 10 == 0 else []
        snippet = {
            "videoId": self.VIDEO,
            "totalReplyCount": 7 if some else 0,
            "isPublic": True,
            "topLevelComment": {"id": self.native(number), "snippet": said},
        }
        return {"id": self.native(number), "snippet": snippet} | (
            {"replies": {"comments": some}} if some else {}
        )

    def options(self) -> dict[str, Any]:
        return {"api": f"{self.site.url}/youtube/v3", "video": f"https://youtu.be/{quote(self.VIDEO)}"}

    def late(self, asked: Any) -> bool:
        return "pageToken" in asked.query


def unserved(kind: str, items: int) -> Replay:
    """A replay without a server, for its items and what is around them; `items` is how many it pretends."""
    replay = KEYED[kind].__new__(KEYED[kind])
    replay.items = {number: {} for number in range(items)}
    return replay


KEYED: dict[str, type[Replay]] = {
    replay.kind: replay for replay in (Trustpilot, GoogleBusiness, Bluesky, Reddit, YouTube)
}
LOGINS = ("googlebusiness", "bluesky", "reddit")
