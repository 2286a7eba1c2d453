"""Holds every method against the ratings of a group, fitted on rows that are not in the group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from pipeline.correction import FEWEST, Estimate, Kind
from pipeline.nps_groups import Group
from pipeline.nps_methods import (
    FEWEST_LABELS,
    SHIPPED,
    Fitted,
    baselines,
    cross_fitted,
    fit,
    noise_floor,
    unlabelled,
    with_labels,
)
from pipeline.rated_texts import RatedSet

BUDGETS = (50, 100)
PPI = "PPI++"
OWN = "its own train rows"
OTHERS_TRAIN = "train rows of the other sets (its own are too few)"
OTHERS = "all rows of the other sets (no train rows that suffice)"
OUTSIDE = "its other rows (no train rows, no other set that suffices)"
FOLDS = "the group itself in five folds (no train rows, no other set that suffices)"
NOTHING = "nothing (no labelled rows of every class): methods that need labels are left out"
_Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One method on one group: its error in points, whether its interval held, how wide that was."""

    group: Group
    error: float
    floor: float
    held: bool
    held_mix: bool | None
    """Whether the interval that counts the group as a sample held the mix it was drawn with."""
    width: float


class Judge:
    """Fits what is needed for a group and holds every method against its ratings."""

    def __init__(self, sets: Sequence[RatedSet], scored: dict[str, RatedSet], seed: int) -> None:
        self._sets = {item.name: item for item in sets}
        self._scored, self._seed = scored, seed
        self._kept: dict[str, Fitted] = {}
        self._kinds: dict[str, Kind] = {}
        self._origins: dict[str, Counter[str]] = {}

    def outcomes(self, group: Group) -> dict[int, dict[str, Outcome]]:
        """By label budget and method."""
        item = self._scored[group.home].at(group.rows)
        fitted = self._fitted(group)
        self._kinds.setdefault(group.home, fitted.kind)
        floor = noise_floor(item.posteriors, item.classes, fitted.kind.shares)
        blind = self._blind(group, item, fitted)
        found = {0: {name: _outcome(group, item, floor, value) for name, value in blind.items()}}
        for budget in BUDGETS:
            found[budget] = {}
            if len(item) > 2 * budget or (len(item) > budget and not group.natural):
                rng = np.random.default_rng([self._seed, budget, len(item)])
                places = rng.permutation(len(item))[:budget]
                both = with_labels(blind[SHIPPED], item.posteriors, item.labels, places)
                for name, value in zip((PPI, SHIPPED), both, strict=True):
                    found[budget][name] = _outcome(group, item, floor, value)
        return found

    def _blind(self, group: Group, item: RatedSet, fitted: Fitted) -> dict[str, Estimate]:
        """By method, no label of the group known; in folds where there is nothing else to learn from."""
        found, origin = baselines(fitted.learned, item.posteriors), fitted.origin
        if fitted.learned is None and group.natural:
            rest = np.setdiff1d(np.arange(len(self._scored[group.home])), group.rows)
            folded = cross_fitted(item, self._scored[group.home].at(rest), self._seed)
            found, origin = (folded, FOLDS) if folded else (found, origin)
        self._origins.setdefault(group.home, Counter())[origin] += 1
        return found | unlabelled(fitted, item.posteriors)

    def _fitted(self, group: Group) -> Fitted:
        """Fitted without the group; once a set where its rows for fitting are not among those scored."""
        own, scored = self._sets[group.home], self._scored[group.home]
        if scored.train[group.rows].any():
            rest = scored.at(np.setdiff1d(np.arange(len(scored)), group.rows))
            return self._fit(group, rest.at(rest.train))
        if group.home in self._kept:
            return self._kept[group.home]
        fitted = self._fit(group, own.at(own.train))
        if fitted.origin in (OWN, OTHERS_TRAIN, OTHERS):
            self._kept[group.home] = fitted
        return fitted

    def _fit(self, group: Group, train: RatedSet) -> Fitted:
        labelled, origin = self._labelled(group, train)
        pool = self._scored[group.home].posteriors
        # A set may be scored on few rows: then its other rows, no labels, tell of its kind too.
        wider = pool if len(pool) >= FEWEST else np.concatenate([pool, train.posteriors])
        return fit(labelled, wider, train.posteriors, origin=origin)

    def _labelled(self, group: Group, train: RatedSet) -> tuple[list[RatedSet], str]:
        """Labelled rows that are not in the group, the nearest that suffice, and where they are from."""
        others = [item for name, item in self._sets.items() if name != group.home]
        scored = self._scored[group.home]
        rest = scored.at(np.setdiff1d(np.arange(len(scored)), group.rows))
        offers = (
            ([train], OWN),
            ([item.at(item.train) for item in others], OTHERS_TRAIN),
            (others, OTHERS),
            ([rest], OUTSIDE),
        )
        return next((offer for offer in offers if _suffice(offer[0])), ([], NOTHING))

    def fits(self) -> dict[str, Any]:
        """By set: how many groups were fitted on what, and what is known of its kind of text."""
        return {
            name: {
                "fitted_on": dict(self._origins[name]),
                "pool": kind.n,
                "shipped_corrects": kind.usable,
                "usual_nps": round(float(100 * (kind.shares[2] - kind.shares[0])), 2),
            }
            for name, kind in self._kinds.items()
        }


def _suffice(sets: Sequence[RatedSet]) -> bool:
    classes = np.concatenate([item.classes for item in sets] or [np.zeros(0, dtype=np.intp)])
    return bool(np.bincount(classes, minlength=3).min() >= FEWEST_LABELS)


def _outcome(group: Group, item: RatedSet, floor: float, estimate: Estimate) -> Outcome:
    error = estimate.value - 100 * float(item.labels.mean())
    half = _Z * estimate.se
    held_mix = None
    if group.mix is not None:
        held_mix = abs(estimate.value - 100 * (group.mix[2] - group.mix[0])) <= _Z * estimate.sampling_se
    # A score cannot leave its scale, so neither is the interval counted beyond it.
    width = min(estimate.value + half, 100.0) - max(estimate.value - half, -100.0)
    return Outcome(group, error, floor, abs(error) <= half, held_mix, width)
