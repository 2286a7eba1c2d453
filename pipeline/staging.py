"""Validated mentions as an Arrow table, ready for the warehouse: one row an observation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from crawlers.mention import Mention, digest, mention_id
from pipeline.content import EMPTY_CONTENT, content_hash, own_title, reading_text

_TEXT, _TIME, _COUNT, _REAL = pa.string(), pa.timestamp("us", "UTC"), pa.int64(), pa.float64()
_MOST = 2**62
_AHEAD = timedelta(days=2)
"""A clock may be wrong and a zone unknown; further ahead a time of publication is an invention."""
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nobody reviewed anything on the web before; programs write year 1 or 1970 where they know no time."""

SCHEMA = pa.schema(
    [
        ("mention_id", _TEXT), ("content_hash", _TEXT), ("copy_key", _TEXT), ("segment_name", _TEXT),
        ("seen_at", _TIME), ("source", _TEXT), ("kind", _TEXT), ("target", _TEXT), ("native_id", _TEXT),
        ("parent_id", _TEXT), ("url", _TEXT), ("title", _TEXT), ("text", _TEXT), ("pros", pa.list_(_TEXT)),
        ("cons", pa.list_(_TEXT)), ("rating", _REAL), ("rating_min", _REAL), ("rating_max", _REAL),
        ("author_hash", _TEXT), ("author_features", _TEXT), ("author_created_at", _TIME),
        ("author_mentions", _COUNT), ("verified", pa.bool_()), ("published_at", _TIME),
        ("published_precision", _TEXT), ("collected_at", _TIME), ("edited_at", _TIME), ("likes", _COUNT),
        ("replies", _COUNT), ("owner_reply", _TEXT), ("lang", _TEXT), ("brand_hint", _TEXT),
        ("product", _TEXT), ("segments", _TEXT), ("schema", pa.int32()),
    ]
)  # fmt: skip

_DERIVED: dict[str, Callable[[Mention], Any]] = {
    "mention_id": lambda m: mention_id(m.source, m.native_id),
    "seen_at": lambda m: m.collected_at,
    "author_features": lambda m: _json(m.author_features),
    "segments": lambda m: _json(m.segments),
    "schema": lambda m: m.schema_version,
    "author_mentions": lambda m: _count(m.author_mentions),
    "likes": lambda m: _count(m.likes),
    "replies": lambda m: _count(m.replies),
    "published_at": lambda m: m.published_at if is_believed(m) else None,
    "published_precision": lambda m: m.published_precision if is_believed(m) else None,
}


def stage(batch: Iterable[tuple[str, Sequence[Mention]]]) -> pa.Table:
    """Rows of SCHEMA for (segment name, its mentions)."""
    rows = [(name, mention) for name, mentions in batch for mention in mentions]
    hashes = [content_hash(text_of(mention)) for _, mention in rows]
    known: dict[str, list[Any]] = {
        "segment_name": [name for name, _ in rows],
        "content_hash": hashes,
        "copy_key": [copy_key(row[1], content) for row, content in zip(rows, hashes, strict=True)],
    }
    columns = [pa.array(known.get(f.name) or _column(f.name, rows), f.type) for f in SCHEMA]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _column(name: str, rows: list[tuple[str, Mention]]) -> list[Any]:
    derive = _DERIVED.get(name)
    if derive is not None:
        return [derive(mention) for _, mention in rows]
    return [getattr(mention, name) for _, mention in rows]


def text_of(mention: Mention) -> str:
    """What the reader sees of a mention."""
    return reading_text(own_title(mention.kind, mention.title), mention.text, mention.pros, mention.cons)


def copy_key(mention: Mention, content: str) -> str | None:
    """Equal for mentions that are one and the same: text, rating and brand of one known author.

    None where nothing can be told: no author, no text, or a survey, where each answer counts. The author's
    hash holds the source, so authors of two sites never meet.
    """
    if mention.author_hash is None or content == EMPTY_CONTENT or mention.kind == "survey":
        return None
    scale = (mention.rating, mention.rating_min, mention.rating_max)
    return digest(mention.author_hash, content, mention.brand_hint or "", *map(str, scale))


def is_believed(mention: Mention) -> bool:
    """Whether its time of publication may be true: not before the web, not well after it was collected."""
    if mention.published_at is None:
        return True
    # Subtracting cannot leave the calendar, as adding to a collection in year 9999 would.
    return mention.published_at >= _EARLIEST and mention.published_at - _AHEAD <= mention.collected_at


def _count(value: int | None) -> int | None:
    return None if value is None else max(-_MOST, min(value, _MOST))


def _json(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
