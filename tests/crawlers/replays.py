"""Every replay server by its kind. A new API takes one class in open_social.py, open_shops.py or keyed.py."""

from __future__ import annotations

import json
from typing import Any

from keyed import KEYED, SECRETS, Replay
from open_shops import SHOPS
from open_social import SOCIAL, Open

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


__all__ = ["OPEN", "REPLAYS", "SECRETS", "Open", "Replay", "answered", "items", "unserved"]
