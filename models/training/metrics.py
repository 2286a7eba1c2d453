"""Metrics as pure functions of arrays, and their bootstrap intervals.

n rows; `truth` and `guess` are arrays over rows. A metric that the rows cannot give is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Metric = Callable[[NDArray[np.intp]], float]
"""A metric of the rows at the given places."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % percentile bootstrap interval over rows."""

    value: float
    low: float
    high: float

    def plain(self) -> dict[str, float | None]:
        """The three figures for JSON, to four digits; None for what the rows cannot give."""
        return {name: rounded(getattr(self, name)) for name in ("value", "low", "high")}


def rounded(value: float) -> float | None:
    """Four digits; None for nan, which JSON has no word for."""
    return round(value, 4) if np.isfinite(value) else None


def bootstrap(metric: Metric, n: int, draws: int = 400, seed: int = 7) -> Estimate:
    """The metric of all n rows, with the interval of `draws` resamples of rows."""
    dice = np.random.default_rng(seed)
    values = np.array([metric(dice.integers(0, n, n)) for _ in range(draws)])
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, [0.025, 0.975]) if len(finite) else (np.nan, np.nan)
    return Estimate(float(metric(np.arange(n))), float(low), float(high))


def pearson(truth: Array, guess: Array) -> float:
    """Correlation; nan where one of the two does not vary."""
    if len(truth) < 2 or np.ptp(truth) == 0 or np.ptp(guess) == 0:
        return float("nan")
    return float(np.corrcoef(truth, guess)[0, 1])


def mean_absolute(truth: Array, guess: Array) -> float:
    """Mean absolute difference."""
    return float(np.abs(np.asarray(truth, dtype=float) - guess).mean())


def within(truth: Array, guess: Array, step: int = 0) -> float:
    """Share of guesses at most `step` away."""
    return float((np.abs(np.asarray(truth, dtype=int) - guess) <= step).mean())


def auc(positive: Array, guess: Array) -> float:
    """Area under the ROC curve by ranks, ties counted half; nan with one class only."""
    positive = np.asarray(positive, dtype=bool)
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        return float("nan")
    _, inverse, counts = np.unique(guess, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def f1(truth: Array, guess: Array) -> float:
    """F1 of a binary decision; 0 where nothing was right, nan where there is no positive row."""
    truth, guess = np.asarray(truth, dtype=bool), np.asarray(guess, dtype=bool)
    if not truth.any():
        return float("nan")
    return float(2 * (truth & guess).sum() / (truth.sum() + guess.sum()))


def macro_f1(truth: Array, guess: Array) -> float:
    """Mean F1 over the columns of (n, k) decisions that have positive rows."""
    each = [f1(truth[:, k], guess[:, k]) for k in range(truth.shape[1])]
    found = [value for value in each if np.isfinite(value)]
    return float(np.mean(found)) if found else float("nan")


def class_f1(truth: Array, guess: Array, classes: Sequence[int]) -> float:
    """Macro-F1 of one class a row, over the classes that occur."""
    return macro_f1(np.stack([truth == c for c in classes], 1), np.stack([guess == c for c in classes], 1))


def calibration_error(happened: Array, p: Array, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count: mean |share - mean probability|."""
    found = reliability(happened, p, bins)
    return sum(abs(share - said) * n for said, share, n in found) / len(p)


def reliability(happened: Array, p: Array, bins: int = 10) -> list[list[float]]:
    """For bins of equal count by p: the mean probability, the share that happened, and the count."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [[float(np.mean(p[part])), float(np.mean(happened[part])), len(part)] for part in parts]


def net_promoters(score_classes: Array) -> float:
    """NPS in points of classes 0 detractor, 1 passive, 2 promoter."""
    return float(100 * (np.mean(score_classes == 2) - np.mean(score_classes == 0)))


def best_threshold(truth: Array, p: Array) -> float:
    """The probability from which calling a row positive gives the best F1; 0.5 without positive rows."""
    truth = np.asarray(truth, dtype=bool)
    if not truth.any():
        return 0.5
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(truth[order])
    scores = 2 * hits / (truth.sum() + np.arange(1, len(order) + 1))
    place = int(scores.argmax())
    after = p[order[place + 1]] if place + 1 < len(order) else 0.0
    between = (p[order[place]] + after) / 2
    return float(between if between > after else p[order[place]])
