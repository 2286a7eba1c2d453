"""Finding mentions in a snapshot: by their words, whatever their case and accents, and by their readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.readings import EMOTIONS
from pipeline.facts import Cut
from pipeline.snapshot import Snapshot
from pipeline.sql import query

FELT = 0.5
"""An emotion counts as felt from this probability on."""
LONGEST = 300
"""Characters of what is looked for: the rest says nothing more."""
_CLASSES = {"promoter": 1, "passive": 0, "detractor": -1}


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: every word of `words`; any of `classes` (promoter, passive, detractor); `emotion`,
    one of EMOTIONS; set aside or not. Empty or None lets everything pass."""

    words: str = ""
    classes: tuple[str, ...] = ()
    emotion: str | None = None
    aside: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """How many mentions there are in all, and one page of them, newest first."""

    total: int
    rows: tuple[dict[str, Any], ...]


def find(snapshot: Snapshot, cut: Cut, search: Search, *, limit: int, offset: int = 0) -> Found:
    """Mentions of the cut that the search lets through, from the `offset`-th on."""
    con = snapshot.cursor()
    words = search.words[:LONGEST].split()
    chosen = query("mentions.chosen") + query("mentions.worded" if words else "mentions.all")
    params = _params(snapshot, cut, search)
    if words:
        folded = con.execute(query("mentions.fold"), {"words": words}).fetchone()
        params["words"] = folded[0] if folded else words
    counted = con.execute(chosen + query("mentions.count"), params).fetchone()
    done = con.execute(chosen + query("mentions.page"), params | {"limit": limit, "offset": offset})
    names = [column[0] for column in done.description or ()]
    rows = tuple(dict(zip(names, row, strict=True)) for row in done.fetchall())
    return Found(counted[0] if counted else 0, rows)


MOST_NEAR = 200
"""Mentions that a search by meaning gives: nearness has no end of its own."""


def nearest(
    snapshot: Snapshot,
    cut: Cut,
    search: Search,
    vector: Sequence[float],
    model: str,
    *,
    limit: int,
    offset: int = 0,
) -> Found:
    """Mentions of the cut by how near their embedding is to `vector`, both of the reader `model`; the rest of
    the search narrows them down. Only the newest texts have embeddings (`meanings` in docs/snapshot.md)."""
    con = snapshot.cursor()
    chosen = query("mentions.chosen") + query("mentions.meant")
    params = _params(snapshot, cut, search) | {"vector": list(vector), "model": model, "most": MOST_NEAR}
    counted = con.execute(chosen + query("mentions.count"), params).fetchone()
    done = con.execute(chosen + query("mentions.nearest"), params | {"limit": limit, "offset": offset})
    names = [column[0] for column in done.description or ()]
    rows = tuple(dict(zip(names, row, strict=True)) for row in done.fetchall())
    return Found(counted[0] if counted else 0, rows)


def meanings(snapshot: Snapshot) -> dict[str, int]:
    """How many mentions have an embedding, by the version of the reader that made it."""
    return {row["model"]: row["n"] for row in snapshot.rows("mentions.meanings")}


def one(snapshot: Snapshot, mention_id: str, brand: str) -> dict[str, Any] | None:
    """A mention with all that was read of it; None where the snapshot has no such mention."""
    rows = snapshot.rows("mentions.one", {"mention_id": mention_id, "brand": brand})
    return rows[0] if rows else None


def _params(snapshot: Snapshot, cut: Cut, search: Search) -> dict[str, Any]:
    return cut.params() | {
        "classes": [_CLASSES[name] for name in search.classes] or None,
        # Lists begin at 1 in SQL.
        "emotion": EMOTIONS.index(search.emotion) + 1 if search.emotion else None,
        "felt": FELT,
        "aside": search.aside,
        "use_native": snapshot.meta.native_ratings == "use",
    }
