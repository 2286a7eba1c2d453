"""The figures of a snapshot on one page: what `sayso run` and `sayso demo` print at their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from models.readings import EMOTIONS
from pipeline.estimate import Score
from pipeline.facts import BrandNote, Cut
from pipeline.footprint import NO_POSITIVE, footprint
from pipeline.numbers import Figure, Instrument, Volume, natural_nps, share_of_voice, volume
from pipeline.snapshot import Snapshot
from pipeline.suspected import campaigns
from pipeline.weighted import Index, weighted_index

TOP_EMOTIONS = 4
_HEARD: tuple[Instrument, ...] = ("survey_text", "natural")
"""The latter is taken where it is."""


@dataclass(frozen=True, slots=True)
class Felt:
    """A share in 0..1 with its 95 % interval."""

    emotion: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BrandSummary:
    """One brand. A figure is None where nothing was heard by that instrument.

    `raw` is the natural NPS with what was set aside left in. `text_on_rated` reads only mentions that have
    a native rating too, with the rating hidden: it stands beside `native`, or beside `survey` where the brand
    has surveys only.
    """

    name: str
    competitor: bool
    natural: Figure | None
    raw: Figure | None
    text: Figure | None
    native: Figure | None
    survey: Figure | None
    survey_text: Figure | None
    text_on_rated: Figure | None
    no_positive: Felt | None
    top_emotions: tuple[Felt, ...]
    mentions: int
    set_aside: int
    index: Score | None
    """The score weighted by touchpoints; None where the config weighs all alike."""
    share_of_voice: float
    """Of the mentions of all brands that count, in 0..1."""
    languages: dict[str, int]
    source_kinds: dict[str, int]

    @property
    def headline(self) -> Figure | None:
        """The natural NPS; for a brand with surveys only, what their comments say with the answers hidden."""
        return self.natural or self.survey_text or self.survey

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; `headline` included."""
        figures = {
            name: figure.to_dict() if (figure := getattr(self, name)) else None
            for name in ("headline", *_FIGURES)
        }
        return {**asdict(self), **figures}


_FIGURES = ("natural", "raw", "text", "native", "survey", "survey_text", "text_on_rated")


@dataclass(frozen=True, slots=True)
class Summary:
    """All brands in the order of the config, and what was collected."""

    generation: int
    made_at: datetime | None
    model: str | None
    star_map: str
    mentions: int
    set_aside: int
    languages: dict[str, int]
    source_kinds: dict[str, int]
    campaigns: tuple[dict[str, Any], ...]
    brands: tuple[BrandSummary, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, times as ISO text."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "made_at": self.made_at.isoformat() if self.made_at else None,
            "campaigns": [_json_able(campaign) for campaign in self.campaigns],
            "brands": [brand.to_dict() for brand in self.brands],
        }


_PLAIN = ("generation", "model", "star_map", "mentions", "set_aside", "languages", "source_kinds")


def _json_able(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def summary(snapshot: Snapshot, cut: Cut = Cut()) -> Summary:  # noqa: B008 (immutable)
    """The page of this snapshot and cut. A mention that speaks of two brands counts for each of them."""
    volumes = volume(snapshot, replace(cut, authentic=False), by=("brand", "lang", "source_kind"))
    figures = {
        name: _by_brand(natural_nps(snapshot, replace(cut, **more), instrument=instrument))
        for name, (instrument, more) in _ASKED.items()
    }
    felt = _felt(snapshot, cut)
    indices = {item.brand: item for item in weighted_index(snapshot, cut)}
    meta = snapshot.meta
    brands = tuple(
        _brand(note, figures, felt.get(note.name, ()), volumes, indices.get(note.name))
        for note in meta.brands
        if cut.brands is None or note.name in cut.brands
    )
    return Summary(
        generation=meta.generation,
        made_at=meta.made_at,
        model=meta.model,
        star_map=meta.star_map,
        mentions=sum(cell.mentions for cell in volumes),
        set_aside=sum(cell.set_aside for cell in volumes),
        languages=_count(volumes, "lang"),
        source_kinds=_count(volumes, "source_kind"),
        campaigns=tuple(campaigns(snapshot, cut)),
        brands=brands,
    )


_ASKED: dict[str, tuple[Instrument, dict[str, Any]]] = {
    "natural": ("natural", {}),
    "raw": ("natural", {"authentic": False}),
    "text": ("text", {}),
    "native": ("native", {}),
    "survey": ("survey", {}),
    "survey_text": ("survey_text", {}),
    "rated": ("text", {"rated": True}),
    "survey_rated": ("survey_text", {"rated": True}),
}


def _by_brand(figures: Iterable[Figure]) -> dict[str | None, Figure]:
    return {figure.brand: figure for figure in figures}


def _felt(snapshot: Snapshot, cut: Cut) -> dict[str | None, list[Felt]]:
    """By brand, strongest first; surveys speak for a brand that nothing else was read of."""
    found = {
        item.brand: item
        for instrument in _HEARD
        for item in footprint(snapshot, cut, instrument=instrument, groups=("all",))
    }
    return {
        brand: sorted(
            (Felt(name, share.value, share.low, share.high) for name, share in item.rows()),
            key=lambda felt: (-felt.share, felt.emotion),
        )
        for brand, item in found.items()
    }


def _brand(
    note: BrandNote,
    figures: dict[str, dict[str | None, Figure]],
    felt: Sequence[Felt],
    volumes: Sequence[Volume],
    index: Index | None,
) -> BrandSummary:
    own = [cell for cell in volumes if cell.brand == note.name]
    mine = {name: found.get(note.name) for name, found in figures.items()}
    emotions = [item for item in felt if item.emotion in EMOTIONS]
    return BrandSummary(
        note.name,
        note.competitor,
        **{name: mine[name] for name in _FIGURES if name in mine},
        text_on_rated=mine["rated"] if mine["native"] else mine["survey_rated"],
        no_positive=next((item for item in felt if item.emotion == NO_POSITIVE), None),
        top_emotions=tuple(emotions[:TOP_EMOTIONS]),
        mentions=sum(cell.mentions for cell in own),
        set_aside=sum(cell.set_aside for cell in own),
        index=index.index if index else None,
        share_of_voice=next((v.share for v in share_of_voice(volumes) if v.brand == note.name), 0.0),
        languages=_count(own, "lang"),
        source_kinds=_count(own, "source_kind"),
    )


def _count(volumes: Iterable[Volume], name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for cell in volumes:
        counts[getattr(cell, name) or "und"] += cell.mentions
    return dict(counts.most_common())
