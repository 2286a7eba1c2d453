"""Readings: what the model says of a batch of texts, as columns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EMOTIONS = (
    "delight", "gratitude", "trust", "hope", "surprise", "confusion",
    "worry", "disappointment", "irritation", "anger", "disgust", "neutral",
)  # fmt: skip
SPEAKERS = ("customer", "prospect", "former", "unclear")
POSITIVE_EMOTIONS = ("delight", "gratitude", "trust", "hope")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """Where the person met the brand, and how it went: polarity in -1..1, p in 0..1."""

    name: str
    polarity: float
    p: float


@dataclass(frozen=True, slots=True)
class Readings:
    """n readings as columns. A column is None where this model version has no such head."""

    scores: Floats
    """(n, 11): probability of each score 0..10, rows sum to 1."""
    score: Floats
    """(n,): the mean of the distribution, 0..10."""
    p_detractor: Floats
    """(n,): calibrated probability of 0..6."""
    p_passive: Floats
    """(n,): of 7..8."""
    p_promoter: Floats
    """(n,): of 9..10. The three sum to 1."""
    emotions: Floats
    """(n, 12): calibrated probability of each of EMOTIONS; several may be high."""
    touchpoints: list[list[Touchpoint]] | None
    advocacy: Floats | None
    """(n,): -1 tells others to stay away .. 1 tells others to go."""
    leaving: Floats | None
    """(n,): probability that the person left, will leave or prefers another."""
    speaker: list[str] | None
    """One of SPEAKERS."""
    effort: Floats | None
    """(n,): -1 it was a struggle .. 1 it was easy; 0 where nothing is said of it."""
    p_generated: Floats | None
    """(n,): probability of generated or templated wording, a weak vote."""
    abstain: NDArray[np.bool_]
    """(n,): the reader is not sure enough to show this reading as certain (or there is no text)."""
    lang: list[str]
    """ISO 639-1, `und` where it cannot be told."""
    model: str
    """Version of the weights and heads."""
    embedding: Floats
    """(n, d): unit-length sentence embedding."""

    def __len__(self) -> int:
        return len(self.score)

    def records(self) -> list[dict[str, Any]]:
        """One JSON-able dict a reading, in the columns of the contract; the embedding is left out."""
        return [self._record(i) for i in range(len(self))]

    def _record(self, i: int) -> dict[str, Any]:
        touchpoints = None if self.touchpoints is None else [_rounded(asdict(t)) for t in self.touchpoints[i]]
        return {
            "scores": [_short(p) for p in self.scores[i]],
            "score": _short(self.score[i]),
            "p_detractor": _short(self.p_detractor[i]),
            "p_passive": _short(self.p_passive[i]),
            "p_promoter": _short(self.p_promoter[i]),
            "emotions": {name: _short(p) for name, p in zip(EMOTIONS, self.emotions[i], strict=True)},
            "touchpoints": touchpoints,
            "advocacy": None if self.advocacy is None else _short(self.advocacy[i]),
            "leaving": None if self.leaving is None else _short(self.leaving[i]),
            "speaker": None if self.speaker is None else self.speaker[i],
            "effort": None if self.effort is None else _short(self.effort[i]),
            "p_generated": None if self.p_generated is None else _short(self.p_generated[i]),
            "abstain": bool(self.abstain[i]),
            "lang": self.lang[i],
            "model": self.model,
        }


def _short(value: float) -> float:
    """Six digits are more than float32 and the calibration hold."""
    return round(float(value), 6)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _short(value) if isinstance(value, float) else value for key, value in row.items()}
