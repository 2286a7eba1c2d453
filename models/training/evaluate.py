"""Measure a reader on a folder of labelled rows: every set, every language, with intervals.

Works on any folder of the corpus shape: what a row is measured by follows from what it carries, a
rating (`value`, `scale`), a sentiment or authorship (`label`), or emotions and touchpoints (`labels`
with a `taxonomy`). Set names need not be known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.reader import Reader
from models.training import metrics
from models.training.baselines import baseline_figures
from models.training.corpora import CorpusError, Row, joined, read_rows
from models.training.judging import METRICS, Part, kinds_of, native_scores
from models.training.metrics import Metric

Progress = Callable[[int, int], None]
DRAWS = 400
SMALLEST = 10
"""Languages with fewer rows in a set are not reported on their own."""


def corpus_files(root: Path) -> list[Path]:
    """Every .jsonl and .jsonl.gz under the folder."""
    found = sorted(p for p in root.rglob("*") if p.name.endswith((".jsonl", ".jsonl.gz")))
    if not found:
        raise CorpusError(f"no .jsonl or .jsonl.gz under {root}; name the folder that holds the sets")
    return found


def evaluate(
    corpus: Path,
    split: str | None = None,
    *,
    reader: Reader | None = None,
    limit: int | None = None,
    baselines: bool = True,
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Figures of a reader on every set under `corpus`, as plain data that `json` can write.

    `draws` is the number of bootstrap resamples; `limit` takes a seeded sample of each set only. Baselines
    learn from the `train` rows of the same file and need scikit-learn; without it or without train rows
    only the constant ones are given.
    """
    reader = reader or Reader()
    sets: dict[str, dict[str, Any]] = {}
    for path in corpus_files(corpus):
        for name, rows in _by_set(path, split).items():
            chosen = _sample(rows, limit)
            key = name if name not in sets else f"{path.parent.name}/{name}"
            sets[key] = _set_report(chosen, Measured(reader, path if baselines else None, draws, progress))
    return {"model": reader.model, "split": split or "all", "sets": sets, "pooled": _pooled(sets, draws)}


@dataclass(frozen=True)
class Measured:
    """Who is measured and how: the reader, where baselines learn, bootstrap draws."""

    reader: Reader
    train: Path | None
    draws: int
    progress: Progress | None


def _by_set(path: Path, split: str | None) -> dict[str, list[Row]]:
    """Rows of a file that can be measured, by the set they name, else by the name of the file."""
    found: dict[str, list[Row]] = {}
    for row in read_rows(path, split):
        if kinds_of(row):
            found.setdefault(str(row.get("set") or path.name.split(".")[0]), []).append(row)
    return found


def _sample(rows: list[Row], limit: int | None) -> list[Row]:
    if limit is None or len(rows) <= limit:
        return rows
    return [rows[i] for i in np.random.default_rng(len(rows)).permutation(len(rows))[:limit]]


def _set_report(rows: Sequence[Row], measured: Measured) -> dict[str, Any]:
    reader = measured.reader
    texts = [joined(row) for row in rows]
    readings, inventories = reader.examine(texts, [row.get("lang") for row in rows], measured.progress)
    thresholds = reader.description.calibration.thresholds
    whole = Part("", rows, readings, inventories, thresholds)
    report: dict[str, Any] = {
        "n": len(rows),
        "langs": sorted({str(row.get("lang") or "und") for row in rows}),
    }
    kinds = [kinds_of(row) for row in rows]
    for kind in sorted({kind for carried in kinds for kind in carried}):
        places = [i for i, carried in enumerate(kinds) if kind in carried]
        part = replace(whole.at(places), kind=kind)
        report[kind] = _figures(part, measured.draws)
        report[kind]["languages"] = _by_language(part, measured.draws)
        report[kind]["baselines"] = baseline_figures(kind, part.rows, measured.train)
        report["_pool"] = report.get("_pool", []) + ([_pool(part)] if kind == "score" else [])
    return report


def _by_language(part: Part, draws: int) -> dict[str, Any]:
    langs = np.array([str(row.get("lang") or "und") for row in part.rows])
    report = {}
    for lang in np.unique(langs):
        places = np.flatnonzero(langs == lang)
        if SMALLEST <= len(places) < len(langs):
            report[str(lang)] = _figures(part.at(places), draws)
    return report


def _figures(part: Part, draws: int) -> dict[str, Any]:
    estimates = {
        name: metrics.bootstrap(metric, n, draws).plain()
        for name, (metric, n) in METRICS[part.kind](part).items()
    }
    return {"n": len(part.rows), "metrics": estimates}


def _pool(part: Part) -> list[NDArray[Any]]:
    return [native_scores(part.rows)[1], part.readings.p_detractor, part.readings.p_promoter]


def _pooled(sets: dict[str, dict[str, Any]], draws: int) -> dict[str, Any]:
    """Calibration over all rated rows together."""
    pools = [pool for report in sets.values() for pool in report.pop("_pool", [])]
    if not pools:
        return {}
    classes, detractor, promoter = (np.concatenate([pool[k] for pool in pools]) for k in range(3))
    figures: dict[str, Metric] = {
        "ece_detractor": lambda i: metrics.calibration_error(classes[i] == 0, detractor[i]),
        "ece_promoter": lambda i: metrics.calibration_error(classes[i] == 2, promoter[i]),
    }
    n = len(classes)
    return {
        "n": n,
        "metrics": {k: metrics.bootstrap(m, n, draws).plain() for k, m in figures.items()},
        "reliability": {
            "detractor": metrics.reliability(classes == 0, detractor),
            "promoter": metrics.reliability(classes == 2, promoter),
        },
    }
