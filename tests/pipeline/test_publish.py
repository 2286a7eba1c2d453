"""Snapshots: whole, versioned, pointed at, pruned; readable whatever happens to the publisher."""

from __future__ import annotations

import errno
import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
from made_warehouse import CONFIG, Said, put, warehouse

from pipeline import aggregate as aggregating
from pipeline import publish as publishing
from pipeline import snapshot as snapshots
from pipeline.aggregate import aggregate, built
from pipeline.config import Config
from pipeline.errors import InputError, SnapshotMissing, WarehouseError
from pipeline.home import Home
from pipeline.publish import publish
from pipeline.snapshot import SCHEMA, Snapshot

WORKER = Path(__file__).with_name("publisher.py")
WHOLE = """
SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM mentions), (SELECT sum(mentions) FROM daily),
    (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'generation')
"""


def files(home: Home) -> list[str]:
    return sorted(path.name for path in home.snapshots.iterdir())


def whole(snapshot: Snapshot) -> tuple[int, int]:
    """(generation, facts) of a snapshot whose tables agree with each other and with its name."""
    facts, mentions, daily, generation = snapshot.cursor().execute(WHOLE).fetchone() or ()
    assert facts == mentions == (daily or 0)
    assert generation == snapshot.generation == snapshot.meta.generation
    return generation, facts


def test_generations_follow_each_other_and_three_stay(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Pirmā")]) as (home, con):
        names = [publish(home, con, CONFIG).name]
        for number in range(1, 5):
            put(con, [Said(f"Ziņa {number}")], first=number)
            names.append(publish(home, con, CONFIG).name)
    assert names == [f"{number:08d}.duckdb" for number in range(1, 6)]
    assert files(home) == [*names[-3:], "CURRENT"]
    with Snapshot.open(home) as snapshot:
        assert whole(snapshot) == (5, 5)


def test_nothing_new_publishes_nothing(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        first = publish(home, con, CONFIG)
        stamp = first.stat().st_mtime_ns
        assert aggregate(con, CONFIG, home.root).rebuilt is False
        assert publish(home, con, CONFIG) == first
    with warehouse(tmp_path, []) as (home, con):
        assert publish(home, con, CONFIG) == first
    assert (first.stat().st_mtime_ns, files(home)) == (stamp, [first.name, "CURRENT"])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE readings SET score = 1",
        "UPDATE mentions SET likes = 3",
        "UPDATE mention_brands SET brand = 'Kaskāde'",
        "INSERT INTO authenticity VALUES ('m0000000', 0.9, ['copies'], 'c', TRUE, now())",
        "UPDATE mentions SET current = FALSE",
        "INSERT INTO target_reports VALUES ('r', 't', 'feed', NULL, now(), NULL, 1, 1, 0, 0, 0, 0, [], NULL)",
    ],
)
def test_any_change_of_the_warehouse_publishes_anew(tmp_path: Path, change: str) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        first = publish(home, con, CONFIG)
        con.execute(change)
        assert publish(home, con, CONFIG).name > first.name


def test_a_change_of_settings_publishes_anew(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena", rating=4)]) as (home, con):
        first = publish(home, con, CONFIG)
        lenient = Config.model_validate({**CONFIG.model_dump(), "sayso": {"star_map": "lenient"}})
        second = publish(home, con, lenient)
        (home.root / "benchmarks.csv").write_text("level,name,nps\nbrand,Lumora,12\n", encoding="utf-8")
        third = publish(home, con, lenient)
    assert first.name < second.name < third.name


def test_a_snapshot_says_what_it_is(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        publish(home, con, CONFIG)
        mark = built(con)
    with Snapshot.open(home) as snapshot:
        meta = snapshot.meta
    assert (meta.generation, meta.model, meta.star_map, meta.native_ratings) == (
        1,
        "made-1",
        "standard",
        "use",
    )
    assert (meta.language, meta.timezone, meta.industry) == ("en", "Europe/Riga", "internet services")
    assert meta.fingerprint == mark
    assert meta.made_at is not None and meta.made_at.tzinfo is not None
    assert [(b.name, b.competitor, b.industry) for b in meta.brands] == [
        ("Lumora", False, None),
        ("Kaskāde", True, "banks"),
    ]
    assert meta.values["schema"] == str(SCHEMA)
    assert json.loads(meta.values["models"]) == {"made-1": 1}


def test_what_a_dead_run_left_is_removed(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        first = publish(home, con, CONFIG)
        (home.snapshots / "00000002.duckdb").write_bytes(b"never pointed at")
        (home.snapshots / "00000003.duckdb.part").write_bytes(b"half")
        (home.snapshots / "00000003.duckdb.part.wal").write_bytes(b"half")
        (home.snapshots / "CURRENT.part").write_text("0000", encoding="utf-8")
        for spilled in ("00000001.duckdb.tmp", "00000003.duckdb.tmp"):
            (home.snapshots / spilled).mkdir()
        assert publish(home, con, CONFIG) == first
        assert files(home) == [first.name, "00000001.duckdb.tmp", "CURRENT"]
        put(con, [Said("Otra")], first=1)
        assert publish(home, con, CONFIG).name == "00000002.duckdb"


def test_a_lost_or_broken_snapshot_is_published_again(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        first = publish(home, con, CONFIG)
        first.write_bytes(b"not a database")
        second = publish(home, con, CONFIG)
        assert second.name > first.name
        second.unlink()
        third = publish(home, con, CONFIG)
        (home.snapshots / "CURRENT").write_text("../../etc/passwd\n", encoding="utf-8")
        fourth = publish(home, con, CONFIG)
        assert fourth.name > third.name
    with Snapshot.open(home) as snapshot:
        assert whole(snapshot)[1] == 1


def test_a_snapshot_of_another_version_is_refused_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        first = publish(home, con, CONFIG)
        for module in (aggregating, snapshots):
            monkeypatch.setattr(module, "SCHEMA", SCHEMA + 1)
        with pytest.raises(SnapshotMissing, match="another version"):
            Snapshot.open(home)
        assert publish(home, con, CONFIG).name > first.name
        with Snapshot.open(home) as snapshot:
            assert whole(snapshot) == (2, 1)


def test_a_snapshot_that_cannot_be_written_is_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        first = publish(home, con, CONFIG)
        put(con, [Said("Otra")], first=1)
        with monkeypatch.context() as disk:
            disk.setattr(publishing, "_flush", full)
            with pytest.raises(WarehouseError, match="No space left"):
                publish(home, con, CONFIG)
        with Snapshot.open(home) as snapshot:
            assert snapshot.path == first
        assert publish(home, con, CONFIG).name == "00000002.duckdb"
        assert files(home) == [first.name, "00000002.duckdb", "CURRENT"]


def test_brands_that_only_an_import_named_are_listed_last(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena", brand="Cits"), Said("Otra", brand="Ābece")]) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        assert [brand.name for brand in snapshot.meta.brands] == ["Lumora", "Kaskāde", "Cits", "Ābece"]


def test_readers_are_told_what_to_do_without_a_snapshot(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(SnapshotMissing, match="sayso run"):
        Snapshot.open(home)
    (home.snapshots / "CURRENT").write_text("../warehouse.duckdb", encoding="utf-8")
    with pytest.raises(SnapshotMissing, match="CURRENT names no snapshot"):
        Snapshot.open(home)
    (home.snapshots / "CURRENT").write_text("00000001.duckdb", encoding="utf-8")
    with pytest.raises(SnapshotMissing, match="cannot be read"):
        Snapshot.open(home)
    (home.snapshots / "00000001.duckdb").write_bytes(b"x" * 5000)
    with pytest.raises(SnapshotMissing, match="cannot be read"):
        Snapshot.open(home)


def test_an_open_reader_keeps_its_generation_and_learns_of_a_newer_one(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        publish(home, con, CONFIG)
        with Snapshot.open(home) as snapshot:
            assert not snapshot.changed()
            for number in range(1, 6):
                put(con, [Said(f"Ziņa {number}")], first=number)
                publish(home, con, CONFIG)
            assert snapshot.changed()
            assert whole(snapshot) == (1, 1)
            assert len(snapshot.frame("snapshot.days")) == 1


def test_a_snapshot_cannot_be_written_nor_reach_other_files(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("secret\n1\n", encoding="utf-8")
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        for sql in ("DELETE FROM facts", f"FROM '{other}'", f"COPY facts TO '{tmp_path}/out.csv'"):
            with pytest.raises(duckdb.Error):
                snapshot.cursor().execute(sql)


def test_a_home_with_a_quote_in_its_name(tmp_path: Path) -> None:
    with warehouse(tmp_path / "Jāņa 'māja' \"x\"", [Said("Viena")]) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        assert whole(snapshot) == (1, 1)


def test_faulty_benchmarks_of_the_home_are_named(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viena")]) as (home, con):
        (home.root / "benchmarks.csv").write_text("level,name,nps\nbrand,Lumora,much\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"benchmarks\.csv, line 2"):
            publish(home, con, CONFIG)


def start(home: Home, generations: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(WORKER), str(home.root), str(generations)],
        stdout=subprocess.PIPE, text=True, cwd=WORKER.parents[2], env={"PYTHONPATH": str(WORKER.parents[2])},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.long)])
def test_kills_in_the_middle_leave_the_last_snapshot(tmp_path: Path, kills: int) -> None:
    home, times = Home(tmp_path), random.Random(kills)
    said = (0, 0)
    for _ in range(kills):
        process = start(home, 1000)
        # The first generation is waited for: starting is not what is to be killed.
        lines = [process.stdout.readline()] if process.stdout else []
        time.sleep(times.uniform(0.0, 1.2))
        process.send_signal(signal.SIGKILL)
        lines += process.communicate()[0].splitlines()
        generation, facts = map(
            int, [line for line in lines if line.endswith("\n") or line[-1:].isdigit()][-1].split()
        )
        assert generation > said[0]
        with Snapshot.open(home) as snapshot:
            shown = whole(snapshot)
        assert shown[0] >= generation
        assert shown[1] >= facts
        said = shown
    process = start(home, 1)
    process.communicate()
    with Snapshot.open(home) as snapshot:
        generation, facts = whole(snapshot)
        assert (generation, facts) > said
    assert all(name == "CURRENT" or name.endswith(".duckdb") for name in files(home))
    assert len(files(home)) <= 4


def test_readers_never_see_a_torn_generation(tmp_path: Path) -> None:
    home = Home(tmp_path)
    process = start(home, 10)
    assert process.stdout is not None
    process.stdout.readline()
    faults: list[BaseException] = []
    seen: list[tuple[int, int]] = []

    def read() -> None:
        try:
            while process.poll() is None:
                with Snapshot.open(home) as snapshot:
                    seen.extend(whole(snapshot) for _ in range(3))
                time.sleep(0.02)
        except BaseException as fault:  # noqa: BLE001 (handed to the test)
            faults.append(fault)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    process.communicate()
    for reader in readers:
        reader.join()
    assert not faults
    assert all(generation == facts for generation, facts in seen)
    assert len({generation for generation, _ in seen}) > 3
