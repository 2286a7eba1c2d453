"""Kind `steam`: reviews of a game or program on Steam, in all languages or some.

Format: the partner documentation of `appreviews`. The newest come first, by a cursor; a short page
is not the last one. A Steam account's address names its owner, so a mention links to the app's reviews.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from crawlers.errors import BadTarget
from crawlers.items import authorship, count, later, published, rated, read_items, truth, unix_time
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError, RatingSnapshot
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import api_base, descend, texts, with_query

_API, _HOST = "https://store.steampowered.com", "store.steampowered.com"
_SIZE, _PAUSE, _MOST_TEXT = 100, 1.5, 20_000
_MARKUP = re.compile(
    r"\[/?(?:h[1-6]|b|i|u|strike|spoiler|noparse|hr|list|olist|\*|quote|code|table|tr|td|th|url|p|img)"
    r"(?:=[^\]\[]{0,500})?\]",
    re.IGNORECASE,
)
_LANGUAGES = {
    "arabic": "ar", "brazilian": "pt", "bulgarian": "bg", "czech": "cs", "danish": "da", "dutch": "nl",
    "english": "en", "estonian": "et", "finnish": "fi", "french": "fr", "german": "de", "greek": "el",
    "hungarian": "hu", "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko", "koreana": "ko",
    "latam": "es", "latvian": "lv", "lithuanian": "lt", "norwegian": "no", "polish": "pl",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "schinese": "zh", "slovak": "sk", "spanish": "es",
    "swedish": "sv", "tchinese": "zh", "thai": "th", "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """One page of `appreviews`, with the summary that its first page carries.

    Raises ParseError for anything else, also where Steam says that it did not succeed.
    """
    value = mapping(load_json(page))
    reviews = value.get("reviews")
    if integer(value.get("success")) != 1 or not isinstance(reviews, list):
        raise ParseError(f"{page.url}: expected reviews of Steam, found keys {sorted(value)[:8]}")
    needs = ("recommendationid", "review", "voted_up", "timestamp_created", "author")
    parsed = read_items(page, reviews, lambda item: _mention(page, item), ids=needs[:1], needs=needs)
    parsed.ratings.extend(_summary(page, mapping(value.get("query_summary"))))
    return parsed


def _mention(page: Page, item: dict[str, Any]) -> Mention:
    """Raises ValueError for a review without an id, or with neither words nor a verdict."""
    number, author, now = (
        integer(item.get("recommendationid")),
        mapping(item.get("author")),
        page.collected_at,
    )
    if number is None:
        raise ValueError("review without an id")
    source, person = f"steam:{_HOST}", integer(author.get("steamid"))
    liked = truth(item.get("voted_up"))
    at = unix_time(item.get("timestamp_created"), now)
    reply = string(item.get("developer_response"))
    language = string(item.get("language")) or ""
    return Mention(
        source=source,
        kind="review",
        target=page.target,
        native_id=str(number),
        url=f"{_API}/app/{_app(page)}/#app_reviews_hash" if _app(page) else None,
        text=_words(string(item.get("review")) or "") or None,
        **rated(None if liked is None else float(liked), 0.0, 1.0),
        **authorship(page, source, None, str(person) if person is not None else None),
        author_mentions=count(author.get("num_reviews")),
        verified=truth(item.get("steam_purchase")),
        **published(at),
        collected_at=now,
        edited_at=later(unix_time(item.get("timestamp_updated"), now), at),
        likes=count(item.get("votes_up")),
        replies=count(item.get("comment_count")),
        owner_reply=_words(reply) if reply else None,
        lang=_LANGUAGES.get(language.lower()),
        product=string(page.options.get("product")),
        segments={"received_for_free": "true"} if item.get("received_for_free") is True else None,
    )


def _words(text: str) -> str:
    """Plain text: Steam's square brackets of markup out."""
    return mask_handles(clean(_MARKUP.sub(" ", text[:_MOST_TEXT])))


def _app(page: Page) -> str | None:
    return app_number(page.url)


def app_number(url: str) -> str | None:
    """The app's number in an address of the store, of the community or of the API."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    after = (
        parts[place + 1] for place, part in enumerate(parts[:-1]) if part in ("app", "apps", "appreviews")
    )
    found = next((part for part in after if part.isascii() and part.isdigit()), None)
    return found[:12] if found else None


def _summary(page: Page, summary: dict[str, Any]) -> list[RatingSnapshot]:
    """The share of those who recommend the app, as Steam counts it."""
    total, liked = count(summary.get("total_reviews")), count(summary.get("total_positive"))
    if not total or liked is None or liked > total:
        return []
    product = string(page.options.get("product"))
    return [RatingSnapshot(page.url, page.collected_at, product, liked / total, 0.0, 1.0, total, total)]


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """The app's reviews, those changed last first, down to what was read before."""
    base = api_base(visit, _API, "steampowered.com", "steamcommunity.com")
    parts = urlsplit(base)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.hostname == _HOST:
        await visit.pace(origin, _PAUSE)
    for language in texts(visit, "language", "languages") or ["all"]:

        async def step(cursor: str, language: str = language) -> tuple[Taken, str | None]:
            return await _read(visit, f"{origin}/appreviews/{_wanted(visit)}", language, cursor)

        await descend(visit, language, "*", step)


def _wanted(visit: Visit) -> str:
    stated = texts(visit, "app")
    number = stated[0] if stated else app_number(visit.target.url or "")
    if not number or not number.isdecimal():
        advice = "give app = NUMBER, or the app's page in the store as url"
        raise BadTarget("no app to read reviews of", where=visit.target.name, next_step=advice)
    return number


async def _read(visit: Visit, url: str, language: str, cursor: str) -> tuple[Taken, str | None]:
    """One page; after the last one comes an empty one."""
    asked = with_query(
        url,
        json=1,
        filter="updated",
        language=language,
        review_type="all",
        purchase_type="all",
        num_per_page=_SIZE,
        filter_offtopic_activity=0,
        cursor=cursor,
    )
    answer = await visit.fetch(asked)
    taken, value = visit.read(answer), mapping(visit.json(answer))
    following = string(value.get("cursor"))
    return taken, following if listing(value.get("reviews")) else None


SOURCE = Source(
    kind="steam",
    summary="Steam: reviews of a game or a program",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="A documented, public answer; one request in 1.5 seconds. Reviews stay their authors' works.",
    options={
        "app": "the app's number; or give its page in the store as url",
        "language": "one of Steam's languages (latvian, czech, russian...), all if absent",
        "languages": "several of them",
        "product": "the app's name, which the answers do not carry",
        "api": "another address of the API",
        "max_pages": "pages of one run at most",
    },
)
