"""Streams to try detection on, made of labelled texts: with their dates and authors where rows have them,
else simulated, and what is simulated is said. Seeded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.corpora import Row, joined, read_rows
from models.training.evaluate import corpus_files
from pipeline.errors import InputError
from pipeline.stream import Floats

BRAND_ROWS = 1_200
"""Mentions a year of a brand whose rows tell no dates: about three a day."""
SMALLEST_BRAND = 150
MOST_BRANDS = 4
SPARE = 0.2
"""Part of each brand's rows that is held out of the stream: what is planted must not stand in it already."""
YEAR = 365.0
_SIM_START = 20_454.0
"""1 January 2026 in days since 1970: when simulated years begin."""
_TOLD = 0.8
"""So many rows must tell a date, its minute or an author for the set's own to be used."""
_NEGATIVE, _POSITIVE = {"negative", "neg", "bad"}, {"positive", "pos", "good"}
_HOURS = np.array(
    [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 11, 10, 10, 10, 10, 11, 12, 13, 13, 12, 8, 4], float
)
_WEEKDAYS = np.array([1.05, 1.05, 1.05, 1.05, 1.0, 0.85, 0.9])
AGE_MEDIAN, AGE_SIGMA, AGE_FRESH = 700.0, 1.6, 0.03
REGULARS = 0.35
"""Simulated: share of mentions by authors who speak more than once."""


@dataclass(slots=True)
class Table:
    """Mentions in no order, as columns. `plant` is the number of the planted campaign, -1 for what was
    there."""

    text: NDArray[np.object_]
    valence: Floats
    brand: NDArray[np.object_]
    day: Floats
    author: NDArray[np.uint64]
    age: Floats
    first: NDArray[np.int8]
    """-1: told by the order of the stream."""
    plant: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.day)

    def at(self, places: NDArray[Any]) -> Table:
        """Some of the rows."""
        return Table(*(getattr(self, name)[places] for name in self.__slots__))

    def plus(self, *others: Table) -> Table:
        """These and more."""
        return Table(
            *(np.concatenate([getattr(part, name) for part in (self, *others)]) for name in self.__slots__)
        )


@dataclass(slots=True)
class Base:
    """A set as a stream: `table` of several brands, `spare` further rows of the set that stand in no stream
    (their texts may be planted), and what was simulated."""

    name: str
    table: Table
    spare: Table
    minutes_real: bool
    simulated: list[str] = field(default_factory=list)


def bases(
    streams: Path | Iterable[tuple[str, Sequence[Row]]], seed: int = 0, split: str | None = None
) -> list[Base]:
    """A stream for each set with texts that lean one way. Raises InputError where there is none."""
    named = _files(streams, split) if isinstance(streams, Path) else streams
    found = [
        base for name, rows in named if (base := _base(name, rows, np.random.default_rng([seed, len(rows)])))
    ]
    if not found:
        raise InputError(
            "No set here has texts that lean for or against",
            where=str(streams) if isinstance(streams, Path) else "streams",
            next_step="name a file or folder of rows with `text` and a rating or `label` (docs/corpora.md)",
        )
    return found


def _files(path: Path, split: str | None) -> Iterator[tuple[str, list[Row]]]:
    for file in [path] if path.is_file() else corpus_files(path):
        sets: dict[str, list[Row]] = {}
        for row in read_rows(file, split):
            sets.setdefault(str(row.get("set") or file.name.split(".")[0]), []).append(row)
        yield from sets.items()


def leaning(row: Row) -> float | None:
    """-1 .. 1 by the row's rating, else its label; None where it has neither."""
    try:
        low, high = (float(end) for end in row["scale"])
        return float(np.clip(2 * (float(row["value"]) - low) / (high - low) - 1, -1, 1))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        label = str(row.get("label") or "").strip().lower()
        return (
            -1.0 if label in _NEGATIVE else 1.0 if label in _POSITIVE else 0.0 if label == "neutral" else None
        )


def _base(name: str, rows: Sequence[Row], rng: np.random.Generator) -> Base | None:
    kept = [(row, lean) for row in rows if (lean := leaning(row)) is not None and joined(row).strip()]
    leans = np.array([lean for _, lean in kept])
    if (leans < -1 / 3).sum() < 20 or len(kept) < 60:
        return None
    said = [row for row, _ in kept]
    simulated: list[str] = []
    brands = _brands(said, rng, simulated)
    day, minutes = _days(said, brands, rng, simulated)
    author, age = _authors(said, rng, simulated)
    table = Table(
        np.array([joined(row) for row in said], dtype=object), leans, brands, day, author, age,
        np.full(len(said), -1, np.int8), np.full(len(said), -1, np.int64),
    )  # fmt: skip
    used = (brands != "") & ~np.isnan(day) & (rng.random(len(said)) >= SPARE)
    return Base(name, table.at(used), table.at(~used), minutes, simulated)


def _brands(rows: Sequence[Row], rng: np.random.Generator, simulated: list[str]) -> NDArray[np.object_]:
    """The largest groups; where a set has none, its rows in parts of BRAND_ROWS. '' stands in no stream."""
    groups = np.array([str(row.get("group") or "") for row in rows], dtype=object)
    large = [name for name, n in Counter(groups).most_common() if name and n >= SMALLEST_BRAND][:MOST_BRANDS]
    if large:
        return np.where(np.isin(groups, large), groups, "").astype(object)
    simulated.append(f"brands: seeded parts of {BRAND_ROWS} rows")
    size = min(BRAND_ROWS, max(len(rows) // 2, 1))
    # What is left over joins the last part: a brand of a handful has no usual.
    part = np.minimum(rng.permutation(len(rows)) // size, len(rows) // size - 1)
    return np.array([f"part {n}" if n < MOST_BRANDS else "" for n in part], dtype=object)


def _days(
    rows: Sequence[Row], brands: NDArray[np.object_], rng: np.random.Generator, simulated: list[str]
) -> tuple[Floats, bool]:
    told = [at_of(row.get("date")) for row in rows]
    day = np.array([np.nan if at is None else at[0] for at in told])
    used = brands != ""
    dense = _density(day[used]) if used.any() else 0.0
    if (~np.isnan(day[used])).mean() < _TOLD or dense < 0.1:
        simulated.append("dates: a year with daily and weekly rhythm and gamma noise from day to day")
        return _year(brands, rng), False
    minutes = np.mean([at[1] for at in told if at is not None]) >= _TOLD
    if not minutes:
        simulated.append("minutes: by a daily rhythm inside the stated day")
        exact = np.array([at is not None and at[1] for at in told])
        day = np.where(exact, day, np.floor(day) + _hours(len(day), rng))
    return day, bool(minutes)


def _density(day: Floats) -> float:
    known = day[~np.isnan(day)]
    return len(known) / max(float(np.ptp(known)), 1.0) if len(known) else 0.0


def at_of(value: Any) -> tuple[float, bool] | None:
    """Days since 1970 and whether the hour is told; None for what is no date."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.timestamp() / 86400.0, len(str(value).strip()) > 10


def _year(brands: NDArray[np.object_], rng: np.random.Generator) -> Floats:
    """Days of a simulated year, brand by brand."""
    found = np.full(len(brands), np.nan)
    for name in sorted(set(brands) - {""}):
        rows = np.flatnonzero(brands == name)
        days = np.arange(int(YEAR))
        weight = _WEEKDAYS[(days + 3) % 7] * rng.gamma(4.0, 0.25, len(days))
        found[rows] = (
            _SIM_START + rng.choice(days, len(rows), p=weight / weight.sum()) + _hours(len(rows), rng)
        )
    return found


def _hours(count: int, rng: np.random.Generator) -> Floats:
    return (rng.choice(24, count, p=_HOURS / _HOURS.sum()) + rng.random(count)) / 24


def _authors(
    rows: Sequence[Row], rng: np.random.Generator, simulated: list[str]
) -> tuple[NDArray[np.uint64], Floats]:
    """Author keys and ages of their accounts in days; ages are always simulated: no set tells them."""
    named = [str(row.get("author") or "") for row in rows]
    if np.mean([bool(name) for name in named]) >= _TOLD:
        keys = np.unique(np.array(named), return_inverse=True)[1].astype(np.uint64) + np.uint64(1)
        simulated.append("account ages")
    else:
        alone = np.arange(len(rows), dtype=np.uint64) + np.uint64(1_000_000)
        regular = rng.integers(1, max(len(rows) // 12, 2), len(rows)).astype(np.uint64)
        keys = np.where(rng.random(len(rows)) < REGULARS, regular, alone)
        simulated.append(f"authors: {REGULARS:.0%} of mentions by people who speak often, and account ages")
    by_author = ages(int(keys.max()) % 1_000_000 + len(rows) + 2, rng)
    return keys, by_author[(keys % np.uint64(len(by_author))).astype(np.intp)]


def ages(count: int, rng: np.random.Generator) -> Floats:
    """(count,) simulated days of accounts: log-normal around 700, 3 % made within the month."""
    fresh = rng.random(count) < AGE_FRESH
    return np.where(fresh, rng.uniform(0, 30, count), rng.lognormal(np.log(AGE_MEDIAN), AGE_SIGMA, count))
