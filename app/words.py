"""Figures in words: short sentences a board understands, numbers in one form everywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from pipeline.estimate import TOO_FEW

LANGUAGES = {
    "en": "English", "lv": "Latvian", "lt": "Lithuanian", "et": "Estonian", "cs": "Czech", "ru": "Russian",
    "pl": "Polish", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "uk": "Ukrainian", "fi": "Finnish", "sv": "Swedish", "da": "Danish", "nb": "Norwegian", "no": "Norwegian",
    "pt": "Portuguese", "sk": "Slovak", "hu": "Hungarian", "ro": "Romanian", "bg": "Bulgarian", "el": "Greek",
    "tr": "Turkish", "ar": "Arabic", "he": "Hebrew", "zh": "Chinese", "ja": "Japanese", "ko": "Korean",
    "und": "not told",
}  # fmt: skip
INSTRUMENTS = {
    "natural": "Natural NPS",
    "text": "Texts alone",
    "native": "Ratings alone",
    "survey": "Survey NPS",
    "survey_text": "NPS read from survey comments",
}
KINDS = {
    "review": "Reviews",
    "post": "Posts",
    "comment": "Comments",
    "reply": "Replies",
    "survey": "Survey answers",
}
REASONS = {
    "leaves": "Says they leave, or have left",
    "prefers": "Calls a competitor better",
    "warns": "Tells others to stay away",
    "struggle": "Struggled to get something done",
    "detractor": "Would not recommend the brand",
}
GOOD = 50.0
_BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


MEASURED_AGAINST = {
    "sentiment": "measured on sentiment labels only",
    "emotion": "measured on emotion labels only",
    "": "no measured data but our own texts",
}


def signed(value: float, digits: int = 0) -> str:
    """+23, −4, 0: rounded, with a true minus sign."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def percent(share: float) -> str:
    """A share of 0..1 as a whole percentage; a small one is not called zero."""
    return "<1%" if 0 < share < 0.005 else f"{share * 100:.0f}%"


def whole_percents(shares: Sequence[float]) -> list[int]:
    """Percentages that add up to 100 where the shares add up to 1 (largest remainder)."""
    floors = [int(share * 100) for share in shares]
    missing = round(sum(shares) * 100) - sum(floors)
    by_rest = sorted(range(len(shares)), key=lambda place: floors[place] - shares[place] * 100)
    for place in by_rest[:missing]:
        floors[place] += 1
    return floors


def count(number: int) -> str:
    """1,204."""
    return f"{number:,}"


def many(number: int, one: str, more: str | None = None) -> str:
    """'1 mention', '1,204 mentions'."""
    return f"{count(number)} {one if number == 1 else more or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]])


def day(value: date) -> str:
    """24 Aug 2026."""
    return f"{value.day} {value:%b %Y}"


def days(first: date, last: date) -> str:
    """24 Aug – 22 Nov 2026."""
    begin = f"{first.day} {first:%b}" if first.year == last.year else day(first)
    return f"{begin} – {day(last)}"


def ago(then: datetime, now: datetime) -> str:
    """'3 hours ago', in the largest fitting unit."""
    seconds = max(0.0, (now - then).total_seconds())
    for size, unit in (
        (86400 * 365, "year"),
        (86400 * 30, "month"),
        (86400, "day"),
        (3600, "hour"),
        (60, "minute"),
    ):
        if seconds >= size:
            return f"{many(int(seconds // size), unit)} ago"
    return "just now"


def moment(value: datetime) -> str:
    """20 Nov 2026, 06:30 UTC."""
    at = value.astimezone(UTC)
    return f"{day(at.date())}, {at:%H:%M} UTC"


def language(code: str | None) -> str:
    """The language's name, or its code where it has none here."""
    return LANGUAGES.get(code or "und", code or "not told")


def unmeasured(spoken: Sequence[tuple[str, int]], measured: Mapping[str, str]) -> str:
    """Which of these languages (code, mentions) the reader's score was never held against ratings in; "" for
    none."""
    told = [
        f"{language(code)} ({count(n)}, {MEASURED_AGAINST.get(measured.get(code, ''), MEASURED_AGAINST[''])})"
        for code, n in spoken
        if measured.get(code) != "score"
    ]
    return (
        f"Estimated without customers' ratings to measure the reader against: {listed(told)}." if told else ""
    )


def host(source: str) -> str:
    """What stands behind the kind in a source's name: forum.example.com."""
    return source.partition(":")[2] or source


def source(name: str) -> str:
    """A source as a person reads it: 'forum.example.com (discourse)'."""
    kind, _, place = name.partition(":")
    return f"{place} ({kind})" if place else kind


def verdict(nps: float, low: float, high: float) -> str:
    """What a score says by itself, given its interval."""
    if low > GOOD:
        return "A strong score: far more people promote it than warn against it"
    if low > 0:
        return "More people promote it than warn against it"
    if high < 0:
        return "More people warn against it than promote it"
    lean = "promote it" if nps > 0 else "warn against it"
    return f"Too close to call: about as many promote it as warn against it, leaning to those who {lean}"


def too_few(votes: int) -> str:
    """What stands instead of a verdict."""
    return f"Too few to say: {many(votes, 'author')}, {TOO_FEW} are needed"


def movement(change: float, low: float, high: float, step: int) -> tuple[str, str]:
    """(state, sentence) of a change over `step` days with its interval; state is up, down or still."""
    span = f"{signed(low, 1)} to {signed(high, 1)}"
    against = f"against the {step} days before"
    if low > 0:
        return "up", f"Moved up {abs(change):.1f} points {against} ({span})"
    if high < 0:
        return "down", f"Moved down {abs(change):.1f} points {against} ({span})"
    return "still", f"Did not move: {signed(change, 1)} {against} is within the noise ({span})"


def headline(
    brand: str, nps: float | None, ahead: Sequence[str], behind: Sequence[str], level: Sequence[str]
) -> str:
    """The first sentence of the page."""
    if nps is None:
        return f"Too few mentions to say where {brand} stands"
    parts = [f"ahead of {listed(ahead)}"] if ahead else []
    parts += [f"behind {listed(behind)}"] if behind else []
    parts += [f"level with {listed(level)}"] if level else []
    return f"{brand} stands at {signed(nps)}" + (f", {listed(parts)}" if parts else "")


def plain(text: str, limit: int = 600) -> str:
    """Somebody else's text made safe to stand among ours: no direction overrides, no control characters,
    cut to `limit` characters. It is still to be escaped where markup is written."""
    kept = "".join(
        c for c in text[: limit * 2] if c not in _BIDI and (c in "\n\t" or unicodedata.category(c) != "Cc")
    )
    short = kept.strip()
    return short if len(short) <= limit and len(text) <= limit * 2 else short[:limit].rstrip() + " …"


def link(url: str | None) -> str | None:
    """The address if a browser may be sent there (http or https with a host), else None."""
    if not url or any(c.isspace() or unicodedata.category(c) == "Cc" for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None
