"""Rated texts of a corpus folder as arrays: true classes beside what the reader says, set by set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.corpora import Row, joined, read_rows
from models.training.evaluate import corpus_files
from pipeline.content import native_class
from pipeline.errors import InputError
from pipeline.progress import Progress, silent
from pipeline.reading_cache import Floats, ReadingCache

TRAIN = "train"


@dataclass(frozen=True, slots=True)
class RatedSet:
    """n rated texts of one set. `classes` are columns 0 detractor, 1 passive, 2 promoter."""

    name: str
    classes: NDArray[np.intp]
    posteriors: Floats
    """(n, 3): what the reader says; (n, 0) before it has read."""
    langs: NDArray[np.str_]
    groups: NDArray[np.str_]
    """Brand or product of each text, empty where the set tells none."""
    splits: NDArray[np.str_]
    """Which split each row is marked with, empty where none."""
    texts: tuple[str, ...] = ()
    left_out: int = 0
    """Rows that were taken and whose rating tells no class: no number, outside its scale, of two steps."""

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def train(self) -> NDArray[np.bool_]:
        """(n,): rows that the set marks for fitting."""
        return np.asarray(self.splits == TRAIN)

    def scored(self, split: str | None) -> NDArray[np.bool_]:
        """(n,): rows of the split that is measured; all of them for None."""
        return np.ones(len(self), dtype=bool) if split is None else np.asarray(self.splits == split)

    @property
    def labels(self) -> Floats:
        """(n,): 1 for a promoter, 0 a passive, -1 a detractor."""
        return self.classes.astype(np.float64) - 1

    @property
    def predicted(self) -> Floats:
        """(n,): p_promoter - p_detractor."""
        return np.asarray(self.posteriors[:, 2] - self.posteriors[:, 0])

    def at(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> RatedSet:
        """The same for some rows."""
        index = np.flatnonzero(places) if places.dtype == bool else places
        return RatedSet(
            self.name,
            self.classes[index],
            self.posteriors[index],
            self.langs[index],
            self.groups[index],
            self.splits[index],
            tuple(self.texts[i] for i in index) if self.texts else (),
            self.left_out,
        )


def rated_sets(
    corpus: Path, split: str | None = None, limit: int | None = None, fitting: int | None = None
) -> list[RatedSet]:
    """Every set under `corpus` with ratings, unread, in the order of their names.

    Of the rows of `split` (None: all) `limit` a set and split are taken, of other rows marked `train`
    `fitting`: seeded samples, the same rows first whatever the limit. Raises InputError where no row has a
    rating that tells a class.
    """
    found: dict[str, list[Row]] = {}
    for path in corpus_files(corpus):
        for row in read_rows(path):
            if split not in (None, row.get("split")) and row.get("split") != TRAIN:
                continue
            if row.get("value") is not None and row.get("scale"):
                found.setdefault(str(row.get("set") or path.name.split(".")[0]), []).append(row)
    limits = {split: limit} if split else {}
    sets = [_set(name, rows, limits, fitting if split else limit) for name, rows in sorted(found.items())]
    if not any(map(len, sets)):
        raise InputError(
            "No text here has a rating" + (f" in split {split!r}" if split else ""),
            where=str(corpus),
            next_step="name a folder whose rows have `value` and `scale` (docs/corpora.md)",
        )
    return [item for item in sets if len(item)]


def _set(name: str, rows: list[Row], limits: dict[str, int | None], usual: int | None) -> RatedSet:
    splits = sorted({str(row.get("split")) for row in rows})
    chosen = [row for split in splits for row in _some(rows, split, limits.get(split, usual))]
    classes = [_class(row) for row in chosen]
    told = [(row, kind) for row, kind in zip(chosen, classes, strict=True) if kind is not None]
    return RatedSet(
        name,
        np.array([kind + 1 for _, kind in told], dtype=np.intp),
        np.empty((len(told), 0)),
        np.array([str(row.get("lang") or "und") for row, _ in told], dtype=np.str_),
        np.array([str(row.get("group") or "") for row, _ in told], dtype=np.str_),
        np.array([str(row.get("split") or "") for row, _ in told], dtype=np.str_),
        tuple(joined(row) for row, _ in told),
        len(chosen) - len(told),
    )


def _class(row: Row) -> int | None:
    """None where the rating is no number, has no scale, lies outside it, or tells no class."""
    try:
        low, high = (float(end) for end in row["scale"])
        return native_class(float(row["value"]), low, high)
    except (TypeError, ValueError):
        return None


def _some(rows: list[Row], split: str, limit: int | None) -> list[Row]:
    own = [row for row in rows if str(row.get("split")) == split and joined(row).strip()]
    order = np.random.default_rng(len(own)).permutation(len(own))[:limit]
    return [own[i] for i in order]


def read_sets(sets: Iterable[RatedSet], cache: ReadingCache, progress: Progress = silent) -> list[RatedSet]:
    """The same with posteriors, texts let go."""
    unread = list(sets)
    posteriors = cache.posteriors([text for item in unread for text in item.texts], progress)
    edges = np.cumsum([len(item) for item in unread])[:-1]
    return [
        replace(item, posteriors=part, texts=())
        for item, part in zip(unread, np.split(posteriors, edges), strict=True)
    ]
