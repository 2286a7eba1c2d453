"""What a brand's surveys say, beside what is said unasked: by period, by segment, by touchpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline import numbers, survey
from pipeline.estimate import Difference
from pipeline.facts import Cut, Facts, Period
from pipeline.numbers import Figure, natural_nps
from pipeline.sql import query
from pipeline.survey import Beside, SegmentFigure, SurveyRelation

MOST_ANSWERS = 20
"""A column with more different answers is no segment to list: it is cut by, answer by answer."""


@dataclass(frozen=True, slots=True)
class TouchpointFigure:
    """Both instruments on one touchpoint: the survey NPS of those whose comment names it, or who were asked
    about it, and the natural NPS of mentions that name it; `offset` = natural - survey, None with few votes.
    """

    touchpoint: str
    survey: Figure
    natural: Figure | None
    offset: Difference | None


@dataclass(frozen=True, slots=True)
class BrandSurvey:
    """One brand's surveys. `whole` is None where nothing was said unasked; `usual` holds all its periods."""

    brand: str
    answers: Figure
    whole: Beside | None
    usual: tuple[Beside, ...]
    segments: tuple[SegmentFigure, ...]
    left_out: tuple[str, ...]
    """Columns with more than MOST_ANSWERS different answers."""
    touchpoints: tuple[TouchpointFigure, ...]
    relation: SurveyRelation | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; dates stay dates."""
        return asdict(self)


def surveyed(
    facts: Facts,
    cut: Cut = Cut(),  # noqa: B008 (immutable)
    *,
    period: Period = "month",
    column: str | None = None,
) -> list[BrandSurvey]:
    """Every brand of the cut that was surveyed. `column`: only this one of the further questions."""
    found = []
    for answers in natural_nps(facts, cut, instrument="survey"):
        own = replace(cut, brands=(answers.brand or "",))
        segments, left_out = _segments(facts, own, column)
        found.append(
            BrandSurvey(
                answers.brand or "", answers, _first(survey.beside(facts, own)),
                tuple(survey.beside(facts, own, period=period)), segments, left_out, _touchpoints(facts, own),
                survey.relation(facts, answers.brand or "", own),
            )
        )  # fmt: skip
    return found


def _first(found: Sequence[Any]) -> Any:
    return found[0] if found else None


def _segments(
    facts: Facts, cut: Cut, column: str | None
) -> tuple[tuple[SegmentFigure, ...], tuple[str, ...]]:
    known = survey.columns(facts, cut)
    chosen = {name: answers for name, answers in known.items() if column in (None, name)}
    short = [name for name, answers in chosen.items() if column or len(answers) <= MOST_ANSWERS]
    figures = [figure for name in short for figure in survey.by_segment(facts, name, cut)]
    return tuple(figures), tuple(name for name in chosen if name not in short)


def _touchpoints(facts: Facts, cut: Cut) -> tuple[TouchpointFigure, ...]:
    """Those that comments name; where a column says which one was asked about, it says it better."""
    asked = _asked(facts, cut)
    named = [name for (name,) in facts.cursor().execute(query("survey.touchpoints"), cut.params()).fetchall()]
    cuts: dict[str, Cut] = {name: replace(cut, touchpoint=name) for name in named}
    for name, (column, answer) in asked.items():
        cuts[name] = replace(cut, segments=(*(cut.segments or ()), (column, answer)))
    return tuple(figure for name in sorted(cuts) for figure in _touchpoint(facts, cut, name, cuts[name]))


def _asked(facts: Facts, cut: Cut) -> dict[str, tuple[str, str]]:
    """By touchpoint: the column and answer of a survey sent per touchpoint: its answers are known names."""
    known = {name.casefold(): name for name in touchpoint_names(facts)}
    return {
        known[answer.strip().casefold()]: (column, answer)
        for column, answers in survey.columns(facts, cut).items()
        for answer in answers
        if answer.strip().casefold() in known
    }


def touchpoint_names(facts: Facts) -> list[str]:
    """The touchpoints that mentions name, most often named first."""
    return [name for (name,) in facts.cursor().execute(query("survey.named")).fetchall()]


def _touchpoint(facts: Facts, cut: Cut, name: str, asked: Cut) -> Iterable[TouchpointFigure]:
    natural: Figure | None = _first(natural_nps(facts, replace(cut, touchpoint=name, segments=None)))
    for answers in natural_nps(facts, asked, instrument="survey"):
        few = natural is None or natural.too_few or answers.too_few
        offset = None if natural is None or few else numbers.compare(answers, natural)
        yield TouchpointFigure(name, answers, natural, offset)
