"""Rows as an XLSX workbook: one sheet a cut, formatted, with charts, written row by row in flat memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import IO, Any, Literal, cast

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from pipeline.tables import defused, plain_cell, values_of

MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its header; what is more goes on the next sheet."""
_LONGEST = 32_767
_HEAD = PatternFill("solid", fgColor="1F4E79")
_HEAD_FONT = Font(bold=True, color="FFFFFF")
_WIDTHS = {
    "text": 70, "title": 30, "owner_reply": 40, "url": 40, "pros": 30, "cons": 30, "basis": 40,
    "evidence": 40,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart beside the rows `first`..`last` (0-based, inclusive) of a sheet."""

    kind: Literal["bar", "line"]
    title: str
    names: str
    values: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One cut: its name, its rows, and a chart of some of them. `percent`: columns that are shares."""

    name: str
    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    drawing: Drawing | None = None
    percent: frozenset[str] = frozenset()


def write(sheets: Iterable[Sheet], out: IO[bytes], notes: Sequence[tuple[str, str]] = ()) -> int:
    """Write a workbook of these sheets, the last one with `notes`; returns the number of rows.

    Texts are texts: none is taken as a formula, and those that look like one are defused as in CSV.
    """
    book = Workbook(write_only=True)
    used: set[str] = set()
    rows = sum(_sheet(book, sheet, used) for sheet in sheets)
    _about(book, notes)
    book.save(out)
    return rows


def _sheet(book: Workbook, sheet: Sheet, used: set[str]) -> int:
    target = _begun(book, sheet, used)
    formats = [_format(field, sheet.percent) for field in sheet.schema]
    count = 0
    for row in _rows(sheet.batches):
        if count and count % MOST_ROWS == 0:
            _end(target, sheet, MOST_ROWS)
            target = _begun(book, sheet, used)
        target.append([_cell(target, value, form) for value, form in zip(row, formats, strict=True)])
        count += 1
    _end(target, sheet, (count - 1) % MOST_ROWS + 1 if count else 0)
    if sheet.drawing and count <= MOST_ROWS:
        target.add_chart(_chart(target, sheet, sheet.drawing), f"{get_column_letter(len(sheet.schema) + 2)}2")
    return count


def _begun(book: Workbook, sheet: Sheet, used: set[str]) -> Any:
    target = book.create_sheet(_free(sheet.name, used))
    for number, name in enumerate(sheet.schema.names, 1):
        target.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, max(12, len(name) + 3))
    target.freeze_panes = "B2"
    target.append([_headed(target, name) for name in sheet.schema.names])
    return target


def _free(name: str, used: set[str]) -> str:
    """A sheet's name: 31 characters, none of []:*?/\\, each once."""
    base = "".join("-" if letter in "[]:*?/\\" else letter for letter in name)[:28].strip("'") or "sheet"
    found, number = base, 1
    while found.casefold() in used:
        number += 1
        found = f"{base} {number}"
    used.add(found.casefold())
    return found


def _headed(target: Any, name: str) -> Cell:
    cell = WriteOnlyCell(target, defused(name))
    cell.fill, cell.font = _HEAD, _HEAD_FONT
    return cell


def _end(target: Any, sheet: Sheet, rows: int) -> None:
    target.auto_filter.ref = f"A1:{get_column_letter(len(sheet.schema))}{rows + 1}"


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from zip(*(values_of(column) for column in batch.columns), strict=True)


def _format(field: pa.Field, percent: frozenset[str]) -> str | None:
    if field.name in percent:
        return "0.0%"
    if pa.types.is_floating(field.type):
        return "0.00"
    if pa.types.is_date(field.type):
        return "yyyy-mm-dd"
    return "yyyy-mm-dd hh:mm" if pa.types.is_timestamp(field.type) else None


def _cell(target: Any, value: Any, form: str | None) -> Any:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, bool | int | float | date):
        # A date is written as well as a time; the library's types know only the latter.
        cell = WriteOnlyCell(target, cast(float, value))
        if form:
            cell.number_format = form
        return cell
    return _text(target, str(plain_cell(value)))


def _text(target: Any, text: str) -> Cell:
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell = WriteOnlyCell(target, defused(clean[: _LONGEST - 1]))
    # Whatever it begins with, it is a text.
    cell.data_type = "s"
    return cell


def _chart(target: Any, sheet: Sheet, drawing: Drawing) -> BarChart | LineChart:
    chart: BarChart | LineChart = BarChart() if drawing.kind == "bar" else LineChart()
    if isinstance(chart, BarChart):
        chart.type = "bar"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.title, chart.legend, chart.width, chart.height = drawing.title, None, 24, 12
    first, last = drawing.first + 2, drawing.last + 2
    values, names = (sheet.schema.get_field_index(name) + 1 for name in (drawing.values, drawing.names))
    chart.add_data(Reference(target, min_col=values, min_row=first, max_row=last))
    chart.set_categories(Reference(target, min_col=names, min_row=first, max_row=last))
    return chart


def _about(book: Workbook, notes: Sequence[tuple[str, str]]) -> None:
    target = book.create_sheet("about")
    target.column_dimensions["A"].width, target.column_dimensions["B"].width = 24, 100
    for name, value in notes or [("", "")]:
        told = _text(target, value)
        told.alignment = Alignment(wrap_text=True, vertical="top")
        target.append([_text(target, name), told])
