"""What a labelled row can be measured by, and the metrics of each kind of label.

A kind follows from what a row carries; a row of our own sets carries several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.readings import EMOTIONS, SPEAKERS, Readings
from models.training import metrics
from models.training.batches import stance, touchpoint_labels
from models.training.corpora import Row
from models.training.labels import (
    INVENTORIES,
    OWN_TOUCHPOINTS,
    POLARITIES,
    SENTIMENTS,
    STANCES,
    TOUCHPOINTS,
    allowed_scores,
    footprint_children,
    footprint_of,
    head_of,
)
from models.training.metrics import Metric

AUTHORSHIP = ("genuine", "generated")
CLASS_EDGES = (7, 9)


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


def kinds_of(row: Row) -> list[str]:
    """What a row can be measured by; empty for labels that no output of the reader answers."""
    rated = row.get("value") is not None and bool(row.get("scale"))
    emotions = row.get("taxonomy") in INVENTORIES
    aspects = bool(row.get("taxonomy")) and isinstance(row.get("labels"), list) and not emotions
    meta = row.get("meta") or {}
    found = {
        "score": rated,
        "sentiment": not rated and row.get("label") in SENTIMENTS,
        "authorship": row.get("label") in AUTHORSHIP,
        "emotion": emotions,
        "touchpoint": aspects or OWN_TOUCHPOINTS in meta,
        "stance": any(stance(row, question) >= 0 for question in STANCES),
    }
    return [kind for kind, carried in found.items() if carried]


def select(readings: Readings, index: NDArray[np.intp]) -> Readings:
    """The readings at the given places."""
    columns = {name: getattr(readings, name) for name in Readings.__slots__}
    picked = {
        name: column[index] if isinstance(column, np.ndarray) else [column[i] for i in index]
        for name, column in columns.items()
        if isinstance(column, np.ndarray | list)
    }
    return Readings(**{**columns, **picked})


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
            found["macro_f1_footprint12"] = (_decision_f1(twelve, _footprint(part, places)), len(rows))
    return found


def _footprint(part: Part, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    limits = np.asarray(part.thresholds.get("footprint", [0.5] * len(EMOTIONS)))
    present: NDArray[np.bool_] = part.readings.emotions[places] >= limits
    return present


def _own_words(part: Part, taxonomy: str, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    if taxonomy == "footprint12":
        return _footprint(part, places)
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
    found = np.zeros((len(readings), width), dtype=bool)
    sign = np.full((len(readings), width), POLARITIES.index("neutral"), dtype=np.intp)
    for row, points in enumerate(readings.touchpoints or []):
        for point in points:
            place = TOUCHPOINTS.index(point.name)
            found[row, place] = True
            sign[row, place] = int(np.digitize(point.polarity, (-1 / 3, 1 / 3)))
    return found, sign


def _stance_metrics(part: Part) -> Metrics:
    """Macro-F1 of each question's answers, by the likeliest; AUC of leaving."""
    found: Metrics = {}
    for question, guess in stance_guesses(part.readings).items():
        answers = np.array([stance(row, question) for row in part.rows])
        asked = np.flatnonzero(answers >= 0)
        truth, said = answers[asked], guess[asked]
        classes = sorted(set(truth.tolist()))
        if classes:
            found[f"macro_f1_{question}"] = (_class_f1(truth, said, classes), len(asked))
    p = part.readings.leaving
    truth = np.array([stance(row, "leaving") for row in part.rows])
    if p is not None and (truth >= 0).all():
        found["auc_leaving"] = (lambda i: metrics.auc(truth[i] == 1, p[i]), len(truth))
    return found


def _class_f1(truth: NDArray[np.intp], guess: NDArray[np.intp], classes: Sequence[int]) -> Metric:
    return lambda i: metrics.class_f1(truth[i], guess[i], classes)


def stance_guesses(readings: Readings) -> dict[str, NDArray[np.intp]]:
    """The likeliest answer by question, as places in STANCES, for the questions that are shown."""
    found: dict[str, NDArray[np.intp]] = {}
    for question in ("advocacy", "effort"):
        balance = getattr(readings, question)
        if balance is not None:
            found[question] = np.digitize(balance, (-1 / 3, 1 / 3))
    if readings.leaving is not None:
        found["leaving"] = (readings.leaving >= 0.5).astype(np.intp)
    if readings.speaker is not None:
        found["speaker"] = np.array([SPEAKERS.index(name) for name in readings.speaker], dtype=np.intp)
    return found


METRICS: Mapping[str, Callable[[Part], Metrics]] = {
    "score": _score_metrics,
    "sentiment": _sentiment_metrics,
    "authorship": _authorship_metrics,
    "emotion": _emotion_metrics,
    "touchpoint": _touchpoint_metrics,
    "stance": _stance_metrics,
}
