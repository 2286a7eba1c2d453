"""Landing to mentions: validate, identify, keep versions, merge exact copies, match brands. Repeatable."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from crawlers.mention import Forgotten
from pipeline import labels, landed, reports
from pipeline.brands import BrandMatcher, Hit, fingerprint
from pipeline.config import Brand
from pipeline.content import own_title
from pipeline.home import Home
from pipeline.landed import Content, Segment, SegmentError
from pipeline.progress import Progress, silent
from pipeline.sql import query
from pipeline.staging import is_believed, stage
from pipeline.warehouse import Limits, open_warehouse, registered, set_aside, transaction

BATCH = 20_000
"""Mentions a transaction, in whole segments: many small segments share one commit."""
_MATCH_CHUNK = 20_000
_BRANDS_KEY = "brands"

log = logging.getLogger(__name__)

_STEPS = (
    "before", "versions", "changed", "replace_before", "insert_versions", "originals", "merge",
    "new_places", "drop_places", "insert_places", "move_places",
)  # fmt: skip


@dataclass(slots=True)
class IngestReport:
    """What an ingest took. `mentions` = `new` + `edited` + `known`, counted in landed lines."""

    segments: int = 0
    mentions: int = 0
    new: int = 0
    edited: int = 0
    known: int = 0
    rejected: int = 0
    undated: int = 0
    """Dates of publication not believed: ahead of their collection, or before the web."""
    reports: int = 0
    labels: int = 0
    """Files of labels and samples taken from the inbox."""
    rematched: int = 0
    damaged: list[str] = field(default_factory=list)
    """Segments and crawl reports that could not be read, with why; tried again next time."""
    readings_carried: int = 0
    """By a rebuild, from the warehouse before."""
    stored: int = 0
    current: int = 0
    merged: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return asdict(self)


def ingest(home: Home, con: duckdb.DuckDBPyConnection, progress: Progress = silent) -> IngestReport:
    """Take in every landing segment and crawl report that the warehouse has not seen.

    Each transaction holds whole segments: killing this at any point loses nothing and doubles nothing. A
    damaged segment is named in the report and left for the next time; bad lines go to `landing/rejected`.
    """
    report = IngestReport()
    matcher = BrandMatcher(home.config.brands)
    cursor = con.cursor()
    _rematch(cursor, home.config.brands, matcher, report, progress)
    for batch in _batches(home, _fresh(home, cursor), report, progress):
        _take(cursor, batch, matcher, report)
    report.reports = reports.take(home, cursor, report.damaged)
    report.labels = labels.take(home, cursor, report.damaged)
    report.stored, report.current, report.merged = _one(cursor, "ingest.stored")
    return report


def rebuild(home: Home, progress: Progress = silent, limits: Limits | None = None) -> IngestReport:
    """Make the warehouse anew from landing, which holds everything collected; the old file is kept beside it.

    Readings that the old file still gives are carried over, so that texts need not be read again. Raises
    WarehouseBusy if another process holds the warehouse.
    """
    old = set_aside(home)
    with open_warehouse(home, limits) as con:
        carried = _carry_readings(con, old) if old else 0
        report = ingest(home, con, progress)
    report.readings_carried = carried
    return report


def _carry_readings(con: duckdb.DuckDBPyConnection, old: Path) -> int:
    try:
        with duckdb.connect(str(old), read_only=True) as source:
            rows = source.sql(query("ingest.all_readings")).to_arrow_reader(_MATCH_CHUNK)
            with transaction(con), registered(con, old_readings=rows):
                con.execute(query("ingest.carry_readings"))
    except duckdb.Error as error:
        log.warning("rebuild: no readings carried over: %s", type(error).__name__)
        return 0
    return int(_one(con, "ingest.count_readings")[0])


def _fresh(home: Home, cursor: duckdb.DuckDBPyConnection) -> list[Segment]:
    taken = {name for (name,) in cursor.execute(query("ingest.taken")).fetchall()}
    return [segment for segment in landed.segments(home.landing) if segment.name not in taken]


Batch = list[tuple[Segment, Content]]


def _batches(home: Home, fresh: list[Segment], report: IngestReport, progress: Progress) -> Iterator[Batch]:
    """Whole readable segments, about BATCH mentions at a time, without what was forgotten."""
    forgotten = Forgotten.read(home.landing)
    batch: Batch = []
    size = 0
    for number, segment in enumerate(fresh, 1):
        content = _read(segment, report)
        if content is not None:
            landed.keep_rejects(home.landing, segment, content.bad)
            content.mentions = [m for m in content.mentions if not forgotten.covers(m)]
            batch.append((segment, content))
            size += len(content.mentions)
        if size >= BATCH:
            yield batch
            progress("ingest: segments", number, len(fresh))
            batch, size = [], 0
    if batch:
        yield batch
    progress("ingest: segments", len(fresh), len(fresh))


def _read(segment: Segment, report: IngestReport) -> Content | None:
    try:
        return landed.read(segment)
    except SegmentError as error:
        log.warning("segment skipped: %s", segment.name)
        report.damaged.append(error.message)
        return None


def _take(
    cursor: duckdb.DuckDBPyConnection, batch: Batch, matcher: BrandMatcher, report: IngestReport
) -> None:
    """One transaction: these segments, all of them and all that follows from them."""
    incoming = stage((segment.name, content.mentions) for segment, content in batch)
    counted = [(s.name, len(c.mentions), len(c.bad)) for s, c in batch]
    with transaction(cursor), registered(cursor, incoming=incoming, taken_segments=_segment_table(counted)):
        for step in _STEPS:
            cursor.execute(query(f"ingest.{step}"))
        new, versions = _one(cursor, "ingest.counts")
        cursor.execute(query("ingest.drop_brands"))
        _match(cursor, cursor.execute(query("ingest.to_match")).fetchall(), matcher)
        cursor.execute(query("ingest.record_segments"))
        cursor.execute(query("ingest.record_ages"))
    report.segments += len(batch)
    report.mentions += incoming.num_rows
    report.new += new
    report.edited += versions - new
    report.known += incoming.num_rows - versions
    report.rejected += sum(bad for _, _, bad in counted)
    report.undated += sum(not is_believed(m) for _, content in batch for m in content.mentions)


def _segment_table(counted: list[tuple[str, int, int]]) -> pa.Table:
    names, mentions, rejected = zip(*counted, strict=True)
    return pa.table({"name": names, "mentions": mentions, "rejected": rejected})


def _rematch(
    cursor: duckdb.DuckDBPyConnection,
    brands: Sequence[Brand],
    matcher: BrandMatcher,
    report: IngestReport,
    progress: Progress,
) -> None:
    """Tell every mention's brands anew if the brands of the config changed since they were told."""
    now = fingerprint(brands)
    before = cursor.execute(query("ingest.setting"), [_BRANDS_KEY]).fetchone()
    if before == (now,):
        return
    with transaction(cursor):
        cursor.execute(query("ingest.drop_all_brands"))
        for batch in cursor.cursor().sql(query("ingest.to_rematch")).to_arrow_reader(_MATCH_CHUNK):
            rows = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
            _match(cursor, rows, matcher)
            report.rematched += len(rows)
            progress("ingest: brands", report.rematched, None)
        cursor.execute(query("ingest.remember"), [_BRANDS_KEY, now])


def _spoken_of(
    matcher: BrandMatcher, hint: str | None, kind: str, title: str | None, text: str | None, *lists: Any
) -> list[Hit]:
    """`lists` are pros, cons and the product's name. The title of a reply is its thread's."""
    *marked, product = lists
    own = own_title(kind, title)
    said = (own, text, product, *(line for lines in marked for line in lines or ()))
    return matcher.match(hint, said, () if own else (title,))


def _match(cursor: duckdb.DuckDBPyConnection, rows: list[tuple[Any, ...]], matcher: BrandMatcher) -> None:
    found = [(row[0], hit.brand, hit.how) for row in rows for hit in _spoken_of(matcher, *row[1:])]
    if not found:
        return
    ids, brands, hows = zip(*found, strict=True)
    with registered(cursor, matched=pa.table({"mention_id": ids, "brand": brands, "how": hows})):
        cursor.execute(query("ingest.insert_brands"))


def _one(cursor: duckdb.DuckDBPyConnection, name: str) -> tuple[Any, ...]:
    row = cursor.execute(query(name)).fetchone()
    return tuple(row) if row else ()
