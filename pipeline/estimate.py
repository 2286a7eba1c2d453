"""Natural NPS and shares with their intervals: pure functions over arrays and sums, no database.

A vote is a distribution over detractor, passive and promoter: certain where the author gave a rating, the
reader's calibrated probabilities where only a text is known. Shares are their mean (probabilistic
classify-and-count, Bella et al. 2010). Scores are in NPS points (-100..100), shares in 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]

TOO_FEW = 30
"""Under so many votes a score says too little to be shown as a finding."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The sums over votes from which a score and its interval follow; they can be made in SQL.

    `noise` is the sum of each vote's own variance, `p + d - (p - d)^2`: 0 for a rating. With F_c the sum of
    `p - d` and n_c the number of votes of cluster c: `ff`, `fn`, `nn` are the sums of F_c^2, F_c n_c, n_c^2.
    """

    n: int
    promoters: float
    detractors: float
    noise: float
    clusters: int
    ff: float
    fn: float
    nn: float

    @property
    def value(self) -> float:
        """P - D, in -1..1; NaN without votes."""
        return (self.promoters - self.detractors) / self.n if self.n else float("nan")


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its 95 % interval. `sampling_se` leaves out what the reader adds (see `score`)."""

    value: float
    low: float
    high: float
    se: float
    sampling_se: float
    n: int
    effective_n: float

    @property
    def too_few(self) -> bool:
        """Whether there are too few votes to call this a finding."""
        return self.n < TOO_FEW


def settled(score: Score) -> Score:
    """The score to nine decimals: a database adds up in any order, and the last bits say nothing."""
    return Score(*(round(value, 9) for value in astuple(score)))


def nps(promoters: ArrayLike, detractors: ArrayLike) -> float:
    """`100 (P - D)` (Reichheld 2003) of (n,) probabilities or 0/1 votes; NaN without votes."""
    p, d = _votes(promoters, detractors)
    return float(100 * (p - d).mean()) if len(p) else float("nan")


def moments(promoters: ArrayLike, detractors: ArrayLike, clusters: ArrayLike | None = None) -> Moments:
    """The sums of (n,) votes in (n,) clusters (any labels; None: each vote its own).

    Raises ValueError for probabilities outside 0..1 or votes and clusters of unlike lengths.
    """
    p, d = _votes(promoters, detractors)
    f = p - d
    codes = _codes(clusters, len(p))
    sums, sizes = np.bincount(codes, weights=f), np.bincount(codes).astype(float)
    return Moments(
        n=len(p),
        promoters=float(p.sum()),
        detractors=float(d.sum()),
        noise=float((p + d - f * f).sum()),
        clusters=len(sizes),
        ff=float((sums * sums).sum()),
        fn=float((sums * sizes).sum()),
        nn=float((sizes * sizes).sum()),
    )


def _votes(promoters: ArrayLike, detractors: ArrayLike) -> tuple[Floats, Floats]:
    p, d = np.asarray(promoters, dtype=float), np.asarray(detractors, dtype=float)
    if p.shape != d.shape or p.ndim != 1:
        raise ValueError(f"promoters {p.shape} and detractors {d.shape} must be two (n,) arrays")
    # A float32 softmax may miss 1 by a hair.
    if len(p) and not (p.min() >= 0 and d.min() >= 0 and (p + d).max() <= 1 + 1e-4):
        raise ValueError("votes must be probabilities with p + d <= 1")
    return p, d


def _codes(clusters: ArrayLike | None, n: int) -> NDArray[np.intp]:
    if clusters is None:
        return np.arange(n)
    labels = np.asarray(clusters)
    if labels.shape != (n,):
        raise ValueError(f"{labels.shape} cluster labels for {n} votes")
    return np.unique(labels, return_inverse=True)[1]


def simple_variance(m: Moments) -> float:
    """Variance of P - D for independent votes: `(P + D - (P - D)^2) / n` (sampling error of a trinomial)."""
    return max((m.promoters + m.detractors) / m.n - m.value**2, 0.0) / m.n


def clustered_variance(m: Moments) -> float:
    """Variance of P - D with clusters: Taylor-linearised sums per cluster (Binder 1983), plus votes' noise.

    By total variance, the spread of the expectations and the noise around them make up what `simple_variance`
    gives when every cluster holds one vote. The factor G / (G - 1) is the usual one for few clusters.
    Infinite for a single cluster: it tells nothing of the variance between clusters.
    """
    if m.clusters == m.n:
        return simple_variance(m)
    if m.clusters < 2:
        return float("inf")
    spread = max(m.ff - 2 * m.value * m.fn + m.value**2 * m.nn, 0.0)
    return (m.clusters / (m.clusters - 1) * spread + m.noise) / m.n**2


def design_effect(m: Moments) -> float:
    """By how much clustering widens the variance, at least 1.

    Where all votes are alike no variance can be compared: then each cluster counts as one voice (Kish).
    """
    simple, clustered = simple_variance(m), clustered_variance(m)
    if simple <= 0:
        return m.nn / m.n
    return max(clustered / simple, 1.0)


def score(
    m: Moments,
    *,
    confidence: float = 0.95,
    reader_sd: float = 0.0,
    domains: int | None = None,
    effect: float | None = None,
    correction_se: float = 0.0,
) -> Score:
    """NPS with its interval: adjusted Wald (Sauro and Lewis; 3 added to n: 3/4 each to promoters and
    detractors, 3/2 to passives) on the effective number of votes, `n / design_effect` (after Korn and
    Graubard 1998).

    `reader_sd` is the reader's between-domain error in points, scaled by the share of estimated votes: it
    widens the interval by a t quantile with `domains - 1` degrees of freedom. `correction_se` is the error
    of correcting the votes, in points; it counts as sampling error. `effect` overrides the design effect, for
    sums that were corrected. NaN and the whole scale without votes.
    """
    if m.n == 0:
        return Score(float("nan"), -100.0, 100.0, float("nan"), float("nan"), 0, 0.0)
    effective = m.n / (design_effect(m) if effect is None else effect)
    centre, wald = _adjusted(m, effective)
    parts = (
        _quantile(confidence, m) * wald,
        _two_sided(confidence) * correction_se,
        reader_half(confidence, reader_sd, domains),
    )
    half, sampling = float(np.linalg.norm(parts)), float(np.hypot(wald, correction_se))
    low, high = (-100.0, 100.0) if m.clusters < 2 and m.n > 1 else (centre - half, centre + half)
    value = 100 * m.value
    # With one or two votes the shrunken centre lies so far in that the interval would miss its own score.
    low, high = max(min(low, value), -100.0), min(max(high, value), 100.0)
    return Score(value, low, high, float(np.hypot(sampling, reader_sd)), sampling, m.n, effective)


def _adjusted(m: Moments, effective: float) -> tuple[float, float]:
    """Centre and standard error in points with 3 votes added."""
    p = (effective * m.promoters / m.n + 0.75) / (effective + 3)
    d = (effective * m.detractors / m.n + 0.75) / (effective + 3)
    return 100 * (p - d), 100 * float(np.sqrt((p + d - (p - d) ** 2) / (effective + 3)))


def _quantile(confidence: float, m: Moments) -> float:
    return _two_sided(confidence, m.clusters - 1 if 2 <= m.clusters < m.n else None)


def reader_half(confidence: float, sd: float, domains: int | None) -> float:
    """Half the interval that the reader's error between domains makes, by t with `domains - 1` degrees."""
    return sd * _two_sided(confidence, domains - 1 if domains and domains > 1 else None)


@cache
def _two_sided(confidence: float, freedom: int | None = None) -> float:
    """The quantile of t, or of the normal distribution, that leaves half of the rest on either side."""
    tail = 1 - (1 - confidence) / 2
    return float(stats.norm.ppf(tail) if freedom is None else stats.t.ppf(tail, freedom))


def adjusted_wald(promoters: int, passives: int, detractors: int, confidence: float = 0.95) -> Score:
    """NPS and adjusted Wald interval of counted votes."""
    n = promoters + passives + detractors
    noise_free = Moments(
        n, promoters, detractors, 0.0, n, float(promoters + detractors), float(promoters - detractors), n
    )
    return score(noise_free, confidence=confidence)


def share(
    values: ArrayLike,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Score:
    """A share of (n,) probabilities under (n,) weights in 0..1, with its Wilson interval on the effective n.

    A weight is the probability that the vote belongs to the group asked about; the share is a ratio of two
    sums, its variance Taylor-linearised over clusters plus each vote's own (values and weights taken as
    independent given the text). See `shares` for many at once.
    """
    column = np.asarray(values, dtype=float).reshape(-1, 1)
    return shares(column, weights, clusters, confidence)[0]


def shares(
    values: ArrayLike,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> list[Score]:
    """`share` of each of the k columns of (n, k) values. NaN in 0..1 where the weights sum to nothing."""
    z = np.asarray(values, dtype=float)
    w = np.ones(len(z)) if weights is None else np.asarray(weights, dtype=float)
    return grouped_shares(z, w.reshape(-1, 1), clusters, confidence)[0]


def grouped_shares(
    values: ArrayLike, weights: ArrayLike, clusters: ArrayLike | None = None, confidence: float = 0.95
) -> list[list[Score]]:
    """`shares` of (n, k) values in each of g groups, the columns of (n, g) weights."""
    z, w = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    codes = _codes(clusters, len(z))
    sizes = np.bincount(codes, minlength=1)
    many = sizes[codes] > 1
    both, shared = _WeighedSums.of(z, w), _WeighedSums.of(z[many], w[many])
    voices = _voices(z[many], w[many], codes[many])
    return [_shares(g, both, shared, voices[g], len(sizes), confidence) for g in range(w.shape[1])]


_NOBODY = 1e-9
"""A sum of weights below this is nobody: squares of such weights vanish in floating point."""


@dataclass(frozen=True, slots=True)
class _WeighedSums:
    """Over n rows, g groups, k columns: sums of w (g,), w z (g, k), w^2 (g,), w^2 z and w^2 z^2 (g, k)."""

    w: Floats
    wz: Floats
    ww: Floats
    wwz: Floats
    wwzz: Floats

    @classmethod
    def of(cls, z: Floats, w: Floats) -> _WeighedSums:
        if (w == 1).all():
            n, sums = w.sum(axis=0), np.tile(z.sum(axis=0), (w.shape[1], 1))
            return cls(n, sums, n, sums, np.tile(np.einsum("ij,ij->j", z, z), (w.shape[1], 1)))
        squared = w * w
        return cls(w.sum(axis=0), w.T @ z, squared.sum(axis=0), squared.T @ z, squared.T @ (z * z))

    def squares(self, group: int, s: Floats) -> Floats:
        """(k,): the sum of squares of w (z - s)."""
        return np.asarray(self.wwzz[group] - 2 * s * self.wwz[group] + s * s * self.ww[group])


def _voices(z: Floats, w: Floats, codes: NDArray[np.intp]) -> list[tuple[Floats, Floats]]:
    """By group: (c,) sums of w and (c, k) sums of w z over each of c clusters."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    if not len(starts):
        return [(np.zeros(0), np.zeros((0, z.shape[1])))] * w.shape[1]
    z, w = z[order], w[order]
    return [
        (np.add.reduceat(column, starts), np.add.reduceat(column[:, None] * z, starts, axis=0))
        for column in w.T
    ]


def _shares(
    group: int,
    both: _WeighedSums,
    shared: _WeighedSums,
    voices: tuple[Floats, Floats],
    clusters: int,
    confidence: float,
) -> list[Score]:
    """Variance of the weighted sum of residuals r = w (z - s): spread between clusters, plus noise.

    With E[r^2] of the 0/1 truths behind value and weight, the noise is the sum of E[r^2] - r^2, and the sum
    of E[r^2] is `s (1 - s) sum(w)`. Only clusters of two and more (`shared` rows, `voices`) need their sums.
    """
    total = float(both.w[group])
    if total < _NOBODY:
        nobody = Score(float("nan"), 0.0, 1.0, float("nan"), float("nan"), 0, 0.0)
        return [nobody] * both.wz.shape[1]
    s = np.clip(both.wz[group] / total, 0.0, 1.0)
    squares = both.squares(group, s)
    noise = total * s * (1 - s) - squares
    sums = voices[1] - voices[0][:, None] * s
    between = squares - shared.squares(group, s) + (sums * sums).sum(axis=0)
    few = clusters / max(clusters - 1, 1) if len(sums) else 1.0
    variance = np.maximum(few * between + noise, 0.0) / total**2
    kish = total**2 / float(both.ww[group])
    return [_wilson(float(a), float(v), total, kish, confidence) for a, v in zip(s, variance, strict=True)]


def _wilson(s: float, variance: float, total: float, kish: float, confidence: float) -> Score:
    spread = s * (1 - s)
    effective = min(spread / variance, total) if variance > 0 and spread > 0 else min(kish, total)
    z = _two_sided(confidence)
    scale = 1 + z * z / effective
    centre = (s + z * z / (2 * effective)) / scale
    half = z / scale * float(np.sqrt(spread / effective + z * z / (4 * effective**2)))
    se = float(np.sqrt(spread / effective))
    low, high = min(max(centre - half, 0.0), s), max(min(centre + half, 1.0), s)
    return Score(s, low, high, se, se, round(total), effective)


def cluster_bootstrap(
    promoters: ArrayLike,
    detractors: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    seed: int,
    draws: int = 2000,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of the NPS from resampled clusters (Davison, Hinkley 1997): the check on `score`.

    Each draw also draws every vote's class, so that a reader's uncertainty counts as it does in `score`.
    """
    p, d = _votes(promoters, detractors)
    codes = _codes(clusters, len(p))
    rng = np.random.default_rng(seed)
    groups = int(codes.max()) + 1
    results = np.empty(draws)
    for draw in range(draws):
        # Copies of a cluster draw their classes apart: else the noise of the votes would count twice.
        rows = np.repeat(np.arange(len(p)), rng.multinomial(groups, np.full(groups, 1 / groups))[codes])
        u = rng.random(len(rows))
        results[draw] = (u < p[rows]).mean() - (u >= 1 - d[rows]).mean()
    tail = (1 - confidence) / 2
    low, high = np.quantile(results, [tail, 1 - tail])
    return float(100 * low), float(100 * high)


@dataclass(frozen=True, slots=True)
class Difference:
    """b - a with its 95 % interval and two-sided p-value."""

    value: float
    low: float
    high: float
    p_value: float

    @property
    def clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def difference(a: Score, b: Score, *, shared_reader: bool = True, confidence: float = 0.95) -> Difference:
    """b - a of two independent scores, normal approximation on their adjusted standard errors.

    `shared_reader`: both lean on one reader in like texts (two months of one brand): its error cancels.
    """
    se = float(np.hypot(a.sampling_se, b.sampling_se) if shared_reader else np.hypot(a.se, b.se))
    value = b.value - a.value
    if not np.isfinite(value) or not np.isfinite(se):
        return Difference(float("nan"), float("-inf"), float("inf"), 1.0)
    half = se * _two_sided(confidence)
    p_value = float(2 * stats.norm.sf(abs(value) / se)) if se > 0 else float(value == 0)
    return Difference(value, value - half, value + half, p_value)


def benjamini_hochberg(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Which comparisons hold, with at most `rate` of those expected false (Benjamini, Hochberg 1995)."""
    p = np.asarray(p_values, dtype=float)
    if not len(p):
        return []
    order = np.argsort(p)
    passed = np.flatnonzero(p[order] <= rate * np.arange(1, len(p) + 1) / len(p))
    cut = p[order][passed[-1]] if len(passed) else -1.0
    return [bool(value <= cut) for value in p]
