"""Who is called better than whom: comparisons and moves between brands, found by words in eight languages.

"Switched from A to B", "A is better than B": the rest of a text says what a person feels, only such words say
whom they would rather have. What names no two brands, or says it in other words, is not found.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import duckdb
import pyarrow as pa

from pipeline.brands import BrandMatcher, fingerprint
from pipeline.config import Brand
from pipeline.content import EMPTY_CONTENT
from pipeline.sql import query
from pipeline.warehouse import registered

_CLAUSE = re.compile(r"(?<=[.!?;…])\s+|\n+")
_NEAR = 80
"""Characters: a name further from the words of comparison belongs to another thought."""
_NEGATION = re.compile(
    r"(?:\b(?:no|not|never|nav|ne|nekad|nėra|niekada|ei|ole|kunagi|není|nikdy|не|никогда|nie|nigdy|nicht|nie|kein\w*)|n['’]t)"
    r"(?:\W+\w+){0,2}\W*$",
    re.IGNORECASE,
)

Role = Literal["better", "worse", "to", "from"]


class Preference(NamedTuple):
    """Of two brands, the one that the text calls better, and the other."""

    better: str
    worse: str


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that compare: `role` says which side of them is the better one."""

    role: Role
    pattern: re.Pattern[str]


@cache
def cues() -> tuple[Cue, ...]:
    """All words of comparison, of all languages: people mix them."""
    told = tomllib.loads((files("pipeline") / "words" / "preferences.toml").read_text(encoding="utf-8"))
    roles: tuple[Role, ...] = ("better", "worse", "to", "from")
    return tuple(
        Cue(role, re.compile(rf"\b(?:{'|'.join(language[role])})\b", re.IGNORECASE))
        for language in told.values()
        for role in roles
    )


def any_cue() -> str:
    """One pattern that holds wherever a cue does, for a first look by the database.

    RE2's own word characters and word ends know ASCII letters alone, and all letters of Unicode without case
    would take it longer to prepare than a day of texts to search.
    """
    patterns = (cue.pattern.pattern.replace(r"\b", "").replace(r"\w", r"\S") for cue in cues())
    return "(?i)(" + "|".join(patterns) + ")"


def preferences(text: str, matcher: BrandMatcher, about: str | None = None) -> list[Preference]:
    """Each pair of brands that the text compares, once. `about`: the brand that the page speaks of.

    A side that names nobody ("they are better than X") is `about`. Contradictions are left out.
    """
    found = dict.fromkeys(
        pair
        for clause in _CLAUSE.split(unicodedata.normalize("NFC", text))
        for pair in _in_clause(clause, matcher, about)
    )
    return [pair for pair in found if Preference(pair.worse, pair.better) not in found]


_SETTING = "comparisons"
_RULES = 1
"""Counted up when the words of comparison change, so that stored texts are searched anew."""
_COMPARISONS = pa.schema([(name, pa.string()) for name in ("content_hash", "better", "worse")])


def compare(con: duckdb.DuckDBPyConnection, brands: Sequence[Brand]) -> int:
    """Search the texts of `due` that were not searched for these brands; returns how many compare.

    Inside the caller's transaction, which made the table `due` (queries/aggregate.sql). A text is searched
    once; other brands in the config search all anew.
    """
    mark = f"{_RULES}-{fingerprint(brands)}"
    if con.execute(query("ingest.setting"), [_SETTING]).fetchone() != (mark,):
        con.execute(query("relations.forget_comparisons"))
        con.execute(query("relations.forget_compared"))
        con.execute(query("ingest.remember"), [_SETTING, mark])
    con.execute(query("relations.uncompared"), {"empty": EMPTY_CONTENT})
    matcher = BrandMatcher(brands)
    texts = con.execute(query("relations.comparing"), {"cue": any_cue()}).fetchall()
    rows = [
        {"content_hash": content, "better": pair.better, "worse": pair.worse}
        for content, text in texts
        for pair in preferences(text, matcher, about="")
    ]
    with registered(con, made=pa.Table.from_pylist(rows, schema=_COMPARISONS)):
        con.execute(query("relations.add_comparisons"))
    con.execute(query("relations.note_compared"))
    return len(rows)


def _in_clause(clause: str, matcher: BrandMatcher, about: str | None) -> Iterator[Preference]:
    spots = matcher.spots(clause)
    if not spots:
        return
    for cue in cues():
        for place in cue.pattern.finditer(clause):
            better, worse = _sides(cue.role, _Named(spots, place), about)
            # "Not better than B" prefers nobody, and who would not go to B stays.
            if (
                better is not None
                and worse is not None
                and better != worse
                and not _NEGATION.search(clause[: place.start()])
            ):
                yield Preference(better, worse)


class _Named:
    """The brands named before, inside and after the words of comparison, nearest first."""

    def __init__(self, spots: Sequence[tuple[int, str]], place: re.Match[str]) -> None:
        first, last = place.span()
        self.before = [name for at, name in reversed(spots) if first - _NEAR <= at < first]
        self.inside = [name for at, name in spots if first <= at < last]
        self.after = [name for at, name in spots if last <= at < last + _NEAR]


def _sides(role: Role, named: _Named, about: str | None) -> tuple[str | None, str | None]:
    """(better, worse). Words that nobody named follows say nothing."""
    if not named.after:
        return None, None
    nearest = named.after[0]
    if role in ("better", "worse"):
        other = next(iter(named.before), about)
        return (other, nearest) if role == "better" else (nearest, other)
    other = next(
        (name for name in (*named.inside, *named.after[1:], *named.before) if name != nearest), about
    )
    return (nearest, other) if role == "to" else (other, nearest)
