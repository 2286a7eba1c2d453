"""p_bot of each mention: a logistic combination of signals, with the reasons that carry it.

The weights stand in suspicion.json with how they were fitted (`sayso bench campaigns --fit`): on streams with
planted campaigns, so p_bot is calibrated to their share of planted mentions, which the file states.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from pipeline.alike import KINDS, Alike
from pipeline.stream import Floats, Rows, Stream
from pipeline.waves import Wave

SIGNALS = (*KINDS, "wave", "new_accounts", "burst", "lockstep", "generated")
"""wave: the unexpected part of a suspect wave; new_accounts: how odd its accounts are; burst: the
unexpected part of a wave whose accounts are not known; where they are the usual ones they clear it."""
REASON_LEAST = 0.5
"""A signal is named as a reason where it adds so much to the log-odds."""
_MOST_ODD = 5.0
_RAMPS = {
    "copies": (0.7, 1.2), "near_copies": (0.5, 1.2), "template": (0.7, 1.6), "paraphrase": (1.0, 3.0),
    "wave": (0.4, 0.85),
}  # fmt: skip
"""From where to where a signal grows, from nothing to all that it says: two who say the same say nothing
(0.69), four do (1.39); half of a wave is no majority."""
SLACK_DAYS = 2.0
"""The same wording so long before or after a wave belongs to it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds per unit of each signal, and of a mention without any."""

    intercept: float
    signals: Mapping[str, float]

    def p_bot(self, found: Mapping[str, Floats]) -> Floats:
        """(n,) probability of each mention."""
        odds = self.intercept + sum(self.signals[name] * found[name] for name in SIGNALS)
        return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(odds, dtype=float))))

    def reasons(self, found: Mapping[str, Floats], row: int) -> list[str]:
        """The signals that speak for it, the strongest first."""
        added = {name: self.signals[name] * float(found[name][row]) for name in SIGNALS}
        named = [name for name, value in added.items() if value >= REASON_LEAST]
        return sorted(named, key=lambda name: -added[name])


@cache
def shipped_weights() -> Weights:
    """Those of suspicion.json."""
    told = json.loads((files("pipeline") / "suspicion.json").read_text(encoding="utf-8"))
    return Weights(float(told["intercept"]), {name: float(told["signals"][name]) for name in SIGNALS})


def signals(
    stream: Stream, wordings: Alike, found: Mapping[str, list[Wave]], together: Floats
) -> dict[str, Floats]:
    """(n,) each signal of each mention. `found`: the waves of each brand; `together`: how strongly its
    author acts in lockstep."""
    columns = {name: np.zeros(len(stream)) for name in SIGNALS}
    # One wording is told once, by its strongest form: the same words are near-copies too.
    best = np.stack([wordings.strength[kind] for kind in KINDS]).max(axis=0)
    taken = best <= 0
    for kind in KINDS:
        mine = (wordings.strength[kind] >= best - 1e-9) & ~taken
        columns[kind] = np.where(mine, _ramp(best, *_RAMPS[kind]), 0.0)
        taken |= mine
    for brand, waves in found.items():
        for wave in waves:
            _add(columns, stream.brands[brand], stream, wordings, wave)
    columns["wave"] = _ramp(columns["wave"], *_RAMPS["wave"])
    columns["lockstep"] = together
    columns["generated"] = _generated(stream, best > 0)
    return columns


def _add(columns: dict[str, Floats], own: Rows, stream: Stream, wordings: Alike, wave: Wave) -> None:
    if not wave.suspect:
        if not wave.cleared:
            _raise(columns["burst"], wave.rows, wave.posterior)
        # Whom one event moves means much the same: that is no paraphrase.
        columns["paraphrase"][wave.rows] = 0.0
        return
    odd = min(-np.log10(max(wave.odd, 1e-12)), _MOST_ODD) / _MOST_ODD
    _raise(columns["wave"], wave.rows, wave.posterior)
    _raise(columns["new_accounts"], wave.rows, odd * wave.posterior)
    company = _company(own, stream, wordings, wave)
    _raise(columns["wave"], company, np.full(len(company), float(wave.posterior.mean())))


def _company(own: Rows, stream: Stream, wordings: Alike, wave: Wave) -> Rows:
    """Mentions of the same days that share a wording with two of the wave, however they were read."""
    near = own[(stream.day[own] > wave.start - SLACK_DAYS) & (stream.day[own] <= wave.end + SLACK_DAYS)]
    names, counts = np.unique(wordings.group[wave.rows], return_counts=True)
    return near[np.isin(wordings.group[near], names[counts >= 2])]


def _ramp(values: Floats, low: float, high: float) -> Floats:
    return np.clip((values - low) / (high - low), 0.0, 1.0)


def _raise(column: Floats, rows: Rows, values: Floats) -> None:
    column[rows] = np.maximum(column[rows], values)


def _generated(stream: Stream, suspected: NDArray[np.bool_]) -> Floats:
    """Wording is a weak vote: it counts only for what something else makes suspect."""
    told = np.nan_to_num(stream.generated)
    usual = float(np.median(told)) if len(told) else 0.0
    return np.where(suspected, np.clip(told - usual, 0, 1), 0.0)
