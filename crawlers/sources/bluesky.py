"""Kind `bluesky`: posts of Bluesky found by a search, through one's own account.

Format: the lexicon of `app.bsky.feed.searchPosts` and clients of it; no live answer was seen, so whatever is
absent is taken as absent and reported. The search is asked slowly and for named words, as its makers want it;
whole streams are not read. A post's address names its author, so a mention has none: it is known by its key
and its content's hash. Posts are not edited on Bluesky.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from crawlers.errors import HttpError, RefusedKey
from crawlers.items import authorship, count, iso_time, language_code, published, read_items
from crawlers.jsonpage import listing, load_json, mapping, string
from crawlers.logins import Login, login, refused, rest, said
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import Slice, Window, api_base, search_terms, slide, texts, with_query

_API, _HOST = "https://bsky.social", "bsky.app"
_SIZE, _PAGES, _MOST_TEXT = 100, 10, 20_000
_HIDDEN = frozenset({"!no-unauthenticated", "!hide", "!takedown"})
_RAN_OUT = {"ExpiredToken", "InvalidToken"}
_JSON = {"Content-Type": "application/json"}


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """The posts of a search.

    Raises ParseError for anything else.
    """
    posts = mapping(load_json(page)).get("posts")
    if not isinstance(posts, list):
        raise ParseError(f"{page.url}: expected posts of Bluesky")
    needs = ("uri", "cid", "author", "record", "indexedAt")
    return read_items(page, posts, lambda post: _mention(page, post), ids=("cid",), needs=needs)


def _mention(page: Page, post: dict[str, Any]) -> Mention:
    """Raises ValueError for a post that is not to be taken, or without words."""
    author, record, now = mapping(post.get("author")), mapping(post.get("record")), page.collected_at
    if _HIDDEN & (_labels(author) | _labels(post)):
        raise ValueError("its author shows it to members only")
    number = _identity(post)
    text = mask_handles(clean((string(record.get("text")) or "")[:_MOST_TEXT]))
    if number is None or not text:
        raise ValueError("no text of its own" if number else "post without an id")
    above = mapping(mapping(record.get("reply")).get("parent"))
    source = f"bluesky:{_HOST}"
    return Mention(
        source=source,
        kind="reply" if above else "post",
        target=page.target,
        native_id=number,
        parent_id=_identity(above),
        text=text,
        **authorship(page, source, string(author.get("handle")), string(author.get("did"))),
        author_created_at=iso_time(author.get("createdAt"), now),
        **published(_at(post, now)),
        collected_at=now,
        likes=count(post.get("likeCount")),
        replies=count(post.get("replyCount")),
        lang=language_code(next(iter(listing(record.get("langs"))), None)),
    )


def _labels(thing: dict[str, Any]) -> set[str]:
    values = (mapping(label).get("val") for label in listing(thing.get("labels")))
    return {value for value in values if isinstance(value, str)}


def _identity(reference: dict[str, Any]) -> str | None:
    """A record's key with the end of its content's hash: a key alone is its author's choice, and the whole
    address holds the author's number."""
    uri, cid = string(reference.get("uri")), string(reference.get("cid"))
    key = uri.rpartition("/")[2] if uri and uri.startswith("at://") else ""
    return f"{key[:100]}-{cid[-12:]}" if key and cid else None


def _at(post: dict[str, Any], now: datetime) -> datetime | None:
    """When it was published: as the author's program says, but not later than it was seen."""
    times = (mapping(post.get("record")).get("createdAt"), post.get("indexedAt"))
    return min((at for value in times if (at := iso_time(value, now))), default=None)


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Each search, newest first, down to what was read before."""
    base, terms = api_base(visit, _API, _HOST), search_terms(visit)
    account = _Account(visit, base)
    languages: list[str | None] = [*texts(visit, "language", "languages")] or [None]
    for language in languages:
        for term in terms:
            search = _Search(account, f"{base}/xrpc/app.bsky.feed.searchPosts", term, language)
            await slide(visit, f"{term} {language or ''}".strip(), search.ask, pages=_PAGES)


class _Account:
    """The account's session: begun with an app password, gone on with the token that it gave for that."""

    def __init__(self, visit: Visit, base: str) -> None:
        self.visit, self._base = visit, base
        self._who, self._password = visit.key("handle"), visit.key("app_password")
        self._again: str | None = None
        self.login = Login(visit, self._begin, expired=_is_expired)

    async def _begin(self) -> str:
        """An access token. Raises RefusedKey where handle and password are not taken."""
        if self._again:
            try:
                return await self._session("refreshSession", b"", {"Authorization": f"Bearer {self._again}"})
            except RefusedKey:
                self._again = None  # it ran out too: the password begins a new session
        body = json.dumps({"identifier": self._who, "password": self._password}).encode()
        return await self._session("createSession", body, _JSON)

    async def _session(self, method: str, body: bytes, headers: dict[str, str]) -> str:
        url = f"{self._base}/xrpc/com.atproto.server.{method}"
        given = await login(self.visit, url, body, "handle", "app_password", headers=headers)
        token, self._again = string(given.get("accessJwt")), string(given.get("refreshJwt"))
        if token is None:
            raise refused(self.visit, "handle", "app_password", where=url)
        return token


def _is_expired(error: HttpError) -> bool:
    return error.status == 401 or (error.status == 400 and bool(said(error) & _RAN_OUT))


class _Search:
    """One search; cursors lead from page to page within a window of time."""

    def __init__(self, account: _Account, url: str, term: str, language: str | None) -> None:
        self._account, self._url, self._term, self._language = account, url, term, language
        self._cursor: str | None = None

    async def ask(self, window: Window, page: int) -> Slice:
        """A page of a window, newest first."""
        if page and self._cursor is None:
            return Slice(Taken())
        visit = self._account.visit
        asked = with_query(
            self._url,
            q=self._term if '"' in self._term or " " not in self._term else f'"{self._term}"',
            sort="latest",
            limit=_SIZE,
            lang=self._language,
            since=_stamp(window.lower) if window.lower else None,
            until=_stamp(window.upper + 1) if window.upper is not None else None,
            cursor=self._cursor if page else None,
        )
        answer = await self._account.login.fetch(asked)
        await rest(visit, answer, "ratelimit")
        taken, value = visit.read(answer), mapping(visit.json(answer))
        self._cursor = string(value.get("cursor"))
        posts = [mapping(post) for post in listing(value.get("posts"))]
        times = [int(at.timestamp()) for post in posts if (at := _at(post, answer.collected_at))]
        return Slice(taken, times, bool(posts) and self._cursor is not None)


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


SOURCE = Source(
    kind="bluesky",
    summary="Bluesky: posts that name the brand",
    spider=walk,
    parser=parse,
    needs="a key",
    standing="experimental",
    terms="Searched slowly, with an own account; posts for members only (!no-unauthenticated) are left out.",
    options={
        "query": "what to search for; the brand's name if absent",
        "queries": "several searches",
        "language": "only posts in this language (lv, lt, et...)",
        "languages": "several of them",
        "handle": "in secrets.toml or SAYSO_BLUESKY_HANDLE: the account's name",
        "app_password": "in secrets.toml or SAYSO_BLUESKY_APP_PASSWORD: an app password of it",
        "api": "the account's server (PDS), if not bsky.social",
        "max_pages": "pages of one run at most",
    },
)
