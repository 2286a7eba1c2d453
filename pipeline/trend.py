"""Whether a score moves: a verdict on every step, and the periods from which it stands at another level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline import estimate
from pipeline.numbers import Figure, Move

Verdict = Literal["up", "down", "did not move", "too few"]
Floats = NDArray[np.float64]
_LEAST = 1.0
"""Points: a smaller standard error than this is never believed of a single period."""


def verdict(move: Move) -> Verdict:
    """What may be said of a step: a direction only if it is clear among all steps judged with it."""
    if move.before.too_few or move.after.too_few:
        return "too few"
    if not move.moved:
        return "did not move"
    return "up" if move.change.value > 0 else "down"


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """From `period` on the score stands at `after` rather than at `before`, in points; clear of chance."""

    period: date
    before: float
    after: float
    change: estimate.Difference


def change_points(figures: Iterable[Figure], rate: float = 0.05) -> list[ChangePoint]:
    """Of the figures of one brand: where its level changed, in time order; periods with too few are left out.

    The levels are the best piecewise constant fit by squared errors over sampling variances with a penalty
    of 3 log n a change (after Zhang and Siegmund 2007; exact by dynamic programming, Jackson et al. 2005).
    Of the changes found those are named that hold together at the false discovery rate.
    """
    ordered = sorted((f for f in figures if f.period and not f.too_few), key=lambda f: f.period or date.min)
    if len(ordered) < 2:
        return []
    values = np.array([figure.nps for figure in ordered])
    weights = np.array([max(figure.sampling_se, _LEAST) ** -2 for figure in ordered])
    edges = [0, *_cuts(values, weights), len(ordered)]
    levels = [_level(values[a:b], weights[a:b]) for a, b in pairwise(edges)]
    changes = [estimate.difference(a, b) for a, b in pairwise(levels)]
    held = estimate.benjamini_hochberg([change.p_value for change in changes], rate)
    return [
        ChangePoint(ordered[edge].period or date.min, a.value, b.value, change)
        for edge, (a, b), change, hold in zip(edges[1:-1], pairwise(levels), changes, held, strict=True)
        if hold
    ]


def _cuts(values: Floats, weights: Floats) -> list[int]:
    """Where new levels begin, the best of all ways to cut."""
    n = len(values)
    w, wx, wxx = (
        np.concatenate([[0.0], np.cumsum(part)]) for part in (weights, weights * values, weights * values**2)
    )
    best, last = np.zeros(n + 1), np.zeros(n + 1, dtype=int)
    best[0] = -3 * np.log(n)
    for end in range(1, n + 1):
        start = np.arange(end)
        cost = wxx[end] - wxx[start] - (wx[end] - wx[start]) ** 2 / (w[end] - w[start])
        total = best[start] + cost + 3 * np.log(n)
        last[end] = int(total.argmin())
        best[end] = total.min()
    found: list[int] = []
    end = n
    while last[end] > 0:
        end = int(last[end])
        found.append(end)
    return found[::-1]


def _level(values: Floats, weights: Floats) -> estimate.Score:
    value, se = float(values @ weights / weights.sum()), float(weights.sum() ** -0.5)
    return estimate.Score(value, value - 2 * se, value + 2 * se, se, se, len(values), float(len(values)))


def told(steps: Sequence[Move]) -> list[tuple[Move, Verdict]]:
    """Every step with its verdict."""
    return [(step, verdict(step)) for step in steps]
