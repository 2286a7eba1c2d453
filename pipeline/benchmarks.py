"""Published NPS figures to hold a score against: context from surveys, not the same instrument.

`data/benchmarks.csv` holds one row a citation, never merged into ranges; a `benchmarks.csv` in the home adds
the user's own rows, which win over shipped rows of the same level and name.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "benchmarks.csv"
COLUMNS = ("level", "name", "nps", "instrument", "year", "country", "note")
_LEVELS = ("industry", "brand", "rule")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One citation. `level` is industry, brand or rule; what its source did not state is None."""

    level: str
    name: str
    nps: float
    instrument: str | None
    year: int | None
    country: str | None
    note: str | None
    origin: str
    """`shipped` or `user`."""


def benchmarks(home_root: Path | None = None) -> list[Benchmark]:
    """Shipped citations and the home's own. Raises InputError that names the file and line of a fault."""
    own = list(read(home_root / "benchmarks.csv", "user")) if home_root else []
    named = {(row.level, row.name.casefold()) for row in own}
    shipped = [row for row in read(SHIPPED, "shipped") if (row.level, row.name.casefold()) not in named]
    return own + shipped


def read(path: Path, origin: str) -> Iterator[Benchmark]:
    """The rows of one file; nothing if it does not exist."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in ("level", "name", "nps") if name not in (rows.fieldnames or ())]
            if missing:
                raise InputError(f"No column {', '.join(missing)}", where=str(path), next_step=_next())
            for row in rows:
                yield _benchmark(row, origin, f"{path}, line {rows.line_num}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"Not a CSV file in UTF-8: {error}", where=str(path), next_step=_next()) from error


def _next() -> str:
    return f"write the columns {','.join(COLUMNS)}"


def _benchmark(row: dict[str | Any, str | Any], origin: str, where: str) -> Benchmark:
    cell = {name: (row.get(name) or "").strip() for name in COLUMNS}
    try:
        nps = float(cell["nps"])
        year = int(cell["year"]) if cell["year"] else None
    except ValueError as error:
        raise InputError(f"Not a number: {error}", where=where, next_step="mend that line") from error
    if cell["level"] not in _LEVELS or not cell["name"] or not (math.isfinite(nps) and -100 <= nps <= 100):
        raise InputError(
            f"A benchmark needs a level ({', '.join(_LEVELS)}), a name and an NPS from -100 to 100",
            where=where,
            next_step="mend that line",
        )
    return Benchmark(
        cell["level"], cell["name"], nps, cell["instrument"] or None, year,
        cell["country"] or None, cell["note"] or None, origin,
    )  # fmt: skip
