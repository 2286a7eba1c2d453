"""Waves: stretches in which a brand is praised or blamed far more than usual, and who it is that speaks
then.

A wave whose accounts are the usual ones is an organic crisis (or a success); one that new accounts, first
mentions or one place carry is suspected. Both are told with the false alarms a year that such a wave would
be. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline import accounts
from pipeline.accounts import BASE_DAYS, Share
from pipeline.bursts import SMALLEST, Bursts, Season, bursts
from pipeline.stream import Floats, Rows, Stream

LEANS = 1 / 3
"""A valence beyond this is against or for the brand."""
BUDGET = 0.05
"""False alarms a year for a brand and direction that waves may cost, all looks together."""
UNUSUAL = 0.01
"""Accounts so unlikely by chance, beyond twice the usual odds, make a wave suspect."""
_CANDIDATES = 12
_RELAXED = 60.0
_CELLS = 3
_KINDS = 16
"""Of mentions: four types of account, leaning or not, with the odd mark or without."""
_LEAST_ODD = 1e-9
_DENSE = 3.0
_MOMENT = 1e-6
_SHORT_BASE = 7.0
REACH_DAYS = 14.0
"""So far before and after its most telling window a wave may go on."""

SMEAR, BOOST = -1, 1


@dataclass(frozen=True, slots=True)
class Wave:
    """`rows` of the stream in (start, end] that lean one way; `posterior` of each: the part of its kind of
    account that is more than expected. `alarms`: such waves a year by chance; `odd`: P of such accounts by
    chance."""

    direction: int
    start: float
    end: float
    rows: Rows
    posterior: Floats
    expected: float
    tail: float
    alarms: float
    odd: float
    shares: tuple[Share, ...]

    @property
    def suspect(self) -> bool:
        """Whether its accounts are not the usual ones."""
        return self.odd <= UNUSUAL

    @property
    def cleared(self) -> bool:
        """Whether its accounts are known, and are the usual ones."""
        return not self.suspect and any(share.code != accounts.ONE_PLACE for share in self.shares)


def waves(stream: Stream, rows: Rows, direction: int) -> list[Wave]:
    """The waves of a brand whose mentions are `rows`, most telling first, none over another."""
    leaning = rows[direction * np.nan_to_num(stream.valence[rows]) >= LEANS]
    if len(leaning) < 4:
        return []
    fine = bool(stream.fine[rows].mean() > 0.5)
    season = Season(stream.day[rows], fine)
    begun = float(stream.day[rows[0]])
    kind = accounts.types(stream, leaning)
    found: list[Wave] = []
    for group in (np.ones(len(leaning), bool), kind == accounts.NEW, kind <= accounts.FIRST):
        day = stream.day[leaning[group]]
        if len(day) >= 4:
            found += _of(stream, rows, leaning, kind, bursts(day, begun, season, fine, _RELAXED), direction)
    telling = [wave for wave in found if wave.alarms <= BUDGET]
    whole = [_whole(stream, leaning, wave) for wave in _apart(telling)]
    return [_told(stream, rows, leaning, wave) for wave in _apart(whole)]


def _of(
    stream: Stream, rows: Rows, leaning: Rows, kind: NDArray[np.intp], found: Bursts, direction: int
) -> list[Wave]:
    """Each of the most unlikely windows as a wave."""
    made = []
    # Beside whom could be told to lean as well: where only one source is rated, its people are the usual
    # ones.
    heard = rows[~np.isnan(stream.valence[rows])]
    for i in _best(found):
        start, end, tail = float(found.start[i]), float(found.end[i]), float(found.tail[i])
        inside = _within(stream, leaning, start, end)
        shares = accounts.shares(stream, inside, _within(stream, heard, start - BASE_DAYS, start))
        odd = max(accounts.combined(shares), _LEAST_ODD)
        alarms = float(found.looks[i]) * _CELLS * _together(tail, odd)
        made.append(
            Wave(
                direction, start, end, inside, np.zeros(len(inside)), float(found.expected[i]), tail, alarms,
                odd, tuple(shares),
            )
        )  # fmt: skip
    return made


def _within(stream: Stream, rows: Rows, start: float, end: float) -> Rows:
    """Those of the rows said in (start, end]."""
    return rows[slice(*np.searchsorted(stream.day[rows], [start, end], side="right"))]


def _told(stream: Stream, rows: Rows, leaning: Rows, wave: Wave) -> Wave:
    """With the posterior of each mention; the lukewarm of the same days join where their accounts bear its
    mark."""
    mild = rows[wave.direction * np.nan_to_num(stream.valence[rows]) > -LEANS] if wave.suspect else leaning
    inside, before = (
        _within(stream, mild, start, end)
        for start, end in ((wave.start, wave.end), (wave.start - BASE_DAYS, wave.start))
    )
    leans = np.isin(inside, leaning)
    marks = accounts.marked(stream, inside, list(wave.shares))
    kinds = (accounts.types(stream, part) * 4 + 2 * np.isin(part, leaning) for part in (inside, before))
    here, usual = next(kinds) + marks, next(kinds) + accounts.marked(stream, before, list(wave.shares))
    scale = wave.expected / max(len(wave.rows), 1)
    posterior = _excess(here, usual, wave, stream.day[before], scale)
    kept = leans | marks
    return replace(wave, rows=inside[kept], posterior=posterior[kept])


def _together(tail: float, odd: float) -> float:
    """P of a product of two independent tails as small as this (Fisher), where accounts are odd; else the
    first."""
    if odd > UNUSUAL:
        return tail
    both = max(tail * odd, 1e-300)
    return float(both * (1 - np.log(both)))


def _best(found: Bursts) -> list[int]:
    """The most unlikely windows, at most _CANDIDATES, no two nearly the same."""
    order = np.argsort(found.tail * found.looks, kind="stable")
    taken: list[int] = []
    for i in order:
        if all(_overlap(found, int(i), j) < 0.8 for j in taken):
            taken.append(int(i))
        if len(taken) == _CANDIDATES:
            break
    return taken


def _overlap(found: Bursts, i: int, j: int) -> float:
    common = min(found.end[i], found.end[j]) - max(found.start[i], found.start[j])
    return float(common / max(found.end[i] - found.start[i], found.end[j] - found.start[j]))


def _excess(
    here: NDArray[np.intp], before: NDArray[np.intp], wave: Wave, days: Floats, scale: float
) -> Floats:
    """(len(here),) the part of each kind of mention that is more than expected from the time before."""
    history = max(wave.start - (float(days[0]) if len(days) else wave.start), 1.0)
    usual = np.bincount(before, minlength=_KINDS) / history * (wave.end - wave.start)
    usual = np.maximum(usual, 0.25 * scale)
    counts = np.bincount(here, minlength=_KINDS)
    part = np.clip(1.0 - usual / np.maximum(counts, 1), 0.02, 0.98)
    return np.asarray(part[here])


def _whole(stream: Stream, leaning: Rows, wave: Wave) -> Wave:
    """The stretch around it with the most mentions beyond _DENSE times the usual rate.

    A telling window may end in the midst of what goes on, or hold quiet days; the maximal sum of a sequence
    tells where it begins and ends.
    """
    around = _within(stream, leaning, wave.start - REACH_DAYS, wave.end + REACH_DAYS)
    day = stream.day[around]
    gain = np.arange(len(day)) - _DENSE * _rate(stream, leaning, wave) * day
    lowest = np.minimum.accumulate(gain)
    last = int((gain - lowest).argmax())
    first = int(np.flatnonzero(gain[: last + 1] == lowest[last])[0])
    start, end = float(day[first]) - _MOMENT, float(day[last])
    if last - first + 1 < SMALLEST:
        return wave
    expected = _rate(stream, leaning, wave) * (end - start)
    return replace(wave, start=start, end=end, rows=around[first : last + 1], expected=expected)


def _rate(stream: Stream, leaning: Rows, wave: Wave) -> float:
    """Mentions a day of the time before, what may belong to the wave left out."""
    begun = float(stream.day[leaning[0]])
    until = max(wave.start - REACH_DAYS, min(begun + _SHORT_BASE, wave.start))
    since = max(until - BASE_DAYS, begun)
    return (len(_within(stream, leaning, since, until)) + 0.5) / max(until - since, 1.0)


def _apart(found: list[Wave]) -> list[Wave]:
    """The most telling first, suspect before not, without those that share mentions with one taken."""
    taken: list[Wave] = []
    for wave in sorted(found, key=lambda wave: (not wave.suspect, wave.alarms)):
        if all(wave.end <= other.start or wave.start >= other.end for other in taken):
            taken.append(wave)
    return taken
