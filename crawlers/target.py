"""Target: one thing that the config asks a spider to collect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """`name` is unique in a home; `options` are the kind's own keys; `keep_days` how long its texts may be
    kept unless a sweep meets them again."""

    name: str
    kind: str
    url: str | None = None
    brand: str | None = None
    recheck_days: int = 30
    keep_days: int | None = None
    every_seconds: int = 0
    options: dict[str, Any] = field(default_factory=dict)
