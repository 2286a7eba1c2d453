"""Every replay server by its kind. A new API takes one class in open_social.py, open_shops.py or keyed.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keyed import KEYED, SECRETS, Replay
from open_shops import SHOPS
from open_social import SOCIAL, Open

from crawlers.target import Target

OPEN: dict[str, type[Open]] = {replay.kind: replay for replay in (*SOCIAL, *SHOPS)}
REPLAYS: dict[str, type[Replay]] = {**OPEN, **KEYED}


def answered(kind: str, items: list[Any]) -> bytes:
    """An answer of this kind that holds these items, without a server."""
    replay = unserved(kind, len(items))
    return replay.body(items) if isinstance(replay, Open) else json.dumps(replay.wrap(items)).encode()


def items(kind: str, *words: str) -> list[Any]:
    """Items of this kind, one a text."""
    replay = unserved(kind, len(words))
    return [replay.item(number, said) for number, said in enumerate(words, 1)]


def unserved(kind: str, number: int) -> Replay:
    """A replay without a server, for its items and what is around them; `number` is how many it pretends."""
    replay = REPLAYS[kind].__new__(REPLAYS[kind])
    replay.items = {one: {} for one in range(number)}
    return replay


def target(stage: Any, replay: Any, url: str | None = None, recheck_days: int = 30, **options: Any) -> Target:
    """A target of the replay's kind, at its address unless told another."""
    asked = replay.options() | options
    return Target(stage.name, replay.kind, url or replay.url, recheck_days=recheck_days, options=asked)


def ids(stage: Any) -> list[str]:
    """Native ids of what landed, in order."""
    return [record["native_id"] for record in stage.landed()]


def assert_no_secret_is_kept(place: Path) -> None:
    """Neither a key nor a token stands in any file below the folder: reports, memory, segments, rejects."""
    kept = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    hidden = [value for keys in SECRETS.values() for value in keys.values()] + ["t0ken", "again-"]
    assert len(kept) > 10_000
    assert not [value for value in hidden if value.encode() in kept]


__all__ = [
    "OPEN", "REPLAYS", "SECRETS", "Open", "Replay", "answered", "assert_no_secret_is_kept", "ids", "items",
    "target", "unserved",
]  # fmt: skip
