"""Numbers as shops write them: "4,5", "1 234", "(3592 Reviews)", "8/10", "80 %", stars."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

_LONGEST = 200
_NUMBER = re.compile(r"[-+−]?\d+(?:[ \u00a0\u202f'’.,]\d+)*")
_OUT_OF = re.compile(
    r"(?P<value>\d+(?:[.,]\d+)?)\s*"
    r"(?:/|\\|\bout of\b|\bof\b|\bsur\b|\bvon\b|\bde\b|\bz\b|\bze\b|\bиз\b|\bno\b|\biš\b"
    r"|\bsu\b|\bdi\b|\bvan\b|\bav\b)\s*"
    r"(?P<best>\d+(?:[.,]\d+)?)",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d+)\s?([¼½¾⅓⅔⅛⅜⅝⅞])")
_FULL_STARS, _EMPTY_STARS = "★⭐🌟", "☆✩"
_MULTIPLES = {"k": 1_000, "tūkst": 1_000, "tūkst.": 1_000, "tis": 1_000, "тыс": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Scaled:
    """A rating as written; `best` and `worst` only where the same text states them."""

    value: float
    best: float | None = None
    worst: float | None = None


def number(raw: object) -> float | None:
    """The first number in `raw`; a lone separator is a decimal sign ("4,5" and "4.588"). None if there is
    none or it is not finite."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int | float):
        return _finite(raw)
    found = _NUMBER.search(str(raw)[:_LONGEST])
    return _finite(_plain(found.group(), decimal=True)) if found else None


def count(raw: object) -> int | None:
    """A whole number of things, zero or more: here "1.234" and "1,234" are thousands, "1.2K" is 1200."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int | float):
        return _whole(_finite(raw))
    text = str(raw)[:_LONGEST]
    found = _NUMBER.search(text)
    if not found:
        return None
    rest = text[found.end() :].split()
    factor = _MULTIPLES.get(rest[0].casefold(), 1) if rest else 1
    value = _finite(_plain(found.group(), decimal=factor > 1))
    return _whole(value * factor if value is not None else None)


def rating(raw: object) -> Scaled | None:
    """A rating with the scale that its own text states: "8/10", "4,5 von 5", "80 %", "★★★☆☆"."""
    if not isinstance(raw, str):
        value = number(raw)
        return None if value is None else Scaled(value)
    text = _PARTS.sub(_with_part, raw.strip()[:_LONGEST])
    return _stars(text) or _of_best(text) or _percent(text) or _bare(text)


def _with_part(found: re.Match[str]) -> str:
    """ "4½" as 4.5."""
    return f"{int(found[1]) + unicodedata.numeric(found[2]):g}"


def _stars(text: str) -> Scaled | None:
    full = sum(text.count(star) for star in _FULL_STARS)
    empty = sum(text.count(star) for star in _EMPTY_STARS)
    if not full or any(ch.isdecimal() for ch in text):
        return None
    value = full + (0.5 if "½" in text else 0.0)
    return Scaled(value, math.ceil(value) + empty, 1.0) if empty else Scaled(value)


def _of_best(text: str) -> Scaled | None:
    found = _OUT_OF.search(text)
    if not found:
        return None
    value, best = number(found["value"]), number(found["best"])
    if value is None or best is None or best <= 0 or value > best:
        return None
    return Scaled(value, best)


def _percent(text: str) -> Scaled | None:
    value = number(text)
    return Scaled(value, 100.0, 0.0) if value is not None and "%" in text else None


def _bare(text: str) -> Scaled | None:
    value = number(text)
    return None if value is None else Scaled(value)


def _plain(written: str, *, decimal: bool) -> float | None:
    """Separators out: the last one is the decimal sign unless it can only part thousands."""
    digits = written.replace("−", "-")
    for space in " \u00a0\u202f'’":
        digits = digits.replace(space, "")
    marks = [ch for ch in digits if ch in ".,"]
    if marks:
        last = marks[-1]
        head, _, tail = digits.rpartition(last)
        thousands = len(set(marks)) == 1 and (len(marks) > 1 or (not decimal and len(tail) == 3))
        head = head.replace(".", "").replace(",", "")
        digits = head + tail if thousands else f"{head}.{tail}"
    try:
        return float(digits)
    except (ValueError, OverflowError):
        return None


def _finite(value: float | None) -> float | None:
    try:
        as_float = None if value is None else float(value)
    except OverflowError:
        return None
    return as_float if as_float is not None and math.isfinite(as_float) else None


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and 0 <= value < 1e12 else None
