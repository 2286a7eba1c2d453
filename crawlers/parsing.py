"""What parsers take and give: bytes and an address in; mentions, ratings and rejects out. No network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from crawlers.authors import AuthorHasher
from crawlers.mention import Mention, mention_id


class ParseError(ValueError):
    """The bytes are not a page of this kind at all: says what was expected, where, and what was found."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a source. `collected_at` is aware UTC; `charset` is what the HTTP header said, if any."""

    body: bytes
    url: str
    collected_at: datetime
    hasher: AuthorHasher
    charset: str | None = None
    target: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Host with port, lower case."""
        return urlsplit(self.url).netloc.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class RatingSnapshot:
    """An aggregate rating that a page shows. It is not a mention."""

    url: str
    seen_at: datetime
    product: str | None = None
    rating: float | None = None
    rating_min: float | None = None
    rating_max: float | None = None
    ratings: int | None = None
    reviews: int | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """Something that looked like a mention and is not taken: why, and where it stood. `gone` is the id of a
    mention that its source says is deleted: whoever holds it gives it up."""

    reason: str
    where: str
    raw: str
    gone: str | None = None


class Deleted(ValueError):
    """The source shows that this item was there and was taken back."""

    def __init__(self, native_id: str, source: str = "") -> None:
        super().__init__("deleted")
        self.native_id, self.source = native_id, source

    def of(self, source: str) -> str:
        """The mention's id, on this source where the item names none."""
        return mention_id(self.source or source, self.native_id)


@dataclass(slots=True)
class Parsed:
    """Everything one page gave. `found` counts review-like nodes, taken or not: a page with found = 0 may be
    a layout change. `warnings` say in stable words what looks like a changed format."""

    mentions: list[Mention] = field(default_factory=list)
    ratings: list[RatingSnapshot] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    found: int = 0
    warnings: list[str] = field(default_factory=list)


Parser = Callable[[Page], Parsed]
"""A parser raises only ParseError, whatever the bytes."""
