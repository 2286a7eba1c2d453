"""Shares of a group from the mean of its readings, corrected for a mix that the reader did not expect.

A reader's posteriors carry the usual mix of the kind of text they were read from: the mean of them (PCC)
pulls every group towards it. What the reader says of each class in that kind of text undoes the pull (PACC,
Bella et al. 2010). Nobody needs to label for it: where posteriors are calibrated over the whole of a kind, a
text counts for each class by its posterior, so that `E[p_k | class j] = E[p_j p_k] / E[p_j]`; a rated text
counts for its class alone. Over the whole kind the result is PCC itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.quantify import on_simplex

Floats = NDArray[np.float64]
BALANCE = np.array([-1.0, 0.0, 1.0])
"""What a detractor, a passive and a promoter add to the score."""
ANY_MIX = float(np.sqrt(1 / 6))
"""Standard deviation of P - D where every mix is equally likely: how far a group may be from its kind."""
FEWEST = 300
"""Texts of a kind from which its confusions can be told."""
_WEAKEST = 0.02
"""Smallest singular value of a confusion matrix that can be undone."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score in points. `se` is the error about the group's own ratings; `sampling_se` adds that the
    group is itself a sample of people."""

    value: float
    se: float
    sampling_se: float
    shares: tuple[float, ...] = ()


def estimated(shares: Floats, own: float, n: int) -> Estimate:
    """From (3,) shares of a group of n and the variance of P - D about the group's own."""
    balance = float(BALANCE @ shares)
    among = max(float(shares[0] + shares[2]) - balance**2, 0.0) / n
    errors = (100 * float(np.sqrt(own)), 100 * float(np.sqrt(own + among)))
    return Estimate(100 * balance, *errors, tuple(map(float, shares)))


@dataclass(frozen=True)
class Kind:
    """What the reader says of each class in one kind of text, told from n texts.

    `shares` (3,) is the usual mix; column j of `confusion` (3, 3) the mean posteriors of class j; `spreads`
    (3,) the variance of `weights p` within each class; `unsure` (3, 3) the covariance, over what texts were
    met, of the mean of `weights p` of each class.
    """

    n: int
    shares: Floats
    confusion: Floats
    spreads: Floats
    unsure: Floats

    @classmethod
    def of(cls, posteriors: ArrayLike, classes: ArrayLike | None = None) -> Kind:
        """From (n, 3) posteriors; `classes` (n,) gives columns where texts are rated, -1 where not."""
        p = np.asarray(posteriors, dtype=float)
        c = p.copy()
        if classes is not None:
            y = np.asarray(classes, dtype=int)
            c[y >= 0] = np.eye(3)[y[y >= 0]]
        sizes = np.maximum(c.sum(axis=0), 1e-9)
        confusion = (p.T @ c) / sizes
        votes = (p @ _undone(confusion))[:, None] - BALANCE
        spreads = (c * votes**2).sum(axis=0) / sizes
        pull = c * votes / sizes
        return cls(len(p), sizes / sizes.sum(), confusion, spreads, pull.T @ pull)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """From what `to_dict` gave."""
        arrays = {name: np.asarray(values[name], dtype=float) for name in _ARRAYS}
        return cls(int(values["n"]), **arrays)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {"n": self.n, **{name: np.round(getattr(self, name), 9).tolist() for name in _ARRAYS}}

    @cached_property
    def usable(self) -> bool:
        """Whether there are enough texts, and the classes differ enough, to undo the confusions."""
        if self.n < FEWEST or self.n * self.shares.min() < 1:
            return False
        return bool(np.linalg.svd(self.confusion, compute_uv=False).min() > _WEAKEST)

    @property
    def weights(self) -> Floats:
        """(3,): what a posterior of each class adds to the corrected score: on average -1, 0, 1 by class."""
        return _undone(self.confusion)

    def estimate(self, mean: ArrayLike, n: int) -> Estimate:
        """The score of a group of n texts from the (3,) mean of their posteriors.

        The correction is drawn towards the usual mix by as much as chance could explain it (the posterior
        mean under a normal prior of standard deviation ANY_MIX): few texts say little. The error holds the
        noise of n readings and of the texts that the confusions are known from.
        """
        shares = on_simplex(self.confusion, np.asarray(mean, dtype=float))
        noise = float(shares @ self.spreads) / n + float(shares @ self.unsure @ shares)
        trust = ANY_MIX**2 / (ANY_MIX**2 + noise)
        drawn = self.shares + trust * (shares - self.shares)
        score = float(BALANCE @ drawn)
        own = trust * noise
        among = max(float(drawn[0] + drawn[2]) - score**2, 0.0) / n
        return Estimate(
            100 * score,
            100 * float(np.sqrt(own)),
            100 * float(np.sqrt(own + among)),
            tuple(map(float, drawn)),
        )


_ARRAYS = ("shares", "confusion", "spreads", "unsure")


@dataclass(frozen=True, slots=True)
class Heard:
    """Votes of one cell that were read from texts of one kind: how many, sums of their probabilities."""

    kind: str
    n: int
    promoters: float
    detractors: float


@dataclass(frozen=True, slots=True)
class Corrected:
    """Sums over the votes of a cell after correction, and the error that is left in the sum, in votes."""

    promoters: float
    detractors: float
    error: float
    votes: int
    """How many votes were of a kind that is known well enough."""


def corrected(heard: Iterable[Heard], kinds: Mapping[str, Kind]) -> Corrected:
    """The votes of each kind corrected by what is known of it; those of an unknown kind stay as read."""
    promoters = detractors = variance = 0.0
    votes = 0
    for part in heard:
        kind = kinds.get(part.kind)
        if kind is None or not kind.usable or not part.n:
            promoters, detractors = promoters + part.promoters, detractors + part.detractors
            continue
        mean = np.array([part.detractors, part.n - part.promoters - part.detractors, part.promoters]) / part.n
        found = kind.estimate(mean, part.n)
        promoters += part.n * found.shares[2]
        detractors += part.n * found.shares[0]
        variance += (part.n * found.se / 100) ** 2
        votes += part.n
    return Corrected(promoters, detractors, float(np.sqrt(variance)), votes)


def _undone(confusion: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(confusion.T) @ BALANCE)
