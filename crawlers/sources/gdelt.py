"""Kind `gdelt`: headlines of the world's news that name the brand, through the GDELT DOC API.

Format: the API's description. It reaches back three months, gives 250 articles an answer, and says errors in
plain words with a status of 200. Only the headline is collected; the article stays with its paper.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from babel import Locale

from crawlers.items import iso_time, published, read_items, web_address
from crawlers.jsonpage import listing, load_json, mapping, string
from crawlers.mention import Mention, digest
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Visit
from crawlers.walks import Slice, Window, api_base, search_terms, slide, texts, with_query

_API = "https://api.gdeltproject.org/api/v2/doc/doc"
_HOST = "api.gdeltproject.org"
_MOST, _PAUSE, _REACH = 250, 5.0, timedelta(days=89)
_STAMP, _LONGEST_ID = "%Y%m%d%H%M%S", 300
_SEEN = re.compile(r"[0-9]{8}T?[0-9]{6}Z?")
_STRAY = re.compile(rb"\\(?![\"\\/bfnrtu])")
_APART = re.compile(r"\s+([,.;:!?%)\]»”])")


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Articles of a list; an empty object is a list without any.

    Raises ParseError for anything else; what the API says in plain words stands in the message.
    """
    value = _value(page)
    articles = value.get("articles", [])
    if not isinstance(articles, list) or (value and "articles" not in value):
        raise ParseError(f"{page.url}: expected articles of GDELT, found keys {sorted(value)[:8]}")
    needs = ("url", "title", "seendate", "domain")
    return read_items(page, articles, lambda item: _mention(page, item), ids=("url",), needs=needs)


def _value(page: Page) -> dict[str, Any]:
    """The answer's object. Headlines come with backslashes that JSON does not know: they are put right."""
    body = page.body.strip()
    if not body.startswith(b"{"):
        said = clean(body[:200].decode("utf-8", "replace")).replace("\n", " ")
        raise ParseError(f"{page.url}: GDELT says: {said or 'nothing'}")
    whole = _STRAY.sub(rb"\\\\", body) if _is_broken(page) else body
    found = load_json(Page(whole, page.url, page.collected_at, page.hasher, page.charset))
    return mapping(found)


def _is_broken(page: Page) -> bool:
    try:
        load_json(page)
    except ParseError:
        return True
    return False


def _mention(page: Page, item: dict[str, Any]) -> Mention:
    """Raises ValueError for an article without an address or a headline."""
    url, title = web_address(item.get("url")), _headline(string(item.get("title")) or "")
    if url is None:
        raise ValueError("article without an address")
    if not title:
        raise ValueError("article without a headline")
    country = string(item.get("sourcecountry"))
    return Mention(
        source=f"gdelt:{urlsplit(url).netloc.rpartition('@')[2].lower()}",
        kind="post",
        target=page.target,
        native_id=url if len(url) <= _LONGEST_ID else digest(url)[:32],
        url=url,
        text=title,
        **published(_seen(item, page.collected_at), "hour"),
        collected_at=page.collected_at,
        lang=_language(string(item.get("language")) or ""),
        segments={"country": clean(country)[:100]} if country else None,
    )


def _headline(title: str) -> str:
    """The headline as written: GDELT sets its punctuation apart."""
    return mask_handles(_APART.sub(r"\1", clean(title[:2_000])))


def _seen(item: dict[str, Any], now: datetime) -> datetime | None:
    """When GDELT saw the article, which is soon after it was published."""
    stated = string(item.get("seendate"))
    if stated is None or not _SEEN.fullmatch(stated.strip()):
        return None
    digits = stated.strip().rstrip("Z").replace("T", "")
    return iso_time(f"{digits[:8]}T{digits[8:]}Z", now)


@functools.cache
def _codes() -> dict[str, str]:
    """Languages by their English names."""
    return {name.casefold(): code for code, name in Locale("en").languages.items() if len(code) == 2}


def _language(name: str) -> str | None:
    return _codes().get(name.strip().casefold())


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Each search, newest first, down to what was read before or to where the API's memory ends."""
    base = api_base(visit, _API, "gdeltproject.org")
    if urlsplit(base).hostname == _HOST:
        await visit.pace(base, _PAUSE)
    for term in search_terms(visit):
        words = " ".join([_phrase(term), *_narrowed(visit)])

        async def ask(window: Window, page: int, words: str = words) -> Slice:
            return await _ask(visit, base, words, window)

        await slide(visit, words, ask, pages=1, overlap=86_400)


def _phrase(term: str) -> str:
    return term if '"' in term else f'"{term}"'


def _narrowed(visit: Visit) -> list[str]:
    """Operators of the query: languages and countries of the papers, either of several."""
    found = []
    for operator, names in (
        ("sourcelang", ("language", "languages")),
        ("sourcecountry", ("country", "countries")),
    ):
        wanted = [f"{operator}:{word.lower().replace(' ', '')}" for word in texts(visit, *names)]
        if wanted:
            found.append(wanted[0] if len(wanted) == 1 else f"({' OR '.join(wanted)})")
    return found


async def _ask(visit: Visit, base: str, words: str, window: Window) -> Slice:
    """The newest articles of a window; as many as an answer can hold may hide more."""
    now = datetime.now(UTC)
    start = max(datetime.fromtimestamp(window.lower, UTC), now - _REACH)
    end = now if window.upper is None else datetime.fromtimestamp(window.upper, UTC)
    if end <= start:
        return Slice(visit.take(Parsed()))
    asked = with_query(
        base,
        query=words,
        mode="artlist",
        format="json",
        maxrecords=_MOST,
        sort="datedesc",
        startdatetime=start.strftime(_STAMP),
        enddatetime=end.strftime(_STAMP),
    )
    answer = await visit.fetch(asked)
    taken = visit.read(answer)
    if taken.failed:
        return Slice(taken)
    articles = listing(_value(visit.page(answer)).get("articles"))
    times = [int(at.timestamp()) for item in articles if (at := _seen(mapping(item), now)) is not None]
    return Slice(taken, times, len(articles) >= _MOST)


SOURCE = Source(
    kind="gdelt",
    summary="News of the world through GDELT: headlines that name the brand",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="Free with attribution to the GDELT Project; one request in 5 seconds, three months back.",
    options={
        "query": "what to search for, four letters at least; the brand's name if absent",
        "queries": "several searches",
        "language": "of the papers: latvian, lithuanian, estonian, czech, russian...",
        "languages": "several of them",
        "country": "of the papers: latvia, lithuania, estonia, czechrepublic... or two letters",
        "countries": "several of them",
        "api": "another address of the API",
        "max_pages": "requests of one run at most",
    },
)
