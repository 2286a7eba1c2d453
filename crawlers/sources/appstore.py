"""Kind `appstore`: reviews of an app in Apple's App Store, country by country.

Format: seen in clients of the public feed, not documented by Apple, so read defensively. Each country gives
its 500 newest reviews in ten pages. The feed is now and then empty for hours: an empty answer is no proof
that there are no reviews.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from crawlers.errors import BadTarget, HttpError
from crawlers.items import authorship, count, iso_time, published, rated, read_items, web_address
from crawlers.jsonpage import load_json, mapping, string
from crawlers.mention import Mention
from crawlers.numbers import number
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import api_base, descend, texts

_API, _SITE = "https://itunes.apple.com", "apps.apple.com"
_PAGES, _WORST, _BEST = 10, 1.0, 5.0
_COUNTRY = re.compile(r"[a-z]{2}")
_APP_ID = re.compile(r"(?:id)?(\d{3,15})")


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """One page of the feed of customer reviews. The app itself may stand among the entries.

    Raises ParseError for anything else.
    """
    feed = mapping(load_json(page)).get("feed")
    if not isinstance(feed, dict):
        raise ParseError(f"{page.url}: expected a feed of the App Store")
    entries = feed.get("entry", [])
    if isinstance(entries, dict):
        entries = [entries]  # a single one is not put into a list
    if not isinstance(entries, list):
        raise ParseError(f"{page.url}: expected entries in the feed of the App Store")
    product = next((name for entry in entries if (name := _app_name(entry))), None)
    product = product or string(page.options.get("product"))
    reviews = [entry for entry in entries if not _app_name(entry)]
    needs = ("id", "im:rating", "author", "content", "updated")
    return read_items(
        page, reviews, lambda entry: _mention(page, entry, product), ids=("id", "im:rating"), needs=needs
    )


def _app_name(entry: Any) -> str | None:
    """The name of the app, if the entry is the app and not a review."""
    raw = mapping(entry)
    name = _label(raw.get("im:name"))
    return clean(name)[:500] if name and "im:rating" not in raw else None


def _label(value: Any) -> str | None:
    return string(mapping(value).get("label"))


def _mention(page: Page, entry: dict[str, Any], product: str | None) -> Mention:
    """Raises ValueError for an entry without an id, or with neither words nor stars."""
    native, author = _label(entry.get("id")), mapping(entry.get("author"))
    if native is None:
        raise ValueError("review without an id")
    if "im:rating" not in entry:
        raise ValueError("no stars: the app itself, or a changed format")
    source, country = f"appstore:{_SITE}", country_of(page.url)
    stars = number(_label(entry.get("im:rating")))
    title = _words(_label(entry.get("title")))
    text = _words(_label(entry.get("content")))
    version = _label(entry.get("im:version"))
    segments = {"country": country, "app_version": clean(version)[:50] if version else None}
    link = web_address(mapping(mapping(entry.get("link")).get("attributes")).get("href"))
    return Mention(
        source=source,
        kind="review",
        target=page.target,
        native_id=native[:300],
        url=link,
        title=title if text else None,
        text=text or title,
        **rated(stars, _WORST, _BEST),
        **authorship(page, source, _label(author.get("name")), _account(_label(author.get("uri")))),
        **published(iso_time(_label(entry.get("updated")), page.collected_at)),
        collected_at=page.collected_at,
        likes=count(_label(entry.get("im:voteSum"))),
        product=product,
        segments={name: value for name, value in segments.items() if value} or None,
    )


def _words(value: str | None) -> str | None:
    return mask_handles(clean(value)) or None if value else None


def _account(uri: str | None) -> str | None:
    """The account's number in the address of its reviews: a nickname may change and be shared."""
    found = _APP_ID.search((uri or "").rpartition("/")[2])
    return found[1] if found else None


def country_of(url: str) -> str | None:
    """The two letters of a country in an address of the feed or of the store."""
    first = next((part for part in urlsplit(url).path.split("/") if part), "").lower()
    return first if _COUNTRY.fullmatch(first) else None


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Each country's reviews, newest first, down to what was read before."""
    base, app = api_base(visit, _API, "apple.com"), _app(visit)
    parts = urlsplit(base)
    origin = f"{parts.scheme}://{parts.netloc}"
    for country in _countries(visit):

        async def step(page: str, country: str = country) -> tuple[Taken, str | None]:
            return await _read(visit, f"{origin}/{country}/rss/customerreviews", app, country, int(page))

        await descend(visit, country, "1", step, exact=False)


def _app(visit: Visit) -> str:
    stated = texts(visit, "app", "id")
    named = stated[0] if stated else urlsplit(visit.target.url or "").path.rpartition("/")[2]
    found = _APP_ID.fullmatch(named)
    if found is None:
        advice = "give app = NUMBER, or the app's page in the store as url"
        raise BadTarget("no app to read reviews of", where=visit.target.name, next_step=advice)
    return found[1]


def _countries(visit: Visit) -> list[str]:
    """The countries asked for, else that of the app's page."""
    stated = [text.lower() for text in texts(visit, "countries", "country")]
    url = visit.target.url or ""
    own = country_of(url)
    countries = stated or ([own] if own else [])
    if not countries or not all(_COUNTRY.fullmatch(country) for country in countries):
        advice = 'give countries = ["lv", "lt", "ee"]'
        raise BadTarget("no countries of two letters", where=visit.target.name, next_step=advice)
    return countries


async def _read(visit: Visit, url: str, app: str, country: str, page: int) -> tuple[Taken, str | None]:
    """One page of a country; there are ten at most, and the first empty one is the last."""
    try:
        answer = await visit.fetch(f"{url}/page={page}/id={app}/sortby=mostrecent/json")
    except HttpError as error:
        if page == 1 or error.status not in (400, 404):
            raise
        return Taken(), None  # beyond the last page some countries answer so
    taken = visit.read(answer)
    if page == 1 and not taken.failed:
        _heed_silence(visit, country, taken.parsed.found)
    return taken, str(page + 1) if taken.parsed.found and page < _PAGES else None


def _heed_silence(visit: Visit, country: str, found: int) -> None:
    """An empty first page of a country that spoke before is a hole of the feed, not the end of reviews."""
    spoke = [str(name) for name in visit.marks.get("spoke", []) if isinstance(name, str)]
    if found:
        visit.mark(spoke=sorted({*spoke, country}))
    elif country in spoke:
        visit.complete = False
        visit.report.warn(f"{country}: the feed is empty now and was not before; the next run asks again")


SOURCE = Source(
    kind="appstore",
    summary="Apple App Store: reviews of an app in the countries you name",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="A public feed without written promise, 500 newest reviews a country; reviews stay their authors'.",
    options={
        "app": "the app's number; or give its page in the store as url",
        "countries": "two letters each: lv, lt, ee, cz, pl, de...; that of the url if absent",
        "product": "the app's name where the feed does not carry it",
        "api": "another address of the feed",
        "max_pages": "pages of one run at most",
    },
)
