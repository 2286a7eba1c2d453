"""Groups of rated texts on which an estimate of the NPS is held against the ratings themselves.

Natural groups are what a set holds: the whole of it, its languages, its brands or products. Artificial ones
have a mix of classes drawn evenly from the simplex (the artificial-prevalence protocol, Forman 2008): so an
estimator that only remembers the usual mix of its training texts is found out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.rated_texts import RatedSet

Kind = Literal["set", "language", "group", "prevalence"]
NATURAL: tuple[Kind, ...] = ("set", "language", "group")
SMALLEST = 100
"""A language, brand or product with fewer rated texts is no group: chance would be measured."""
SIZES = (200, 500)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a set. `mix` (3,) is the mix of classes that was drawn, None for a natural group."""

    kind: Kind
    name: str
    home: str
    """The set that it is taken from."""
    rows: NDArray[np.intp]
    mix: tuple[float, ...] | None = None

    @property
    def size(self) -> int:
        """How many texts."""
        return len(self.rows)

    @property
    def natural(self) -> bool:
        """Whether it stands as it was found."""
        return self.mix is None


def natural_groups(item: RatedSet) -> Iterator[Group]:
    """The whole set, its languages, its brands or products; none twice, none under SMALLEST but the set."""
    yield Group("set", item.name, item.name, np.arange(len(item)))
    parts: tuple[tuple[Kind, NDArray[np.str_]], ...] = (("language", item.langs), ("group", item.groups))
    for kind, names in parts:
        for name, count in sorted(Counter(names.tolist()).items()):
            if name and SMALLEST <= count < len(item):
                yield Group(kind, f"{item.name}/{name}", item.name, np.flatnonzero(names == name))


def prevalence_groups(
    item: RatedSet, size: int, wanted: int, seed: int, most_tries: int = 40
) -> tuple[list[Group], int]:
    """`wanted` groups of `size` texts with mixes drawn evenly, without replacement; how many were skipped.

    A mix that the set cannot supply is skipped and counted. Draws end at `most_tries` times `wanted`: a set
    of few texts, or without one of the classes, may supply fewer groups than wanted, or none.
    """
    rng = np.random.default_rng([seed, size, len(item)])
    pools = [np.flatnonzero(item.classes == kind) for kind in range(3)]
    supply = np.array([len(pool) for pool in pools])
    found: list[Group] = []
    skipped = 0
    for _ in range(most_tries * wanted if size <= len(item) else 0):
        if len(found) == wanted:
            break
        mix = rng.dirichlet(np.ones(3))
        counts = rng.multinomial(size, mix)
        if (counts > supply).any():
            skipped += 1
            continue
        rows = np.concatenate([rng.choice(p, n, replace=False) for p, n in zip(pools, counts, strict=True)])
        name = f"{item.name}/{size}/{len(found)}"
        found.append(Group("prevalence", name, item.name, rng.permutation(rows), tuple(map(float, mix))))
    return found, skipped


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups of some sets, and by set and size how many drawn mixes a set could not supply."""

    groups: tuple[Group, ...]
    skipped: dict[str, int]


def all_groups(sets: Iterable[RatedSet], wanted: int, seed: int = 0, sizes: Sequence[int] = SIZES) -> Groups:
    """Natural groups of every set, and `wanted` artificial ones of each size a set where it can."""
    found: list[Group] = []
    skipped: dict[str, int] = {}
    for item in sets:
        found += natural_groups(item)
        for size in sizes:
            groups, missed = prevalence_groups(item, size, wanted, seed)
            found += groups
            skipped[f"{item.name}/{size}"] = missed
    return Groups(tuple(found), skipped)
