"""How fast the reader is here: measured, printed, never asserted."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

Progress = Callable[[int, int], None]
_RSS_UNIT = 1024 if sys.platform.startswith("linux") else 1


def bench(texts: Sequence[str], load: Callable[[], Any], progress: Progress | None = None) -> dict[str, Any]:
    """Time the whole `Reader.read` path over `texts`.

    `load` makes the reader. Seconds are wall clock; `distinct` texts are read once each; `peak_mb` is the
    most memory that this process has held.
    """
    begun = time.perf_counter()
    reader = load()
    loaded = time.perf_counter()
    reader.read(texts[:1])
    first = time.perf_counter()
    reader.read(texts, progress=progress)
    done = time.perf_counter()
    distinct = len(set(texts))
    return {
        "model": reader.model,
        "texts": len(texts),
        "distinct": distinct,
        "mean_characters": round(sum(map(len, texts)) / max(len(texts), 1), 1),
        "load_seconds": round(loaded - begun, 3),
        "first_reading_seconds": round(first - begun, 3),
        "texts_per_second": round(distinct / (done - first), 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / 1e6),
    }
