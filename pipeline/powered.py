"""Audit labels in a score: what was read in a cell, moved to what people said of a random sample of it.

Two estimates of the same texts' shares: what was read (corrected for the usual mix of its source), whose
error is that of the correction and the reader's between domains; and that of the labels, helped by the
readings (PPI++, `pipeline.quantify`). They are weighed by their errors, as `sayso evaluate nps` measures it
for 50 and 100 labels. Where the two are further apart than their errors allow, these are texts that the
reader does not know: its error is then what the labels show. Only labels of random samples count here: what
people chose to correct is no sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.quantify import rectified

Floats = NDArray[np.float64]
BALANCE = np.array([1.0, -1.0])
"""What promoters and detractors add to the score."""
FEWEST = 30
"""Labels of a cell's texts from which they have a say."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A vote that was read and labelled: `said` 1, 0, -1 by the label, `promoter` and `detractor` as read."""

    said: int
    promoter: float
    detractor: float
    cluster: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """Shares of the votes that were read, in 0..1, their error (standard deviation of P - D), and how far the
    labels count in them, 0..1."""

    promoters: float
    detractors: float
    error: float
    trust: float


def weighed(
    labelled: Sequence[Labelled],
    as_read: tuple[float, float],
    n: int,
    shares: tuple[float, float],
    error: float,
) -> Weighed:
    """The shares of n votes that were read, of which some are labelled.

    `as_read` are the sums of their probabilities of promoter and detractor; `shares` (promoters, detractors)
    and `error` the estimate without labels. An error of 0 means that it was never measured: then the labels
    alone count.
    """
    read = np.array([(vote.promoter, vote.detractor) for vote in labelled])
    others = n - len(labelled)
    rest = (np.array(as_read) - read.sum(axis=0)) / others if others else np.zeros(2)
    said, clusters = ([getattr(vote, name) for vote in labelled] for name in ("said", "cluster"))
    found = rectified(said, read, rest, others, clusters)
    apart = float(found.shares @ BALANCE) - float(np.array(shares) @ BALANCE)
    error = float(np.sqrt(max(error**2, apart**2 - found.error**2))) if error > 0 else 0.0
    trust = error**2 / (error**2 + found.error**2) if error > 0 else 1.0
    joint = trust * found.shares + (1 - trust) * np.array(shares)
    promoters, detractors = on_scale(joint)
    left = found.error * float(np.sqrt(trust)) if error > 0 else found.error
    return Weighed(promoters, detractors, left, trust)


def on_scale(shares: Floats) -> tuple[float, float]:
    """Shares of promoters and detractors near the given ones: each 0 or more, together 1 or less."""
    kept = np.maximum(shares, 0.0)
    promoters, detractors = kept / max(float(kept.sum()), 1.0)
    return float(promoters), float(detractors)
