"""Kind `hackernews`: stories and comments of Hacker News, through Algolia's public search.

Format: the API's description and answers seen in clients; it is not promised by a version, so whatever is
absent is taken as absent and reported. A search answers at most 1,000 hits: the walk slides down by time.
"""

from __future__ import annotations

from typing import Any

from crawlers.items import authorship, count, iso_time, own_lines, published, read_items, unix_time
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import Words, mask_handles
from crawlers.visit import Visit
from crawlers.walks import Slice, Window, api_base, search_terms, slide, times_of, with_query

_API = "https://hn.algolia.com/api/v1"
_SITE = "news.ycombinator.com"
_HITS, _MOST_HITS = 100, 1_000


def parse(page: Page) -> Parsed:
    """The hits of `search_by_date` or `search`.

    Raises ParseError for anything else.
    """
    hits = mapping(load_json(page)).get("hits")
    if not isinstance(hits, list):
        raise ParseError(f"{page.url}: expected hits of the Hacker News search")
    words = Words()
    needs = ("objectID", "created_at_i", "author")
    return read_items(page, hits, lambda hit: _mention(page, hit, words), ids=needs[:2], needs=needs)


def _mention(page: Page, hit: dict[str, Any], words: Words) -> Mention:
    """Raises ValueError for a hit without an id or without words."""
    number, source = _number(hit.get("objectID")), f"hackernews:{_SITE}"
    if number is None:
        raise ValueError("hit without an id")
    title = words.of(string(hit.get("title")) or string(hit.get("story_title")) or "")
    markup = string(hit.get("comment_text")) or string(hit.get("story_text")) or string(hit.get("text"))
    parent, story = _number(hit.get("parent_id")), _number(hit.get("story_id"))
    is_story = "comment" not in _tags(hit) and not string(hit.get("comment_text"))
    text = mask_handles(own_lines(words.of(markup))) if markup else ""
    if not text and not is_story:
        raise ValueError("no text of its own")
    now = page.collected_at
    at = unix_time(hit.get("created_at_i"), now) or iso_time(hit.get("created_at"), now)
    title = mask_handles(title)
    return Mention(
        source=source,
        kind="post" if is_story else ("comment" if parent in (story, None) else "reply"),
        target=page.target,
        native_id=number,
        parent_id=None if is_story else parent,
        url=f"https://{_SITE}/item?id={number}",
        title=title if text else None,
        text=text or title,  # a link without words of its own: its title is what the submitter says
        **authorship(page, source, string(hit.get("author"))),
        **published(at),
        collected_at=now,
        likes=integer(hit.get("points")),
        replies=count(hit.get("num_comments")),
    )


def _number(value: Any) -> str | None:
    number = integer(value)
    return str(number) if number is not None else None


def _tags(hit: dict[str, Any]) -> list[Any]:
    return listing(hit.get("_tags"))


async def walk(visit: Visit) -> None:
    """Each search, newest first, down to what was read before."""
    base = api_base(visit, _API, "ycombinator.com")
    tags = str(visit.option("tags", "(story,comment)"))
    for term in search_terms(visit):

        async def ask(window: Window, page: int, term: str = term) -> Slice:
            return await _ask(
                visit, f"{base}/search_by_date", {"query": _phrase(term), "tags": tags}, window, page
            )

        await slide(visit, term, ask, pages=_MOST_HITS // _HITS)


def _phrase(term: str) -> str:
    """Quoted, so that a brand of two words is not searched as either."""
    return term if '"' in term else f'"{term}"'


async def _ask(visit: Visit, url: str, query: dict[str, str], window: Window, page: int) -> Slice:
    since = [f"created_at_i>{window.lower}"] if window.lower else []
    until = [f"created_at_i<={window.upper}"] if window.upper is not None else []
    filters = ",".join([*since, *until]) or None
    asked = with_query(url, **query, numericFilters=filters, hitsPerPage=_HITS, page=page)
    answer = await visit.fetch(asked)
    taken, value = visit.read(answer), mapping(visit.json(answer))
    hits = listing(value.get("hits"))
    pages, total = integer(value.get("nbPages")), integer(value.get("nbHits"))
    shown = (page + 1) * _HITS
    more = bool(hits) and (
        (pages or 0) > page + 1 or (total or 0) > shown or (pages is None and total is None)
    )
    return Slice(taken, times_of(hits, "created_at_i"), more)


SOURCE = Source(
    kind="hackernews",
    summary="Hacker News: stories and comments that name the brand",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="A public search of Algolia, 10,000 requests an hour at most; the texts stay their authors' works.",
    options={
        "query": "what to search for; the brand's name if absent",
        "queries": "several searches",
        "tags": "what to search in: (story,comment) if absent",
        "api": "another address of the API",
        "max_pages": "pages of one run at most",
    },
)
