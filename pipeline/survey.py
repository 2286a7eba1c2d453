"""Surveys beside the natural NPS: the same brands and periods by two instruments, and how far apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from pipeline import estimate, numbers
from pipeline.estimate import Difference, Score
from pipeline.facts import KEYS, Cut, Facts, Key, Period
from pipeline.numbers import Figure, natural_nps
from pipeline.sql import query


@dataclass(frozen=True, slots=True)
class Beside:
    """One cell heard by both instruments. `offset` = natural - survey with its interval; None with few votes.

    An offset is no error: a survey asks customers, the natural NPS hears whoever speaks up. What matters is
    whether it stays: `steady` is False where this period's offset differs clearly from that of all time.
    """

    brand: str | None
    period: date | None
    natural: Figure
    survey: Figure
    offset: Difference | None
    steady: bool | None


def beside(
    facts: Facts,
    cut: Cut = Cut(),  # noqa: B008 (immutable)
    *,
    by: Sequence[Key] = ("brand",),
    period: Period = "all",
) -> list[Beside]:
    """Every cell of `by` x `period` that both instruments heard, in the order of the keys."""
    natural = {_key(figure): figure for figure in natural_nps(facts, cut, by=by, period=period)}
    surveys = natural_nps(facts, cut, by=by, period=period, instrument="survey")
    pairs = [(natural[_key(figure)], figure) for figure in surveys if _key(figure) in natural]
    usual = {} if period == "all" else {item.brand: item for item in beside(facts, cut, by=by)}
    return [_beside(own, asked, usual.get(own.brand)) for own, asked in pairs]


def _key(figure: Figure) -> tuple[Any, ...]:
    return tuple(getattr(figure, name) for name in (*KEYS, "period"))


def _beside(natural: Figure, survey: Figure, usual: Beside | None) -> Beside:
    few = natural.too_few or survey.too_few
    offset = None if few else numbers.compare(survey, natural)
    steady = None
    if offset and usual and usual.offset:
        steady = offset.low <= usual.offset.value <= offset.high
    return Beside(natural.brand, natural.period, natural, survey, offset, steady)


@dataclass(frozen=True, slots=True)
class SegmentFigure:
    """The survey NPS of those who gave one answer to a further column of the survey."""

    brand: str
    column: str
    answer: str
    figure: Figure


def columns(facts: Facts, cut: Cut = Cut()) -> dict[str, list[str]]:  # noqa: B008 (immutable)
    """The further columns of imported surveys with their answers, most given first, to filter by."""
    found: dict[str, list[str]] = {}
    for column, answer, _ in facts.cursor().execute(query("survey.columns"), cut.params()).fetchall():
        found.setdefault(column, []).append(answer)
    return found


def by_segment(facts: Facts, column: str, cut: Cut = Cut()) -> list[SegmentFigure]:  # noqa: B008 (immutable)
    """The survey NPS of each brand and answer to a column: a region, a plan, or the touchpoint that was asked
    about where surveys are sent per touchpoint."""
    found = []
    for answer in columns(facts, cut).get(column, []):
        chosen = replace(cut, segments=(*(cut.segments or ()), (column, answer)))
        for figure in natural_nps(facts, chosen, instrument="survey"):
            found.append(SegmentFigure(figure.brand or "", column, answer, figure))
    return found


Stance = Literal["recommends", "discourages"]
_YES = frozenset({"yes", "y", "1", "true", "jā", "ja", "taip", "jah", "ano", "да", "tak"})
_NO = frozenset({"no", "n", "0", "false", "nē", "ne", "ei", "нет", "nie", "nein"})
_DISCOURAGE = (
    "discourage", "warn others", "advise against", "atrunāt", "neieteiktu", "atkalb", "nerekomend", "laita",
    "ei soovita", "odraz", "nedoporuč", "отговор", "отсовет", "odradz", "abraten", "abrät",
)  # fmt: skip
_COMPETITOR = (
    "which other", "competitor", "prefer", "konkurent", "kuru citu", "vēl lieto", "kitą", "kitus",
    "milli teise", "konkurenc", "který jiný", "другой", "конкурент", "który inny", "welche andere",
    "wettbewerb",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns of what a survey asks beside the 0-10 question: word of mouth, and the competitor."""

    discourage: str | None
    competitor: str | None


def asked(names: Sequence[str]) -> Asked:
    """The columns whose header asks whether one would discourage others, and which competitor one has."""

    def first(words: Sequence[str]) -> str | None:
        return next((name for name in names if any(word in name.casefold() for word in words)), None)

    return Asked(first(_DISCOURAGE), first(_COMPETITOR))


@dataclass(frozen=True, slots=True)
class SurveyRelation:
    """A brand's surveyed word-of-mouth index (% promoters - % who would discourage), competitors named."""

    brand: str
    womi: Score | None
    discourages: Score | None
    competitors: tuple[tuple[str, int], ...]


def relation(facts: Facts, brand: str, cut: Cut = Cut()) -> SurveyRelation | None:  # noqa: B008 (immutable)
    """From the survey's own questions; None where the surveys ask neither."""
    chosen = replace(cut, brands=(brand,))
    known = columns(facts, chosen)
    names = asked(list(known))
    if not names.discourage and not names.competitor:
        return None
    womi, discourages = (
        _word_of_mouth(facts, chosen, names.discourage, known) if names.discourage else (None, None)
    )
    competitors = _named(facts, chosen, names.competitor) if names.competitor else ()
    return SurveyRelation(brand, womi, discourages, competitors)


def _word_of_mouth(
    facts: Facts, cut: Cut, column: str, known: dict[str, list[str]]
) -> tuple[Score | None, Score | None]:
    """Answers are yes or no, or 0-10 (9 and 10 would discourage)."""
    params = cut.params() | {"column": column}
    rows = facts.cursor().execute(query("survey.answers"), params).fetchall()
    scale = any(answer.strip().isdecimal() and int(answer) > 1 for answer in known[column])
    told = [(warns, native) for answer, native in rows if (warns := _warns(answer, scale)) is not None]
    if not told:
        return None, None
    discourage = [float(warns) for warns, _ in told]
    recommend = [float(native == 1 and not warns) for warns, native in told]
    sums = estimate.moments(recommend, discourage)
    return estimate.settled(estimate.score(sums)), estimate.settled(estimate.share(discourage))


def _warns(answer: str, scale: bool) -> bool | None:
    text = answer.strip().casefold()
    if scale:
        return int(text) >= 9 if text.isdecimal() else None
    return text in _YES if text in _YES or text in _NO else None


def _named(facts: Facts, cut: Cut, column: str) -> tuple[tuple[str, int], ...]:
    rows = facts.cursor().execute(query("survey.columns"), cut.params()).fetchall()
    return tuple((answer, n) for name, answer, n in rows if name == column)
