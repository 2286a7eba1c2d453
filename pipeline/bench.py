"""How fast figures are made here: a warehouse of made-up mentions, built whole and after one more day."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from pipeline.aggregate import aggregate
from pipeline.config import Config
from pipeline.home import Home
from pipeline.progress import Progress, silent
from pipeline.publish import publish
from pipeline.sql import query
from pipeline.warehouse import Limits, open_warehouse

_STEPS = ("draw", "mentions", "brands", "readings", "authenticity")
_CHUNK = 250_000
_DAYS = 365
_NEXT_DAY = 365
_BRANDS = 4
_SETTINGS = """[sayso]
language = "en"
""" + "".join(f'[[brands]]\nname = "{name}"\n' for name in ("Lumora", "Kaskāde", "Vėjas", "Řeka"))
DIMENSIONS = 32
"""Of a made-up embedding, fewer than the reader's: making a million of them should not take longest."""
ONE_DAY = (
    "find the changed brands and days; make anew their facts and daily sums, the footprints of their months "
    "and of all time, drivers and topics of these brands, campaigns, sources, and what is known of the "
    "readings of each source. Not in it: crawl, ingest, reading, detection, and the snapshot (publishing)"
)
RSS_UNIT = 1024 if sys.platform.startswith("linux") else 1


def bench_warehouse(mentions: int, threads: int, progress: Progress = silent) -> dict[str, Any]:
    """Seconds of wall clock and of processor for a full build, one more day, and a build with nothing new.

    The mentions are spread over a year, four brands, eight languages, forums and shops; one more day brings
    a 365th of them, to all brands at once or to one. What is timed is `aggregate` alone (ONE_DAY); ingest and
    reading come before it, and publishing, which is timed apart. Everything is made in a temporary folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "sayso.toml").write_text(_SETTINGS, encoding="utf-8")
        home = Home(root)
        with open_warehouse(home, Limits(threads=threads)) as con:
            fill(con, mentions, progress)
            full = _timed(lambda: _build(con, home.config))
            _add(con, mentions, mentions + max(mentions // _DAYS, 1), _NEXT_DAY)
            day = _timed(lambda: _build(con, home.config))
            start = mentions + max(mentions // _DAYS, 1)
            _add(con, start, start + max(mentions // _DAYS // _BRANDS, 1), _NEXT_DAY + 1)
            con.execute(query("bench.one_brand"), {"first": start})
            brand = _timed(lambda: _build(con, home.config))
            nothing = _timed(lambda: _build(con, home.config))
            published = _timed(lambda: _publish(home, con))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
    return {
        "mentions": mentions, "threads": threads, "full": full, "one_day": day, "one_day_of_one_brand": brand,
        "nothing_new": nothing, "publishing": published, "one_day_is": ONE_DAY, "peak_mb": round(peak / 1e6),
    }  # fmt: skip


def fill(con: duckdb.DuckDBPyConnection, mentions: int, progress: Progress = silent) -> None:
    """Put made-up mentions of a year, four brands and eight languages into a warehouse, with readings."""
    for first in range(0, mentions, _CHUNK):
        _add(con, first, min(first + _CHUNK, mentions), None)
        progress("mentions made up", min(first + _CHUNK, mentions), mentions)


def _publish(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    publish(home, con, home.config)


def _build(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    aggregate(con, config)


def _add(con: duckdb.DuckDBPyConnection, first: int, last: int, day: int | None) -> None:
    params = {
        "draw": {"first": first, "last": last, "day": day},
        "readings": {"dimensions": DIMENSIONS},
    }
    for step in _STEPS:
        con.execute(query(f"bench.{step}"), params.get(step))


def _timed(work: Callable[[], None]) -> dict[str, float]:
    begun, busy = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - begun, 2),
        "processor_seconds": round(time.process_time() - busy, 2),
    }
