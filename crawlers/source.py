"""A source: where to go (a spider), how to read what it answers (a parser), and what it asks of its user."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from crawlers.parsing import Parser
from crawlers.visit import Visit

Spider = Callable[[Visit], Awaitable[None]]
"""Walks one target: fetches through the visit, hands every page to it, and returns when there is no more.

Whatever it raises ends this target alone. Where the source is at its end, it returns; where it had to stop
before, it lets the error through, so that nobody takes the part for the whole.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One source kind, as `sayso sources` lists it.

    `needs` says what the user must bring, `standing` whether its format was proven on real answers, `terms`
    what its rules ask, `retention_days` how long its texts may be kept. `options` documents the keys that a
    target of this kind may carry beyond the common ones.
    """

    kind: str
    summary: str
    spider: Spider
    parser: Parser
    needs: Literal["nothing", "a key", "the owner's login"] = "nothing"
    standing: Literal["proven", "experimental"] = "proven"
    terms: str = ""
    retention_days: int | None = None
    options: dict[str, str] = field(default_factory=dict)
