"""Texts that the current model has not read -> readings. Each chunk is committed: a kill costs one chunk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa

from models.readings import EMOTIONS, Readings
from pipeline.content import EMPTY_CONTENT, own_title, reading_text
from pipeline.errors import SaysoError
from pipeline.progress import Progress, silent
from pipeline.sql import query
from pipeline.warehouse import registered, transaction

CHUNK = 2_000
MODEL_KEY = "model"
"""In settings_seen: the model whose readings count, that of the last score."""


class ScoringError(SaysoError):
    """The reader gave something that is not a reading of what it was given."""

    exit_code = 8


class TextReader(Protocol):
    """What score needs of a reader: `models.reader.Reader` is one."""

    @property
    def model(self) -> str:
        """Version of its weights: equal versions give equal readings."""

    def read(
        self,
        texts: Sequence[str],
        langs: Sequence[str | None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Readings:
        """Row i of every column belongs to texts[i]."""


@dataclass(slots=True)
class ScoreReport:
    """What a score did: `read` texts now, of `total` that this model has read; `seconds` of reading."""

    model: str | None = None
    read: int = 0
    total: int = 0
    abstained: int = 0
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return asdict(self)


def shipped_model(folder: Path | None = None) -> str:
    """The version of the model in `folder` (default: the one that is shipped), without loading it."""
    from models.doors import version_of

    return version_of(folder)


def score(
    con: duckdb.DuckDBPyConnection,
    reader_factory: Callable[[], TextReader],
    progress: Progress = silent,
    *,
    model: str | None = None,
    chunk: int = CHUNK,
) -> ScoreReport:
    """Read every current text that the model has not read.

    `model` is the version that `reader_factory` would load: given it, a reader is made only if there is work.
    Raises ScoringError if the reader's answer does not fit the texts or holds no numbers.
    """
    cursor, report = con.cursor(), ScoreReport(model)
    reader = None if model else reader_factory()
    report.model = reader.model if reader else model
    cursor.execute(query("scoring.todo"), {"empty": EMPTY_CONTENT, "model": report.model})
    waiting = _number(cursor, "scoring.waiting")
    if waiting:
        reader = reader or reader_factory()
        _check_version(reader, report.model)
        _read_all(_Work(cursor, reader, report), waiting, chunk, progress)
    cursor.execute(query("ingest.remember"), [MODEL_KEY, report.model])
    report.total = _number(cursor, "scoring.read", [report.model])
    return report


def _read_all(work: _Work, waiting: int, chunk: int, progress: Progress) -> None:
    begun = time.monotonic()
    progress("score: texts", 0, waiting)
    for first in range(0, waiting, chunk):
        work.read(first, first + chunk)
        work.report.seconds = time.monotonic() - begun
        progress("score: texts", work.report.read, waiting)


@dataclass(frozen=True, slots=True)
class _Work:
    """The texts to read (temporary table `todo`), and who reads them."""

    cursor: duckdb.DuckDBPyConnection
    reader: TextReader
    report: ScoreReport

    def read(self, first: int, last: int) -> None:
        """Read and commit the texts at places first..last-1."""
        rows = self.cursor.execute(query("scoring.chunk"), {"first": first, "last": last}).fetchall()
        texts = [reading_text(own_title(row[1], row[2]), *row[3:6]) for row in rows]
        readings = self.reader.read(texts, langs=[row[6] for row in rows])
        table = as_table([row[0] for row in rows], readings)
        with transaction(self.cursor), registered(self.cursor, chunk_readings=table):
            self.cursor.execute(query("scoring.insert"))
        self.report.read += len(rows)
        self.report.abstained += int(np.count_nonzero(readings.abstain))


def _check_version(reader: TextReader, expected: str | None) -> None:
    if reader.model != expected:
        raise ScoringError(
            f"The reader is version {reader.model}, not {expected}",
            where="score",
            next_step="check that [reader] model names the weights that are loaded",
        )


_FLOAT = pa.float32()
_OPTIONAL = {
    "advocacy": _FLOAT, "leaving": _FLOAT, "effort": _FLOAT, "p_generated": _FLOAT, "speaker": pa.string(),
}  # fmt: skip
_TOUCHPOINTS = pa.list_(pa.struct([("name", pa.string()), ("polarity", _FLOAT), ("p", _FLOAT)]))


def as_table(hashes: Sequence[str], readings: Readings) -> pa.Table:
    """Readings as rows of the warehouse's table, one a content hash. Raises ScoringError."""
    _check(len(hashes), readings)
    columns = {
        "content_hash": pa.array(hashes, pa.string()),
        "model": pa.array([readings.model] * len(hashes), pa.string()),
        "scores": _vectors(readings.scores, 11),
        "score": pa.array(readings.score, _FLOAT),
        "p_detractor": pa.array(readings.p_detractor, _FLOAT),
        "p_passive": pa.array(readings.p_passive, _FLOAT),
        "p_promoter": pa.array(readings.p_promoter, _FLOAT),
        "emotions": _vectors(readings.emotions, len(EMOTIONS)),
        "touchpoints": _touchpoints(readings, len(hashes)),
        "abstain": pa.array(readings.abstain, pa.bool_()),
        "lang": pa.array(readings.lang, pa.string()),
        "embedding": pa.array(list(readings.embedding), pa.list_(_FLOAT)),
    }
    for name, kind in _OPTIONAL.items():
        values = getattr(readings, name)
        columns[name] = pa.nulls(len(hashes), kind) if values is None else pa.array(values, kind)
    return pa.table(columns)


def _vectors(values: Any, width: int) -> pa.Array:
    flat = np.ascontiguousarray(values, dtype=np.float32).reshape(-1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat, _FLOAT), width)


def _touchpoints(readings: Readings, count: int) -> pa.Array:
    if readings.touchpoints is None:
        return pa.nulls(count, _TOUCHPOINTS)
    rows = [[{"name": t.name, "polarity": t.polarity, "p": t.p} for t in row] for row in readings.touchpoints]
    return pa.array(rows, _TOUCHPOINTS)


def _check(count: int, readings: Readings) -> None:
    shapes = {
        "scores": (count, 11),
        "score": (count,),
        "p_detractor": (count,),
        "p_passive": (count,),
        "p_promoter": (count,),
        "emotions": (count, len(EMOTIONS)),
        "abstain": (count,),
    }
    for name, shape in shapes.items():
        values = np.asarray(getattr(readings, name))
        if values.shape != shape or not np.isfinite(values.astype(np.float64)).all():
            raise ScoringError(
                f"The reader's {name} is {values.shape} for {count} texts, or holds no numbers",
                where=f"model {readings.model}",
                next_step="run `sayso doctor`; the weights may be damaged",
            )


def _number(cursor: duckdb.DuckDBPyConnection, name: str, values: list[Any] | None = None) -> int:
    row = cursor.execute(query(name), values or []).fetchone()
    return int(row[0]) if row else 0
