"""The warehouse: one DuckDB file, opened read-write by one process at a time, migrated forward only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.errors import WarehouseBusy, WarehouseError
from pipeline.home import Home
from pipeline.sql import query

_LOCKED = re.compile(r"Conflicting lock is held(?: in (?P<program>.+?))?(?: \(PID (?P<pid>\d+)\))")
_REBUILD = (
    "run `sayso ingest --rebuild`: the warehouse is made anew from landing, which holds everything collected"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the warehouse may use. `memory` as DuckDB writes sizes (`4GB`, `80%`); None leaves its default."""

    threads: int = field(default_factory=lambda: min(os.cpu_count() or 1, 8))
    memory: str | None = None


@contextmanager
def open_warehouse(home: Home, limits: Limits | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The home's warehouse, read-write and migrated to this version of sayso.

    Take `con.cursor()` for each call: one connection shared by threads returns other threads' rows.
    Raises WarehouseBusy when another process holds the file, WarehouseError when it cannot be used.
    """
    con = _connect(home.warehouse, limits or Limits())
    try:
        con.execute("SET TimeZone = 'UTC'")
        migrate(con, where=str(home.warehouse))
        yield con
    except duckdb.Error as error:
        if _SAYS_DAMAGE.search(str(error)):
            raise _named(error, home.warehouse) from error
        raise
    finally:
        con.close()


def _connect(path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    # Extensions are not fetched: a home works offline, and nothing runs that was not installed.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": limits.threads,
        "autoinstall_known_extensions": False,
        "preserve_insertion_order": False,
        "temp_directory": str(path.parent / "warehouse.tmp"),
    }
    if limits.memory:
        settings["memory_limit"] = limits.memory
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(str(path), config=settings)
    except (duckdb.Error, OSError) as error:
        raise _named(error, path) from error


_SAYS_DAMAGE = re.compile(r"checksum|corrupt|not a valid DuckDB|invalidated|No space left|out of disk", re.I)
"""What DuckDB says when it meets a broken block or a full disk in the middle of work."""


def _named(error: Exception, path: Path) -> WarehouseBusy | WarehouseError:
    """DuckDB tells a lock and a broken file only by their messages."""
    message = str(error).splitlines()[0] if str(error) else type(error).__name__
    locked = _LOCKED.search(message)
    if locked or "Could not set lock" in message:
        pid = locked["pid"] if locked else "unknown"
        return WarehouseBusy(
            f"Another process holds the warehouse: pid {pid}",
            where=str(path),
            next_step="wait until it ends, or end it",
        )
    if isinstance(error, duckdb.ConnectionException):
        return WarehouseBusy(f"This process holds the warehouse already: {message}", where=str(path))
    if "No space left" in message or "out of disk" in message.lower():
        return WarehouseError(
            f"The disk is full: {message}", where=str(path), next_step="make room, run again"
        )
    if isinstance(error, OSError) or "Permission denied" in message:
        return WarehouseError(
            f"Cannot open the warehouse: {message}", where=str(path), next_step="check its rights"
        )
    return WarehouseError(f"The warehouse is damaged: {message}", where=str(path), next_step=_REBUILD)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """All steps that this version of sayso knows, in order."""
    found = []
    for entry in (files("pipeline") / "migrations").iterdir():
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, entry.read_text(encoding="utf-8")))
    return sorted(found, key=lambda step: step.number)


def migrate(
    con: duckdb.DuckDBPyConnection, steps: list[Migration] | None = None, where: str = "warehouse"
) -> int:
    """Apply the steps that the file has not seen, each in its own transaction. Returns how many.

    Raises WarehouseError if the file was written by a newer sayso, or if a step fails (it is then undone).
    """
    known = migrations() if steps is None else steps
    done = _applied(con)
    newer = done - {step.number for step in known}
    if newer:
        raise WarehouseError(
            f"The warehouse was written by a newer sayso (step {max(newer)})",
            where=where,
            next_step="update sayso",
        )
    missing = [step for step in known if step.number not in done]
    for step in missing:
        _apply(con, step, where)
    return len(missing)


def _applied(con: duckdb.DuckDBPyConnection) -> set[int]:
    found = con.execute(query("warehouse.has_migrations")).fetchone()
    if not found or not found[0]:
        con.execute(query("warehouse.make_migrations"))
    return {int(number) for number, _ in con.execute(query("warehouse.applied")).fetchall()}


def _apply(con: duckdb.DuckDBPyConnection, step: Migration, where: str) -> None:
    try:
        with transaction(con):
            con.execute(step.sql)
            con.execute(query("warehouse.record"), [step.number, step.name])
    except duckdb.Error as error:
        raise WarehouseError(
            f"Migration {step.number:04d}_{step.name} failed: {error}", where=where, next_step=_REBUILD
        ) from error


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: committed at the end, rolled back on any exception."""
    con.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        # After a fatal error there is no transaction left to roll back: the first error is the one to tell.
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


@contextmanager
def registered(con: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Iterator[None]:
    """Arrow tables under names that queries use, for as long as the block lasts."""
    for name, table in tables.items():
        con.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            con.unregister(name)


def set_aside(home: Home) -> Path | None:
    """Move the warehouse out of the way before it is rebuilt from landing; None if there was none.

    The old file stays beside it, named by the time, so that nothing is lost if the rebuild was a mistake.
    Raises WarehouseBusy if a process holds it: moved away under its hands, what it writes would be lost.
    """
    if not home.warehouse.exists():
        return None
    try:
        duckdb.connect(str(home.warehouse)).close()
    except duckdb.Error as error:
        named = _named(error, home.warehouse)
        if isinstance(named, WarehouseBusy):
            raise named from error
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    old = home.warehouse.with_name(f"warehouse.{stamp}.old.duckdb")
    home.warehouse.replace(old)
    log = home.warehouse.with_name(home.warehouse.name + ".wal")
    if log.exists():
        log.replace(old.with_name(old.name + ".wal"))
    return old
