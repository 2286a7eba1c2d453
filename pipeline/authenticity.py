"""How likely a mention is not authentic, and why. This form: one text, or nearly, by many of a source.

What copies justify is limited, and said so: `p_bot` here grows with the number of authors who published the
same words within days of each other and with the length of the text, since short praise repeats by itself. A
copy on another site is most often one person posting twice, so authors are counted within a source. It is not
calibrated on labelled campaigns: the constants below are a choice, held by the tests on planted campaigns.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline import near_copies
from pipeline.config import Config
from pipeline.progress import Progress, silent
from pipeline.sql import query
from pipeline.voices import voices
from pipeline.warehouse import registered, transaction

MIN_LETTERS = 40
MIN_WORDS = 8
"""Shorter texts repeat by themselves ("Everything was fine, thank you, fast delivery")."""
MOST_LETTERS = 4_000
"""Of a longer text its beginning is compared."""
WINDOW_DAYS = 7.0
"""Copies count together when they lie within this many days before or after."""
MIN_BULK = 5
"""Copies by unknown authors: fewer may be one review that a site shows on several pages."""
_CERTAIN_WORDS = 20
"""From here on length adds nothing: nobody writes the same twenty words by chance."""
_RATE = 0.7
_DOUBT = 0.4
"""Texts that share this much or less say nothing of each other."""
_LEAST = 0.2
"""A lower p_bot is not worth a row: two people who share a phrase."""
SMALLEST_CAMPAIGN = 3
"""With fewer mentions set aside than this a group is copies, not a campaign."""
_CHUNK = 20_000

REASON_COPIES = "copies"
REASON_NEAR = "near_copies"
REASON_BURST = "burst"


@dataclass(slots=True)
class DetectReport:
    """What detection says now of all mentions. `changed`: decisions that differ from the last time."""

    suspected: int = 0
    set_aside: int = 0
    clusters: int = 0
    changed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return asdict(self)


def copy_probability(words: float, authors: float, likeness: float = 1.0) -> float:
    """p_bot of a text of so many words that so many authors of a source published within the window; 0..1.

    1 - exp(-0.7 s l (authors - 1)): s grows from 0 at 6 words to 1 at 20, l from 0 at a likeness of 0.4 to 1
    for the very same words. Two authors of a long text are a coin's toss, four are set aside at the default
    threshold; eight words need a dozen.
    """
    length = min(max((words - 6) / (_CERTAIN_WORDS - 6), 0.0), 1.0)
    alike = min(max((likeness - _DOUBT) / (1.0 - _DOUBT), 0.0), 1.0)
    return 1.0 - math.exp(-_RATE * length * alike * max(authors - 1.0, 0.0))


def detect(con: duckdb.DuckDBPyConnection, config: Config, progress: Progress = silent) -> DetectReport:
    """Decide anew about every mention and keep what differs. Sets aside, never deletes."""
    cursor = con.cursor()
    texts = _load(cursor, progress)
    suspects = _suspects(texts, config.reader.set_aside)
    changed = _keep(cursor, suspects)
    with transaction(cursor):
        cursor.execute(query("campaigns.found"), {"smallest": SMALLEST_CAMPAIGN})
        cursor.execute(query("campaigns.keep"))
    progress("detect: copies", len(texts.ids), len(texts.ids))
    suspected, aside, clusters = cursor.execute(query("authenticity.standing")).fetchone() or (0, 0, 0)
    return DetectReport(int(suspected), int(aside), int(clusters), changed)


@dataclass(frozen=True, slots=True)
class _Texts:
    """n texts that are long enough, oldest first, as columns of length n. `author` is 0 where unknown."""

    ids: list[str]
    clusters: list[str]
    source: NDArray[np.uint64]
    author: NDArray[np.uint64]
    day: NDArray[np.float64]
    dated: NDArray[np.bool_]
    content: NDArray[np.uint64]
    size: NDArray[np.int64]
    signatures: near_copies.Signatures


def _load(cursor: duckdb.DuckDBPyConnection, progress: Progress) -> _Texts:
    limits = {"letters": MIN_LETTERS, "words": MIN_WORDS, "most": MOST_LETTERS}
    batches, done, found = [], 0, [near_copies.signatures([])]
    for batch in cursor.sql(query("authenticity.texts"), params=limits).to_arrow_reader(_CHUNK):
        found.append(near_copies.signatures(batch.column("words").to_pylist()))
        batches.append(batch.drop_columns(["words"]))
        done += batch.num_rows
        progress("detect: copies", done, None)
    table = pa.Table.from_batches(batches) if batches else None

    def numbers(name: str, kind: Any) -> NDArray[Any]:
        return np.zeros(0, kind) if table is None else table[name].fill_null(0).to_numpy().astype(kind)

    return _Texts(
        ids=[] if table is None else table["mention_id"].to_pylist(),
        clusters=[] if table is None else table["cluster"].to_pylist(),
        source=numbers("source", np.uint64),
        author=numbers("author", np.uint64),
        day=numbers("day", np.float64),
        dated=numbers("dated", np.bool_),
        content=numbers("content", np.uint64),
        size=numbers("size", np.int64),
        signatures=np.concatenate(found),
    )


_SCHEMA = pa.schema(
    [
        ("mention_id", pa.string()),
        ("p_bot", pa.float32()),
        ("reasons", pa.list_(pa.string())),
        ("cluster", pa.string()),
        ("set_aside", pa.bool_()),
    ]
)


def _suspects(texts: _Texts, threshold: float) -> pa.Table:
    """Whom copies and near-copies make suspicious. A cluster is named by the content of its first text."""
    count = len(texts.ids)
    ties = near_copies.ties(texts.signatures, texts.day, WINDOW_DAYS)
    groups, likeness = ties.groups(count), ties.likeness(count)
    same = voices(texts.content, texts.source, texts.author, texts.day, WINDOW_DAYS, MIN_BULK)
    alike = voices(groups, texts.source, texts.author, texts.day, WINDOW_DAYS, MIN_BULK)
    names: dict[int, str] = {}
    rows = []
    for i in np.flatnonzero((same >= 2) | (alike >= 2)):
        exact = copy_probability(texts.size[i], same[i])
        near = copy_probability(texts.size[i], alike[i], likeness[i])
        p_bot = max(exact, near)
        if p_bot < _LEAST:
            continue
        reasons = _reasons(exact > 0, near > exact, bool(texts.dated[i]))
        name = names.setdefault(int(groups[i]), texts.clusters[i])
        rows.append((texts.ids[i], p_bot, reasons, name, p_bot >= threshold))
    columns = list(zip(*rows, strict=True)) or [()] * len(_SCHEMA)
    arrays = [pa.array(list(c), f.type) for c, f in zip(columns, _SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)


def _reasons(copied: bool, near: bool, dated: bool) -> list[str]:
    named = ((REASON_COPIES, copied), (REASON_NEAR, near), (REASON_BURST, dated))
    return [reason for reason, holds in named if holds]


def _keep(cursor: duckdb.DuckDBPyConnection, suspects: pa.Table) -> int:
    """Write what differs from the last time: an unchanged decision keeps its date. Returns how many."""
    with transaction(cursor), registered(cursor, suspects=suspects):
        counts = [
            cursor.execute(query(f"authenticity.{step}")).fetchone()
            for step in ("withdraw", "revise", "decide")
        ]
    withdrawn, _, decided = (int(count[0]) if count else 0 for count in counts)
    return withdrawn + decided
