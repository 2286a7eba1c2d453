"""Mention, the one record that a spider yields, and its identity."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from crawlers.surrogates import mended

SCHEMA_VERSION = 1

Kind = Literal["review", "post", "comment", "reply", "survey"]
Precision = Literal["second", "minute", "hour", "day", "month", "year"]


class Mention(BaseModel):
    """One text that somebody published about a brand. Absent is None; a rating of 0 is a rating.

    `source` is the spider's kind plus a host (`discourse:forum.example.com`), `target` the target's name.
    `rating` lies on `[rating_min, rating_max]`, as published. `author_hash` is a keyed hash: the handle
    itself never enters a Mention. All times are aware and UTC. `lang` is what the source states, ISO 639-1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: str = Field(min_length=1)
    kind: Kind
    target: str | None = None
    native_id: str = Field(min_length=1)
    parent_id: str | None = None
    url: str | None = None
    title: str | None = None
    text: str | None = None
    pros: list[str] | None = None
    cons: list[str] | None = None
    rating: float | None = None
    rating_min: float | None = None
    rating_max: float | None = None
    author_hash: str | None = None
    author_features: dict[str, float] | None = None
    author_created_at: AwareDatetime | None = None
    author_mentions: int | None = Field(default=None, ge=0)
    verified: bool | None = None
    published_at: AwareDatetime | None = None
    published_precision: Precision | None = None
    collected_at: AwareDatetime
    edited_at: AwareDatetime | None = None
    likes: int | None = None
    replies: int | None = Field(default=None, ge=0)
    owner_reply: str | None = None
    lang: str | None = None
    brand_hint: str | None = None
    product: str | None = None
    segments: dict[str, str] | None = None
    schema_version: int = Field(default=SCHEMA_VERSION, alias="schema")

    @model_validator(mode="before")
    @classmethod
    def _encodes(cls, values: Any) -> Any:
        """Half a character in whatever field would keep the whole mention from being written."""
        return mended(values)

    @field_validator("title", "text", "owner_reply", "product", "lang", "brand_hint", "url", "parent_id")
    @classmethod
    def _blank_is_absent(cls, value: str | None) -> str | None:
        return value if value and value.strip() else None

    @field_validator("published_at", "collected_at", "edited_at", "author_created_at")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        return value.astimezone(UTC) if value else None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.rating is None and not (self.text or self.title or self.pros or self.cons):
            raise ValueError("a mention needs a text or a rating")
        if self.rating is not None:
            _check_scale(self.rating, self.rating_min, self.rating_max)
        return self

    def to_json(self) -> str:
        """One JSON object on one line, every contract field present, absent as null."""
        return self.model_dump_json(by_alias=True)


def _check_scale(rating: float, low: float | None, high: float | None) -> None:
    if low is None or high is None or not all(map(math.isfinite, (rating, low, high))):
        raise ValueError("a rating needs a finite rating_min and rating_max")
    if not low <= rating <= high or low == high:
        raise ValueError(f"rating {rating} lies outside its scale {low}..{high}")


def mention_id(source: str, native_id: str) -> str:
    """Identity of a mention: sha256 over source and native id, 64 hex digits."""
    return digest(source, native_id)


def fallback_id(*parts: Any) -> str:
    """A native id for a mention whose source gives none and has no permalink.

    `parts` are (page, author, raw date, rating, text, ordinal on the page). An edited text then looks like
    a new mention: nothing on the page could tell otherwise.
    """
    return "h:" + digest(*("" if part is None else str(part) for part in parts))[:32]


def digest(*parts: str) -> str:
    """sha256 over the parts with an unambiguous separator, 64 hex digits."""
    joined = "\x1f".join(part.replace("\x1f", " ") for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What must not be kept again: ids of mentions, hashes of authors, from `forgotten.jsonl` in landing."""

    mentions: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()

    @staticmethod
    def file(landing_root: Path) -> Path:
        """Where they stand, one JSON object a line: `mention_id` or `author_hash`, and `at`."""
        return Path(landing_root) / "forgotten.jsonl"

    @classmethod
    def read(cls, landing_root: Path) -> Self:
        """Who and what was forgotten so far."""
        try:
            lines = cls.file(landing_root).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return cls()
        found = [json.loads(line) for line in lines if line.strip()]
        ids = frozenset(item["mention_id"] for item in found if "mention_id" in item)
        return cls(ids, frozenset(item["author_hash"] for item in found if "author_hash" in item))

    def covers(self, mention: Mention) -> bool:
        """Whether this mention was forgotten, or its author."""
        if not (self.mentions or self.authors):
            return False
        return self.names(mention_id(mention.source, mention.native_id), mention.author_hash)

    def names(self, identity: str, author_hash: str | None) -> bool:
        """Whether the mention of this id was forgotten, or its author."""
        return identity in self.mentions or (author_hash is not None and author_hash in self.authors)
