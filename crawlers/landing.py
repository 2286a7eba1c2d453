"""Landing: append-only segments of mentions, renamed into place when whole. Format: docs/landing.md."""

from __future__ import annotations

import fcntl
import io
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import zstandard

from crawlers.mention import Forgotten, Mention
from crawlers.parsing import Reject
from crawlers.sheets import Ready

SUFFIX = ".jsonl.zst"
PART = SUFFIX + ".part"
GONE = "gone.jsonl"
"""In landing: ids of mentions that their sources deleted, and when that was seen."""
_FLUSH_EVERY = 0.25
"""Seconds."""
MAX_RAW = 2_000
"""Characters of a rejected item that are kept: enough to see why."""


class Landing:
    """Where mentions and rejects are put down. Nothing is visible to a reader before its segment is sealed.

    A segment is sealed after `batch` items or `seconds`, at `seal()` and on leaving the context, an exception
    included: what was collected until then stays. `on_seal(names)` is called with the names of the segments
    that just became visible; whoever keeps a watermark commits it there.
    """

    def __init__(
        self,
        root: Path,
        *,
        batch: int = 2_000,
        seconds: float = 5.0,
        on_seal: Callable[[list[str]], None] | None = None,
    ) -> None:
        self.root, self._batch, self._seconds, self._on_seal = Path(root), batch, seconds, on_seal
        self.root.mkdir(parents=True, exist_ok=True)
        self.salvaged = salvage(self.root)
        self._mentions, self._rejects = _Segment(self.root), _Segment(self.root / "rejected")
        self.sealed = 0
        self.forgotten = Forgotten.read(self.root)
        self._lost: list[str] = []
        self._since = self._flushed = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None
    ) -> None:
        self.seal()

    def add(self, mention: Mention) -> None:
        """Puts one mention down, unless it was forgotten: whoever asked for that is not collected again."""
        if self.forgotten.covers(mention):
            return
        self._mentions.write(mention.to_json().encode())
        self._seal_if_due()

    def put(self, ready: Ready) -> None:
        """Puts one mention down that is ready for it; whoever calls has asked `forgets`."""
        self._mentions.write(ready.line)
        self._seal_if_due()

    def forgets(self, ready: Ready) -> bool:
        """Whether this mention or its author was forgotten, and so must not land."""
        return self.forgotten.names(ready.identity.hex(), ready.author_hash)

    def lose(self, identity: str) -> None:
        """Notes that a mention which landed before is deleted at its source: whoever holds it gives it up."""
        self._lost.append(json.dumps({"mention_id": identity, "at": datetime.now(UTC).isoformat()}))

    def reject(self, reject: Reject, *, source: str | None = None, target: str | None = None) -> None:
        """Puts one rejected item down, with its reason; its raw form is cut to MAX_RAW characters."""
        self._rejects.write(reject_line(reject, source, target).encode())
        self._seal_if_due()

    def flush(self) -> None:
        """Hands everything to the operating system, so that a kill -9 leaves it to be salvaged."""
        self._mentions.flush()
        self._rejects.flush()
        self._flushed = time.monotonic()

    def flush_if_late(self) -> None:
        """As `flush`, where the last one was a while ago: it costs as much as a small page, and what a kill
        takes with it is fetched again, because no watermark covers it."""
        if time.monotonic() - self._flushed >= _FLUSH_EVERY:
            self.flush()

    def seal_if_late(self) -> None:
        """Seals what has waited for `seconds`; for a caller that may be idle for long."""
        if time.monotonic() - self._since >= self._seconds:
            self.seal()

    def seal(self) -> list[Path]:
        """Makes what was put down visible; returns the new segments, mentions first."""
        sealed = [path for path in (self._mentions.seal(), self._rejects.seal()) if path]
        self.sealed += len(sealed)
        self._since = time.monotonic()
        self._note_lost()
        if self._on_seal:
            self._on_seal([path.name for path in sealed])
        return sealed

    def _note_lost(self) -> None:
        """Before whoever keeps a watermark commits it: a kill in between tells it twice, never not at all. A
        line that a power cut tore is closed, and its reader passes it over."""
        if not self._lost:
            return
        with (self.root / GONE).open("ab") as file:
            file.write(("\n" + "\n".join(self._lost) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        self._lost = []

    def _seal_if_due(self) -> None:
        if self._mentions.count + self._rejects.count >= self._batch:
            self.seal()
        else:
            self.seal_if_late()


class _Segment:
    """One file in the making. The lock on it tells other processes that its writer lives."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.count = folder, 0
        self._file: IO[bytes] | None = None
        self._writer: zstandard.ZstdCompressionWriter | None = None

    def write(self, line: bytes) -> None:
        (self._writer or self._open()).write(line + b"\n")
        self.count += 1

    def flush(self) -> None:
        if self._writer and self._file:
            self._writer.flush(zstandard.FLUSH_BLOCK)
            self._file.flush()

    def seal(self) -> Path | None:
        """fsync, rename, fsync the folder: the order that survives a power cut."""
        if self._writer is None or self._file is None:
            return None
        self._writer.flush(zstandard.FLUSH_FRAME)
        self._file.flush()
        os.fsync(self._file.fileno())
        part = Path(self._file.name)
        whole = part.with_name(part.name.removesuffix(".part"))
        part.rename(whole)
        sync_folder(whole.parent)
        self._file.close()
        self._file, self._writer, self.count = None, None, 0
        return whole

    def _open(self) -> zstandard.ZstdCompressionWriter:
        now = datetime.now(UTC)
        folder = self._folder / f"dt={now:%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{now:%Y%m%dT%H%M%S%fZ}-{os.getpid()}-{secrets.token_hex(4)}{PART}"
        self._file = (folder / name).open("xb")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._writer = zstandard.ZstdCompressor(level=6).stream_writer(self._file, closefd=False)
        return self._writer


def reject_line(reject: Reject, source: str | None = None, target: str | None = None) -> str:
    """A rejected item as one JSON line: reason, where, raw, source, target, at."""
    record = {
        "reason": reject.reason,
        "where": reject.where,
        "raw": reject.raw[:MAX_RAW],
        "source": source,
        "target": target,
        "at": datetime.now(UTC).isoformat(),
    }
    return json.dumps(record, ensure_ascii=True)


def sync_folder(folder: Path) -> None:
    """fsync of a folder: only then is a rename inside it on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def segments(root: Path, *, after: str = "") -> list[Path]:
    """Sealed segments of mentions in the order of their names, that is of time; only names beyond `after`."""
    found = (path for path in Path(root).glob(f"dt=*/*{SUFFIX}") if path.name > after)
    return sorted(found, key=lambda path: path.name)


def read_segment(path: Path) -> Iterator[dict[str, Any]]:
    """The records of one sealed segment."""
    with (
        path.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader,
    ):
        for line in io.TextIOWrapper(reader, encoding="utf-8"):
            yield json.loads(line)


def salvage(root: Path) -> list[Path]:
    """Turns the whole lines of segments whose writer died into sealed segments; returns those.

    A half line is dropped: its source is asked again, because no watermark covers it.
    """
    saved = []
    for folder in (root, root / "rejected"):
        for part in sorted(folder.glob(f"dt=*/*{PART}")):
            path = _salvage_one(part)
            saved += [path] if path else []
    return saved


def _salvage_one(part: Path) -> Path | None:
    try:
        handle = part.open("r+b")
    except FileNotFoundError:
        return None  # its writer sealed it a moment ago
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None  # its writer lives
        if not part.exists():
            return None
        lines = _whole_lines(handle)
        rescued = _rewrite(part, lines) if lines else None
        part.unlink()
        return rescued


def _whole_lines(handle: IO[bytes]) -> list[bytes]:
    """Complete JSON lines of a stream that may break off anywhere."""
    chunks = []
    with zstandard.ZstdDecompressor().stream_reader(handle, closefd=False) as reader:
        try:
            while chunk := reader.read(1 << 16):
                chunks.append(chunk)
        except zstandard.ZstdError:
            pass  # the break: what was read before it stands
    lines = b"".join(chunks).split(b"\n")[:-1]
    return [line for line in lines if line.startswith(b"{") and line.endswith(b"}")]


def _rewrite(part: Path, lines: list[bytes]) -> Path | None:
    segment = _Segment(part.parent.parent)
    for line in lines:
        segment.write(line)
    return segment.seal()
