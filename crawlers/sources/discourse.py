"""Kind `discourse`: forums that run Discourse, through its public JSON.

Format: the official API documentation and recorded answers. Reads `posts.json` (newest first, by id),
`t/ID.json` with its further posts, and lists of topics for links. `search.json` is left alone: robots.txt of
most forums asks so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from pydantic import ValidationError

from crawlers.authors import features
from crawlers.errors import HttpError, RobotsForbidden
from crawlers.fetch import Answer
from crawlers.gaps import Gaps
from crawlers.items import count
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.mention import Mention
from crawlers.parsing import Deleted, Page, Parsed, ParseError, Reject
from crawlers.source import Source
from crawlers.text import Element, Words, clean, mask_handles
from crawlers.visit import Visit
from crawlers.walks import to_the_end

_JSON = {"Accept": "application/json"}
_REGULAR, _LIKE = 1, 2
_MOST_POSTS = 2_000
_POSTS_A_CALL = 20
_WINDOW, _PATIENCE = 50, 5
"""Older versions page `posts.json` by windows of 50 ids, which may be empty in the middle."""
_MARKERS = frozenset({"t", "c", "tag", "latest", "posts", "top", "new", "categories", "hot"})


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Posts of `posts.json`, `t/ID.json` or `t/ID/posts.json`. A list of topics is read and gives no mention.

    Raises ParseError for anything else.
    """
    value = mapping(load_json(page))
    stream = mapping(value.get("post_stream"))
    if "latest_posts" in value:
        return _read_posts(page, listing(value["latest_posts"]), {})
    if isinstance(stream.get("posts"), list):
        return _read_posts(page, stream["posts"], value)
    if isinstance(mapping(value.get("topic_list")).get("topics"), list):
        return Parsed()
    raise ParseError(f"{page.url}: expected posts or topics of Discourse, found keys {sorted(value)[:8]}")


def _read_posts(page: Page, posts: list[Any], topic: dict[str, Any]) -> Parsed:
    parsed = Parsed()
    reader = _Reader(page, topic, _ids_by_place(posts, topic))
    if len(posts) > _MOST_POSTS:
        parsed.rejects.append(Reject(f"more than {_MOST_POSTS} posts on one page", page.url, ""))
    for raw in posts[:_MOST_POSTS]:
        parsed.found += 1
        post = mapping(raw)
        reason = _why_not(post)
        if reason is None:
            try:
                parsed.mentions.append(reader.mention(post))
                continue
            except (ValidationError, ValueError, OverflowError) as error:
                reason = _first_line(error)
        gone = Deleted(str(integer(post.get("id"))), reader.source).of("") if reason == "deleted" else None
        parsed.rejects.append(Reject(reason, page.url, _bare(post), gone))
    return parsed


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"])
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _why_not(post: dict[str, Any]) -> str | None:
    """Why this post is nobody's free word, or None. What its author or a moderator withdrew is not kept."""
    if integer(post.get("id")) is None:
        return "post without an id"
    if post.get("deleted_at") or post.get("user_deleted"):
        return "deleted"
    if post.get("hidden"):
        return "hidden"
    if post.get("action_code") or post.get("post_type", _REGULAR) != _REGULAR:
        return "system post"
    if (integer(post.get("user_id")) or 0) < 0:
        return "system user"
    return None


def _bare(post: dict[str, Any]) -> str:
    """What is kept of a rejected post: no text that was withdrawn, no handle."""
    keys = (
        "id",
        "topic_id",
        "post_number",
        "post_type",
        "action_code",
        "hidden",
        "deleted_at",
        "user_deleted",
    )
    return json.dumps({key: post[key] for key in keys if key in post}, default=str)[:500]


def _ids_by_place(posts: list[Any], topic: dict[str, Any]) -> dict[tuple[int, int], int]:
    """(topic, number in the topic) -> id, for the posts on this page."""
    found = {}
    for post in map(mapping, posts):
        place = (_topic_id(post, topic), integer(post.get("post_number")))
        number = integer(post.get("id"))
        if place[0] is not None and place[1] is not None and number is not None:
            found[place[0], place[1]] = number
    return found


def _topic_id(post: dict[str, Any], topic: dict[str, Any]) -> int | None:
    own = integer(post.get("topic_id"))
    return own if own is not None else integer(topic.get("id"))


@dataclass(slots=True)
class _Reader:
    """Turns the posts of one page into mentions."""

    page: Page
    topic: dict[str, Any]
    places: dict[tuple[int, int], int]
    words: Words = field(default_factory=Words)

    @property
    def source(self) -> str:
        return f"discourse:{self.page.host}"

    def mention(self, post: dict[str, Any]) -> Mention:
        """Raises ValueError for a post without words or without a date that can be read."""
        source, author = self.source, string(post.get("username"))
        number = integer(post.get("post_number"))
        published = _time(post.get("created_at"))
        text = self._text(post)
        if not text:
            raise ValueError("no text of its own")
        return Mention(
            source=source,
            kind="post" if number == 1 else "reply",
            target=self.page.target,
            native_id=str(integer(post["id"])),
            parent_id=self._parent(post),
            url=self._address(post, number),
            title=self._title(post),
            text=text,
            author_hash=self.page.hasher.hash(source, author) if author else None,
            author_features=features(author) if author else None,
            published_at=published,
            published_precision="second" if published else None,
            collected_at=self.page.collected_at,
            edited_at=_edited(post, published),
            likes=_likes(post),
            replies=count(post.get("reply_count")),
        )

    def _text(self, post: dict[str, Any]) -> str:
        """The author's own words: quotes of others, link previews, captions of pictures are left out."""
        cooked = string(post.get("cooked"))
        text = self.words.of(cooked, _foreign) if cooked else clean(string(post.get("raw")) or "")
        return mask_handles(text)

    def _parent(self, post: dict[str, Any]) -> str | None:
        """The id of the post replied to; `topic:number` where that post is not on this page."""
        topic, number = _topic_id(post, self.topic), integer(post.get("reply_to_post_number"))
        if number is None:
            return None
        known = self.places.get((topic, number)) if topic is not None else None
        return str(known) if known is not None else f"{topic}:{number}"

    def _title(self, post: dict[str, Any]) -> str | None:
        title = string(self.topic.get("title")) or string(post.get("topic_title"))
        title = title or string(self.page.options.get("topic_title"))
        return mask_handles(clean(title)) if title else None

    def _address(self, post: dict[str, Any], number: int | None) -> str | None:
        stated = string(post.get("post_url"))
        if stated and stated.startswith("/") and not stated.startswith("//"):
            return urljoin(self.page.url, stated)
        topic = _topic_id(post, self.topic)
        if topic is None:
            return None
        slug = string(post.get("topic_slug")) or string(self.topic.get("slug")) or "-"
        return f"{Place.of(self.page.url).base}/t/{slug}/{topic}/{number or 1}"


def _foreign(element: Element) -> bool:
    classes = (element.get("class") or "").split()
    if element.tag == "aside":
        return "quote" in classes or "onebox" in classes
    return element.tag == "div" and "meta" in classes


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def _edited(post: dict[str, Any], published: datetime | None) -> datetime | None:
    updated = _time(post.get("updated_at"))
    if (integer(post.get("version")) or 1) < 2 or updated is None:
        return None
    return updated if published is None or updated > published else None


def _likes(post: dict[str, Any]) -> int:
    """Likes stand among the actions; Discourse leaves the entry out where there are none."""
    for action in map(mapping, listing(post.get("actions_summary"))):
        if action.get("id") == _LIKE:
            return integer(action.get("count")) or 0
    return integer(post.get("like_count")) or 0


# --- spider -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """What an address of a forum stands for: the forum at `base`, one `topic`, or one `listing` of topics."""

    base: str
    topic: int | None = None
    listing: str | None = None

    @classmethod
    def of(cls, url: str) -> Place:
        """Understands `/`, `/latest`, `/t/SLUG/ID/NO`, `/c/SLUG/ID`, `/tag/NAME`, also below a folder."""
        parts = urlsplit(url)
        path = [part.removesuffix(".json") for part in parts.path.split("/") if part]
        cut = next((index for index, part in enumerate(path) if part in _MARKERS), len(path))
        base = f"{parts.scheme}://{parts.netloc}" + "".join(f"/{part}" for part in path[:cut])
        marker, rest = (path[cut], path[cut + 1 :]) if cut < len(path) else ("", [])
        if marker == "t":
            return cls(base, topic=next((int(part) for part in rest if part.isdecimal()), None))
        if marker in ("c", "tag") and rest:
            return cls(base, listing="/".join([marker, *_until_id(rest)]))
        return cls(base)


def _until_id(parts: list[str]) -> list[str]:
    """A category's path up to its number, without `l/latest` and the like behind it."""
    cut = next((index for index, part in enumerate(parts) if part.isdecimal()), None)
    if cut is None:
        return [part for part in parts if part != "l"][:3]
    return parts[: cut + 1]


async def walk(visit: Visit) -> None:
    """A topic, the topics of a category or tag, or the whole forum, newest posts first."""
    place = Place.of(visit.url)
    if place.topic is not None:
        await _read_topic(visit, place.base, place.topic, required=True)
    elif place.listing:
        await _walk_topics(visit, place.base, place.listing)
    elif not await _walk_posts(visit, place.base):
        await _walk_topics(visit, place.base, "latest")


async def _walk_posts(visit: Visit, base: str) -> bool:
    """Down `posts.json` through every range of ids not yet read; False where the forum has no such page."""
    gaps, stalls = Gaps.load(visit.marks), 0
    gaps.begin(whole=visit.whole)
    while gaps.current and stalls <= _PATIENCE:
        upper = gaps.current[0]
        url = f"{base}/posts.json" + (f"?before={upper}" if upper else "")
        try:
            answer = await visit.fetch(url, headers=_JSON, conditional=upper is None and not visit.whole)
            ids = [] if answer.not_modified else _latest_ids(visit, answer)
        except (HttpError, RobotsForbidden, ParseError) as error:
            if upper is None and not gaps.top and _is_absent(error):
                return False
            raise
        visit.read(answer)
        older = [number for number in ids if upper is None or number < upper]
        stalls = 0 if older else stalls + 1
        if older or upper is None:
            gaps.got(older, end=not older)
        else:
            gaps.skip(_WINDOW)
        visit.mark(**gaps.dump())
    visit.mark(top=gaps.top, gaps=[])
    return True


def _is_absent(error: Exception) -> bool:
    return not isinstance(error, HttpError) or error.status in (401, 403, 404, 410)


def _latest_ids(visit: Visit, answer: Answer) -> list[int]:
    posts = mapping(visit.json(answer)).get("latest_posts")
    if not isinstance(posts, list):
        raise ParseError(f"{answer.url}: expected latest_posts")
    numbers = (integer(mapping(post).get("id")) for post in posts)
    return [number for number in numbers if number is not None]


async def _walk_topics(visit: Visit, base: str, listed: str) -> None:
    """Topics by their last activity; the walk ends at the first page on which nothing has moved since."""
    with to_the_end(visit) as to_end:
        for number in range(visit.manners.max_pages_per_target):
            query = f"?page={number}" if number else ""
            answer = await visit.fetch(f"{base}/{listed}.json{query}", headers=_JSON)
            topics, more = _topics(visit, answer)
            moved = [topic for topic in topics if not visit.done_before(_state_of(topic))]
            for topic in moved:
                if await _read_topic(visit, base, topic["id"], required=False):
                    visit.note_done(_state_of(topic))
            unmoved = [topic for topic in topics if topic not in moved and not topic.get("pinned")]
            if not more or not topics or (unmoved and not moved and not to_end):
                break


def _topics(visit: Visit, answer: Answer) -> tuple[list[dict[str, Any]], bool]:
    """Topics of a list, and whether there are more.

    Raises ParseError.
    """
    listed = mapping(mapping(visit.json(answer)).get("topic_list"))
    if not isinstance(listed.get("topics"), list):
        raise ParseError(f"{answer.url}: expected a topic_list")
    topics = [mapping(topic) for topic in listed["topics"]]
    return [topic for topic in topics if isinstance(topic.get("id"), int)], bool(
        listed.get("more_topics_url")
    )


def _state_of(topic: dict[str, Any]) -> str:
    """A topic as it stands: its id, when something last happened in it, how long it is."""
    keys = ("id", "bumped_at", "last_posted_at", "posts_count")
    return "topic " + " ".join(str(topic.get(key)) for key in keys)


async def _read_topic(visit: Visit, base: str, topic: int, *, required: bool) -> bool:
    """All posts of a topic; whether it was read whole."""
    url = f"{base}/t/{topic}.json"
    answer = await visit.fetch(url, headers=_JSON) if required else await visit.try_fetch(url, headers=_JSON)
    if answer is None:
        return False
    taken = visit.read(answer)
    if taken.failed:
        return False
    value = mapping(visit.json(answer))
    here = {
        integer(mapping(post).get("id")) for post in listing(mapping(value.get("post_stream")).get("posts"))
    }
    stream = [integer(item) for item in listing(mapping(value.get("post_stream")).get("stream"))]
    missing = [number for number in stream if number is not None and number not in here]
    if not visit.whole:
        source = f"discourse:{urlsplit(answer.url).netloc.lower()}"
        missing = [number for number in missing if not visit.knows(source, str(number))]
    return await _read_rest(visit, url, missing, string(value.get("title")))


async def _read_rest(visit: Visit, url: str, missing: list[int], title: str | None) -> bool:
    """The posts beyond the first page of a topic, by their ids."""
    for chunk in _chunks(missing, _POSTS_A_CALL):
        query = urlencode([("post_ids[]", number) for number in chunk])
        answer = await visit.try_fetch(f"{url.removesuffix('.json')}/posts.json?{query}", headers=_JSON)
        if answer is None or visit.read(answer, options={"topic_title": title}).failed:
            return False
    return True


def _chunks(items: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


SOURCE = Source(
    kind="discourse",
    summary="Discourse forums: the whole forum, a category, a tag or one topic",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="proven",
    terms="Each forum has its own terms; robots.txt is obeyed, one request a second or slower.",
    options={
        "url": "the forum, /c/SLUG/ID, /tag/NAME or /t/SLUG/ID",
        "max_pages": "pages of one run at most",
    },
)
