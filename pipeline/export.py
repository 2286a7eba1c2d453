"""Exports: the figures and texts of a snapshot as files that other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from pipeline import tables, workbook
from pipeline.errors import InputError
from pipeline.estimate import TOO_FEW
from pipeline.export_tables import TABLES
from pipeline.facts import Cut, Key, Period
from pipeline.files import whole
from pipeline.home import Home
from pipeline.snapshot import Snapshot
from pipeline.sql import query
from pipeline.suspected import days_and_brands, filters

WHAT = ("mentions", "readings", "campaigns", *TABLES)
_ROWS_A_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written, and from which snapshot."""

    what: str
    format: str
    rows: int
    path: str | None
    generation: int
    about: dict[str, str]
    """Filters, snapshot, reader, star map and method: in a workbook's last sheet, in Parquet's metadata, and
    beside any other file in NAME.about.json."""


def export(
    what: str,
    home: Home,
    cut: Cut = Cut(),  # noqa: B008 (immutable)
    out: Path | IO[bytes] | None = None,
    *,
    form: str | None = None,
    by: Sequence[Key] = ("brand",),
    periods: Sequence[Period] = ("all", "month"),
    bom: bool = False,
) -> ExportReport:
    """Write one table of the current snapshot to a file, or to a stream.

    Without `out` the file goes to the home's `exports/`. `mentions`, `readings` and `campaigns` are rows of
    the cut; the rest of WHAT are the figures of its cells of `by` in each of `periods`, the same as the
    view's. A workbook (XLSX) has a sheet a period and, of figures by brand, one a source kind,
    language and kind too, so its rows are more than a CSV's. A file appears under its name when it is
    whole. Raises SnapshotMissing, and InputError for an unknown table or format or a file that cannot be
    written.
    """
    if what not in WHAT:
        raise InputError(f"{what!r} cannot be exported", next_step=f"export one of {', '.join(WHAT)}")
    chosen = tables.format_of(out if isinstance(out, Path) else None, form)
    with Snapshot.open(home) as snapshot:
        path = out if isinstance(out, Path) else None
        if out is None:
            path = home.exports / f"{what}-{snapshot.generation:08d}.{chosen}"
        told = about(snapshot, what, cut)
        with _opened(path, out) as file, nullcontext() if what in TABLES else _frugal(snapshot):
            if chosen == "xlsx":
                rows = workbook.write(_sheets(what, snapshot, cut, by, periods), file, list(told.items()))
            else:
                schema, batches = _batches(what, snapshot, cut, by, periods)
                rows = tables.write(batches, schema, file, chosen, bom=bom, notes=told)
        if path and chosen not in ("xlsx", "parquet"):
            with whole(path.with_name(path.name + ".about.json")) as file:
                file.write(json.dumps(told, ensure_ascii=False, indent=2).encode("utf-8"))
        return ExportReport(what, chosen, rows, str(path) if path else None, snapshot.generation, told)


def _batches(
    what: str, snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]
) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    if what not in TABLES:
        return _stored(what, snapshot, cut)
    made = TABLES[what]
    table = pa.Table.from_pylist(list(made.rows(snapshot, cut, by, periods)), schema=made.schema)
    return made.schema, table.to_batches(max_chunksize=_ROWS_A_BATCH)


_MORE_CUTS: tuple[Key, ...] = ("source_kind", "lang", "kind")
_NAMES = {"all": "all time", "source_kind": "by source kind", "lang": "by language", "kind": "by kind"}


def _sheets(
    what: str, snapshot: Snapshot, cut: Cut, by: Sequence[Key], periods: Sequence[Period]
) -> Iterator[workbook.Sheet]:
    if what not in TABLES:
        yield workbook.Sheet(what, *_batches(what, snapshot, cut, by, periods))
        return
    cuts: list[tuple[str, Sequence[Key], Period]] = [(_NAMES.get(p, f"by {p}"), by, p) for p in periods]
    if tuple(by) == ("brand",):
        cuts += [(_NAMES[key], ("brand", key), "all") for key in _MORE_CUTS]
    made = TABLES[what]
    if not made.figures:
        cuts = [(what, by, "all")]
    for name, keys, period in cuts:
        rows = list(made.rows(snapshot, cut, keys, (period,)))
        table = pa.Table.from_pylist(rows, schema=made.schema)
        drawing = _drawing(what, made.drawn, rows, period) if tuple(keys) == ("brand",) else None
        yield workbook.Sheet(name, made.schema, table.to_batches(), drawing, made.percent)


def _drawing(
    what: str, drawn: tuple[str, str] | None, rows: list[dict[str, Any]], period: Period
) -> workbook.Drawing | None:
    """The first rows that belong together: all brands' scores, or one brand's months, emotions or drivers."""
    if drawn is None or not rows or (period != "all" and what != "nps"):
        return None
    names, values = drawn
    alike = names == "brand" and period == "all"
    same = ("instrument",) if alike else ("instrument", "brand", "group")
    last = next(
        (at - 1 for at, row in enumerate(rows) if any(row.get(key) != rows[0].get(key) for key in same)),
        len(rows) - 1,
    )
    title = f"{values} by {names}, {rows[0].get('instrument', 'all')}"
    if period == "all":
        return workbook.Drawing("bar", title, names, values, 0, last)
    return workbook.Drawing("line", f"{values} of {rows[0]['brand']}", "period", values, 0, last)


def about(snapshot: Snapshot, what: str, cut: Cut) -> dict[str, str]:
    """What a file holds and what its numbers rest on."""
    meta = snapshot.meta
    made = f", made {meta.made_at:%Y-%m-%d %H:%M} UTC" if meta.made_at else ""
    return {
        "table": what,
        "snapshot": f"{meta.generation}{made}",
        "filters": "; ".join(f"{name}: {value}" for name, value in filters(cut).items()) or "none",
        "star map": meta.star_map,
        "reader": meta.model or "none",
        "method": "one vote an author, brand and period, the latest; ratings where they were given, else the "
        "reader's probabilities; what looks coordinated is left out unless the filters say it counts",
        "intervals": "95 %; see docs/numbers.md. `basis` says what each rests on.",
        "too_few": f"under {TOO_FEW} votes: not a finding",
        "natural, survey": "two instruments: compare each with itself, over time and between brands",
    }


_PIECE = 50_000
"""Mentions that are joined with their texts at once, where the two do not stand row beside row."""


def _stored(what: str, snapshot: Snapshot, cut: Cut) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    first, *rest = _asked(what, snapshot, cut)

    def read(name: str, params: dict[str, Any]) -> pa.RecordBatchReader:
        return snapshot.cursor().sql(query(name), params=params).to_arrow_reader(_ROWS_A_BATCH)

    begun = read(*first)
    return begun.schema, chain(begun, (batch for asked in rest for batch in read(*asked)))


@contextmanager
def _frugal(snapshot: Snapshot) -> Iterator[None]:
    snapshot.cursor().execute(query("export.frugal"))
    try:
        yield
    finally:
        snapshot.cursor().execute(query("export.generous"))


def _asked(what: str, snapshot: Snapshot, cut: Cut) -> list[tuple[str, dict[str, Any]]]:
    """The queries whose rows make the table, with their parameters."""
    if what == "campaigns":
        return [("export.campaigns", days_and_brands(cut))]
    if what != "mentions" or not _value(snapshot, "export.apart"):
        return [(f"export.{what}", cut.params())]
    pieces = 1 + _value(snapshot, "export.size") // _PIECE
    return [
        ("export.mentions_apart", cut.params() | {"pieces": pieces, "piece": piece})
        for piece in range(pieces)
    ]


def _value(snapshot: Snapshot, name: str) -> int:
    row = snapshot.cursor().execute(query(name)).fetchone()
    return int(row[0]) if row else 0


def _opened(path: Path | None, out: Path | IO[bytes] | None) -> AbstractContextManager[IO[bytes]]:
    if path is None:
        if out is None or isinstance(out, Path):
            raise TypeError("a stream or a path is needed")
        return nullcontext(out)
    return whole(path)
