"""robots.txt, obeyed: what it forbids, how long it asks to wait, and AutoThrottle that never goes below that.

After RFC 9309: 4xx means that nothing is forbidden, 5xx and 429 mean that everything is, until it answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawlers.errors import RobotsForbidden

MAX_ROBOTS = 500 * 1024
"""Bytes of a robots.txt that are read, as RFC 9309 asks at least."""
GRANTED = "sayso_granted"
"""Meta key of a request to an API for which its owner gave us a key: see Visit.fetch."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one origin's robots.txt says to us. `unreadable` is the status that kept us from reading it;
    `delay` its Crawl-delay (or the pause of its Request-rate) in seconds."""

    parser: Protego | None = None
    unreadable: int | None = None
    delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def check(self, url: str, agent: str) -> None:
        """Raises RobotsForbidden."""
        if self.unreadable:
            raise RobotsForbidden(
                f"robots.txt answered {self.unreadable}, which forbids all",
                where=url,
                next_step="the next run asks again",
            )
        if self.parser is not None and not self.parser.can_fetch(url, agent):
            raise RobotsForbidden(
                "robots.txt forbids it", where=url, next_step="ask the site, or drop the target"
            )


class RobotsMiddleware:
    """Asks each origin's robots.txt once a run, before anything else is fetched there."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, settings = crawler, crawler.settings
        self._agent = str(settings["USER_AGENT"])
        self._cap = settings.getfloat("SAYSO_MAX_CRAWL_DELAY")
        self._retries, self._backoff = settings.getint("SAYSO_RETRIES"), settings.getfloat("SAYSO_BACKOFF")
        self._rules: dict[str, asyncio.Task[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """What Scrapy calls with its settings."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises RobotsForbidden, or what kept robots.txt from being fetched."""
        if not request.meta.get("is_robots") and not request.meta.get(GRANTED):
            (await self.rules(request.url)).check(request.url, self._agent)

    async def rules(self, url: str) -> Rules:
        """The rules of the origin of `url`. A failure to connect is raised, and asked again next time."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._ask(origin))
        try:
            return await asyncio.shield(self._rules[origin])
        except Exception:
            self._rules.pop(origin, None)
            raise

    async def _ask(self, origin: str) -> Rules:
        request = Request(
            f"{origin}/robots.txt",
            meta={"is_robots": True},
            callback=NO_CALLBACK,
            dont_filter=True,
            priority=1000,
        )
        for attempt in range(self._retries + 1):
            try:
                response = await self._crawler.engine.download_async(request.copy())
            except IgnoreRequest:
                return Rules()  # redirected in circles: as good as absent
            if response.status < 500 and response.status != 429:
                break
            await asyncio.sleep(self._backoff * 2**attempt if attempt < self._retries else 0)
        rules = self._read(response)
        self.pace(urlsplit(origin).hostname or "", rules.delay)
        return rules

    def _read(self, response: Response) -> Rules:
        if response.status >= 500 or response.status == 429:
            return Rules(unreadable=response.status)
        if response.status >= 300:
            return Rules()
        parser = Protego.parse(response.body[:MAX_ROBOTS].decode("utf-8-sig", "replace"))
        return Rules(parser, None, _delay(parser, self._agent), tuple(parser.sitemaps))

    def pace(self, host: str, delay: float) -> None:
        """Lengthens the pause of the host's slot, which exists already: robots.txt came through it."""
        downloader = self._crawler.engine.downloader
        pause = min(delay, self._cap)
        if pause <= max(downloader.per_slot_settings.get(host, {}).get("delay", 0), downloader._delay):
            return
        downloader.per_slot_settings[host] = {"delay": pause, "concurrency": 1}
        if host in downloader.slots:
            downloader.slots[host].delay = pause
            downloader.slots[host].concurrency = 1


def _delay(parser: Protego, agent: str) -> float:
    """Seconds between two requests that robots.txt asks for; 0 where it asks nothing that makes sense."""
    asked = parser.crawl_delay(agent) or 0.0
    rate = parser.request_rate(agent)
    if rate and rate.requests:
        asked = max(asked, rate.seconds / rate.requests)
    return max(float(asked), 0.0)


class Throttle(AutoThrottle):
    """AutoThrottle that keeps the pause which robots.txt asked for as its floor."""

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        settings = self.crawler.engine.downloader.per_slot_settings
        host = urlsplit(response.url).hostname or ""
        slot.delay = max(slot.delay, settings.get(host, {}).get("delay", 0.0))
