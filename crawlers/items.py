"""Objects of an API's answer, one by one: what all sources that answer in JSON do alike. No network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawlers.authors import features
from crawlers.dates import Moment, is_likely
from crawlers.jsonpage import integer, mapping
from crawlers.mention import Mention, Precision
from crawlers.parsing import Deleted, Page, Parsed, Reject

MOST_ITEMS = 1_000
"""Items of one answer that are read; APIs give a few hundred at most."""
_LONGEST_URL = 2_000
_QUOTED = re.compile(r"^\s*(?:>|&gt;)")


def read_items(
    page: Page,
    items: Sequence[Any],
    read: Callable[[dict[str, Any]], Mention],
    *,
    ids: Sequence[str],
    needs: Iterable[str] = (),
    most: int = MOST_ITEMS,
) -> Parsed:
    """The mentions of a list of objects. `read` raises ValueError with the reason why one is not taken.

    `ids` are the keys that are kept of a rejected item: never its text or its author. `needs` are keys that
    every item has by the API's description: where one is absent, the format may have changed. `most` items
    are read.
    """
    parsed = Parsed(found=len(items))
    if len(items) > most:
        parsed.rejects.append(Reject(f"more than {most} items in one answer", page.url, ""))
    for raw in items[:most]:
        item = mapping(raw)
        _note_missing(parsed, item, needs)
        try:
            parsed.mentions.append(read(item))
        except (ValueError, OverflowError) as error:
            kept = {key: item[key] for key in ids if key in item}
            gone = error.of("") if isinstance(error, Deleted) else None
            parsed.rejects.append(Reject(_reason(error), page.url, json.dumps(kept, default=str)[:500], gone))
    return parsed


def _note_missing(parsed: Parsed, item: dict[str, Any], needs: Iterable[str]) -> None:
    for key in needs:
        warning = f"items without {key!r}: has the format changed?"
        if key not in item and warning not in parsed.warnings:
            parsed.warnings.append(warning)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class Authorship(TypedDict):
    """What a mention keeps of its author."""

    author_hash: str | None
    author_features: dict[str, float] | None


def authorship(page: Page, source: str, handle: str | None, key: str | None = None) -> Authorship:
    """The hash of an author under the mention's source and the shape of the handle. `key` is the author's
    number where the API has one: it stays when the handle changes."""
    person = key or handle
    return {
        "author_hash": page.hasher.hash(source, person) if person else None,
        "author_features": features(handle) if handle else None,
    }


class Published(TypedDict):
    """When a mention was published."""

    published_at: datetime | None
    published_precision: Precision | None


def published(at: datetime | None, precision: Precision = "second") -> Published:
    """The time with its precision; without a time there is no precision either."""
    return {"published_at": at, "published_precision": precision if at else None}


class Rated(TypedDict):
    """A rating on its scale, or none."""

    rating: float | None
    rating_min: float | None
    rating_max: float | None


def rated(value: float | None, low: float, high: float) -> Rated:
    """The rating with its scale; one outside of it is none."""
    if value is None or not low <= value <= high:
        return {"rating": None, "rating_min": None, "rating_max": None}
    return {"rating": value, "rating_min": low, "rating_max": high}


def truth(value: Any) -> bool | None:
    """The value if it is true or false."""
    return value if isinstance(value, bool) else None


def unix_time(value: Any, now: datetime) -> datetime | None:
    """Seconds since 1970 as a time at which somebody may have written."""
    seconds = integer(value)
    try:
        return _likely(datetime.fromtimestamp(seconds, UTC), now) if seconds is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def iso_time(value: Any, now: datetime) -> datetime | None:
    """An ISO 8601 time; without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return _likely((at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), now)
    except (ValueError, OverflowError):
        return None


def _likely(at: datetime, now: datetime) -> datetime | None:
    return at if is_likely(Moment(at, "second"), now) else None


def later(edited: datetime | None, than: datetime | None) -> datetime | None:
    """When something was edited, if that was after it was published."""
    return edited if edited and (than is None or edited > than) else None


def count(value: Any) -> int | None:
    """A whole number that is not negative, or None."""
    number = integer(value)
    return number if number is not None and number >= 0 else None


def language_code(value: Any) -> str | None:
    """The two letters of a language tag (`lv`, `pt-BR`, `zh_Hant`), or None where it is none."""
    code = (value if isinstance(value, str) else "").strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def web_address(value: Any) -> str | None:
    """The value if it is an http(s) address of sane length."""
    if not isinstance(value, str) or len(value) > _LONGEST_URL:
        return None
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return None
    return value.strip() if parts.scheme in ("http", "https") and parts.hostname else None


def own_lines(text: str) -> str:
    """A text without the lines that quote somebody else by a leading `>`."""
    return "\n".join(line for line in text.split("\n") if not _QUOTED.match(line))
