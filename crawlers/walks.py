"""How spiders walk an API newest first: by a cursor, or by a window of time. What a broken-off walk left is
gone on with by the next run; what had been read before is not read again."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from crawlers.errors import BadTarget
from crawlers.gaps import Gaps
from crawlers.jsonpage import integer, listing, mapping, string
from crawlers.visit import Taken, Visit

# --- what a target says -----------------------------------------------------------------------------------


def api_base(visit: Visit, default: str, *sites: str) -> str:
    """The API's address without a trailing slash: the option `api`, else the default.

    The target's url is taken for the API where it is none of the service's own `sites`: a mirror, a replay.
    An address without a path gets the default's, so that a host alone is enough.

    Raises BadTarget.
    """
    url = visit.target.url or ""
    given = visit.option("api", "") or ("" if not url or on_site(url, *sites) else url) or default
    try:
        parts, usual = urlsplit(given), urlsplit(default)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        advice = "give an http or https address"
        raise BadTarget(f"{given!r} is no address", where=visit.target.name, next_step=advice)
    path = parts.path.rstrip("/") or usual.path.rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def on_site(url: str, *sites: str) -> bool:
    """Whether an address lies on one of these hosts or below it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return any(host == site or host.endswith(f".{site}") for site in sites)


def with_query(url: str, **values: object) -> str:
    """The address with these query values; None leaves one out."""
    kept = {name: str(value) for name, value in values.items() if value is not None}
    return f"{url}?{urlencode(kept)}" if kept else url


def search_terms(visit: Visit) -> list[str]:
    """What to search for: `query`, else `queries`, else the target's brand.

    Raises BadTarget if there is none of them.
    """
    asked = texts(visit, "query", "queries") or ([visit.target.brand] if visit.target.brand else [])
    if not asked:
        raise BadTarget(
            "nothing to search for", where=visit.target.name, next_step="give it a query or a brand"
        )
    return asked


def texts(visit: Visit, *names: str) -> list[str]:
    """The texts under the first of these options that is there: one text, or a list of them.

    Raises BadTarget if an option is neither.
    """
    for name in names:
        given = visit.target.options.get(name)
        if not given:
            continue
        found = [given] if isinstance(given, str | int) else listing(given)
        words = [str(item).strip() for item in found if isinstance(item, str | int) and str(item).strip()]
        if not words or len(words) != len(found):
            advice = "give a text or a list of texts"
            raise BadTarget(f"{name} cannot be used", where=visit.target.name, next_step=advice)
        return list(dict.fromkeys(words))
    return []


@contextlib.contextmanager
def to_the_end(visit: Visit) -> Iterator[bool]:
    """Whether a walk must go to the end of what it walks: a whole one must, and so must one after a walk that
    broke off, which may have left unread pages behind others that are known by now."""
    broken = bool(visit.marks.get("walking"))
    visit.mark(walking=True)
    yield visit.whole or broken
    visit.mark(walking=not visit.complete)  # an error passes this by


# --- by cursor --------------------------------------------------------------------------------------------

Step = Callable[[str], Awaitable[tuple[Taken, str | None]]]
"""Reads the page at a cursor; gives what it held, and the cursor of the page after it or None at the end."""


async def descend(visit: Visit, part: str, start: str, step: Step, *, exact: bool = True) -> None:
    """Walks from `start` to the source's end, or to the first page on which everything is known.

    `part` names what is walked within the target. `exact` says that a cursor goes on at the same item on
    another day; a page's number does not, so after a break such a walk goes to the end once more.
    """
    left = _stretches(visit, part)
    ending = visit.whole and not (exact and any(to_end for _, to_end in left))
    trail = [(start, ending or (bool(left) and not exact)), *(left if exact else [])]
    seen: set[str] = set()
    while trail:
        cursor, to_end = trail[0]
        _remember(visit, part, trail)
        seen.add(cursor)
        taken, following = await step(cursor)
        if taken.failed:
            return  # the visit knows; the next run goes on here
        stale = taken.repeated > 0 and taken.fresh == 0
        known = taken.only_known and not to_end
        if following is None or following in seen or stale or known:
            trail.pop(0)
        else:
            trail[0] = (following, to_end)
    _remember(visit, part, trail)


def _stretches(visit: Visit, part: str) -> list[tuple[str, bool]]:
    """What earlier walks left: where each goes on, and whether it goes to the end."""
    stored = listing(mapping(visit.marks.get("trails")).get(part))
    pairs = [item for item in stored if isinstance(item, list) and len(item) == 2 and string(item[0])]
    return [(str(cursor), bool(to_end)) for cursor, to_end in pairs]


def _remember(visit: Visit, part: str, trail: list[tuple[str, bool]]) -> None:
    trails = dict(mapping(visit.marks.get("trails")))
    trails.pop(part, None)
    if trail:
        trails[part] = [list(stretch) for stretch in trail]
    visit.mark(trails=trails)


# --- by time ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time in seconds since 1970: after `lower`, up to and with `upper` (None: until now)."""

    upper: int | None
    lower: int


@dataclass(slots=True)
class Slice:
    """One page of a window: what was taken, the times of its items, and whether there is a page after it."""

    taken: Taken
    times: list[int] = field(default_factory=list)
    more: bool = False


Ask = Callable[[Window, int], Awaitable[Slice]]
"""Reads a page (the first is 0) of a window, newest first."""


async def slide(visit: Visit, part: str, ask: Ask, *, pages: int, overlap: int = 3_600) -> None:
    """Walks a search from now down to what was read before, `pages` pages a window, then from the oldest time
    seen on: searches answer only so many hits. `overlap` seconds are asked again: indexes lag."""
    gaps = Gaps.load(mapping(mapping(visit.marks.get("windows")).get(part)))
    gaps.begin(whole=visit.whole)
    while gaps.current:
        upper, lower = gaps.current
        fresh = await _window(visit, part, ask, gaps, Window(upper, max(0, lower - overlap)), pages)
        if fresh is None:
            return  # the visit knows; the next run goes on here
        if gaps.current == (upper, lower):
            if not fresh:
                gaps.got([], end=True)  # the same again and again: this source takes no window
            else:
                gaps.skip(1)  # more in one second than a window holds
        _keep(visit, part, gaps)


async def _window(visit: Visit, part: str, ask: Ask, gaps: Gaps, window: Window, pages: int) -> int | None:
    """The pages of one window; how many mentions they gave that this run had not met, or None where one could
    not be read."""
    fresh, open_before = 0, len(gaps.open)
    for page in range(pages):
        result = await ask(window, page)
        if result.taken.failed:
            return None
        fresh += result.taken.fresh
        if result.times or not result.more:
            gaps.got([min(at, window.upper or at) for at in result.times], end=not result.more)
            _keep(visit, part, gaps)
        if not result.more or len(gaps.open) < open_before:
            break
    return fresh


def _keep(visit: Visit, part: str, gaps: Gaps) -> None:
    windows: Mapping[str, Any] = mapping(visit.marks.get("windows"))
    visit.mark(windows={**windows, part: gaps.dump()})


def times_of(items: list[Any], key: str) -> list[int]:
    """The whole numbers under `key` of a list of objects."""
    numbers = (integer(mapping(item).get(key)) for item in items)
    return [number for number in numbers if number is not None and number > 0]
