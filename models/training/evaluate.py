"""Measure a reader on a folder of labelled rows: every set, every language, with intervals.

Works on any folder of the corpus shape: what a row is measured by follows from what it carries, a
rating (`value`, `scale`), a sentiment or authorship (`label`), or emotions and touchpoints (`labels`
with a `taxonomy`). Set names need not be known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.reader import Reader
from models.readings import EMOTIONS, Readings
from models.training import metrics
from models.training.baselines import baseline_figures
from models.training.batches import touchpoint_labels
from models.training.corpora import CorpusError, Row, joined, read_rows
from models.training.labels import (
    INVENTORIES,
    POLARITIES,
    SENTIMENTS,
    allowed_scores,
    footprint_children,
    footprint_of,
    head_of,
)
from models.training.metrics import Metric

Progress = Callable[[int, int], None]
AUTHORSHIP = ("genuine", "generated")
CLASS_EDGES = (7, 9)
DRAWS = 400
SMALLEST = 10
"""Languages with fewer rows in a set are not reported on their own."""


@dataclass(frozen=True)
class Part:
    """Rows of one set that carry one kind of label, with what the reader said of them."""

    kind: str
    rows: Sequence[Row]
    readings: Readings
    inventories: Mapping[str, NDArray[np.float32]]
    thresholds: Mapping[str, Sequence[float]]

    def at(self, places: Sequence[int] | NDArray[np.intp]) -> Part:
        """The same for some of the rows."""
        index = np.asarray(places, dtype=np.intp)
        return replace(
            self,
            rows=[self.rows[i] for i in index],
            readings=select(self.readings, index),
            inventories={name: values[index] for name, values in self.inventories.items()},
        )


def corpus_files(root: Path) -> list[Path]:
    """Every .jsonl and .jsonl.gz under the folder."""
    found = sorted(p for p in root.rglob("*") if p.name.endswith((".jsonl", ".jsonl.gz")))
    if not found:
        raise CorpusError(f"no .jsonl or .jsonl.gz under {root}; name the folder that holds the sets")
    return found


def kind_of(row: Row) -> str | None:
    """What a row can be measured by; None for labels that no output of the reader answers."""
    if row.get("value") is not None and row.get("scale"):
        return "score"
    if row.get("label") in SENTIMENTS:
        return "sentiment"
    if row.get("label") in AUTHORSHIP:
        return "authorship"
    if row.get("taxonomy") in INVENTORIES:
        return "emotion"
    if row.get("taxonomy") and isinstance(row.get("labels"), list):
        return "touchpoint"
    return None


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
        if kind_of(row):
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
    report: dict[str, Any] = {"n": len(rows)}
    for kind in sorted({str(kind_of(row)) for row in rows}):
        places = [i for i, row in enumerate(rows) if kind_of(row) == kind]
        part = replace(whole.at(places), kind=kind)
        report[kind] = _figures(part, measured.draws)
        report[kind]["languages"] = _by_language(part, measured.draws)
        report[kind]["baselines"] = baseline_figures(kind, part.rows, measured.train)
        report["_pool"] = report.get("_pool", []) + ([_pool(part)] if kind == "score" else [])
    return report


def select(readings: Readings, index: NDArray[np.intp]) -> Readings:
    """The readings at the given places."""
    columns = {name: getattr(readings, name) for name in Readings.__slots__}
    picked = {
        name: column[index] if isinstance(column, np.ndarray) else [column[i] for i in index]
        for name, column in columns.items()
        if isinstance(column, np.ndarray | list)
    }
    return Readings(**{**columns, **picked})


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


Metrics = dict[str, tuple[Metric, int]]


def native_scores(rows: Iterable[Row]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Ratings as the middle of the 0..10 interval they allow, and as class 0, 1, 2 (NPS)."""
    allowed = [allowed_scores(float(r["value"]), *(float(end) for end in r["scale"])) for r in rows]
    middle = np.array([(a[0] + a[-1]) / 2 for a in allowed])
    return middle, np.digitize(np.array([(a[0] + a[-1]) / 2 for a in allowed]), CLASS_EDGES)


def _score_metrics(part: Part) -> Metrics:
    """r against the published value; error and NPS on 0..10; calibration of the two probabilities."""
    read, n = part.readings, len(part.rows)
    value = np.array([float(row["value"]) for row in part.rows])
    middle, classes = native_scores(part.rows)
    balance = 100.0 * (read.p_promoter - read.p_detractor).astype(float)

    def nps_error(i: NDArray[np.intp]) -> float:
        return abs(float(balance[i].mean()) - metrics.net_promoters(classes[i]))

    found: dict[str, Metric] = {
        "r": lambda i: metrics.pearson(value[i], read.score[i]),
        "mae": lambda i: metrics.mean_absolute(middle[i], read.score[i]),
        "nps_error": nps_error,
        "nps_native": lambda i: metrics.net_promoters(classes[i]),
        "nps_read": lambda i: float(balance[i].mean()),
        "ece_promoter": lambda i: metrics.calibration_error(classes[i] == 2, read.p_promoter[i]),
        "ece_detractor": lambda i: metrics.calibration_error(classes[i] == 0, read.p_detractor[i]),
    }
    return {name: (metric, n) for name, metric in (found | _star_metrics(part)).items()}


def _star_metrics(part: Part) -> dict[str, Metric]:
    scales = {tuple(row["scale"]) for row in part.rows}
    if scales not in ({(1, 5)}, {(0, 5)}):
        return {}
    low = int(next(iter(scales))[0])
    truth = np.array([int(np.floor(float(row["value"]) + 0.5)) for row in part.rows])
    steps = [allowed_scores(star, low, 5) for star in range(max(low, 1), 6)]
    mass = np.stack([part.readings.scores[:, list(step)].sum(1) for step in steps], axis=1)
    guess = mass.argmax(1) + 1
    truth = np.maximum(truth, 1)
    return {
        "stars_exact": lambda i: metrics.within(truth[i], guess[i]),
        "stars_within_one": lambda i: metrics.within(truth[i], guess[i], 1),
    }


def sentiment_classes(readings: Readings) -> NDArray[np.intp]:
    """0 negative, 1 neutral, 2 positive: the likeliest of the scores 0-4, 5-7, 8-10."""
    scores = readings.scores
    mass = np.stack([scores[:, :5].sum(1), scores[:, 5:8].sum(1), scores[:, 8:].sum(1)], axis=1)
    guess: NDArray[np.intp] = mass.argmax(1)
    return guess


def _sentiment_metrics(part: Part) -> Metrics:
    truth = np.array([SENTIMENTS.index(row["label"]) for row in part.rows])
    guess, n = sentiment_classes(part.readings), len(part.rows)
    polar = np.flatnonzero(truth != 1)
    present = sorted(set(truth.tolist()))
    found: Metrics = {
        "macro_f1": (lambda i: metrics.class_f1(truth[i], guess[i], present), n),
        "accuracy": (lambda i: float((truth[i] == guess[i]).mean()), n),
    }
    if len(polar):
        sign, score = truth[polar] == 2, part.readings.score[polar]
        found["auc_positive_negative"] = (lambda i: metrics.auc(sign[i], score[i]), len(polar))
    return found


def _authorship_metrics(part: Part) -> Metrics:
    truth = np.array([row["label"] == "generated" for row in part.rows])
    p = part.readings.p_generated
    if p is None:
        return {}
    return {"auc": (lambda i: metrics.auc(truth[i], p[i]), len(truth))}


def _emotion_metrics(part: Part) -> Metrics:
    """Macro-F1 in the inventory's own words, and on the footprint where the inventory is fine enough."""
    found: Metrics = {}
    for taxonomy in sorted({str(row["taxonomy"]) for row in part.rows}):
        places = np.flatnonzero([row["taxonomy"] == taxonomy for row in part.rows])
        rows = [part.rows[int(i)] for i in places]
        names = INVENTORIES[taxonomy]
        truth = np.array([[name in row["labels"] for name in names] for row in rows])
        found[f"macro_f1_{taxonomy}"] = (_decision_f1(truth, _own_words(part, taxonomy, places)), len(rows))
        through = coarse_probabilities(part.readings.emotions[places], taxonomy)
        found[f"mean_auc_{taxonomy}_footprint"] = (_mean_auc(truth, through), len(rows))
        if taxonomy == "goemotions28":
            twelve = np.array([footprint_of(row["labels"]) for row in rows], dtype=bool)
            limits = np.asarray(part.thresholds.get("footprint", [0.5] * len(EMOTIONS)))
            found["macro_f1_footprint12"] = (
                _decision_f1(twelve, part.readings.emotions[places] >= limits),
                len(rows),
            )
    return found


def _own_words(part: Part, taxonomy: str, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    head = head_of(taxonomy)
    names = INVENTORIES[head]
    columns = [names.index(name) for name in INVENTORIES[taxonomy]]
    if head not in part.inventories:
        return coarse_probabilities(part.readings.emotions[places], taxonomy) >= 0.5
    limits = np.asarray(part.thresholds.get(head, [0.5] * len(names)))
    decided: NDArray[np.bool_] = (part.inventories[head][places] >= limits)[:, columns]
    return decided


def coarse_probabilities(emotions: NDArray[np.float32], taxonomy: str) -> NDArray[np.float64]:
    """Footprint probabilities (n, 12) as those of an inventory (n, k): noisy-or over the children."""
    table = footprint_children(taxonomy)
    places = [[EMOTIONS.index(child) for child in table[name]] for name in INVENTORIES[taxonomy]]
    return np.stack([1 - np.prod(1 - emotions[:, p].astype(float), axis=1) for p in places], axis=1)


def _decision_f1(truth: NDArray[np.bool_], guess: NDArray[np.bool_]) -> Metric:
    return lambda i: metrics.macro_f1(truth[i], guess[i])


def _mean_auc(truth: NDArray[np.bool_], p: NDArray[np.float64]) -> Metric:
    def mean(i: NDArray[np.intp]) -> float:
        each = [metrics.auc(truth[i, k], p[i, k]) for k in range(truth.shape[1])]
        found = [value for value in each if np.isfinite(value)]
        return float(np.mean(found)) if found else float("nan")

    return mean


def _touchpoint_metrics(part: Part) -> Metrics:
    """Presence (macro-F1 over what the inventory can tell) and polarity of those found and labelled."""
    labels = [touchpoint_labels(row) for row in part.rows]
    present, known, polarity = (np.array([label[k] for label in labels]) for k in range(3))
    if part.readings.touchpoints is None or not known.any():
        return {}
    found, sign = _found_touchpoints(part.readings, present.shape[1])
    judged = known.all(0) if known.all(0).any() else known.any(0)
    n = len(labels)
    result: Metrics = {"macro_f1": (_decision_f1(present[:, judged] > 0, found[:, judged]), n)}
    both = found & (present > 0) & (polarity >= 0)
    truth, guess = polarity[both], sign[both]
    if len(truth):
        result["polarity_accuracy"] = (lambda i: float((truth[i] == guess[i]).mean()), len(truth))
    return result


def _found_touchpoints(readings: Readings, width: int) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    from models.training.labels import TOUCHPOINTS

    found = np.zeros((len(readings), width), dtype=bool)
    sign = np.full((len(readings), width), POLARITIES.index("neutral"), dtype=np.intp)
    for row, points in enumerate(readings.touchpoints or []):
        for point in points:
            place = TOUCHPOINTS.index(point.name)
            found[row, place] = True
            sign[row, place] = int(np.digitize(point.polarity, (-1 / 3, 1 / 3)))
    return found, sign


METRICS: Mapping[str, Callable[[Part], Metrics]] = {
    "score": _score_metrics,
    "sentiment": _sentiment_metrics,
    "authorship": _authorship_metrics,
    "emotion": _emotion_metrics,
    "touchpoint": _touchpoint_metrics,
}


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
    return {"n": n, "metrics": {k: metrics.bootstrap(m, n, draws).plain() for k, m in figures.items()}}
