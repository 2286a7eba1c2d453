"""A stream of mentions as columns, oldest first: all that detection looks at. Pure arrays, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.near_copies import Signatures
from pipeline.skeletons import Runs

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

NEW_DAYS = 30.0
"""An account is new for so many days."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What is compared of n texts. `size` counts words; 0 for texts that are not looked at."""

    content: NDArray[np.uint64]
    size: NDArray[np.int64]
    signatures: Signatures
    runs: Runs

    def at(self, first: int, last: int) -> Wording:
        """Of the texts first..last (excluded)."""
        cut = slice(first, last)
        return Wording(self.content[cut], self.size[cut], self.signatures[cut], self.runs.at(first, last))


@dataclass(frozen=True, slots=True)
class Stream:
    """n mentions in order of time, as columns of length n; NaN, 0 or -1 where unknown, as each column
    says."""

    ids: NDArray[Any]
    day: Floats
    """When it was said, in days since 1970 UTC."""
    fine: NDArray[np.bool_]
    """Whether `day` is exact to the hour or better; otherwise it names a day."""
    source: NDArray[np.uint64]
    target: NDArray[np.uint64]
    """The product, thread or page it stands at; 0 unknown."""
    author: NDArray[np.uint64]
    """0 unknown."""
    first: NDArray[np.int8]
    """1: the first mention of its author that is known, 0: not the first, -1: author unknown."""
    age: Floats
    """Days of the account when it spoke; NaN unknown."""
    tail: Floats
    """Digits at the end of the handle; NaN unknown."""
    verified: NDArray[np.int8]
    """1 a verified purchase, 0 not, -1 not told."""
    valence: Floats
    """-1 (detractor) .. 1 (promoter), by rating or reading; NaN where neither."""
    generated: Floats
    """How machine-made the wording looks, 0..1; NaN unknown."""
    wording: Wording
    brands: Mapping[str, Rows] = field(default_factory=dict)
    """Rows of each brand; a mention may speak of two, or of none."""
    embedding: NDArray[np.float16] | None = None
    """(n, d), rows of zeros where not read."""

    def __len__(self) -> int:
        return len(self.day)

    def until(self, day: float, since: float = -np.inf) -> Stream:
        """The mentions said after `since` and not after `day`."""
        low, high = np.searchsorted(self.day, [since, day], side="right")
        cut = slice(int(low), int(high))
        columns = {
            item.name: getattr(self, item.name)[cut]
            for item in fields(self)
            if item.name not in ("wording", "brands", "embedding")
        }
        inside = {
            name: rows[slice(*np.searchsorted(rows, [low, high]))] - low for name, rows in self.brands.items()
        }
        embedding = None if self.embedding is None else self.embedding[cut]
        wording = self.wording.at(int(low), int(high))
        return Stream(**columns, wording=wording, brands=inside, embedding=embedding)

    def embedded(self, vectors: NDArray[np.float16]) -> Stream:
        """The same with embeddings, rows of zeros where a text was not read."""
        return replace(self, embedding=vectors)

    def without(self, *names: str) -> Stream:
        """The same where these signals are unknown: `minutes`, `accounts`, `embeddings`."""
        known = self
        if "minutes" in names:
            known = replace(known, day=np.floor(known.day) + 0.5, fine=np.zeros(len(self), dtype=bool))
        if "accounts" in names:
            nothing = np.full(len(self), np.nan)
            known = replace(
                known, author=np.zeros(len(self), np.uint64), first=np.full(len(self), -1, np.int8),
                age=nothing, tail=nothing, verified=np.full(len(self), -1, np.int8),
            )  # fmt: skip
        return replace(known, embedding=None) if "embeddings" in names else known


def first_mentions(author: NDArray[np.uint64], told: Floats | None = None) -> NDArray[np.int8]:
    """(n,) the column `first` of mentions in order of time. `told`: how many mentions the source says the
    author has, NaN unknown: an author of several is nobody's first."""
    found = np.full(len(author), -1, dtype=np.int8)
    known = np.flatnonzero(author != 0)
    found[known] = 0
    found[known[np.unique(author[known], return_index=True)[1]]] = 1
    if told is not None:
        found[(told > 1) & (found == 1)] = 0
        found[(told <= 1) & (found == -1)] = 1
    return found
