"""Kind `nodebb`: forums that run NodeBB, through the JSON behind every page (`/api` before its path).

Format: seen from the software itself, version 4. `recent` lists some 200 topics only: a whole walk goes
through the categories as well. Its search is closed to guests and left alone. Posts of other networks, which
have an address for a number, are taken where the forum shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from crawlers.errors import CrawlError, HttpError, RobotsForbidden
from crawlers.fetch import Answer
from crawlers.items import (
    Authorship,
    authorship,
    count,
    iso_time,
    later,
    published,
    read_items,
    unix_time,
    web_address,
)
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.mention import Mention, digest
from crawlers.parsing import Deleted, Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import Element, Words, clean, mask_handles
from crawlers.visit import Visit
from crawlers.walks import to_the_end, with_query

_CLOSED = (401, 403, 404, 410)
_MARKERS = frozenset(
    {"api", "topic", "category", "tags", "recent", "popular", "top", "unread", "categories", "post"}
)


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Posts of a topic or of a search. A list of topics or categories is read and gives no mention.

    Raises ParseError for anything else.
    """
    topic = mapping(load_json(page))
    posts = topic.get("posts")
    if isinstance(posts, list):
        words, needs = Words(), ("pid", "content", "timestamp", "user")
        return read_items(
            page, posts, lambda post: _mention(page, topic, post, words), ids=("pid", "tid"), needs=needs
        )
    if any(isinstance(topic.get(name), list) for name in ("topics", "categories")):
        return Parsed()
    raise ParseError(f"{page.url}: expected posts or topics of NodeBB, found keys {sorted(topic)[:8]}")


def _mention(page: Page, topic: dict[str, Any], post: dict[str, Any], words: Words) -> Mention:
    """Raises ValueError for a post that was withdrawn, or without an id or words."""
    native, now, source = _number(post.get("pid")), page.collected_at, f"nodebb:{page.host}"
    if native is None:
        raise ValueError("post without an id")
    if post.get("deleted"):
        raise Deleted(native, source)
    text = mask_handles(words.of(string(post.get("content")) or "", _foreign))
    if not text:
        raise ValueError("no text of its own")
    topic = topic | mapping(post.get("topic"))  # a hit of the search carries its topic
    main, above = _number(topic.get("mainPid")), _number(post.get("toPid"))
    opens = native == main or integer(post.get("index")) == 0
    at = iso_time(post.get("timestampISO"), now) or _milliseconds(post.get("timestamp"), now)
    likes = integer(post.get("upvotes"))
    category = string(mapping(topic.get("category")).get("name"))
    return Mention(
        source=source,
        kind="post" if opens else "reply",
        target=page.target,
        native_id=native,
        parent_id=None if opens else above or main,
        url=_address(page, topic, post),
        title=mask_handles(words.of(string(topic.get("title")) or "")) or None,
        text=text,
        **_author(page, source, post),
        author_mentions=count(mapping(post.get("user")).get("postcount")),
        **published(at),
        collected_at=now,
        edited_at=later(_milliseconds(post.get("edited"), now), at),
        likes=likes if likes is not None else integer(post.get("votes")),
        replies=count(mapping(post.get("replies")).get("count")),
        segments={"category": clean(category)[:100]} if category else None,
    )


def _number(value: Any) -> str | None:
    """A post's number, or a digest of its address where it comes from another network: that may name
    somebody."""
    number = integer(value)
    if number is not None:
        return str(number) if number > 0 else None
    address = web_address(value)
    return digest(address)[:32] if address else None


def _milliseconds(value: Any, now: datetime) -> datetime | None:
    number = integer(value)
    return unix_time(number // 1_000, now) if number else None


def _foreign(element: Element) -> bool:
    """Quotes, the line that says whose they are, and code."""
    if element.tag in ("blockquote", "pre"):
        return True
    following = element.getnext()
    if element.tag != "p" or following is None or following.tag != "blockquote":
        return False
    said = element.text_content().strip()
    return said.startswith("@") and said.endswith(":") and element.find("a") is not None


def _author(page: Page, source: str, post: dict[str, Any]) -> Authorship:
    """Members by their number, guests by the handle they gave, if any."""
    user = mapping(post.get("user"))
    uid = post.get("uid", user.get("uid"))
    number = integer(uid)
    member = number > 0 if number is not None else web_address(uid) is not None
    name = string(user.get("username")) if member else string(post.get("handle"))
    if name is None or name.startswith("[["):  # a phrase of the software: a guest, a former member
        return authorship(page, source, None)
    return authorship(page, source, name, str(uid) if member else None)


def _address(page: Page, topic: dict[str, Any], post: dict[str, Any]) -> str | None:
    base, number = Place.of(page.url).base, integer(post.get("pid"))
    if number is not None:
        return f"{base}/post/{number}"
    slug = string(topic.get("slug"))
    return f"{base}/topic/{quote(slug)}/{(integer(post.get('index')) or 0) + 1}" if slug else None


# --- spider -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """What an address of a forum stands for: the forum at `base`, one `topic`, or one `listing` of topics."""

    base: str
    topic: str | None = None
    listing: str | None = None

    @classmethod
    def of(cls, url: str) -> Place:
        """Understands `/`, `/topic/TID/SLUG/NO`, `/category/CID/SLUG`, `/tags/NAME`, with and without `/api`,
        also below a folder."""
        parts = urlsplit(url)
        path = [part for part in parts.path.split("/") if part]
        cut = next((index for index, part in enumerate(path) if part in _MARKERS), len(path))
        base = f"{parts.scheme}://{parts.netloc}" + "".join(f"/{part}" for part in path[:cut])
        marker, *rest = [part for part in path[cut:] if part != "api"] or [""]
        if marker == "topic" and rest:
            return cls(base, topic="/".join(rest[:1] + [part for part in rest[1:2] if not part.isdecimal()]))
        if marker in ("category", "tags") and rest:
            return cls(base, listing="/".join([marker, *rest[:2]]))
        return cls(base)


async def walk(visit: Visit) -> None:
    """A topic, the topics of a category or tag, or the whole forum."""
    place = Place.of(visit.url)
    with to_the_end(visit) as to_end:
        forum = _Forum(visit, place.base, to_end=to_end)
        if place.topic is not None:
            await forum.read_topic(place.topic, required=True)
        elif place.listing:
            await forum.walk_list(place.listing)
        else:
            await forum.walk_all()


class _Forum:
    """One forum on one visit. `to_end` says that lists are walked beyond what is known."""

    def __init__(self, visit: Visit, base: str, *, to_end: bool) -> None:
        self.visit, self.base, self._to_end = visit, f"{base}/api", to_end
        self._walked: set[str] = set()

    async def walk_all(self) -> None:
        """What is recent; and all categories, where that did not lead to what was known before."""
        closed: CrawlError | None = None
        try:
            if await self.walk_list("recent") and not self.visit.whole:
                return
        except (HttpError, RobotsForbidden) as error:
            if not _is_closed(error):
                raise
            closed = error
        categories = await self.categories()
        if closed and not categories:
            raise closed
        await self._walk_lists(categories)

    async def _walk_lists(self, paths: list[str]) -> None:
        """Lists of which some may be closed to guests: those are counted and passed over."""
        for path in paths:
            try:
                await self.walk_list(path)
            except (HttpError, RobotsForbidden) as error:
                if not _is_closed(error):
                    raise
                self.visit.failed(error)

    async def walk_list(self, path: str) -> bool:
        """A list of topics by their last activity, and the lists below a category; whether it met a page on
        which nothing has moved since the last run, where it ends."""
        if path in self._walked:
            return False
        self._walked.add(path)
        page, met, more = 1, False, True
        while more and not met:
            answer = await self.visit.fetch(with_query(f"{self.base}/{path}", page=page))
            value = _value(self.visit, answer, "topics")
            topics = [topic for topic in map(mapping, listing(value["topics"])) if _tid(topic)]
            moved = [topic for topic in topics if not self.visit.done_before(_state(topic))]
            await self._read(moved)
            more = bool(topics) and _more(value, page)
            unmoved = [topic for topic in topics if topic not in moved and not topic.get("pinned")]
            met = bool(unmoved) and not self._to_end and not (moved and more)
            page += 1
        await self._walk_lists(_paths(listing(value.get("children"))))
        return met

    async def categories(self) -> list[str]:
        """The paths of all categories that guests may see; none where the forum does not list them."""
        try:
            answer = await self.visit.fetch(f"{self.base}/categories")
        except (HttpError, RobotsForbidden) as error:
            if not _is_closed(error):
                raise
            return []
        return _paths(listing(_value(self.visit, answer, "categories")["categories"]))

    async def _read(self, topics: list[dict[str, Any]]) -> None:
        for topic in topics:
            if not topic.get("deleted") and await self.read_topic(_path(topic), required=False):
                self.visit.note_done(_state(topic))

    async def read_topic(self, path: str, *, required: bool) -> bool:
        """The posts of a topic (`TID/SLUG`, or `TID`); whether they were all read. One that was read whole
        before is read from its newest page down to what is known."""
        tid = path.partition("/")[0]
        part, broken = f"topic {tid} whole", listing(self.visit.marks.get("reading"))
        known = self.visit.done_before(part) and tid not in broken and not self.visit.whole
        self.visit.mark(reading=list(dict.fromkeys([*broken, tid])))
        first = await self._page(path, 1, required=required)
        if first is None:
            return False
        for page in range(first.pages, 1, -1) if known else range(2, first.pages + 1):
            read = await self._page(path, page, required=required)
            if read is None:
                return False
            if known and read.only_known:
                break
        self.visit.mark(reading=[other for other in broken if other != tid])
        self.visit.note_done(part)
        return True

    async def _page(self, path: str, page: int, *, required: bool) -> _Read | None:
        """Reads one page of a topic; None where that failed."""
        asked = with_query(f"{self.base}/topic/{quote(path, safe='/%')}", page=page, sort="oldest_to_newest")
        answer = await (self.visit.fetch(asked) if required else self.visit.try_fetch(asked))
        if answer is None:
            return None
        taken = self.visit.read(answer)
        if taken.failed:
            return None
        pages = integer(mapping(mapping(self.visit.json(answer)).get("pagination")).get("pageCount"))
        return _Read(pages or 1, taken.only_known)


@dataclass(frozen=True, slots=True)
class _Read:
    """One page of a topic: how many pages there are, and whether everything on this one was known."""

    pages: int
    only_known: bool


def _is_closed(error: CrawlError) -> bool:
    return not isinstance(error, HttpError) or error.status in _CLOSED


def _value(visit: Visit, answer: Answer, name: str) -> dict[str, Any]:
    """The answer's object with a list under `name`.

    Raises ParseError.
    """
    value = mapping(visit.json(answer))
    if not isinstance(value.get(name), list):
        raise ParseError(f"{answer.url}: expected {name} of NodeBB")
    return value


def _tid(topic: dict[str, Any]) -> str:
    """The topic's number, or its name where it comes from another network; empty if it has neither."""
    number, name = integer(topic.get("tid")), string(topic.get("tid")) or ""
    return str(number) if number is not None else name if name.replace("-", "").isalnum() else ""


def _path(topic: dict[str, Any]) -> str:
    return _with_slug(_tid(topic), topic)


def _with_slug(number: str, thing: dict[str, Any]) -> str:
    """A topic's or a category's `NUMBER/SLUG`, or its number alone where the slug is no such thing."""
    slug = string(thing.get("slug")) or ""
    return slug if slug.startswith(f"{number}/") and ".." not in slug and "?" not in slug else number


def _state(topic: dict[str, Any]) -> str:
    """A topic as it stands: its id, when something was last posted in it, how long it is."""
    return f"topic {_tid(topic)} {topic.get('lastposttime')} {topic.get('postcount')}"


def _more(value: dict[str, Any], page: int) -> bool:
    return (integer(mapping(value.get("pagination")).get("pageCount")) or 1) > page


def _paths(categories: list[Any]) -> list[str]:
    """Paths of categories and of those below them, as the forum lists them."""
    found = []
    for category in map(mapping, categories):
        number = integer(category.get("cid"))
        if number is not None and number > 0 and not category.get("link"):
            found.append(f"category/{quote(_with_slug(str(number), category), safe='/%')}")
        found += _paths(listing(category.get("children")))
    return found


SOURCE = Source(
    kind="nodebb",
    summary="NodeBB forums: the whole forum, a category, a tag or one topic",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="Each forum has its own terms; robots.txt is obeyed, one request a second or slower.",
    options={
        "url": "the forum, /category/CID/SLUG, /tags/NAME or /topic/TID/SLUG",
        "max_pages": "pages of one run at most",
    },
)
