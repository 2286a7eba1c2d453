"""A published snapshot of made facts over any span, written straight through the real schema: for rules
in time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files

import duckdb
import numpy as np
import pandas as pd

from models.readings import EMOTIONS
from pipeline.home import Home
from pipeline.snapshot import SCHEMA

START = datetime(2026, 1, 1, tzinfo=UTC)
ZONE = "Europe/Riga"


def ordinary(brand: str, days: int, rate: float, seed: int, *, rated: float = 0.5) -> pd.DataFrame:
    """`days` of mentions at `rate` a day, busier by day than by night and less at weekends, unchanging
    otherwise."""
    rng = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    busy = np.where((hours % 24 >= 7) & (hours % 24 < 23), 1.3, 0.4) * np.where(
        (hours // 24) % 7 < 5, 1.15, 0.6
    )
    counts = rng.poisson(rate / 24 * busy / busy.mean())
    at = np.repeat(hours, counts) * 3600.0 + rng.uniform(0, 3600, counts.sum())
    return people(brand, at, rng, rated=rated, p=(0.5, 0.2, 0.3))


def people(
    brand: str,
    seconds: np.ndarray,
    rng: np.random.Generator,
    *,
    p: tuple[float, float, float],
    rated: float = 0.5,
    source: str = "discourse:forum.example",
    anger: float = 0.2,
    billing: float = 0.1,
) -> pd.DataFrame:
    """Mentions at these seconds after START by as many people; `p` of promoter, passive, detractor."""
    n = len(seconds)
    kinds = rng.choice([1, 0, -1], size=n, p=p)
    sure = rng.uniform(0.6, 0.95, n)
    at = pd.to_datetime(START.timestamp() + seconds, unit="s", utc=True)
    emotions = np.full((n, len(EMOTIONS)), 0.05)
    emotions[:, EMOTIONS.index("anger")] = np.where(rng.random(n) < anger, 0.9, 0.03)
    return pd.DataFrame({
        "mention_id": [f"{brand}-{source}-{seconds[k]:.3f}-{k}" for k in range(n)], "brand": brand,
        "source": source, "source_kind": source.partition(":")[0], "kind": "review", "lang": "lv",
        "author_hash": [f"{brand}{rng.integers(1 << 40)}" for _ in range(n)], "at": at,
        "day": at.tz_convert(ZONE).date,
        "native_class": pd.array(np.where(rng.random(n) < rated, kinds, 9), dtype="Int8"),
        "p_promoter": np.where(kinds == 1, sure, (1 - sure) / 2),
        "p_passive": np.where(kinds == 0, sure, (1 - sure) / 2),
        "p_detractor": np.where(kinds == -1, sure, (1 - sure) / 2),
        "emotions": list(emotions), "abstain": False, "set_aside": False,
        "touchpoints": [["billing"] if x < billing else [] for x in rng.random(n)],
        "polarities": [[-0.5] if x < billing else [] for x in rng.random(n)],
    }).assign(native_class=lambda frame: frame["native_class"].where(frame["native_class"] != 9))  # fmt: skip


def stream(home: Home, rows: pd.DataFrame, brands: Sequence[str], precision: str = "minute") -> None:
    """Publish these facts as generation 1."""
    path = home.snapshots / "00000001.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute((files("pipeline") / "queries" / "snapshot_schema.sql").read_text(encoding="utf-8"))
        con.register("made", rows)
        con.execute("INSERT INTO facts BY NAME SELECT * FROM made")
        con.execute("""
            INSERT INTO mentions BY NAME SELECT mention_id, brand, source, "at" AS published_at,
                ? AS published_precision FROM made""", [precision])  # fmt: skip
        notes = json.dumps([{"name": name} for name in brands])
        meta = {"schema": str(SCHEMA), "generation": "1", "timezone": ZONE, "brands": notes}
        con.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
    (home.snapshots / "CURRENT").write_text(path.name + "\n", encoding="utf-8")
