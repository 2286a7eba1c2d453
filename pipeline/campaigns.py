"""Campaigns: groups of suspected mentions that wording, waves or company tie together, with evidence both
ways.

Pure functions over arrays. Words: a group is "coordinated" or "unusual", never "fake"; a wave of the usual
people is an "organic crisis".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline import accounts
from pipeline.alike import Alike
from pipeline.evidence import Evidence, attack_evidence, organic_evidence
from pipeline.near_copies import Ties
from pipeline.permutation import adjusted, p_values
from pipeline.stream import Floats, Rows, Stream
from pipeline.suspicion import Weights
from pipeline.waves import SMEAR, Wave

MEMBER = 0.3
"""A mention belongs to a campaign from this p_bot on."""
SMALLEST = 3
"""So many mentions must be set aside, by so many authors."""
SMALLEST_UNKNOWN = 5
"""So many where no author is known."""
SMALLEST_CRISIS = 10
NEAR_DAYS = 2.0
"""Groups of one brand and direction that begin within this of each other's end are one campaign."""
_LEANS = 0.2
_SURE = 1e-4
Q_SURE = 0.05

COORDINATED, UNUSUAL, ORGANIC = "coordinated", "unusual", "organic crisis"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is known of each mention when campaigns are made."""

    p_bot: Floats
    signals: Mapping[str, Floats]
    weights: Weights
    threshold: float
    wordings: Alike
    waves: Mapping[str, list[Wave]]
    lockstep: Ties


@dataclass(frozen=True, slots=True)
class Campaign:
    """`rows` of the stream in order of time; `clusters` (len(rows),) the wording of each, -1 without one."""

    brand: str
    rows: Rows
    clusters: NDArray[np.intp]
    direction: str
    verdict: str
    aside: int
    reasons: list[str]
    evidence: list[Evidence]
    p_value: float | None = None
    q_value: float | None = None


def campaigns(stream: Stream, suspicion: Suspicion) -> list[Campaign]:
    """All campaigns of a stream, brand by brand."""
    groups = [(brand, rows) for brand in stream.brands for rows in _groups(stream, suspicion, brand)]
    found = p_values(stream, groups)
    q = adjusted(found, len(groups) + len(stream.brands))
    made = [
        _campaign(stream, suspicion, brand, rows, p, q_value)
        for (brand, rows), p, q_value in zip(groups, found, q, strict=True)
    ]
    return [*made, *_crises(stream, suspicion, made)]


def identity(found: Sequence[set[str]], known: Mapping[str, set[str]], brands: Sequence[str]) -> list[str]:
    """An id for each campaign, given as ids of its mentions: that of a known one which shares a third of
    the smaller of the two, most shared first, else a new one made of its brand and first mention."""
    shared = sorted(
        (
            (len(mine & theirs), -place, name)
            for place, mine in enumerate(found)
            for name, theirs in known.items()
            if 3 * len(mine & theirs) >= min(len(mine), len(theirs)) > 0
        ),
        reverse=True,
    )
    ids: dict[int, str] = {}
    for _, place, name in shared:
        if -place not in ids and name not in ids.values():
            ids[-place] = name
    taken = set(known) | set(ids.values())
    for place, mine in enumerate(found):
        if place not in ids:
            ids[place] = _fresh(brands[place], min(mine), taken)
            taken.add(ids[place])
    return [ids[place] for place in range(len(found))]


def _fresh(brand: str, mention: str, taken: set[str]) -> str:
    for salt in range(len(taken) + 1):
        name = hashlib.sha256(f"{brand}\x1f{mention}\x1f{salt}".encode()).hexdigest()[:16]
        if name not in taken:
            return name
    raise AssertionError("more names than campaigns")


def _groups(stream: Stream, suspicion: Suspicion, brand: str) -> Iterator[Rows]:
    """Rows of each campaign of a brand."""
    own = stream.brands[brand]
    members = own[suspicion.p_bot[own] >= MEMBER]
    if len(members) < SMALLEST:
        return
    graph = _graph(suspicion, brand, members)
    labels = _joined(stream, members, connected_components(graph, directed=False)[1])
    for label in np.unique(labels):
        rows = members[labels == label]
        if _enough(stream, suspicion, rows):
            yield rows


def _graph(suspicion: Suspicion, brand: str, members: Rows) -> coo_array:
    pairs = [(tie.a, tie.b) for tie in (*suspicion.wordings.ties.values(), suspicion.lockstep)]
    for wave in suspicion.waves.get(brand, ()):
        inside = wave.rows[np.isin(wave.rows, members)] if wave.suspect else wave.rows[:0]
        pairs.append((inside[:-1], inside[1:]))
    a, b = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    kept = np.isin(a, members) & np.isin(b, members)
    places = np.searchsorted(members, a[kept]), np.searchsorted(members, b[kept])
    return coo_array((np.ones(int(kept.sum())), places), shape=(len(members), len(members)))


def _joined(stream: Stream, members: Rows, labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Groups of one direction whose stretches touch become one. Lone mentions are no group."""
    names, counts = np.unique(labels, return_counts=True)
    spans = []
    for name in names[counts >= 2]:
        rows = members[labels == name]
        spans.append(
            (_direction(stream, rows), float(stream.day[rows[0]]), float(stream.day[rows[-1]]), int(name))
        )
    merged = labels.copy()
    last: dict[str, tuple[float, int]] = {}
    for direction, start, end, name in sorted(spans):
        until, into = last.get(direction, (-np.inf, name))
        if start <= until + NEAR_DAYS:
            merged[labels == name] = into
            last[direction] = (max(until, end), into)
        else:
            last[direction] = (end, name)
    return merged


def _enough(stream: Stream, suspicion: Suspicion, rows: Rows) -> bool:
    aside = rows[suspicion.p_bot[rows] >= suspicion.threshold]
    known = stream.author[aside]
    unknown = int((known == 0).sum())
    voices = len(np.unique(known[known != 0])) + unknown
    return len(aside) >= SMALLEST and voices >= (SMALLEST_UNKNOWN if unknown == len(aside) else SMALLEST)


def _direction(stream: Stream, rows: Rows) -> str:
    told = stream.valence[rows]
    mean = float(np.nanmean(told)) if (~np.isnan(told)).any() else 0.0
    return "smear" if mean <= -_LEANS else "boost" if mean >= _LEANS else "unclear"


def _campaign(
    stream: Stream, suspicion: Suspicion, brand: str, rows: Rows, p: float | None, q: float | None
) -> Campaign:
    worded = _worded(suspicion, rows)
    groups = suspicion.wordings.group[rows]
    names, counts = np.unique(groups[worded], return_counts=True)
    clusters = np.where(worded & np.isin(groups, names[counts >= 2]), groups, -1)
    wave = _wave(suspicion, brand, rows)
    direction = _direction(stream, rows)
    evidence = _evidence(stream, suspicion, brand, rows, worded, wave)
    aside = int((suspicion.p_bot[rows] >= suspicion.threshold).sum())
    sure = _sure(worded, wave, direction, q)
    verdict = COORDINATED if sure else UNUSUAL
    return Campaign(
        brand, rows, clusters, direction, verdict, aside, _reasons(suspicion, rows), evidence, p, q
    )


def _sure(worded: NDArray[np.bool_], wave: Wave | None, direction: str, q: float | None) -> bool:
    """Coordinated: the wording or the accounts say so, it pushes one way, and time does not speak against
    it."""
    told = worded.mean() >= 0.3 or (wave is not None and wave.odd <= _SURE)
    return bool(told and direction != "unclear" and (q is None or q <= Q_SURE))


def _worded(suspicion: Suspicion, rows: Rows) -> NDArray[np.bool_]:
    # A paraphrase is no wording: whom one event moves means much the same.
    told = [values[rows] for kind, values in suspicion.wordings.strength.items() if kind != "paraphrase"]
    strength = np.stack(told)
    return np.asarray(strength.max(axis=0) > 0.1)


def _wave(suspicion: Suspicion, brand: str, rows: Rows) -> Wave | None:
    """The suspect wave that holds most of the rows."""
    found = [wave for wave in suspicion.waves.get(brand, ()) if wave.suspect]
    held = [int(np.isin(wave.rows, rows).sum()) for wave in found]
    return found[int(np.argmax(held))] if any(held) else None


def _reasons(suspicion: Suspicion, rows: Rows) -> list[str]:
    told = [name for row in rows for name in suspicion.weights.reasons(suspicion.signals, int(row))]
    names, counts = np.unique(told, return_counts=True) if told else (np.array([]), np.array([]))
    return [str(name) for _, name in sorted(zip(-counts, names, strict=True)) if -_ * 10 >= len(rows)]


def _evidence(
    stream: Stream, suspicion: Suspicion, brand: str, rows: Rows, worded: NDArray[np.bool_], wave: Wave | None
) -> list[Evidence]:
    own = stream.brands[brand]
    before = own[own < rows[0]]
    shares = list(wave.shares) if wave else accounts.shares(stream, rows, before)
    others = np.setdiff1d(own, rows)
    usual = float(_worded(suspicion, others).mean()) if len(others) else 0.0
    return [
        *attack_evidence(stream, rows, worded, usual, shares, wave),
        *organic_evidence(stream, rows, before, worded, shares),
    ]


def _crises(stream: Stream, suspicion: Suspicion, made: list[Campaign]) -> Iterator[Campaign]:
    """Waves against a brand that its usual people carry, where no campaign was found."""
    for brand, found in suspicion.waves.items():
        for wave in found:
            apart = all(c.brand != brand or not np.isin(wave.rows, c.rows).any() for c in made)
            if not wave.suspect and wave.direction == SMEAR and len(wave.rows) >= SMALLEST_CRISIS and apart:
                worded = _worded(suspicion, wave.rows)
                evidence = _evidence(stream, suspicion, brand, wave.rows, worded, wave)
                yield Campaign(
                    brand, wave.rows, np.full(len(wave.rows), -1), "smear", ORGANIC,
                    int((suspicion.p_bot[wave.rows] >= suspicion.threshold).sum()), ["burst"], evidence,
                    wave.tail,
                )  # fmt: skip
