"""Writing rows to CSV, JSON, JSON lines or Parquet, batch by batch in flat memory (XLSX: workbook.py)."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError

Format = Literal["csv", "json", "jsonl", "parquet", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)
_FORMULA = frozenset("=+-@")
_INNER = re.compile(r"([;\t\r\n][ \"]*)(?=[=＝﹦]|[@+\-＠＋－﹫﹢﹣][^;\t\r\n]*[(|!])")
"""After what another reader takes for the end of a cell: a formula, or what could be one."""
_BOM = "\ufeff"


def format_of(path: Path | None, given: str | None = None) -> Format:
    """The format named, else by the file's ending, else CSV. Raises InputError for another one."""
    name = given or (path.suffix.lstrip(".").lower() if path and path.suffix else "csv")
    name = {"ndjson": "jsonl", "pq": "parquet"}.get(name, name)
    for known in FORMATS:
        if name == known:
            return known
    raise InputError(
        f"{name!r} is not a format that exports can have",
        where=str(path or ""),
        next_step=f"use {', '.join(FORMATS)}",
    )


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before one that begins like it.

    A beginning is the first character, or the first after white space and invisible characters. Wide and
    small forms (＝, ﹣) count as what they stand for.
    """
    if text[:1] in ("\t", "\r"):
        return "'" + text
    for character in text:
        if unicodedata.normalize("NFKC", character) in _FORMULA:
            return "'" + text
        if not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf"):
            break
    return text


def unsplit(text: str) -> str:
    """A defused text that stays so where a spreadsheet splits the line otherwise than by commas.

    Where the comma is a decimal mark, a CSV opens as if semicolons parted its cells: what stands after one
    inside a text then begins a cell. Such a formula gets its apostrophe too; smileys and lists do not.
    """
    return _INNER.sub(r"\1'", text)


def write(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    out: IO[bytes],
    form: Format,
    *,
    bom: bool = False,
    notes: Mapping[str, str] | None = None,
) -> int:
    """Write all batches, return the number of rows. `bom`: a CSV begins with a byte order mark. `notes` go
    into the metadata of a Parquet file; other formats have no place for them.

    Raises ValueError for `xlsx`, which is written by sheets.
    """
    if form == "xlsx":
        raise ValueError("a workbook has sheets: use pipeline.workbook")
    if form == "parquet":
        return _parquet(batches, schema.with_metadata(dict(notes)) if notes else schema, out)
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
    try:
        if form == "csv":
            return _csv(batches, schema, text, bom)
        return _json(batches, text, lines=form == "jsonl")
    finally:
        text.detach()


def _parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema, out: IO[bytes]) -> int:
    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
            rows += batch.num_rows
    return rows


def _csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema, out: io.TextIOWrapper, bom: bool) -> int:
    if bom:
        out.write(_BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([unsplit(defused(name)) for name in schema.names])
    rows = 0
    for batch in batches:
        writer.writerows(zip(*map(_cells, batch.columns), strict=True))
        rows += batch.num_rows
    out.flush()
    return rows


def _cells(column: pa.Array) -> list[Any]:
    """`plain_cell` of a column's values, quickly where there is little to do: exports have millions."""
    if column.null_count == len(column):
        return [None] * len(column)
    values = values_of(column)
    if pa.types.is_integer(column.type):
        return values
    if pa.types.is_string(column.type):
        return [None if text is None else _csv_text(text) for text in values]
    told = (plain_cell(value) for value in values)
    return [unsplit(value) if isinstance(value, str) else value for value in told]


def _csv_text(text: str) -> str:
    return unsplit(text if text[:1].isalnum() else defused(text))


def plain_cell(value: Any) -> Any:
    """Numbers stay numbers, truth is true or false, times are ISO 8601, lists are JSON, texts are defused."""
    if isinstance(value, str):
        return defused(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return defused(json.dumps(value, ensure_ascii=False, default=str))
    return value


def _json(batches: Iterable[pa.RecordBatch], out: io.TextIOWrapper, *, lines: bool) -> int:
    rows = 0
    for row in _rows(batches):
        if lines:
            out.write(row + "\n")
        else:
            out.write(("[\n" if rows == 0 else ",\n") + row)
        rows += 1
    if not lines:
        out.write("\n]\n" if rows else "[]\n")
    out.flush()
    return rows


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[str]:
    for batch in batches:
        for row in zip(*(values_of(column) for column in batch.columns), strict=True):
            named = zip(batch.schema.names, map(_plain, row), strict=True)
            yield json.dumps(dict(named), ensure_ascii=False)


def values_of(column: pa.Array) -> list[Any]:
    """A column's values as Python ones, float32 by its shortest decimal."""
    values: list[Any] = column.to_pylist()
    if pa.types.is_float32(column.type):
        # The shortest decimal that means this float32: 0.1, not 0.10000000149011612.
        return [None if value is None else float(str(np.float32(value))) for value in values]
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.isoformat() if isinstance(value, datetime | date) else value
