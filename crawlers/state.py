"""What a crawl remembers between runs: watermarks, what was seen and with which content, validators of pages.

One SQLite file, `landing/state/state.sqlite`. Everything is written inside a transaction that is committed
only when the segments it speaks of are sealed: a kill rolls both back together.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, Literal

import zstandard

from crawlers.errors import CrawlBusy, StateUnreadable
from crawlers.landing import read_segment, segments
from crawlers.mention import Mention, digest, mention_id
from crawlers.sheets import content_hash
from crawlers.target import Target

Verdict = Literal["new", "edited", "known", "repeated"]
_KEPT = 16
"""Bytes of an id that are kept."""
_MOST_WAITING = 2_000
"""Mentions whose memory waits to be written: together that takes a third of the time."""


def _statements() -> dict[str, str]:
    """The statements of state.sql by name."""
    text = files("crawlers").joinpath("state.sql").read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split("-- name: ")[1:])
    return {name.strip(): body.strip() for name, _, body in parts}


SQL = _statements()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a page said of its version: for If-None-Match and If-Modified-Since."""

    etag: str | None = None
    modified: str | None = None


class CrawlState:
    """The memory of all targets of one landing folder. Use `lock()` first: one crawl at a time."""

    def __init__(self, landing_root: Path) -> None:
        self.landing_root = Path(landing_root)
        self.warnings: list[str] = []
        folder = self.landing_root / "state"
        folder.mkdir(parents=True, exist_ok=True)
        self._targets: dict[int, TargetState] = {}
        self._db = self._open_or_begin_anew(folder / "state.sqlite")
        self._run = int(self._meta("run") or 0)
        self._adopt()
        self._targets.clear()  # what was taken in belongs to the run before
        self._run += 1
        self._db.execute(SQL["set_meta"], {"key": "run", "value": str(self._run)})

    def _open_or_begin_anew(self, path: Path) -> sqlite3.Connection:
        """A damaged memory is set aside; what landed before is read back from the segments."""
        try:
            return _open(path)
        except StateUnreadable as error:
            aside = path.with_name(f"broken-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite")
            path.rename(aside)
            self.warnings.append(f"{error.what}; set aside as {aside.name}, every target is swept whole")
            return _open(path)

    def target(self, target: Target) -> TargetState:
        """The memory of one target. Under the same name with another kind or address it is another target."""
        row = self._db.execute(SQL["find_target"], {"name": target.name}).fetchone()
        if row is None:
            return self._add(target.name, target.kind, target.url)
        if row[1:] != (target.kind, target.url):
            values = {"id": row[0], "kind": target.kind, "url": target.url}
            self._db.execute(SQL["change_target"], values)
            self._db.execute(SQL["drop_all_validators"], {"id": row[0]})
            self._memory(row[0]).begin_anew()
        return self._memory(row[0])

    def commit(self, sealed: Iterable[str] = ()) -> None:
        """Makes everything since the last commit durable; `sealed` names the segments that hold it."""
        for memory in self._targets.values():
            memory.write()
        newest = max((*sealed, self._meta("sealed")))
        self._db.execute(SQL["set_meta"], {"key": "sealed", "value": newest})
        self._db.commit()

    def close(self) -> None:
        """Forgets what was not committed."""
        self._db.rollback()
        self._db.close()

    def _add(self, name: str, kind: str, url: str | None) -> TargetState:
        cursor = self._db.execute(SQL["add_target"], {"name": name, "kind": kind, "url": url})
        return self._memory(int(cursor.lastrowid or 0))

    def _memory(self, number: int) -> TargetState:
        """The one memory of this target: it holds what is not written yet."""
        if number not in self._targets:
            self._targets[number] = TargetState(self._db, number, self._run)
        return self._targets[number]

    def _meta(self, key: str) -> str:
        row = self._db.execute(SQL["find_meta"], {"key": key}).fetchone()
        return str(row[0]) if row else ""

    def _adopt(self) -> None:
        """Takes in what was sealed or salvaged after the last commit, so that nothing lands twice."""
        paths = segments(self.landing_root, after=self._meta("sealed"))
        for path in paths:
            try:
                for record in read_segment(path):
                    self._adopt_one(record)
            except (ValueError, zstandard.ZstdError) as error:
                self.warnings.append(f"segment {path.name} cannot be read: {type(error).__name__}")
        self.commit(path.name for path in paths)

    def _adopt_one(self, record: dict[str, Any]) -> None:
        name = record.get("target")
        if not name:
            return  # an import: its file is its own memory
        row = self._db.execute(SQL["find_target"], {"name": name}).fetchone()
        kind = str(record["source"]).partition(":")[0]
        state = self._memory(int(row[0])) if row else self._add(name, kind, None)
        state.judge(Mention.model_validate(record))


class TargetState:
    """The memory of one target. Nothing is durable before CrawlState.commit(), which calls `write()`."""

    def __init__(self, db: sqlite3.Connection, number: int, run: int) -> None:
        self._db, self._id, self._run = db, number, run
        self._waiting: dict[bytes, bytes] = {}
        """Contents by key of what was seen in this run and is not written yet."""
        self._new = 0
        self._marks: str | None = None

    def begin_anew(self) -> None:
        """Forgets marks that were set and not written."""
        self._marks = None

    def write(self) -> None:
        """Hands the database what waits."""
        ours = {"id": self._id, "run": self._run}
        seen = ({**ours, "mention": key, "content": content} for key, content in self._waiting.items())
        self._db.executemany(SQL["set_seen"], seen)
        if self._new:
            self._do("add_landed", count=self._new)
        if self._marks is not None:
            self._do("set_marks", marks=self._marks)
        self._waiting, self._new, self._marks = {}, 0, None

    def judge(self, mention: Mention) -> Verdict:
        """Tells new from edited from known, and remembers it.

        What was met before in this very run is repeated, even if it reads differently there (a listing cuts
        the text): the first one counts.
        """
        return self.weigh(_key(mention.source, mention.native_id), content_hash(mention))

    def weigh(self, identity: bytes, content: bytes) -> Verdict:
        """As `judge`, of a mention of which only its id and the hash of its content are at hand."""
        key = identity[:_KEPT]
        row = self._seen(key)
        if row and row[1] == self._run:
            return "repeated"
        self._waiting[key] = content
        self._new += row is None
        if len(self._waiting) >= _MOST_WAITING:
            self.write()
        if row is None:
            return "new"
        return "known" if row[0] == content else "edited"

    def knows(self, source: str, native_id: str) -> bool:
        """Whether a mention with this id has landed before."""
        return self._seen(_key(source, native_id)) is not None

    def give_up(self, identity: bytes) -> bool:
        """Forgets a mention that its source deleted; whether it had landed."""
        key = identity[:_KEPT]
        waited = self._waiting.pop(key, None)
        return self._do("drop_one_seen", mention=key) > 0 or waited is not None

    def noted(self, part: str) -> bool:
        """Whether `note` was called for this part."""
        return self._one("find_seen", mention=_part(part)) is not None

    def note(self, part: str) -> None:
        """Remembers that a part of the target is done."""
        self._do("add_seen", mention=_part(part), content=b"", run=self._run)

    def first_time(self, *parts: str) -> bool:
        """Whether this reject is met for the first time; remembers it."""
        key = bytes.fromhex(digest("reject", *parts))[:_KEPT]
        return self._do("add_seen", mention=key, content=b"", run=self._run) > 0

    def validators(self, url: str) -> Validators:
        """What the page at `url` said of its version when it was last read whole."""
        row = self._one("find_validators", page=_page(url))
        return Validators(*row) if row else Validators()

    def remember(self, url: str, validators: Validators) -> None:
        """Keeps a page's validators, or drops them where the page no longer has any."""
        if validators == Validators():
            self._do("drop_validators", page=_page(url))
        else:
            self._do("set_validators", page=_page(url), etag=validators.etag, modified=validators.modified)

    @property
    def marks(self) -> dict[str, Any]:
        """The spider's own marks; a copy."""
        return dict(json.loads(self._row()[0] if self._marks is None else self._marks))

    @marks.setter
    def marks(self, marks: dict[str, Any]) -> None:
        self._marks = json.dumps(marks)

    @property
    def swept_at(self) -> datetime | None:
        """When the target was last walked whole."""
        return _time(self._row()[1])

    @property
    def refreshed_at(self) -> datetime | None:
        """When all known mentions last landed again; None if they never did."""
        row = self._one("read_refreshed")
        return _time(row[0]) if row else None

    def refreshed(self) -> None:
        """Notes that everything which is still there has landed again."""
        self._do("set_refreshed", at=datetime.now(UTC).isoformat())

    @property
    def crawled_at(self) -> datetime | None:
        """When the target was last walked without failing."""
        return _time(self._row()[2])

    @property
    def landed(self) -> int:
        """Mentions that this target ever gave."""
        return int(self._row()[3]) + self._new

    def done(self, *, whole: bool) -> None:
        """Notes that the target was walked, and whether to its end."""
        self._do("set_crawled", at=datetime.now(UTC).isoformat(), whole=whole)

    def _seen(self, key: bytes) -> tuple[Any, ...] | None:
        """Content and run of what was seen under this key."""
        content = self._waiting.get(key)
        return self._one("find_seen", mention=key) if content is None else (content, self._run)

    def _row(self) -> tuple[Any, ...]:
        row = self._one("read_target")
        if row is None:
            raise StateUnreadable("a target vanished from the crawl's memory", where=str(self._id))
        return row

    def _one(self, statement: str, **values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(SQL[statement], {"id": self._id, **values}).fetchone()
        return row

    def _do(self, statement: str, **values: object) -> int:
        return self._db.execute(SQL[statement], {"id": self._id, **values}).rowcount


def unsee(landing_root: Path, ids: Iterable[str]) -> None:
    """Forgets that mentions with these ids have landed, so that a target which asks for them collects them
    anew. Hold the lock.

    Raises StateUnreadable.
    """
    db = _open(Path(landing_root) / "state" / "state.sqlite")
    with contextlib.closing(db), db:
        db.execute(SQL["list_unseen"])
        db.executemany(SQL["add_unseen"], ({"mention": bytes.fromhex(found)[:16]} for found in ids))
        db.execute(SQL["drop_unseen"])


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


@contextlib.contextmanager
def lock(landing_root: Path, *, patience: float = 10.0) -> Iterator[None]:
    """Holds the landing folder for one crawl; waits `patience` seconds for another to end.

    Raises CrawlBusy.
    """
    folder = Path(landing_root) / "state"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as handle:
        _acquire(handle, folder, time.monotonic() + patience)
        yield


def _acquire(handle: IO[str], folder: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise CrawlBusy(
                    "another crawl is running here", where=str(folder), next_step="wait until it has ended"
                ) from error
            time.sleep(0.1)
        else:
            return


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level="DEFERRED")
    try:
        if db.execute(SQL["check"]).fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("it fails its own check")
        db.executescript(SQL["schema"])
    except sqlite3.DatabaseError as error:
        db.close()
        raise StateUnreadable(f"the crawl's memory cannot be read ({error})", where=path.name) from error
    return db


def _key(source: str, native_id: str) -> bytes:
    return bytes.fromhex(mention_id(source, native_id))[:_KEPT]


def _part(part: str) -> bytes:
    return bytes.fromhex(digest("part", part))[:_KEPT]


def _page(url: str) -> bytes:
    return bytes.fromhex(digest("page", url))[:_KEPT]
