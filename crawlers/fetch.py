"""One page at a time: retries, Retry-After, conditional requests, and every failure under its own name."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from OpenSSL import SSL
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from service_identity import VerificationError

from crawlers.errors import (
    BrokenAnswer,
    CrawlError,
    ForbiddenUrl,
    HttpError,
    PageTooLarge,
    RateLimited,
    TooManyRedirects,
    Unreachable,
    UntrustedCertificate,
    WrongType,
)
from crawlers.robots import GRANTED, RobotsMiddleware, Rules
from crawlers.settings import Manners
from crawlers.state import Validators

_OPAQUE = ("image/", "audio/", "video/", "font/", "model/", "application/pdf", "application/zip")
_RETRIED = (Unreachable, BrokenAnswer)
_TOO_MANY = (420, 429)
"""Too many requests; 420 is how some said it before there was 429, and some still do."""
_MOST_SAID = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered. `asked` is the address that was asked, `url` where redirects led.

    `headers` has lower-case names; repeated headers are joined by commas. `not_modified` is an answer 304:
    the body is empty, the page is as it was when it was last read.
    """

    asked: str
    url: str
    status: int
    body: bytes
    headers: Mapping[str, str]
    collected_at: datetime

    @property
    def not_modified(self) -> bool:
        """Whether the source says that nothing changed."""
        return self.status == 304

    @property
    def validators(self) -> Validators:
        """ETag and Last-Modified as sent."""
        return Validators(self.headers.get("etag"), self.headers.get("last-modified"))

    @property
    def content_type(self) -> str:
        """The media type, lower case, without parameters; empty if the header is absent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the header states."""
        return charset_of(self.headers.get("content-type", ""))


@functools.lru_cache(maxsize=256)
def charset_of(content_type: str) -> str | None:
    """The charset that a Content-Type header states; hosts send few of them, again and again."""
    message = Message()
    message["content-type"] = content_type
    value = message.get_param("charset")
    return value if isinstance(value, str) and value else None


class Fetcher:
    """Fetches through Scrapy's downloader: its slots keep the pace, our middlewares guard and obey."""

    def __init__(self, crawler: Crawler, manners: Manners) -> None:
        self._crawler, self._manners = crawler, manners
        self._resting: dict[str, float] = {}

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes = b"",
        granted: bool = False,
    ) -> Answer:
        """The answer at `url`: 2xx, or 304 if the headers asked a condition. `granted` as in Visit.fetch.

        Raises a CrawlError that names the reason, after the retries that the manners allow.
        """
        for attempt in range(self._manners.retries + 1):
            last = attempt == self._manners.retries
            try:
                return await self._once(url, headers or {}, method, body, granted=granted)
            except RateLimited as error:
                await self._rest(url, error, attempt, last=last)
            except HttpError as error:
                if error.status < 500 or last:
                    raise
                await self._pause(attempt)
            except _RETRIED:
                if last:
                    raise
                await self._pause(attempt)
        raise Unreachable("no answer", where=url)  # not reached: the last attempt returns or raises

    async def rules(self, url: str) -> Rules:
        """What robots.txt of this origin says.

        Raises a CrawlError if it cannot be fetched.
        """
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is None:
            return Rules()
        try:
            return await robots.rules(url)
        except Exception as error:
            raise named(error, url) from error

    async def pace(self, url: str, seconds: float) -> None:
        """Keeps at least `seconds`, or what robots.txt asks if longer, between two requests to a host.

        Raises a CrawlError if robots.txt cannot be fetched.
        """
        await self.rules(url)
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is not None:
            robots.pace(urlsplit(url).hostname or "", seconds)

    async def _once(
        self, url: str, headers: Mapping[str, str], method: str, body: bytes, *, granted: bool
    ) -> Answer:
        host = urlsplit(url).netloc
        await asyncio.sleep(max(0.0, self._resting.get(host, 0.0) - time.monotonic()))
        request = Request(
            url,
            method=method,
            body=body,
            headers=dict(headers),
            meta={GRANTED: granted, "dont_redirect": granted},
            dont_filter=True,
            callback=NO_CALLBACK,
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:
            raise named(error, url) from error
        return _checked(url, response, granted=granted)

    async def _rest(self, url: str, error: RateLimited, attempt: int, *, last: bool) -> None:
        """The host asked for a pause: nobody asks it anything until then."""
        wait = error.wait if error.wait is not None else self._manners.backoff * 2**attempt
        if last or wait > self._manners.max_wait:
            error.next_step = f"it asks to wait {wait:.0f} s; the next run continues"
            raise error
        host = urlsplit(url).netloc
        self._resting[host] = max(self._resting.get(host, 0.0), time.monotonic() + wait)

    async def _pause(self, attempt: int) -> None:
        await asyncio.sleep(self._manners.backoff * 2**attempt)


def _checked(url: str, response: Response, *, granted: bool) -> Answer:
    answer = Answer(
        asked=url,
        url=response.url,
        status=response.status,
        body=response.body,
        headers=_headers(response),
        collected_at=datetime.now(UTC),
    )
    if answer.status in _TOO_MANY or (answer.status == 503 and "retry-after" in answer.headers):
        raise RateLimited(answer.status, where=url, wait=retry_after(answer.headers.get("retry-after")))
    if answer.status in (301, 302, 303, 307, 308):
        if granted:
            raise ForbiddenUrl(
                "redirects, and a key is for nobody else", where=url, next_step="check the address"
            )
        scheme = urlsplit(answer.headers.get("location", "")).scheme
        raise ForbiddenUrl(f"redirects to {scheme or 'nowhere'}:", where=url, next_step="drop the target")
    if answer.status >= 400:
        said = answer.body[:_MOST_SAID]
        raise HttpError(answer.status, where=url, next_step="look at the page in a browser", body=said)
    if answer.content_type.startswith(_OPAQUE):
        raise WrongType(f"{answer.content_type} is not read", where=url)
    return answer


def _headers(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): b",".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for (a number or a date), or None where it says nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


_LATER, _CHECK, _LOOK = "the next run tries again", "check the address", "look at the page in a browser"
_NAMES: dict[type[Exception], tuple[type[CrawlError], str, str]] = {
    DownloadCancelledError: (PageTooLarge, "the answer is larger than the cap", "raise max_page_mb"),
    DownloadTimeoutError: (Unreachable, "no whole answer in time", _LATER),
    CannotResolveHostError: (Unreachable, "the host's name is unknown", _CHECK),
    DownloadConnectionRefusedError: (Unreachable, "the connection was refused", _CHECK),
    DownloadFailedError: (BrokenAnswer, "the answer broke off", _LATER),
    ResponseDataLossError: (BrokenAnswer, "the answer broke off", _LATER),
    UnsupportedURLSchemeError: (ForbiddenUrl, "only http and https are fetched", _CHECK),
    IgnoreRequest: (TooManyRedirects, "redirected too often", _LOOK),
}


def named(error: Exception, url: str) -> CrawlError:
    """The named form of what Scrapy raised while fetching `url`."""
    if isinstance(error, CrawlError):
        return error
    if _is_about_tls(error):
        return UntrustedCertificate("its certificate is not trusted", where=url, next_step=_LOOK)
    for raised, (kind, what, advice) in _NAMES.items():
        if isinstance(error, raised):
            return kind(what, where=url, next_step=advice)
    return Unreachable(f"{type(error).__name__} while fetching", where=url, next_step=_CHECK)


def _is_about_tls(error: Exception) -> bool:
    """Whether Twisted failed because of the handshake; it wraps the reasons."""
    failures = getattr(error.__cause__, "reasons", None) or []
    reasons = [getattr(failure, "value", None) for failure in failures]
    return any(isinstance(reason, SSL.Error | VerificationError) for reason in reasons)
