"""Seconds and memory of detection on a warehouse of made-up mentions, and how they grow with its size."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.authenticity import detect
from pipeline.bench import RSS_UNIT, fill
from pipeline.config import Config
from pipeline.home import Home
from pipeline.progress import Progress, silent
from pipeline.sql import query
from pipeline.warehouse import Limits, open_warehouse

THREADS = 2


def detection_speed(words: Sequence[str], mentions: int, progress: Progress = silent) -> dict[str, Any]:
    """Of `mentions` and of a tenth of them, each in a process of its own: texts drawn from `words`, a year,
    four brands, some four fifths of authors known, no embeddings."""
    small, large = (_measured(list(words), size, progress) for size in (max(mentions // 10, 1), mentions))
    return {
        "mentions": mentions, **large, "a_tenth": small,
        "seconds_per_million": round(large["seconds"] * 1e6 / mentions, 1),
        "growth_for_ten_times": round(large["processor_seconds"] / max(small["processor_seconds"], 1e-9), 2),
    }  # fmt: skip


def _measured(words: list[str], mentions: int, progress: Progress) -> dict[str, Any]:
    progress("detection timed: mentions", mentions, None)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(timed_detection, (words, mentions))


def timed_detection(words: list[str], mentions: int) -> dict[str, Any]:
    """Fill a warehouse in a temporary folder and detect once; memory of the process at its most."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with open_warehouse(home, Limits(threads=THREADS)) as con:
            fill(con, mentions)
            con.execute(query("bench.speak"), {"words": words})
            begun, busy = time.perf_counter(), time.process_time()
            found = detect(con, Config())
            spent = time.perf_counter() - begun, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
    return {
        "seconds": round(spent[0], 2), "processor_seconds": round(spent[1], 2), "threads": THREADS,
        "peak_mb": round(peak / 1e6), "suspected": found.suspected, "campaigns": found.campaigns,
    }  # fmt: skip
