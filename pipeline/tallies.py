"""Answers of the queries over votes from `Columns` instead of SQL: the same rows, some thirty times sooner.

Each function stands for one section of queries/numbers.sql, takes its parameters and gives its columns in its
order; tests/pipeline/test_columns.py holds both to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.columns import NO_RATING, Cell, Columns, Places
from pipeline.facts import KEYS, Facts, Key
from pipeline.snapshot import Snapshot
from pipeline.sql import query

Floats = NDArray[np.float64]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Votes:
    """(n,) arrays of one cell's votes: promoter and detractor shares, whether rated, cluster, alone."""

    p: Floats
    d: Floats
    rated: NDArray[np.bool_]
    cluster: NDArray[np.int32]
    alone: NDArray[np.bool_]

    @classmethod
    def of(cls, columns: Columns, votes: Places, params: Mapping[str, Any]) -> _Votes:
        p, d, rated = columns.shares(votes, params["use_native"])
        return cls(p, d, rated, columns.of["cluster"][votes], columns.of["alone"][votes])

    def some(self, which: NDArray[np.bool_]) -> _Votes:
        return _Votes(*(getattr(self, name)[which] for name in _Votes.__slots__))

    def noise(self) -> float:
        f = self.p - self.d
        return float(self.p.sum() + self.d.sum()) - _dot(f, f)

    def clusters(self) -> tuple[int, float, float, float]:
        """How many clusters there are, and the sums of F^2, F n and n^2 over them (`estimate.Moments`).
        Votes that stand alone need no grouping."""
        f = self.p - self.d
        single, shared = f[self.alone], f[~self.alone]
        sums, sizes = _grouped(self.cluster[~self.alone], shared)
        return (
            len(single) + len(sums),
            _dot(single, single) + _dot(sums, sums),
            float(single.sum()) + _dot(sums, sizes),
            len(single) + _dot(sizes, sizes),
        )


def _dot(a: Floats, b: Floats) -> float:
    """Their inner product without BLAS, whose threads wait for each other where others use the machine."""
    return float(np.einsum("i,i->", a, b))


def _grouped(codes: NDArray[Any], values: Floats) -> tuple[Floats, Floats]:
    """Sum and size of each group that occurs."""
    if not len(codes):
        return np.zeros(0), np.zeros(0)
    if codes.max() > _SPARSE * len(codes):
        codes = np.unique(codes, return_inverse=True)[1]
    sizes = np.bincount(codes)
    occurs = sizes > 0
    sums = np.asarray(np.bincount(codes, weights=values)[occurs], dtype=float)
    return sums, sizes[occurs].astype(float)


_SPARSE = 16
"""With so many codes to a vote, sorting costs less than an array over all codes."""


def _keys(cell: Cell) -> Row:
    return (cell.brand, None, None, None, None, None, cell.period)


def moments(columns: Columns, params: Mapping[str, Any]) -> list[Row]:
    """`numbers.moments`."""
    found = []
    for cell in columns.cells(params):
        votes = _Votes.of(columns, cell.votes, params)
        p, d = float(votes.p.sum()), float(votes.d.sum())
        counts = (cell.said, len(votes.p), int(votes.rated.sum()))
        found.append((*_keys(cell), *counts, p, d, votes.noise(), *votes.clusters()))
    return found


def heard(columns: Columns, params: Mapping[str, Any]) -> list[Row]:
    """`numbers.heard`."""
    return [row for cell in columns.cells(params) for row in _heard(columns, cell, params)]


def _heard(columns: Columns, cell: Cell, params: Mapping[str, Any]) -> Iterator[Row]:
    p, d, rated = columns.shares(cell.votes, params["use_native"])
    read = ~rated
    codes = columns.of["source"][cell.votes[read]].astype(np.intp) + 1
    n = np.bincount(codes)
    sums = [np.bincount(codes, weights=values[read]) for values in (p, d)]
    names = [None, *columns.names["sources"]]
    for code in np.flatnonzero(n):
        yield (*_keys(cell), names[code], int(n[code]), float(sums[0][code]), float(sums[1][code]))


def labelled(columns: Columns, params: Mapping[str, Any]) -> list[Row]:
    """`numbers.labelled`."""
    places = np.array(sorted(columns.labels), dtype=np.int64)
    found = []
    for cell in columns.cells(params):
        chosen = cell.votes[np.isin(cell.votes, places, assume_unique=True)]
        p, d, rated = columns.shares(chosen, params["use_native"])
        told = [columns.labels[int(place)] for place in chosen]
        rows = sorted(
            (said, promoter, detractor, cluster)
            for (said, cluster), promoter, detractor, by_rating in zip(told, p, d, rated, strict=True)
            if not by_rating
        )
        found += [(*_keys(cell), *row) for row in rows]
    return found


def touched(columns: Columns, params: Mapping[str, Any]) -> list[Row]:
    """`numbers.touched`."""
    return [row for cell in columns.cells(params) for row in _touched(columns, cell, params)]


def _touched(columns: Columns, cell: Cell, params: Mapping[str, Any]) -> Iterator[Row]:
    votes = _Votes.of(columns, cell.votes, params)
    touches = columns.of["touches"][cell.votes]
    f = votes.p - votes.d
    part = f / np.maximum(np.bitwise_count(touches), 1)
    whole = (len(f), float(f.sum()))
    named = [((touches & np.uint64(1 << bit)) != 0, name) for bit, name in enumerate(_touchpoints(columns))]
    for which, name in [*named, (touches == 0, None)]:
        if not which.any():
            continue
        some = votes.some(which)
        sums = (len(some.p), float(some.p.sum()), float(some.d.sum()), some.noise(), *some.clusters())
        yield (*_keys(cell), name, *sums, float(part[which].sum()), *whole)


def _touchpoints(columns: Columns) -> list[str]:
    return columns.names["touchpoints"]


@dataclass(frozen=True, slots=True)
class Felt:
    """Of one cell the votes with emotions: (n, 12) emotions, (n,) abstained, p, d and cluster."""

    keys: Row
    emotions: NDArray[np.float32]
    abstain: NDArray[np.bool_]
    p: Floats
    d: Floats
    cluster: NDArray[np.int32]


def felt(columns: Columns, params: Mapping[str, Any]) -> Iterator[Felt]:
    """`numbers.felt`, a cell at a time."""
    for cell in columns.cells(params):
        votes = cell.votes[columns.of["has_emotions"][cell.votes]]
        if len(votes):
            p, d, _rated = columns.shares(votes, params["use_native"])
            of = columns.of
            yield Felt(_keys(cell), columns.emotions[votes], of["abstain"][votes], p, d, of["cluster"][votes])


@dataclass(frozen=True, slots=True)
class Stance:
    """Of one cell what each vote says of the relation, (n,) each by the names of `relations.heard`; NaN where
    the reader gave nothing."""

    keys: Row
    of: Mapping[str, NDArray[Any]]


def stances(columns: Columns, params: Mapping[str, Any]) -> Iterator[Stance]:
    """`relations.heard`, a cell at a time."""
    for cell in columns.cells(params):
        p, d, rated = columns.shares(cell.votes, params["use_native"])
        told = {name: columns.of[name][cell.votes] for name in ("cluster", "advocacy", "leaving", "effort")}
        swayed = np.zeros(len(cell.votes), bool)
        at, preferred = columns.preferred.among(cell.votes)
        swayed[at[preferred.better]] = True
        yield Stance(_keys(cell), {**told, "p": p, "d": d, "native": rated, "swayed": swayed})


def rivals(columns: Columns, params: Mapping[str, Any]) -> list[Row]:
    """`relations.rivals`."""
    return [row for cell in columns.cells(params) for row in _rivals(columns, cell)]


def _rivals(columns: Columns, cell: Cell) -> Iterator[Row]:
    _at, preferred = columns.preferred.among(cell.votes)
    codes, names = preferred.rivals + 1, [None, *columns.names["rivals"]]
    ours, theirs = (np.bincount(codes[preferred.better == better], minlength=len(names)) for better in _SIDES)
    for code in np.flatnonzero(ours + theirs):
        yield (*_keys(cell), names[code], int(ours[code]), int(theirs[code]))


_SIDES = (False, True)


def volume(columns: Columns, params: Mapping[str, Any]) -> list[Row]:
    """`numbers.volume` of what `Columns.counts` says it can count."""
    (key,) = params["by"]
    found = [row for brand in columns.brands(params) for row in _volumes(columns, brand, key, params)]
    return sorted(found, key=lambda row: tuple((name is not None, name or "") for name in row[: len(KEYS)]))


def _volumes(columns: Columns, brand: int, key: Key, params: Mapping[str, Any]) -> Iterator[Row]:
    within = slice(int(columns.start[brand]), int(columns.start[brand + 1]))
    of = {name: columns.of[name][within] for name in ("native", "heard", "abstain", "aside")}
    if key == "brand":
        codes, names = np.ones(within.stop - within.start, np.intp), [None, columns.names["brands"][brand]]
    else:
        codes, names = columns.of[key][within].astype(np.intp) + 1, [None, *columns.names[f"{key}s"]]
    passing = columns.passing(params, brand)
    if passing is None:
        passing = np.ones(len(codes), bool)
    runs = columns.run[within] - columns.run[within.start] if len(codes) else codes
    counts = [_authors(runs[passing], codes[passing], len(names))]
    for flag in (of["native"] != NO_RATING, of["heard"], of["abstain"], of["aside"]):
        counts.append(np.bincount(codes[passing & flag], minlength=len(names)))
    said = np.bincount(codes[passing], minlength=len(names))
    for code in np.flatnonzero(said):
        keys = tuple(names[code] if each == key else None for each in (*KEYS, "period"))
        yield (*keys, int(said[code]), *(int(each[code]) for each in counts))


def _authors(runs: NDArray[Any], codes: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """(n,): how many different authors each code has; authors are numbered from 0."""
    seen = np.zeros((n, int(runs[-1]) + 1 if len(runs) else 1), bool)
    seen[codes, runs] = True
    return np.asarray(np.count_nonzero(seen, axis=1))


_SECTIONS: dict[str, Callable[[Columns, Mapping[str, Any]], list[Row]]] = {
    "numbers.moments": moments,
    "numbers.heard": heard,
    "numbers.labelled": labelled,
    "numbers.touched": touched,
    "relations.rivals": rivals,
}


def held(facts: Facts, params: Mapping[str, Any]) -> Columns | None:
    """The facts in memory, if they are and can answer a question with these parameters."""
    columns = facts.columns if isinstance(facts, Snapshot) else None
    return columns if columns is not None and columns.holds(params) else None


def counted(facts: Facts, params: dict[str, Any]) -> list[Row]:
    """The rows of `numbers.volume`, from memory or by SQL."""
    columns = facts.columns if isinstance(facts, Snapshot) else None
    if columns is not None and columns.counts(params):
        return volume(columns, params)
    return facts.cursor().execute(query("numbers.volume"), params).fetchall()


def rows(facts: Facts, section: str, params: dict[str, Any]) -> list[Row]:
    """The rows of a section after `numbers.votes`: from memory where facts are held there, else by SQL."""
    columns = held(facts, params)
    if columns is not None:
        return _SECTIONS[section](columns, params)
    return facts.cursor().execute(query("numbers.votes") + query(section), params).fetchall()
