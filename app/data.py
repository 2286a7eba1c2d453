"""Cached, read-only figures of the published snapshot. Nothing is computed here: pipeline/numbers.py and
pipeline/footprint.py do that, and the page shows what they give.

Every cache is keyed by the snapshot's file name, so that a new generation is picked up without a restart.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from app import holding
from app.filters import Choices, Filters
from pipeline import estimate, numbers, survey
from pipeline.errors import SnapshotMissing
from pipeline.facts import Cut, Meta
from pipeline.footprint import Footprint, footprint
from pipeline.home import Home
from pipeline.numbers import Figure, Instrument, Move, Volume
from pipeline.snapshot import Snapshot
from pipeline.sql import query
from pipeline.trend import ChangePoint, change_points

Grain = Literal["month", "week"]
_BOARDS = 256
_NEWEST = 12
_HEADLINES: tuple[Instrument, ...] = ("natural", "survey_text", "survey")


@dataclass(frozen=True)
class Standing:
    """A brand's figures for the period. `figure` is None without votes; `versus` is the chosen brand's score
    minus this one's, None where either has too few."""

    brand: str
    figure: Figure | None
    versus: estimate.Difference | None
    volume: Volume | None


@dataclass(frozen=True)
class Board:
    """All that the overview shows, the chosen brand first."""

    standings: tuple[Standing, ...]
    ways: tuple[Figure, ...]
    """The chosen brand's score by other instruments."""
    same_people: Figure | None
    """Texts alone, of those mentions of the chosen brand that have a rating too."""
    raw: Figure | None
    """The chosen brand's score with what was set aside."""
    movement: estimate.Difference | None
    trend: tuple[Figure, ...]
    steps: tuple[Move, ...]
    levels: tuple[ChangePoint, ...]
    feelings: Mapping[str, Footprint]
    voice: tuple[tuple[str, float, int], ...]
    """(brand, share of all mentions that count, mentions)."""
    kinds: tuple[tuple[str, int], ...]
    """Of the chosen brand: (what was published, mentions), most first."""
    languages: tuple[tuple[str, int], ...]
    """Of the chosen brand: (language, mentions), most first."""
    newest: tuple[Mapping[str, Any], ...]

    @property
    def own(self) -> Standing:
        """The chosen brand."""
        return self.standings[0]


def home() -> Home:
    """The home that `sayso serve` names in SAYSO_HOME."""
    return Home(Path(os.environ.get("SAYSO_HOME", ".")))


def published() -> str:
    """The file name of the newest snapshot that is ready. Raises SnapshotMissing."""
    return holding.newest(home())


def opened(name: str) -> Snapshot:
    """The snapshot of that file name, shared by all sessions."""
    return holding.held(home(), name)


def meta(name: str) -> Meta:
    """What the snapshot says of itself."""
    return opened(name).meta


@st.cache_data(max_entries=8, show_spinner=False)
def _choices(root: str, name: str) -> Choices | None:
    facts = opened(name)
    days = facts.rows("snapshot.days")[0]
    if days["first"] is None:
        return None
    named = [note.name for note in sorted(facts.meta.brands, key=lambda note: note.competitor)]
    # A mention dated after the snapshot was made (a wrong clock, a lie) must not stretch the period.
    latest = facts.meta.made_at.date() + timedelta(days=1) if facts.meta.made_at else days["last"]
    last = min(days["last"], latest)
    return Choices(
        brands=tuple(dict.fromkeys([*named, *_named(facts, "brands")])),
        sources=_named(facts, "sources"),
        languages=_named(facts, "langs"),
        first=min(days["first"], last),
        last=last,
        touchpoints=_named(facts, "touchpoints"),
        segments=tuple(
            f"{column}={answer}" for column, answers in survey.columns(facts).items() for answer in answers
        ),
    )


def _named(facts: Snapshot, what: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in facts.cursor().execute(query(f"columns.{what}")).fetchall())


def choices(name: str) -> Choices | None:
    """What there is to choose from; None where the snapshot holds no mention."""
    return _choices(str(home().root), name)


@st.cache_data(max_entries=_BOARDS, show_spinner=False)
def _board(root: str, name: str, filters: Filters, grain: Grain, brands: tuple[str, ...]) -> Board:
    facts = opened(name)
    cut = filters.cut()
    own = filters.cut(filters.brand)
    standings = _standings(facts, cut, filters.brand, brands)
    instrument: Instrument = standings[0].figure.instrument if standings[0].figure else "natural"
    trend = numbers.natural_nps(facts, cut, by=("brand",), period=grain, instrument=instrument)
    return Board(
        standings=standings,
        ways=_ways(facts, own, instrument),
        same_people=_first(numbers.natural_nps(facts, replace(own, rated=True), instrument="text")),
        raw=_first(numbers.natural_nps(facts, replace(own, authentic=False), instrument=instrument)),
        movement=_movement(facts, filters, instrument),
        trend=tuple(trend),
        steps=tuple(numbers.moves(figure for figure in trend if figure.brand == filters.brand)),
        levels=tuple(change_points(figure for figure in trend if figure.brand == filters.brand)),
        feelings=_feelings(facts, cut, brands, instrument),
        voice=_voice(standings),
        kinds=_counted(facts, own, "kind"),
        languages=_counted(facts, own, "lang"),
        newest=tuple(
            facts.rows("snapshot.newest", filters.cut(filters.brand, False).params() | {"limit": _NEWEST})
        ),
    )


def board(name: str, filters: Filters, grain: Grain, brands: tuple[str, ...]) -> Board:
    """The figures behind the overview for these filters; `brands` are all of them."""
    rest = (brand for brand in brands if brand != filters.brand)
    return _board(str(home().root), name, filters, grain, (filters.brand, *rest))


def _standings(facts: Snapshot, cut: Cut, own: str, brands: tuple[str, ...]) -> tuple[Standing, ...]:
    """Every brand heard by one instrument: natural NPS, or surveys where the chosen brand has nothing
    else."""
    found: dict[str | None, Figure] = {}
    for instrument in _HEADLINES:
        heard = {figure.brand: figure for figure in numbers.natural_nps(facts, cut, instrument=instrument)}
        found = found or heard
        if own in heard:
            found = heard
            break
    volumes = {volume.brand: volume for volume in numbers.volume(facts, replace(cut, authentic=False))}
    return tuple(
        Standing(brand, found.get(brand), _versus(found.get(own), found.get(brand)), volumes.get(brand))
        for brand in brands
    )


def _versus(own: Figure | None, other: Figure | None) -> estimate.Difference | None:
    if own is None or other is None or own is other or own.too_few or other.too_few:
        return None
    return numbers.compare(other, own)


def _movement(facts: Snapshot, filters: Filters, instrument: Instrument) -> estimate.Difference | None:
    """The last days against as many before them, or None where either has too few mentions."""
    cuts = [filters.cut(filters.brand, days=days) for days in (filters.before, filters.recent)]
    figures = [numbers.natural_nps(facts, cut, instrument=instrument) for cut in cuts]
    if not all(figures) or any(found[0].too_few for found in figures):
        return None
    return numbers.compare(figures[0][0], figures[1][0])


def _ways(facts: Snapshot, own: Cut, instrument: Instrument) -> tuple[Figure, ...]:
    """The same brand heard by ratings alone, texts alone and surveys, where it is heard so."""
    others: tuple[Instrument, ...] = ("native", "text", "survey", "survey_text")
    asked = (numbers.natural_nps(facts, own, instrument=way) for way in others if way != instrument)
    return tuple(found[0] for found in asked if found)


def _first(figures: list[Figure]) -> Figure | None:
    return figures[0] if figures else None


def _voice(standings: tuple[Standing, ...]) -> tuple[tuple[str, float, int], ...]:
    voices = numbers.share_of_voice(item.volume for item in standings if item.volume)
    return tuple((voice.brand, voice.share, voice.mentions) for voice in voices)


def _counted(facts: Snapshot, own: Cut, by: Literal["kind", "lang"]) -> tuple[tuple[str, int], ...]:
    volumes = numbers.volume(facts, own, by=(by,))
    found = [(getattr(volume, by), volume.mentions) for volume in volumes if getattr(volume, by)]
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def _feelings(
    facts: Snapshot, cut: Cut, brands: tuple[str, ...], instrument: Instrument
) -> dict[str, Footprint]:
    found = {item.brand: item for item in footprint(facts, cut, instrument=instrument, groups=("all",))}
    return {brand: found[brand] for brand in brands if brand in found}


def sources(name: str) -> list[dict[str, Any]]:
    """The crawl's health, a row a target."""
    return opened(name).rows("snapshot.sources")


__all__ = [
    "Board",
    "Grain",
    "SnapshotMissing",
    "Standing",
    "board",
    "choices",
    "home",
    "meta",
    "published",
    "sources",
]
