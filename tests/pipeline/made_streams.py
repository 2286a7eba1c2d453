"""Made streams for detection: a brand's year of distinct texts, and what is put into it. Seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.labelled_streams import Table

WORDS = [
    "signāls",
    "veikals",
    "cena",
    "darbinieki",
    "rēķins",
    "maršrutētājs",
    "ātrums",
    "ciems",
    "telefons",
    "vasara",
    "jumts",
    "šodien",
    "vakar",
    "atkal",
    "síť",
    "prodejna",
    "účet",
    "rychlost",
    "pomalu",
    "dobře",
    "špatně",
    "děkuji",
    "связь",
    "магазин",
    "цена",
    "счёт",
    "быстро",
    "медленно",
    "опять",
    "вчера",
    "signal",
    "shop",
    "price",
    "staff",
    "invoice",
    "router",
    "speed",
    "village",
    "phone",
    "summer",
    "roof",
    "today",
    "again",
    "slow",
    "fast",
    "never",
    "always",
    "ryšys",
    "parduotuvė",
    "kaina",
    "sąskaita",
    "greitai",
    "lėtai",
    "ačiū",
    "vakar",
    "šiandien",
    "võrk",
    "pood",
    "hind",
    "arve",
    "kiire",
    "aeglane",
    "täna",
]
BEGUN = 20_000.0
BRANDS = ("Lumora", "Kaskāde")


@dataclass(frozen=True)
class Wave:
    """So many mentions from `start` days after the begin on, within `days`; `fresh` of their accounts are new."""

    size: int
    start: float
    days: float
    fresh: float = 0.0
    valence: float = -1.0
    text: str | None = None
    brand: str = BRANDS[0]
    number: int = 0


def words(rng: np.random.Generator, count: int) -> str:
    return " ".join(rng.choice(WORDS, count))


def year(rate: float = 3.0, days: float = 200.0, seed: int = 1) -> Table:
    """`rate` mentions a day and brand over `days`, in random words, a third of them against the brand."""
    rng = np.random.default_rng(seed)
    count = int(rate * days) * len(BRANDS)
    return _table(
        rng,
        [words(rng, 16) for _ in range(count)],
        rng.choice([-1.0, 0.0, 1.0], count),
        rng.choice(BRANDS, count),
        BEGUN + rng.uniform(0, days, count),
        rng.random(count) < 0.05,
        np.full(count, -1),
        first_key=1,
    )


def planted(wave: Wave, seed: int = 2) -> Table:
    """The mentions of a wave, `wave.number` in the column `plant`."""
    rng = np.random.default_rng([seed, wave.number])
    n = wave.size
    texts = [wave.text or words(rng, 16) for _ in range(n)]
    return _table(
        rng, texts, np.full(n, wave.valence), np.full(n, wave.brand), BEGUN + wave.start + rng.uniform(0, wave.days, n),
        rng.random(n) < wave.fresh, np.full(n, wave.number), first_key=10**6 * (wave.number + 1),
    )  # fmt: skip


def _table(
    rng: np.random.Generator,
    texts: Sequence[str],
    valence: np.ndarray,
    brands: np.ndarray,
    days: np.ndarray,
    fresh: np.ndarray,
    plant: np.ndarray,
    first_key: int,
) -> Table:
    count = len(texts)
    return Table(
        np.array(texts, dtype=object), valence.astype(float), np.array([str(b) for b in brands], dtype=object), days,
        np.arange(count, dtype=np.uint64) + np.uint64(first_key),
        np.where(fresh, rng.uniform(0, 25, count), rng.uniform(200, 3000, count)),
        np.full(count, -1, np.int8), plant.astype(np.int64),
    )  # fmt: skip
