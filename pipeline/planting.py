"""Planted campaigns: copies, slot templates, reworded texts and real texts of other brands. Seeded, no
language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.labelled_streams import Table, ages
from pipeline.stream import Floats

KINDS = ("copies", "template", "paraphrase", "hard")
"""hard: real texts that lean the same way, of other brands, none of them twice."""
SIZES = (5, 10, 20, 30, 50, 100, 200)
HOURS = (2.0, 12.0, 72.0, 168.0, 336.0)
STEALTH = ("low", "mid", "high")
_FRESH = {"low": 0.9, "mid": 0.6, "high": 0.3}
"""Share of accounts made within the month; the others are as old as people's."""
_REUSED = {"low": 0.05, "mid": 0.2, "high": 0.5}
"""Share of the older accounts that have spoken in the stream before."""
_EDITED = {"low": 0.0, "mid": 0.06, "high": 0.12}
_SLOTS = {"low": 0.15, "mid": 0.25, "high": 0.35}
_WORDS = 12
"""A planted wording has at least so many words."""
_SENTENCE = re.compile(r"(?<=[.!?;,])\s+")


@dataclass(frozen=True, slots=True)
class Plan:
    """One campaign to plant: `size` mentions within `hours` against (-1) or for (1) `brand` from `start`
    on."""

    number: int
    kind: str
    size: int
    hours: float
    stealth: str
    direction: int
    brand: str
    start: float

    @property
    def end(self) -> float:
        """The end of its window, in days."""
        return self.start + self.hours / 24


def planted(plan: Plan, stream: Table, spare: Table, rng: np.random.Generator) -> Table:
    """Its mentions. Texts come from rows of other brands that lean the plan's way."""
    pool = _pool(plan, spare)
    chosen = pool.at(rng.choice(len(pool), plan.size, replace=len(pool) < plan.size))
    texts = chosen.text if plan.kind == "hard" else _reworded(plan, pool, rng)
    author, age = _accounts(plan, stream, rng)
    return Table(
        texts, chosen.valence if plan.kind == "hard" else np.full(plan.size, float(plan.direction)),
        np.full(plan.size, plan.brand, dtype=object), plan.start + _times(plan, rng), author, age,
        np.full(plan.size, -1, np.int8), np.full(plan.size, plan.number),
    )  # fmt: skip


def _pool(plan: Plan, spare: Table) -> Table:
    """Held-out rows that lean the plan's way, of other brands where there are any."""
    leaning = spare.at(spare.valence * plan.direction > 1 / 3)
    foreign = leaning.at(leaning.brand != plan.brand)
    return foreign if len(foreign) >= plan.size else leaning if len(leaning) else spare


def crisis(
    number: int, brand: str, start: float, size: int, stream: Table, spare: Table, rng: np.random.Generator
) -> Table:
    """An organic crisis: the brand's own critics, in a day and a half, accounts as usual with twice the new
    ones."""
    own = spare.at((spare.brand == brand) & (spare.valence < -1 / 3))
    own = own if len(own) >= size else spare.at(spare.valence < -1 / 3)
    # Nobody says what another said: a crisis is no larger than what is held out.
    size = min(size, len(own))
    said = own.at(rng.permutation(len(own))[:size])
    cause = " ".join(rng.choice(_vocabulary(own.text), 2))
    places = rng.random(size) < 0.6
    texts = np.array(
        [_shuffled(t, cause if p else "", rng) for t, p in zip(said.text, places, strict=True)], object
    )
    old = rng.choice(stream.author, size)
    fresh = rng.random(size) < 0.7
    author = np.where(fresh, _keys(number, size), old)
    age = np.where(fresh, ages(size, rng), 900.0)
    age[rng.random(size) < 0.03] = 5.0
    return Table(
        texts, said.valence, np.full(size, brand, dtype=object), start + rng.beta(1.6, 2.2, size) * 1.5,
        author, age,
        np.full(size, -1, np.int8), np.full(size, -2),
    )  # fmt: skip


def _shuffled(text: str, cause: str, rng: np.random.Generator) -> str:
    """The same complaint told anew: clauses in another order, a part left out, the cause named."""
    parts = _SENTENCE.split(text)
    kept = [part for part in parts if rng.random() < 0.75] or parts
    return " ".join([*(str(part) for part in rng.permutation(np.array(kept, dtype=object))), cause]).strip()


def _keys(number: int, size: int) -> NDArray[np.uint64]:
    return np.arange(size, dtype=np.uint64) + np.uint64(10**9 + 1_000 * (number % 10**6))


def _accounts(plan: Plan, stream: Table, rng: np.random.Generator) -> tuple[NDArray[np.uint64], Floats]:
    fresh = rng.random(plan.size) < _FRESH[plan.stealth]
    reused = ~fresh & (rng.random(plan.size) < _REUSED[plan.stealth])
    people = rng.integers(0, len(stream), plan.size)
    author = np.where(reused, stream.author[people], _keys(plan.number, plan.size))
    age = np.where(fresh, rng.uniform(0, 30, plan.size), ages(plan.size, rng))
    return author, np.where(reused, stream.age[people], age)


def _times(plan: Plan, rng: np.random.Generator) -> Floats:
    """Half the campaigns come evenly, half swell early."""
    even = plan.number % 2 == 0
    share = rng.random(plan.size) if even else rng.triangular(0, 1 / 3, 1, plan.size)
    return np.asarray(share * plan.hours / 24)


def _reworded(plan: Plan, pool: Table, rng: np.random.Generator) -> NDArray[np.object_]:
    long = [text for text in pool.text if len(str(text).split()) >= _WORDS] or list(pool.text)
    words = str(long[int(rng.integers(len(long)))]).split()[:60]
    vocabulary = _vocabulary(pool.text)
    slots = rng.random(len(words)) < _SLOTS[plan.stealth]
    made = [_one(plan, words, slots, vocabulary, rng) for _ in range(plan.size)]
    return np.array(made, dtype=object)


def _one(
    plan: Plan, words: list[str], slots: NDArray[np.bool_], others: NDArray[np.str_], rng: np.random.Generator
) -> str:
    """One mention of the plan's kind made from the words of a wording."""
    if plan.kind == "paraphrase":
        return _paraphrased(words, others, rng)
    edited = rng.random(len(words)) < _EDITED[plan.stealth]
    return _changed(words, slots if plan.kind == "template" else edited, others, rng)


def _changed(
    words: Sequence[str], places: NDArray[np.bool_], others: NDArray[np.str_], rng: np.random.Generator
) -> str:
    drawn = rng.choice(others, len(words))
    numbers = rng.integers(1, 999, len(words))
    digits = rng.random(len(words)) < 0.2
    return " ".join(
        word if not there else str(number) if digit else str(other)
        for word, there, other, number, digit in zip(words, places, drawn, numbers, digits, strict=True)
    )


def _paraphrased(words: Sequence[str], others: NDArray[np.str_], rng: np.random.Generator) -> str:
    """A third of the words left out, a quarter replaced, pieces of five words in another order."""
    kept = [word for word in words if rng.random() > 1 / 3] or list(words)
    changed = _changed(kept, rng.random(len(kept)) < 0.25, others, rng).split()
    pieces = [changed[i : i + 5] for i in range(0, len(changed), 5)]
    return " ".join(word for i in rng.permutation(len(pieces)) for word in pieces[i])


def _vocabulary(texts: NDArray[np.object_]) -> NDArray[np.str_]:
    some = " ".join(str(text) for text in texts[:400]).split()
    return np.array(some or ["x"])
