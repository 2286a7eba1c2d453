"""Fit the lexicon: ridge regression on hashed n-grams of every training row, minutes on one core."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file
from scipy import sparse
from sklearn.linear_model import Ridge

from models.lexicon import Lexicon, counted, rarity_of
from models.readings import Floats
from models.training.corpora import Policy, Row, Source, joined, read_rows, trainable
from models.training.labels import SENTIMENT_SCORES, allowed_scores

BUCKETS = 2**20
ALPHA = 1.0
CEILING = 25_000
"""Rows of a set at most: beyond it time grows and the figures do not."""
RARE = 2
logger = logging.getLogger(__name__)

Matrix = Any
"""A scipy CSR matrix of rows by buckets; scipy has no types."""


@dataclass(frozen=True)
class Goal:
    """What the lexicon is fitted on: rows, their points (n,) about the mean of their set, weights (n,)."""

    rows: list[Row]
    points: Floats
    weights: Floats


def middle(row: Row) -> float | None:
    """The middle of the scores that a rating or sentiment allows, 0..10; None without either."""
    if row.get("value") is not None and row.get("scale"):
        allowed = allowed_scores(float(row["value"]), *(float(end) for end in row["scale"]))
    elif row.get("label") in SENTIMENT_SCORES:
        allowed = SENTIMENT_SCORES[str(row["label"])]
    else:
        return None
    return (allowed[0] + allowed[-1]) / 2


def goal_of(sources: Sequence[Source], root: Path) -> Goal:
    """Points above the mean of each set, so that a set's mix of happy and unhappy people teaches nothing."""
    rows: list[Row] = []
    points, weights = [], []
    for source in sources:
        kept = [(row, m) for row in _rows(source, root) if (m := middle(row)) is not None]
        if kept:
            values = np.array([m for _, m in kept], dtype=np.float32)
            rows += [row for row, _ in kept]
            points.append(values - values.mean())
            weights.append(np.full(len(kept), len(kept) ** -0.5, np.float32))
    weight = np.concatenate(weights)
    return Goal(rows, np.concatenate(points), weight / weight.mean())


def _rows(source: Source, root: Path) -> list[Row]:
    path = source.path(root)
    rows = list(read_rows(path, "train")) if path.exists() else []
    order = np.random.default_rng(len(rows)).permutation(len(rows))[:CEILING]
    return [rows[i] for i in order]


def features(texts: Sequence[str], buckets: int) -> Matrix:
    """Log counts of the n-grams of each text, (n, buckets)."""
    starts, places, values = [0], [], []
    for text in texts:
        found, counts = counted(text, buckets)
        places.append(found.astype(np.int32))
        values.append(counts)
        starts.append(starts[-1] + len(found))
    shape = (len(texts), buckets)
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(places), np.array(starts, np.int32)), shape=shape
    )


def fit(goal: Goal, counts: Matrix, rarity: Floats, alpha: float) -> Floats:
    """Ridge weights (buckets,) for rows of log counts (n, buckets), which are scaled in place (memory)."""
    counts.data *= rarity[counts.indices]
    sizes = np.diff(counts.indptr)
    squares = np.add.reduceat(np.append(counts.data**2, 0), counts.indptr[:-1])
    lengths = np.sqrt(np.where(sizes > 0, squares, 1)).clip(1e-9)
    shares = np.sqrt(goal.weights)
    counts.data *= np.repeat((shares / lengths).astype(np.float32), sizes)
    model = Ridge(alpha=alpha, solver="sparse_cg", fit_intercept=False, max_iter=60, tol=1e-3, copy_X=False)
    model.fit(counts, goal.points * shares)
    return np.asarray(model.coef_, np.float32)


def learn(root: Path, policy: Policy = "all", buckets: int = BUCKETS, alpha: float = ALPHA) -> Lexicon:
    """The lexicon of the corpora under `root`; n-grams of fewer than RARE texts are left out."""
    started = time.monotonic()
    goal = goal_of([s for s in trainable(policy) if s.task == "score"], root)
    counts = features([joined(row) for row in goal.rows], buckets)
    logger.info("%.0f s: %d texts counted", time.monotonic() - started, len(goal.rows))
    seen = np.bincount(counts.indices, minlength=buckets)
    rarity = rarity_of(np.where(seen >= RARE, seen, 0), len(goal.rows))
    weight = fit(goal, counts, rarity, alpha)
    logger.info("%.0f s: fitted", time.monotonic() - started)
    return Lexicon(rarity, weight)


def save(lexicon: Lexicon, path: Path) -> None:
    """Write a lexicon for `export` to pack."""
    save_file({"rarity": lexicon.rarity, "weight": lexicon.weight}, str(path))


def load(path: Path) -> Lexicon:
    """Read what `save` wrote."""
    return Lexicon(**load_file(str(path)))


def main() -> None:
    """Fit and save a lexicon."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--licences", choices=("all", "open"), default="all")
    parser.add_argument("--alpha", type=float, default=ALPHA)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    save(learn(options.data, options.licences, alpha=options.alpha), options.out)


if __name__ == "__main__":
    main()
