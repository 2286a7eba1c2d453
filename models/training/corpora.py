"""The labelled sets: where they are, under which licence, what each may do, and how often it is drawn."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from models.errors import ModelError
from models.texts import with_title

Licence = Literal["open", "unstated", "non-commercial"]
Task = Literal["score", "emotion", "touchpoint", "authenticity"]
Policy = Literal["all", "open"]

Row = dict[str, Any]
"""One line of a corpus file; the keys are documented with the corpus."""

OWN = "own"
"""Folder of the sets written for this project, in the languages that no corpus covers."""


class CorpusError(ModelError):
    """A corpus folder or line is not of the documented shape."""


@dataclass(frozen=True)
class Source:
    """A set the reader may be trained on. `appetite` scales how often it is drawn beside sqrt(rows)."""

    name: str
    folder: str
    task: Task
    licence: Licence
    stated: str
    appetite: float = 1.0
    noise: float = 0.0
    """Share of labels taken to be wrong: a floor under the likelihood of the other labels."""

    def path(self, root: Path) -> Path:
        """Where the set is: under the root of the corpora, or beside this module if it is our own."""
        if self.folder == OWN:
            return Path(__file__).parent / OWN / f"{self.name}.jsonl"
        return root / self.folder / f"{self.name}.jsonl.gz"


SOURCES: tuple[Source, ...] = (
    Source("nps_bt_verbatim", "score", "score", "open", "GPL (R package)", 3.0),
    Source("imdb_rated", "score", "score", "unstated", "none stated", 1.1),
    Source("skytrax_seat", "score", "score", "open", "CC0 1.0", 2.6),
    Source("ru_livelib_books", "score", "score", "unstated", "none stated", 0.9),
    Source("ru_otzovik_bank", "score", "score", "unstated", "none stated", 3.2),
    Source("cs_csfd_stars", "score", "score", "unstated", "none stated", 1.8),
    Source("maide_real", "score", "score", "open", "MIT (texts scraped)", 0.9),
    Source("tweeteval_sentiment", "sentiment", "score", "unstated", "SemEval-2017 terms", 0.6, 0.05),
    Source("sentirueval_tweets", "sentiment", "score", "unstated", "none stated", 1.0, 0.05),
    Source("ru_kinopoisk_goodbad", "sentiment", "score", "unstated", "none stated", 0.9, 0.02),
    Source("lv_buls", "sentiment", "score", "open", "MIT", 1.4, 0.05),
    Source("lv_ltec", "sentiment", "score", "open", "MIT", 2.2, 0.05),
    Source("lv_nicemanis", "sentiment", "score", "open", "GPL-3.0", 1.6, 0.05),
    Source("lv_fntm", "sentiment", "score", "open", "MIT-style", 1.6, 0.05),
    Source("et_valence", "sentiment", "score", "open", "GPL-3.0 (release CC BY 4.0)", 2.0, 0.05),
    Source("own_phrases", OWN, "score", "open", "Apache-2.0 (part of this project)", 1.6),
    Source("own_voices", OWN, "score", "open", "Apache-2.0 (part of this project)", 3.2),
    Source("goemotions", "emotion", "emotion", "open", "Apache-2.0", 2.4),
    Source("ru_goemotions_mt", "emotion", "emotion", "open", "MIT", 1.2),
    Source("xed", "emotion", "emotion", "open", "CC BY 4.0", 0.5),
    Source("cedr", "emotion", "emotion", "unstated", "none stated; original Apache-2.0", 1.6),
    Source("brighter", "emotion", "emotion", "open", "CC BY 4.0", 0.9),
    Source("tweeteval_emotion", "emotion", "emotion", "unstated", "SemEval-2018 terms", 0.6),
    Source("m_absa", "touchpoint", "touchpoint", "unstated", "none stated", 1.0, 0.1),
    Source("acos", "touchpoint", "touchpoint", "unstated", "none stated", 1.5, 0.1),
    Source("sentirueval2015_cars", "touchpoint", "touchpoint", "unstated", "none stated", 1.0, 0.1),
    Source("banking77", "touchpoint", "touchpoint", "open", "CC BY 4.0", 0.7),
    Source("cs_steam", "touchpoint", "touchpoint", "unstated", "none stated", 2.0, 0.1),
    Source("maide_up", "authenticity", "authenticity", "open", "MIT (half by GPT-4)", 1.0),
)  # fmt: skip
"""Sets marked non-commercial are not in this table: nothing here ever reads them for training."""

TASK_SHARES: dict[Task, float] = {"score": 0.58, "emotion": 0.33, "touchpoint": 0.07, "authenticity": 0.02}


@dataclass(frozen=True)
class Cell:
    """The training rows of one set in one language, and the share of draws they get."""

    source: Source
    lang: str
    rows: list[Row]
    share: float


def read_rows(path: Path, split: str | None = None) -> Iterator[Row]:
    """Rows of a corpus file (.jsonl or .jsonl.gz), of one split or of all; blank lines are none."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = _parse(line, path, number) if line.strip() else None
            if row is not None and (split is None or row.get("split") == split):
                yield row


def _parse(line: str, path: Path, number: int) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{path.name} line {number} is not JSON: {error}; mend or drop the line") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise CorpusError(f"{path.name} line {number} has no text; each line is an object with `text`")
    return row


def trainable(policy: Policy) -> list[Source]:
    """The sets that may train weights under a licence policy."""
    return [s for s in SOURCES if s.licence == "open" or (policy == "all" and s.licence == "unstated")]


def training_cells(root: Path, policy: Policy = "all") -> list[Cell]:
    """Training rows by set and language; shares sum to 1 and follow TASK_SHARES, then sqrt(rows)."""
    found = [(s, lang, rows) for s in trainable(policy) for lang, rows in _by_language(s, root).items()]
    if all(source.folder == OWN for source, _, _ in found):
        raise CorpusError(f"no training rows under {root}; it needs score/, sentiment/, emotion/ and so on")
    return _with_shares(found)


def _by_language(source: Source, root: Path) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    if source.path(root).exists():
        for row in read_rows(source.path(root), "train"):
            rows.setdefault(str(row.get("lang") or "und"), []).append(row)
    return rows


def _with_shares(found: list[tuple[Source, str, list[Row]]]) -> list[Cell]:
    weights = [s.appetite * len(rows) ** 0.5 for s, _, rows in found]
    by_task: dict[Task, float] = {}
    for (source, _, _), weight in zip(found, weights, strict=True):
        by_task[source.task] = by_task.get(source.task, 0.0) + weight
    present = sum(TASK_SHARES[task] for task in by_task)
    return [
        Cell(source, lang, rows, TASK_SHARES[source.task] / present * weight / by_task[source.task])
        for (source, lang, rows), weight in zip(found, weights, strict=True)
    ]


def joined(row: Row) -> str:
    """Title and text of a row as the reader sees them."""
    return with_title(str(row.get("title") or ""), str(row["text"]))


def data_hashes(root: Path, policy: Policy) -> dict[str, str]:
    """SHA-256 of every corpus file a training run reads, by set."""
    files = {s.name: s.path(root) for s in trainable(policy)}
    return {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in files.items() if p.exists()}
