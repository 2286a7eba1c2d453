"""How well detection does on planted campaigns: recall, precision, false alarms, hours, by signal set; and
its fit.

Campaigns are planted into real streams (labelled_streams says what of them is simulated) and looked at
every hour of stream time. Each figure is given for what a stream may know: `text` (a day, no minute, no
author), `minutes`, `accounts` (and ages).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline import planting
from pipeline.labelled_streams import Base, Table
from pipeline.planting import Plan, planted
from pipeline.progress import Progress, silent
from pipeline.replay import Found, Live, false_alarms, follow, live, watch_crises
from pipeline.suspicion import Weights

SIGNAL_SETS: dict[str, tuple[str, ...]] = {
    "text": ("minutes", "accounts"), "minutes": ("accounts",), "accounts": (),
}  # fmt: skip
"""What is hidden of the stream in each."""
HARD_SIZE, HARD_HOURS = 30, 72.0
_WARM = 0.4
"""Campaigns begin after this part of a stream: before, nothing is usual yet."""
_APART_DAYS = 90.0
"""Further than what detection takes for usual reaches back: an earlier campaign must not stand in the
baseline."""
_SHORT_DAYS = 60.0
"""A shorter stream holds one campaign at a time."""
CRISIS_SIZES = (30, 80, 200)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is planted: so many campaigns a set; the threshold of set aside; how many untouched brand-years
    at most."""

    plants: int = 36
    threshold: float = 0.8
    untouched: int = 1
    seed: int = 0
    signal_sets: tuple[str, ...] = tuple(SIGNAL_SETS)


@dataclass(slots=True)
class Tally:
    """What was seen of one signal set."""

    found: list[Found] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    years: float = 0.0
    crises: int = 0
    crisis_alarms: int = 0
    crisis_flagged: int = 0
    crisis_mentions: int = 0


def bench_campaigns(
    given: Sequence[Base], weights: Weights, settings: Settings, progress: Progress = silent
) -> dict[str, Any]:
    """All figures over all sets, and what was simulated in each."""
    tallies = {name: Tally() for name in settings.signal_sets}
    total, done = len(given) * len(tallies), 0
    for base in given:
        for name, tally in tallies.items():
            _measure(base, SIGNAL_SETS[name], weights, settings, tally)
            done += 1
            progress("detection benched: sets", done, total)
    return {
        "threshold": settings.threshold,
        "sets": [_described(base) for base in given],
        "planted_simulated": "times, authors and ages; templates, paraphrases by changing words",
        "signal_sets": {name: _figures(tally) for name, tally in tallies.items()},
    }


def _described(base: Base) -> dict[str, Any]:
    days = float(np.ptp(base.table.day))
    brands = sorted(set(map(str, base.table.brand)))
    return {
        "set": base.name, "mentions": len(base.table), "brands": len(brands), "days": round(days, 1),
        "mentions_a_brand_day": round(len(base.table) / max(days, 1) / len(brands), 2),
        "minutes": "real" if base.minutes_real else "simulated", "simulated": base.simulated,
    }  # fmt: skip


def _measure(base: Base, hidden: tuple[str, ...], weights: Weights, settings: Settings, tally: Tally) -> None:
    for table, plans in rounds(base, settings):
        given = _hide(live(table), hidden)
        tally.found += [follow(given, plan, weights, settings.threshold) for plan in plans]
    if settings.untouched:
        alarms, years = false_alarms(_hide(live(base.table), hidden), weights, settings.threshold)
        tally.years += years
        tally.alarms += [{"set": base.name, **alarm} for alarm in alarms]
        for table in crises(base, settings):
            alarmed, flagged, size = watch_crises(_hide(live(table), hidden), weights, settings.threshold)
            tally.crises += 1
            tally.crisis_alarms += alarmed
            tally.crisis_flagged += flagged
            tally.crisis_mentions += size


def _hide(given: Live, hidden: tuple[str, ...]) -> Live:
    return Live(given.stream.without(*hidden), given.plant)


def plans(base: Base, settings: Settings) -> list[Plan]:
    """Kinds, sizes and stealth in turn, windows and brands drawn; a window is no longer than a sixth of the
    stream."""
    rng = np.random.default_rng([settings.seed, len(base.table)])
    begun, days = float(base.table.day.min()), float(np.ptp(base.table.day))
    brands = sorted(set(map(str, base.table.brand)))
    fit = [hours for hours in planting.HOURS if hours <= days * 4] or [planting.HOURS[0]]
    offset = int(rng.integers(1_000))
    made = []
    for number in range(settings.plants):
        kind = planting.KINDS[number % 4]
        size = planting.SIZES[(number // 4 + offset) % len(planting.SIZES)]
        hours = HARD_HOURS if kind == "hard" and HARD_HOURS in fit else float(rng.choice(fit))
        made.append(
            Plan(
                number, kind, size, hours, planting.STEALTH[int(rng.integers(3))],
                1 if rng.random() < 0.25 else -1, str(rng.choice(brands)),
                begun + days * float(rng.uniform(_WARM, 0.8)),
            )
        )  # fmt: skip
    return made


def rounds(base: Base, settings: Settings) -> Iterator[tuple[Table, list[Plan]]]:
    """The stream with campaigns that lie apart, as often as all need."""
    left = plans(base, settings)
    length = float(np.ptp(base.table.day))
    rng = np.random.default_rng([settings.seed, 1])
    while left:
        taken: list[Plan] = []
        for plan in list(left):
            apart = all(abs(plan.start - other.start) >= _APART_DAYS for other in taken)
            if not taken or (apart and length >= _SHORT_DAYS):
                taken.append(plan)
                left.remove(plan)
        yield base.table.plus(*(planted(plan, base.table, base.spare, rng) for plan in taken)), taken


def crises(base: Base, settings: Settings) -> Iterator[Table]:
    """The untouched stream with an organic crisis of each size."""
    rng = np.random.default_rng([settings.seed, 2])
    begun, length = float(base.table.day.min()), float(np.ptp(base.table.day))
    brands = sorted(set(map(str, base.table.brand)))
    for number, size in enumerate(CRISIS_SIZES):
        start = begun + length * float(rng.uniform(_WARM, 0.8))
        brand = brands[number % len(brands)]
        yield base.table.plus(planting.crisis(number, brand, start, size, base.table, base.spare, rng))


def _figures(tally: Tally) -> dict[str, Any]:
    worded = [
        item for item in tally.found if item.plan.kind in ("copies", "template") and item.plan.size >= 10
    ]
    hard = [
        item for item in tally.found
        if item.plan.kind == "hard" and item.plan.size >= HARD_SIZE and item.plan.hours <= HARD_HOURS
    ]  # fmt: skip
    large = [item for item in tally.found if item.plan.size >= 10]
    return {
        "copies_and_templates_of_10": _summary(worded),
        "hard_of_30_in_3_days": {**_summary(hard), "curve": _curve(hard)},
        "all_of_10": _summary(large),
        "by_kind": _by(tally.found, lambda f: f.plan.kind),
        "by_size": _by(tally.found, lambda f: f"{f.plan.kind} {f.plan.size}"),
        "by_stealth": _by(tally.found, lambda f: f"{f.plan.kind} {f.plan.stealth}"),
        "by_direction": _by(tally.found, lambda f: "smear" if f.plan.direction < 0 else "boost"),
        "untouched": {
            "brand_years": round(tally.years, 3), "false_campaigns": len(tally.alarms),
            "a_brand_year": round(len(tally.alarms) / tally.years, 3) if tally.years else None,
            "alarms": tally.alarms[:50],
        },
        "organic_crises": {
            "crises": tally.crises, "false_campaigns": tally.crisis_alarms,
            "mentions": tally.crisis_mentions, "set_aside": tally.crisis_flagged,
        },
    }  # fmt: skip


def _by(found: Iterable[Found], key: Callable[[Found], str]) -> dict[str, Any]:
    groups: dict[str, list[Found]] = {}
    for item in found:
        groups.setdefault(key(item), []).append(item)
    return {name: _summary(group) for name, group in sorted(groups.items())}


def _summary(found: Sequence[Found]) -> dict[str, Any]:
    """Recall of campaigns and of mentions, precision of what is set aside, hours from the tenth mention."""
    if not found:
        return {"campaigns": 0}
    hit, flagged, truth = _counts(found)
    hours = [(f.at - f.tenth) * 24 for f in found if f.at is not None and f.plan.size >= 10]
    return {
        "campaigns": len(found),
        "found": round(float(np.mean([f.at is not None for f in found])), 3),
        "recall": round(hit / truth, 3) if truth else None,
        "precision": round(hit / flagged, 3) if flagged else None,
        "median_hours": round(float(np.median(hours)), 2) if hours else None,
    }


def _counts(found: Sequence[Found], threshold: float | None = None) -> tuple[int, int, int]:
    """Planted and set aside, set aside, planted; summed."""
    hit = flagged = truth = 0
    for item in found:
        marks = item.flagged if threshold is None else item.p_bot >= threshold
        hit += int((marks & item.truth).sum())
        flagged += int(marks.sum())
        truth += int(item.truth.sum())
    return hit, flagged, truth


def _curve(found: Sequence[Found]) -> list[dict[str, float | None]]:
    rows: list[dict[str, float | None]] = []
    for threshold in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        hit, flagged, truth = _counts(found, threshold)
        precision = round(hit / flagged, 3) if flagged else None
        rows.append(
            {
                "threshold": threshold,
                "recall": round(hit / truth, 3) if truth else None,
                "precision": precision,
            }
        )
    return rows
