"""The emotional footprint: the share of each emotion, overall and by promoter, passive and detractor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Unpack

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.readings import EMOTIONS, POSITIVE_EMOTIONS
from pipeline import estimate, tallies
from pipeline.cells import cells
from pipeline.estimate import Score
from pipeline.facts import KEYS, Cut, Facts
from pipeline.question import Question, Split
from pipeline.sql import query

Group = Literal["all", "promoter", "passive", "detractor"]
GROUPS: tuple[Group, ...] = ("all", "promoter", "passive", "detractor")
NO_POSITIVE = "no_positive"
"""In the `footprint` table and exports: the share that felt no positive emotion."""
ABSTAINED = "abstained"
"""In the `footprint` table and exports: the share whose reading is uncertain; it stays in all shares."""

Floats = NDArray[np.float64]
_POSITIVE = [EMOTIONS.index(name) for name in POSITIVE_EMOTIONS]


@dataclass(frozen=True, slots=True)
class Footprint:
    """Shares in 0..1 with intervals of one cell and group.

    A vote belongs to a group by its rating, or by the reader's probabilities as weights. `no_positive` is the
    headline: the share that felt none of the positive emotions (delight, gratitude, trust, hope). The
    intervals hold sampling error, clustering and the reader's own uncertainty.
    """

    brand: str | None
    product: str | None
    source: str | None
    source_kind: str | None
    kind: str | None
    lang: str | None
    period: date | None
    group: Group
    n: int
    emotions: dict[str, Score]
    no_positive: Score
    abstained: Score
    too_few: bool

    def rows(self) -> Iterator[tuple[str, Score]]:
        """Every share by its name in the `footprint` table."""
        yield from self.emotions.items()
        yield NO_POSITIVE, self.no_positive
        yield ABSTAINED, self.abstained


def footprint(
    facts: Facts,
    asked: Cut | Question = Question(),  # noqa: B008 (immutable)
    *,
    groups: Sequence[Group] = GROUPS,
    **split: Unpack[Split],
) -> list[Footprint]:
    """Footprints of every cell of the question with readings, groups in the order asked for.

    One vote an author, brand and period: the latest with a text.
    """
    params = Question.of(asked, split).params(facts.meta, spoken=True)
    found = [item for cell in _cells(facts, params) for item in _of_groups(cell, groups)]
    return sorted(found, key=_order)


def _order(item: Footprint) -> tuple[Any, ...]:
    keys = tuple(getattr(item, name) or "" for name in KEYS)
    return (*keys, item.period or date.min, GROUPS.index(item.group))


@dataclass(frozen=True, slots=True)
class _Cell:
    """Votes of one cell: (n, 14) shares asked for, (n,) class probabilities, (n,) clusters."""

    keys: dict[str, Any]
    values: Floats
    promoters: Floats
    detractors: Floats
    clusters: NDArray[np.integer[Any]]

    def weights(self, group: Group) -> Floats:
        if group == "promoter":
            return self.promoters
        if group == "detractor":
            return self.detractors
        if group == "passive":
            return np.clip(1 - self.promoters - self.detractors, 0.0, 1.0)
        return np.ones(len(self.values))


def _cells(facts: Facts, params: dict[str, Any]) -> Iterator[_Cell]:
    columns = tallies.held(facts, params)
    if columns is not None:
        for felt in tallies.felt(columns, params):
            keys = dict(zip((*KEYS, "period"), felt.keys, strict=True))
            yield _Cell(keys, _values(felt.emotions, felt.abstain), felt.p, felt.d, felt.cluster)
        return
    yield from _queried(
        facts.cursor().sql(query("numbers.votes") + query("numbers.felt"), params=params).to_arrow_table()
    )


def _queried(table: pa.Table) -> Iterator[_Cell]:
    if not table.num_rows:
        return
    emotions = _matrix(table.column("emotions"))
    columns = {name: table.column(name).to_numpy() for name in ("p", "d", "cluster", "abstain")}
    for keys, rows in cells(table):
        values = _values(emotions[rows], columns["abstain"][rows])
        p, d, cluster = (columns[name][rows] for name in ("p", "d", "cluster"))
        yield _Cell(keys, values, p, d, cluster)


def _matrix(column: pa.ChunkedArray) -> Floats:
    """(n, 12) of a fixed-size list column."""
    flat = column.combine_chunks().flatten().to_numpy()
    return np.asarray(flat.reshape(-1, len(EMOTIONS)))


def _values(emotions: NDArray[Any], abstain: NDArray[np.bool_]) -> Floats:
    """(n, 14): the emotions, then no positive emotion (noisy-or over the positive ones), then abstained."""
    found = np.empty((len(emotions), len(EMOTIONS) + 2))
    found[:, :-2], found[:, -1] = emotions, abstain
    found[:, -2] = 1.0
    for place in _POSITIVE:
        found[:, -2] *= 1 - found[:, place]
    return found


def _of_groups(cell: _Cell, groups: Sequence[Group]) -> Iterator[Footprint]:
    weights = np.column_stack([cell.weights(group) for group in groups])
    for group, found in zip(
        groups, estimate.grouped_shares(cell.values, weights, cell.clusters), strict=True
    ):
        scores = [estimate.settled(share) for share in found]
        yield Footprint(
            **cell.keys,
            group=group,
            n=scores[0].n,
            emotions=dict(zip(EMOTIONS, scores, strict=False)),
            no_positive=scores[-2],
            abstained=scores[-1],
            too_few=scores[0].too_few,
        )
