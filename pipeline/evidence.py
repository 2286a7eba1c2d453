"""Organic crisis or attack? What speaks for each, as codes and numbers; never a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.accounts import Share
from pipeline.stream import Rows, Stream
from pipeline.waves import Wave

ATTACK, ORGANIC = "attack", "organic"
_TELLING = 0.05
_AGED_DAYS = 365.0
_MOST = 12.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """`value` of the group beside the `usual` one; `weight` in powers of ten, about."""

    toward: str
    code: str
    value: float
    usual: float | None
    weight: float


def attack_evidence(
    stream: Stream,
    rows: Rows,
    worded: NDArray[np.bool_],
    usual: float,
    shares: Iterable[Share],
    wave: Wave | None,
) -> Iterator[Evidence]:
    """Copies, unusual accounts, one window."""
    if worded.any():
        told = float(worded.mean())
        yield Evidence(ATTACK, "same_wording", told, usual, _weight(told * len(rows) / 3))
    for share in shares:
        if share.tail <= _TELLING:
            yield Evidence(
                ATTACK, share.code, share.value, share.usual, _weight(-np.log10(max(share.tail, 1e-12)))
            )
    if wave is not None and wave.suspect:
        weight = -np.log10(max(wave.tail, 1e-12))
        yield Evidence(ATTACK, "one_window", float(len(wave.rows)), wave.expected, _weight(weight))


def organic_evidence(
    stream: Stream, rows: Rows, before: Rows, worded: NDArray[np.bool_], shares: Iterable[Share]
) -> Iterator[Evidence]:
    """Diverse detail, the usual accounts, aged ones, many sources, verified purchases."""
    own = float(1 - worded.mean())
    if own > 0.5:
        yield Evidence(ORGANIC, "own_words", own, None, _weight(2 * own))
    for share in shares:
        if share.tail > _TELLING and share.n >= 5:
            yield Evidence(ORGANIC, f"usual_{share.code}", share.value, share.usual, 1.0)
    age = stream.age[rows]
    aged = age[~np.isnan(age)] >= _AGED_DAYS
    if len(aged) and aged.mean() > 0.3:
        yield Evidence(ORGANIC, "aged_accounts", float(aged.mean()), None, _weight(3 * float(aged.mean())))
    sources = len(np.unique(stream.source[rows]))
    if sources > 1:
        yield Evidence(
            ORGANIC, "many_sources", float(sources), float(len(np.unique(stream.source[before]))), 0.5
        )
    verified = stream.verified[rows]
    if (verified == 1).any():
        told = float((verified == 1).sum() / (verified >= 0).sum())
        yield Evidence(ORGANIC, "verified", told, None, _weight(2 * told))


def _weight(value: float) -> float:
    return round(float(min(max(value, 0.0), _MOST)), 2)
