"""Kind `stackexchange`: questions, answers and comments of Stack Exchange sites, through API 2.3.

Format: the API's documentation. A search gives excerpts; the whole texts are asked for by their ids. The
`backoff` that an answer states is waited out, and the day's quota is minded. A key is no need: with one there
are 10,000 requests a day instead of 300.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawlers.errors import RateLimited
from crawlers.fetch import Answer
from crawlers.items import (
    authorship,
    count,
    later,
    published,
    read_items,
    unix_time,
    web_address,
)
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.mention import Kind, Mention
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import Element, Words, clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import Slice, Window, api_base, on_site, search_terms, slide, texts, times_of, with_query

_API = "https://api.stackexchange.com/2.3"
_SIZE = 100
_PAGES_WITHOUT_KEY = 25
_IDS: dict[str, Kind] = {"comment_id": "reply", "answer_id": "comment", "question_id": "post"}
"""The most particular id names the item: an answer carries its question's id as well."""
_SITES = (
    *("stackoverflow.com", "superuser.com", "serverfault.com", "askubuntu.com", "stackapps.com"),
    *("stackexchange.com", "mathoverflow.net"),
)
_OWN_DOMAINS = frozenset({"stackoverflow", "superuser", "serverfault", "askubuntu", "stackapps"})


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Questions, answers and comments with their bodies. Excerpts of a search only lead to them.

    Raises ParseError for anything else.
    """
    value = mapping(load_json(page))
    items = value.get("items")
    if not isinstance(items, list):
        raise ParseError(f"{page.url}: expected items of Stack Exchange, found keys {sorted(value)[:8]}")
    whole = [item for item in items if "excerpt" not in mapping(item)]
    words = Words()
    ids = tuple(_IDS)
    return read_items(
        page,
        whole,
        lambda item: _mention(page, item, words),
        ids=ids,
        needs=("body", "creation_date", "owner"),
    )


def _mention(page: Page, item: dict[str, Any], words: Words) -> Mention:
    """Raises ValueError for an item without an id or without words."""
    kind, number = _identity(item)
    link, host = web_address(item.get("link")), _host_of(page)
    host = host or (urlsplit(link).netloc.lower() if link else page.host)
    source, owner, now = f"stackexchange:{host}", mapping(item.get("owner")), page.collected_at
    titles, question = mapping(page.options.get("titles")), integer(item.get("question_id"))
    title = string(item.get("title")) or string(titles.get(str(question)))
    title = mask_handles(words.of(title or ""))
    body = string(item.get("body"))
    text = mask_handles(words.of(body, _foreign)) if body else clean(string(item.get("body_markdown")) or "")
    if not (text or (kind == "post" and title)):
        raise ValueError("no text of its own")
    at = unix_time(item.get("creation_date"), now)
    user = integer(owner.get("user_id"))
    handle = string(owner.get("display_name"))
    return Mention(
        source=source,
        kind=kind,
        target=page.target,
        native_id=number,
        parent_id=_parent(item, kind),
        url=link or _address(host, number, _parent(item, kind), kind),
        title=title if text else None,
        text=text or title,
        **authorship(page, source, handle, str(user) if user is not None else None),
        **published(at),
        collected_at=now,
        edited_at=later(unix_time(item.get("last_edit_date"), now), at),
        likes=integer(item.get("score")),
        replies=count(item.get("answer_count")) if kind == "post" else None,
    )


def _identity(item: dict[str, Any]) -> tuple[Kind, str]:
    for key, kind in _IDS.items():
        number = integer(item.get(key))
        if number is not None:
            # posts share one row of numbers on a site, comments have another
            return kind, f"comment-{number}" if key == "comment_id" else str(number)
    raise ValueError("item without an id")


def _parent(item: dict[str, Any], kind: Kind) -> str | None:
    number = integer(item.get({"reply": "post_id", "comment": "question_id"}.get(kind, "")))
    return str(number) if number is not None else None


def _host_of(page: Page) -> str | None:
    """The site that an answer of the API speaks of stands in the address that was asked."""
    named = parse_qs(urlsplit(page.url).query).get("site", [""])[0]
    return host_of(named) if named else None


def host_of(site: str) -> str:
    """The host of a site by its name in the API: `unix`, `ru.stackoverflow`, `mathoverflow.net`."""
    name = site.strip().lower()
    if name.endswith((".com", ".net", ".org")):
        return name
    return f"{name}.com" if name.rpartition(".")[2] in _OWN_DOMAINS else f"{name}.stackexchange.com"


def _address(host: str, number: str, parent: str | None, kind: Kind) -> str:
    if kind == "reply":
        return f"https://{host}/q/{parent}#comment{number.removeprefix('comment-')}_{parent}"
    return f"https://{host}/{'q' if kind == 'post' else 'a'}/{number}"


def _foreign(element: Element) -> bool:
    """Quotes and code are not what an author says of a brand."""
    return element.tag in ("blockquote", "pre")


# --- spider -----------------------------------------------------------------------------------------------


class _Api:
    """The API of one visit: its site, its key, the pauses that it asks for, what is `left` of the quota."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.base = visit, api_base(visit, _API, *_SITES)
        self.site = _site(visit)
        key = visit.secret("key")
        self.hidden: Mapping[str, str] = {"key": key} if key else {}
        self.left: int | None = None
        self.pages = 10_000 if key else _PAGES_WITHOUT_KEY

    async def get(self, path: str, **query: object) -> tuple[Answer, dict[str, Any]]:
        """The answer of a method; the pause that it asks for is waited out before the next one.

        Raises RateLimited when that is too long or the day's quota is used up.
        """
        url = with_query(f"{self.base}/{path}", site=self.site, **query)
        if self.left is not None and self.left <= 0:
            advice = "the next day's run continues; a key under [stackexchange] in secrets.toml gives more"
            raise RateLimited(200, where=url, next_step=advice)
        answer = await self.visit.fetch(url, hidden=self.hidden)
        value = mapping(self.visit.json(answer))
        self.left = integer(value.get("quota_remaining"))
        pause = integer(value.get("backoff")) or 0
        if pause > self.visit.manners.max_wait:
            raise RateLimited(200, where=url, wait=float(pause), next_step=f"it asks to wait {pause} s")
        await asyncio.sleep(max(0, pause))
        return answer, value


def _site(visit: Visit) -> str:
    """The option `site`, else the host of the target's address.

    `https://stackoverflow.com/...` and `stackoverflow` both name it.
    """
    named, url = str(visit.option("site", "")), visit.target.url
    return named or (urlsplit(url).netloc if url and on_site(url, *_SITES) else "stackoverflow")


async def walk(visit: Visit) -> None:
    """Each search, newest first, down to what was read before."""
    api = _Api(visit)
    tagged = ";".join(texts(visit, "tagged")) or None
    for term in [None] if tagged and not texts(visit, "query", "queries") else search_terms(visit):

        async def ask(window: Window, page: int, term: str | None = term) -> Slice:
            return await _excerpts(api, window, page, q=term, tagged=tagged)

        await slide(visit, f"{term or ''} {tagged or ''}".strip(), ask, pages=api.pages)


async def _excerpts(api: _Api, window: Window, page: int, **query: str | None) -> Slice:
    """A page of a search, and the whole texts of what it found."""
    answer, value = await api.get(
        "search/excerpts",
        **query,
        sort="creation",
        order="desc",
        fromdate=window.lower or None,
        todate=window.upper,
        page=page + 1,
        pagesize=_SIZE,
    )
    found = api.visit.read(answer)
    items = listing(value.get("items"))
    taken = await _bodies(api, items)
    taken.failed = taken.failed or found.failed
    more = bool(items) and value.get("has_more") is True
    return Slice(taken, times_of(items, "creation_date"), more)


async def _bodies(api: _Api, items: list[Any]) -> Taken:
    """The whole texts of the questions and answers that a search found, and of their comments if wanted."""
    total = Taken()
    numbers: dict[str, list[str]] = {"questions": [], "answers": []}
    titles = {str(item.get("question_id")): item.get("title") for item in map(mapping, items)}
    for item in map(mapping, items):
        answer, question = integer(item.get("answer_id")), integer(item.get("question_id"))
        if answer is not None:
            numbers["answers"].append(str(answer))
        elif question is not None:
            numbers["questions"].append(str(question))
    wanted = [(f"{kind}/{{}}", found) for kind, found in numbers.items()]
    if api.visit.option("comments", default=False):
        wanted.append(("posts/{}/comments", numbers["questions"] + numbers["answers"]))
    for path, found in wanted:
        for start in range(0, len(found), _SIZE):
            await _read_all(api, path.format(";".join(found[start : start + _SIZE])), titles, total)
    return total


async def _read_all(api: _Api, path: str, titles: dict[str, Any], total: Taken) -> None:
    """All pages of one method into `total`."""
    for page in range(1, api.pages + 1):
        answer, value = await api.get(
            path, filter="withbody", sort="creation", order="desc", page=page, pagesize=_SIZE
        )
        taken = api.visit.read(answer, options={"titles": titles})
        total.failed = total.failed or taken.failed
        for name in ("new", "edited", "known", "repeated"):
            setattr(total, name, getattr(total, name) + getattr(taken, name))
        if value.get("has_more") is not True:
            return


SOURCE = Source(
    kind="stackexchange",
    summary="Stack Exchange sites: questions and answers that name the brand",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="CC BY-SA: name author and link when showing a text; 300 requests a day, 10,000 with a key.",
    options={
        "site": "the site: stackoverflow, ru.stackoverflow, superuser...; or give its address as url",
        "query": "what to search for; the brand's name if absent",
        "queries": "several searches",
        "tagged": "only posts with this tag, or one of these",
        "comments": "true: also the comments below what was found, for one request more a hundred posts",
        "api": "another address of the API",
        "max_pages": "requests of one run at most",
    },
)
