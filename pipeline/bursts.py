"""More mentions of one kind than the hour of the week and the last eight weeks lead one to expect.

For every mention as the end of windows of one hour to fourteen days: how many came, how many were to be
expected, and the tail of a negative binomial whose spread comes from the stream's own earlier windows. Pure
functions over arrays. Sources: Farrington 1996 and Noufaily 2013 (outbreak detection by expected counts);
the number of looks in a year turns a tail into false alarms a year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

Floats = NDArray[np.float64]

HOUR = 1 / 24
WINDOWS = (HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0)
BASE_DAYS = 56.0
SMALLEST = 5
"""Fewer mentions than this are no burst."""
_LEAST_BASE = 3.0
"""Days of history without which nothing is usual."""
_OVERLAP = 4.0
"""Windows of one length that look at other mentions, in units of a year over the length: they slide."""
_LEAST_SPREAD = 0.15
"""Square of the relative standard deviation of the rate, at the least."""
_WEEK_HOURS = 168


@dataclass(frozen=True, slots=True)
class Bursts:
    """m windows that hold more than expected: (start, end] in days, `count` mentions, `expected`, `tail`
    (probability of as many by chance), `looks` (windows of that length in a year)."""

    start: Floats
    end: Floats
    count: Floats
    expected: Floats
    tail: Floats
    looks: Floats

    def __len__(self) -> int:
        return len(self.start)


class Season:
    """How mentions spread over the hours of a week, or over its days; `elapsed` is time so measured, in
    days."""

    def __init__(self, day: Floats, fine: bool) -> None:
        weight = np.ones(_WEEK_HOURS)
        if len(day):
            hours = np.bincount(_hour(day), minlength=_WEEK_HOURS).astype(float)
            by_hour = hours.reshape(7, 24).sum(axis=0)
            by_day = hours.reshape(7, 24).sum(axis=1)
            # Shrunk towards even hours: a few weeks say little of 168 cells.
            daily = (by_day + 20) / (by_day.mean() + 20)
            hourly = (by_hour + 10) / (by_hour.mean() + 10) if fine else np.ones(24)
            weight = np.outer(daily, hourly).ravel()
        self._edges = np.concatenate([[0.0], np.cumsum(weight / weight.mean())]) / 24

    def elapsed(self, day: Floats) -> Floats:
        """Days since 1970, each hour as long as mentions usually fill it."""
        weeks, rest = np.divmod(np.asarray(day, dtype=float), 7.0)
        return np.asarray(weeks * 7.0 + np.interp(rest * 24, np.arange(_WEEK_HOURS + 1), self._edges))


def _hour(day: Floats) -> NDArray[np.intp]:
    return np.asarray(np.floor((day % 7.0) * 24), dtype=np.intp) % _WEEK_HOURS


def bursts(day: Floats, begun: float, season: Season, fine: bool, most: float = 1.0) -> Bursts:
    """Windows over the (n,) rising times that hold at least SMALLEST and twice the expected.

    `begun`: since when the stream is watched. Only windows are kept whose false alarms a year are at most
    `most` (tail times looks).
    """
    parts = [_of_length(day, begun, season, width, most) for width in WINDOWS if fine or width >= 1.0]
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Bursts.__slots__]
    return Bursts(*columns)


def looks_a_year(width: float) -> float:
    """How many windows of that many days are looked at in a year, all lengths together and both
    directions."""
    return 365.0 / width * _OVERLAP * len(WINDOWS) * 2


def _of_length(day: Floats, begun: float, season: Season, width: float, most: float) -> Bursts:
    """A window ends at a mention; times that only name days tie, so all of a day are in."""
    first = np.searchsorted(day, day - width + 1e-9, side="left")
    last = np.searchsorted(day, day, side="right")
    count = (last - first).astype(float)
    since = np.maximum(day - width - BASE_DAYS, begun)
    history = day - width - since
    before = first - np.searchsorted(day, since, side="left")
    enough = (count >= SMALLEST) & (history >= np.maximum(_LEAST_BASE, width))
    places = np.flatnonzero(enough)
    places = places[last[places] == places + 1]
    end = day[places]
    usual, base = season.elapsed(end) - season.elapsed(end - width), _span(season, since[places], end - width)
    expected = (before[places] + 0.5) / np.maximum(base, 1e-9) * np.maximum(usual, 1e-9)
    more = count[places] >= np.maximum(2 * expected, expected + 3)
    places, end, expected, base = places[more], end[more], expected[more], base[more]
    tail = _tail(count[places], expected, _spread(day, begun, width), before[places])
    looks = np.full(len(places), looks_a_year(width))
    kept = tail * looks <= most
    return Bursts(end[kept] - width, end[kept], count[places][kept], expected[kept], tail[kept], looks[kept])


def _span(season: Season, since: Floats, until: Floats) -> Floats:
    return season.elapsed(until) - season.elapsed(since)


def _spread(day: Floats, begun: float, width: float) -> float:
    """Square of the relative standard deviation of the rate from window to window, beyond Poisson's."""
    span = max(width, 1.0)
    edges = np.arange(begun, day[-1] if len(day) else begun, span)
    if len(edges) < 7:
        return 2 * _LEAST_SPREAD
    # The fullest twentieth is left out: what is looked for must not widen what is usual.
    counts = np.sort(np.histogram(day, edges)[0])[: max(len(edges) - 1 - len(edges) // 20, 3)]
    mean = counts.mean()
    return max(float((counts.var() - mean) / max(mean, 0.5) ** 2), _LEAST_SPREAD)


def _tail(count: Floats, expected: Floats, spread: float, before: Floats) -> Floats:
    """P(as many or more): Poisson with a gamma rate, whose spread adds how unsure the expectation is."""
    shape = 1.0 / (spread + 1.0 / (before + 1.0))
    return np.asarray(nbinom.sf(count - 1, shape, shape / (shape + expected)))
