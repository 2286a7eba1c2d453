"""How far estimates of the NPS are from the ratings themselves: by method, label budget and mix."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from pipeline.errors import InputError
from pipeline.nps_groups import Groups, all_groups
from pipeline.nps_judge import BUDGETS, Judge, Outcome
from pipeline.progress import Progress, silent
from pipeline.rated_texts import RatedSet, rated_sets, read_sets
from pipeline.reader_error import FEWEST_DOMAINS, METRICS, SMALLEST_DOMAIN, between_domains
from pipeline.reading_cache import Posteriors, ReadingCache, cache_folder

WANTED = 60
"""Artificial groups of each size a set, if it can supply them."""
LIMIT = 1500
"""Rows of a set and split that are read, unless all are asked for."""
FIT_ROWS = 600
"""Rows a set for fitting, where other rows are scored."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is drawn: artificial groups of each size a set, rows a set and split, seed."""

    wanted: int = WANTED
    limit: int | None = LIMIT
    seed: int = 0


def evaluate_nps(
    corpus: Path,
    split: str | None = None,
    *,
    model: str,
    load: Callable[[], Posteriors],
    cache: Path | None = None,
    settings: Settings = Settings(),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Figures of every method on the groups of the sets under `corpus`, as plain data.

    Groups are made of the rows of `split` (None: of all). What needs fitting is fitted on rows that are not
    in the group: the set's own marked `train`, else those of the other sets, else what there is (`fits` says
    what it was). A row whose rating tells no class is left out and counted.
    Readings of `model` are kept under `cache`; `load` makes the reader if texts are new. Raises InputError
    where nothing can be measured.
    """
    sets = rated_sets(corpus, split, settings.limit, FIT_ROWS)
    kept = ReadingCache(cache or cache_folder(), model, load)
    wanted = rated_rows(sets, split)
    readable = read_sets(sets, kept, progress)
    return {
        "model": model,
        "split": split or "all",
        "limit": settings.limit,
        "seed": settings.seed,
        "rows": wanted,
        **measured(readable, split, settings, progress),
    }


def rated_rows(sets: Sequence[RatedSet], split: str | None) -> dict[str, dict[str, int]]:
    """By set: rows that are scored, for fitting, left out. Raises InputError where none are scored."""
    counts = {
        item.name: {
            "scored": int(item.scored(split).sum()),
            "train": int(item.train.sum()),
            "left_out": item.left_out,
        }
        for item in sets
    }
    if not any(count["scored"] for count in counts.values()):
        raise InputError(
            f"No rated rows of split {split!r}",
            where="--split",
            next_step="leave --split out, or name another",
        )
    return counts


def measured(
    sets: Sequence[RatedSet], split: str | None, settings: Settings, progress: Progress = silent
) -> dict[str, Any]:
    """The figures of sets that were read: groups, fits, budgets."""
    scored = {item.name: item.at(item.scored(split)) for item in sets if item.scored(split).any()}
    groups = all_groups(scored.values(), settings.wanted, settings.seed)
    judge = Judge(sets, scored, settings.seed)
    found: dict[int, dict[str, list[Outcome]]] = {budget: {} for budget in (0, *BUDGETS)}
    for done, group in enumerate(groups.groups):
        for budget, outcomes in judge.outcomes(group).items():
            for name, outcome in outcomes.items():
                found[budget].setdefault(name, []).append(outcome)
        progress("groups judged", done + 1, len(groups.groups))
    return {
        "groups": _counted(groups),
        "fits": judge.fits(),
        "budgets": {str(budget): _budget(budget, methods) for budget, methods in found.items()},
    }


def keep_figures(figures: dict[str, Any], folder: Path | None = None) -> Path:
    """Write the figures under `nps` of the metrics beside the weights: the reader's error comes from there.

    `between_domains` is what the mean of the readings misses by on whole sets, which no correction takes off.
    Raises InputError if the file is not there.
    """
    path = (folder or METRICS.parent) / METRICS.name
    if not path.is_file():
        raise InputError(
            "No metrics beside the weights", where=str(path), next_step="measure the weights first"
        )
    measured: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    wholes = figures["budgets"]["0"]["methods"]["PCC"]["natural"]["groups"]
    domains = [wholes[name] for name in figures["rows"] if name in wholes]
    errors = [domain["error"] for domain in domains if domain["n"] >= SMALLEST_DOMAIN]
    found = dict(figures)
    if len(errors) >= FEWEST_DOMAINS:
        points = round(between_domains(errors, [0.0] * len(errors)), 2)
        found["between_domains"] = {"points": points, "domains": len(errors)}
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(measured | {"nps": found}, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
    return path


def _counted(groups: Groups) -> dict[str, Any]:
    natural = [group for group in groups.groups if group.natural]
    return {
        "natural": {group.name: group.size for group in natural},
        "prevalence": {
            name: sum(g.mix is not None and f"{g.home}/{g.size}" == name for g in groups.groups)
            for name in groups.skipped
        },
        "skipped_mixes": groups.skipped,
    }


def _budget(budget: int, methods: dict[str, list[Outcome]]) -> dict[str, Any]:
    return {
        "labels_of_the_target": budget,
        "methods": {name: _method(found) for name, found in methods.items()},
    }


def _method(found: Sequence[Outcome]) -> dict[str, Any]:
    natural = [outcome for outcome in found if outcome.group.natural]
    artificial = [outcome for outcome in found if not outcome.group.natural]
    sizes = sorted({outcome.group.size for outcome in artificial})
    return {
        "natural": _errors(natural) | {"groups": {o.group.name: _natural(o) for o in natural}},
        "prevalence": {str(n): _errors([o for o in artificial if o.group.size == n]) for n in sizes},
        "coverage": _coverage([outcome.held for outcome in found]),
        "coverage_of_the_drawn_mix": _coverage([o.held_mix for o in artificial if o.held_mix is not None]),
        "mean_width": _rounded([outcome.width for outcome in found]),
    }


def _natural(outcome: Outcome) -> dict[str, Any]:
    return {
        "n": outcome.group.size,
        "error": round(outcome.error, 2),
        "noise_floor": round(outcome.floor, 2),
        "held": outcome.held,
    }


def _errors(found: Sequence[Outcome]) -> dict[str, Any]:
    absolute = [abs(outcome.error) for outcome in found]
    return {
        "n": len(found),
        "mean": _rounded(absolute),
        "median": round(float(np.median(absolute)), 2) if absolute else None,
        "bias": _rounded([outcome.error for outcome in found]),
        "noise_floor": _rounded([outcome.floor for outcome in found]),
        "by_set": {
            home: _rounded([abs(o.error) for o in found if o.group.home == home])
            for home in dict.fromkeys(outcome.group.home for outcome in found)
        },
    }


def _rounded(values: Iterable[float]) -> float | None:
    listed = list(values)
    return round(float(np.mean(listed)), 2) if listed else None


def _coverage(held: Sequence[bool]) -> dict[str, Any]:
    """How often an interval held, with its exact binomial interval (Clopper and Pearson 1934)."""
    n, k = len(held), sum(held)
    if not n:
        return {"groups": 0, "share": None, "low": None, "high": None}
    exact = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    return {
        "groups": n,
        "share": round(k / n, 4),
        "low": round(float(exact.low), 4),
        "high": round(float(exact.high), 4),
    }
