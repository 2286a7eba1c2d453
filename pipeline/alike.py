"""Who says the same: copies, near-copies, filled-in templates, paraphrases; how strongly that speaks. Pure
arrays.

The strength of a wording grows with its length, its likeness and the number of authors of one source who
used it within two weeks, and shrinks when the same wording comes back all year: then it is how that place
speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline import near_copies, paraphrases, skeletons
from pipeline.near_copies import Ties
from pipeline.stream import Floats, Rows, Stream
from pipeline.voices import voices

WINDOW_DAYS = 14.0
MIN_WORDS = 8
"""Shorter texts repeat by themselves."""
MIN_BULK = 5
"""Copies by unknown authors: fewer may be one mention that a site shows on several pages."""
KINDS = ("copies", "near_copies", "template", "paraphrase")
_SKELETON = 0.17
"""Share of weighted word runs from which two texts hang on one skeleton."""
_CERTAIN_WORDS = 20
_DOUBT = {"copies": 0.0, "near_copies": 0.4, "template": 0.12, "paraphrase": 0.0}
"""Likeness at or below which a tie says nothing."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Of n mentions: `strength[kind]` (n,), 0 where nobody says the same; `group` (n,) those of one wording
    share a number; `ties[kind]` pairs of rows."""

    strength: dict[str, Floats]
    group: NDArray[np.intp]
    ties: dict[str, Ties]


def alike(stream: Stream) -> Alike:
    """All wordings of a stream."""
    ties = dict(_ties(stream))
    count = len(stream)
    strength = {kind: _strength(stream, kind, tie) for kind, tie in ties.items()}
    ends = [(tie.a, tie.b) for tie in ties.values()]
    a, b = (np.concatenate([pair[side] for pair in ends]) for side in (0, 1))
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    group = np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)
    return Alike(strength, group, ties)


def _ties(stream: Stream) -> Iterator[tuple[str, Ties]]:
    looked = np.flatnonzero(stream.wording.size >= MIN_WORDS)
    yield "copies", _copies(stream, looked)
    near = near_copies.ties(stream.wording.signatures[looked], stream.day[looked], WINDOW_DAYS)
    yield "near_copies", Ties(looked[near.a], looked[near.b], near.similarity)
    found = skeletons.ties(stream.wording.runs, stream.day, WINDOW_DAYS, _SKELETON)
    long = (stream.wording.size[found.a] >= MIN_WORDS) & (stream.wording.size[found.b] >= MIN_WORDS)
    yield "template", _dense(Ties(found.a[long], found.b[long], found.similarity[long]), len(stream))
    yield "paraphrase", paraphrases.ties(stream, WINDOW_DAYS)


def _copies(stream: Stream, looked: Rows) -> Ties:
    """Each text with the one before it that has the same words."""
    content, day = stream.wording.content[looked], stream.day[looked]
    order = np.lexsort((day, content))
    one, other = order[:-1], order[1:]
    same = (content[one] == content[other]) & (day[other] - day[one] <= WINDOW_DAYS)
    a, b = looked[one[same]], looked[other[same]]
    return Ties(np.minimum(a, b), np.maximum(a, b), np.ones(len(a)))


def _dense(found: Ties, count: int) -> Ties:
    """Without ties that hang by one thread: a chain of chance pairs is no template; pairs by themselves
    stay."""
    degree = np.bincount(np.concatenate([found.a, found.b]), minlength=count)
    weak = (np.minimum(degree[found.a], degree[found.b]) < 2) & (found.similarity < near_copies.SIMILAR)
    alone = np.maximum(degree[found.a], degree[found.b]) < 2
    kept = ~weak | alone
    return Ties(found.a[kept], found.b[kept], found.similarity[kept])


def _strength(stream: Stream, kind: str, found: Ties) -> Floats:
    """(n,) log(1 + length x likeness x further voices), shared out over the stretches that use the
    wording."""
    count = len(stream)
    if not len(found.a):
        return np.zeros(count)
    tied = np.unique(np.concatenate([found.a, found.b]))
    group = found.groups(count)[tied]
    day, author, source = stream.day[tied], stream.author[tied], stream.source[tied]
    others = voices(group, source, author, day, WINDOW_DAYS / 2, MIN_BULK) - 1
    length = np.clip((stream.wording.size[tied] - 6) / (_CERTAIN_WORDS - 6), 0, 1)
    close = found.likeness(count)[tied] if kind != "template" else _density(stream, tied, group, count)
    likeness = np.clip((close - _DOUBT[kind]) / (1 - _DOUBT[kind]), 0, 1)
    told = length * likeness * np.maximum(others, 0) / _returns(group, day)
    strength = np.zeros(count)
    strength[tied] = np.log1p(told)
    return strength


def _density(stream: Stream, tied: Rows, group: NDArray[np.intp], count: int) -> Floats:
    everyone = np.full(count, -1, dtype=np.intp)
    everyone[tied] = group
    return skeletons.density(stream.wording.runs, everyone)[tied]


def _returns(group: NDArray[np.intp], day: Floats) -> Floats:
    """(m,) how many stretches of two windows the group of each row fills, less the two that one wave may
    touch."""
    bins = np.floor(day / (2 * WINDOW_DAYS))
    pairs = np.unique(np.stack([group, bins], axis=1), axis=0)[:, 0]
    names, stretches = np.unique(pairs, return_counts=True)
    return np.asarray(np.maximum(stretches[np.searchsorted(names, group)] - 1.0, 1.0), dtype=np.float64)
