"""What people say of single texts: read from a sheet, laid in the inbox, taken into the warehouse.

The inbox is append-only: the view and the command line write whole files there, the next run takes each once.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from models.readings import EMOTIONS
from pipeline import actions
from pipeline.actions import Answered, Verdict, first_fault
from pipeline.errors import InputError
from pipeline.home import Home
from pipeline.sql import query
from pipeline.warehouse import registered, transaction

COLUMNS = ("score", "emotions", "touchpoints", "bot", "note")
"""The columns of a sheet that a person fills in; an empty cell says nothing."""
NOTHING = frozenset({"none", "-", "nav", "нет", "nic", "ei", "nėra", "brak", "keine"})
"""In the cells of emotions and touchpoints: there is none. An empty cell: not looked at."""
_YES = frozenset({"1", "y", "yes", "true", "x", "jā", "да", "ano", "jah", "taip", "tak", "ja"})
_NO = frozenset({"0", "n", "no", "false", "nē", "нет", "ne", "ei", "nie", "nein"})


class Label(BaseModel):
    """One person's word on one text. `sample` None: a correction of a single reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mention_id: str = Field(min_length=1, max_length=200)
    brand: str = Field(min_length=1)
    version: int | None = None
    sample: str | None = None
    score: int | None = Field(default=None, ge=0, le=10)
    emotions: list[str] | None = None
    touchpoints: list[str] | None = None
    bot: bool | None = None
    note: str | None = Field(default=None, max_length=2_000)
    by: str | None = Field(default=None, max_length=200)
    """Who said it; it stays in the inbox, the warehouse knows no names."""
    labelled_at: AwareDatetime

    @field_validator("emotions")
    @classmethod
    def _known(cls, value: list[str] | None) -> list[str] | None:
        unknown = [name for name in value or () if name not in EMOTIONS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(EMOTIONS)}")
        return value

    @property
    def says_something(self) -> bool:
        """Whether anything was filled in."""
        return any(getattr(self, name) is not None for name in COLUMNS)


class Sample(BaseModel):
    """A random sample as it was drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample: str
    brand: str
    seed: int
    population: int
    mention_ids: list[str]
    made_at: AwareDatetime


class _File(BaseModel):
    """A file of the inbox."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["labels", "sample"]
    labels: list[Label] = []
    sample: Sample | None = None


@dataclass(slots=True)
class ImportReport:
    """What a sheet gave: rows with labels, rows left empty, and the bad ones by line."""

    labels: int = 0
    of_sample: int = 0
    corrections: int = 0
    empty: int = 0
    rejected: list[str] = field(default_factory=list)


def lay(home: Home, *, labels: Iterable[Label] = (), sample: Sample | None = None) -> Path:
    """Put labels, or a sample, into the inbox for the next run. The file appears when it is whole."""
    content = _File(kind="sample" if sample else "labels", labels=list(labels), sample=sample)
    return actions.lay(home, content.kind, content)


_KINDS: dict[str, type[BaseModel]] = {
    "labels": _File, "sample": _File, "verdict": Verdict, "answered": Answered,
}  # fmt: skip
"""What the files of the inbox hold, by the beginning of their names."""


def take(home: Home, con: duckdb.DuckDBPyConnection, damaged: list[str]) -> int:
    """Take each file of the inbox that was not taken; returns how many.

    One that cannot be read is named in `damaged` and left for the next time. One transaction a file.
    """
    taken = {name for (name,) in con.execute(query("audit.taken")).fetchall()}
    count = 0
    for path in sorted(p for kind in _KINDS for p in home.inbox.glob(f"{kind}-*.json")):
        if path.name in taken:
            continue
        try:
            content = _KINDS[path.name.partition("-")[0]].model_validate_json(path.read_bytes())
        except (ValidationError, OSError) as error:
            damaged.append(f"Inbox file {path.name} cannot be read: {first_fault(error)}")
            continue
        with transaction(con):
            _store(con, content)
            con.execute(query("audit.take"), {"name": path.name})
        count += 1
    return count


_TEXT, _TEXTS, _TIME = pa.string(), pa.list_(pa.string()), pa.timestamp("us", "UTC")
_LABELS = pa.schema([
    ("mention_id", _TEXT), ("brand", _TEXT), ("version", pa.int32()), ("sample", _TEXT),
    ("score", pa.int8()), ("emotions", _TEXTS), ("touchpoints", _TEXTS), ("bot", pa.bool_()), ("note", _TEXT),
    ("labelled_at", _TIME),
])  # fmt: skip
_SAMPLES = pa.schema([
    ("sample", _TEXT), ("brand", _TEXT), ("seed", pa.int64()), ("population", pa.int64()),
    ("mention_ids", _TEXTS), ("made_at", _TIME),
])  # fmt: skip


def _store(con: duckdb.DuckDBPyConnection, content: BaseModel) -> None:
    if isinstance(content, Verdict):
        con.execute(query("audit.add_verdict"), content.model_dump())
    elif isinstance(content, Answered):
        con.execute(query("audit.add_answered"), content.model_dump())
    elif isinstance(content, _File):
        _store_labels(con, content)


def _store_labels(con: duckdb.DuckDBPyConnection, content: _File) -> None:
    if content.sample:
        with registered(con, made=pa.Table.from_pylist([content.sample.model_dump()], schema=_SAMPLES)):
            con.execute(query("audit.add_sample"))
    rows = [label.model_dump() for label in content.labels]
    with registered(con, made=pa.Table.from_pylist(rows, schema=_LABELS)):
        con.execute(query("audit.add_labels"))


def read_sheet(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV (any of `,` `;` tab) or XLSX by their header in lower case, with their line.

    Raises InputError for a file that is neither or has no `id` column.
    """
    try:
        rows = _workbook(path) if path.suffix.lower() == ".xlsx" else _csv(path)
        header = [str(name).strip().lower() for name in next(rows, (0, []))[1]]
        if "id" not in header:
            raise InputError(
                "No column `id`",
                where=str(path),
                next_step="fill in the sheet that `sayso audit sample` wrote",
            )
        for line, cells in rows:
            yield line, {name: str(cell).strip() for name, cell in zip(header, cells, strict=False)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        raise InputError(
            f"Cannot read the sheet: {error}", where=str(path), next_step="save it as CSV in UTF-8"
        ) from error


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = path.read_text(encoding="utf-8-sig")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for cells in rows:
        if any(cell.strip() for cell in cells):
            yield rows.line_num, cells


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    from zipfile import BadZipFile

    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except BadZipFile as error:
        raise ValueError(str(error)) from error
    for line, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
        cells = ["" if cell is None else str(cell) for cell in row]
        if any(cells):
            yield line, cells


def labels_of(
    rows: Iterable[tuple[int, Mapping[str, str]]], at: datetime, report: ImportReport
) -> Iterator[Label]:
    """The labels in a sheet; empty rows are counted, bad ones named by line and reason in the report."""
    for line, row in rows:
        try:
            label = _label(row, at)
        except (ValidationError, ValueError) as error:
            report.rejected.append(f"line {line}: {first_fault(error)}")
            continue
        if not label.says_something:
            report.empty += 1
            continue
        report.labels += 1
        report.of_sample += label.sample is not None
        report.corrections += label.sample is None
        yield label


def _label(row: Mapping[str, str], at: datetime) -> Label:
    def cell(name: str) -> str | None:
        # A spreadsheet-safe text begins with an apostrophe; no label does.
        return row.get(name, "").lstrip("'").strip() or None

    return Label(
        mention_id=cell("id") or "", brand=cell("brand") or "", sample=cell("sample"),
        version=_whole(cell("version"), "version"), score=_whole(cell("score"), "score"),
        emotions=_names(cell("emotions")), touchpoints=_names(cell("touchpoints")), bot=_truth(cell("bot")),
        note=cell("note"), labelled_at=at,
    )  # fmt: skip


def _whole(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})(?:[.,]0+)?", text)
    if not found:
        raise ValueError(f"{name}: {text[:20]!r} is no whole number")
    return int(found[1])


def _names(text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = [name.strip().lower() for name in re.split(r"[,;|]", text) if name.strip()]
    return [name for name in dict.fromkeys(names) if name not in NOTHING]


def _truth(text: str | None) -> bool | None:
    if text is None:
        return None
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError(f"bot: {text[:20]!r} is neither yes nor no")
