"""Snapshots held in memory: a newer one is shown when it is ready, an older one stays readable, nobody waits."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app import holding
from pipeline import numbers
from pipeline.errors import SnapshotMissing
from pipeline.home import Home
from pipeline.made_snapshot import make_snapshot
from pipeline.snapshot import Snapshot


def test_a_newer_snapshot_is_shown_without_a_restart(tmp_path: Path) -> None:
    home = Home(tmp_path)
    make_snapshot(home, 300)
    first = holding.newest(home)
    make_snapshot(home, 500, generation=2)
    second = holding.newest(home)
    assert (first, second) == ("00000001.duckdb", "00000002.duckdb")
    assert [_mentions(holding.held(home, name)) for name in (first, second)] == [300, 500]
    assert holding.held(home, second).columns is not None
    assert holding.held(home, second) is holding.held(home, second)


def _mentions(snapshot: Snapshot) -> int:
    return sum(volume.mentions for volume in numbers.volume(snapshot))


def test_nobody_waits_while_a_newer_one_is_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, gate, hold = Home(tmp_path), threading.Event(), Snapshot.hold
    make_snapshot(home, 300)
    assert holding.newest(home) == "00000001.duckdb"
    monkeypatch.setattr(holding, "_PATIENCE", 0.01)
    monkeypatch.setattr(Snapshot, "hold", lambda found: gate.wait(30) and hold(found))
    make_snapshot(home, 500, generation=2)
    try:
        assert holding.newest(home) == "00000001.duckdb"
    finally:
        gate.set()
    assert holding.held(home, "00000002.duckdb").generation == 2
    assert holding.newest(home) == "00000002.duckdb"


def test_too_little_memory_reads_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_found: Snapshot) -> None:
        raise MemoryError

    home = Home(tmp_path)
    make_snapshot(home, 300)
    monkeypatch.setattr(Snapshot, "hold", fail)
    found = holding.held(home, holding.newest(home))
    assert found.columns is None and _mentions(found) == 300


def test_a_missing_snapshot_is_told_and_tried_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(SnapshotMissing):
        holding.newest(home)
    with pytest.raises(SnapshotMissing):
        holding.held(home, "../00000001.duckdb")
    with pytest.raises(SnapshotMissing):
        holding.held(home, "00000001.duckdb")
    make_snapshot(home, 300)
    assert holding.held(home, holding.newest(home)).generation == 1
