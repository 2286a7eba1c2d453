"""Results on standard output: JSON for machines, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON document, indented, UTF-8."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=plain)
    sys.stdout.write("\n")


def print_line(value: Any) -> None:
    """One JSON object on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=plain) + "\n")


def plain(value: Any) -> Any:
    """What json cannot say by itself, in words it can. Raises TypeError for the rest."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for a person. Cells are plain text: nothing in them is taken as markup."""
    table = Table(title=Text(title), title_justify="left", header_style="bold")
    for name in columns:
        table.add_column(Text(name))
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def print_pairs(title: str, pairs: Mapping[str, object]) -> None:
    """Names and values below each other."""
    print_table(title, ["", ""], pairs.items())


def say(text: str) -> None:
    """One line of plain text on standard output."""
    console.print(Text(text))


def complain(text: str) -> None:
    """One message on standard error."""
    Console(stderr=True, soft_wrap=True).print(Text(text))


def as_fields(report: Any) -> dict[str, Any]:
    """A step's report as names and values."""
    if is_dataclass(report) and not isinstance(report, type):
        return asdict(report)
    return dict(report)
