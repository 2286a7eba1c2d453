"""XLSX workbooks, row by row."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import ParseError as XmlError

import openpyxl
from lxml import etree

from crawlers.rows import ImportFileError, Row, header_of

LARGEST = 2_000_000_000
"""Bytes to which a workbook may unpack."""


_FAULTS = (
    zipfile.BadZipFile, zlib.error, XmlError, etree.XMLSyntaxError, KeyError, ValueError, OSError, EOFError,
    IndexError, TypeError, AttributeError, NotImplementedError, OverflowError, RuntimeError,
)  # fmt: skip
"""What openpyxl and what it stands on raise for a damaged file."""


class WorkbookBreakError(ValueError):
    """The workbook is damaged beyond this row; the rows before it are sound."""


def rows(file: IO[bytes], where: str, wanted: str | None) -> Iterator[Row]:
    """Rows of the sheet asked for, else of the first; the first row that holds anything names the columns.

    Raises ImportFileError, and WorkbookBreakError once rows have been given.
    """
    try:
        sheet = _sheet(file, where, wanted)
    except _FAULTS as error:
        if isinstance(error, ImportFileError):
            raise
        kind = type(error).__name__
        raise ImportFileError(
            f"not a workbook that can be read ({kind})", where=where, next_step="save it as CSV"
        ) from error
    try:
        yield from _cells(sheet)
    except _FAULTS as error:
        raise WorkbookBreakError(f"the workbook is damaged ({type(error).__name__})") from error


def _sheet(file: IO[bytes], where: str, wanted: str | None) -> Any:
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(item.file_size for item in archive.infolist())
    if unpacked > LARGEST:
        raise ImportFileError(
            f"unpacks to {unpacked} bytes", where=where, next_step="split it, or save it as CSV"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl's remarks on styles and validations: nothing to us
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    names = book.sheetnames
    if wanted and wanted not in names:
        raise ImportFileError(f"no sheet {wanted!r}", where=where, next_step=f"use one of {', '.join(names)}")
    sheet: Any = book[wanted or names[0]]
    sheet.reset_dimensions()
    return sheet


def _cells(sheet: Any) -> Iterator[Row]:
    header: list[str] | None = None
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        values = [None if _is_fault(value) else value for value in cells]
        if all(value is None or value == "" for value in values):
            continue
        if header is None:
            header = header_of(["" if value is None else str(value) for value in values])
            continue
        extra = [value for value in values[len(header) :] if value not in (None, "")]
        if extra:
            yield Row(number, {}, "more values than columns", " | ".join(map(str, values))[:2000])
        else:
            yield Row(number, dict(zip(header, values, strict=False)))


def _is_fault(value: Any) -> bool:
    """`#N/A` and its like: a formula that went wrong holds nothing."""
    return (
        isinstance(value, str) and value.startswith("#") and value.rstrip("!?").isupper() and len(value) < 10
    )
