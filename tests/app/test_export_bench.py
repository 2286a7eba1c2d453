"""The bench of exports measures real exports, and their memory does not grow with the snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.export_bench import ExportFailed, bench_export, make_snapshot
from pipeline.export import export
from pipeline.home import Home


def test_it_measures_an_export_of_its_own(tmp_path: Path) -> None:
    [row] = bench_export([3_000], ["mentions"], ["csv"])
    assert (row["mentions"], row["rows"], row["format"]) == (3_000, 3_000, "csv")
    assert row["mb"] > 0.5
    assert 50 < row["peak_mb"] < 2_000
    home = Home(tmp_path)
    make_snapshot(home, 500)
    assert export("nps", home, out=tmp_path / "nps.csv").rows > 0


def test_an_export_that_fails_is_named() -> None:
    with pytest.raises(ExportFailed, match="cannot be exported"):
        bench_export([10], ["passwords"], ["csv"])


@pytest.mark.long
def test_memory_does_not_grow_with_the_mentions() -> None:
    less, more = bench_export([1_500_000, 3_000_000], ["mentions"], ["parquet"])
    assert more["peak_mb"] < 1.1 * less["peak_mb"]
