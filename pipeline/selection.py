"""Three figures side by side: everything, coordination removed, and reweighted for who posts at all.

Extremes over-post (doi 10.1177/0022243720941832). How much is learned from other brands and periods that have
both surveys and mentions, never from the brand itself: its own class weights would reproduce its own survey.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline.estimate import Score
from pipeline.facts import Cut, Facts, Period
from pipeline.numbers import Figure, natural_nps

Floats = NDArray[np.float64]
FEWEST_PAIRS = 3
"""Brand-periods with both a survey and mentions, from which weights are learned; with fewer it is off."""
_BALANCE = np.array([-1.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Reweighted:
    """A score as if every class posted as often as it answers surveys. `weights` of detractors, passives and
    promoters, passives 1, from so many `pairs`; points."""

    score: Score
    weights: tuple[float, float, float]
    pairs: int


@dataclass(frozen=True, slots=True)
class Sides:
    """One brand: `raw` with all mentions, `natural` without coordination, `reweighted` or why it is not."""

    brand: str
    raw: Figure | None
    natural: Figure | None
    reweighted: Reweighted | None
    why_not: str | None


def sides(facts: Facts, cut: Cut = Cut(), *, paired: Period = "month") -> list[Sides]:  # noqa: B008 (immutable)
    """The three figures of every brand of the cut, in the order of the brands."""
    natural = {figure.brand: figure for figure in natural_nps(facts, replace(cut, authentic=True))}
    raw = {figure.brand: figure for figure in natural_nps(facts, replace(cut, authentic=False))}
    pairs = survey_pairs(facts, paired)
    return [_sides(brand, raw.get(brand), natural.get(brand), pairs) for brand in sorted(b for b in raw if b)]


def survey_pairs(facts: Facts, period: Period = "month") -> list[tuple[Figure, Figure]]:
    """(mentions, survey) of every brand and period that has enough of both."""
    surveys = {
        (f.brand, f.period): f
        for f in natural_nps(facts, Cut(), period=period, instrument="survey")
        if not f.too_few
    }
    mentions = natural_nps(facts, Cut(), period=period)
    return [
        (f, surveys[f.brand, f.period]) for f in mentions if not f.too_few and (f.brand, f.period) in surveys
    ]


def _sides(
    brand: str, raw: Figure | None, natural: Figure | None, pairs: Sequence[tuple[Figure, Figure]]
) -> Sides:
    others = [pair for pair in pairs if pair[0].brand != brand]
    if natural is None:
        return Sides(brand, raw, None, None, "nothing is left after coordination was removed")
    if len(others) < FEWEST_PAIRS:
        lacking = f"{len(others)} of {FEWEST_PAIRS} periods in which another brand has surveys and mentions"
        return Sides(brand, raw, natural, None, lacking)
    return Sides(brand, raw, natural, reweighted(natural, others), None)


def reweighted(figure: Figure, others: Sequence[tuple[Figure, Figure]]) -> Reweighted:
    """The figure under weights learned from others; the weights' error is theirs from pair to pair (t)."""
    ratios = np.array([_ratios(mentions, survey) for mentions, survey in others])
    centre = ratios.mean(axis=0)
    value = _score(figure, centre)
    left_out = [_score(figure, np.delete(ratios, i, axis=0).mean(axis=0)) for i in range(len(ratios))]
    k = len(ratios)
    learned = float(np.sqrt((k - 1) / k * np.sum((np.array(left_out) - np.mean(left_out)) ** 2)))
    spread = float(ratios.std(axis=0, ddof=1).max())
    # Another brand's weights are one more draw from the same spread, not the mean of them.
    own = learned * float(np.sqrt(k + 1)) if spread > 0 else learned
    half = float(np.hypot(1.96 * figure.se, stats.t.ppf(0.975, k - 1) * own))
    se = float(np.hypot(figure.se, own))
    low, high = max(value - half, -100.0), min(value + half, 100.0)
    weights = np.exp(centre - centre[1])
    found = Score(value, low, high, se, se, figure.votes, figure.effective_n)
    return Reweighted(found, (float(weights[0]), 1.0, float(weights[2])), k)


def _shares(figure: Figure) -> Floats:
    """With half a vote added to each class: no class is impossible."""
    counts = np.array([figure.detractors, figure.passives, figure.promoters]) * figure.votes + 0.5
    return np.asarray(counts / counts.sum())


def _ratios(mentions: Figure, survey: Figure) -> Floats:
    return np.asarray(np.log(_shares(survey) / _shares(mentions)))


def _score(figure: Figure, log_weights: Iterable[float]) -> float:
    moved = _shares(figure) * np.exp(np.asarray(list(log_weights)))
    return float(100 * (_BALANCE @ moved) / moved.sum())
