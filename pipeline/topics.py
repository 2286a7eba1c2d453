"""Emerging topics: what is spoken of inside a touchpoint, by clusters of embeddings, and what of it grows."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from pipeline.sql import query

MOST = 1_000
"""Newest texts of a brand and touchpoint that are looked at: what emerges is new."""
FEWEST = 40
"""Texts of a touchpoint under which no topics are told apart."""
SMALLEST = 8
"""Mentions of a topic."""
_PER_TOPIC = 40
_MOST_TOPICS = 8
_TERMS = 5
_NAMED = 3
_MORE = 1.3
"""A word tells a topic if so many times as many texts say it as usual in their languages."""
RECENT = timedelta(days=28)
"""Growth compares so many last days with three times as many before."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_SEED = 7

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Topic:
    """A cluster of one brand's mentions inside a touchpoint. `example` is the id of the most central one;
    `grew` how many times as often it is spoken of now (smoothed), None where there is no time to compare."""

    brand: str
    touchpoint: str
    topic: str
    terms: list[str]
    example: str
    n: int
    grew: float | None


def topics(con: duckdb.DuckDBPyConnection, brands: Sequence[str]) -> list[Topic]:
    """Topics of brands from the facts and texts of the warehouse, by brand and touchpoint, largest first."""
    con.execute(query("topics.spoken"), {"brands": list(brands), "most": MOST})
    table = con.sql(query("topics.texts")).to_arrow_table()
    return [topic for (brand, name), part in _parts(table) for topic in _topics(brand, name, part)]


def _parts(table: pa.Table) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """The texts of each brand and touchpoint that has enough; rows come in that order."""
    keys = list(zip(table["brand"].to_pylist(), table["touchpoint"].to_pylist(), strict=True))
    first = 0
    for key, rows in groupby(keys):
        size = sum(1 for _ in rows)
        if size >= FEWEST:
            yield key, table.slice(first, size)
        first += size


def _topics(brand: str, touchpoint: str, part: pa.Table) -> list[Topic]:
    directions = _directions(np.array(part["embedding"].to_pylist(), dtype=float))
    groups = _groups(directions)
    words = [_words(text) for text in part["text"].to_pylist()]
    ages = _ages(part)
    kept = [group for group in groups if len(group) >= SMALLEST]
    terms_of = _terms(words, [lang or "" for lang in part["lang"].to_pylist()], kept)
    named = [(group, terms) for group, terms in zip(kept, terms_of, strict=True) if terms]
    return [
        Topic(
            brand, touchpoint, " · ".join(terms[:_NAMED]), terms,
            part["mention_id"][_central(directions, group)].as_py(), len(group), _growth(ages, group),
        )
        for group, terms in sorted(named, key=lambda pair: -len(pair[0]))
    ]  # fmt: skip


def _directions(embeddings: Floats) -> Floats:
    """Unit vectors about the mean: what all texts of a touchpoint share tells no topic apart."""
    centred = embeddings - embeddings.mean(axis=0)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9))


def _groups(directions: Floats) -> list[NDArray[np.intp]]:
    count = min(max(len(directions) // _PER_TOPIC, 2), _MOST_TOPICS, len(np.unique(directions, axis=0)))
    if count < 2:
        return [np.arange(len(directions))]
    _, labels = kmeans2(directions, count, minit="++", seed=_SEED, missing="warn")
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


def _central(directions: Floats, group: NDArray[np.intp]) -> int:
    closeness = directions[group] @ directions[group].mean(axis=0)
    return int(group[int(closeness.argmax())])


def _words(text: str) -> set[str]:
    return set(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))


def _terms(
    words: Sequence[set[str]], langs: Sequence[str], groups: Sequence[NDArray[np.intp]]
) -> list[list[str]]:
    """Of each group its most telling words: how many more of its texts say a word than texts of the same
    languages usually do, times its rarity (class-based TF-IDF, Grootendorst, arXiv 2203.05794).

    A text counts a word once. Beside the usual of their own language, the little words of a language that is
    rare elsewhere tell nothing. A word of fewer than three texts of the group tells nothing either.
    """
    everywhere = Counter(word for said in words for word in said)
    usual = _usual(words, langs)
    found = []
    for group in groups:
        count = Counter(word for row in group for word in words[row])
        spoken = Counter(langs[row] for row in group)
        telling = {}
        for word, n in count.items():
            expected = sum(texts * usual[lang].get(word, 0.0) for lang, texts in spoken.items())
            if n >= 3 and (len(groups) == 1 or n > _MORE * expected):
                more = n if len(groups) == 1 else n - expected
                telling[word] = more / len(group) * math.log(1 + len(words) / everywhere[word])
        found.append(sorted(telling, key=lambda word: (-telling[word], word))[:_TERMS])
    return found


def _usual(words: Sequence[set[str]], langs: Sequence[str]) -> dict[str, dict[str, float]]:
    """By language: the share of its texts that say each word."""
    texts = Counter(langs)
    said = Counter((lang, word) for lang, spoken in zip(langs, words, strict=True) for word in spoken)
    shares: dict[str, dict[str, float]] = {lang: {} for lang in texts}
    for (lang, word), n in said.items():
        shares[lang][word] = n / texts[lang]
    return shares


def _ages(part: pa.Table) -> Floats:
    """(n,) days before the newest text."""
    days = np.array(part["day"].to_pylist(), dtype="datetime64[D]")
    return np.asarray((days.max() - days).astype(float))


def _growth(ages: Floats, group: NDArray[np.intp]) -> float | None:
    span = RECENT.days
    if ages.max() < 2 * span:
        return None
    before = min(float(ages.max()) + 1 - span, 3.0 * span)
    recent = float((ages[group] < span).sum())
    earlier = float(((ages[group] >= span) & (ages[group] < span + before)).sum())
    return round((recent + 0.5) / span / ((earlier + 0.5) / before), 3)
