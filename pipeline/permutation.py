"""Whether mentions stand closer in time, and at one brand, than chance would put them. Pure functions over
arrays.

Null: who says what is exchanged within source, hour of the week and rating, so that rhythm, place and mood
stay as they are. The statistic is the most mentions of a group that fall within its own span; the maximum
over groups corrects for having looked at several (Westfall and Young 1993).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.stream import Floats, Rows, Stream

ROUNDS = 499
_FEWEST_SLOTS = 20
"""Strata with fewer slots give way to wider ones."""
_HISTORY = 3.0
"""Without so many spans of history time tells nothing."""

Slots = NDArray[np.int64]


def p_values(stream: Stream, groups: Sequence[tuple[str, Rows]], seed: int = 0) -> list[float | None]:
    """One p-value for each (brand, rows), corrected for the others; None where the history is too short."""
    if not groups:
        return []
    rng = np.random.default_rng(seed)
    slots = _strata(stream)
    spoken = {name: np.isin(np.arange(len(stream)), rows) for name, rows in stream.brands.items()}
    told = [_rounds(stream, slots, spoken[brand], rows, rng) for brand, rows in groups]
    most = np.max([(chance - chance.mean()) / (chance.std() + 0.5) for _, chance in told], axis=0)
    length = float(stream.day[-1] - stream.day[0])
    found: list[float | None] = []
    for (_, rows), (seen, chance) in zip(groups, told, strict=True):
        far = (seen - chance.mean()) / (chance.std() + 0.5)
        enough = length >= _HISTORY * _span(stream, rows)
        found.append(float((1 + (most >= far).sum()) / (ROUNDS + 1)) if enough else None)
    return found


def adjusted(found: Sequence[float | None], looked: int) -> list[float | None]:
    """Benjamini-Hochberg q-values among `looked` groups; those without a p-value count among them."""
    known = sorted((p, place) for place, p in enumerate(found) if p is not None)
    q: list[float | None] = [None] * len(found)
    least = 1.0
    for rank in range(len(known), 0, -1):
        p, place = known[rank - 1]
        least = min(least, p * max(looked, len(found)) / rank)
        q[place] = least
    return q


def _span(stream: Stream, rows: Rows) -> float:
    return max(float(stream.day[rows[-1]] - stream.day[rows[0]]), 1 / 24)


def _rounds(
    stream: Stream, slots: list[Slots], spoken: NDArray[np.bool_], rows: Rows, rng: np.random.Generator
) -> tuple[float, Floats]:
    """How many stand together, and how many do in each round of chance."""
    span = _span(stream, rows)
    drawn = np.stack([_draw(slots, int(row), rng) for row in rows], axis=1)
    days = np.where(spoken[drawn], stream.day[drawn], np.nan)
    return _together(stream.day[rows], span), np.array([_together(line, span) for line in days])


def _draw(slots: list[Slots], row: int, rng: np.random.Generator) -> Slots:
    """ROUNDS places that the mention could stand at: those of the narrowest stratum with enough of them."""
    for stratum in slots:
        low, high = np.searchsorted(stratum[0], [stratum[1][row], stratum[1][row] + 1])
        if high - low >= _FEWEST_SLOTS:
            return np.asarray(stratum[2][rng.integers(low, high, ROUNDS)])
    return rng.integers(0, len(slots[0][1]), ROUNDS)


def _together(days: Floats, span: float) -> float:
    known = np.sort(days[~np.isnan(days)])
    if not len(known):
        return 0.0
    return float((np.searchsorted(known, known + span + 1e-9, side="right") - np.arange(len(known))).max())


def _strata(stream: Stream) -> list[Slots]:
    """From narrow to wide: (sorted keys, key of each row, rows in that order), stacked."""
    hour = np.where(stream.fine, np.floor((stream.day % 7) * 24), np.floor(stream.day % 7) * 24).astype(
        np.int64
    )
    mood = np.sign(np.round(np.nan_to_num(stream.valence) * 1.5)).astype(np.int64) + 1
    source = np.unique(stream.source, return_inverse=True)[1].astype(np.int64)
    narrow = (source * 3 + mood) * 168
    return [_ordered(key) for key in (narrow + hour, narrow + hour // 24 * 24, narrow)]


def _ordered(key: Slots) -> Slots:
    order = np.argsort(key, kind="stable")
    return np.stack([key[order], key, order])
