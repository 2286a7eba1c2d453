"""Published snapshots of made-up mentions, as large as asked for: what `sayso bench view` looks at."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import duckdb

from pipeline.home import Home
from pipeline.progress import Progress, silent
from pipeline.snapshot import POINTER, SCHEMA
from pipeline.sql import query

BRANDS = ("Lumora", "Kaskāde", "Vėjas", "Řeka")
_CHUNK = 250_000
_TO_AN_AUTHOR = 3
_TO_A_THREAD = 8
_DRAWN = ("bench_view.mentions", "bench_view.facts")
_SMALL = ("bench_view.topics", "bench_view.preferences", "bench_view.sources")
_DDL = files("pipeline") / "queries" / "snapshot_schema.sql"


def make_snapshot(home: Home, mentions: int, generation: int = 1, progress: Progress = silent) -> Path:
    """Publish so many made-up mentions of a year in that home, and give the file.

    Four brands, eight languages, shops and forums. One in five authors is unknown, the others say some three
    things each; a third of the mentions stands in threads of forums, some eight to a thread.
    """
    path = home.snapshots / f"{generation:08d}.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(_DDL.read_text(encoding="utf-8"))
        for first in range(0, mentions, _CHUNK):
            last = min(first + _CHUNK, mentions)
            _add(con, first, last, mentions)
            progress("mentions made up", last, mentions)
        for step in _SMALL:
            con.execute(query(step))
        brands = [{"name": name, "competitor": name != BRANDS[0]} for name in BRANDS]
        noted = {"schema": SCHEMA, "generation": generation, "brands": json.dumps(brands, ensure_ascii=False)}
        con.execute(query("bench_view.meta"), noted)
    (home.snapshots / POINTER).write_text(path.name + "\n", encoding="utf-8")
    return path


def _add(con: duckdb.DuckDBPyConnection, first: int, last: int, mentions: int) -> None:
    con.execute(query("bench.draw"), {"first": first, "last": last, "day": None})
    people = {
        "authors": max(mentions * 4 // 5 // _TO_AN_AUTHOR, 1),
        "threads": max(mentions // 3 // _TO_A_THREAD, 1),
    }
    con.execute(query("bench_view.placed"), people)
    for step in _DRAWN:
        con.execute(query(step))
