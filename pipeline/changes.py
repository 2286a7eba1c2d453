"""What changed from one stretch of days to another: the score, what people feel, what they speak of.

All that can be compared is compared and judged together: of what is called a change at most one in
twenty is expected to be none (Benjamini-Hochberg). The score itself is asked about anyway and judged alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

from pipeline import estimate
from pipeline.drivers import NONE, Driver, drivers
from pipeline.estimate import Difference, Score
from pipeline.facts import Cut, Facts
from pipeline.footprint import NO_POSITIVE, Footprint, footprint
from pipeline.numbers import Figure, Instrument, compare, natural_nps

What = Literal["score", "felt", "spoken", "touchpoint"]
"""The score; the share that feels an emotion; the share that names a touchpoint; the score of those."""
RATE = 0.05
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Change:
    """One thing held against itself earlier. `name` is an emotion (or `no_positive`) or a touchpoint.

    `before`, `after` and `difference` are NPS points for scores, percentage points for shares. `n` votes are
    behind the later value. `clear`: it holds among all that was compared.
    """

    what: What
    name: str | None
    before: float
    after: float
    difference: Difference
    n: int
    clear: bool = False


def changes(facts: Facts, before: Cut, after: Cut, *, instrument: Instrument = "natural") -> list[Change]:
    """Every comparison of one brand's two cuts: the score, then the clearest first. Empty where either has
    too few votes."""
    scores = [natural_nps(facts, cut, instrument=instrument) for cut in (before, after)]
    if not all(scores) or any(found[0].too_few for found in scores):
        return []
    old, new = scores[0][0], scores[1][0]
    felt = [footprint(facts, cut, instrument=instrument, groups=("all",)) for cut in (before, after)]
    touched = [drivers(facts, cut, instrument=instrument) for cut in (before, after)]
    moved = compare(old, new)
    score = Change("score", None, old.nps, new.nps, moved, new.votes, moved.clear)
    found = [change for a in felt[0] for b in felt[1] for change in _felt(a, b)]
    found += _spoken(old, new, *touched)
    held = estimate.benjamini_hochberg([change.difference.p_value for change in found], RATE)
    judged = [
        replace(change, clear=hold and change.difference.clear)
        for change, hold in zip(found, held, strict=True)
    ]
    return [score, *sorted(judged, key=lambda change: (not change.clear, change.difference.p_value))]


def _felt(old: Footprint, new: Footprint) -> Iterator[Change]:
    if old.too_few or new.too_few:
        return
    pairs = [(name, old.emotions[name], new.emotions[name]) for name in new.emotions if name != "neutral"]
    for name, a, b in [*pairs, (NO_POSITIVE, old.no_positive, new.no_positive)]:
        yield _change("felt", name, _points(a), _points(b))


def _points(share: Score) -> Score:
    """A share of 0..1 in percentage points."""
    return Score(
        100 * share.value, 100 * share.low, 100 * share.high, 100 * share.se, 100 * share.sampling_se,
        share.n, share.effective_n,
    )  # fmt: skip


def _change(what: What, name: str, old: Score, new: Score) -> Change:
    return Change(what, name, old.value, new.value, estimate.difference(old, new), new.n)


def _spoken(old: Figure, new: Figure, earlier: Sequence[Driver], later: Sequence[Driver]) -> Iterator[Change]:
    then = {driver.touchpoint: driver for driver in earlier}
    for driver in later:
        past = then.get(driver.touchpoint)
        if past is None or driver.touchpoint == NONE:
            continue
        yield _change("spoken", driver.touchpoint, _named(past, old), _named(driver, new))
        if not (past.too_few or driver.too_few):
            yield _change("touchpoint", driver.touchpoint, _scored(past), _scored(driver))


def _named(driver: Driver, figure: Figure) -> Score:
    """The share of votes that name it, in percentage points; votes are worth as much as in the brand's score
    (threads)."""
    worth = max(driver.n / driver.share * figure.effective_n / figure.votes, 1.0)
    # Agresti-Coull: two votes each way, so that a share of 0 or 1 has an error too.
    middle = (driver.share * worth + 2) / (worth + 4)
    se = 100 * sqrt(middle * (1 - middle) / (worth + 4))
    value = 100 * driver.share
    return Score(value, value - _Z * se, value + _Z * se, se, se, driver.n, worth)


def _scored(driver: Driver) -> Score:
    se = (driver.high - driver.low) / (2 * _Z)
    return Score(driver.nps, driver.low, driver.high, se, se, driver.n, float(driver.n))
