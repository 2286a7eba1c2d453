"""What was warned of and what became of it: an append-only log in the home, folded into warnings.

Each line is one fact (opened, sending, sent, failed, ...), on disk before the next step is taken. A kill
leaves at most a torn last line, which never happened; a `sending` without an outcome may have arrived and is
never simply sent again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from pipeline.errors import SaysoError
from pipeline.home import Home

Rule = Literal["campaign", "nps", "emotion", "topic", "volume", "silent", "test"]
Audience = Literal["people", "operator"]
What = Literal[
    "opened", "updated", "absent", "back", "closed",
    "sending", "sent", "failed", "unclear",
    "acknowledged", "snoozed", "dismissed", "reopened",
]  # fmt: skip
LOG = "log.jsonl"


class AlertsBusy(SaysoError):
    """Another process sends this home's warnings."""

    exit_code = 4


class Finding(BaseModel):
    """What a rule saw.

    `key` names the event across runs; `size` is what its growth is measured by, a change of `state` is told
    whatever its size; `facts` are the figures that the words are made of.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    rule: Rule
    brand: str | None = None
    audience: Audience = "people"
    size: float
    state: str = ""
    since: AwareDatetime
    until: AwareDatetime
    facts: dict[str, Any] = {}
    campaign_id: str | None = None


class Entry(BaseModel):
    """One line of the log."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime
    what: What
    warning: str
    finding: Finding | None = None
    channel: str | None = None
    revision: int | None = None
    why: str | None = None
    retry_at: AwareDatetime | None = None
    who: str | None = None
    until: AwareDatetime | None = None


@dataclass(slots=True)
class Delivery:
    """How far one channel is: the newest revision tried, how that went, and which one it surely has."""

    revision: int
    outcome: Literal["sending", "sent", "failed", "unclear"]
    at: datetime
    tries: int = 0
    unclear: int = 0
    has: int = 0
    why: str | None = None
    retry_at: datetime | None = None

    @property
    def may_have(self) -> bool:
        """Whether this revision may have arrived unconfirmed. A `sending` found later was cut by a kill."""
        return self.unclear > 0 or self.outcome == "sending"


@dataclass(slots=True)
class Warned:
    """One event and all that was done about it. `revised_at`: when its newest revision was made."""

    id: str
    finding: Finding
    opened_at: datetime
    revised_at: datetime
    revision: int = 1
    absent_since: datetime | None = None
    closed: bool = False
    decided: Entry | None = None
    decided_at: datetime | None = None
    deliveries: dict[str, Delivery] = field(default_factory=dict)

    @property
    def dismissed(self) -> bool:
        """Whether a person said that this is nothing."""
        return self.decided is not None and self.decided.what == "dismissed"

    def snoozed(self, now: datetime) -> bool:
        """Whether a person wants to hear of it later."""
        said = self.decided
        return bool(said and said.what == "snoozed" and said.until and now < said.until)


class AlertLog:
    """The log of one home. Reading needs no lock; `alone` is for whoever opens warnings or sends them."""

    def __init__(self, home: Home) -> None:
        self.path = home.alerts / LOG
        self.damaged = 0

    def entries(self) -> Iterator[Entry]:
        """Every whole line, oldest first; lines that say nothing are counted in `damaged`."""
        self.damaged = 0
        if not self.path.exists():
            return
        for line in self.path.read_bytes().splitlines():
            try:
                if line.strip():
                    yield Entry.model_validate_json(line)
            except ValidationError:
                self.damaged += 1

    def warnings(self) -> dict[str, Warned]:
        """All warnings by id, oldest first."""
        return fold(self.entries())

    def add(self, entry: Entry) -> None:
        """Append one line, on disk when this returns. A torn line before it is ended first."""
        line = entry.model_dump_json(exclude_none=True).encode() + b"\n"
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, (b"\n" if torn else b"") + line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the home's sending lock; the system frees it however the process ends. Raises AlertsBusy."""
        with self.path.with_name("lock").open("a", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlertsBusy(
                    "Another process sends warnings",
                    where=str(self.path.parent),
                    next_step="wait until it ends",
                ) from error
            yield


def warning_id(key: str, at: datetime) -> str:
    """A short name that a person can type; an event that comes back later is another warning."""
    return "W-" + hashlib.sha256(f"{key}\n{at.isoformat()}".encode()).hexdigest()[:8]


def fold(entries: Iterable[Entry]) -> dict[str, Warned]:
    """What the lines of a log add up to, by warning."""
    found: dict[str, Warned] = {}
    for entry in entries:
        if entry.what == "opened" and entry.finding:
            found.setdefault(entry.warning, Warned(entry.warning, entry.finding, entry.at, entry.at))
        elif known := found.get(entry.warning):
            _apply(known, entry)
    return found


def _apply(known: Warned, entry: Entry) -> None:
    if entry.what == "updated" and entry.finding:
        known.finding, known.revised_at = entry.finding, entry.at
        known.revision += 1
    elif entry.what == "absent":
        known.absent_since = entry.at
    elif entry.what == "back":
        known.absent_since = None
    elif entry.what == "closed":
        known.closed = True
    elif entry.what in ("acknowledged", "snoozed", "dismissed", "reopened"):
        known.decided = None if entry.what == "reopened" else entry
        known.decided_at = entry.at
    elif entry.channel:
        _deliver(known, entry, entry.channel)


def _deliver(known: Warned, entry: Entry, channel: str) -> None:
    revision = entry.revision or known.revision
    old = known.deliveries.get(channel)
    now = known.deliveries[channel] = Delivery(revision, "sending", entry.at, has=old.has if old else 0)
    if old and old.revision == revision:
        now.tries, now.unclear = old.tries, old.unclear
    if entry.what == "sending":
        # The try before this one ended with its process: nobody knows whether it arrived.
        now.unclear += bool(old and old.outcome == "sending" and old.revision == revision)
        now.tries += 1
        return
    now.outcome = "sent" if entry.what == "sent" else "failed" if entry.what == "failed" else "unclear"
    now.unclear += entry.what == "unclear"
    now.has = revision if entry.what == "sent" else now.has
    now.why, now.retry_at = entry.why, entry.retry_at
