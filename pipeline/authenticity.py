"""How likely a mention is not authentic, and why. First form: one text by many authors of one source.

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
import pyarrow as pa

from pipeline.config import Config
from pipeline.progress import Progress, silent
from pipeline.sql import query
from pipeline.warehouse import registered, transaction

MIN_LETTERS = 40
MIN_WORDS = 8
"""Shorter texts repeat by themselves ("Everything was fine, thank you, fast delivery")."""
WINDOW_DAYS = 7
"""Copies count together when they lie within this many days before or after."""
MIN_BULK = 5
"""Copies by unknown authors: fewer may be one review that a site shows on several pages."""
_CERTAIN_WORDS = 20
"""From here on length adds nothing: nobody writes the same twenty words by chance."""
_RATE = 0.7

REASON_COPIES = "copies"
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


def copy_probability(words: int, authors: int) -> float:
    """p_bot of a text of so many words that so many authors of a source published within the window; 0..1.

    1 - exp(-0.7 s (authors - 1)), where s grows from 0 at 6 words to 1 at 20: two authors of a long text are
    a coin's toss, four are set aside at the default threshold; eight words need a dozen.
    """
    share = min(max((words - 6) / (_CERTAIN_WORDS - 6), 0.0), 1.0)
    return 1.0 - math.exp(-_RATE * share * max(authors - 1, 0))


def detect(con: duckdb.DuckDBPyConnection, config: Config, progress: Progress = silent) -> DetectReport:
    """Decide anew about every mention and keep what differs. Sets aside, never deletes."""
    cursor = con.cursor()
    progress("detect: copies", 0, None)
    cursor.execute(query("authenticity.words"))
    cursor.execute(query("authenticity.copies"), {
        "letters": MIN_LETTERS, "words": MIN_WORDS, "days": WINDOW_DAYS, "bulk": MIN_BULK,
    })  # fmt: skip
    rows = cursor.execute(query("authenticity.judged")).fetchall()
    changed = _keep(cursor, _suspects(rows, config.reader.set_aside))
    progress("detect: copies", len(rows), len(rows))
    suspected, aside, clusters = cursor.execute(query("authenticity.standing")).fetchone() or (0, 0, 0)
    return DetectReport(int(suspected), int(aside), int(clusters), changed)


_SCHEMA = pa.schema(
    [
        ("mention_id", pa.string()),
        ("p_bot", pa.float32()),
        ("reasons", pa.list_(pa.string())),
        ("cluster", pa.string()),
        ("set_aside", pa.bool_()),
    ]
)


def _suspects(rows: list[tuple[Any, ...]], threshold: float) -> pa.Table:
    suspects = []
    for mention_id, cluster, words, authors, dated in rows:
        p_bot = copy_probability(words, authors)
        reasons = [REASON_COPIES] + ([REASON_BURST] if dated else [])
        suspects.append((mention_id, p_bot, reasons, cluster, p_bot >= threshold))
    columns = list(zip(*suspects, strict=True)) or [()] * len(_SCHEMA)
    arrays = [pa.array(list(c), f.type) for c, f in zip(columns, _SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)


def _keep(cursor: duckdb.DuckDBPyConnection, suspects: pa.Table) -> int:
    """Write what differs from the last time: an unchanged decision keeps its date. Returns how many."""
    with transaction(cursor), registered(cursor, suspects=suspects):
        counts = [
            cursor.execute(query(f"authenticity.{step}")).fetchone()
            for step in ("withdraw", "revise", "decide")
        ]
    withdrawn, _, decided = (int(count[0]) if count else 0 for count in counts)
    return withdrawn + decided
