"""Taking lines out of landing for good: segments, rejects and the inbox are rewritten without them.

Each file is written anew beside itself, flushed, and put in place in one step under its old name: a kill
leaves the old file or the new one, and ingest knows it as taken either way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard

from pipeline import landed
from pipeline.files import flush, replaced
from pipeline.landed import Segment

TEMPORARY = ".tmp"

Record = dict[str, Any]
Doomed = Callable[[Record | None, bytes], bool]
"""Whether a line goes: its record (None where it is no JSON object) and its bytes."""


@dataclass(slots=True)
class Erased:
    """What was taken from a file, and of the lines that stay the oldest collection by source kind."""

    lines: int = 0
    oldest: dict[str, datetime] = field(default_factory=dict)


def erase(segment: Segment, doomed: Doomed) -> Erased:
    """Rewrite a segment without its doomed lines; an emptied one is removed.

    Raises SegmentError if it cannot be read; it then stays as it is.
    """
    erased, kept = Erased(), 0
    for record, line in _records(segment):
        if doomed(record, line):
            erased.lines += 1
        else:
            kept += 1
            _age(record, erased.oldest)
    if erased.lines and kept:
        _rewrite(segment.path, (line for record, line in _records(segment) if not doomed(record, line)))
    elif erased.lines:
        segment.path.unlink()
        flush(segment.path.parent)
    return erased


def segments(landing: Path) -> list[Segment]:
    """All segments of mentions and of rejects."""
    return [*landed.segments(landing), *landed.segments(landing / "rejected")]


def clean(landing: Path) -> None:
    """Remove what a killed rewriting left half-written."""
    for folder in (landing, landing / "rejected"):
        for path in folder.glob(f"dt=*/*{TEMPORARY}"):
            path.unlink(missing_ok=True)


def collected(record: Record | None) -> datetime | None:
    """When a landed line was collected; None where it does not say so."""
    with suppress(KeyError, TypeError, ValueError):
        at = datetime.fromisoformat((record or {})["collected_at"])
        return at if at.tzinfo else None
    return None


def kind_of(source: object) -> str:
    """The source kind of a source, which begins with it."""
    return str(source or "").partition(":")[0]


def erase_inbox(inbox: Path, ids: Collection[str]) -> int:
    """Take people's words on these mentions out of the inbox; how many files changed."""
    changed = 0
    for path in inbox.glob("*.json"):
        try:
            value = json.loads(path.read_bytes())
        except (ValueError, OSError):
            continue  # ingest names it as damaged; it can hold no word that anything reads
        left = _without(value, ids)
        if left == value:
            continue
        changed += 1
        if left is None:
            path.unlink()
        else:
            with replaced(path, TEMPORARY) as file:
                file.write((json.dumps(left, ensure_ascii=False) + "\n").encode())
    return changed


def _without(value: Any, ids: Collection[str]) -> Any:
    """The value without objects that speak of one of these mentions; None where it is one itself."""
    if isinstance(value, dict):
        if value.get("mention_id") in ids:
            return None
        return {key: _without(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        left = ((item, _without(item, ids)) for item in value)
        return [now for was, now in left if now is not None or was is None]
    return value


def _records(segment: Segment) -> Iterator[tuple[Record | None, bytes]]:
    for line in landed.lines(segment):
        if line.strip():
            yield _record(line), line


def _record(line: bytes) -> Record | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _age(record: Record | None, oldest: dict[str, datetime]) -> None:
    at = collected(record)
    if record is None or at is None:
        return
    kind = kind_of(record.get("source"))
    oldest[kind] = min(at, oldest.get(kind, at))


def _rewrite(path: Path, lines: Iterable[bytes]) -> None:
    packer = zstandard.ZstdCompressor(level=6)
    with replaced(path, TEMPORARY) as file, packer.stream_writer(file, closefd=False) as writer:
        for line in lines:
            writer.write(line + b"\n")
