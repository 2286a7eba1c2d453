"""From mentions and readings to facts, footprints and drivers: all that a snapshot shows."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from models.readings import EMOTIONS
from pipeline import benchmarks, drivers, footprint, preferences
from pipeline.config import Config
from pipeline.content import EMPTY_CONTENT, native_class
from pipeline.correction import FEWEST, Kind
from pipeline.facts import Cut, Meta
from pipeline.numbers import TRAINING_MAP, Instrument
from pipeline.reader_error import shipped_reader_error
from pipeline.reading_cache import CLASSES
from pipeline.snapshot import SCHEMA
from pipeline.sql import query
from pipeline.topics import topics
from pipeline.warehouse import registered, transaction

SURE_TOUCHPOINT = 0.5
"""A touchpoint counts from this probability on."""

MOST_KIND_TEXTS = 20_000
"""Of a source with more texts a sample tells what is known of its kind."""

_DDL = files("pipeline") / "queries" / "snapshot_schema.sql"


@dataclass(frozen=True, slots=True)
class AggregateReport:
    """What the aggregates hold.

    `unbranded` mentions speak of no configured brand, `unheard` facts have neither a rating nor a reading:
    neither counts in any figure.
    """

    rebuilt: bool
    fingerprint: str
    facts: int
    mentions: int
    unbranded: int
    unheard: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The aggregates as facts, seen from inside the transaction that makes them."""

    con: duckdb.DuckDBPyConnection
    meta: Meta

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self.con


def aggregate(
    con: duckdb.DuckDBPyConnection, config: Config, home_root: Path | None = None
) -> AggregateReport:
    """Build the aggregates of the warehouse, unless nothing changed since they were built.

    Where few days changed, and no setting, only their facts are made again and the figures of their brands
    and months. All in one transaction: after a crash the old aggregates stand. `home_root` holds the user's
    benchmarks. Raises InputError for faults in these.
    """
    cursor = con.cursor()
    mark = fingerprint(con, config, home_root)
    rebuilt = built(con) != mark
    if rebuilt:
        with transaction(cursor):
            _build(cursor, config, home_root, mark)
    counts = cursor.execute(query("aggregate.counts")).fetchone()
    return AggregateReport(rebuilt, mark, *(int(count) for count in counts or ()))


def fingerprint(con: duckdb.DuckDBPyConnection, config: Config, home_root: Path | None = None) -> str:
    """A value that changes whenever anything changes that a snapshot shows, settings included."""
    row = con.cursor().execute(query("aggregate.fingerprint")).fetchone()
    return _hashed([row and row[0], settings_mark(config, home_root)])


def settings_mark(config: Config, home_root: Path | None = None) -> str:
    """A value that changes whenever the settings do that figures depend on, or the version of the tables."""
    return _hashed(
        {
            "schema": SCHEMA,
            "sayso": config.sayso.model_dump(),
            "brands": [brand.model_dump() for brand in config.brands],
            "touchpoints": [touchpoint.model_dump() for touchpoint in config.touchpoints],
            "benchmarks": [asdict(item) for item in benchmarks.benchmarks(home_root)],
            "reader_error": asdict(error) if (error := shipped_reader_error()) else None,
        }
    )


def _hashed(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def built(con: duckdb.DuckDBPyConnection) -> str | None:
    """The fingerprint that the aggregates were built from, None if there are none."""
    cursor = con.cursor()
    found = cursor.execute(query("aggregate.has_numbers")).fetchone()
    if not found or not found[0]:
        return None
    row = cursor.execute(query("aggregate.built")).fetchone()
    return str(row[0]) if row else None


def _build(con: duckdb.DuckDBPyConnection, config: Config, home_root: Path | None, mark: str) -> None:
    """Make the facts of changed days, all that is small, and the figures of changed brands and months."""
    con.execute(query("aggregate.corrections"))
    con.execute(query("aggregate.digest"), {"timezone": config.sayso.timezone})
    settings = settings_mark(config, home_root)
    whole = not _renewable(con, settings)
    _clear(con) if whole else con.execute(query("aggregate.forget_changed"))
    con.execute(query("aggregate.enter_numbers"))
    _fill(con, config)
    _insert(con, "benchmarks", [asdict(item) for item in benchmarks.benchmarks(home_root)], _BENCHMARKS)
    meta = _meta(con, config, mark) | {"settings": settings}
    _insert(con, "meta", [{"key": key, "value": value} for key, value in meta.items()], _META)
    _fill_figures(_Numbers(con, Meta.parse(meta)), whole=whole)
    con.execute(query("aggregate.keep_digests"))


MOST_RENEWED = 0.2
"""Where more of all (brand, day) cells changed, all is built anew."""


def _renewable(con: duckdb.DuckDBPyConnection, settings: str) -> bool:
    """Whether only days changed, and few: then `changed` names them."""
    found = con.execute(query("aggregate.has_digests")).fetchone()
    if not found or not found[0]:
        return False
    row = con.execute(query("aggregate.built_settings")).fetchone()
    if not row or row[0] != settings:
        return False
    con.execute(query("aggregate.compare_digests"))
    changed, cells = con.execute(query("aggregate.how_much")).fetchone() or (0, 0)
    return bool(changed <= MOST_RENEWED * cells)


def _clear(con: duckdb.DuckDBPyConnection) -> None:
    for step in ("drop_numbers", "make_numbers", "enter_numbers"):
        con.execute(query(f"aggregate.{step}"))
    con.execute(_DDL.read_text(encoding="utf-8"))
    for step in ("drop_shown_mentions", "all_changed"):
        con.execute(query(f"aggregate.{step}"))


def _fill(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    _classify_ratings(con, config)
    con.execute(query("aggregate.due"), {"timezone": config.sayso.timezone})
    con.execute(
        query("aggregate.facts"),
        {"empty": EMPTY_CONTENT, "timezone": config.sayso.timezone, "sure": SURE_TOUCHPOINT},
    )
    preferences.compare(con, config.brands)
    for step in ("relations.preferences", "audit.labels", "audit.samples"):
        con.execute(query(step))
    con.execute(query("aggregate.daily"), {"use_native": config.sayso.native_ratings == "use"})
    con.execute(query("aggregate.campaigns"), {"timezone": config.sayso.timezone, "emotions": list(EMOTIONS)})
    for step in ("campaign_mentions", "campaign_ties", "campaign_accounts", "sources"):
        con.execute(query(f"aggregate.{step}"))


def _classify_ratings(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    steps = con.execute(query("aggregate.rating_steps")).fetchall()
    classes = [native_class(rating, low, high, config.sayso.star_map) for rating, low, high in steps]
    con.execute(query("aggregate.make_rating_classes"))
    con.execute(
        query("aggregate.add_rating_classes"),
        {
            "ratings": [rating for rating, _, _ in steps],
            "lows": [low for _, low, _ in steps],
            "highs": [high for _, _, high in steps],
            "classes": classes,
        },
    )


def _meta(con: duckdb.DuckDBPyConnection, config: Config, mark: str) -> dict[str, str]:
    models = con.execute(query("aggregate.models")).fetchall()
    error = shipped_reader_error()
    return {
        "schema": str(SCHEMA),
        "fingerprint": mark,
        "model": str(models[0][0]) if models else "",
        "models": json.dumps({str(model): int(count) for model, count in models}),
        "star_map": config.sayso.star_map,
        "native_ratings": config.sayso.native_ratings,
        "language": config.sayso.language,
        "timezone": config.sayso.timezone,
        "industry": config.sayso.industry or "",
        "brands": json.dumps(_brands(con, config), ensure_ascii=False),
        "touchpoints": json.dumps(
            {item.name: item.weight for item in config.touchpoints}, ensure_ascii=False
        ),
        "reader_error": json.dumps(asdict(error)) if error else "",
        "kinds": json.dumps({name: kind.to_dict() for name, kind in _kinds(con, config).items()}),
    }


def _brands(con: duckdb.DuckDBPyConnection, config: Config) -> list[dict[str, Any]]:
    """The config's brands in its order, then those that only an import or a target named."""
    listed = [{"name": b.name, "competitor": b.competitor, "industry": b.industry} for b in config.brands]
    named = {brand.name for brand in config.brands}
    found = con.execute(query("aggregate.brands")).fetchall()
    others = [str(name) for (name,) in found if name not in named]
    return listed + [{"name": name, "competitor": False, "industry": None} for name in others]


def _kinds(con: duckdb.DuckDBPyConnection, config: Config) -> dict[str, Kind]:
    """What is known of the reader in each source's texts. Ratings tell only by the map it was trained on."""
    params = {"most": MOST_KIND_TEXTS, "fewest": FEWEST, "rated": config.sayso.star_map == TRAINING_MAP}
    texts = con.sql(query("aggregate.kind_texts"), params=params).to_arrow_table()
    if not texts.num_rows:
        return {}
    source, classes = texts["source"].to_numpy(), texts["class"].to_numpy()
    posteriors = np.column_stack([texts[f"p_{name}"].to_numpy() for name in CLASSES]).astype(float)
    starts = np.flatnonzero(source[1:] != source[:-1]) + 1
    parts = np.split(np.arange(len(source)), starts)
    found = {str(source[rows[0]]): Kind.of(posteriors[rows], classes[rows]) for rows in parts}
    return {name: kind for name, kind in found.items() if kind.usable}


def _fill_figures(numbers: _Numbers, *, whole: bool) -> None:
    due = [(brand.name, None) for brand in numbers.meta.brands] if whole else _changed_months(numbers.con)
    for brand, months in due:
        if not whole:
            named = None if months is None else ["all", *(month.strftime("%Y-%m") for month in months)]
            numbers.con.execute(query("aggregate.forget_footprints"), {"brand": brand, "months": named})
    footprints = [row for brand, months in due for row in _footprint_rows(numbers, brand, months)]
    _insert(numbers.con, "footprint", footprints, _FOOTPRINT)
    names = tuple(brand for brand, _ in due)
    _insert(numbers.con, "drivers", [asdict(item) for item in _drivers_of(numbers, names)], _DRIVERS)
    _insert(numbers.con, "topics", [asdict(topic) for topic in topics(numbers.con, names)], _TOPICS)


def _changed_months(con: duckdb.DuckDBPyConnection) -> list[tuple[str, list[date] | None]]:
    return [
        (str(brand), months) for brand, months in con.execute(query("aggregate.changed_months")).fetchall()
    ]


_META = pa.schema([("key", pa.string()), ("value", pa.string())])
_BENCHMARKS = pa.schema(
    [(name, pa.string()) for name in ("level", "name", "instrument", "country", "note", "origin")]
    + [("nps", pa.float64()), ("year", pa.int64())]
)
_FOOTPRINT = pa.schema(
    [(name, pa.string()) for name in ("brand", "class", "period", "emotion")]
    + [(name, pa.float64()) for name in ("share", "low", "high")]
    + [("n", pa.int64())]
)
_TOPICS = pa.schema(
    [(name, pa.string()) for name in ("brand", "touchpoint", "topic", "example")]
    + [("terms", pa.list_(pa.string())), ("n", pa.int64()), ("grew", pa.float64())]
)
_DRIVERS = pa.schema(
    [("brand", pa.string()), ("touchpoint", pa.string()), ("n", pa.int64())]
    + [
        (name, pa.float64())
        for name in ("share", "nps", "low", "high", "impact_leave_out", "impact_additive")
    ]
)


def _insert(
    con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]], schema: pa.Schema
) -> None:
    with registered(con, made=pa.Table.from_pylist(rows, schema=schema)):
        con.execute(query(f"aggregate.{table}"))


def _drivers_of(numbers: _Numbers, brands: tuple[str, ...]) -> list[drivers.Driver]:
    """Surveys speak for a brand where nothing else does."""
    found = drivers.drivers(numbers, Cut(brands=brands))
    silent = tuple(set(brands) - {str(driver.brand) for driver in found})
    return found + (drivers.drivers(numbers, Cut(brands=silent), instrument="survey") if silent else [])


def _footprint_rows(numbers: _Numbers, brand: str, months: list[date] | None) -> Iterator[dict[str, Any]]:
    """Brand by brand, so that memory holds one brand's emotions. Surveys speak where nothing else does.

    Of all time, and of each of `months` (None: all there are).
    """
    cut = Cut(brands=(brand,))
    natural = footprint.footprint(numbers, cut)
    instrument: Instrument = "natural" if natural else "survey"
    yield from _rows(natural or footprint.footprint(numbers, cut, instrument="survey"))
    if months is None:
        yield from _rows(footprint.footprint(numbers, cut, period="month", instrument=instrument))
    for month in months or ():
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        within = replace(cut, since=month, until=last)
        yield from _rows(footprint.footprint(numbers, within, period="month", instrument=instrument))


def _rows(found: list[footprint.Footprint]) -> Iterator[dict[str, Any]]:
    for item in found:
        period = item.period.strftime("%Y-%m") if item.period else "all"
        for emotion, score in item.rows():
            if not math.isnan(score.value):
                yield {
                    "brand": item.brand, "class": item.group, "period": period, "emotion": emotion,
                    "share": score.value, "low": score.low, "high": score.high, "n": item.n,
                }  # fmt: skip
