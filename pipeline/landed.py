"""What landing holds: segments of mentions, one JSON object a line (docs/landing.md)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import zstandard
from pydantic import ValidationError

from crawlers.mention import Mention
from pipeline.errors import SaysoError

MAX_SEGMENT_BYTES = 2 << 30
"""Decompressed. A writer seals segments at a few thousand items: more than this is a bomb or a fault."""
_CHUNK = 1 << 16
_LONGEST_LINE = 64 << 20
_RAW_KEPT = 2_000


class SegmentError(SaysoError):
    """A segment file is damaged or truncated; nothing of it is taken."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """One sealed file of landing; `name` is its path inside landing."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a segment that is not a valid mention, and why."""

    line: int
    reason: str
    raw: str


@dataclass(slots=True)
class Content:
    """What a segment holds: valid mentions in file order, and the lines that are not."""

    mentions: list[Mention] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


def segments(landing: Path) -> list[Segment]:
    """All sealed segments, by name: oldest first, since names begin with the time."""
    found = [path for path in landing.glob("dt=*/*.jsonl.zst") if path.is_file()]
    return sorted(
        (Segment(path.relative_to(landing).as_posix(), path) for path in found), key=lambda s: s.name
    )


def read(segment: Segment) -> Content:
    """The whole of a segment. Raises SegmentError if the file is damaged, truncated or too large."""
    content = Content()
    for number, line in enumerate(lines(segment), 1):
        if line.strip():
            _take(content, number, line)
    return content


def _take(content: Content, number: int, line: bytes) -> None:
    try:
        content.mentions.append(Mention.model_validate_json(line))
    except (ValidationError, OverflowError) as error:
        raw = line[:_RAW_KEPT].decode("utf-8", "replace")
        content.bad.append(BadLine(number, _reason(error), raw))


def _reason(error: ValidationError | OverflowError) -> str:
    """Where and why, without the offending value: reasons reach logs, texts must not."""
    if isinstance(error, OverflowError):
        return f"a time outside the calendar: {error}"
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "line"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"


def lines(segment: Segment) -> Iterator[bytes]:
    """The lines of a segment. Raises SegmentError as `read` does."""
    rest = b""
    for chunk in _decompressed(segment):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise _damaged(segment, f"a line is longer than {_LONGEST_LINE >> 20} MiB")
        yield from whole
    if rest:
        yield rest


def _decompressed(segment: Segment) -> Iterator[bytes]:
    """Chunks of the file's content, every frame of it whole."""
    size, frame = 0, zstandard.ZstdDecompressor().decompressobj()
    fresh = True
    try:
        with segment.path.open("rb") as file:
            while data := file.read(_CHUNK):
                while data:
                    if frame.eof:
                        frame = zstandard.ZstdDecompressor().decompressobj()
                    chunk, fresh = frame.decompress(data), False
                    data = frame.unused_data if frame.eof else b""
                    size += len(chunk)
                    _check_size(size, segment)
                    yield chunk
    except (zstandard.ZstdError, OSError) as error:
        raise _damaged(segment, str(error)) from error
    if fresh or not frame.eof:
        raise _damaged(segment, "it ends in the middle")


def _check_size(size: int, segment: Segment) -> None:
    if size > MAX_SEGMENT_BYTES:
        raise _damaged(segment, f"it unpacks to more than {MAX_SEGMENT_BYTES >> 30} GiB")


def _damaged(segment: Segment, why: str) -> SegmentError:
    return SegmentError(
        f"A landing segment cannot be read: {why}",
        where=segment.name,
        next_step="restore it from a backup, or move it out of landing and crawl its targets again",
    )


def keep_rejects(landing: Path, segment: Segment, bad: list[BadLine]) -> None:
    """Keep a segment's bad lines, if any, with their reasons, as docs/landing.md describes rejects.

    Written whole or not at all; done again it replaces itself, so that a killed ingest doubles nothing.
    """
    if not bad:
        return
    folder = landing / "rejected" / Path(segment.name).parent
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"ingest-{segment.path.name}"
    part = target.with_name(target.name + ".tmp")
    with part.open("wb") as file:
        file.write(zstandard.ZstdCompressor().compress(_reject_lines(segment, bad)))
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)


def _reject_lines(segment: Segment, bad: list[BadLine]) -> bytes:
    at = datetime.now(UTC).isoformat()
    lines = (
        {
            "reason": b.reason,
            "where": f"{segment.name}:{b.line}",
            "raw": b.raw,
            "source": None,
            "target": None,
            "at": at,
        }
        for b in bad
    )
    return "".join(json.dumps(line) + "\n" for line in lines).encode()
