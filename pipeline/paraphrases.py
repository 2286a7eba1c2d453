"""Paraphrases: texts that mean the same far more closely than a brand's mentions of those weeks usually do.

Everybody who complains about one outage means much the same, so likeness is measured against the pairs of
the same brand and weeks, not against a fixed figure. Pure functions over arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.near_copies import Ties
from pipeline.stream import Floats, Rows, Stream

NEIGHBOURS = 40
"""With how many mentions of the brand before it each one is compared."""
LEAST = 0.75
"""A lower cosine, once what all texts have in common is taken off, is no paraphrase."""
_RARE = 0.998
"""Likeness that so many pairs of the brand stay below is unusual there."""


def ties(stream: Stream, window: float) -> Ties:
    """Pairs of mentions of one brand, at most `window` days apart, that mean unusually much the same."""
    empty = np.zeros(0, np.intp)
    if stream.embedding is None:
        return Ties(empty, empty, np.zeros(0))
    found = [
        _of_brand(stream.embedding[rows], stream.day, rows, window)
        for rows in stream.brands.values()
        if len(rows) > 1
    ]
    columns = [np.concatenate([part[i] for part in found]) if found else empty for i in (0, 1)]
    likeness = np.concatenate([part[2] for part in found]) if found else np.zeros(0)
    return Ties(columns[0], columns[1], likeness)


def _of_brand(
    embedding: NDArray[np.float16], day: Floats, rows: Rows, window: float
) -> tuple[Rows, Rows, NDArray[np.float64]]:
    directions = _directions(embedding)
    pairs: list[tuple[Rows, NDArray[np.float64]]] = []
    for step in range(1, min(NEIGHBOURS, len(rows) - 1) + 1):
        cosine = np.einsum("ij,ij->i", directions[:-step], directions[step:], dtype=np.float64)
        cosine[day[rows[step:]] - day[rows[:-step]] > window] = -1.0
        pairs.append((np.arange(len(cosine)), cosine))
    together = np.concatenate([cosine for _, cosine in pairs])
    near = together[together > -1.0]
    least = max(LEAST, float(np.quantile(near, _RARE))) if len(near) else 1.0
    steps = np.repeat(np.arange(1, len(pairs) + 1), [len(cosine) for _, cosine in pairs])
    first = np.concatenate([place for place, _ in pairs])
    kept = together >= least
    return rows[first[kept]], rows[first[kept] + steps[kept]], together[kept]


def _directions(embedding: NDArray[np.float16]) -> NDArray[np.float32]:
    """Unit vectors without what all texts of the brand have in common; zero where a text was not read."""
    vectors = embedding.astype(np.float32)
    read = vectors.any(axis=1)
    if read.any():
        vectors[read] -= vectors[read].mean(axis=0)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(
        np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0), dtype=np.float32
    )
