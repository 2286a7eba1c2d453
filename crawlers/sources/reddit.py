"""Kind `reddit`: posts and comments of Reddit, through its Data API. Off unless the target names a contract.

Format: recorded listings and the API's documentation. Commercial use needs a contract with Reddit, so a
target must say under which one it is collected (`contract`); nothing is asked before. Pages and feeds are
never read: robots.txt forbids them all. What its author or a moderator has removed is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from crawlers.errors import BadTarget, ContractNeeded
from crawlers.fetch import Answer
from crawlers.items import authorship, count, later, published, read_items, unix_time
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.logins import Login, basic, oauth_token, rest
from crawlers.markdown import markdown_words
from crawlers.mention import Mention
from crawlers.parsing import Deleted, Page, Parsed, ParseError
from crawlers.settings import VERSION
from crawlers.source import Source
from crawlers.text import MASK, clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import api_base, descend, texts, with_query

_API, _TOKENS = "https://oauth.reddit.com", "https://www.reddit.com/api/v1/access_token"
_SITE, _SIZE, _DEEPEST, _AT_ONCE, _MOST_ASKED = "www.reddit.com", 100, 500, 100, 50
_GONE = frozenset({"[deleted]", "[removed]", "[ removed by reddit ]", "[deleted by user]"})
_USER = re.compile(r"(?<![\w/])/?u/[\w-]{2,30}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_]{2,30}")
_IDS = ("name",)


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Posts and comments of a listing, of a post's page (two listings), or of `morechildren`.

    Raises ParseError for anything else.
    """
    value = load_json(page)
    things = _things(value)
    if things is None:
        raise ParseError(f"{page.url}: expected a listing of Reddit")
    items = [mapping(thing.get("data")) | {"kind": thing.get("kind")} for thing in _all(things)]
    whole = [item for item in items if item["kind"] != "more"]
    words = {"t3": "selftext", "t1": "body"}
    kinds = {str(item["kind"]) for item in whole}
    needs = [
        "name",
        "author",
        "created_utc",
        *(words[kind] for kind in kinds if kinds == {kind} & words.keys()),
    ]
    return read_items(page, whole, lambda item: _mention(page, item), ids=_IDS, needs=needs)


def _things(value: Any) -> list[Any] | None:
    """The things on top, wherever an answer keeps them."""
    listings = value if isinstance(value, list) else [value]
    grown = mapping(mapping(mapping(value).get("json")).get("data")).get("things")
    if isinstance(grown, list):
        return grown
    children = [mapping(mapping(each).get("data")).get("children") for each in listings]
    if not children or not all(isinstance(each, list) for each in children):
        return None
    return [thing for each in children for thing in listing(each)]


def _all(things: list[Any]) -> Iterator[dict[str, Any]]:
    """Things with all that hangs below them, without recursion."""
    waiting = list(reversed(things))
    while waiting:
        thing = mapping(waiting.pop())
        yield thing
        below = mapping(mapping(mapping(thing.get("data")).get("replies")).get("data"))
        waiting.extend(reversed(listing(below.get("children"))))


def _mention(page: Page, item: dict[str, Any]) -> Mention:
    """Raises ValueError for what is not to be taken, or without words."""
    is_post, name, now = item["kind"] == "t3", string(item.get("name")), page.collected_at
    if item["kind"] not in ("t1", "t3") or name is None or len(name) > 50:
        raise ValueError("neither a post nor a comment with a name")
    author, source = string(item.get("author")), f"reddit:{_SITE}"
    title, text = _words(item.get("title"), plain=True), _words(item.get("selftext" if is_post else "body"))
    if _is_gone(item):
        raise Deleted(name, source)
    if author == "AutoModerator":
        raise ValueError("a bot's post")
    if not (text or (is_post and title)):
        raise ValueError("no text of its own")
    above, at = string(item.get("parent_id")), unix_time(item.get("created_utc"), now)
    place = string(item.get("subreddit")) or ""
    return Mention(
        source=source,
        kind="post" if is_post else ("reply" if (above or "").startswith("t1_") else "comment"),
        target=page.target,
        native_id=name,
        parent_id=None if is_post else above,
        url=_address(item, name),
        title=title if is_post and text else None,
        text=text or title,
        **authorship(page, source, None if author in _GONE else author),
        **published(at),
        collected_at=now,
        edited_at=later(unix_time(item.get("edited"), now), at),
        likes=None if item.get("score_hidden") is True else integer(item.get("score")),
        replies=count(item.get("num_comments")) if is_post else None,
        segments={"community": place} if _NAME.fullmatch(place) and not place.startswith("u_") else None,
    )


def _is_gone(item: dict[str, Any]) -> bool:
    stated = (item.get(name) for name in ("selftext", "body", "title"))
    return any(isinstance(text, str) and text.strip().lower() in _GONE for text in stated)


def _words(markdown: Any, *, plain: bool = False) -> str:
    """Plain words without names; a title is no Markdown."""
    text = string(markdown) or ""
    return _USER.sub(MASK, mask_handles(clean(text[:1_000])) if plain else markdown_words(text))


def _address(item: dict[str, Any], name: str) -> str:
    """The short address: the long one may name an author."""
    number = name.partition("_")[2]
    if item["kind"] == "t3":
        return f"https://{_SITE}/comments/{quote(number, safe='')}/"
    post = (string(item.get("link_id")) or "").partition("_")[2][:20]
    return f"https://{_SITE}/comments/{quote(post, safe='')}/_/{quote(number, safe='')}/"


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Searches, in some communities or in all, or else all that these communities say; newest first."""
    if not str(visit.option("contract", "")).strip():
        raise ContractNeeded(
            "reddit is off: its terms ask for a contract",
            where=visit.target.name,
            next_step='name it in the target, e.g. contract = "Data API agreement of 2026-03-01"',
        )
    api, queries = _Api(visit), texts(visit, "query", "queries")
    communities = _communities(visit)
    brand = [visit.target.brand] if visit.target.brand and not communities else []
    places: list[str | None] = [*communities] or [None]
    for query in queries or brand:
        for community in places:
            within = f"/r/{community}" if community else ""
            only = {"restrict_sr": 1} if community else {}
            await api.pages(f"{query} {within}", f"{within}/search", q=query, sort="new", **only)
    for community in [] if queries else communities:
        await api.pages(f"/r/{community}", f"/r/{community}/new")
        await api.pages(f"/r/{community} comments", f"/r/{community}/comments")
    if not (queries or brand or communities):
        advice = "give it a query, a brand or a subreddit"
        raise BadTarget("nothing to search for", where=visit.target.name, next_step=advice)


def _communities(visit: Visit) -> list[str]:
    found = [name.strip("/").removeprefix("r/") for name in texts(visit, "subreddit", "subreddits")]
    if not all(_NAME.fullmatch(name) for name in found):
        advice = "give names of subreddits, e.g. latvia"
        raise BadTarget("a subreddit cannot be used", where=visit.target.name, next_step=advice)
    return found


class _Api:
    """The API with the application's login, as its rules ask: named, and at the pace that answers state."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self._base = visit, api_base(visit, _API, "reddit.com")
        account = str(visit.option("account", ""))
        named = f" (by /u/{account})" if account else ""
        agent = {"User-Agent": f"python:sayso:v{VERSION}{named}"}
        keys = basic(visit.key("client_id"), visit.key("client_secret"))
        tokens, form = str(visit.option("tokens", _TOKENS)), {"grant_type": "client_credentials"}

        async def renew() -> str:
            return await oauth_token(visit, tokens, form, "client_id", "client_secret", headers=keys | agent)

        self._login = Login(visit, renew, headers=agent)

    async def get(self, path: str, **query: object) -> Answer:
        """The answer at a path; a pause that its headers ask for is waited out."""
        answer = await self._login.fetch(with_query(f"{self._base}{path}", **query, raw_json=1))
        await rest(self.visit, answer, "x-ratelimit")
        return answer

    async def pages(self, part: str, path: str, **query: object) -> None:
        """A listing down to what was read before, with the comments of its posts if wanted."""
        visit = self.visit

        async def step(after: str) -> tuple[Taken, str | None]:
            answer = await self.get(path, **query, limit=_SIZE, after=after or None)
            taken, value = visit.read(answer), visit.json(answer)
            if visit.option("comments", default=True) and query:
                for thing in _things(value) or []:
                    await self._comments(mapping(mapping(thing).get("data")))
            return taken, string(mapping(mapping(value).get("data")).get("after"))

        await descend(visit, part, "", step, exact=False)

    async def _comments(self, post: dict[str, Any]) -> None:
        """All comments of a post that a search found, unless there are no more than last time."""
        number, total = string(post.get("id")), integer(post.get("num_comments"))
        part = f"comments {number} {total}"
        if not number or not total or self.visit.done_before(part):
            return
        path = f"/comments/{quote(number, safe='')}"
        waiting, seen = [(path, dict[str, object](sort="new", limit=_DEEPEST))], set[str]()
        while waiting and len(seen) < _MOST_ASKED:
            place, query = waiting.pop()
            seen.add(f"{place} {urlencode(query)}")
            answer = await self.get(place, **query)
            if self.visit.read(answer).failed:
                return  # the visit knows; the next run asks again
            more = _more(path, f"t3_{number}", _things(self.visit.json(answer)) or [])
            waiting += [(place, query) for place, query in more if f"{place} {urlencode(query)}" not in seen]
        if waiting:
            self.visit.report.warn(f"a post has more comments than {_MOST_ASKED} requests give")
        self.visit.note_done(part)


def _more(path: str, post: str, things: list[Any]) -> Iterator[tuple[str, dict[str, object]]]:
    """Where the comments are that an answer left out: by their ids, or below one that lies too deep."""
    for thing in _all(things):
        data = mapping(thing.get("data"))
        if thing.get("kind") != "more":
            continue
        ids = [number for number in listing(data.get("children")) if isinstance(number, str)]
        for start in range(0, len(ids), _AT_ONCE):
            some = ",".join(ids[start : start + _AT_ONCE])
            yield "/api/morechildren", {"api_type": "json", "link_id": post, "children": some}
        above = string(data.get("parent_id")) or ""
        if not ids and above.startswith("t1_"):
            yield path, {"comment": above.removeprefix("t1_"), "limit": _DEEPEST}


SOURCE = Source(
    kind="reddit",
    summary="Reddit: posts that name the brand with their comments, or all that a community says",
    spider=walk,
    parser=parse,
    needs="a key",
    standing="proven",
    terms="Data API terms: a contract for commercial use, named by the target; removed posts are left out.",
    options={
        "contract": "under which contract with Reddit this is collected; without it nothing is asked",
        "query": "what to search for; the brand's name if neither query nor subreddit is given",
        "queries": "several searches",
        "subreddit": "only this community; without a query, all that it says",
        "subreddits": "several of them",
        "comments": "false: not the comments of the posts that a search finds",
        "account": "your name on Reddit, for the User-Agent that its rules ask for",
        "client_id": "in secrets.toml or SAYSO_REDDIT_CLIENT_ID: of the application",
        "client_secret": "in secrets.toml or SAYSO_REDDIT_CLIENT_SECRET",
        "api": "another address of the API",
        "tokens": "another address that gives access tokens",
        "max_pages": "requests of one run at most",
    },
)
