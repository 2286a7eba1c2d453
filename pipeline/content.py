"""What a mention says: the one text that the reader sees, its hash, and the class of its native rating."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Sequence
from typing import Literal

from pipeline.config import StarMap

NativeClass = Literal[-1, 0, 1]
"""Detractor, passive, promoter."""

_CLOSERS = ".!?…:。！？"
_OWN_TITLES = frozenset({"review", "post", "survey"})


def own_title(kind: str, title: str | None) -> str | None:
    """The title if the author wrote it: a reply or comment carries the title of what it answers."""
    return title if kind in _OWN_TITLES else None


def reading_text(
    title: str | None, text: str | None, pros: Sequence[str] | None = None, cons: Sequence[str] | None = None
) -> str:
    """The one text that the reader sees: title as a sentence, text, then pros as `+` and cons as `-` lines.

    A title that the text repeats as its beginning is left out. Empty where nothing was said (a bare rating).
    """
    head, body = (title or "").strip(), (text or "").strip()
    if head and not body.startswith(head.rstrip(_CLOSERS)):
        closed = head if head[-1] in _CLOSERS else f"{head}."
        body = f"{closed} {body}".strip()
    marked = [("+", line) for line in pros or ()] + [("-", line) for line in cons or ()]
    lines = [body, *(f"{sign} {line.strip()}" for sign, line in marked if line and line.strip())]
    return "\n".join(line for line in lines if line)


def content_hash(text: str) -> str:
    """sha256 of a text, 64 hex digits: equal for texts that differ only in Unicode form or white space."""
    normal = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()


EMPTY_CONTENT = content_hash("")

# Classes of 1..5 stars by map. `standard` is the map that the reader is trained on (1 -> 0-2, 2 -> 3-4,
# 3 -> 5-6, 4 -> 7-8, 5 -> 9-10); `lenient` takes 3 as 7 and 4 as 9; `strict` never rounds up.
_STARS: dict[StarMap, tuple[NativeClass, ...]] = {
    "standard": (-1, -1, -1, 0, 1),
    "strict": (-1, -1, -1, 0, 1),
    "lenient": (-1, -1, 0, 1, 1),
}


def native_class(
    rating: float, low: float, high: float, star_map: StarMap = "standard"
) -> NativeClass | None:
    """The class that a published rating gives its author, or None where its scale cannot tell one.

    0-10 and 1-10 are taken as they are (6 and less detractor, 9 and more promoter); 1-5, 0.5-5 and 0-5 stars
    follow the map; another scale is rescaled to the interval of 0..10 that its step covers, and its middle
    decides.
    A two-step scale (yes or no, thumbs) tells no passive from a promoter: None. A fraction is rounded
    half up first (`strict`, stars: down). Raises ValueError for a rating outside its scale.
    """
    if not (math.isfinite(rating) and low <= rating <= high and low < high):
        raise ValueError(f"rating {rating} lies outside its scale {low}..{high}")
    value = _whole(rating, low, high, star_map)
    if _are_stars(low, high):
        return _STARS[star_map][max(int(value), 1) - 1]
    score = _score(value, low, high)
    return None if score is None else _class_of(score)


def _are_stars(low: float, high: float) -> bool:
    """Five stars; some shops let half a star be the least, some none."""
    return high == 5 and low in (0, 0.5, 1)


def _whole(rating: float, low: float, high: float, star_map: StarMap) -> float:
    """The rating as a step of its own scale. A scale of a single unit (0-1) has no steps to round to."""
    if high - low <= 1:
        return rating
    stars = _are_stars(low, high)
    # The hair keeps 3.4999999999 that was 3.5 on the page from falling the other way.
    step = math.floor(rating + 1e-9) if stars and star_map == "strict" else math.floor(rating + 0.5 + 1e-9)
    return min(max(step, low), high)


def _score(value: float, low: float, high: float) -> float | None:
    """Where on 0..10 a step of the scale lies, rounded half up; None if the scale has two steps."""
    steps = round(high - low) + 1
    if (low, high) in ((0, 10), (1, 10)):
        return value
    if high - low <= 1 and value in (low, high):
        return None
    if not 2 < steps <= 11 or not (float(low).is_integer() and float(high).is_integer()):
        return math.floor(10 * (value - low) / (high - low) + 0.5 + 1e-9)
    first = math.ceil((value - low) * 11 / steps - 1e-9)
    last = math.ceil((value - low + 1) * 11 / steps - 1e-9) - 1
    return math.floor((first + last) / 2 + 0.5)


def _class_of(score: float) -> NativeClass:
    if score >= 9:
        return 1
    return 0 if score >= 7 else -1
