"""From an imperfect reader's answers to the class shares of a group: quantifiers over arrays.

Counting a classifier's labels is biased as soon as the mix differs from the one it was trained on (Forman
2008; overviews: arXiv 2103.03223, 2011.02552). Classes are columns, k of them; posteriors are (n, k) rows
that sum to 1; the results are (k,) shares that sum to 1. Fit on rows that are not scored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

Floats = NDArray[np.float64]

_EPSILON = 1e-12


def classify_and_count(posteriors: ArrayLike) -> Floats:
    """CC: the share of rows in which each class is the likeliest."""
    p = _posteriors(posteriors)
    return np.asarray(np.bincount(p.argmax(axis=1), minlength=p.shape[1]) / len(p))


def probabilistic_count(posteriors: ArrayLike) -> Floats:
    """PCC: the mean of the posteriors (Bella et al. 2010). Right where calibrated for this very mix."""
    return np.asarray(_posteriors(posteriors).mean(axis=0))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the reader says of each true class, learned on labelled rows: (k, k), column j is true class j."""

    hard: Floats
    soft: Floats
    prior: Floats

    @classmethod
    def fit(cls, posteriors: ArrayLike, classes: ArrayLike) -> Adjustment:
        """From labelled rows; `classes` are (n,) column numbers. Raises ValueError if a class has no row."""
        p, y = _posteriors(posteriors), np.asarray(classes, dtype=int)
        k = p.shape[1]
        sizes = np.bincount(y, minlength=k)
        if len(y) != len(p) or len(sizes) > k or (sizes == 0).any():
            raise ValueError(
                f"labels need one class in 0..{k - 1} a row and each class at least once: {sizes}"
            )
        guesses = np.eye(k)[p.argmax(axis=1)]
        hard = np.stack([guesses[y == j].mean(axis=0) for j in range(k)], axis=1)
        soft = np.stack([p[y == j].mean(axis=0) for j in range(k)], axis=1)
        return cls(hard, soft, sizes / len(y))

    def adjusted_count(self, posteriors: ArrayLike) -> Floats:
        """ACC (Forman 2008): the shares that explain the counted labels through the reader's confusions."""
        return on_simplex(self.hard, classify_and_count(posteriors))

    def adjusted_probabilistic_count(self, posteriors: ArrayLike) -> Floats:
        """PACC (Bella et al. 2010): the same through the mean posteriors of each true class."""
        return on_simplex(self.soft, probabilistic_count(posteriors))

    def expectation_maximised(self, posteriors: ArrayLike, rounds: int = 1000) -> Floats:
        """EMQ (Saerens et al. 2002) from the prior of the labelled rows: see `expectation_maximised`."""
        return expectation_maximised(posteriors, self.prior, rounds)


def on_simplex(matrix: ArrayLike, observed: ArrayLike) -> Floats:
    """The shares s >= 0, sum 1, that minimise |matrix s - observed|^2 under these constraints."""
    m, q = np.asarray(matrix, dtype=float), np.asarray(observed, dtype=float)
    k = m.shape[1]
    # Non-negative least squares with a heavy last row that holds the sum at 1.
    heavy = 1e4
    found, _ = optimize.nnls(np.vstack([m, np.full((1, k), heavy)]), np.append(q, heavy))
    return np.asarray(found / found.sum()) if found.sum() > 0 else np.full(k, 1 / k)


def expectation_maximised(posteriors: ArrayLike, prior: ArrayLike, rounds: int = 1000) -> Floats:
    """EMQ or SLD: the shares to which the posteriors, moved there from `prior`, average."""
    p, start = _posteriors(posteriors), np.asarray(prior, dtype=float)
    ratio = p / np.maximum(start, _EPSILON)
    shares = start.copy()
    for _ in range(rounds):
        moved = ratio * shares
        moved /= np.maximum(moved.sum(axis=1, keepdims=True), _EPSILON)
        step = moved.mean(axis=0)
        if np.abs(step - shares).max() < 1e-8:
            return np.asarray(step)
        shares = step
    return shares


def _posteriors(posteriors: ArrayLike) -> Floats:
    p = np.asarray(posteriors, dtype=float)
    if p.ndim != 2 or not len(p) or not np.allclose(p.sum(axis=1), 1, atol=1e-3) or p.min() < 0:
        raise ValueError("posteriors must be (n, k) rows of probabilities that sum to 1, at least one row")
    return p


@dataclass(frozen=True, slots=True)
class Powered:
    """A mean made with predictions: value, standard error and the weight of the predictions, 0..1.

    `se` is about the mean of those whom the n + N rows are drawn from, `own_se` about that of these rows
    themselves: the labelled ones are known.
    """

    value: float
    se: float
    weight: float
    own_se: float


def prediction_powered(
    labels: ArrayLike,
    predicted: ArrayLike,
    unlabelled: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    folds: int = 5,
    seed: int = 0,
) -> Powered:
    """PPI++ mean of the labels (Angelopoulos et al. arXiv 2311.01453) over a population of n + N.

    `labels` y and `predicted` f of n labelled rows, f of N unlabelled ones, disjoint and drawn alike:
    `mean(y) + w (mean f of the unlabelled - mean f of the labelled)`. The weight is clipped to 0..1 and
    cross-fitted: each fold of labels takes what the other folds ask for. The variance of the labelled
    part is clustered where `clusters` (n,) are given. With worthless predictions it falls back to
    the mean of the labels. Raises ValueError for fewer than two labels.
    """
    y, f, g = (np.asarray(a, dtype=float) for a in (labels, predicted, unlabelled))
    if len(y) < 2 or len(y) != len(f):
        raise ValueError(f"{len(y)} labels and {len(f)} predictions: two or more of each are needed")
    if not len(g):
        return Powered(float(y.mean()), float(np.sqrt(_mean_variance(y, clusters))), 0.0, 0.0)
    groups = (
        np.arange(len(y)) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    )
    weights = _cross_fitted(y, f, len(g), groups, folds, seed)
    rectified = y - weights * f
    mean_weight = float(weights.mean())
    value = float(rectified.mean() + mean_weight * g.mean())
    variance = _mean_variance(rectified, groups) + mean_weight**2 * float(
        g.var(ddof=1) if len(g) > 1 else 0
    ) / len(g)
    own = _own_variance(y, f, mean_weight * (1 + len(y) / len(g)), len(g), groups)
    return Powered(value, float(np.sqrt(variance)), mean_weight, float(np.sqrt(own)))


@dataclass(frozen=True, slots=True)
class Rectified:
    """(2,) shares of promoters and detractors of n + N rows, and the error of their difference about the
    truth of these very rows."""

    shares: Floats
    error: float


def rectified(
    labels: ArrayLike,
    predicted: ArrayLike,
    rest: ArrayLike,
    others: int,
    clusters: ArrayLike | None = None,
    *,
    folds: int = 5,
    seed: int = 0,
) -> Rectified:
    """PPI++ of two shares at once: `prediction_powered` of their difference, split by the same weights.

    `labels` (n,) are 1, 0, -1; `predicted` (n, 2) the probabilities of 1 and -1, `rest` (2,) their mean over
    the `others` without labels. As adjusted Wald adds 3 votes, the error never falls under that of as many
    votes: among few labels, nearly all alike, the residuals look too small. Raises ValueError for fewer than
    two labels.
    """
    y, p, g = (np.asarray(a, dtype=float) for a in (labels, predicted, rest))
    n = len(y)
    if n < 2 or p.shape != (n, 2):
        raise ValueError(f"{n} labels and predictions {p.shape}: two or more of (n,) and (n, 2) are needed")
    f, truth = p[:, 0] - p[:, 1], np.column_stack([y == 1, y == -1]).astype(float)
    if not others:
        return Rectified(truth.mean(axis=0), 0.0)
    groups = np.arange(n) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    weights = _cross_fitted(y, f, others, groups, folds, seed)
    shares = (truth - weights[:, None] * p).mean(axis=0) + weights.mean() * g
    own = _own_variance(y, f, float(weights.mean()) * (1 + n / others), others, groups)
    return Rectified(shares, float(np.sqrt(own + PSEUDO / n**2 * others / (n + others))))


PSEUDO = 1.5
"""Variance of the votes that adjusted Wald adds, 3/4 promoters and 3/4 detractors."""


def _own_variance(y: Floats, f: Floats, slope: float, unlabelled: int, groups: NDArray[np.intp]) -> float:
    """Of the mean of n + N rows about their own truth: the residuals of a sample from a finite population."""
    return _mean_variance(y - slope * f, groups) * unlabelled / (len(y) + unlabelled)


def _cross_fitted(
    y: Floats, f: Floats, unlabelled: int, groups: NDArray[np.intp], folds: int, seed: int
) -> Floats:
    """(n,) weights, each fitted without the fold of its own cluster."""
    shuffled = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    fold = shuffled[groups] % folds
    return np.array([_weight(y[fold != own], f[fold != own], unlabelled) for own in range(folds)])[fold]


def _weight(y: Floats, f: Floats, unlabelled: int) -> float:
    """`cov(y, f) / ((1 + n/N) var f)`, clipped to 0..1; 0 where the predictions do not vary."""
    spread = float(f.var(ddof=1)) if len(f) > 1 else 0.0
    if spread <= _EPSILON:
        return 0.0
    best = float(np.cov(y, f, ddof=1)[0, 1]) / ((1 + len(y) / unlabelled) * spread)
    return min(max(best, 0.0), 1.0)


def _mean_variance(values: Floats, clusters: ArrayLike | None) -> float:
    """Variance of a mean, linearised over clusters."""
    codes = (
        np.arange(len(values))
        if clusters is None
        else np.unique(np.asarray(clusters), return_inverse=True)[1]
    )
    sums = np.bincount(codes, weights=values - values.mean())
    groups = len(sums)
    return float(groups / max(groups - 1, 1) * (sums**2).sum()) / len(values) ** 2
