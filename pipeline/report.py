"""The report of a brand and period: what a brand manager forwards, from the functions of the view."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pipeline import numbers
from pipeline.drivers import Driver, drivers
from pipeline.errors import InputError
from pipeline.estimate import Difference
from pipeline.facts import BrandNote, Cut, Meta
from pipeline.footprint import Footprint, footprint
from pipeline.numbers import Figure, Instrument, Move, Volume, natural_nps
from pipeline.relations import Relation, relations
from pipeline.snapshot import Snapshot
from pipeline.survey import Beside, beside
from pipeline.suspected import campaigns, filters

MONTHS = 13
"""Months of trend up to the end of the period."""
QUOTES = 3
_HEADLINES: tuple[Instrument, ...] = ("natural", "survey_text", "survey")


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, inclusive. None: open."""

    label: str
    first: date | None
    last: date | None

    @property
    def before(self) -> Span | None:
        """As many whole months before, of whole months; else as many days."""
        if self.first is None or self.last is None or self.first.year < 1000:
            return None
        last = self.first - timedelta(days=1)
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            months = 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1
            place = 12 * self.first.year + self.first.month - 1 - months
            return Span("before", date(place // 12, place % 12 + 1, 1), last)
        return Span("before", self.first - (self.last - self.first) - timedelta(days=1), last)


_FORMS = "write 2026-10, 2026-Q3, 2026, 2026-10-01..2026-10-15 or all"


def span(text: str) -> Span:
    """A period as a person writes it: a month, quarter, year, two days, or `all`. Raises InputError."""
    try:
        if text == "all":
            return Span("all time", None, None)
        if found := re.fullmatch(r"(\d{4})-(\d\d)", text):
            return _months(text, int(found[1]), int(found[2]), 1)
        if found := re.fullmatch(r"(\d{4})-?[Qq]([1-4])", text):
            return _months(text.upper(), int(found[1]), 3 * int(found[2]) - 2, 3)
        if re.fullmatch(r"\d{4}", text):
            return _months(text, int(text), 1, 12)
        first, _, last = text.partition("..")
        days = Span(text, date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise InputError(f"{text!r} is no period", where="--period", next_step=_FORMS) from error
    if days.first and days.last and days.first > days.last:
        raise InputError(f"{text!r} ends before it begins", where="--period", next_step=_FORMS)
    return days


def _months(label: str, year: int, month: int, count: int) -> Span:
    first = date(year, month, 1)
    over = month - 1 + count
    return Span(label, first, date(year + over // 12, over % 12 + 1, 1) - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Standing:
    """A brand in the period. `voice`: its share of all mentions that count. `versus`: the reported brand's
    score less this one's, None with few votes."""

    brand: str
    competitor: bool
    figure: Figure | None
    felt: Footprint | None
    volume: Volume | None
    voice: float
    versus: Difference | None


@dataclass(frozen=True, slots=True)
class Report:
    """All that the pages show. What was not heard is None or empty."""

    brand: str
    note: BrandNote
    span: Span
    filters: Mapping[str, str]
    meta: Meta
    instrument: Instrument
    headline: Figure | None
    previous: Figure | None
    change: Difference | None
    raw: Figure | None
    trend: tuple[Figure, ...]
    steps: tuple[Move, ...]
    feelings: tuple[Footprint, ...]
    relation: Relation | None
    drivers: tuple[Driver, ...]
    standings: tuple[Standing, ...]
    survey: Beside | None
    campaigns: tuple[dict[str, Any], ...]
    quotes: tuple[dict[str, Any], ...]
    benchmarks: tuple[dict[str, Any], ...]
    sources: tuple[Volume, ...]


def default_brand(snapshot: Snapshot) -> str:
    """The first own brand of the config. Raises InputError where the snapshot names none."""
    notes = sorted(snapshot.meta.brands, key=lambda note: note.competitor)
    if not notes:
        raise InputError(
            "The snapshot names no brand", next_step="add [[brands]] to sayso.toml, run `sayso run`"
        )
    return notes[0].name


def last_month(snapshot: Snapshot, brand: str) -> Span:
    """The newest month in which the brand was spoken of; all time if it never was.

    A mention dated after the snapshot was made has no say.
    """
    until = snapshot.meta.made_at.date() if snapshot.meta.made_at else None
    months = [
        item.period for item in numbers.volume(snapshot, Cut(brands=(brand,), until=until), period="month")
    ]
    newest = max((month for month in months if month), default=None)
    return span(f"{newest:%Y-%m}") if newest else span("all")


def report(
    snapshot: Snapshot,
    brand: str,
    asked: Span,
    chosen: Cut = Cut(),  # noqa: B008 (immutable)
) -> Report:
    """The report of one brand and period, of what `chosen` lets through (its brands and days do not count).

    Raises InputError for a brand that the snapshot does not know.
    """
    note = next((note for note in snapshot.meta.brands if note.name == brand), None)
    if note is None:
        names = ", ".join(note.name for note in snapshot.meta.brands)
        raise InputError(f"No brand is called {brand!r}", where="--brand", next_step=f"there are: {names}")
    everyone = replace(chosen, brands=None, since=asked.first, until=asked.last)
    cut = replace(everyone, brands=(brand,))
    instrument, headline = _headline(snapshot, cut)
    previous = _previous(snapshot, cut, asked, instrument)
    trend = _trend(snapshot, everyone, instrument)
    industry = note.industry or snapshot.meta.industry
    only = filters(replace(chosen, brands=None, since=None, until=None))
    return Report(
        brand=brand, note=note, span=asked, filters=only, meta=snapshot.meta, instrument=instrument,
        headline=headline,
        previous=previous, change=numbers.compare(previous, headline) if previous and headline else None,
        raw=_first(natural_nps(snapshot, replace(cut, authentic=False), instrument=instrument)),
        trend=trend, steps=tuple(numbers.moves(figure for figure in trend if figure.brand == brand)),
        feelings=tuple(footprint(snapshot, cut, instrument=instrument)),
        relation=_first(relations(snapshot, cut, instrument=instrument)),
        drivers=tuple(drivers(snapshot, cut, instrument=instrument)),
        standings=_standings(snapshot, everyone, brand, instrument),
        survey=_first(beside(snapshot, cut)),
        campaigns=tuple(campaigns(snapshot, cut)),
        quotes=tuple(snapshot.rows("report.quotes", cut.params() | {"each": QUOTES})),
        benchmarks=tuple(snapshot.rows("report.benchmarks", {"industry": industry})),
        sources=tuple(numbers.volume(snapshot, replace(cut, authentic=False), by=("source_kind", "lang"))),
    )  # fmt: skip


def _first(found: Iterable[Any]) -> Any:
    return next(iter(found), None)


def _headline(snapshot: Snapshot, cut: Cut) -> tuple[Instrument, Figure | None]:
    for instrument in _HEADLINES:
        figures = natural_nps(snapshot, cut, instrument=instrument)
        if figures:
            return instrument, figures[0]
    return _HEADLINES[0], None


def _previous(snapshot: Snapshot, cut: Cut, asked: Span, instrument: Instrument) -> Figure | None:
    if asked.before is None:
        return None
    earlier = replace(cut, since=asked.before.first, until=asked.before.last)
    figure: Figure | None = _first(natural_nps(snapshot, earlier, instrument=instrument))
    return figure


def _trend(snapshot: Snapshot, cut: Cut, instrument: Instrument) -> tuple[Figure, ...]:
    """Months up to the end of the period, every brand's."""
    figures = natural_nps(snapshot, replace(cut, since=None), period="month", instrument=instrument)
    months = sorted({figure.period for figure in figures if figure.period})[-MONTHS:]
    return tuple(figure for figure in figures if figure.period in months)


def _standings(snapshot: Snapshot, cut: Cut, own: str, instrument: Instrument) -> tuple[Standing, ...]:
    """The reported brand first."""
    figures = {figure.brand: figure for figure in natural_nps(snapshot, cut, instrument=instrument)}
    felt = {item.brand: item for item in footprint(snapshot, cut, instrument=instrument, groups=("all",))}
    volumes = {item.brand: item for item in numbers.volume(snapshot, replace(cut, authentic=False))}
    voices = {voice.brand: voice.share for voice in numbers.share_of_voice(volumes.values())}
    notes = sorted(snapshot.meta.brands, key=lambda note: note.name != own)
    return tuple(
        Standing(
            note.name, note.competitor, figures.get(note.name), felt.get(note.name), volumes.get(note.name),
            voices.get(note.name, 0.0), _versus(figures.get(own), figures.get(note.name)),
        )
        for note in notes
    )  # fmt: skip


def _versus(own: Figure | None, other: Figure | None) -> Difference | None:
    if own is None or other is None or own is other or own.too_few or other.too_few:
        return None
    return numbers.compare(other, own)
