"""The grid of touchpoints after TRI*M: how much each matters, and how the brand does there against others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from pipeline.drivers import NONE, Driver

Advice = Literal["invest", "keep", "save", "watch", "too few"]


@dataclass(frozen=True, slots=True)
class Place:
    """A touchpoint of the brand on the grid.

    `spoken` is the share of votes that name it, `impact` what it does to the score (points, additive),
    `performance` its score less that of the other brands there (votes pooled; None without others).
    `invest`: it matters and others do better; `keep`: it matters and the brand does as well or better;
    `save`: it matters little and the brand is ahead; `watch`: it matters little and others are ahead.
    Without others it is held against the brand's own score.
    """

    touchpoint: str
    spoken: float
    impact: float
    performance: float | None
    advice: Advice


def grid(own: Sequence[Driver], others: Sequence[Driver], score: float) -> list[Place]:
    """Every touchpoint of one cell of drivers, most telling first; `score` is the brand's own, in points.

    A touchpoint matters if its impact, whichever way, is at least the median of all.
    """
    named = [driver for driver in own if driver.touchpoint != NONE]
    if not named:
        return []
    middle = median(abs(driver.impact_additive) for driver in named)
    places = [_place(driver, others, middle, score) for driver in named]
    return sorted(places, key=lambda place: (-abs(place.impact), place.touchpoint))


def _place(driver: Driver, others: Sequence[Driver], middle: float, score: float) -> Place:
    rivals = [other for other in others if other.touchpoint == driver.touchpoint and not other.too_few]
    votes = sum(other.n for other in rivals)
    ahead = driver.nps - sum(other.nps * other.n for other in rivals) / votes if votes else None
    better = (driver.nps - score if ahead is None else ahead) >= 0
    matters = abs(driver.impact_additive) >= middle
    advice: Advice = ("keep" if better else "invest") if matters else ("save" if better else "watch")
    return Place(
        driver.touchpoint,
        driver.share,
        driver.impact_additive,
        ahead,
        "too few" if driver.too_few else advice,
    )
