"""The published snapshot, read-only: the only file that the view, exports and alerts open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb

from pipeline.columns import Columns
from pipeline.errors import SnapshotMissing
from pipeline.facts import Meta
from pipeline.home import Home
from pipeline.sql import query

if TYPE_CHECKING:
    import pandas as pd

POINTER = "CURRENT"
SCHEMA = 7
"""Version of the tables; raise it when they change, and every home publishes anew."""

_NAME = re.compile(r"\d{8}\.duckdb")
_TRIES = 20
_NEXT = "run `sayso run`"


class Snapshot:
    """One generation of what was published. It stays whole and readable while newer ones appear.

    Use it as a context manager, or close it. Threads may share it: every call takes a cursor of its own.
    """

    def __init__(self, path: Path, con: duckdb.DuckDBPyConnection) -> None:
        self.path, self._con = path, con
        self.columns: Columns | None = None
        rows = con.cursor().execute(query("snapshot.meta")).fetchall()
        self._meta = Meta.parse({str(key): str(value) for key, value in rows})

    @classmethod
    def open(cls, home: Home) -> Snapshot:
        """The snapshot that CURRENT names.

        Raises SnapshotMissing if there is none, or if it cannot be read.
        """
        for _ in range(_TRIES):
            path = current(home)
            try:
                return cls(path, _connect(path))._checked()
            except duckdb.Error as error:
                # The file may have been pruned since the pointer was read: then the pointer names another.
                if current(home) == path:
                    raise SnapshotMissing(
                        f"The snapshot cannot be read: {str(error).splitlines()[0]}",
                        where=str(path),
                        next_step=_NEXT,
                    ) from error
        raise SnapshotMissing(
            "Snapshots change faster than they open", where=str(home.snapshots), next_step="try again"
        )

    @classmethod
    def named(cls, home: Home, name: str) -> Snapshot:
        """The snapshot of that file name, the current one or one before it. Raises SnapshotMissing."""
        path = home.snapshots / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise SnapshotMissing(f"No such snapshot: {name}", where=str(home.snapshots), next_step=_NEXT)
        try:
            return cls(path, _connect(path))._checked()
        except duckdb.Error as error:
            what = f"The snapshot cannot be read: {str(error).splitlines()[0]}"
            raise SnapshotMissing(what, where=str(path), next_step=_NEXT) from error

    def _checked(self) -> Self:
        schema = self._meta.values.get("schema")
        if schema == str(SCHEMA):
            return self
        self.close()
        raise SnapshotMissing(
            f"The snapshot was written by another version of sayso (tables {schema}, here {SCHEMA})",
            where=str(self.path),
            next_step="run `sayso publish`",
        )

    @property
    def meta(self) -> Meta:
        """Generation, time, model, star map, brands and settings."""
        return self._meta

    @property
    def generation(self) -> int:
        """The number in its name."""
        return int(self.path.stem)

    def hold(self) -> None:
        """Take the facts into memory, for many questions to come: they are then answered at once. It takes
        two seconds a million facts, and some 100 bytes each."""
        self.columns = Columns.load(self.cursor())

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one call."""
        return self._con.cursor()

    def frame(self, name: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The rows of a named query (`queries/FILE.sql`, `FILE.section`) as a frame."""
        return self.cursor().execute(query(name), dict(params) if params else None).df()

    def rows(self, name: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a named query as dictionaries."""
        done = self.cursor().execute(query(name), dict(params) if params else None)
        names = [column[0] for column in done.description or ()]
        return [dict(zip(names, row, strict=True)) for row in done.fetchall()]

    def changed(self) -> bool:
        """Whether a newer snapshot was published since this one was opened."""
        return pointed(self.path.parent) not in (self.path.name, None)

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def pointed(folder: Path) -> str | None:
    """The file name in CURRENT; None if there is no pointer. Raises SnapshotMissing for another name."""
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    if not _NAME.fullmatch(name):
        raise SnapshotMissing("CURRENT names no snapshot", where=str(folder / POINTER), next_step=_NEXT)
    return name


def current(home: Home) -> Path:
    """The file that CURRENT names. Raises SnapshotMissing."""
    name = pointed(home.snapshots)
    if name is None:
        raise SnapshotMissing("Nothing was published yet", where=str(home.snapshots), next_step=_NEXT)
    return home.snapshots / name


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    # A snapshot needs no other file: nothing that runs in it can reach one.
    con = duckdb.connect(str(path), read_only=True, config={"enable_external_access": False})
    con.execute("SET TimeZone = 'UTC'")
    return con
