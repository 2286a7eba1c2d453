"""What drives the score: the NPS of each touchpoint and what it does to the NPS of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Unpack

from pipeline import estimate, tallies
from pipeline.estimate import Moments
from pipeline.facts import KEYS, Cut, Facts
from pipeline.question import Question, Split

NONE = "none"
"""The touchpoint of votes that name none."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One touchpoint of one cell. Scores and impacts in NPS points, `share` of the cell's votes in 0..1.

    `impact_leave_out` = NPS of all - NPS of all without the votes that touch it (None where none remain).
    `impact_additive`: each vote's p - d split evenly over the touchpoints it names, over all votes: the
    Shapley value of a sum. Over all touchpoints, `none` included, it adds up to the NPS.
    """

    brand: str | None
    product: str | None
    source: str | None
    source_kind: str | None
    kind: str | None
    lang: str | None
    period: date | None
    touchpoint: str
    n: int
    share: float
    nps: float
    low: float
    high: float
    impact_leave_out: float | None
    impact_additive: float
    too_few: bool


def drivers(
    facts: Facts,
    asked: Cut | Question = Question(),  # noqa: B008 (immutable)
    **split: Unpack[Split],
) -> list[Driver]:
    """Touchpoints of every cell of the question, `none` last; no rows of a cell without a touchpoint."""
    params = Question.of(asked, split).params(facts.meta, spoken=True)
    rows = tallies.rows(facts, "numbers.touched", params)
    # Without a single touchpoint there is nothing to split.
    named = {_cell(row) for row in rows if row[_TOUCHPOINT] is not None}
    return [_driver(row) for row in rows if _cell(row) in named]


_TOUCHPOINT = len(KEYS) + 1
"""The keys of a cell and its period lead every row, then its touchpoint."""


def _cell(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[:_TOUCHPOINT]


def _driver(row: tuple[Any, ...]) -> Driver:
    *keys, touchpoint, votes, p, d, noise, clusters, ff, fn, nn, shared, cell_votes, cell_f = row
    score = estimate.settled(estimate.score(Moments(votes, p, d, noise, clusters, ff, fn, nn)))
    rest = cell_votes - votes
    without = (cell_f - (p - d)) / rest if rest else None
    cell: dict[str, Any] = dict(zip((*KEYS, "period"), keys, strict=True))
    return Driver(
        **cell,
        touchpoint=NONE if touchpoint is None else touchpoint,
        n=votes,
        share=votes / cell_votes,
        nps=score.value,
        low=score.low,
        high=score.high,
        impact_leave_out=None if without is None else round(100 * (cell_f / cell_votes - without), 9),
        impact_additive=round(100 * shared / cell_votes, 9),
        too_few=score.too_few,
    )
