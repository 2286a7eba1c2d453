"""What figures are computed from: a set of facts, what is known about it, and a cut through it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

import duckdb

from pipeline.correction import Kind

Key = Literal["brand", "product", "source", "source_kind", "kind", "lang"]
Period = Literal["all", "year", "quarter", "month", "week", "day"]
KEYS: tuple[Key, ...] = ("brand", "product", "source", "source_kind", "kind", "lang")


@dataclass(frozen=True, slots=True)
class Cut:
    """Which facts count. None lets everything pass; days are inclusive, in the home's time zone.

    `authentic` leaves out what was set aside as not authentic; `rated` keeps only mentions with (True) or
    without (False) a native rating. `segments` are (column, answer) pairs of imported surveys: of one column
    any of its answers passes, of several columns each must pass. `speakers` are of models.readings.SPEAKERS.
    """

    brands: tuple[str, ...] | None = None
    products: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    source_kinds: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    langs: tuple[str, ...] | None = None
    touchpoint: str | None = None
    segments: tuple[tuple[str, str], ...] | None = None
    speakers: tuple[str, ...] | None = None
    since: date | None = None
    until: date | None = None
    authentic: bool = True
    rated: bool | None = None

    def params(self) -> dict[str, Any]:
        """The parameters of the `WHERE` that the queries share."""
        lists = {
            name: None if getattr(self, name) is None else list(getattr(self, name))
            for name in ("brands", "products", "sources", "source_kinds", "kinds", "langs", "speakers")
        }
        return {
            **lists,
            "touchpoint": self.touchpoint,
            "segments": self._segment_groups(),
            "since": self.since,
            "until": self.until,
            "authentic": self.authentic,
            "rated": self.rated,
        }

    def _segment_groups(self) -> list[list[str]] | None:
        """`column=answer` as facts hold it, one list a column."""
        if self.segments is None:
            return None
        groups: dict[str, list[str]] = {}
        for column, answer in self.segments:
            groups.setdefault(column, []).append(f"{column}={answer}")
        return list(groups.values())


@dataclass(frozen=True, slots=True)
class BrandNote:
    """A brand as the config names it."""

    name: str
    competitor: bool = False
    industry: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderError:
    """The reader's error between domains: standard deviation in NPS points over so many measured domains."""

    points: float
    domains: int


@dataclass(frozen=True, slots=True)
class Meta:
    """What a set of facts says of itself. See docs/snapshot.md for the keys of the `meta` table."""

    generation: int = 0
    made_at: datetime | None = None
    model: str | None = None
    star_map: str = "standard"
    native_ratings: str = "use"
    language: str = "en"
    timezone: str = "UTC"
    industry: str | None = None
    fingerprint: str = ""
    brands: tuple[BrandNote, ...] = ()
    reader_error: ReaderError | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """What is known of the reader in the texts of each source: see pipeline/correction.py."""
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Meta:
        """From the rows of the `meta` table."""
        error = values.get("reader_error")
        return cls(
            generation=int(values.get("generation", "0")),
            made_at=datetime.fromisoformat(values["made_at"]) if "made_at" in values else None,
            model=values.get("model") or None,
            star_map=values.get("star_map", "standard"),
            native_ratings=values.get("native_ratings", "use"),
            language=values.get("language", "en"),
            timezone=values.get("timezone", "UTC"),
            industry=values.get("industry") or None,
            fingerprint=values.get("fingerprint", ""),
            brands=tuple(BrandNote(**_known(brand)) for brand in json.loads(values.get("brands", "[]"))),
            reader_error=ReaderError(**json.loads(error)) if error else None,
            kinds={name: Kind.parse(kind) for name, kind in json.loads(values.get("kinds") or "{}").items()},
            values=dict(values),
        )


def _known(brand: Mapping[str, Any]) -> dict[str, Any]:
    return {name: brand[name] for name in ("name", "competitor", "industry") if name in brand}


class Facts(Protocol):
    """A published snapshot, or the warehouse while its aggregates are made."""

    @property
    def meta(self) -> Meta:
        """What it says of itself."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one call: tables are found by their snapshot names."""
