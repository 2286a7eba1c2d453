"""A stream looked at hour by hour: at each hour detection sees what was said until then, and nothing
later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.campaigns import ORGANIC
from pipeline.detection import Detection, detection
from pipeline.labelled_streams import Table
from pipeline.planting import Plan
from pipeline.stream import Stream, first_mentions
from pipeline.suspicion import Weights
from pipeline.wordings import wording

HISTORY_DAYS = 84.0
"""What lies further back is not looked at again: eight weeks of baseline before windows of two weeks and
their like."""
AFTER_DAYS = 1.0
"""A campaign may be found until so long after its last mention."""
OVERLAP = 0.5
"""A found campaign is the planted one if so much of it is planted; a false one otherwise."""


@dataclass(frozen=True, slots=True)
class Live:
    """A stream with what was planted in it: `plant` (n,) in the stream's order."""

    stream: Stream
    plant: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one planted campaign. `at`: days when it was found, None never; `tenth`: when its
    tenth mention came; `p_bot` and `truth` of all mentions said from its start on, and `threshold`."""

    plan: Plan
    at: float | None
    tenth: float
    p_bot: NDArray[np.float64]
    truth: NDArray[np.bool_]
    threshold: float

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which of them are set aside at the end."""
        return np.asarray(self.p_bot >= self.threshold)


def live(table: Table, minutes: bool = True) -> Live:
    """A table as a stream of one source, in order of time."""
    order = np.lexsort((np.arange(len(table)), table.day))
    table = table.at(order)
    count = len(table)
    told = first_mentions(table.author)
    first = np.where(table.first >= 0, table.first, told).astype(np.int8)
    names = sorted(set(table.brand))
    stream = Stream(
        ids=np.arange(count).astype(str), day=table.day, fine=np.full(count, minutes),
        source=np.ones(count, np.uint64), target=np.zeros(count, np.uint64), author=table.author, first=first,
        age=table.age, tail=np.full(count, np.nan), verified=np.full(count, -1, np.int8),
        valence=table.valence,
        generated=np.full(count, np.nan), wording=wording([str(text) for text in table.text]),
        brands={str(name): np.flatnonzero(table.brand == name) for name in names},
    )  # fmt: skip
    return Live(stream, table.plant)


def hours(stream: Stream, since: float, until: float) -> Iterator[float]:
    """The ends of hours in which something came."""
    day = stream.day[(stream.day > since) & (stream.day <= until)]
    yield from np.unique(np.floor(day * 24) + 1) / 24


def seen(
    given: Live, at: float, weights: Weights, threshold: float, group: bool = True
) -> tuple[Detection, NDArray[np.int64]]:
    """Detection at a moment, and what of its mentions was planted."""
    since = at - HISTORY_DAYS
    low, high = np.searchsorted(given.stream.day, [since, at], side="right")
    return detection(given.stream.until(at, since), weights, threshold, group=group), given.plant[low:high]


def follow(given: Live, plan: Plan, weights: Weights, threshold: float) -> Found:
    """Look hour by hour until the planted campaign is found, then once more after its end."""
    mine = np.sort(given.stream.day[given.plant == plan.number])
    tenth = float(mine[min(9, len(mine) - 1)])
    end = float(mine[-1]) + AFTER_DAYS
    at = next(
        (
            now
            for now in hours(given.stream, plan.start, end)
            if _is_found(*seen(given, now, weights, threshold), plan)
        ),
        None,
    )
    last, plant = seen(given, end, weights, threshold)
    low = np.searchsorted(given.stream.day, end - HISTORY_DAYS, side="right")
    # A stream that knows no minutes puts all of a day at its noon.
    said = given.stream.day[low : low + len(plant)] >= np.floor(plan.start)
    return Found(plan, at, tenth, last.p_bot[said], plant[said] == plan.number, threshold)


def _is_found(told: Detection, plant: NDArray[np.int64], plan: Plan) -> bool:
    arrived = max(int((plant == plan.number).sum()), 1)
    for campaign in told.campaigns:
        held = int((plant[campaign.rows] == plan.number).sum())
        if campaign.verdict != ORGANIC and held >= OVERLAP * len(campaign.rows) and held >= min(3, arrived):
            return True
    return False


def false_alarms(given: Live, weights: Weights, threshold: float) -> tuple[list[dict[str, Any]], float]:
    """Every campaign that is found in an untouched stream, one for an event however often it is seen; and
    for how many years all brands together were watched."""
    stream = given.stream
    begun, ended = float(stream.day[0]), float(stream.day[-1])
    alarms: list[dict[str, Any]] = []
    last: dict[tuple[str, str], float] = {}
    for now in hours(stream, begun, ended):
        told, _ = seen(given, now, weights, threshold)
        if not told.campaigns:
            continue
        day = stream.until(now, now - HISTORY_DAYS).day
        for campaign in told.campaigns:
            if campaign.verdict == ORGANIC:
                continue
            key, start, end = (
                (campaign.brand, campaign.direction),
                day[campaign.rows[0]],
                day[campaign.rows[-1]],
            )
            if start > last.get(key, -np.inf):
                alarms.append(
                    {"brand": campaign.brand, "day": round(float(now), 3), "verdict": campaign.verdict,
                     "direction": campaign.direction, "mentions": len(campaign.rows),
                     "reasons": campaign.reasons}
                )  # fmt: skip
            last[key] = max(last.get(key, -np.inf), float(end))
    return alarms, (ended - begun) / 365.0 * len(stream.brands)


def watch_crises(given: Live, weights: Weights, threshold: float) -> tuple[bool, int, int]:
    """Whether an organic crisis (planted as -2) was ever taken for a campaign; how many of its mentions are
    set aside at its end, of how many."""
    day = given.stream.day[given.plant == -2]
    end = float(day[-1]) + AFTER_DAYS
    alarmed = False
    for now in hours(given.stream, float(day[0]), end):
        told, plant = seen(given, now, weights, threshold)
        held = [(plant[c.rows] == -2).mean() for c in told.campaigns if c.verdict != ORGANIC]
        if any(part >= OVERLAP for part in held):
            alarmed = True
            break
    last, plant = seen(given, end, weights, threshold)
    return alarmed, int((last.p_bot[plant == -2] >= threshold).sum()), len(day)
