"""Polite by default: the manners of a crawl, and how Scrapy is set to keep them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

VERSION = "0.1"
AGENT = "sayso"
"""The token by which robots.txt may address us."""


class Manners(BaseModel):
    """How a crawl behaves. Delays and timeouts in seconds, sizes in bytes.

    `allow_private` names hosts (`name`, `name:port`) on private or loopback addresses that may be fetched.
    `max_crawl_delay` caps what a robots.txt may ask for, so that one line cannot stall a run; a longer one is
    reported. `max_wait` is the longest Retry-After that is waited out; beyond it the target rests until the
    next run. `total_concurrency` targets are walked at a time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_agent: str | None = None
    contact: str | None = None
    delay: float = Field(default=1.0, ge=0)
    concurrency_per_host: int = Field(default=1, ge=1, le=16)
    total_concurrency: int = Field(default=16, ge=1)
    max_pages_per_target: int = Field(default=10_000, ge=1)
    max_page_bytes: int = Field(default=10_000_000, ge=1)
    allow_private: tuple[str, ...] = ()
    timeout: float = Field(default=30.0, gt=0)
    retries: int = Field(default=3, ge=0)
    backoff: float = Field(default=2.0, ge=0)
    max_crawl_delay: float = Field(default=60.0, ge=0)
    max_wait: float = Field(default=120.0, ge=0)
    max_redirects: int = Field(default=5, ge=0)

    @property
    def agent(self) -> str:
        """The User-Agent header: who we are and how to reach the person who runs this."""
        if self.user_agent:
            return self.user_agent
        return f"{AGENT}/{VERSION} ({self.contact})" if self.contact else f"{AGENT}/{VERSION}"


def scrapy_settings(manners: Manners) -> dict[str, Any]:
    """Scrapy's settings for these manners.

    Robots, unpacking and retries are our own middlewares and fetcher (robots.py, guard.py, fetch.py), because
    Scrapy takes an unreadable robots.txt for leave, a truncated gzip for a whole one, and no Retry-After.
    """
    return {
        "USER_AGENT": manners.agent,
        "ROBOTSTXT_OBEY": False,  # crawlers.robots obeys it, more strictly
        "TWISTED_DNS_RESOLVER": "crawlers.guard.GuardedResolver",
        "SAYSO_ALLOW_PRIVATE": list(manners.allow_private),
        "SAYSO_MAX_CRAWL_DELAY": manners.max_crawl_delay,
        "SAYSO_RETRIES": manners.retries,
        "SAYSO_BACKOFF": manners.backoff,
        "DOWNLOADER_MIDDLEWARES": _middlewares(),
        "DOWNLOAD_HANDLERS": {"file": None, "data": None, "ftp": None, "s3": None},
        "DOWNLOAD_DELAY": manners.delay,
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_TIMEOUT": manners.timeout,
        "DOWNLOAD_MAXSIZE": manners.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "CONCURRENT_REQUESTS": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": manners.concurrency_per_host,
        "REDIRECT_MAX_TIMES": manners.max_redirects,
        **_throttle(manners),
        **_quiet(),
    }


def _middlewares() -> dict[str, int | None]:
    ours = {
        "crawlers.guard.GuardMiddleware": 50,
        "crawlers.robots.RobotsMiddleware": 100,
        "crawlers.guard.UnpackMiddleware": 590,
    }
    off = (
        "robotstxt.RobotsTxtMiddleware",
        "httpcompression.HttpCompressionMiddleware",
        "httpproxy.HttpProxyMiddleware",  # a proxy would resolve names behind the guard's back
        "retry.RetryMiddleware",
        "cookies.CookiesMiddleware",
        "httpauth.HttpAuthMiddleware",
        "offsite.OffsiteMiddleware",
        "redirect.MetaRefreshMiddleware",
    )
    return ours | {f"scrapy.downloadermiddlewares.{name}": None for name in off}


def _throttle(manners: Manners) -> dict[str, Any]:
    return {
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": manners.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(manners.max_crawl_delay, manners.delay, 1.0),
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(manners.concurrency_per_host),
        "EXTENSIONS": {
            "scrapy.extensions.throttle.AutoThrottle": None,
            "crawlers.robots.Throttle": 0,
            "scrapy.extensions.logstats.LogStats": None,
            "scrapy.extensions.remote_control.RemoteControl": None,  # it would listen on a port
            "scrapy.extensions.telnet.TelnetConsole": None,
            "scrapy.extensions.memusage.MemoryUsage": None,
        },
    }


def _quiet() -> dict[str, Any]:
    """No console to attach to, no cookies, and nothing of a page's content in a log."""
    return {
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "STATS_DUMP": False,
        "REFERER_ENABLED": False,
    }
