"""From the home's config to what the crawlers understand, so that neither room knows the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app import keys
from app.options import seconds_of
from app.progress import Report
from crawlers.authors import AuthorHasher
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import CrawlReport, Progress
from crawlers.settings import Manners
from crawlers.target import Target
from pipeline import config as configuration
from pipeline.errors import ConfigError, InputError
from pipeline.home import Home
from pipeline.privacy import Retention

_MEGABYTE = 1_000_000


def targets_of(config: configuration.Config) -> list[Target]:
    """The config's targets as the spiders take them. Raises ConfigError if two go by one name."""
    zone = config.sayso.timezone
    targets = [_target(target, retention_of(config, target.kind), zone) for target in config.targets]
    counts = Counter(target.name for target in targets)
    for name, count in counts.items():
        if count > 1:
            raise ConfigError(
                f"{count} targets are called {name!r}",
                where="[[targets]]",
                next_step="give each its own `name`",
            )
    return targets


def retention_rules(config: configuration.Config) -> Retention:
    """How long the texts of every source kind may be kept, imports (`import`) included."""
    from crawlers import registry

    kinds = {*registry.sources(), *config.privacy.sources}
    days = {kind: found for kind in sorted(kinds) if (found := retention_of(config, kind)) is not None}
    return Retention(days, config.privacy.retention_days)


def retention_of(config: configuration.Config, kind: str) -> int | None:
    """Days that the texts of a source kind may be kept, or None where nothing limits them.

    `[privacy] sources` of the config has the last word; else it is the shorter of `retention_days` and what
    the source's terms ask.
    """
    from crawlers import registry
    from crawlers.errors import UnknownKind

    own = config.privacy.sources.get(kind)
    if own is not None:
        return own
    try:
        asked = registry.source(kind).retention_days
    except UnknownKind:
        asked = None  # the crawl's report names it
    return min((days for days in (config.privacy.retention_days, asked) if days is not None), default=None)


def _target(target: configuration.Target, retention: int | None, home_timezone: str) -> Target:
    """What may be kept for some days only is swept well before they are over: met again, it may stay."""
    sweep = None if retention is None else max(1, retention * 4 // 5)
    recheck = target.recheck_days if sweep is None else min(target.recheck_days, sweep)
    return Target(
        name=target.name or _name(target),
        kind=target.kind,
        url=target.url,
        brand=target.brand,
        recheck_days=recheck,
        keep_days=retention,
        every_seconds=seconds_of(target.every),
        options=target.options | _home_zone(target, home_timezone),
    )


def _home_zone(target: configuration.Target, name: str) -> dict[str, str]:
    """The home's zone for sources that read clocks without one: people mostly read their own country's."""
    from crawlers import registry
    from crawlers.errors import UnknownKind

    try:
        takes = "timezone" in registry.source(target.kind).options
    except UnknownKind:
        return {}
    return {"home_timezone": name} if takes and name != "UTC" else {}


def _name(target: configuration.Target) -> str:
    if target.url:
        parts = urlsplit(target.url)
        return f"{target.kind}:{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    own = " ".join(f"{key}={value}" for key, value in sorted(target.options.items()))
    return f"{target.kind}:{target.brand or ''}:{own}"


def manners_of(config: configuration.Config) -> Manners:
    """The config's `[crawl]` as the spiders take it."""
    crawl = config.crawl
    return Manners(
        user_agent=crawl.user_agent,
        contact=crawl.contact,
        delay=crawl.delay,
        concurrency_per_host=crawl.concurrency_per_host,
        max_pages_per_target=crawl.max_pages_per_target,
        max_page_bytes=int(crawl.max_page_mb * _MEGABYTE),
        allow_private=tuple(crawl.allow_private),
    )


def crawl_home(home: Home, report: Report, *, only: Sequence[str] = (), force: bool = False) -> CrawlReport:
    """Crawl the home's targets, or those named in `only`. Raises ConfigError where a name is none of them."""
    from crawlers.run import crawl

    targets = _chosen(targets_of(home.config), only)
    given = keys.of_sources(home, {target.kind for target in targets})
    return crawl(
        targets,
        home.landing,
        keys.author_hasher(home),
        manners_of(home.config),
        progress=_told(report, len(targets)),
        force=force,
        secrets=given,
        log=home.logs / "crawl.log",
    )


def _chosen(targets: list[Target], only: Sequence[str]) -> list[Target]:
    names = {target.name for target in targets}
    unknown = [name for name in only if name not in names]
    if unknown:
        raise ConfigError(
            f"No target is called {unknown[0]!r}",
            where="sayso.toml",
            next_step="use one of: " + ", ".join(sorted(names)),
        )
    return [target for target in targets if not only or target.name in only]


def _told(report: Report, targets: int) -> Callable[[Progress], None]:
    """Sums the signs of life of all targets into two lines."""
    last: dict[str, Progress] = {}

    def tell(progress: Progress) -> None:
        last[progress.target] = progress
        ended = sum(seen.state not in ("walking", "waiting") for seen in last.values())
        report("targets done", ended, targets)
        report("pages fetched", sum(seen.pages for seen in last.values()), None)
        report("mentions landed", sum(seen.new + seen.edited for seen in last.values()), None)

    return tell


def parsed_page(
    kind: str,
    file: Path,
    *,
    url: str,
    hasher: AuthorHasher,
    collected_at: datetime,
    options: Mapping[str, Any],
) -> Parsed:
    """Parse a saved page of a kind, with the keys of a target.

    Raises InputError if the file, the kind or a key cannot be used.
    """
    from crawlers import registry
    from crawlers.errors import UnknownKind

    if not urlsplit(url).scheme or not urlsplit(url).netloc:
        raise InputError(f"{url!r} is no absolute address", where="--url", next_step="give https://host/path")
    try:
        body = file.read_bytes()
        page = Page(body=body, url=url, collected_at=collected_at, hasher=hasher, options=dict(options))
        return registry.parse(kind, page)
    except OSError as error:
        raise InputError(f"Cannot read the page: {error.strerror}", where=str(file)) from error
    except (ParseError, UnknownKind) as error:
        advice = "`sayso sources` lists the kinds and their keys"
        raise InputError(str(error), where=str(file), next_step=advice) from error
