"""Kind `youtube`: comments below videos, and the words of the videos themselves, through the Data API v3.

Format: the API's discovery document and its reference; no live answer was seen, so whatever is absent
is taken as absent and reported. What is searched for are review videos: their title and description are a
mention, and so are their comments with all replies. Comments come newest first; a new reply to an old comment
is found by the sweep of `recheck_days`.

Every request costs units of a day's quota (a search 100, anything else 1), counted per target and capped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from crawlers.errors import BadTarget, CommentsOff, CrawlError, HttpError, QuotaUsedUp, RateLimited
from crawlers.fetch import Answer
from crawlers.items import authorship, count, iso_time, language_code, later, published, read_items
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.logins import refused, said
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import Words, clean, mask_handles
from crawlers.visit import Taken, Visit
from crawlers.walks import api_base, descend, on_site, search_terms, texts, with_query

_API, _SITE = "https://www.googleapis.com/youtube/v3", "www.youtube.com"
_SITES = ("youtube.com", "youtu.be")
_SIZE, _VIDEOS_AT_ONCE, _SEARCH_COST, _MOST_TEXT = 100, 50, 100, 50_000
_UNITS_A_DAY, _VIDEOS_OF_A_SEARCH = 9_000, 100
_PACIFIC = timezone(
    timedelta(hours=-8)
)  # the quota's day begins at midnight there, in summer an hour earlier
_VIDEO, _CHANNEL = re.compile(r"[\w-]{11}", re.ASCII), re.compile(r"UC[\w-]{22}", re.ASCII)
_USED_UP = {"quotaExceeded", "dailyLimitExceeded"}
_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded"}
_NO_KEY = {
    "keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "SERVICE_DISABLED",
    "API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED",
}  # fmt: skip


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Comment threads, comments, or videos. What a search finds only leads to them.

    Raises ParseError for anything else.
    """
    items = mapping(load_json(page)).get("items")
    if not isinstance(items, list):
        raise ParseError(f"{page.url}: expected items of YouTube")
    flat = [item for raw in items for item in _flat(mapping(raw))]
    words, videos = Words(), any("title" in item for item in flat)
    needs = ("id", "publishedAt", "title" if videos else "textDisplay")
    return read_items(page, flat, lambda item: _mention(page, item, words), ids=("id",), needs=needs)


def _flat(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every comment of a thread, or the one thing that an item is, with the fields of its snippet on top."""
    if isinstance(item.get("id"), dict):
        return  # a search result: its words are cut
    snippet = mapping(item.get("snippet"))
    if "topLevelComment" in snippet:
        top = mapping(snippet["topLevelComment"])
        around = {"replies": snippet.get("totalReplyCount"), "isPublic": snippet.get("isPublic")}
        yield (
            {"videoId": snippet.get("videoId")} | mapping(top.get("snippet")) | around | {"id": top.get("id")}
        )
        for reply in listing(mapping(item.get("replies")).get("comments")):
            given = mapping(mapping(reply).get("snippet"))
            above = {"parentId": top.get("id"), "videoId": snippet.get("videoId")}
            yield above | given | {"id": mapping(reply).get("id")}
    else:
        yield snippet | {"id": item.get("id"), "statistics": item.get("statistics")}


def _mention(page: Page, item: dict[str, Any], words: Words) -> Mention:
    """Raises ValueError for an item without an id, without words, or that is not public."""
    number = string(item.get("id"))
    if number is None or len(number) > 200:
        raise ValueError("item without an id")
    if item.get("isPublic") is False:
        raise ValueError("not public")
    is_video = "title" in item
    described = _video(item, number) if is_video else _comment(page, item, number, words)
    source, now = f"youtube:{_SITE}", page.collected_at
    name = string(item.get("channelTitle" if is_video else "authorDisplayName"))
    person = item.get("channelId") if is_video else mapping(item.get("authorChannelId")).get("value")
    at = iso_time(item.get("publishedAt"), now)
    return Mention(
        source=source,
        target=page.target,
        native_id=number,
        **described,
        **authorship(page, source, name, string(person)),
        **published(at),
        collected_at=now,
        edited_at=later(iso_time(item.get("updatedAt"), now), at),
    )


def _video(item: dict[str, Any], number: str) -> dict[str, Any]:
    title, text = (
        mask_handles(clean((string(item.get(key)) or "")[:_MOST_TEXT])) for key in ("title", "description")
    )
    figures = mapping(item.get("statistics"))
    spoken = string(item.get("defaultAudioLanguage")) or string(item.get("defaultLanguage")) or ""
    return {
        "kind": "post",
        "url": f"https://{_SITE}/watch?v={number}",
        "title": title if text else None,
        "text": text or title,
        "likes": count(figures.get("likeCount")),
        "replies": count(figures.get("commentCount")),
        "lang": language_code(spoken),
    }


def _comment(page: Page, item: dict[str, Any], number: str, words: Words) -> dict[str, Any]:
    text = _text(page, item, words)
    if not text:
        raise ValueError("no text of its own")
    above = string(item.get("parentId"))
    video = string(item.get("videoId")) or string(page.options.get("video_id"))
    address = with_query(f"https://{_SITE}/watch", v=video, lc=number)
    return {
        "kind": "reply" if above else "comment",
        "parent_id": above or video,
        "url": address if video else None,
        "text": text,
        "likes": count(item.get("likeCount")),
        "replies": None if above else count(item.get("replies")),
    }


def _text(page: Page, item: dict[str, Any], words: Words) -> str:
    """The API gives markup unless it was asked for plain text."""
    plain = string(item.get("textOriginal"))
    shown = string(item.get("textDisplay")) or ""
    if plain is None and "textFormat=plainText" in urlsplit(page.url).query:
        plain = shown
    return mask_handles(words.of(shown) if plain is None else clean(plain[:_MOST_TEXT]))


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """Videos and channels that the target names; else, or where it searches too, what its searches find."""
    api = _Api(visit)
    videos, channel = _videos(visit), _channel(visit)
    searches = texts(visit, "query", "queries") or ([] if videos or channel else search_terms(visit))
    for term in searches:
        videos += [found for found in await _search(api, term) if found not in videos]
    for start in range(0, len(videos), _VIDEOS_AT_ONCE):
        await _watch(api, videos[start : start + _VIDEOS_AT_ONCE])
    if channel:
        number = await _number_of(api, channel)
        await _threads(api, f"channel {number}", allThreadsRelatedToChannelId=number)


class _Api:
    """The API of one visit: its key, and the units of its day."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.base, self.key = visit, api_base(visit, _API, *_SITES), visit.key("key")
        self.cap: int = visit.option("units_per_day", _UNITS_A_DAY)
        self.day = datetime.now(_PACIFIC).date().isoformat()

    async def get(self, method: str, *, cost: int = 1, **query: object) -> Answer:
        """The answer of a method.

        Raises QuotaUsedUp, RateLimited, RefusedKey, CommentsOff, or another CrawlError.
        """
        url = with_query(f"{self.base}/{method}", **query)
        self._spend(cost, url)
        try:
            return await self.visit.fetch(url, hidden={"key": self.key}, granted=True)
        except HttpError as error:
            raise self._named(error, url) from None

    def _spend(self, cost: int, url: str) -> None:
        """Counts before it asks: a request that fails costs as much."""
        kept = mapping(self.visit.marks.get("units"))
        spent = integer(kept.get("spent")) or 0 if kept.get("day") == self.day else 0
        if spent + cost > self.cap:
            what = f"{spent} of {self.cap} units of the day are spent, and this costs {cost}"
            advice = "tomorrow's run continues; units_per_day sets the share of this target"
            raise QuotaUsedUp(what, where=url, next_step=advice)
        self.visit.mark(units={"day": self.day, "spent": spent + cost})

    def _named(self, error: HttpError, url: str) -> CrawlError:
        reasons = said(error)
        if reasons & _USED_UP:
            advice = "the quota is renewed at midnight Pacific time; the next run continues"
            return QuotaUsedUp("the key's quota of the day is used up", where=url, next_step=advice)
        if reasons & _TOO_FAST:
            return RateLimited(error.status, where=url, next_step="the next run continues")
        if reasons & _NO_KEY or error.status == 401:
            return refused(self.visit, "key", where=url)
        if "commentsDisabled" in reasons:
            return CommentsOff("its comments are turned off", where=url)
        return error


def _videos(visit: Visit) -> list[str]:
    """Ids of the videos that the target names, or its own address.

    Raises BadTarget for what is no video.
    """
    stated = texts(visit, "video", "videos")
    found = [video_id(each) for each in stated] or [video_id(visit.target.url or "")]
    if stated and None in found:
        advice = "give ids or addresses of videos"
        raise BadTarget("a video cannot be used", where=visit.target.name, next_step=advice)
    return [video for video in found if video]


def video_id(named: str) -> str | None:
    """The id of a video, or of the one at an address (watch?v=, youtu.be/, shorts/, embed/, live/)."""
    if _VIDEO.fullmatch(named):
        return named
    parts = urlsplit(named)
    path = [part for part in parts.path.split("/") if part]
    given = parse_qs(parts.query).get("v", path[-1:] if path else [""])[0] if on_site(named, *_SITES) else ""
    leads = parts.hostname == "youtu.be" or path[:1] in (["watch"], ["shorts"], ["embed"], ["live"])
    return given if leads and _VIDEO.fullmatch(given) else None


def _channel(visit: Visit) -> str | None:
    """The channel asked for, by its id or its @name; else that of the target's address."""
    stated = texts(visit, "channel")
    path = [unquote(part) for part in urlsplit(visit.target.url or "").path.split("/") if part]
    if not stated and on_site(visit.target.url or "", *_SITES):
        stated = path[1:2] if path[:1] == ["channel"] else [part for part in path[:1] if part[0] == "@"]
    return stated[0] if stated else None


async def _number_of(api: _Api, channel: str) -> str:
    """A channel's id by its @name. Raises BadTarget where nobody goes by it."""
    if _CHANNEL.fullmatch(channel):
        return channel
    answer = await api.get("channels", part="id", forHandle=f"@{channel.lstrip('@')}")
    items = listing(mapping(api.visit.json(answer)).get("items"))
    found = string(mapping(items[0]).get("id")) if items else None
    if found is None:
        advice = "give its id (UC...) or its @name"
        raise BadTarget("YouTube knows no such channel", where=api.visit.target.name, next_step=advice)
    return found


async def _search(api: _Api, term: str) -> list[str]:
    """Ids of videos that a search found, now and earlier, the newest first. One search a day: it is dear."""
    visit, part = api.visit, f"search {term} {api.day}"
    found, searched = (dict(mapping(visit.marks.get(name))) for name in ("found", "searched"))
    known = [video for video in listing(found.get(term)) if isinstance(video, str)]
    if visit.done_before(part):
        return known
    since = None if visit.whole else string(searched.get(term))
    fresh = await _found(api, term, since)
    most = visit.option("search_videos", _VIDEOS_OF_A_SEARCH)
    videos = list(dict.fromkeys([*fresh, *known]))[:most]
    visit.mark(found=found | {term: videos}, searched=searched | {term: api.day})
    visit.note_done(part)
    return videos


async def _found(api: _Api, term: str, since: str | None) -> list[str]:
    """Ids of the videos of a search: those that fit best, or the newest since the day before `since`."""
    languages, found, token = texts(api.visit, "language"), list[str](), None
    asked: dict[str, Any] = {"order": "relevance"}
    if since:
        day = date.fromisoformat(since) - timedelta(days=1)  # Pacific, and indexes lag
        asked = {"order": "date", "publishedAfter": f"{day.isoformat()}T00:00:00Z"}
    for _ in range(api.visit.option("search_pages", 1)):
        answer = await api.get(
            "search", cost=_SEARCH_COST, part="snippet", type="video", q=term, maxResults=_VIDEOS_AT_ONCE,
            relevanceLanguage=languages[0] if languages else None, pageToken=token, **asked,
        )  # fmt: skip
        value = mapping(api.visit.json(answer))
        ids = (mapping(mapping(item).get("id")).get("videoId") for item in listing(value.get("items")))
        found += [video for video in ids if isinstance(video, str) and _VIDEO.fullmatch(video)]
        token = string(value.get("nextPageToken"))
        if token is None:
            break
    return found


async def _watch(api: _Api, videos: list[str]) -> None:
    """The words of up to 50 videos, then their comments where there are more than last time."""
    visit = api.visit
    answer = await api.get("videos", part="snippet,statistics", id=",".join(videos))
    if visit.option("descriptions", default=True):
        visit.read(answer)
    items = [mapping(item) for item in listing(mapping(visit.json(answer)).get("items"))]
    counts = {item.get("id"): mapping(item.get("statistics")).get("commentCount") for item in items}
    for video in videos:
        part = f"comments {video} {counts.get(video)}"
        if video not in counts:
            visit.report.warn(f"YouTube shows no video {video}: it is gone or private")
            continue
        if counts[video] is not None and visit.done_before(part):
            continue  # nobody has said anything since
        if await _threads(api, f"video {video}", videoId=video):
            visit.note_done(part)


async def _threads(api: _Api, name: str, **scope: Any) -> bool:
    """All comments of a video or of a channel's videos, newest first; whether they could be read."""
    only, failed = texts(api.visit, "only"), list[str]()

    async def step(token: str) -> tuple[Taken, str | None]:
        answer = await api.get(
            "commentThreads", part="snippet,replies", order="time", textFormat="plainText", maxResults=_SIZE,
            searchTerms=only[0] if only else None, pageToken=token or None, **scope,
        )  # fmt: skip
        taken, value = api.visit.read(answer), mapping(api.visit.json(answer))
        failed.extend([token] if taken.failed else [])
        if api.visit.option("replies", default=True):
            for thread in listing(value.get("items")):
                await _replies(api, mapping(thread))
        return taken, string(value.get("nextPageToken"))

    try:
        await descend(api.visit, name, "", step, exact=False)
    except CommentsOff as error:
        api.visit.failed(error)
    except HttpError as error:
        if error.status != 404:
            raise
        api.visit.failed(error)
    return not failed


async def _replies(api: _Api, thread: dict[str, Any]) -> None:
    """The replies of a thread beyond those few that came with it."""
    snippet = mapping(thread.get("snippet"))
    total = integer(snippet.get("totalReplyCount")) or 0
    number = string(mapping(snippet.get("topLevelComment")).get("id"))
    part = f"replies {number} {total}"
    given = listing(mapping(thread.get("replies")).get("comments"))
    if number is None or total <= len(given) or api.visit.done_before(part):
        return
    token, seen = None, set[str | None]()
    while token not in seen:
        seen.add(token)
        answer = await api.get(
            "comments", part="snippet", parentId=number, textFormat="plainText", maxResults=_SIZE,
            pageToken=token,
        )  # fmt: skip
        if api.visit.read(answer, options={"video_id": snippet.get("videoId")}).failed:
            return  # the visit knows; the next run asks again
        token = string(mapping(api.visit.json(answer)).get("nextPageToken"))
        if token is None:
            api.visit.note_done(part)
            return


SOURCE = Source(
    kind="youtube",
    summary="YouTube: comments below videos, of a channel, and below review videos found by a search",
    spider=walk,
    parser=parse,
    needs="a key",
    standing="experimental",
    terms="Data API terms: what is kept is renewed or deleted within 30 days; name YouTube.",
    retention_days=30,
    options={
        "video": "a video, by its id or address; or give its address as url",
        "videos": "several of them",
        "channel": "all videos of a channel, by its id (UC...) or @name; or give its address as url",
        "query": "search for review videos; the brand's name if no video, channel or query is given",
        "queries": "several searches",
        "language": "a search's language (lv, cs, ru...)",
        "search_pages": "pages of 50 videos of a search, 100 units each; 1 if absent",
        "search_videos": "how many videos of a search are followed; 100 if absent",
        "descriptions": "false: not the videos' own words",
        "replies": "false: not more replies than come with a comment (5)",
        "only": "only comments with these words: for busy channels",
        "units_per_day": "units of the quota that this target may spend; 9000 if absent, a key has 10,000",
        "key": "in secrets.toml or SAYSO_YOUTUBE_KEY: the API key",
        "api": "another address of the API",
        "max_pages": "requests of one run at most",
    },
)
