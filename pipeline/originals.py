"""The collected originals of mentions: which line of which landing segment, when, and their hashes.

A dossier names them so that anybody who holds the archive can check that nothing was changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from crawlers.mention import mention_id
from pipeline.landed import Segment, SegmentError, lines, segments


@dataclass(frozen=True, slots=True)
class Original:
    """One landed record of a mention. Hashes are SHA-256 in hex: `record` of the line without its end,
    `segment` of the whole file."""

    mention_id: str
    segment: str
    line: int
    collected_at: str
    record_sha256: str
    segment_sha256: str


def originals(landing: Path, wanted: Iterable[tuple[str, datetime]]) -> dict[str, list[Original]]:
    """Every landed record of the wanted (mention id, time of collection), by id, oldest first.

    Only segments of those days are read. One that cannot be read gives nothing; `sayso ingest` names it.
    """
    ids, days = set[str](), set[date]()
    for name, collected_at in wanted:
        ids.add(name)
        # A segment is named by the day of its writing, which may end after midnight.
        days |= {collected_at.date() + timedelta(days=shift) for shift in (-1, 0, 1)}
    found: dict[str, list[Original]] = {}
    folders = {f"dt={day.isoformat()}" for day in days}
    for segment in segments(landing):
        if segment.name.partition("/")[0] in folders:
            for original in _of(segment, ids):
                found.setdefault(original.mention_id, []).append(original)
    return found


def _of(segment: Segment, ids: set[str]) -> list[Original]:
    try:
        hits = list(_hits(segment, ids))
        whole = hashlib.sha256(segment.path.read_bytes()).hexdigest() if hits else ""
    except (SegmentError, OSError):
        return []
    return [
        Original(name, segment.name, number, collected, hashlib.sha256(line).hexdigest(), whole)
        for name, number, collected, line in hits
    ]


def _hits(segment: Segment, ids: set[str]) -> Iterator[tuple[str, int, str, bytes]]:
    for number, line in enumerate(lines(segment), 1):
        try:
            record = json.loads(line)
            name = mention_id(record["source"], record["native_id"])
            collected = str(record["collected_at"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # a rejected line: ingest keeps it with its reason
        if name in ids:
            yield name, number, collected, line
