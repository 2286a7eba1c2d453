"""A made warehouse: mentions of fictional brands with ready readings, through the real schema; seeded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.content import EMPTY_CONTENT, content_hash
from pipeline.home import Home
from pipeline.warehouse import open_warehouse

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CONFIG = Config.model_validate(
    {
        "sayso": {"timezone": "Europe/Riga", "industry": "internet services"},
        "brands": [
            {"name": "Lumora"},
            {"name": "Kaskāde", "competitor": True, "industry": "banks"},
        ],
    }
)


@dataclass
class Said:
    """One mention to put in. `p` are the probabilities of detractor, passive and promoter, None: not read."""

    text: str | None = "Paldies, viss strādā 🙂"
    brand: str | None = "Lumora"
    source: str = "structured:shop.example"
    kind: str = "review"
    rating: float | None = None
    scale: tuple[float, float] = (1, 5)
    p: tuple[float, float, float] | None = (0.1, 0.2, 0.7)
    author: str | None = None
    title: str | None = None
    parent: str | None = None
    lang: str | None = "lv"
    at: datetime = START
    emotions: Sequence[float] = field(default_factory=lambda: [0.5] + [0.0] * 11)
    touchpoints: Sequence[tuple[str, float, float]] = ()
    p_bot: float | None = None
    set_aside: bool = False
    cluster: str | None = None
    product: str | None = None
    abstain: bool = False
    advocacy: float | None = None
    leaving: float | None = None
    speaker: str | None = None
    effort: float | None = None
    segments: dict[str, str] | None = None


@contextmanager
def warehouse(root: Path, said: Sequence[Said]) -> Iterator[tuple[Home, duckdb.DuckDBPyConnection]]:
    """An open warehouse in a home that holds these mentions."""
    home = Home(root)
    with open_warehouse(home) as con:
        put(con, said)
        yield home, con


def put(con: duckdb.DuckDBPyConnection, said: Sequence[Said], first: int = 0) -> None:
    """Add mentions, numbered from `first`."""
    numbered = list(enumerate(said, first))
    _insert(con, "mentions", [_mention(number, item) for number, item in numbered])
    _insert(con, "mention_brands", [_brand(number, item) for number, item in numbered if item.brand])
    _insert(con, "readings", list({row["content_hash"]: row for row in map(_reading, said) if row}.values()))
    _insert(con, "authenticity", [_authentic(n, i) for n, i in numbered if i.p_bot is not None])
    _insert(con, "places", [_place(number, item) for number, item in numbered])
    _campaigns(con, numbered)


def _campaigns(con: duckdb.DuckDBPyConnection, numbered: Sequence[tuple[int, Said]]) -> None:
    """A campaign for each named cluster and brand."""
    groups: dict[tuple[str, str], list[tuple[int, Said]]] = {}
    for number, item in numbered:
        if item.cluster and item.brand:
            groups.setdefault((item.cluster, item.brand), []).append((number, item))
    for (cluster, brand), members in groups.items():
        said = [item for _, item in members]
        row = {
            "campaign_id": f"{cluster}:{brand}", "brand": brand, "direction": "smear", "found_at": START,
            "started_at": min(item.at for item in said), "ended_at": max(item.at for item in said),
            "updated_at": START, "mentions": len(said), "authors": len({item.author for item in said}),
            "sources": sorted({item.source for item in said}), "langs": sorted({str(item.lang) for item in said}),
            "clusters": 1, "set_aside": sum(item.set_aside for item in said), "p_value": 0.001, "q_value": 0.01,
            "verdict": "coordinated", "reasons": ["copies"],
            "evidence": json.dumps([{"toward": "attack", "code": "copies", "value": 1.0, "usual": 0.0, "weight": 2.0}]),
        }  # fmt: skip
        _insert(con, "campaigns", [row])
        shared = {"campaign_id": row["campaign_id"], "cluster": cluster, "reasons": ["copies"]}
        rows = [shared | {"mention_id": f"m{n:07d}", "p_bot": item.p_bot or 0.0} for n, item in members]
        _insert(con, "campaign_mentions", rows)


def many(count: int, seed: int = 7, brands: Sequence[str] = ("Lumora", "Kaskāde")) -> list[Said]:
    """Mentions over a year in several languages, a third of them rated, some by returning authors."""
    rng = np.random.default_rng(seed)
    return [_random(rng, number, brands) for number in range(count)]


def _random(rng: np.random.Generator, number: int, brands: Sequence[str]) -> Said:
    p = tuple(float(x) for x in rng.dirichlet([1.0, 0.8, 1.5]))
    rated = rng.random() < 0.35
    post = not rated and rng.random() < 0.7
    return Said(
        text=f"Vēstule {number}: +1 ērti, ačiū, děkuji, спасибо, aitäh",
        brand=str(rng.choice(list(brands))),
        source="discourse:forum.example" if post else "structured:shop.example",
        kind="post" if post else "review",
        title=f"Tēma {int(rng.integers(0, count_of_topics(number)))}" if post else None,
        rating=float(rng.integers(1, 6)) if rated else None,
        p=(p[0], p[1], p[2]),
        author=f"a{int(rng.integers(0, 500))}" if rng.random() < 0.8 else None,
        lang=str(rng.choice(["lv", "lt", "et", "cs", "ru", "en"])),
        at=START + timedelta(minutes=int(rng.integers(0, 365 * 1440))),
        emotions=[float(x) for x in rng.beta(0.4, 1.5, size=12)],
        touchpoints=[("price", float(rng.uniform(-1, 1)), 0.9)] if rng.random() < 0.3 else (),
    )


def count_of_topics(number: int) -> int:
    """Topics to choose from once so many mentions are there."""
    return number // 8 + 1


def _mention(number: int, item: Said) -> dict[str, Any]:
    rated = item.rating is not None
    return {
        "mention_id": f"m{number:07d}", "version": 1, "current": True, "content_hash": _hash(item),
        "source": item.source, "kind": item.kind, "target": item.source, "native_id": str(number),
        "parent_id": item.parent, "url": f"https://{item.source.partition(':')[2]}/{number}", "title": item.title,
        "text": item.text, "rating": item.rating, "rating_min": item.scale[0] if rated else None,
        "rating_max": item.scale[1] if rated else None, "author_hash": item.author, "published_at": item.at,
        "published_precision": "minute", "collected_at": item.at, "lang": item.lang, "product": item.product,
        "segments": json.dumps(item.segments, ensure_ascii=False) if item.segments else None,
        "schema": 1, "segment_name": "made", "seen_at": item.at,
    }  # fmt: skip


def _hash(item: Said) -> str:
    return content_hash(item.text) if item.text else EMPTY_CONTENT


def _brand(number: int, item: Said) -> dict[str, Any]:
    return {"mention_id": f"m{number:07d}", "brand": item.brand, "how": "hint"}


def _place(number: int, item: Said) -> dict[str, Any]:
    ids = {"mention_id": f"m{number:07d}", "member_id": f"m{number:07d}", "place_id": f"p{number}"}
    return ids | {"source": item.source, "first_seen": item.at}


def _authentic(number: int, item: Said) -> dict[str, Any]:
    return {
        "mention_id": f"m{number:07d}", "p_bot": item.p_bot, "reasons": ["copies"], "cluster": item.cluster,
        "set_aside": item.set_aside, "decided_at": START,
    }  # fmt: skip


def _reading(item: Said) -> dict[str, Any] | None:
    if item.p is None or not item.text:
        return None
    detractor, passive, promoter = item.p
    return {
        "content_hash": _hash(item), "model": "made-1", "scores": [1 / 11] * 11,
        "score": 3 * detractor + 7.5 * passive + 9.5 * promoter,
        "p_detractor": detractor, "p_passive": passive, "p_promoter": promoter, "emotions": list(item.emotions),
        "touchpoints": [{"name": n, "polarity": v, "p": p} for n, v, p in item.touchpoints],
        "advocacy": item.advocacy, "leaving": item.leaving, "speaker": item.speaker, "effort": item.effort,
        "abstain": item.abstain, "lang": item.lang or "und", "read_at": START,
    }  # fmt: skip


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        frame = pd.DataFrame(rows)
        con.register("rows_in", frame)
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows_in")
        con.unregister("rows_in")
