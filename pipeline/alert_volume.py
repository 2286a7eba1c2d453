"""Whether far more is said than usual: the last hours against the same hours of the weeks before.

The tail is that of a negative binomial: a Poisson rate known from few weeks is uncertain (gamma posterior).
What people say comes in clumps, so weeks that differ more than Poisson weeks do widen it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

WEEKS = 8
FEWEST_WEEKS = 4
"""A source watched for less time has no usual volume yet."""
FEWEST = 8
"""Mentions: fewer are no spike however rare they are."""
LEVEL = 1e-5
"""Of one look. They come every few minutes, but windows overlap: some thousand of a year are independent."""
_WINDOWS = {"h6": 6, "h24": 24, "h72": 72}
_CLUMPED = 1.5
"""Mentions answer each other: weeks are never believed to differ less than this, variance over mean."""


@dataclass(frozen=True, slots=True)
class Spike:
    """So many mentions in so many hours, where `usual` are expected; `p_value` of as many by chance."""

    brand: str
    hours: int
    count: int
    usual: float
    p_value: float
    sources: tuple[str, ...]

    @property
    def times(self) -> float:
        """How many times the usual."""
        return self.count / max(self.usual, 0.5)


def spikes(
    rows: Sequence[Mapping[str, Any]], known_since: Mapping[str, datetime], until: datetime, times: float
) -> Iterator[Spike]:
    """The rarest window of each brand that is a spike and at least `times` the usual.

    `rows` are counts by brand, source and week (0: now, 1..8 before) for each window (`alerts.volumes`).
    """
    for brand in sorted({row["brand"] for row in rows}):
        own = [row for row in rows if row["brand"] == brand]
        found = [_window(brand, own, column, known_since, until) for column in _WINDOWS]
        best = min((spike for spike in found if spike), key=lambda spike: spike.p_value, default=None)
        if best and best.p_value < LEVEL and best.count >= FEWEST and best.times >= times:
            yield best


def _window(
    brand: str,
    rows: Iterable[Mapping[str, Any]],
    column: str,
    known_since: Mapping[str, datetime],
    until: datetime,
) -> Spike | None:
    weeks = np.zeros((WEEKS + 1,))
    watched = WEEKS
    here: set[str] = set()
    for row in rows:
        full = int((until - known_since.get(row["source"], until)) / timedelta(weeks=1))
        if full < FEWEST_WEEKS:
            continue
        watched = min(watched, full)
        weeks[row["week"]] += row[column]
        if row["week"] == 0 and row[column]:
            here.add(row["source"])
    if not here:
        return None
    count, past = int(weeks[0]), weeks[1 : watched + 1]
    usual = float(past.mean())
    return Spike(brand, _WINDOWS[column], count, usual, tail(count, past), tuple(sorted(here)))


def tail(count: int, past: NDArray[np.float64]) -> float:
    """P(at least `count`) given (n,) counts of like windows before.

    Gamma posterior (shape sum + 1/2, rate n) of the rate, Poisson counts: a negative binomial. Counts are
    divided by the dispersion first (variance over mean, at least 1.5), as quasi-likelihood does.
    """
    mean = float(past.mean())
    spread = float(past.var(ddof=1)) / mean if mean > 0 and len(past) > 1 else 1.0
    clump = max(spread, _CLUMPED)
    shape, rate = float(past.sum()) / clump + 0.5, float(len(past))
    return float(stats.nbinom.sf(np.ceil(count / clump) - 1, shape, rate / (rate + 1)))
