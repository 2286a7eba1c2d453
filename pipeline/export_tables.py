"""The figures that can be exported: each table's rows, from the functions of the view, and its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import product
from typing import Any

import pyarrow as pa

from pipeline import numbers, trend
from pipeline.answers import Answer, to_answer
from pipeline.drivers import Driver, drivers
from pipeline.estimate import Difference, Score
from pipeline.facts import KEYS, Cut, Key, Period
from pipeline.footprint import footprint
from pipeline.numbers import Figure, Instrument, Volume, natural_nps
from pipeline.relations import Relation, relations
from pipeline.snapshot import Snapshot
from pipeline.survey import beside
from pipeline.weighted import weighted_index

Row = dict[str, Any]
Rows = Callable[[Snapshot, Cut, Sequence[Key], Sequence[Period]], Iterable[Row]]
_HEARD: tuple[Instrument, ...] = ("natural", "survey", "survey_text")
_INSTRUMENTS: tuple[Instrument, ...] = ("natural", "text", "native", "survey", "survey_text")
MOST_ANSWERS = 100_000
"""People to answer in one export, the most urgent first."""
_CELL = (*KEYS, "period")


@dataclass(frozen=True, slots=True)
class FigureTable:
    """`percent`: columns that are shares in 0..1; `drawn`: names and values of a workbook's chart."""

    rows: Rows
    schema: pa.Schema
    percent: frozenset[str] = frozenset()
    drawn: tuple[str, str] | None = None
    figures: bool = True
    """Whether rows are figures of cells and periods; else they are one list."""


def _nps(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    for instrument, period in product(_INSTRUMENTS, periods):
        for figure in natural_nps(snapshot, cut, by=by, period=period, instrument=instrument):
            yield {"length": period, **asdict(figure)}


def _footprint(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    for instrument, period in product(_HEARD, periods):
        for cell in footprint(snapshot, cut, by=by, period=period, instrument=instrument):
            keys = {**_keys(cell), "group": cell.group}
            for emotion, share in cell.rows():
                yield {
                    "length": period, "instrument": instrument, **keys, "n": cell.n, "emotion": emotion,
                    "share": share.value, "low": share.low, "high": share.high, "too_few": cell.too_few,
                }  # fmt: skip


def _drivers(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    for instrument, period in product(_HEARD, periods):
        for driver in drivers(snapshot, cut, by=by, period=period, instrument=instrument):
            yield {"length": period, "instrument": instrument, **asdict(driver)}


def _voice(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    """Of the brands of the cut, in each cell of the other keys."""
    rest = [key for key in by if key != "brand"]
    for period in periods:
        cells: dict[tuple[Any, ...], list[Volume]] = {}
        for volume in numbers.volume(snapshot, cut, by=["brand", *rest], period=period):
            cells.setdefault(tuple(getattr(volume, key) for key in (*rest, "period")), []).append(volume)
        for keys, volumes in cells.items():
            named = dict(zip((*rest, "period"), keys, strict=True))
            for voice in numbers.share_of_voice(volumes):
                yield {"length": period, **named, **asdict(voice)}


def _index(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    for instrument, period in product(_HEARD, periods):
        for item in weighted_index(snapshot, cut, by=by, period=period, instrument=instrument):
            yield {
                "length": period, "instrument": instrument, **_keys(item), "index": item.index.value,
                "low": item.index.low, "high": item.index.high, "n": item.index.n,
                "unweighted": item.unweighted, "too_few": item.index.too_few,
            }  # fmt: skip


def _relations(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    for instrument, period in product(_HEARD, periods):
        for item in relations(snapshot, cut, by=by, period=period, instrument=instrument):
            cell = {"length": period, "instrument": instrument, **_keys(item)}
            for measure, of, value, low, high, n in _measures(item):
                yield {
                    **cell, "measure": measure, "of": of, "value": value, "low": low, "high": high, "n": n,
                    "too_few": item.too_few,
                }  # fmt: skip


def _measures(item: Relation) -> Iterator[tuple[str, str | None, float, float, float, int]]:
    """(measure, of whom, value, low, high, n); shares in 0..1; womi, effort, balance, nps in points."""
    for field in fields(item):
        found = getattr(item, field.name)
        if isinstance(found, Score):
            yield field.name, None, found.value, found.low, found.high, found.n
    for rival in item.rivals:
        balance = rival.balance
        yield "balance", rival.name, balance.value, balance.low, balance.high, rival.ours + rival.theirs
    for speaker, figure in item.speakers.items():
        yield "nps", speaker, figure.nps, figure.low, figure.high, figure.votes


def _trend(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    for period in periods:
        if period == "all":
            continue
        series: dict[tuple[Any, ...], list[Figure]] = {}
        for figure in natural_nps(snapshot, cut, by=by, period=period):
            series.setdefault(tuple(getattr(figure, key) for key in KEYS), []).append(figure)
        for figures in series.values():
            for move in numbers.moves(figures):
                yield {
                    "length": period, **_keys(move.after), "nps": move.after.nps, "before": move.before.nps,
                    **_spread("change", move.change), "p_value": move.change.p_value,
                    "verdict": trend.verdict(move), "n": move.after.n,
                }  # fmt: skip


def _survey(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    for period in periods:
        for item in beside(snapshot, cut, by=by, period=period):
            yield {
                "length": period, **_keys(item.natural), "natural": item.natural.nps,
                "natural_low": item.natural.low, "natural_high": item.natural.high,
                "natural_n": item.natural.votes, "survey": item.survey.nps, "survey_low": item.survey.low,
                "survey_high": item.survey.high, "survey_n": item.survey.votes,
                **_spread("offset", item.offset), "steady": item.steady,
            }  # fmt: skip


def _answers(snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]) -> Iterator[Row]:
    """Whom to answer: no figures, so `by` and `periods` say nothing."""
    yield from (answer.to_dict() for answer in to_answer(snapshot, cut, limit=MOST_ANSWERS))


def _keys(item: Any) -> Row:
    return {name: getattr(item, name) for name in _CELL}


def _spread(name: str, found: Difference | None) -> Row:
    values = (found.value, found.low, found.high) if found else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


_TYPES = {
    "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_(), "date": pa.date32(), "str": pa.string(),
}  # fmt: skip


def _schema(columns: Mapping[str, str]) -> pa.Schema:
    return pa.schema([(name, _TYPES.get(kind, pa.string())) for name, kind in columns.items()])


def _plain(record: type[Figure | Driver]) -> dict[str, str]:
    """The columns of a record by type."""
    return {field.name: str(field.type).removesuffix(" | None") for field in fields(record)}


_WHERE = {"length": "str"} | dict.fromkeys(KEYS, "str") | {"period": "date"}
_HOW = {"length": "str", "instrument": "str"} | _WHERE
_SPAN = {"low": "float", "high": "float"}
_FEW = {"too_few": "bool"}

TABLES: Mapping[str, FigureTable] = {
    "nps": FigureTable(
        _nps, _schema({"length": "str"} | _plain(Figure)),
        frozenset({"promoters", "passives", "detractors", "estimated", "corrected"}), ("brand", "nps"),
    ),
    "footprint": FigureTable(
        _footprint,
        _schema(_HOW | {"group": "str", "n": "int", "emotion": "str", "share": "float"} | _SPAN | _FEW),
        frozenset({"share", "low", "high"}), ("emotion", "share"),
    ),
    "drivers": FigureTable(
        _drivers, _schema({"length": "str", "instrument": "str"} | _plain(Driver)), frozenset({"share"}),
        ("touchpoint", "impact_leave_out"),
    ),
    "voice": FigureTable(
        _voice, _schema(_WHERE | {"mentions": "int", "share": "float"}), frozenset({"share"}),
        ("brand", "share"),
    ),
    "trend": FigureTable(
        _trend,
        _schema(
            _WHERE | {"nps": "float", "before": "float", "change": "float", "change_low": "float"}
            | {"change_high": "float", "p_value": "float", "verdict": "str", "n": "int"}
        ),
    ),
    "index": FigureTable(
        _index, _schema(_HOW | {"index": "float"} | _SPAN | {"n": "int", "unweighted": "float"} | _FEW),
        drawn=("brand", "index"),
    ),
    "relations": FigureTable(
        _relations,
        _schema(_HOW | {"measure": "str", "of": "str", "value": "float"} | _SPAN | {"n": "int"} | _FEW),
    ),
    "answers": FigureTable(
        _answers, _schema({field.name: str(field.type) for field in fields(Answer)}), figures=False
    ),
    "survey": FigureTable(
        _survey,
        _schema(
            _WHERE | {"natural": "float", "natural_low": "float", "natural_high": "float", "natural_n": "int"}
            | {"survey": "float", "survey_low": "float", "survey_high": "float", "survey_n": "int"}
            | {"offset": "float", "offset_low": "float", "offset_high": "float", "steady": "bool"}
        ),
    ),
}  # fmt: skip
