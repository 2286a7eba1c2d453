"""The weights of p_bot, fitted on streams with planted campaigns: logistic regression, no signal may speak
for a mention being authentic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pipeline.campaign_bench import SIGNAL_SETS, Settings, crises, rounds
from pipeline.detection import looked
from pipeline.labelled_streams import Base
from pipeline.progress import Progress, silent
from pipeline.replay import HISTORY_DAYS, live
from pipeline.stream import Floats
from pipeline.suspicion import SIGNALS, signals

_PULL = 0.02
"""Ridge: a signal that hardly ever speaks keeps a small weight."""
PREVALENCE = 0.2
"""Share of planted mentions that p_bot is calibrated to: theirs around campaigns is far higher than in a
year."""
_CHOSEN = {"lockstep": 1.5, "generated": 0.5, "paraphrase": 0.6}
"""Signals that planted streams cannot teach (no targets, no readings): chosen weights, said to be."""


@dataclass(frozen=True, slots=True)
class Examples:
    """m mentions around planted campaigns and crises: (m, signals) and whether each was planted."""

    signals: Floats
    planted: NDArray[np.bool_]


def examples(given: Sequence[Base], settings: Settings, progress: Progress = silent) -> Examples:
    """What the weights are fitted on."""
    found: list[tuple[Floats, NDArray[np.bool_]]] = []
    for done, base in enumerate(given, 1):
        found += _looks(base, settings)
        progress("streams looked at", done, len(given))
    return Examples(np.concatenate([x for x, _ in found]), np.concatenate([y for _, y in found]))


def fit(seen: Examples, sets: Sequence[str], seed: int) -> dict[str, Any]:
    """The content of suspicion.json: weights, and what they were made from."""
    x, y = seen.signals, seen.planted
    share = float(y.mean())
    mass = np.where(y, PREVALENCE / share, (1 - PREVALENCE) / (1 - share))
    weights = _in_order(_logistic(x, y, mass))
    return {
        "intercept": round(weights[0], 4),
        "signals": {name: round(value, 4) for name, value in zip(SIGNALS, weights[1:], strict=True)},
        "made": {
            "by": "sayso bench campaigns --fit", "sets": list(sets), "seed": seed, "mentions": len(y),
            "planted": int(y.sum()), "calibrated_to_a_planted_share_of": PREVALENCE,
            "chosen_not_fitted": sorted(_CHOSEN), "signal_sets": list(SIGNAL_SETS),
        },
    }  # fmt: skip


def keep(told: dict[str, Any], path: Path | None = None) -> Path:
    """Write the weights where the package reads them."""
    place = path or Path(__file__).with_name("suspicion.json")
    place.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return place


def _looks(base: Base, settings: Settings) -> list[tuple[Floats, NDArray[np.bool_]]]:
    """Signals and truth of the mentions around each campaign, while it runs and at its end, in every signal
    set."""
    found = []
    for table, plans in rounds(base, settings):
        moments = [
            (plan.start, at)
            for plan in plans
            for at in (plan.start + (plan.end - plan.start) / 2, plan.end + 0.5)
        ]
        found += _seen(table, moments)
    for table in crises(base, settings):
        day = table.day[table.plant == -2]
        found += _seen(table, [(float(day.min()), float(day.max()))])
    return found


def _seen(table: Any, moments: list[tuple[float, float]]) -> list[tuple[Floats, NDArray[np.bool_]]]:
    whole = live(table)
    found = []
    for hidden in SIGNAL_SETS.values():
        stream = whole.stream.without(*hidden)
        for start, at in moments:
            part = stream.until(at, at - HISTORY_DAYS)
            low, high = np.searchsorted(stream.day, [at - HISTORY_DAYS, at], side="right")
            wordings, waves, together, _ = looked(part)
            columns = signals(part, wordings, waves, together)
            near = part.day >= start - 7.0
            found.append(
                (
                    np.stack([columns[name] for name in SIGNALS], axis=1)[near],
                    whole.plant[low:high][near] >= 0,
                )
            )
    return found


def _in_order(weights: list[float]) -> list[float]:
    """The very same words say no less than nearly the same, these no less than a template."""
    told = dict(zip(SIGNALS, weights[1:], strict=True))
    for more, less in (("near_copies", "template"), ("copies", "near_copies")):
        told[more] = max(told[more], told[less])
    return [weights[0], *(told[name] for name in SIGNALS)]


def _logistic(x: Floats, y: NDArray[np.bool_], mass: Floats) -> list[float]:
    """Intercept and weights >= 0 of m examples that count `mass` each; chosen ones stay."""
    fixed = {SIGNALS.index(name): value for name, value in _CHOSEN.items()}
    bounds = [(None, None)] + [(fixed.get(i, 0.0), fixed.get(i, 14.0)) for i in range(len(SIGNALS))]
    start = np.array([-4.0] + [fixed.get(i, 1.0) for i in range(len(SIGNALS))])

    def loss(w: Floats) -> tuple[float, Floats]:
        odds = w[0] + x @ w[1:]
        error = mass * (1 / (1 + np.exp(-odds)) - y)
        value = (mass * (np.logaddexp(0, odds) - odds * y)).sum() + _PULL * (w[1:] ** 2).sum() / 2
        return float(value), np.concatenate([[error.sum()], x.T @ error + _PULL * w[1:]])

    return [float(value) for value in minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x]
