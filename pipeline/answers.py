"""Who should hear from the brand: the reason, the touchpoint and a first sentence in their language.

A sentence is a suggestion for the person who answers; sayso sends nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from pipeline.facts import Cut
from pipeline.snapshot import Snapshot

Reason = Literal["leaves", "prefers", "warns", "struggle", "detractor"]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""Most urgent first."""
SURE = 0.5
"""The probability from which a reading counts as a reason."""
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Answer:
    """One person to answer. `rival` is the competitor called better, `touchpoint` the one that went worst."""

    mention_id: str
    brand: str
    source: str
    kind: str
    lang: str
    at: datetime
    score: float
    reason: Reason
    rival: str | None
    touchpoint: str | None
    url: str | None
    title: str | None
    text: str | None
    opening: str
    opening_lang: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"at": self.at.isoformat()}


def to_answer(
    snapshot: Snapshot,
    cut: Cut = Cut(),  # noqa: B008 (immutable)
    *,
    limit: int = 50,
) -> list[Answer]:
    """Authors of the cut with a reason to be answered, the most urgent and newest first, at most `limit`.

    Left out: what was set aside, what its owner has answered or somebody marked as answered, surveys, and who
    only asked or looked.
    """
    rows = snapshot.rows("relations.to_answer", cut.params() | {"sure": SURE, "limit": limit})
    return [_answer(row) for row in rows]


def _answer(row: dict[str, Any]) -> Answer:
    lang = row["lang"] if row["lang"] in openings() else FALLBACK
    opening = openings()[lang][row["reason"]]
    return Answer(touchpoint=row.pop("worst"), **row, opening=opening, opening_lang=lang)


@cache
def openings() -> Mapping[str, Mapping[str, str]]:
    """First sentences by language and reason."""
    path = files("pipeline") / "words" / "openings.toml"
    found: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found
