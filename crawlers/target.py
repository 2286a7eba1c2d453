"""Target: one thing that the config asks a spider to collect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """`name` is unique in a home; `options` are the kind's own keys; `max_pages` caps one run."""

    name: str
    kind: str
    url: str | None = None
    brand: str | None = None
    recheck_days: int = 30
    every_seconds: int = 0
    options: dict[str, Any] = field(default_factory=dict)
