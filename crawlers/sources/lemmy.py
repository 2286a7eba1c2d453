"""Kind `lemmy`: posts and comments of Lemmy: a search, a community, or a server.

Format: the API v3 as its own client describes it; v4 of the coming server is not read. A post is known by its
address at home, so that it counts once on whichever server it was seen.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from crawlers.fediverse import handle, identity, names_somebody
from crawlers.items import authorship, count, iso_time, later, published, read_items, web_address
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.markdown import markdown_words
from crawlers.mention import Mention
from crawlers.parsing import Deleted, Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import descend, texts, with_query

_API, _SIZE = "/api/v3", 50
_LISTS = ("posts", "comments")


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Posts and comments of a search or a list.

    Raises ParseError for anything else.
    """
    value = mapping(load_json(page))
    if not any(isinstance(value.get(kind), list) for kind in _LISTS):
        raise ParseError(f"{page.url}: expected posts or comments of Lemmy, found keys {sorted(value)[:8]}")
    views = [*listing(value.get("posts")), *listing(value.get("comments"))]
    items = [_flat(view) for view in views]
    ids = _native_ids(page, items)
    needs = ("id", "ap_id", "published", "creator", "counts")
    return read_items(page, items, lambda item: _mention(page, item, ids), ids=("id", "ap_id"), needs=needs)


def _flat(raw: Any) -> dict[str, Any]:
    """A view with the fields of its post or comment on top; the rest keeps its place."""
    view = mapping(raw)
    comment, post = mapping(view.get("comment")), mapping(view.get("post"))
    own = comment or post
    around = {key: view[key] for key in ("creator", "counts", "community") if key in view}
    return own | around | {"post": post, "is_comment": bool(comment)}


def _native_ids(page: Page, items: list[dict[str, Any]]) -> dict[int, str]:
    """A comment's number on this server -> native id, for the comments on this page."""
    numbers = ((integer(item.get("id")), item) for item in items if item["is_comment"])
    return {number: _identity(page, item)[1] for number, item in numbers if number is not None}


def _identity(page: Page, item: dict[str, Any]) -> tuple[str, str]:
    kind = "comment" if item["is_comment"] else "post"
    return identity(item.get("ap_id"), page.host, f"{kind}/{integer(item.get('id'))}")


def _why_not(item: dict[str, Any]) -> str | None:
    creator = mapping(item.get("creator"))
    if integer(item.get("id")) is None:
        return "item without an id"
    return "a bot's post" if creator.get("bot_account") is True else None


def _mention(page: Page, item: dict[str, Any], ids: dict[int, str]) -> Mention:
    """Raises ValueError for an item that is not to be taken, or without words."""
    if reason := _why_not(item):
        raise ValueError(reason)
    host, native = _identity(page, item)
    if item.get("deleted") is True or item.get("removed") is True:
        raise Deleted(native, f"lemmy:{host}")
    source, now = f"lemmy:{host}", page.collected_at
    title = mask_handles(clean(string(mapping(item["post"]).get("name")) or "")) or None
    text = markdown_words(string(item.get("content" if item["is_comment"] else "body")))
    if not text and (item["is_comment"] or not title):
        raise ValueError("no text of its own")
    counts, creator = mapping(item.get("counts")), mapping(item.get("creator"))
    at = iso_time(item.get("published"), now)
    parent = _parent(page, item, ids)
    likes = integer(counts.get("upvotes"))
    community = string(mapping(item.get("community")).get("name"))
    return Mention(
        source=source,
        kind=("reply" if _above(item) else "comment") if item["is_comment"] else "post",
        target=page.target,
        native_id=native,
        parent_id=parent,
        url=_address(page, item),
        title=title if text else None,
        text=text or title,
        **_author(page, source, creator),
        author_created_at=iso_time(creator.get("published"), now),
        **published(at),
        collected_at=now,
        edited_at=later(iso_time(item.get("updated"), now), at),
        likes=likes if likes is not None else integer(counts.get("score")),
        replies=count(counts.get("child_count" if item["is_comment"] else "comments")),
        segments={"community": clean(community)[:100]} if community else None,
    )


def _author(page: Page, source: str, creator: dict[str, Any]) -> Any:
    """The hash of name and home, the shape of the name alone."""
    name, home = string(creator.get("name")), web_address(creator.get("actor_id"))
    person = handle(name, urlsplit(home).netloc.lower() if home else page.host)
    return authorship(page, source, name, person)


def _above(item: dict[str, Any]) -> int | None:
    """The number of the comment above: `0.12.34` says that 34 answers 12, `0.12` that 12 answers the post."""
    path = (string(item.get("path")) or "").split(".")
    return integer(path[-2]) if len(path) > 2 else None


def _parent(page: Page, item: dict[str, Any], ids: dict[int, str]) -> str | None:
    if not item["is_comment"]:
        return None
    above = _above(item)
    if above is not None:
        return ids.get(above) or f"comment/{above}"
    post = mapping(item["post"])
    number = integer(post.get("id"))
    return identity(post.get("ap_id"), page.host, f"post/{number}")[1] if post else None


def _address(page: Page, item: dict[str, Any]) -> str:
    """Where it stands at home, or on the server asked where that address names its author."""
    home, parts = web_address(item.get("ap_id")), urlsplit(page.url)
    if home and not names_somebody(home):
        return home
    kind = "comment" if item["is_comment"] else "post"
    return f"{parts.scheme}://{parts.netloc}/{kind}/{integer(item.get('id'))}"


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Searches, a community, or else the whole server: posts first, then comments, newest first."""
    parts = urlsplit(visit.option("api", "") or visit.url)
    base = f"{parts.scheme}://{parts.netloc}{_API}"
    queries, community = texts(visit, "query", "queries"), _community(visit)
    for query in queries:
        for kind in ("Posts", "Comments"):
            asked = {"q": query, "type_": kind, "listing_type": "All", "community_name": community}
            await _pages(visit, f"{query} {kind}", f"{base}/search", asked)
    if not queries:
        scope = {"community_name": community, "type_": "All" if community else "Local"}
        await _pages(visit, "posts", f"{base}/post/list", scope)
        await _pages(visit, "comments", f"{base}/comment/list", scope)


def _community(visit: Visit) -> str | None:
    """The community asked for, else that of the target's address (/c/NAME)."""
    stated = texts(visit, "community")
    path = [unquote(part) for part in urlsplit(visit.target.url or "").path.split("/") if part]
    return stated[0] if stated else (path[1] if len(path) == 2 and path[0] == "c" else None)


async def _pages(visit: Visit, part: str, url: str, query: dict[str, str | None]) -> None:
    """All pages of one list down to what was read before."""

    async def step(page: str) -> tuple[Taken, str | None]:
        asked = with_query(url, **query, sort="New", page=page, limit=_SIZE)
        taken = visit.read(await visit.fetch(asked))
        return taken, str(int(page) + 1) if taken.parsed.found else None

    await descend(visit, part, "1", step, exact=False)


SOURCE = Source(
    kind="lemmy",
    summary="Lemmy: a search, a community, or a server's own posts and comments",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="Each server has its own terms; robots.txt is obeyed, bots are left out.",
    options={
        "url": "the server, or a community on it (/c/NAME)",
        "query": "what to search for",
        "queries": "several searches",
        "community": "only this community: NAME, or NAME@HOST for one of another server",
        "max_pages": "pages of one run at most",
    },
)
