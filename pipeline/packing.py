"""The warehouse written anew, so that nothing which was deleted stays readable in its free blocks."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import duckdb

from pipeline.errors import SnapshotMissing, WarehouseError
from pipeline.files import flush
from pipeline.home import Home
from pipeline.snapshot import pointed
from pipeline.sql import query
from pipeline.warehouse import Limits, open_warehouse

_REMOVED = "texts_removed_at"
_TIDIED = "texts_tidied_at"
_PART = ".packed.part"


def note_removed(con: duckdb.DuckDBPyConnection) -> None:
    """Remember, in the transaction that deletes texts, that files still hold them."""
    con.execute(query("ingest.remember"), [_REMOVED, json.dumps(datetime.now(UTC).isoformat())])


def is_untidy(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether texts were deleted of which free blocks or older snapshots may still hold something."""
    removed, tidied = (con.execute(query("ingest.setting"), [key]).fetchone() for key in (_REMOVED, _TIDIED))
    return removed is not None and removed != tidied


def tidy(home: Home, limits: Limits | None = None) -> int:
    """Remove older snapshots and write the warehouse anew; how many snapshots went. Call it after publishing.

    The new file is whole and on disk before it takes the old one's place; killed before, it is done again by
    the next run. Raises WarehouseError if there is no room for it, WarehouseBusy if a process holds it.
    """
    with open_warehouse(home, limits) as con:
        if not is_untidy(con):
            return 0
        removed = _prune(home)
        try:
            _pack(home, con)
        except (duckdb.Error, OSError) as error:
            raise WarehouseError(
                f"Cannot write the warehouse anew: {type(error).__name__}",
                where=str(home.warehouse),
                next_step="make room for a copy of it, then run `sayso run`",
            ) from error
    return removed


def _prune(home: Home) -> int:
    """Every snapshot but the one that is shown."""
    try:
        shown = pointed(home.snapshots)
    except SnapshotMissing:
        shown = None
    old = [path for path in home.snapshots.glob("????????.duckdb") if path.name != shown]
    for path in old:
        path.unlink()
    return len(old)


def _pack(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Put in place while the old file is still held: nobody can write into what is about to be replaced."""
    part = home.warehouse.with_name(home.warehouse.name + _PART)
    for left in (part, part.with_name(part.name + ".wal")):
        left.unlink(missing_ok=True)
    done = con.execute(query("ingest.setting"), [_REMOVED]).fetchone()
    con.execute("ATTACH '" + str(part).replace("'", "''") + "' AS packed")  # it takes no parameters
    con.execute(query("privacy.pack"))
    con.execute(query("privacy.packed"), [_TIDIED, done[0] if done else ""])
    con.execute(query("privacy.detach"))
    con.execute(query("privacy.checkpoint"))
    flush(part)
    part.replace(home.warehouse)
    flush(home.warehouse.parent)
