"""Filled-in templates: texts that share a skeleton of word triples whose slots hold other names and
numbers.

Character shingles miss a template with many slots: the texts share a third of them. Runs of three words
that several texts have and that the stream does not use at other times are rarer than chance. Near-linear:
an inverted index of word triples, in which a text meets the last few that used the same one. Pure functions
over arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.near_copies import Ties

_SHAPES = ((1, 2), (1, 3), (2, 3))
"""Three words in a row, and three out of four: a slot breaks all rows of words that it stands in."""
BIN_DAYS = 14.0
"""A run used in many stretches of this length is how people speak: it weighs one over their number."""
MOST_USES = 400
"""A run that more texts use ties nobody: it would be most of the work."""
LEAST_SHARED = 4
_STEPS = (1, 2, 3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SPACES = (32, 10)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Runs:
    """The distinct word triples of n texts: `hashes[starts[i]:starts[i + 1]]` are those of text i."""

    starts: NDArray[np.int64]
    hashes: Hashes

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """The text of each triple."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def at(self, first: int, last: int) -> Runs:
        """Of the texts first..last (excluded)."""
        low, high = self.starts[first], self.starts[last]
        return Runs(self.starts[first : last + 1] - low, self.hashes[low:high])


def joined(parts: Sequence[Runs]) -> Runs:
    """The runs of consecutive chunks of texts as one."""
    sizes = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.starts) for part in parts)])
    hashes = [np.zeros(0, np.uint64), *(part.hashes for part in parts)]
    return Runs(np.cumsum(sizes), np.concatenate(hashes))


def runs(texts: Sequence[str]) -> Runs:
    """The word triples of texts whose words one space parts; a text of fewer words has none."""
    hashes, owners = _words("\n".join(text.replace("\n", " ") for text in texts))
    made = [_triples(hashes, owners, steps) for steps in _SHAPES]
    return _distinct(np.concatenate([h for h, _ in made]), np.concatenate([o for _, o in made]), len(texts))


def _triples(
    hashes: Hashes, owners: NDArray[np.int64], steps: tuple[int, int]
) -> tuple[Hashes, NDArray[np.int64]]:
    """Each word with those so many places on, where all three stand in one text; and whose text it is."""
    reach = max(len(hashes) - steps[1], 0)
    first = owners[:reach]
    whole = first == owners[steps[1] : steps[1] + reach]
    found = hashes[:reach]
    for step in steps:
        found = _mixed(found * _MIX + hashes[step : step + reach])
    return found[whole], first[whole]


def _distinct(hashes: Hashes, owners: NDArray[np.int64], count: int) -> Runs:
    order = np.lexsort((hashes, owners))
    hashes, owners = hashes[order], owners[order]
    fresh = np.ones(len(hashes), dtype=bool)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    sizes = np.bincount(owners[fresh], minlength=count)
    return Runs(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), hashes[fresh])


def _words(text: str) -> tuple[Hashes, NDArray[np.int64]]:
    """Hash of each word and the line it stands in."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    inside = ~np.isin(codes, _SPACES)
    starts = np.flatnonzero(inside & ~np.concatenate([[False], inside[:-1]]))
    if not len(starts):
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    places = np.arange(len(codes), dtype=np.int64)
    begun = np.repeat(starts, np.diff(np.append(starts, len(codes))))
    within = np.concatenate([np.zeros(starts[0], np.int64), places[starts[0] :] - begun])
    letters = _mixed(codes.astype(np.uint64) * _MIX + within.astype(np.uint64))
    letters[~inside] = 0
    lines = np.cumsum(codes == _SPACES[1])
    return _mixed(np.add.reduceat(letters, starts)), lines[starts].astype(np.int64)


def _mixed(values: Hashes) -> Hashes:
    mixed = (values ^ (values >> np.uint64(31))) * _MIX
    return np.asarray(mixed ^ (mixed >> np.uint64(29)))


def ties(found: Runs, times: NDArray[np.float64], window: float, similar: float) -> Ties:
    """Texts that share a skeleton: pairs at most `window` apart whose weighted share of common runs is
    `similar`.

    `times` are (n,), rising. A run weighs 1 / number of 14-day stretches that use it, so that what people
    always say ties nobody; the share is Dice's, over the weights of both texts.
    """
    rows = found.rows
    order = np.argsort(found.hashes, kind="stable")
    edges = np.flatnonzero(np.diff(found.hashes[order], prepend=found.hashes[order][:1] + np.uint64(1)))
    uses = np.diff(np.append(edges, len(order)))
    column = np.repeat(np.arange(len(edges)), uses)
    weights = 1.0 / _stretches(column, times[rows[order]], len(edges))
    mass = np.bincount(rows[order], weights[column], minlength=len(found)).astype(np.float64)
    useful = (uses[column] > 1) & (uses[column] <= MOST_USES)
    pairs = _pairs(column[useful], rows[order][useful], times, window, len(found))
    index = csr_array(
        (weights[column[useful]], (rows[order][useful], column[useful])), (len(found), len(edges))
    )
    shares = _shares(index, pairs, mass)
    kept = shares >= similar
    return Ties(pairs[kept, 0], pairs[kept, 1], shares[kept])


def density(found: Runs, group: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n,) the mean part of a text's runs that another text of its group has; 0 for a text alone, group -1.

    One template is shared by all of its group. People who pick from the same stock phrases share them in
    twos.
    """
    rows = found.rows[group[found.rows] >= 0]
    hashes = found.hashes[group[found.rows] >= 0]
    keys = _mixed(hashes + group[rows].astype(np.uint64) * _MIX)
    _, place, uses = np.unique(keys, return_inverse=True, return_counts=True)
    members = np.bincount(group[group >= 0], minlength=1)
    shared = np.bincount(rows, uses[place] - 1.0, minlength=len(found))
    own = np.maximum(np.diff(found.starts), 1)
    others = np.where(group >= 0, members[np.maximum(group, 0)] - 1, 0)
    return np.asarray(np.divide(shared / own, others, out=np.zeros(len(found)), where=others > 0))


def _stretches(column: NDArray[np.intp], times: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """(count,) how many stretches of BIN_DAYS use each run; members of a column are in order of time."""
    bins = np.floor(times / BIN_DAYS)
    fresh = np.ones(len(column), dtype=bool)
    fresh[1:] = (column[1:] != column[:-1]) | (bins[1:] != bins[:-1])
    return np.bincount(column[fresh], minlength=count).astype(float)


def _pairs(
    column: NDArray[np.intp],
    rows: NDArray[np.int64],
    times: NDArray[np.float64],
    window: float,
    count: int,
) -> NDArray[np.intp]:
    """Pairs of texts that met in at least two runs."""
    met = []
    for step in _STEPS:
        one, other = rows[:-step], rows[step:]
        near = (column[:-step] == column[step:]) & (times[other] - times[one] <= window)
        met.append(one[near] * count + other[near])
    keys, hits = np.unique(np.concatenate(met or [np.zeros(0, np.int64)]), return_counts=True)
    keys = keys[hits >= 2]
    return np.stack([keys // max(count, 1), keys % max(count, 1)], axis=1).astype(np.intp)


def _shares(index: csr_array, pairs: NDArray[np.intp], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dice's share of each pair; 0 where fewer than LEAST_SHARED runs are common."""
    shares = np.zeros(len(pairs))
    present = index.sign()
    for part in np.array_split(np.arange(len(pairs)), max(len(pairs) // 200_000, 1)):
        a, b = pairs[part, 0], pairs[part, 1]
        common = index[a].multiply(present[b])
        counts = np.diff(common.tocsr().indptr)
        weight = np.asarray(common.sum(axis=1)).ravel()
        total = mass[a] + mass[b]
        shares[part] = np.where(counts >= LEAST_SHARED, 2 * weight / np.maximum(total, 1e-9), 0)
    return shares
