"""Every replay server by its kind. A new API takes one class in open_social.py, open_shops.py or keyed.py."""

from __future__ import annotations

from keyed import KEYED, SECRETS, Replay
from open_shops import SHOPS
from open_social import SOCIAL, Open

OPEN: dict[str, type[Open]] = {replay.kind: replay for replay in (*SOCIAL, *SHOPS)}
REPLAYS: dict[str, type[Replay]] = {**OPEN, **KEYED}

__all__ = ["OPEN", "REPLAYS", "SECRETS", "Open", "Replay"]
