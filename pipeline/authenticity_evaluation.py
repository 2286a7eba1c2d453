"""What detection says of texts whose origin is known: review bombing, and texts that a machine or a liar
wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.readings import Readings
from models.training.corpora import Row, joined, read_rows
from models.training.evaluate import corpus_files
from pipeline.detection import Detection, detection
from pipeline.errors import InputError
from pipeline.estimate import share
from pipeline.labelled_streams import Table, at_of, leaning
from pipeline.progress import Progress, silent
from pipeline.replay import live
from pipeline.stream import Floats
from pipeline.suspicion import Weights

FALSE_LABELS = frozenset({"generated", "deceptive", "bot", "bombing"})
TRUE_LABELS = frozenset({"genuine", "human", "not_bombing"})
INCIDENT = "bombing"
_DRAWS = 400
_LENGTHS = 0.1
"""Two texts are of one length if it differs by no more than this part."""
_FEWEST = 20


class TextReader(Protocol):
    """What reads texts."""

    def read(self, texts: Sequence[str]) -> Readings: ...


def evaluate_authenticity(
    corpus: Path,
    weights: Weights,
    threshold: float,
    load: Callable[[], TextReader] | None,
    *,
    split: str | None = None,
    limit: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Per incident what is concluded and why; per set of single texts how well `p_generated` tells them.

    `load` gives the reader; None leaves the single texts out. `limit` takes a seeded sample of each set.
    Raises InputError where no row has a label of authenticity.
    """
    sets = dict(_sets(corpus, split))
    if not sets:
        raise InputError(
            "No row here is labelled genuine or not",
            where=str(corpus),
            next_step="name rows whose `label` is genuine, generated, bombing ... (docs/corpora.md)",
        )
    found: dict[str, Any] = {}
    reader = load() if load else None
    for done, (name, rows) in enumerate(sorted(sets.items()), 1):
        if any(row["label"] == INCIDENT for row in rows):
            found[name] = {"incidents": list(_incidents(rows, weights, threshold))}
        elif reader is not None:
            found[name] = _single(_some(rows, limit), reader)
        progress("sets judged", done, len(sets))
    return {"threshold": threshold, "sets": found}


def _sets(corpus: Path, split: str | None) -> Iterator[tuple[str, list[Row]]]:
    for file in [corpus] if corpus.is_file() else corpus_files(corpus):
        found: dict[str, list[Row]] = {}
        for row in read_rows(file, split):
            if row.get("label") in FALSE_LABELS | TRUE_LABELS and joined(row).strip():
                found.setdefault(str(row.get("set") or file.name.split(".")[0]), []).append(row)
        yield from found.items()


def _some(rows: list[Row], limit: int | None) -> list[Row]:
    order = np.random.default_rng(len(rows)).permutation(len(rows))[:limit]
    return [rows[i] for i in sorted(order)]


def _incidents(rows: list[Row], weights: Weights, threshold: float) -> Iterator[dict[str, Any]]:
    """What is concluded of each incident, seen whole."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row.get("group") or ""), []).append(row)
    for name, said in sorted(groups.items()):
        dated = [row for row in said if at_of(row.get("date")) is not None]
        table = _table(name, dated)
        told = live(table)
        judged = detection(told.stream, weights, threshold)
        truth = told.plant >= 0
        yield {
            "incident": name, "rows": len(said), "undated": len(said) - len(dated),
            "bombing": int(truth.sum()), "days": round(float(np.ptp(table.day)), 1) if len(table) else 0.0,
            "set_aside": int((judged.p_bot >= threshold).sum()),
            "set_aside_of_bombing": int((judged.p_bot[truth] >= threshold).sum()),
            "auc": _auc(judged.p_bot, truth), "concludes": _conclusion(judged), "why": _why(table, judged),
        }  # fmt: skip


def _table(name: str, rows: Sequence[Row]) -> Table:
    count = len(rows)
    return Table(
        np.array([joined(row) for row in rows], dtype=object),
        np.array([_lean(row) for row in rows], dtype=float),
        np.full(count, name, dtype=object),
        np.array([at[0] for row in rows if (at := at_of(row.get("date")))], dtype=float),
        np.zeros(count, np.uint64), np.full(count, np.nan), np.full(count, -1, np.int8),
        np.array([0 if row["label"] == INCIDENT else -1 for row in rows], dtype=np.int64),
    )  # fmt: skip


def _lean(row: Row) -> float:
    """By the rating, else whether it is recommended."""
    meta = row.get("meta") or {}
    rating, told = meta.get("rating"), meta.get("recommended")
    lean = leaning(
        row if row.get("value") is not None or rating is None else {"value": rating, "scale": [0, 10]}
    )
    return lean if lean is not None else float("nan") if told is None else 1.0 if told else -1.0


def _conclusion(judged: Detection) -> list[dict[str, Any]]:
    """Each campaign or crisis with its evidence; empty: nothing looks coordinated or unusual."""
    return [
        {"verdict": c.verdict, "direction": c.direction, "mentions": len(c.rows), "set_aside": c.aside,
         "p_value": c.p_value, "reasons": c.reasons, "evidence": [asdict(item) for item in c.evidence]}
        for c in judged.campaigns
    ]  # fmt: skip


def _why(table: Table, judged: Detection) -> dict[str, Any]:
    """What could be looked at: without history nothing is a burst, without accounts nobody is new."""
    worded = np.stack(list(judged.wordings.strength.values())).max(axis=0) > 0
    days, counts = np.unique(np.floor(table.day), return_counts=True)
    busiest = float(days[counts.argmax()])
    return {
        "same_wording": round(float(worded.mean()), 3),
        "against": round(float((table.valence < -1 / 3).mean()), 3),
        "days_before_the_busiest": round(busiest - float(days[0]), 1), "accounts_known": False,
    }  # fmt: skip


def _single(rows: Sequence[Row], reader: TextReader) -> dict[str, Any]:
    """How well the reader's p_generated tells texts apart: AUC by language, and in pairs of one length."""
    told = np.asarray(reader.read([joined(row) for row in rows]).p_generated, dtype=float)
    truth = np.array([row["label"] in FALSE_LABELS for row in rows])
    langs = np.array([str(row.get("lang") or "und") for row in rows])
    length = np.array([len(joined(row)) for row in rows], dtype=float)
    every = np.ones(len(rows), dtype=bool)
    parts = {"": every} | {str(lang): langs == lang for lang in np.unique(langs)}
    found = {lang: _figures(told[at], truth[at], length[at], langs[at]) for lang, at in parts.items()}
    return {"rows": len(rows), "false": int(truth.sum()), **found.pop(""), "by_language": found}


def _figures(
    told: Floats, truth: NDArray[np.bool_], length: Floats, langs: NDArray[np.str_]
) -> dict[str, Any]:
    pairs = _pairs(truth, length, langs)
    wins = np.sign(told[pairs[:, 0]] - told[pairs[:, 1]]) / 2 + 0.5
    return {
        "auc": _auc(told, truth), "auc_95": _interval(told, truth), "by_length_alone": _auc(length, truth),
        "pairs_of_one_length": len(pairs),
        "pairs_right": round(float(wins.mean()), 3) if len(pairs) else None,
        "pairs_right_95": _share_interval(wins),
    }  # fmt: skip


def _pairs(truth: NDArray[np.bool_], length: Floats, langs: NDArray[np.str_]) -> NDArray[np.intp]:
    """(m, 2) a false text and the true one of its language nearest in length, none twice. In seeded order, so
    that neither side is the longer one by the way they are met."""
    rng = np.random.default_rng(len(truth))
    found: list[tuple[int, int]] = []
    for lang in np.unique(langs):
        false, true = (np.flatnonzero(side & (langs == lang)) for side in (truth, ~truth))
        for i in rng.permutation(false):
            if not len(true):
                break
            nearest = int(np.abs(length[true] - length[i]).argmin())
            if abs(length[true[nearest]] - length[i]) <= _LENGTHS * length[i]:
                found.append((int(i), int(true[nearest])))
                true = np.delete(true, nearest)
    return np.array(found, dtype=np.intp).reshape(-1, 2)


def _auc(told: Floats, truth: NDArray[np.bool_]) -> float | None:
    """Probability that a false text is told above a true one (Mann-Whitney); None with fewer than 20 of
    either."""
    n, m = int(truth.sum()), int((~truth).sum())
    if min(n, m) < _FEWEST:
        return None
    return round(float((rankdata(told)[truth].sum() - n * (n + 1) / 2) / (n * m)), 3)


def _interval(told: Floats, truth: NDArray[np.bool_]) -> list[float] | None:
    """95 %, bootstrap over texts."""
    if _auc(told, truth) is None:
        return None
    rng = np.random.default_rng(len(told))
    drawn = (rng.integers(0, len(told), len(told)) for _ in range(_DRAWS))
    found = [auc for rows in drawn if (auc := _auc(told[rows], truth[rows])) is not None]
    return [round(float(edge), 3) for edge in np.quantile(found, (0.025, 0.975))]


def _share_interval(wins: Floats) -> list[float] | None:
    if len(wins) < _FEWEST:
        return None
    found = share(wins)
    return [round(found.low, 3), round(found.high, 3)]
