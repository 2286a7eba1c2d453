"""Kind `yandexmarket`: what buyers say of one's own goods on Yandex Market, through the sellers' API.

Format: the API's documentation, not yet seen from a shop. An answer reaches over half a year at most: the
walk goes from now back, window by window, to `since`. Its pages are called `pageToken` in the documentation
and `page_token` in clients: both are sent. It says 420 where others say 429.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from typing import Any

from crawlers.errors import BadTarget, HttpError
from crawlers.fetch import Answer
from crawlers.gaps import Gaps
from crawlers.items import authorship, count, iso_time, published, rated, read_items, truth
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.logins import refused
from crawlers.mention import Mention
from crawlers.numbers import number
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import clean, mask_handles
from crawlers.visit import Visit
from crawlers.walks import Window, api_base, texts, with_query

_API, _SITE = "https://api.partner.market.yandex.ru", "market.yandex.ru"
_SIZE, _WINDOW, _OVERLAP = 50, 180 * 86_400, 7 * 86_400
"""Items of a page; seconds of a window, and of what is asked again: reviews are checked before they show."""
_SINCE = "2015-01-01"
_PAUSE = 0.75
"""Seconds: 5,000 requests an hour."""
_LONGEST = 100_000


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Reviews of goods, or the comments below one of them.

    Raises ParseError for anything else.
    """
    result = mapping(mapping(load_json(page)).get("result"))
    reviews, comments = result.get("feedbacks"), result.get("comments")
    if isinstance(reviews, list):
        needs = ("feedbackId", "createdAt", "description", "statistics")
        return read_items(page, reviews, lambda item: _review(page, item), ids=needs[:1], needs=needs)
    if isinstance(comments, list):
        needs = ("id", "text", "author", "feedbackId")
        others = [item for item in comments if not _is_shop(mapping(item))]  # the shop's stand at its review
        return read_items(page, others, lambda item: _comment(page, item), ids=needs[:1], needs=needs)
    raise ParseError(f"{page.url}: expected feedbacks or comments of Yandex Market")


def _review(page: Page, item: dict[str, Any]) -> Mention:
    """Raises ValueError for a review without an id, or with neither words nor stars."""
    native, said = integer(item.get("feedbackId")), mapping(item.get("description"))
    if native is None:
        raise ValueError("review without an id")
    figures, source, now = mapping(item.get("statistics")), f"yandexmarket:{_SITE}", page.collected_at
    goods = mapping(item.get("identifiers"))
    product = string(goods.get("offerId")) or goods.get("modelId")
    advised = truth(figures.get("recommended"))
    paid = integer(figures.get("paidAmount"))
    segments = {"recommended": str(advised).lower() if advised is not None else None}
    segments["paid"] = "true" if paid else None
    return Mention(
        source=source,
        kind="review",
        target=page.target,
        native_id=str(native),
        text=_words(said.get("comment")) or None,
        pros=_points(said.get("advantages")),
        cons=_points(said.get("disadvantages")),
        **rated(number(figures.get("rating")), 1.0, 5.0),
        **authorship(page, source, string(item.get("author"))),
        **published(iso_time(item.get("createdAt"), now)),
        collected_at=now,
        replies=count(figures.get("commentsCount")),
        owner_reply=string(mapping(page.options.get("answers")).get(str(native))),
        product=clean(str(product))[:500] if product else None,
        segments={name: value for name, value in segments.items() if value} or None,
    )


def _comment(page: Page, item: dict[str, Any]) -> Mention:
    """Raises ValueError for a comment without an id or words, or that is not shown."""
    native, below = integer(item.get("id")), integer(item.get("feedbackId"))
    if native is None:
        raise ValueError("comment without an id")
    if item.get("status", "PUBLISHED") != "PUBLISHED":
        raise ValueError("not public")
    above, source = integer(item.get("parentId")), f"yandexmarket:{_SITE}"
    return Mention(
        source=source,
        kind="reply",
        target=page.target,
        native_id=f"comment-{native}",
        parent_id=f"comment-{above}" if above is not None else str(below) if below is not None else None,
        text=_words(item.get("text")) or None,
        **authorship(page, source, string(mapping(item.get("author")).get("name"))),
        collected_at=page.collected_at,
    )


def _is_shop(comment: dict[str, Any]) -> bool:
    return mapping(comment.get("author")).get("type") == "BUSINESS"


def _words(value: Any) -> str:
    return mask_handles(clean((string(value) or "")[:_LONGEST]))


def _points(value: Any) -> list[str] | None:
    return [line for line in _words(value).split("\n") if line] or None


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """The shop's reviews from now back to what was read before, or to `since`."""
    shop, since = _Shop(visit), _since(visit)
    if shop.base == _API:
        await visit.pace(shop.base, _PAUSE)
    gaps = Gaps.load(mapping(visit.marks.get("windows")))
    gaps.begin(whole=visit.whole)
    while gaps.current:
        upper, lower = gaps.current
        reach = upper or int(time.time()) + 1
        start = max(reach - _WINDOW, lower - _OVERLAP, since)
        if start < reach and not await shop.read(Window(reach, start)):
            return  # the visit knows; the next run goes on here
        gaps.got([reach, start], end=start <= max(lower, since))
        visit.mark(windows=gaps.dump())


def _since(visit: Visit) -> int:
    try:
        day = date.fromisoformat(str(visit.option("since", _SINCE)))
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    except ValueError:
        advice = 'give since = "2024-01-31"'
        raise BadTarget("since is no day", where=visit.target.name, next_step=advice) from None


class _Shop:
    """One seller's cabinet: its number, its key, what is asked for."""

    def __init__(self, visit: Visit) -> None:
        base = api_base(visit, _API, "yandex.ru", "yandex.com")
        self.base, _, rest = base.partition("/v2/businesses/")
        self.visit, number = visit, (texts(visit, "business") or [rest.partition("/")[0]])[0]
        if not (number.isascii() and number.isdigit()):
            advice = "give business = NUMBER, the cabinet's number"
            raise BadTarget("no cabinet to read reviews of", where=visit.target.name, next_step=advice)
        self.path = f"{self.base}/v2/businesses/{number}/goods-feedback"
        self.headers = {"Api-Key": visit.key("key"), "Content-Type": "application/json"}
        self.comments = visit.option("comments", default=False)

    async def read(self, window: Window) -> bool:
        """All reviews of a window; False where a page of them could not be read."""
        asked = {"dateTimeFrom": _iso(window.lower), "dateTimeTo": _iso(window.upper or 0)}
        token, seen = "", set[str]()
        while token not in seen:
            seen.add(token)
            answer = await self._ask(self.path, token, {**asked, "reactionStatus": "ALL"})
            result = mapping(mapping(self.visit.json(answer)).get("result"))
            answers = await self._answers(listing(result.get("feedbacks"))) if self.comments else {}
            if self.visit.read(answer, options={"answers": answers}).failed:
                return False
            token = _following(result) or token
        return True

    async def _answers(self, reviews: list[Any]) -> dict[str, str]:
        """Reads the comments below these reviews; gives what the shop itself says there, by review."""
        answers: dict[str, list[str]] = {}
        for review in map(mapping, reviews):
            native = integer(review.get("feedbackId"))
            if native is not None and count(mapping(review.get("statistics")).get("commentsCount")):
                answers[str(native)] = await self._thread(native)
        return {native: "\n".join(words) for native, words in answers.items() if words}

    async def _thread(self, native: int) -> list[str]:
        token, seen, words = "", set[str](), list[str]()
        while token not in seen:
            seen.add(token)
            answer = await self._ask(f"{self.path}/comments", token, {"feedbackId": native})
            self.visit.read(answer)
            result = mapping(mapping(self.visit.json(answer)).get("result"))
            own = [item for item in map(mapping, listing(result.get("comments"))) if _is_shop(item)]
            words += [text for item in own if (text := _words(item.get("text")))]
            token = _following(result) or token
        return words

    async def _ask(self, path: str, token: str, body: dict[str, Any]) -> Answer:
        url = with_query(path, limit=_SIZE, page_token=token or None, pageToken=token or None)
        sent = json.dumps(body).encode()
        try:
            return await self.visit.fetch(url, method="POST", headers=self.headers, body=sent, granted=True)
        except HttpError as error:
            if error.status in (401, 403):
                raise refused(self.visit, "key", where=url) from None
            raise


def _following(result: dict[str, Any]) -> str | None:
    return string(mapping(result.get("paging")).get("nextPageToken"))


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


SOURCE = Source(
    kind="yandexmarket",
    summary="Yandex Market: reviews of one's own goods",
    spider=walk,
    parser=parse,
    needs="a key",
    standing="experimental",
    terms="The seller's own goods, with a key of the cabinet; 5,000 requests an hour.",
    options={
        "business": "the cabinet's number; or give .../v2/businesses/NUMBER as url",
        "since": "the day from which on reviews are read; 2015-01-01 if absent",
        "comments": "true: also comments below reviews, and the shop's answers: one request more a review",
        "key": "in secrets.toml or SAYSO_YANDEXMARKET_KEY: may read communication, or all in read-only",
        "api": "another address of the API",
        "max_pages": "requests of one run at most",
    },
)
