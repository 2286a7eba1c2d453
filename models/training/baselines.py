"""What a reader must beat: constants, and character TF-IDF with ridge trained on the same set."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training import metrics
from models.training.corpora import Row, joined, read_rows
from models.training.labels import INVENTORIES, SENTIMENTS, allowed_scores

TRAIN_ROWS = 8000


def baseline_figures(kind: str, rows: Sequence[Row], path: Path | None) -> dict[str, Any]:
    """Figures of the baselines on these rows, by name; empty for kinds that have none."""
    if kind not in GOALS or path is None:
        return {}
    alike = [row for row in read_rows(path, "train") if _same_kind(row, kind, rows)]
    order = np.random.default_rng(len(alike)).permutation(len(alike))[:TRAIN_ROWS]
    train = [alike[i] for i in order]
    if not train:
        return {"note": "no train rows beside these: nothing to train a baseline on"}
    figures: dict[str, Any] = {"constant": GOALS[kind](train, rows, None)}
    if find_spec("sklearn") is None:
        return figures | {"note": "scikit-learn is not installed: TF-IDF + ridge left out"}
    return figures | {"tfidf_ridge": GOALS[kind](train, rows, _features(train, rows))}


def _same_kind(row: Row, kind: str, rows: Sequence[Row]) -> bool:
    if kind == "score":
        return row.get("value") is not None
    if kind == "sentiment":
        return row.get("label") in SENTIMENTS
    return row.get("taxonomy") == rows[0].get("taxonomy")


Features = tuple[Any, Any]


def _features(train: Sequence[Row], rows: Sequence[Row]) -> Features:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=2, max_features=60_000, sublinear_tf=True
    )
    return vectors.fit_transform([joined(r) for r in train]), vectors.transform([joined(r) for r in rows])


def _predict(features: Features | None, goal: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Ridge on the features, or the mean of the goal, (n, k)."""
    if features is None:
        return np.repeat(goal.mean(0, keepdims=True), n, axis=0)
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=1.0, solver="sparse_cg").fit(features[0], goal)
    return np.asarray(model.predict(features[1]), dtype=float).reshape(n, -1)


def _score(train: Sequence[Row], rows: Sequence[Row], features: Features | None) -> dict[str, float | None]:
    def middle(row: Row) -> float:
        allowed = allowed_scores(float(row["value"]), *(float(end) for end in row["scale"]))
        return (allowed[0] + allowed[-1]) / 2

    goal = np.array([[middle(row)] for row in train])
    truth = np.array([middle(row) for row in rows])
    guess = _predict(features, goal, len(rows))[:, 0]
    return _round({"r": metrics.pearson(truth, guess), "mae": metrics.mean_absolute(truth, guess)})


def _sentiment(
    train: Sequence[Row], rows: Sequence[Row], features: Features | None
) -> dict[str, float | None]:
    goal = np.array([[float(row["label"] == name) for name in SENTIMENTS] for row in train])
    truth = np.array([SENTIMENTS.index(row["label"]) for row in rows])
    p = _predict(features, goal, len(rows))
    polar = truth != 1
    return _round(
        {
            "macro_f1": metrics.class_f1(truth, p.argmax(1), sorted(set(truth.tolist()))),
            "auc_positive_negative": metrics.auc(truth[polar] == 2, (p[:, 2] - p[:, 0])[polar]),
        }
    )


def _emotion(train: Sequence[Row], rows: Sequence[Row], features: Features | None) -> dict[str, float | None]:
    """Thresholds are the best on the training rows' own fit for ridge, every label for the constant."""
    taxonomy = str(rows[0]["taxonomy"])
    names = INVENTORIES[taxonomy]
    same = [i for i, row in enumerate(rows) if row["taxonomy"] == taxonomy]
    goal = np.array([[float(name in row["labels"]) for name in names] for row in train])
    truth = np.array([[name in rows[i]["labels"] for name in names] for i in same])
    p = _predict(features, goal, len(rows))[same]
    limits = goal.mean(0) if features is None else np.minimum(goal.mean(0) * 2, 0.4)
    return _round({f"macro_f1_{taxonomy}": metrics.macro_f1(truth, p >= limits)})


def _round(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: metrics.rounded(value) for name, value in figures.items()}


GOALS = {"score": _score, "sentiment": _sentiment, "emotion": _emotion}
