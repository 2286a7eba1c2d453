"""Who speaks in a window, beside who usually speaks: new accounts, first mentions, handles, one place.

More than nine reviewers in ten write once, so a first mention says little by itself; a window whose share
of them is far above the usual says much. An organic crisis brings new people too: twice the usual odds pass
as usual. Pure functions over arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

from pipeline.stream import NEW_DAYS, Rows, Stream

HEDGE = 2.0
"""So many times the usual odds pass as usual."""
BASE_DAYS = 56.0
_LEAST_BASE = 30
"""With fewer mentions before, the whole stream's say what is usual."""
_MOST_TRUST = 60.0
"""Mentions that the usual share may weigh: shares wander by themselves."""
_ODD = 0.01
ONE_PLACE = "one_place"
_SOURCE_PRIOR = 10.0
"""Mentions of all sources that stand in for a source of few."""
_LEAST_KNOWN = 4
_DIGITS = 3.0
"""Digits at the end of a handle from which it looks numbered."""

NEW, FIRST, SETTLED, UNKNOWN = 0, 1, 2, 3
"""Types of account: made within 30 days; first mention, age unknown or older; heard before or old;
unknown."""


@dataclass(frozen=True, slots=True)
class Share:
    """One share of a window beside the usual: `tail` is P(as high by chance), hedged."""

    code: str
    value: float
    usual: float
    n: int
    tail: float


def types(stream: Stream, rows: Rows) -> NDArray[np.intp]:
    """(len(rows),) type of the account of each row."""
    age, first = stream.age[rows], stream.first[rows]
    found = np.full(len(rows), UNKNOWN, dtype=np.intp)
    found[(first >= 0) | ~np.isnan(age)] = SETTLED
    found[(first == 1) & ~(age >= 365)] = FIRST
    found[age < NEW_DAYS] = NEW
    return found


def marked(stream: Stream, rows: Rows, found: list[Share]) -> NDArray[np.bool_]:
    """(len(rows),) whether each bears the mark that is most unusual of a window; none where no share is
    odd."""
    odd = [share for share in found if share.tail <= _ODD]
    holds = {code: holds & known for code, holds, known in _marks(stream)}
    codes = [share.code for share in sorted(odd, key=lambda share: share.tail) if share.code in holds]
    return holds[codes[0]][rows] if codes else np.zeros(len(rows), dtype=bool)


def shares(stream: Stream, inside: Rows, base: Rows) -> list[Share]:
    """What is unusual of the accounts of the rows `inside`, told by the rows `base`; empty where nothing is
    known.

    The usual share is that of the sources that speak inside: who reviews in a shop is not who posts in a
    forum.
    """
    usual = (
        base if len(base) >= _LEAST_BASE else np.arange(max(int(inside[0]), len(base)) if len(inside) else 0)
    )
    found = [_share(stream, code, holds, known, inside, usual) for code, holds, known in _marks(stream)]
    return [share for share in (*found, _one_place(stream, inside, usual)) if share is not None]


def combined(found: list[Share]) -> float:
    """P of the most unusual of several shares by chance (Bonferroni); 1 where nothing is known.

    That all happens in one place is shown and does not count: an outage is spoken of where its people are.
    """
    telling = [share.tail for share in found if share.code != ONE_PLACE]
    return min(1.0, len(telling) * min(telling)) if telling else 1.0


def _marks(stream: Stream) -> Iterator[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]]:
    yield "new_accounts", stream.age < NEW_DAYS, ~np.isnan(stream.age)
    yield "first_mentions", stream.first == 1, stream.first >= 0
    yield "numbered_handles", stream.tail >= _DIGITS, ~np.isnan(stream.tail)
    # Where all are told alike the source does not ask.
    yield "unverified", stream.verified == 0, stream.verified >= 0


def _share(
    stream: Stream, code: str, holds: NDArray[np.bool_], known: NDArray[np.bool_], inside: Rows, usual: Rows
) -> Share | None:
    """None where the mark is known of too few."""
    inside, usual = inside[known[inside]], usual[known[usual]]
    if len(inside) < _LEAST_KNOWN or len(usual) < _LEAST_KNOWN:
        return None
    expected = _expected(stream.source[inside], stream.source[usual], holds[usual])
    k, n = int(holds[inside].sum()), len(inside)
    return Share(code, k / n, expected, n, _tail(k, n, expected, len(usual)))


def _expected(here: NDArray[np.uint64], before: NDArray[np.uint64], holds: NDArray[np.bool_]) -> float:
    """The usual share of the sources `here`, each as often as it speaks."""
    overall = (float(holds.sum()) + 0.5) / (len(holds) + 1.0)
    names, counts = np.unique(here, return_counts=True)
    usual = [
        (float(holds[before == name].sum()) + _SOURCE_PRIOR * overall)
        / (float((before == name).sum()) + _SOURCE_PRIOR)
        for name in names
    ]
    return float(np.average(usual, weights=counts))


def _tail(k: int, n: int, usual: float, before: int) -> float:
    odds = HEDGE * usual / max(1.0 - usual, 1e-9)
    mean = min(max(odds / (1.0 + odds), 0.01), 0.99)
    trust = min(float(before), _MOST_TRUST) + 4.0
    return float(betabinom.sf(k - 1, n, mean * trust, (1.0 - mean) * trust))


def _one_place(stream: Stream, inside: Rows, usual: Rows) -> Share | None:
    """Whether one source holds more than its usual part; None where there is only one."""
    here, before = stream.source[inside], stream.source[usual]
    if len(inside) < 3 or len(np.unique(before)) < 2:
        return None
    names, counts = np.unique(here, return_counts=True)
    top = names[counts.argmax()]
    k, part = int(counts.max()), float((before == top).mean())
    tail = min(
        1.0,
        len(np.unique(before))
        * _tail(k, len(inside), (part * len(before) + 0.5) / (len(before) + 1), len(before)),
    )
    return Share(ONE_PLACE, k / len(inside), part, len(inside), tail)
