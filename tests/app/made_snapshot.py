"""A made snapshot of three fictional telecoms over a year, written through the real schema; seeded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from models.readings import EMOTIONS
from pipeline.home import Home
from pipeline.snapshot import SCHEMA as SNAPSHOT_SCHEMA
from pipeline.sql import query

SCHEMA = files("pipeline") / "queries" / "snapshot_schema.sql"
MADE_AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
SOURCES = (
    ("structured:shop.example", "structured", "review"),
    ("discourse:forum.example", "discourse", "post"),
    ("feed:blog.example", "feed", "comment"),
)
TEXTS = {
    "en": (
        "Support answered in two minutes and fixed my line the same evening. Thank you! 🙏",
        "Third outage this month and nobody can say when it ends. I am done waiting.",
        "It works. Nothing special, the price is what everybody asks.",
    ),
    "lv": (
        "Paldies par ātro pieslēgumu, viss strādā lieliski!",
        "Jau trešo dienu nav interneta, un palīdzības tālrunis klusē.",
        "Parasts tīkls, ne labāks, ne sliktāks par citiem.",
    ),
    "lt": (
        "Puikus ryšys net miške, rekomenduoju draugams.",
        "Sąskaita vėl didesnė nei sutarta, labai nusivyliau.",
        "Normalu, kaip ir visur.",
    ),
    "cs": (
        "Skvělá obsluha na prodejně, vše vysvětlili.",
        "Aplikace padá při každém přihlášení, to je k vzteku.",
        "Jde to, cena odpovídá.",
    ),
    "ru": (
        "Спасибо мастеру, подключил за полчаса, всё летает.",
        "Отключили связь без предупреждения, ужасное отношение.",
        "Обычный оператор, ничего особенного.",
    ),
    "et": (
        "Väga kiire internet ja sõbralik klienditugi.",
        "Arve oli jälle vale, olen pettunud.",
        "Täitsa tavaline teenus.",
    ),
}
LIKELY = {
    1: {"delight": 0.6, "gratitude": 0.5, "trust": 0.45, "hope": 0.15},
    0: {"neutral": 0.7, "trust": 0.15, "confusion": 0.15, "hope": 0.1},
    -1: {
        "irritation": 0.5,
        "disappointment": 0.55,
        "anger": 0.35,
        "worry": 0.2,
        "disgust": 0.12,
        "confusion": 0.2,
    },
}
CAMPAIGN = "c0ffee:Lumora"
TOUCHPOINTS = ("signal", "billing", "support")
URLS = {name: f"https://{name.partition(':')[2]}/m/" for name, _, _ in SOURCES}


BENCHMARKS = [
    {"level": "industry", "name": "telecom", "nps": 31.0, "instrument": "survey", "year": 2024,
     "country": "EU", "note": "made up", "origin": "shipped"},
]  # fmt: skip


@dataclass(frozen=True)
class MadeBrand:
    """A brand to make: shares of promoters and detractors, how many mentions, whether it is a competitor."""

    name: str
    promoters: float
    detractors: float
    mentions: int
    competitor: bool = True


BRANDS = (
    MadeBrand("Lumora", 0.52, 0.25, 900, competitor=False),
    MadeBrand("Vestnet", 0.36, 0.40, 600),
    MadeBrand("Kaskada", 0.44, 0.24, 400),
)


def make_snapshot(
    home: Home,
    brands: Sequence[MadeBrand] = BRANDS,
    *,
    seed: int = 7,
    generation: int = 1,
    extra_texts: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write `snapshots/NNNNNNNN.duckdb` and CURRENT; `extra_texts` are (text, url) of further newest mentions
    of the first brand."""
    rng = np.random.default_rng(seed)
    rows = [_row(rng, brand, number) for brand in brands for number in range(brand.mentions)]
    rows += [_hostile(brands[0].name, number, text, url) for number, (text, url) in enumerate(extra_texts)]
    path = home.snapshots / f"{generation:08d}.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(SCHEMA.read_text(encoding="utf-8"))
        _fill(con, "mentions", [row["mention"] for row in rows])
        con.execute("UPDATE mentions SET folded = " + query("mentions.folded"))
        _fill(con, "facts", [row["fact"] for row in rows])
        _fill(con, "sources", _sources(rows))
        _fill(con, "preferences", _preferences(rows, brands))
        _fill(con, "benchmarks", BENCHMARKS)
        _fill(con, "meanings", [_meaning(row["mention"]) for row in rows])
        for table, found in _campaign(rows, brands[0].name).items():
            _fill(con, table, found)
        con.executemany("INSERT INTO meta VALUES (?, ?)", list(_meta(brands, generation).items()))
    pointer = home.snapshots / "CURRENT"
    pointer.write_text(path.name + "\n", encoding="utf-8")
    return path


def write_config(home: Home, brands: Sequence[MadeBrand] = BRANDS, extra: str = "") -> None:
    """A sayso.toml that names these brands."""
    tables = [
        f'[[brands]]\nname = "{brand.name}"\ncompetitor = {str(brand.competitor).lower()}' for brand in brands
    ]
    home.config_file.write_text("\n".join([*tables, extra]) + "\n", encoding="utf-8")


def _meta(brands: Sequence[MadeBrand], generation: int) -> dict[str, str]:
    return {
        "generation": str(generation),
        "made_at": MADE_AT.isoformat(),
        "model": "made-1",
        "star_map": "standard",
        "native_ratings": "use",
        "schema": str(SNAPSHOT_SCHEMA),
        "language": "en",
        "brands": json.dumps([{"name": b.name, "competitor": b.competitor} for b in brands]),
    }


def _row(rng: np.random.Generator, brand: MadeBrand, number: int) -> dict[str, dict[str, Any]]:
    days = float(rng.uniform(0, 365))
    outage = brand.name == "Lumora" and 110 < days < 135
    detractors = min(0.85, brand.detractors + (0.35 if outage else 0.0))
    promoters = (brand.promoters + (0.06 if days < 90 and not brand.competitor else 0)) * (
        0.4 if outage else 1
    )
    kind = int(rng.choice([1, 0, -1], p=[promoters, 1 - promoters - detractors, detractors]))
    source, source_kind, posted = SOURCES[int(rng.choice(3, p=[0.5, 0.35, 0.15]))]
    lang = str(rng.choice(list(TEXTS), p=[0.25, 0.25, 0.15, 0.15, 0.12, 0.08]))
    text = TEXTS[lang][{1: 0, -1: 1, 0: 2}[kind]]
    at = MADE_AT - timedelta(days=days)
    mention_id = f"{brand.name[:2].lower()}{number:06d}"
    rating = {1: 5.0, 0: 4.0, -1: float(rng.choice([1, 2]))}[kind] if source_kind == "structured" else None
    set_aside = bool(brand.name == "Lumora" and 40 < days < 43 and kind == -1)
    mention = _mention(mention_id, brand.name, source, source_kind, posted, lang, text, rating, at)
    fact = {**_keys(mention), **_reading(rng, kind, rating), "at": at, "day": at.date()}
    fact |= {"author_hash": f"a{int(rng.integers(0, 900))}", "thread": f"t{int(rng.integers(0, 400))}"}
    fact |= {"p_bot": 0.95 if set_aside else float(rng.uniform(0, 0.2)), "set_aside": set_aside}
    return {"mention": mention, "fact": fact}


def _hostile(brand: str, number: int, text: str, url: str) -> dict[str, dict[str, Any]]:
    rng = np.random.default_rng(number)
    at = MADE_AT - timedelta(minutes=number + 1)
    mention = _mention(
        f"zz{number:06d}", brand, "discourse:forum.example", "discourse", "post", "en", text, None, at
    )
    mention["url"] = url
    fact = {**_keys(mention), **_reading(rng, -1, None), "at": at, "day": at.date(), "set_aside": False}
    return {"mention": mention, "fact": fact | {"author_hash": f"z{number}", "thread": "zz", "p_bot": 0.1}}


def _mention(
    mention_id: str, brand: str, source: str, source_kind: str, kind: str, lang: str, text: str, rating: float | None, at: datetime
) -> dict[str, Any]:  # fmt: skip
    return {
        "mention_id": mention_id, "version": 1, "brand": brand, "source": source, "source_kind": source_kind,
        "kind": kind, "lang": lang, "title": None, "text": text, "rating": rating,
        "rating_min": None if rating is None else 1.0, "rating_max": None if rating is None else 5.0,
        "url": URLS[source] + mention_id, "places": 1, "published_at": at, "published_precision": "minute",
        "collected_at": MADE_AT,
    }  # fmt: skip


def _keys(mention: dict[str, Any]) -> dict[str, Any]:
    names = ("mention_id", "brand", "source", "source_kind", "kind", "lang")
    return {name: mention[name] for name in names}


def _reading(rng: np.random.Generator, kind: int, rating: float | None) -> dict[str, Any]:
    sure = float(rng.uniform(0.55, 0.9))
    rest = (1 - sure) / 2
    p = {name: sure if name == kind else rest for name in (1, 0, -1)}
    felt = {
        name: float(np.clip(rng.normal(likely, 0.15), 0.01, 0.99)) for name, likely in LIKELY[kind].items()
    }
    emotions = [felt.get(name, float(rng.uniform(0, 0.06))) for name in EMOTIONS]
    return {
        "native_class": None if rating is None else kind,
        "score": 9.4 * p[1] + 7.5 * p[0] + 2.5 * p[-1],
        "p_promoter": p[1], "p_passive": p[0], "p_detractor": p[-1],
        "emotions": emotions, "abstain": bool(sure < 0.6), "speaker": "customer", "p_generated": 0.05,
        **_relation(kind, sure),
    }  # fmt: skip


def _relation(kind: int, sure: float) -> dict[str, Any]:
    """Touchpoints and what a text says of staying: told from the class alone, so that no draw moves."""
    place = int(sure * 1e6) % len(TOUCHPOINTS)
    return {
        "touchpoints": [TOUCHPOINTS[place]], "polarities": [0.8 * kind], "advocacy": 0.7 * kind * sure,
        "leaving": 0.85 if kind == -1 and sure > 0.8 else 0.05, "effort": 0.6 * kind,
    }  # fmt: skip


def _preferences(
    rows: Sequence[dict[str, dict[str, Any]]], brands: Sequence[MadeBrand]
) -> list[dict[str, Any]]:
    """Every twentieth detractor of the first brand calls the second one better."""
    if len(brands) < 2:
        return []
    angry = [
        row["mention"]["mention_id"] for row in rows
        if row["mention"]["brand"] == brands[0].name and row["fact"]["polarities"][0] < 0
    ]  # fmt: skip
    return [
        {"mention_id": mention_id, "brand": brands[0].name, "rival": brands[1].name, "rival_better": True}
        for mention_id in angry[::20]
    ]


def _meaning(mention: dict[str, Any]) -> dict[str, Any]:
    """A vector that texts of one class share, whatever their language."""
    place = next(
        (n for texts in TEXTS.values() for n, text in enumerate(texts) if text == mention["text"]), 0
    )
    vector = [0, 0, 0, 10]
    vector[place] = 120
    return {"mention_id": mention["mention_id"], "model": "made-1", "vector": np.array(vector, dtype=np.int8)}


def _campaign(rows: Sequence[dict[str, dict[str, Any]]], brand: str) -> dict[str, list[dict[str, Any]]]:
    """What was set aside of the first brand as one campaign, with evidence both ways, accounts and a tie."""
    members = [row["fact"] for row in rows if row["fact"]["set_aside"] and row["fact"]["brand"] == brand]
    if not members:
        return {}
    at = [fact["at"] for fact in members]
    evidence = [
        {"toward": "attack", "code": "same_wording", "value": 0.9, "usual": 0.02, "weight": 3.0},
        {"toward": "attack", "code": "one_window", "value": 9, "usual": 1.5, "weight": 2.0},
        {"toward": "organic", "code": "many_sources", "value": 3, "usual": 1, "weight": 0.5},
    ]
    accounts = sorted({fact["author_hash"] for fact in members})
    return {
        "campaigns": [{
            "campaign_id": CAMPAIGN, "brand": brand, "direction": "smear", "found_at": max(at),
            "started_at": min(at), "ended_at": max(at), "updated_at": max(at), "mentions": len(members),
            "authors": len(accounts), "sources": sorted({fact["source"] for fact in members}),
            "langs": sorted({fact["lang"] for fact in members}), "clusters": 1, "set_aside": len(members),
            "p_value": 0.0001, "q_value": 0.0004, "nps_with": 17.0, "nps_without": 18.5,
            "footprint_change": json.dumps({"anger": 0.02}), "verdict": "coordinated",
            "evidence": json.dumps(evidence), "reasons": ["copies", "burst"], "state": "open",
        }],
        "campaign_mentions": [
            {"campaign_id": CAMPAIGN, "mention_id": fact["mention_id"], "cluster": "c1", "p_bot": 0.95,
             "reasons": ["copies"]}
            for fact in members
        ],
        "campaign_accounts": [
            {"campaign_id": CAMPAIGN, "author_hash": name, "mentions": 1, "first_at": min(at),
             "last_at": max(at), "age_days": 3.0, "one_mention": True, "targets": 1, "p_bot": 0.95}
            for name in accounts
        ],
        "campaign_ties": [
            {"campaign_id": CAMPAIGN, "a": a, "b": b, "kind": "copies", "weight": 1.0, "pairs": 1}
            for a, b in pairwise(accounts)
        ],
    }  # fmt: skip


def _sources(rows: Sequence[dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    found = []
    for number, (source, kind, _) in enumerate(SOURCES):
        mine = [row["mention"] for row in rows if row["mention"]["source"] == source]
        found.append({
            "target": source.partition(":")[2], "kind": kind, "url": f"https://{source.partition(':')[2]}/",
            "last_crawl": MADE_AT - timedelta(hours=number), "pages": 120, "new": 12, "edited": 1, "known": 300,
            "rejected": 0, "errors": 4 if number == 2 else 0,
            "warnings": ["robots.txt asks for 5 s between pages"] if number == 2 else [],
            "mentions": len(mine), "newest_mention": max((m["published_at"] for m in mine), default=None),
        })  # fmt: skip
    return found


def _fill(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        frame = pd.DataFrame(rows)
        con.register("rows_in", frame)
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows_in")
        con.unregister("rows_in")
