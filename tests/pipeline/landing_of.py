"""Homes and landing segments made for tests: fictional places and people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard

from crawlers.mention import Mention
from pipeline.home import Home

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONFIG = """
[[brands]]
name = "Nordvila"
aliases = ["Нордвила"]

[[brands]]
name = "Ostmar"
competitor = true
"""


def make_home(root: Path, config: str = CONFIG) -> Home:
    """A home with two brands and nothing else."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "sayso.toml").write_text(config, encoding="utf-8")
    return Home(root)


def mention(number: int = 0, **fields: Any) -> Mention:
    """A review on a fictional shop, changed by `fields`."""
    base: dict[str, Any] = {
        "source": "structured:shop.example",
        "kind": "review",
        "target": "shop",
        "native_id": f"r{number}",
        "url": f"https://shop.example/reviews/{number}",
        "text": f"Nordvila review number {number}: it works.",
        "rating": 4,
        "rating_min": 1,
        "rating_max": 5,
        "author_hash": f"author{number:04d}",
        "published_at": START - timedelta(days=1),
        "published_precision": "day",
        "collected_at": START + timedelta(minutes=number),
    }
    return Mention.model_validate(base | fields)


def land(home: Home, name: str, mentions: Iterable[Mention | str], day: str = "2026-03-01") -> Path:
    """A sealed segment of these mentions (a string is written as it stands)."""
    lines = [item if isinstance(item, str) else item.to_json() for item in mentions]
    path = home.landing / f"dt={day}" / f"{name}.jsonl.zst"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zstandard.ZstdCompressor().compress("".join(f"{line}\n" for line in lines).encode()))
    return path
