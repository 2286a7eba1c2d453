"""Publishing: a new snapshot file, then the CURRENT pointer, each put in place in one atomic step."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import duckdb

from pipeline.aggregate import aggregate
from pipeline.config import Config
from pipeline.errors import SnapshotMissing, WarehouseError
from pipeline.home import Home
from pipeline.snapshot import POINTER, Snapshot, pointed
from pipeline.sql import query

KEPT = 3
"""Generations that stay, so that a reader may finish with one while two newer ones appear."""

_TEMPORARY = ".part"
_SPILLED = ".tmp"
"""DuckDB's own suffix for the folder where a reader of a snapshot puts what memory cannot hold."""
_DDL = files("pipeline") / "queries" / "snapshot_schema.sql"
_TABLES = (
    "mentions", "facts", "daily", "footprint", "drivers", "preferences", "labels", "samples", "answered",
    "topics", "meanings", "campaigns", "campaign_mentions", "campaign_ties", "campaign_accounts", "sources",
    "benchmarks", "meta",
)  # fmt: skip


def publish(home: Home, con: duckdb.DuckDBPyConnection, config: Config | None = None) -> Path:
    """Publish the warehouse as it stands and return the snapshot that CURRENT then names.

    If nothing changed since the last one, that one stays. A kill at any moment leaves the last snapshot
    readable: a new file is whole and on disk before the pointer names it. Only the holder of the warehouse
    publishes, so whatever half-made file is found was left by a dead run and is removed. Raises
    WarehouseError if the file cannot be written; the last snapshot then stands.
    """
    settings = config or home.config
    report = aggregate(con, settings, home.root)
    try:
        return _standing(home, report.fingerprint) or _publish(home.snapshots, con)
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(
            f"Cannot write the snapshot: {error}",
            where=str(home.snapshots),
            next_step="make room on the disk, check the folder's rights, run `sayso publish` again",
        ) from error


def _publish(folder: Path, con: duckdb.DuckDBPyConnection) -> Path:
    generation = _last_generation(folder) + 1
    path = folder / f"{generation:08d}.duckdb"
    _write(con, path, generation)
    _point(folder, path.name)
    _prune(folder)
    return path


def _standing(home: Home, fingerprint: str) -> Path | None:
    """The published snapshot, if it can be read and shows just this. What a dead run left is removed."""
    _clear(home.snapshots)
    try:
        with Snapshot.open(home) as snapshot:
            return snapshot.path if snapshot.meta.fingerprint == fingerprint else None
    except SnapshotMissing:
        return None


def _last_generation(folder: Path) -> int:
    return max((int(path.stem) for path in folder.glob("????????.duckdb") if path.stem.isdigit()), default=0)


def _write(con: duckdb.DuckDBPyConnection, path: Path, generation: int) -> None:
    temporary = path.with_name(path.name + _TEMPORARY)
    _attached(con.cursor(), temporary, generation)
    _flush(temporary)
    temporary.replace(path)
    _flush(path.parent)


def _attached(cursor: duckdb.DuckDBPyConnection, temporary: Path, generation: int) -> None:
    # ATTACH takes no parameters; a quote in the path is doubled as SQL asks.
    cursor.execute("ATTACH '" + str(temporary).replace("'", "''") + "' AS published")
    try:
        _fill(cursor, generation)
    finally:
        cursor.execute(query("publish.detach"))


def _fill(cursor: duckdb.DuckDBPyConnection, generation: int) -> None:
    cursor.execute(query("publish.enter"))
    try:
        cursor.execute(_DDL.read_text(encoding="utf-8"))
        for table in _TABLES:
            cursor.execute(query(f"publish.{table}"))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        cursor.executemany(query("publish.note"), [("generation", str(generation)), ("made_at", now)])
    finally:
        cursor.execute(query("publish.leave"))


def _point(folder: Path, name: str) -> None:
    temporary = folder / (POINTER + _TEMPORARY)
    temporary.write_text(name + "\n", encoding="utf-8")
    _flush(temporary)
    temporary.replace(folder / POINTER)
    _flush(folder)


def _flush(path: Path) -> None:
    """Onto the disk, file or folder, so that a power cut cannot undo the order of the steps."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Remove what a dead run left: temporary files, and generations that the pointer never reached."""
    for path in folder.glob(f"*{_TEMPORARY}*"):
        path.unlink()
    for spilled in folder.glob(f"*.duckdb{_SPILLED}"):
        if not spilled.with_suffix("").exists():
            shutil.rmtree(spilled, ignore_errors=True)
    name = _pointed(folder)
    if name:
        for path in folder.glob("????????.duckdb"):
            if path.name > name:
                path.unlink()


def _pointed(folder: Path) -> str | None:
    with suppress(SnapshotMissing):
        return pointed(folder)
    return None


def _prune(folder: Path) -> None:
    generations = sorted(folder.glob("????????.duckdb"))
    for path in generations[:-KEPT]:
        # A system that forbids removing an open file keeps it until the next run.
        with suppress(PermissionError):
            path.unlink()
