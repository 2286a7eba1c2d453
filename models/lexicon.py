"""The lexicon: what the words and letter groups of a text say, beside what the network understands.

A linear model over hashed n-grams learns from every row of every corpus in minutes. It knows the words of
a domain that the network met too rarely; the network knows what the words mean together. Their sum is
better than either (the model card has the figures). Nothing here needs more than numpy.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.readings import Floats

LETTERS = (3, 4, 5)
"""Lengths of letter groups; they run across words."""
LONGEST = 4000
"""Characters of a text that are looked at: its first and its last half of these."""
_WORDS = re.compile(r"\w+|[^\w\s]+")
_DIGITS = re.compile(r"\d")
_STEP = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Lexicon:
    """`rarity` (buckets,) is the inverse document frequency, `weight` (buckets,) points of the score."""

    rarity: Floats
    weight: Floats

    def points(self, texts: Sequence[str]) -> Floats:
        """Points above or below the usual, (n,); 0 for a text without a known n-gram."""
        return np.array([self._points(text) for text in texts], dtype=np.float32)

    def _points(self, text: str) -> float:
        places, values = counted(text, len(self.rarity))
        values = values * self.rarity[places]
        length = float(np.sqrt((values**2).sum()))
        return float(values @ self.weight[places]) / length if length > 0 else 0.0


def counted(text: str, buckets: int) -> tuple[NDArray[np.int64], Floats]:
    """Buckets of the n-grams of a text and 1 + log of how often each occurs."""
    plain = normalised(text)
    words = _WORDS.findall(plain)
    pairs = [f"{a} {b}" for a, b in pairwise(words)]
    terms = np.array([zlib.crc32(w.encode("utf-8", "replace")) for w in [*words, *pairs]], dtype=np.uint64)
    hashes = np.concatenate([terms * _STEP, *_letter_groups(plain)])
    places, counts = np.unique((hashes >> np.uint64(20)) % np.uint64(buckets), return_counts=True)
    return places.astype(np.int64), np.asarray(1.0 + np.log(counts), dtype=np.float32)


def normalised(text: str) -> str:
    """Case folded, digits alike, single spaces, also at both ends; very long texts cut in the middle."""
    folded = " ".join(unicodedata.normalize("NFC", text[: LONGEST * 4]).casefold().split())
    if len(folded) > LONGEST:
        folded = folded[: LONGEST // 2] + " " + folded[-LONGEST // 2 :]
    return f" {_DIGITS.sub('0', folded)} "


def _letter_groups(plain: str) -> list[NDArray[np.uint64]]:
    """A hash for every run of letters of each length in LETTERS."""
    codes = np.frombuffer(plain.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    groups = []
    for size in LETTERS:
        count = max(len(codes) - size + 1, 0)
        group = np.full(count, size, dtype=np.uint64)
        for offset in range(size):
            group = (group ^ codes[offset : offset + count]) * _STEP
            group ^= group >> np.uint64(29)
        groups.append(group)
    return groups


def rarity_of(document_counts: NDArray[np.int64], documents: int) -> Floats:
    """Inverse document frequency, smoothed: log((1 + N) / (1 + n)) + 1; 0 for what was never seen."""
    found = np.log((1.0 + documents) / (1.0 + document_counts)) + 1.0
    return np.where(document_counts > 0, found, 0.0).astype(np.float32)
