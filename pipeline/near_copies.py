"""Texts that say nearly the same, found in near-linear time: MinHash over character shingles, banded (LSH).

Character shingles need no language. Sources: Broder 1997 (MinHash); Leskovec, Rajaraman, Ullman, Mining of
Massive Datasets, chapter 3 (banding). Pure functions over arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

PERMUTATIONS, BANDS = 64, 16
"""Bands of four: two texts that share 70 % of their shingles meet in some band with 99 %, 50 % with 64 %."""
SHINGLE = 5
SIMILAR = 0.55
"""Estimated share of common shingles from which two texts are near-copies. Its standard error is 0.06."""
_NEIGHBOURS = 3
"""How many next texts of its bucket, by time, a text is compared with: huge buckets stay linear."""

Signatures = NDArray[np.uint32]

_rng = np.random.default_rng(20_240_601)
_FACTORS = _rng.integers(1, 2**63, PERMUTATIONS, dtype=np.uint64) | np.uint64(1)
_OFFSETS = _rng.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64)
_BASE = np.uint64(0x9E3779B97F4A7C15)


def signatures(texts: Sequence[str]) -> Signatures:
    """(n, 64) MinHash of n texts over shingles of five characters.

    Two rows agree in as large a share of columns as the texts have shingles in common (Jaccard). An empty
    text has the largest values.
    """
    found = np.full((len(texts), PERMUTATIONS), np.iinfo(np.uint32).max, dtype=np.uint32)
    for row, text in enumerate(texts):
        hashes = _shingles(text)
        if len(hashes):
            found[row] = ((hashes[:, None] * _FACTORS + _OFFSETS) >> np.uint64(32)).min(axis=0)
    return found


def _shingles(text: str) -> NDArray[np.uint64]:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    size = min(SHINGLE, len(codes))
    if not size:
        return codes
    hashes = np.zeros(len(codes) - size + 1, dtype=np.uint64)
    for offset in range(size):
        hashes = (hashes ^ codes[offset : offset + len(hashes)]) * _BASE
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


@dataclass(frozen=True, slots=True)
class Ties:
    """Pairs of near-copies: rows `a` < `b` and the estimated share of shingles they have in common."""

    a: NDArray[np.intp]
    b: NDArray[np.intp]
    similarity: NDArray[np.float64]

    def groups(self, count: int) -> NDArray[np.intp]:
        """(count,) the group of each row: rows that ties connect share one, every other row has its own."""
        graph = coo_array((np.ones(len(self.a)), (self.a, self.b)), shape=(count, count))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)

    def likeness(self, count: int) -> NDArray[np.float64]:
        """(count,) mean similarity of each row's ties; 0 where it has none."""
        total, ties = np.zeros(count), np.zeros(count)
        for ends in (self.a, self.b):
            np.add.at(total, ends, self.similarity)
            np.add.at(ties, ends, 1)
        return np.divide(total, ties, out=np.zeros(count), where=ties > 0)


def ties(found: Signatures, times: NDArray[np.float64], window: float, similar: float = SIMILAR) -> Ties:
    """Near-copies among n texts said at most `window` apart (same unit as the (n,) `times`)."""
    pairs = np.unique(np.concatenate([*_candidates(found, times, window)]), axis=0)
    shares = np.array([], dtype=np.float64)
    if len(pairs):
        parts = np.array_split(pairs, max(len(pairs) // 100_000, 1))
        shares = np.concatenate([(found[p[:, 0]] == found[p[:, 1]]).mean(axis=1) for p in parts])
    kept = shares >= similar
    return Ties(pairs[kept, 0], pairs[kept, 1], shares[kept])


def _candidates(found: Signatures, times: NDArray[np.float64], window: float) -> Iterable[NDArray[np.intp]]:
    """Pairs that share a band, each text with the next few of its bucket in time."""
    yield np.empty((0, 2), dtype=np.intp)
    for low, high in pairwise(range(0, PERMUTATIONS + 1, PERMUTATIONS // BANDS)):
        keys = _mixed(found[:, low:high])
        order = np.lexsort((times, keys))
        for step in range(1, _NEIGHBOURS + 1):
            one, other = order[:-step], order[step:]
            met = (keys[one] == keys[other]) & (times[other] - times[one] <= window)
            yield np.sort(np.stack([one[met], other[met]], axis=1), axis=1)


def _mixed(band: Signatures) -> NDArray[np.uint64]:
    keys = np.zeros(len(band), dtype=np.uint64)
    for column in band.T:
        keys = (keys ^ column) * _BASE
        keys ^= keys >> np.uint64(31)
    return keys
