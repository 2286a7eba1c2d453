"""Kind `googlebusiness`: reviews of one's own places on Google, through the owner's login.

Format: the description of Business Profile API v4 (`accounts.locations.reviews.list`), which Google opens to
owners on request; no live answer was seen, so whatever is absent is taken as absent and reported. The
newest change comes first: an edited review is found without a sweep.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit

from crawlers.errors import BadTarget
from crawlers.items import authorship, count, iso_time, later, published, rated, read_items
from crawlers.jsonpage import load_json, mapping, string
from crawlers.logins import Login, oauth_token
from crawlers.mention import Mention, digest
from crawlers.parsing import Page, Parsed, ParseError, RatingSnapshot
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import api_base, descend, texts, with_query

_API, _TOKENS = "https://mybusiness.googleapis.com/v4", "https://oauth2.googleapis.com/token"
_HOST, _SIZE, _MOST_TEXT = "mybusiness.googleapis.com", 50, 50_000
_STARS = {"ONE": 1.0, "TWO": 2.0, "THREE": 3.0, "FOUR": 4.0, "FIVE": 5.0}
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Reviews of one place, with its average.

    Raises ParseError for anything else. A place without reviews answers an empty object.
    """
    value = mapping(load_json(page))
    reviews = value.get("reviews", [])
    known = {"reviews", "averageRating", "totalReviewCount", "nextPageToken"}
    if not isinstance(reviews, list) or not (value.keys() & known or _is_empty_answer(page, value)):
        raise ParseError(f"{page.url}: expected reviews of a place, found keys {sorted(value)[:8]}")
    needs = ("reviewId", "starRating", "createTime", "updateTime", "reviewer")
    parsed = read_items(page, reviews, lambda item: _mention(page, item), ids=needs[:1], needs=needs)
    parsed.ratings.extend(_average(page, value))
    return parsed


def _is_empty_answer(page: Page, value: dict[str, Any]) -> bool:
    """Google leaves out what is empty: `{}` answers for a place that nobody has reviewed."""
    return not value and urlsplit(page.url).path.endswith("/reviews") and page.body.strip() == b"{}"


def _mention(page: Page, item: dict[str, Any]) -> Mention:
    """Raises ValueError for a review without an id, or with neither stars nor words."""
    number, now, place = _number(item), page.collected_at, _place_of(page)
    reviewer, reply = mapping(item.get("reviewer")), mapping(item.get("reviewReply"))
    source, at = f"googlebusiness:{_HOST}", iso_time(item.get("createTime"), now)
    named = None if reviewer.get("isAnonymous") is True else string(reviewer.get("displayName"))
    return Mention(
        source=source,
        kind="review",
        target=page.target,
        native_id=number,
        text=_words(item.get("comment")) or None,
        **rated(_STARS.get(string(item.get("starRating")) or ""), 1.0, 5.0),
        **authorship(page, source, named),
        **published(at),
        collected_at=now,
        edited_at=later(iso_time(item.get("updateTime"), now), at),
        owner_reply=_words(reply.get("comment")) or None,
        segments={"location": place} if place else None,
    )


def _number(item: dict[str, Any]) -> str:
    name = string(item.get("name"))
    number = string(item.get("reviewId")) or (name.rpartition("/")[2] if name else "")
    if not number:
        raise ValueError("review without an id")
    return number if len(number) <= 200 else digest(number)[:32]


def _words(value: Any) -> str:
    """What the person wrote: where Google put a translation beside it, the original alone."""
    text = (string(value) or "")[:_MOST_TEXT]
    if _TRANSLATED in text:
        before, _, after = text.partition(_TRANSLATED)
        text = after.partition(_ORIGINAL)[2] or before or after
    return mask_handles(clean(text))


def _place_of(page: Page) -> str | None:
    parts = [unquote(part) for part in urlsplit(page.url).path.split("/") if part]
    after = [parts[place + 1] for place, part in enumerate(parts[:-1]) if part == "locations"]
    return after[0][:100] if after else None


def _average(page: Page, value: dict[str, Any]) -> list[RatingSnapshot]:
    average, total = value.get("averageRating"), count(value.get("totalReviewCount"))
    if isinstance(average, bool) or not isinstance(average, int | float) or not 1 <= average <= 5:
        return []
    return [RatingSnapshot(page.url, page.collected_at, None, float(average), 1.0, 5.0, total, total)]


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Every place's reviews, changed last first, down to what was read before."""
    base, places = api_base(visit, _API), _places(visit)
    owner = _owner(visit)
    for place in places:

        async def step(token: str, place: str = place) -> tuple[Taken, str | None]:
            asked = {"pageSize": _SIZE, "orderBy": "updateTime desc", "pageToken": token or None}
            answer = await owner.fetch(with_query(f"{base}/{place}/reviews", **asked))
            taken = visit.read(answer)
            return taken, string(mapping(visit.json(answer)).get("nextPageToken"))

        await descend(visit, place, "", step, exact=False)


def _owner(visit: Visit) -> Login:
    """The owner's login: a refresh token that never leaves for anywhere but Google's token endpoint."""
    names = ("client_id", "client_secret", "refresh_token")
    form = {name: visit.key(name) for name in names} | {"grant_type": "refresh_token"}
    url = str(visit.option("tokens", _TOKENS))

    async def renew() -> str:
        return await oauth_token(visit, url, form, "refresh_token", "client_id", "client_secret")

    return Login(visit, renew)


def _places(visit: Visit) -> list[str]:
    """`accounts/A/locations/L` for each place that the target names."""
    account, found = (texts(visit, "account") or [""])[0], texts(visit, "location", "locations")
    whole = [place if place.startswith("accounts/") else _joined(account, place) for place in found]
    if not whole or not all(_is_place(place) for place in whole):
        advice = 'give account = "A" and location = "L", or location = "accounts/A/locations/L"'
        raise BadTarget("no place to read reviews of", where=visit.target.name, next_step=advice)
    return [quote(place) for place in whole]


def _joined(account: str, place: str) -> str:
    numbers = account.removeprefix("accounts/"), place.removeprefix("locations/")
    return "accounts/{}/locations/{}".format(*numbers)


def _is_place(place: str) -> bool:
    parts = place.split("/")
    return len(parts) == 4 and parts[::2] == ["accounts", "locations"] and all(parts)


SOURCE = Source(
    kind="googlebusiness",
    summary="Google Business Profile: reviews of one's own places",
    spider=walk,
    parser=parse,
    needs="the owner's login",
    standing="experimental",
    terms="The owner's own reviews, through the API that Google opens to owners on request.",
    options={
        "account": "the account's number",
        "location": "the place's number, or accounts/A/locations/L",
        "locations": "several places",
        "client_id": "in secrets.toml or SAYSO_GOOGLEBUSINESS_CLIENT_ID: of the project that Google let in",
        "client_secret": "in secrets.toml or SAYSO_GOOGLEBUSINESS_CLIENT_SECRET",
        "refresh_token": "in secrets.toml or SAYSO_GOOGLEBUSINESS_REFRESH_TOKEN: of the owner's login",
        "api": "another address of the API",
        "tokens": "another address that changes the refresh token for an access token",
        "max_pages": "pages of one run at most",
    },
)
