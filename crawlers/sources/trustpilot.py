"""Kind `trustpilot`: reviews of a business on Trustpilot, through its API.

Format: the service-review API's documentation; no answer of a live business was seen, so whatever is absent
is taken as absent and reported. Pages of the site are never read: its terms forbid it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from crawlers.errors import BadTarget, HttpError
from crawlers.fetch import Answer
from crawlers.items import (
    authorship,
    count,
    iso_time,
    language_code,
    later,
    published,
    rated,
    read_items,
    truth,
)
from crawlers.jsonpage import integer, load_json, mapping, string
from crawlers.logins import refused
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError, RatingSnapshot
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import api_base, descend, on_site, texts, with_query

_API, _SITE = "https://api.trustpilot.com/v1", "www.trustpilot.com"
_SIZE, _MOST_TEXT = 100, 50_000
_IDS = ("id",)


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Reviews of a business, or the business itself with its rating.

    Raises ParseError for anything else.
    """
    value = mapping(load_json(page))
    reviews = value.get("reviews")
    if isinstance(reviews, list):
        needs = ("id", "stars", "text", "createdAt", "consumer")
        return read_items(page, reviews, lambda item: _mention(page, item), ids=_IDS, needs=needs)
    if not (string(value.get("id")) and mapping(value.get("score"))):
        raise ParseError(f"{page.url}: expected reviews of Trustpilot, found keys {sorted(value)[:8]}")
    return Parsed(ratings=_rating(page, value))


def _mention(page: Page, item: dict[str, Any]) -> Mention:
    """Raises ValueError for a review without an id, or with neither stars nor words."""
    number, consumer, now = string(item.get("id")), mapping(item.get("consumer")), page.collected_at
    if number is None:
        raise ValueError("review without an id")
    source = f"trustpilot:{_SITE}"
    at = iso_time(item.get("createdAt"), now)
    return Mention(
        source=source,
        kind="review",
        target=page.target,
        native_id=number[:200],
        url=f"https://{_SITE}/reviews/{quote(number[:200], safe='')}",
        title=_words(item.get("title")) or None,
        text=_words(item.get("text")) or None,
        **rated(_stars(item.get("stars")), 1.0, 5.0),
        **authorship(page, source, string(consumer.get("displayName")), string(consumer.get("id"))),
        author_mentions=count(consumer.get("numberOfReviews")),
        **published(at),
        verified=_verified(item),
        collected_at=now,
        edited_at=later(iso_time(item.get("updatedAt"), now), at),
        likes=count(item.get("numberOfLikes")),
        owner_reply=_words(mapping(item.get("companyReply")).get("text")) or None,
        lang=language_code(item.get("language")),
    )


def _words(value: Any) -> str:
    return mask_handles(clean((string(value) or "")[:_MOST_TEXT]))


def _stars(value: Any) -> float | None:
    number = integer(value)
    return float(number) if number is not None else None


def _verified(item: dict[str, Any]) -> bool | None:
    """Older answers say it in a flag, newer ones in a level."""
    stated, level = truth(item.get("isVerified")), string(item.get("verificationLevel"))
    return stated if stated is not None or level is None else level.lower() not in ("not-verified", "none")


def _rating(page: Page, unit: dict[str, Any]) -> list[RatingSnapshot]:
    """What Trustpilot calls the TrustScore, with how many reviews stand behind it."""
    score = mapping(unit.get("score")).get("trustScore")
    total = count(mapping(unit.get("numberOfReviews")).get("total"))
    name = string(unit.get("displayName"))
    if isinstance(score, bool) or not isinstance(score, int | float) or not 1 <= score <= 5:
        return []
    return [RatingSnapshot(page.url, page.collected_at, name, float(score), 1.0, 5.0, total, total)]


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """The business's reviews, newest first, down to what was read before."""
    base, key = api_base(visit, _API, "trustpilot.com"), visit.key("key")

    async def get(path: str, **query: object) -> Answer:
        url = with_query(f"{base}/business-units/{path}", **query)
        try:
            return await visit.fetch(url, hidden={"apikey": key}, granted=True)
        except HttpError as error:
            if error.status in (401, 403):
                raise refused(visit, "key", where=url) from None
            raise

    unit = await _unit(visit, get)
    only = {name: next(iter(texts(visit, name)), None) for name in ("language", "stars")}

    async def step(page: str) -> tuple[Taken, str | None]:
        asked = {"page": page, "perPage": _SIZE, "orderBy": "createdat.desc", **only}
        taken = visit.read(await get(f"{quote(unit, safe='')}/reviews", **asked))
        return taken, str(int(page) + 1) if taken.parsed.found else None

    await descend(visit, unit, "1", step, exact=False)


async def _unit(visit: Visit, get: Any) -> str:
    """The business's id: stated, or found by its domain, whose answer carries the rating too."""
    stated = texts(visit, "unit")
    if stated:
        return stated[0]
    answer = await get("find", name=_domain(visit))
    visit.read(answer)
    found = string(mapping(visit.json(answer)).get("id"))
    if found is None:
        raise BadTarget(
            "Trustpilot knows no such business", where=visit.target.name, next_step="check domain"
        )
    return found


def _domain(visit: Visit) -> str:
    """The option `domain`, else the one that the address of the business's page on Trustpilot ends in."""
    stated, url = texts(visit, "domain"), visit.target.url or ""
    path = [part for part in urlsplit(url).path.split("/") if part]
    if stated:
        return stated[0]
    if on_site(url, "trustpilot.com") and len(path) >= 2 and path[0] == "review":
        return path[1]
    advice = "give domain = SHOP.EXAMPLE, or the business's page on Trustpilot as url"
    raise BadTarget("no business to read reviews of", where=visit.target.name, next_step=advice)


SOURCE = Source(
    kind="trustpilot",
    summary="Trustpilot: reviews of a business",
    spider=walk,
    parser=parse,
    needs="a key",
    standing="experimental",
    terms="The API under its own terms, with a key of a paid or approved plan; pages may not be read.",
    options={
        "domain": "the business's domain; or give its page on Trustpilot as url",
        "unit": "the id of the business unit, which spares looking it up",
        "language": "only reviews in this language (lv, cs, ru...)",
        "stars": "only reviews with so many stars",
        "key": "in secrets.toml or SAYSO_TRUSTPILOT_KEY: the API key",
        "api": "another address of the API",
        "max_pages": "pages of one run at most",
    },
)
