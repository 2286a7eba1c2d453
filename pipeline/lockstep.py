"""Authors who keep turning up together: the same targets within the same half days, more often than by
chance.

Bipartite co-action after CopyCatch (Beutel 2013): author, target and time. Camouflage does not help an
account, since only what is common counts (FRAUDAR, Hooi 2016). Near-linear: crowded cells tie nobody. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.near_copies import Ties
from pipeline.stream import Floats, Stream

Keys = NDArray[np.uint64]

CELL_DAYS = 0.5
CROWD = 30
"""A target where more authors speak within a cell ties nobody."""
LEAST_TARGETS = 3
"""So many different targets must two authors share."""


def lockstep(stream: Stream) -> tuple[Floats, Ties]:
    """(n,) log(1 + partners x targets beyond two) of each mention's author, and ties between authors'
    mentions."""
    keys, author, target = _cells(stream)
    pairs = _meetings(keys, author, target)
    strength = np.zeros(len(stream))
    if not len(pairs):
        nothing = np.zeros(0, np.intp)
        return strength, Ties(nothing, nothing, np.zeros(0))
    names, counts = np.unique(pairs[:, :2], axis=0, return_counts=True)
    often = counts >= LEAST_TARGETS
    names, counts = names[often], counts[often].astype(np.int64)
    known, place = np.unique(names.ravel(), return_inverse=True)
    weight = np.bincount(place, np.repeat(counts - 2.0, 2)) if len(known) else np.zeros(0)
    mine = np.isin(stream.author, known) & (stream.author != 0)
    strength[mine] = np.log1p(weight[np.searchsorted(known, stream.author[mine])])
    return strength, _ties(stream, names, counts)


def _cells(stream: Stream) -> tuple[Keys, Keys, Keys]:
    """One row an author, target and half day, where all are known."""
    told = (stream.author != 0) & (stream.target != 0)
    half = np.floor(stream.day[told] / CELL_DAYS).astype(np.uint64)
    rows = np.unique(np.stack([stream.target[told], half, stream.author[told]], axis=1), axis=0)
    if not len(rows):
        return (np.zeros((0, 2), np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint64))
    # Who hit one target alone cannot share three.
    _, place, counts = np.unique(rows[:, 2], return_inverse=True, return_counts=True)
    rows = rows[counts[place] >= LEAST_TARGETS]
    return rows[:, :2], rows[:, 2], rows[:, 0]


def _meetings(keys: Keys, author: Keys, target: Keys) -> Keys:
    """Distinct (author, author, target), the lower author first."""
    if not len(keys):
        return np.zeros((0, 3), np.uint64)
    _, cell, size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    fit = (size[cell] > 1) & (size[cell] <= CROWD)
    cell, author, target = cell[fit], author[fit], target[fit]
    order = np.lexsort((author, cell))
    cell, author, target = cell[order], author[order], target[order]
    met = []
    for step in range(1, CROWD):
        same = cell[:-step] == cell[step:] if step < len(cell) else np.zeros(0, bool)
        if not same.any():
            break
        met.append(np.stack([author[:-step][same], author[step:][same], target[step:][same]], axis=1))
    return np.unique(np.concatenate(met), axis=0) if met else np.zeros((0, 3), np.uint64)


def _ties(stream: Stream, names: Keys, counts: NDArray[np.int64]) -> Ties:
    """Each pair of authors by the first mention of each."""
    authors, places = np.unique(stream.author, return_index=True)
    first = dict(zip(map(int, authors), map(int, places), strict=True))
    ends = np.array([[first[int(a)], first[int(b)]] for a, b in names], dtype=np.intp).reshape(-1, 2)
    return Ties(ends.min(axis=1), ends.max(axis=1), np.asarray(np.minimum(counts / 10.0, 1.0)))
