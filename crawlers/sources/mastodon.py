"""Kind `mastodon`: public posts of Mastodon and its kin: a hashtag, a search, a server.

Format: the API's documentation and recorded answers. A post is known by its address at home, so that it
counts once on whichever server it was seen. Bots, and people who do not want to be indexed, are left out.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from crawlers.errors import BadTarget, HttpError, MissingKey
from crawlers.fediverse import handle, identity, names_somebody, next_cursor
from crawlers.fetch import Answer
from crawlers.items import (
    authorship,
    count,
    iso_time,
    language_code,
    later,
    published,
    read_items,
    web_address,
)
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import Element, Words, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import descend, texts, with_query

_SIZE = 40
_PRIVATE = frozenset({401, 403, 422})
_OPEN = ("public", "unlisted")


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Statuses of a timeline, of a search, or a single one.

    Raises ParseError for anything else.
    """
    statuses = _statuses(load_json(page))
    if statuses is None:
        raise ParseError(f"{page.url}: expected statuses of Mastodon")
    ids = _native_ids(page, statuses)
    words, needs = Words(), ("id", "uri", "content", "created_at", "account")
    return read_items(
        page, statuses, lambda status: _mention(page, status, ids, words), ids=("id",), needs=needs
    )


def _statuses(value: Any) -> list[Any] | None:
    if isinstance(value, list):
        return value
    found = mapping(value)
    if isinstance(found.get("statuses"), list):
        return list(found["statuses"])
    return [found] if "content" in found and "account" in found else None


def _native_ids(page: Page, statuses: list[Any]) -> dict[str, str]:
    """Number on this server -> native id, for the posts on this page."""
    found = {}
    for status in map(mapping, statuses):
        number = _number(status.get("id"))
        if number:
            found[number] = identity(status.get("uri"), page.host, number)[1]
    return found


def _number(value: Any) -> str | None:
    """Mastodon's ids are numbers written as text, other servers' are words."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= 100 and text.isascii() and text.isprintable() else None


def _why_not(status: dict[str, Any]) -> str | None:
    account = mapping(status.get("account"))
    if status.get("reblog"):
        return "a boost has no words of its own"
    if status.get("visibility", "public") not in _OPEN:
        return "not public"
    if account.get("bot") is True:
        return "a bot's post"
    if account.get("noindex") is True or account.get("indexable") is False:
        return "its author does not want to be indexed"
    return None


def _mention(page: Page, status: dict[str, Any], ids: dict[str, str], words: Words) -> Mention:
    """Raises ValueError for a status that is not to be taken, or without words."""
    number, account, now = _number(status.get("id")), mapping(status.get("account")), page.collected_at
    reason = _why_not(status)
    if number is None or reason:
        raise ValueError(reason or "status without an id")
    host, native = identity(status.get("uri"), page.host, number)
    text = mask_handles(words.of(string(status.get("content")) or "", _foreign))
    if not text:
        raise ValueError("no text of its own")
    source, at = f"mastodon:{host}", iso_time(status.get("created_at"), now)
    person = handle(account.get("acct"), page.host)
    warning = string(status.get("spoiler_text"))
    return Mention(
        source=source,
        kind="reply" if status.get("in_reply_to_id") else "post",
        target=page.target,
        native_id=native,
        parent_id=_parent(page, _number(status.get("in_reply_to_id")), ids),
        url=_address(page, status, number),
        title=mask_handles(words.of(warning)) if warning else None,
        text=text,
        **_author(page, source, person),
        author_created_at=iso_time(account.get("created_at"), now),
        author_mentions=count(account.get("statuses_count")),
        **published(at),
        collected_at=now,
        edited_at=later(iso_time(status.get("edited_at"), now), at),
        likes=count(status.get("favourites_count")),
        replies=count(status.get("replies_count")),
        lang=language_code(status.get("language")),
    )


def _author(page: Page, source: str, person: str | None) -> Any:
    """The hash of the whole handle, the shape of the name alone."""
    return authorship(page, source, person.partition("@")[0] if person else None, person)


def _parent(page: Page, number: str | None, ids: dict[str, str]) -> str | None:
    return (ids.get(number) or f"{page.host}/{number}") if number else None


def _address(page: Page, status: dict[str, Any], number: str) -> str:
    """Where the post stands; an address with its author's name gives way to one that leads to the same."""
    stated = web_address(status.get("url"))
    if stated and not names_somebody(stated):
        return stated
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}/statuses/{number}"


def _foreign(element: Element) -> bool:
    return "quote-inline" in (element.get("class") or "").split()


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Hashtags, searches, or else the server's own public posts, newest first."""
    server = _Server(visit)
    tags, queries = _tags(visit), texts(visit, "query", "queries")
    for tag in tags:
        await server.timeline(f"tag/{quote(tag, safe='')}", {})
    for query in queries:
        await server.search(query)
    if not tags and not queries:
        local = visit.option("local", default=True)
        await server.timeline("public", {"local": "true"} if local else {})


def _tags(visit: Visit) -> list[str]:
    """Hashtags asked for, with or without #; else that of the target's address."""
    stated = [tag.lstrip("#") for tag in texts(visit, "tag", "tags")]
    path = [unquote(part) for part in urlsplit(visit.target.url or "").path.split("/") if part]
    found = stated or ([path[1]] if len(path) == 2 and path[0] == "tags" else [])
    if any(not tag or "/" in tag or "?" in tag for tag in found):
        raise BadTarget("a tag cannot be used", where=visit.target.name, next_step="give words without /")
    return found


class _Server:
    """One server, and the token for it if there is one."""

    def __init__(self, visit: Visit) -> None:
        parts = urlsplit(visit.option("api", "") or visit.url)
        self.base, self.visit, self.host = f"{parts.scheme}://{parts.netloc}", visit, parts.netloc
        self.name = str(visit.option("token", "")) or self.host
        token = visit.secret(self.name)  # a token goes to its own server only
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def timeline(self, name: str, query: dict[str, str]) -> None:
        """A timeline down to what was read before."""

        async def step(cursor: str) -> tuple[Taken, str | None]:
            before = {"max_id": cursor} if cursor else {}
            answer = await self.get(f"api/v1/timelines/{name}", **query, limit=str(_SIZE), **before)
            taken, statuses = self.visit.read(answer), _statuses(self.visit.json(answer)) or []
            link = answer.headers.get("link")
            oldest = _number(mapping(statuses[-1]).get("id")) if statuses else None
            return taken, (next_cursor(link, "max_id") if link else oldest) if statuses else None

        await descend(self.visit, name, "", step)

    async def search(self, words: str) -> None:
        """A search whose order nobody promises: all of it, or all that is newer than what was read before."""
        if not self.headers:
            raise self.no_token("a search")
        searched = dict(mapping(self.visit.marks.get("searched")))
        since = None if self.visit.whole else integer(searched.get(words))
        highest, offset = integer(searched.get(words)) or 0, 0
        while True:
            newer = {"min_id": str(since)} if since else {}
            asked = {"q": words, "type": "statuses", "limit": str(_SIZE), "offset": str(offset)}
            answer = await self.get("api/v2/search", **asked, **newer)
            taken = self.visit.read(answer)
            statuses = listing(mapping(self.visit.json(answer)).get("statuses"))
            highest = max([highest, *(integer(mapping(status).get("id")) or 0 for status in statuses)])
            offset += len(statuses)
            if taken.failed:
                return
            if not statuses or (taken.repeated and not taken.fresh):
                break
        self.visit.mark(searched=searched | {words: highest})

    async def get(self, path: str, **query: str) -> Answer:
        """The answer; where the server shows its posts to members only, an error that asks for a token."""
        try:
            answer = await self.visit.fetch(with_query(f"{self.base}/{path}", **query), headers=self.headers)
        except HttpError as error:
            if error.status in _PRIVATE and not self.headers:
                raise self.no_token("this") from error
            raise
        await asyncio.sleep(min(_rest(answer), self.visit.manners.max_wait))
        return answer

    def no_token(self, what: str) -> MissingKey:
        """The error that says where to put the token."""
        advice = f'put "{self.name}" = "TOKEN" under [mastodon] in secrets.toml'
        return MissingKey(
            f"{self.host} asks a token for {what}", where=self.visit.target.name, next_step=advice
        )


def _rest(answer: Answer) -> float:
    """Seconds until the server's limit is lifted, when this answer was the last one it allows."""
    if integer(answer.headers.get("x-ratelimit-remaining")) != 0:
        return 0.0
    now = datetime.now(UTC)
    reset = iso_time(answer.headers.get("x-ratelimit-reset"), now)
    return max(0.0, (reset - now).total_seconds()) if reset else 0.0


SOURCE = Source(
    kind="mastodon",
    summary="Mastodon and its kin: a hashtag, a search, or a server's own public posts",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="proven",
    terms="Each server has its own terms, 300 requests in 5 minutes; bots and noindex are left out.",
    options={
        "url": "the server, or its page of a tag (/tags/NAME)",
        "tag": "a hashtag",
        "tags": "several hashtags",
        "query": "a search: needs a token of the server, and finds what its members opened to search",
        "queries": "several searches",
        "local": "true (default): without tag and query, only posts of the server's own members",
        "token": "under which name secrets.toml holds the token; the server's host if absent",
        "max_pages": "pages of one run at most",
    },
)
