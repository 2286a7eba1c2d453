"""The quantifiers that `sayso evaluate nps` holds against ratings: readings of a group in, a score out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline import quantify
from pipeline.correction import BALANCE, Estimate, Kind, estimated
from pipeline.quantify import Adjustment
from pipeline.rated_texts import RatedSet

Floats = NDArray[np.float64]
SHIPPED = "shipped"
FROM_TRAIN = "shipped, kind told from train"
FEWEST_LABELS = 30
"""Rated texts of each class from which a set's own confusions are learned; else other sets' are used."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What rated rows tell of the baselines: confusions, and by method (3,) the variance of what a text adds
    to the score within each true class; `labelled` rows of each class."""

    adjustment: Adjustment
    spreads: dict[str, Floats]
    labelled: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned for one set: its baselines from labels, the shipped method from posteriors alone."""

    learned: Learned | None
    """None where no rows of every class are left to learn from."""
    kind: Kind
    """Told from the texts that are scored, no labels: as a source's own texts tell it in use."""
    train_kind: Kind
    """The same from rows for fitting; a reader trained on those is surer of them than of others."""
    origin: str
    """Where the labels are from, in words."""


def fit(labelled: Sequence[RatedSet], pool: Floats, train: Floats, *, origin: str) -> Fitted:
    """From labelled rows that are not scored, and the unlabelled (n, 3) readings of the kind."""
    return Fitted(_learned(labelled), Kind.of(pool), Kind.of(train), origin)


def _learned(labelled: Sequence[RatedSet]) -> Learned | None:
    classes = np.concatenate([item.classes for item in labelled] or [np.zeros(0, dtype=np.intp)])
    sizes = np.bincount(classes, minlength=3)
    if not sizes.min():
        return None
    posteriors = np.concatenate([item.posteriors for item in labelled])
    adjustment = Adjustment.fit(posteriors, classes)
    counted = np.eye(3)[posteriors.argmax(axis=1)]
    heard = {"CC": counted, "PCC": posteriors, "ACC": counted, "PACC": posteriors}
    weights = {
        "CC": BALANCE, "PCC": BALANCE, "ACC": _undoing(adjustment.hard), "PACC": _undoing(adjustment.soft),
    }  # fmt: skip
    spreads = {
        name: np.array([np.var(votes[classes == j] @ weights[name]) for j in range(3)])
        for name, votes in heard.items()
    }
    return Learned(adjustment, spreads, sizes)


def _undoing(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(matrix.T) @ BALANCE)


def unlabelled(fitted: Fitted, posteriors: Floats) -> dict[str, Estimate]:
    """By method: the score of a group from its (n, 3) readings, by those that need no labels at all."""
    found = {SHIPPED: shipped(fitted.kind, posteriors)}
    if fitted.train_kind.usable:
        found[FROM_TRAIN] = shipped(fitted.train_kind, posteriors)
    return found


def baselines(learned: Learned | None, posteriors: Floats) -> dict[str, Estimate]:
    """By usual quantifier: the score of a group from its (n, 3) readings; PCC alone with nothing learned."""
    if learned is None:
        return {"PCC": plain(posteriors)}
    counted: dict[str, Callable[[Floats], Floats]] = {
        "CC": quantify.classify_and_count,
        "PCC": quantify.probabilistic_count,
        "ACC": learned.adjustment.adjusted_count,
        "PACC": learned.adjustment.adjusted_probabilistic_count,
    }
    n = len(posteriors)
    found = {name: _estimate(learned, name, count(posteriors), n) for name, count in counted.items()}
    return found | {"EMQ": _maximised(posteriors, learned.adjustment.prior)}


def cross_fitted(item: RatedSet, rest: RatedSet, seed: int, folds: int = 5) -> dict[str, Estimate]:
    """`baselines` of a group that is itself the nearest labelled text: each fold by the others and `rest`.

    Empty where a fold would have to learn without one of the classes.
    """
    fold = np.random.default_rng([seed, len(item)]).permutation(len(item)) % folds
    parts: list[dict[str, Estimate]] = []
    for own in range(folds):
        learned = _learned([item.at(fold != own), rest])
        if learned is None or not (fold == own).any():
            return {}
        parts.append(baselines(learned, item.posteriors[fold == own]))
    weights = np.bincount(fold, minlength=folds) / len(item)
    return {name: _pooled([part[name] for part in parts], weights) for name in parts[0]}


def _pooled(parts: Sequence[Estimate], weights: Floats) -> Estimate:
    """The score of disjoint parts of a group, their errors taken as independent."""
    errors = np.array([(part.se, part.sampling_se) for part in parts])
    se, sampling_se = np.sqrt(weights**2 @ errors**2)
    return Estimate(float(weights @ [part.value for part in parts]), float(se), float(sampling_se))


def shipped(kind: Kind, posteriors: Floats) -> Estimate:
    """Without labels: the corrected mean of the readings, PCC where too little of the kind is known."""
    if kind.usable:
        return kind.estimate(posteriors.mean(axis=0), len(posteriors))
    return plain(posteriors)


def plain(posteriors: Floats) -> Estimate:
    """PCC with each vote's own uncertainty: right where the mix is as usual."""
    n, balance = len(posteriors), posteriors @ BALANCE
    own = float((posteriors[:, 0] + posteriors[:, 2] - balance**2).sum()) / n**2
    shares = posteriors.mean(axis=0)
    return estimated(shares, own, n)


def _estimate(learned: Learned, name: str, shares: Floats, n: int) -> Estimate:
    """The error of a mean of n votes and, where confusions were undone, of the labels they are known from."""
    spreads = learned.spreads[name]
    own = float(shares @ spreads) / n
    if name in ("ACC", "PACC"):
        own += float(shares**2 @ (spreads / learned.labelled))
    return estimated(shares, own, n)


def _maximised(posteriors: Floats, prior: Floats) -> Estimate:
    """EMQ; its error is what the missing labels add to a count (observed less complete information)."""
    shares = quantify.expectation_maximised(posteriors, prior)
    n, ratio = len(posteriors), posteriors / prior
    slopes = ratio / (ratio @ shares)[:, None]
    free = slopes[:, [0, 2]] - slopes[:, [1]]
    contrast = np.array([-1.0, 1.0])
    total = float(contrast @ np.linalg.pinv(free.T @ free) @ contrast)
    balance = float(BALANCE @ shares)
    own = max(total - max(float(shares[0] + shares[2]) - balance**2, 0.0) / n, 0.0)
    return estimated(shares, own, n)


def with_labels(
    unlabelled: Estimate, posteriors: Floats, labels: Floats, places: NDArray[np.intp]
) -> tuple[Estimate, Estimate]:
    """PPI++ alone, and combined with the estimate without labels, each weighed by its own error.

    `labels` (n,) are 1, 0, -1 of all n texts, of which only those at `places` are looked at.
    """
    rest = np.setdiff1d(np.arange(len(labels)), places)
    predicted = posteriors @ BALANCE
    powered = quantify.prediction_powered(labels[places], predicted[places], predicted[rest])
    # As adjusted Wald adds 3 votes: among few labels, nearly all alike, the residuals look too small.
    pseudo = quantify.PSEUDO / len(places) ** 2
    value, own = (
        100 * powered.value,
        100 * float(np.sqrt(powered.own_se**2 + pseudo * len(rest) / len(labels))),
    )
    alone = Estimate(value, own, 100 * float(np.sqrt(powered.se**2 + pseudo)))
    if unlabelled.se <= 0 or own <= 0:
        return alone, alone
    weights = np.array([own**-2, unlabelled.se**-2])
    joint = float(weights @ np.array([value, unlabelled.value]) / weights.sum())
    error = float(weights.sum() ** -0.5)
    among = max(powered.se**2 - powered.own_se**2, 0.0) * 100**2
    return alone, Estimate(joint, error, float(np.sqrt(error**2 + among)))


def noise_floor(posteriors: Floats, classes: NDArray[np.intp], usual: Floats) -> float:
    """Mean absolute error that is left to a reader calibrated for this very mix, in points.

    The posteriors are moved from the usual mix to the group's own; what they then leave open is chance.
    """
    mix = np.bincount(classes, minlength=3) / len(classes)
    moved = posteriors * (mix / np.maximum(usual, 1e-9))
    moved /= np.maximum(moved.sum(axis=1, keepdims=True), 1e-12)
    balance = moved @ BALANCE
    variance = float((moved[:, 0] + moved[:, 2] - balance**2).sum()) / len(moved) ** 2
    return 100 * float(np.sqrt(max(variance, 0.0) * 2 / np.pi))
