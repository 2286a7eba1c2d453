"""Rows of a query split into the cells of a cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.facts import KEYS


def cells(table: pa.Table) -> Iterator[tuple[dict[str, Any], NDArray[np.intp]]]:
    """Each cell's keys (KEYS and `period`) and its row numbers; `cell` is one value a cell."""
    if not table.num_rows:
        return
    cell = table.column("cell").to_numpy()
    if (cell == cell[0]).all():
        yield table.slice(0, 1).select([*KEYS, "period"]).to_pylist()[0], np.arange(len(cell))
        return
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[order], prepend=cell[order][0] ^ np.uint64(1)))
    for rows in np.split(order, starts[1:]):
        yield table.slice(int(rows[0]), 1).select([*KEYS, "period"]).to_pylist()[0], rows
