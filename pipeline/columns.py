"""The facts of one snapshot in memory, a column an array, so that a filter of the view is felt at once.

Facts lie sorted by brand, author and time. The latest vote of each author, which SQL must group for, is then
the last fact of a run, and what a cut lets through is a few comparisons. `pipeline/tallies.py` answers the
queries over votes from here; a question that this cannot hold goes to SQL, which gives the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from models.readings import EMOTIONS
from pipeline.sql import query

Places = NDArray[np.int64]
"""Indices of facts, ascending."""
MOST = 20_000_000
"""Facts that are held at most: some 100 bytes each."""
MOST_TOUCHPOINTS = 60
"""One bit each."""
NO_RATING = -2
_NAMED = ("brands", "products", "sources", "source_kinds", "kinds", "langs", "speakers")
_CODES = {
    "products": "product", "sources": "source", "source_kinds": "source_kind", "kinds": "kind",
    "langs": "lang", "speakers": "speaker",
}  # fmt: skip
"""Which column each list of a cut looks at."""
_EPOCH = date(1970, 1, 1)
_UNIT = {"year": "Y", "month": "M", "week": "W", "day": "D"}


@dataclass(frozen=True, slots=True)
class Cell:
    """The votes of one brand and period: the facts that count and how many mentions stand behind them."""

    brand: str
    period: date | None
    votes: Places
    said: int


@dataclass(frozen=True, slots=True)
class Preferred:
    """(m,) arrays of who is called better: the index of a fact, the competitor's code, and whether it is the
    better one."""

    facts: Places
    rivals: NDArray[np.int32]
    better: NDArray[np.bool_]

    @classmethod
    def of(cls, queried: Mapping[str, Any], places: Places) -> Preferred:
        """From `columns.preferred`; `places` are the (n,) rows of the sorted facts."""
        by_place = np.argsort(places)
        found = by_place[np.searchsorted(places, queried["place"], sorter=by_place)]
        return cls(found, np.asarray(queried["rival"]), np.asarray(queried["better"]))

    def among(self, votes: Places) -> tuple[Places, Preferred]:
        """Of those that stand in (n,) ascending votes: where, and they themselves."""
        at = np.minimum(np.searchsorted(votes, self.facts), len(votes) - 1)
        here = votes[at] == self.facts
        return at[here], Preferred(self.facts[here], self.rivals[here], self.better[here])


@dataclass(frozen=True)
class Columns:
    """All facts that name a brand. `of` are (n,) arrays by name (`columns.slim`), `names` what codes mean.

    `start` holds where each brand's facts begin, and the end of all; `run` numbers authors within brands;
    `emotions` is (n, 12) float32.
    """

    of: Mapping[str, NDArray[Any]]
    emotions: NDArray[np.float32]
    names: Mapping[str, list[str]]
    start: Places
    run: NDArray[np.int32]
    preferred: Preferred
    labels: Mapping[int, tuple[int, int]]
    """By the index of a fact: the class that a random sample's label gives it, and its cluster's hash, whose
    order tells folds apart."""
    _kept: dict[str, tuple[Cell, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, con: duckdb.DuckDBPyConnection) -> Columns | None:
        """From the tables of a snapshot; None where there are too many facts or touchpoints to hold,
        days before 1970, or facts of no brand."""
        names = {
            name: [row[0] for row in con.execute(query(f"columns.{name}")).fetchall()]
            for name in (*_NAMED, "touchpoints", "rivals")
        }
        (facts,) = con.execute(query("columns.how_many")).fetchone() or (0,)
        if facts > MOST or len(names["touchpoints"]) > MOST_TOUCHPOINTS:
            return None
        rivals = {"rivals": names["rivals"]}
        preferred = con.execute(query("columns.preferred"), rivals).fetchnumpy()
        asked = {name: values for name, values in names.items() if name != "rivals"}
        queried = con.execute(query("columns.slim"), asked).fetchnumpy()
        slim = {name: np.asarray(column) for name, column in queried.items()}
        emotions = con.sql(query("columns.emotions")).to_arrow_table().column("emotions")
        flat = emotions.combine_chunks().flatten().to_numpy().reshape(facts, len(EMOTIONS))
        if facts and (slim["brand"].min() < 0 or not _spans(slim["day"])):
            return None
        order = np.lexsort((slim["tie"], slim["moment"], slim["voter"], slim["brand"]))
        labels = dict(con.execute(query("columns.labelled")).fetchall())
        return cls._sorted(slim, flat, names, order, labels, preferred)

    @classmethod
    def _sorted(
        cls,
        slim: Mapping[str, NDArray[Any]],
        emotions: NDArray[np.float32],
        names: Mapping[str, list[str]],
        order: Places,
        labels: Mapping[int, int],
        preferred: Mapping[str, Any],
    ) -> Columns:
        of = {name: np.ascontiguousarray(column[order]) for name, column in slim.items()}
        changes = (np.diff(of["voter"]) != 0) | (np.diff(of["brand"]) != 0)
        run = np.concatenate([[0], np.cumsum(changes)]).astype(np.int32)[: len(order)]
        found = {
            int(index): (labels[int(of["place"][index])], int(of["cluster"][index]))
            for index in np.flatnonzero(np.isin(of["place"], list(labels)))
        }
        told = Preferred.of(preferred, of["place"])
        of["cluster"] = _clusters(of["cluster"], of["alone"])
        start = np.searchsorted(of["brand"], np.arange(len(names["brands"]) + 1))
        for name in ("place", "voter", "tie", "moment"):
            del of[name]
        return cls(of, emotions[order], names, start, run, told, found)

    def holds(self, params: Mapping[str, Any]) -> bool:
        """Whether a question with these parameters can be answered from here."""
        by_brand = list(params["by"]) == ["brand"] and params["period"] in ("all", *_UNIT)
        return by_brand and params["segments"] is None

    def counts(self, params: Mapping[str, Any]) -> bool:
        """Whether the volumes that these parameters ask for can be counted here: by brand, or of one brand by
        something else."""
        by = list(params["by"])
        one = len(self.brands(params)) == 1 and len(by) == 1 and by[0] in _CODES.values()
        return (by == ["brand"] or one) and params["period"] == "all" and params["segments"] is None

    def passing(self, params: Mapping[str, Any], brand: int) -> NDArray[np.bool_] | None:
        """Which facts of a brand `cut.where` lets through; None: all. The cut's brands are not looked at."""
        within = slice(int(self.start[brand]), int(self.start[brand + 1]))
        found: NDArray[np.bool_] | None = None
        for part in self._conditions(params, within):
            found = part if found is None else found & part
        return found

    def _conditions(self, params: Mapping[str, Any], within: slice) -> Iterator[NDArray[np.bool_]]:
        of = self.of
        for name, column in _CODES.items():
            if params[name] is not None:
                # A missing name is code -1: the last place, which never passes.
                passes = np.append(np.isin(self.names[name], params[name]), False)
                yield passes[of[column][within]]
        if params["touchpoint"] is not None:
            named = self.names["touchpoints"]
            bit = 1 << named.index(params["touchpoint"]) if params["touchpoint"] in named else 0
            yield (of["touches"][within] & np.uint64(bit)) != 0
        if params["since"] is not None:
            yield of["day"][within] >= (params["since"] - _EPOCH).days
        if params["until"] is not None:
            yield of["day"][within] <= (params["until"] - _EPOCH).days
        if params["authentic"]:
            yield ~of["aside"][within]
        if params["rated"] is not None:
            yield (of["native"][within] != NO_RATING) == params["rated"]

    def brands(self, params: Mapping[str, Any]) -> list[int]:
        """The codes of the cut's brands that have facts."""
        asked = params["brands"]
        return [code for code, name in enumerate(self.names["brands"]) if asked is None or name in asked]

    def cells(self, params: Mapping[str, Any]) -> tuple[Cell, ...]:
        """The votes of each brand and period as `numbers.votes` chooses them. The last few are kept: one page
        asks the same votes many things."""
        key = repr(sorted(params.items()))
        if key not in self._kept:
            found = tuple(cell for brand in self.brands(params) for cell in self._cells(params, brand))
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = found
        return self._kept[key]

    def _cells(self, params: Mapping[str, Any], brand: int) -> Iterator[Cell]:
        begin, end = int(self.start[brand]), int(self.start[brand + 1])
        heard = self._heard(params, slice(begin, end))
        passing = self.passing(params, brand)
        facts = np.flatnonzero(heard if passing is None else heard & passing) + begin
        name = self.names["brands"][brand]
        if params["period"] == "all":
            if len(facts):
                yield Cell(name, None, facts[_lasts(self.run[facts])], len(facts))
            return
        periods = self.periods(facts, params["period"])
        votes = facts[_lasts(self.run[facts]) | _lasts(periods)]
        said = np.bincount(periods) if len(facts) else np.zeros(0, int)
        yield from self._of_periods(name, votes, said, params["period"])

    def _of_periods(self, name: str, votes: Places, said: NDArray[np.int64], period: str) -> Iterator[Cell]:
        mine = self.periods(votes, period)
        # A stable sort of 16 bits is a radix sort: votes of a period stay in their order.
        order = np.argsort(mine, kind="stable")
        ends = np.cumsum(np.bincount(mine, minlength=1))
        for code in np.flatnonzero(np.diff(ends, prepend=0)):
            votes_here = votes[order[(ends[code - 1] if code else 0) : ends[code]]]
            yield Cell(name, _first_day(int(code), period), votes_here, int(said[code]))

    def periods(self, facts: Places, period: str) -> NDArray[np.uint16]:
        """The number of each fact's period since 1970 began; weeks begin on Monday."""
        days = self.of["day"][facts]
        if period == "day":
            return days.astype(np.uint16)
        if period == "week":
            return ((days + _MONDAY) // 7).astype(np.uint16)
        # Calendars are slow: each day is looked up once, not each fact.
        calendar = np.arange(days.max(initial=0) + 1).astype("datetime64[D]")
        codes = calendar.astype(f"datetime64[{_UNIT[period]}]").astype(np.uint16)
        return np.asarray(codes[days])

    def _heard(self, params: Mapping[str, Any], within: slice) -> NDArray[np.bool_]:
        """The conditions of `numbers.votes` itself: a vote by the instrument that is asked for."""
        of = self.of
        heard, rated = of["heard"][within], of["native"][within] != NO_RATING
        if params["use_native"]:
            found = rated | heard if params["use_readings"] else rated
        else:
            found = heard if params["use_readings"] else np.zeros_like(heard)
        found = found & (of["survey"][within] == params["surveys"])
        return np.asarray(found & heard if params["spoken"] else found)

    def shares(
        self, votes: Places, use_native: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Of each vote: promoter, detractor (0..1), and whether its rating says so."""
        native = self.of["native"][votes]
        p, d = self.of["p"][votes].astype(np.float64), self.of["d"][votes].astype(np.float64)
        if not use_native:
            return p, d, np.zeros(len(votes), bool)
        rated = native != NO_RATING
        np.copyto(p, native == 1, where=rated)
        np.copyto(d, native == -1, where=rated)
        return p, d, rated


_KEPT = 6
_LAST_DAY = 65_535
_MONDAY = 3
"""1970 began on a Thursday."""


def _spans(days: NDArray[np.int32]) -> bool:
    """Whether 16 bits hold all of these days since 1970 began."""
    return bool(0 <= days.min() <= days.max() <= _LAST_DAY)


def _lasts(codes: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each of (n,) codes is the last of a run of equal ones."""
    found = np.ones(len(codes), bool)
    np.not_equal(codes[1:], codes[:-1], out=found[:-1])
    return found


def _clusters(hashes: NDArray[np.uint64], alone: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Whole numbers for (n,) clusters, those of threads first: sums over threads then are short arrays."""
    found = np.empty(len(hashes), np.int32)
    threads, found[~alone] = np.unique(hashes[~alone], return_inverse=True)
    found[alone] = np.unique(hashes[alone], return_inverse=True)[1] + len(threads)
    return found


def _first_day(code: int, period: str) -> date:
    if period == "day":
        return _EPOCH + timedelta(days=code)
    if period == "week":
        return _EPOCH + timedelta(days=7 * code - _MONDAY)
    first: date = np.array(code).astype(f"datetime64[{_UNIT[period]}]").astype("datetime64[D]").item()
    return first
