"""Whether exports stay flat in memory: made-up snapshots of several sizes, each export in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from models.bench import peak_bytes
from pipeline.errors import SaysoError
from pipeline.export import export
from pipeline.home import Home
from pipeline.progress import Progress, silent
from pipeline.snapshot import POINTER, SCHEMA
from pipeline.sql import query

_CHUNK = 250_000
_CHILD = "import sys; from app.export_bench import child; child(*sys.argv[1:])"


class ExportFailed(SaysoError):
    """An export that was to be measured did not end well."""


def bench_export(
    sizes: Sequence[int], tables: Sequence[str], forms: Sequence[str], progress: Progress = silent
) -> list[dict[str, Any]]:
    """Rows, bytes, seconds of wall and processor and peak memory (MB) of every export, a row each.

    Raises ExportFailed.
    """
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder))
            make_snapshot(home, size, progress)
            for table in tables:
                for form in forms:
                    found.append({"mentions": size, "table": table, "format": form} | _one(home, table, form))
    return found


def make_snapshot(home: Home, mentions: int, progress: Progress = silent) -> None:
    """Publish a snapshot of so many made-up mentions in a home that has none."""
    home.config_file.write_text('[[brands]]\nname = "Lumora"\n', encoding="utf-8")
    path = home.snapshots / "00000001.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute((files("pipeline") / "queries" / "snapshot_schema.sql").read_text(encoding="utf-8"))
        for first in range(0, mentions, _CHUNK):
            last = min(first + _CHUNK, mentions)
            con.execute(query("bench_export.fill"), {"first": first, "last": last})
            for step in ("mentions", "facts"):
                con.execute(query(f"bench_export.{step}"))
            progress("mentions made up", last, mentions)
        con.execute(query("bench_export.meta"), {"schema": SCHEMA})
    (home.snapshots / POINTER).write_text(path.name, encoding="utf-8")


def _one(home: Home, table: str, form: str) -> dict[str, Any]:
    out = home.root / f"out.{form}"
    words = ["-c", _CHILD, str(home.root), table, str(out)]
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExportFailed(
            done.stderr.strip(), where=f"export {table} as {form}", next_step="mend that first"
        )
    seconds, size = time.perf_counter() - begun, out.stat().st_size
    out.unlink()
    return {"mb": round(size / 1e6, 1), "seconds": round(seconds, 1), **json.loads(done.stdout)}


def child(root: str, table: str, out: str) -> None:
    """Export, and print what this process used."""
    report = export(table, Home(Path(root)), out=Path(out))
    used = {
        "rows": report.rows, "processor_seconds": round(time.process_time(), 1),
        "peak_mb": round(peak_bytes() / 1e6),
    }  # fmt: skip
    sys.stdout.write(json.dumps(used))
