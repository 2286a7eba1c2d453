"""What must not be kept: texts whose time is over (retention), and whatever somebody asks to forget.

Both go from landing, the rejects, the inbox, the warehouse and, with the next publishing, from the snapshots.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from crawlers.mention import Forgotten, mention_id
from pipeline import erasing, landed
from pipeline.erasing import Record, collected, erase, kind_of
from pipeline.errors import InputError
from pipeline.files import replaced
from pipeline.home import Home
from pipeline.landed import Segment, SegmentError
from pipeline.packing import note_removed
from pipeline.sql import query
from pipeline.warehouse import registered, transaction

_DROPS = (
    "places", "brands", "authenticity", "labels", "answered", "campaign_mentions", "campaign_accounts",
    "campaign_ties", "readings", "comparisons", "compared",
)  # fmt: skip
_SHORTEST_MARK = 6
"""Characters. A shorter native id stands in rejects that have nothing to do with it."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that texts may be kept since their source last showed them: by source kind, else `default`."""

    days: Mapping[str, int] = field(default_factory=dict)
    default: int | None = None

    @property
    def limits_anything(self) -> bool:
        """Whether any text has an end at all."""
        return bool(self.days) or self.default is not None

    def before(self, kind: str | None, now: datetime) -> datetime | None:
        """What was last seen before this is over. Of an unknown kind (None) the shortest time counts."""
        if kind is None:
            every = [*self.days.values(), *([] if self.default is None else [self.default])]
            days = min(every, default=None)
        else:
            days = self.days.get(kind, self.default)
        return None if days is None else now - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Request:
    """What to forget. `mentions` are ids or addresses, `authors` hashes of `handles`; a `source` is one
    (`kind:host`) or a whole kind; a `brand` goes with the mentions that speak of no other."""

    mentions: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    source: str | None = None
    brand: str | None = None

    @property
    def is_for_good(self) -> bool:
        """Whether what goes must not be collected again: a person asked, not a change of the config."""
        return bool(self.mentions or self.authors)


@dataclass(slots=True)
class Removed:
    """What was taken away."""

    mentions: int = 0
    versions: int = 0
    landed: int = 0
    """Lines of landing, one for each time that a mention landed."""
    rejected: int = 0
    inbox: int = 0
    """Files of the inbox that lost a word on a mention which went."""
    shared: int = 0
    """Mentions of a forgotten brand that stay, since they speak of another one too."""
    warehouses: int = 0
    """Files that rebuilds had set aside, and that were older than the shortest time."""
    unreadable: list[str] = field(default_factory=list)
    """Damaged segments: what they hold could not be taken out."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return asdict(self)


def find(con: duckdb.DuckDBPyConnection, request: Request) -> list[str]:
    """Ids of the mentions in the warehouse that a request speaks of, copies by the same author included."""
    asked = {
        "mentions": list(request.mentions), "authors": list(request.authors),
        "source": request.source, "brand": request.brand,
    }  # fmt: skip
    return [str(found) for (found,) in con.execute(query("privacy.find"), asked).fetchall()]


def sources(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Every source that the warehouse has mentions of."""
    return [str(source) for (source,) in con.execute(query("privacy.sources")).fetchall()]


def forget(home: Home, con: duckdb.DuckDBPyConnection, request: Request) -> Removed:
    """Remove what is asked for. Ingest first: it is the warehouse that knows what speaks of whom.

    Killed, it is ended by the next run. Raises InputError where the request asks for nothing.
    """
    if not (request.is_for_good or request.source or request.brand):
        raise InputError("Nothing to forget was named", next_step="name an author, mention, source or brand")
    ids = find(con, request)
    if request.is_for_good:
        _refuse(home, [*ids, *request.mentions], request.authors)
    con.execute(query("privacy.begin"), {"ids": ids})
    removed = finish(home, con, handles=request.handles, source=request.source)
    if request.brand:
        row = con.execute(query("privacy.shared"), {"brand": request.brand}).fetchone()
        removed.shared = int(row[0]) if row else 0
    return removed


def retain(home: Home, con: duckdb.DuckDBPyConnection, retention: Retention, now: datetime) -> Removed:
    """Remove every text whose time is over at `now`, and what its source deleted; end a forgetting that was
    killed. Repeatable."""
    erasing.clean(home.landing)
    con.execute(query("privacy.begin_gone"), _gone(home))
    refused = Forgotten.read(home.landing)
    asked = Request(mentions=tuple(refused.mentions), authors=tuple(refused.authors))
    if asked.is_for_good:  # begun and killed, or back with a restored backup
        con.execute(query("privacy.begin"), {"ids": find(con, asked)})
    removed = finish(home, con)
    if retention.limits_anything:
        with registered(con, limits=_limits(retention, now)):
            _expire_landing(home, con, retention, now, removed)
            _expire_rejects(home, retention, now, removed)
            con.execute(query("privacy.expired"), {"before": retention.before("", now)})
        _drop(home, con, removed)
        removed.warehouses = _expire_warehouses(home, retention, now)
    return removed


def _expire_warehouses(home: Home, retention: Retention, now: datetime) -> int:
    """Warehouses that rebuilds set aside, once the shortest time is over for whatever they hold: landing and
    the warehouse of today have all that may stay."""
    limit = retention.before(None, now)
    files = home.root.glob("warehouse.*.old.duckdb*")
    old = [path for path in files if limit and path.stat().st_mtime < limit.timestamp()]
    for path in old:
        path.unlink()
    return len(old)


def _gone(home: Home) -> dict[str, list[Any]]:
    """What crawls saw that sources had deleted: `gone.jsonl` in landing. A torn line is passed over: its
    crawl had committed nothing, so that the next one tells it again."""
    path = home.landing / "gone.jsonl"
    ids, times = list[str](), list[datetime]()
    for line in path.read_bytes().splitlines() if path.exists() else []:
        with suppress(ValueError, KeyError, TypeError):
            item = json.loads(line)
            pair = str(item["mention_id"]), datetime.fromisoformat(item["at"])
            ids.append(pair[0])
            times.append(pair[1])
    return {"ids": ids, "times": times}


def finish(
    home: Home, con: duckdb.DuckDBPyConnection, *, handles: Collection[str] = (), source: str | None = None
) -> Removed:
    """Take what `forgetting` lists out of every file, then out of the warehouse."""
    removed = Removed()
    ids = {str(found) for (found,) in con.execute(query("privacy.pending")).fetchall()}
    if not (ids or handles or source):
        return removed
    marks = {str(mark) for (mark,) in con.execute(query("privacy.marks")).fetchall() if mark}
    doomed = _Doomed(ids, frozenset(m for m in marks | set(handles) if len(m) >= _SHORTEST_MARK), source)
    for segment in landed.segments(home.landing):
        removed.landed += _erase(segment, doomed.mention, removed, con)
    for segment in landed.segments(home.landing / "rejected"):
        removed.rejected += _erase(segment, doomed.reject, removed)
    con.execute(query("privacy.forgotten"))
    _drop(home, con, removed)
    con.execute(query("privacy.drop_forgetting"))
    return removed


@dataclass(frozen=True, slots=True)
class _Doomed:
    """Tells the lines that go. A reject has no id: it goes where it holds a mark of what goes. It was never
    counted, so one too many costs nothing."""

    ids: set[str]
    marks: frozenset[str]
    source: str | None

    def mention(self, record: Record | None, line: bytes) -> bool:
        if record is None or not record.get("native_id"):
            return self._betrays(line.decode("utf-8", "replace"))
        return mention_id(str(record.get("source")), str(record["native_id"])) in self.ids

    def reject(self, record: Record | None, line: bytes) -> bool:
        if record is None:
            return self._betrays(line.decode("utf-8", "replace"))
        source = record.get("source")
        if self.source is not None and self.source in (source, kind_of(source)):
            return True
        return self._betrays(f"{record.get('raw')} {record.get('where')}")

    def _betrays(self, text: str) -> bool:
        """Also where the text is JSON itself, with its escapes."""
        folded = text.casefold()
        return any(
            form.casefold() in folded for mark in self.marks for form in {mark, json.dumps(mark)[1:-1]}
        )


def _refuse(home: Home, mentions: Collection[str], authors: Collection[str]) -> None:
    """Add to what must not be kept again; hashes only, before anything is removed."""
    known, at = Forgotten.read(home.landing), datetime.now(UTC).isoformat()
    path = Forgotten.file(home.landing)
    lines = [
        {"mention_id": item, "at": at} for item in mentions if _is_id(item) and item not in known.mentions
    ]
    lines += [{"author_hash": item, "at": at} for item in authors if item not in known.authors]
    before = path.read_bytes() if path.exists() else b""
    with replaced(path, erasing.TEMPORARY) as file:
        file.write(before + "".join(json.dumps(line) + "\n" for line in lines).encode())


def _is_id(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _limits(retention: Retention, now: datetime) -> pa.Table:
    before = [now - timedelta(days=days) for days in retention.days.values()]
    kinds = pa.array(list(retention.days), pa.string())
    return pa.table({"kind": kinds, "before": pa.array(before, pa.timestamp("us", "UTC"))})


def _expire_landing(
    home: Home, con: duckdb.DuckDBPyConnection, retention: Retention, now: datetime, removed: Removed
) -> None:
    """Lines that were collected too long ago; a text that a sweep met since stands in a newer one."""

    def over(record: Record | None, _: bytes) -> bool:
        return record is not None and _is_over(collected(record), record.get("source"), retention, now)

    def never(*_: object) -> bool:
        return False

    here = {segment.name: segment for segment in landed.segments(home.landing)}
    for (name,) in con.execute(query("privacy.unaged")).fetchall():
        if name in here:
            _erase(here[name], never, removed, con)
    old = con.execute(query("privacy.old_segments"), {"before": retention.before("", now)}).fetchall()
    for (name,) in old:
        if name in here:
            removed.landed += _erase(here[name], over, removed, con)
        else:
            con.execute(query("privacy.drop_ages"), {"name": name})


def _expire_rejects(home: Home, retention: Retention, now: datetime, removed: Removed) -> None:
    """Rejects by the day of their file first: a day that is not over need not be opened."""

    def over(record: Record | None, _: bytes) -> bool:
        source = (record or {}).get("source")
        return _is_over(_rejected_at(record), source, retention, now)

    limit = retention.before(None, now)
    for segment in landed.segments(home.landing / "rejected"):
        if limit and segment.path.parent.name <= f"dt={limit:%Y-%m-%d}":
            removed.rejected += _erase(segment, over, removed)


def _rejected_at(record: Record | None) -> datetime | None:
    return collected({"collected_at": (record or {}).get("at")})


def _is_over(at: datetime | None, source: object, retention: Retention, now: datetime) -> bool:
    limit = retention.before(kind_of(source) if source else None, now)
    return at is not None and limit is not None and at < limit


def _erase(
    segment: Segment,
    doomed: erasing.Doomed,
    removed: Removed,
    con: duckdb.DuckDBPyConnection | None = None,
) -> int:
    """Lines taken out of a segment; with `con`, its ages are noted anew."""
    try:
        erased = erase(segment, doomed)
    except SegmentError as error:
        removed.unreadable.append(error.where)
        return 0
    if con is not None:
        with transaction(con):
            con.execute(query("privacy.drop_ages"), {"name": segment.name})
            for kind, oldest in erased.oldest.items():
                con.execute(query("privacy.add_age"), {"name": segment.name, "kind": kind, "oldest": oldest})
    return erased.lines


def _drop(home: Home, con: duckdb.DuckDBPyConnection, removed: Removed) -> None:
    """Take the doomed versions out of the warehouse, and all that is of mentions which have none left."""
    row = con.execute(query("privacy.doomed")).fetchone()
    if not row or not row[0]:
        return
    with transaction(con):
        for step in ("before", "versions", "drop_mentions", "gone"):
            con.execute(query(f"privacy.{step}"))
        for table in _DROPS:
            con.execute(query(f"privacy.drop_{table}"))
        for step in ("originals", "merge", "move_places"):
            con.execute(query(f"ingest.{step}"))
        gone = {str(found) for (found,) in con.execute(query("privacy.gone_ids")).fetchall()}
        removed.inbox += erasing.erase_inbox(home.inbox, gone)
        note_removed(con)
    removed.versions += int(row[0])
    removed.mentions += len(gone)


def elsewhere(home: Home, ids: Collection[str]) -> list[str]:
    """What may still hold forgotten texts, in words: files that sayso wrote and does not change, and copies
    that it does not know of."""
    found = [_old_warehouse(path, list(ids)) for path in sorted(home.root.glob("warehouse.*.old.duckdb"))]
    exports = sum(path.is_file() for path in home.exports.rglob("*"))
    if exports:
        found.append(
            f"{home.exports}: {exports} files that were exported before; remove those you need no more"
        )
    copies = "backups and copies of this home that you made, and what was sent on: they are as they were"
    return [*(text for text in found if text), copies]


def _old_warehouse(path: Path, ids: list[str]) -> str | None:
    """A warehouse that a rebuild set aside."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            row = con.execute(query("privacy.held"), {"ids": ids}).fetchone()
    except duckdb.Error:
        return f"{path}: kept by a rebuild, and cannot be read; remove it when you need it no more"
    count = int(row[0]) if row else 0
    return f"{path}: kept by a rebuild, holds {count:,} versions of them; remove it" if count else None
