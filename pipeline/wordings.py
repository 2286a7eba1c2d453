"""What is compared of texts: their words without case, marks, quotes and addresses, hashed. One rule for
all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from pipeline import near_copies, skeletons
from pipeline.sql import query
from pipeline.stream import Wording
from pipeline.warehouse import registered

LIMITS = {"letters": 40, "most": 4_000}
"""Texts of fewer letters repeat by themselves; of a longer one than `most` its beginning is compared."""


class Wordings:
    """Gathers the wording of texts chunk by chunk: an arrow batch with `content`, `size` and `words`."""

    def __init__(self) -> None:
        self._content: list[pa.Array] = []
        self._size: list[pa.Array] = []
        self._signatures = [near_copies.signatures([])]
        self._runs: list[skeletons.Runs] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the columns of a batch, in the order of the stream."""
        words = batch.column("words").to_pylist()
        size = batch.column("size").fill_null(0)
        looked = [word if length else "" for word, length in zip(words, size.to_pylist(), strict=True)]
        self._content.append(batch.column("content").fill_null(0).to_numpy(zero_copy_only=False))
        self._size.append(size.to_numpy(zero_copy_only=False))
        self._signatures.append(near_copies.signatures(looked))
        self._runs.append(skeletons.runs(looked))

    def wording(self) -> Wording:
        """All that was added."""
        content = [np.zeros(0, np.uint64), *self._content]
        size = [np.zeros(0, np.int64), *self._size]
        return Wording(
            np.concatenate(content).astype(np.uint64),
            np.concatenate(size).astype(np.int64),
            np.concatenate(self._signatures),
            skeletons.joined(self._runs),
        )


def wording(texts: Sequence[str]) -> Wording:
    """That of texts that stand in no warehouse."""
    gathered = Wordings()
    con = duckdb.connect()
    given = pa.table({"place": np.arange(len(texts)), "text": pa.array(texts, pa.string())})
    try:
        with registered(con, given=given):
            for batch in _batches(con):
                gathered.add(batch)
    finally:
        con.close()
    return gathered.wording()


def _batches(con: duckdb.DuckDBPyConnection) -> Iterable[pa.RecordBatch]:
    batches: Iterable[pa.RecordBatch] = con.sql(
        query("authenticity.of_texts"), params=LIMITS
    ).to_arrow_reader(20_000)
    return batches
