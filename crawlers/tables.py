"""Rows of an owner's file: CSV, XLSX, JSON lines, each also gzipped; streamed, whatever their encoding."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from crawlers import workbooks
from crawlers.encodings import sniff
from crawlers.rows import ImportFileError, Row, header_of

Format = Literal["csv", "xlsx", "jsonl"]
LONGEST_LINE = 4_000_000
"""Characters of one line; a longer one is rejected."""
_SAMPLE = 262_144
_MOST_LINES = 2_000
_DEEPEST = 4


@dataclass(slots=True)
class Table:
    """An opened file. `broken` says where it broke off, once its rows have been read."""

    path: Path
    format: Format
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    broken: str | None = None
    done: int = 0
    size: int = 0
    told: Callable[[int, int], None] | None = field(default=None, repr=False)

    def rows(self) -> Iterator[Row]:
        """Every record, in order; can be called again.

        Raises ImportFileError if the file cannot be read at all.
        """
        self.broken = None
        if self.format == "xlsx":
            yield from _sheet_rows(self)
            return
        with self.path.open("rb") as file:
            source = _Counted(file, self)
            binary = _Unpacked(source, self) if _is_gzip(self.path) else source
            text = io.TextIOWrapper(io.BufferedReader(binary, 1 << 16), self.encoding, "replace", newline="")
            yield from _csv_rows(self, text) if self.format == "csv" else _json_rows(self, text)


def open_table(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
) -> Table:
    """Finds out what the file is, by its content first and its name second.

    Raises ImportFileError.
    """
    head = _head(path)
    size = path.stat().st_size
    if head.startswith(b"PK\x03\x04"):
        return Table(path, "xlsx", sheet=sheet, size=size)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportFileError("an old .xls workbook", where=path.name, next_step="save it as .xlsx or .csv")
    found = encoding or sniff(head)
    try:
        text = head.decode(found, "replace").lstrip("\ufeff")
    except LookupError as error:
        raise ImportFileError(
            f"no encoding is called {found!r}",
            where=path.name,
            next_step="use utf-8, cp1257, cp1250 or cp1251",
        ) from error
    if not text.strip():
        raise ImportFileError("the file is empty", where=path.name, next_step="export it again")
    if text.count("\x00") > len(text) // 10:
        raise ImportFileError(
            "neither text nor a workbook", where=path.name, next_step="export CSV, XLSX or JSONL"
        )
    if text.lstrip().startswith(("{", "[")):
        return Table(path, "jsonl", encoding=found, size=size)
    return Table(path, "csv", encoding=found, delimiter=delimiter or _delimiter(text), size=size)


def _head(path: Path) -> bytes:
    """The first bytes, unpacked."""
    try:
        with path.open("rb") as file:
            table = Table(path, "csv")
            source = _Unpacked(file, table) if _is_gzip(path) else file
            return io.BufferedReader(source, 1 << 16).read(_SAMPLE)
    except OSError as error:
        raise ImportFileError(
            f"cannot be read ({error.strerror})", where=path.name, next_step="check the path"
        ) from error


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


class _Counted(io.RawIOBase):
    """Tells how far the file has been read."""

    def __init__(self, file: IO[bytes], table: Table) -> None:
        self._file, self._table = file, table
        table.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        self._table.done += len(piece)
        if self._table.told:
            self._table.told(self._table.done, self._table.size)
        return len(piece)


class _Unpacked(io.RawIOBase):
    """A gzip that may break off: what comes before the break is read, and the table told of it."""

    def __init__(self, file: Any, table: Table) -> None:
        self._file, self._table = file, table
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._rest, self._begun = b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._table.broken is None:
            data = self._rest or self._file.read(1 << 16)
            self._rest = b""
            if not data and not self._stream.unconsumed_tail:
                if self._begun and not self._stream.eof:
                    self._table.broken = "the gzip breaks off before its end"
                return 0
            piece = self._unpack(data, len(buffer))
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
        return 0

    def _unpack(self, data: bytes, room: int) -> bytes:
        try:
            if self._stream.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return b""  # padding after the last member
                self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            self._begun = True
            piece = self._stream.decompress(data, room)
        except zlib.error as error:
            self._table.broken = f"the gzip is damaged ({error})"
            return b""
        self._rest = self._stream.unconsumed_tail or self._stream.unused_data
        return piece


# --- CSV --------------------------------------------------------------------------------------------------


def _delimiter(text: str) -> str:
    """The sign that parts the first lines most evenly."""
    first = text.lstrip().split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4]
    lines = text.split("\n")
    sample = "\n".join(lines[:30] if len(lines) > 30 else lines[: max(1, len(lines) - 1)])
    return max(";,\t|", key=lambda sign: _evenness(sample, sign))


def _evenness(sample: str, sign: str) -> tuple[float, int]:
    try:
        widths = [len(row) for row in islice(csv.reader(io.StringIO(sample), delimiter=sign), 30) if row]
    except csv.Error:
        return (0.0, 0)
    if not widths or widths[0] < 2:
        return (0.0, 0)
    return (sum(width == widths[0] for width in widths) / len(widths), widths[0])


class _Lines:
    """Physical lines with their numbers; those that a record took can be put back."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._back: deque[tuple[int, str]] = deque()
        self.number = 0
        self.taken: list[tuple[int, str]] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _MOST_LINES or sum(len(line) for _, line in self.taken[-3:]) > LONGEST_LINE:
            raise _EndlessRecord
        if self._back:
            number, line = self._back.popleft()
        else:
            line = self._text.readline(LONGEST_LINE)
            self.number += 1
            number = self.number
        if not line:
            self.ended = True
            raise StopIteration
        self.taken.append((number, line))
        return line

    def put_back(self) -> tuple[int, str]:
        """Puts all lines of the record but its first back; returns the first."""
        first, *others = self.taken
        self._back.extendleft(reversed(others))
        self.taken = []
        self.ended = False
        return first


class _EndlessRecord(Exception):
    """A record that takes too many lines: a quotation mark that nobody closed."""


def _csv_rows(table: Table, text: IO[str]) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    lines, header = _Lines(text), None
    while True:
        record = _record(lines, table.delimiter or ",")
        if record is None:
            return
        number = lines.taken[0][0] if lines.taken else lines.number
        if isinstance(record, str):
            number, raw = lines.put_back()
            yield Row(number, {}, record, raw)
        elif header is None:
            header = header_of(record)
        elif any(value.strip() for value in record):
            yield from _csv_row(table, lines, header, number, record)


def _record(lines: _Lines, delimiter: str) -> list[str] | str | None:
    """The next record, what is wrong with it, or None at the end."""
    lines.taken = []
    try:
        return next(csv.reader(lines, delimiter=delimiter))
    except StopIteration:
        return None
    except _EndlessRecord:
        return "a quotation mark is never closed"
    except csv.Error as error:
        return f"not CSV: {error}"


def _csv_row(table: Table, lines: _Lines, header: list[str], number: int, record: list[str]) -> Iterator[Row]:
    """The record as a row. One that spans lines and has a wrong width began with a stray quotation mark: its
    first line is bad, the others are read anew."""
    spans = len(lines.taken) > 1
    extra = [value for value in record[len(header) :] if value.strip()]
    cut = bool(table.broken) and not lines.taken[-1][1].endswith("\n") if lines.taken else False
    if cut:
        yield Row(number, {}, "the file breaks off in this row", lines.taken[0][1])
    elif spans and (extra or len(record) < len(header)):
        number, raw = lines.put_back()
        yield Row(number, {}, "a quotation mark is never closed", raw)
    elif extra:
        yield Row(number, {}, "more values than columns", "".join(line for _, line in lines.taken))
    else:
        yield Row(number, dict(zip(header, record, strict=False)))


# --- JSON lines -------------------------------------------------------------------------------------------


def _json_rows(table: Table, text: IO[str]) -> Iterator[Row]:
    first = text.readline(LONGEST_LINE)
    if first.lstrip("\ufeff").lstrip().startswith("["):
        yield from _json_array(table, first, text)
        return
    number, line = 1, first
    while line:
        if len(line) >= LONGEST_LINE and not line.endswith("\n"):
            yield Row(number, {}, "the line is too long", line[:2000])
            while line and not line.endswith("\n"):
                line = text.readline(LONGEST_LINE)
        elif line.strip("\ufeff \t\r\n"):
            cut = bool(table.broken) and not line.endswith("\n")
            yield _cut(number, line) if cut else _json_row(number, line)
        line = text.readline(LONGEST_LINE)
        number += 1


def _cut(number: int, line: str) -> Row:
    return Row(number, {}, "the file breaks off in this row", line[:2000])


def _json_row(number: int, line: str) -> Row:
    try:
        value = json.loads(line.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return Row(number, {}, "not JSON", line[:2000])
    return _object(number, value, line[:2000])


def _object(number: int, value: Any, raw: str) -> Row:
    if not isinstance(value, dict):
        return Row(number, {}, "not a JSON object", raw)
    return Row(number, flat(value))


def _json_array(table: Table, first: str, text: IO[str]) -> Iterator[Row]:
    """A whole file that is one array: it cannot be streamed, so it must be small."""
    body = first + text.read(50_000_000)
    try:
        items = json.loads(body.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError) as error:
        raise ImportFileError(
            "a JSON array that is broken or larger than 50 MB",
            where=table.path.name,
            next_step="export JSON lines",
        ) from error
    for number, item in enumerate(items if isinstance(items, list) else [items], 1):
        yield _object(number, item, str(item)[:2000])


def flat(value: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested objects as dotted paths: `{"meta": {"pros": "x"}}` is `{"meta.pros": "x"}`. Lists stay lists."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        path = f"{prefix}{key}"
        if isinstance(item, dict) and depth < _DEEPEST:
            found.update(flat(item, f"{path}.", depth + 1))
        else:
            found[path] = item
    return found


# --- workbooks ---------------------------------------------------------------------------------------------


def _sheet_rows(table: Table) -> Iterator[Row]:
    """Rows of the sheet asked for, else of the first one. A workbook cannot be streamed through gzip, so a
    packed one is unpacked into a temporary file."""
    with tempfile.TemporaryFile() as spare, table.path.open("rb") as file:
        packed = _is_gzip(table.path)
        if packed:
            _copy(_Unpacked(file, table), spare)
        try:
            yield from workbooks.rows(spare if packed else file, table.path.name, table.sheet)
        except workbooks.WorkbookBreakError as error:
            table.broken = str(error)


def _copy(source: io.RawIOBase, target: IO[bytes]) -> None:
    copied = 0
    while piece := source.read(1 << 16):
        copied += len(piece)
        if copied > workbooks.LARGEST:
            return
        target.write(piece)
    target.seek(0)
