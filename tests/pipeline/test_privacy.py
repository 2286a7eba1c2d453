"""What must not be kept is nowhere afterwards: landing, rejects, inbox, warehouse, snapshots, free blocks."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from landing_of import land, make_home, mention
from small_reader import SmallReader

from crawlers.mention import Forgotten, mention_id
from pipeline import labels, landed
from pipeline.erasing import erase, segments
from pipeline.home import Home
from pipeline.ingest import ingest, rebuild
from pipeline.labels import Label
from pipeline.packing import tidy
from pipeline.privacy import Request, Retention, elsewhere, find, forget, retain
from pipeline.run import run
from pipeline.warehouse import open_warehouse

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = "Šo teikumu 🌧 neviens vairs nedrīkst redzēt"
WORKER = Path(__file__).with_name("forgetter.py")


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def video(number: int, days: float, **more: object) -> object:
    """A comment under a film, collected so many days ago."""
    base = {"source": "youtube:www.youtube.com", "kind": "comment", "rating": None, "rating_min": None}
    base |= {"rating_max": None, "text": f"Nordvila film {number}", "collected_at": days_ago(days)}
    return mention(number, **(base | more))


def ids_of(home: Home) -> set[str]:
    """Native ids in the warehouse."""
    with open_warehouse(home) as con:
        return {row[0] for row in con.execute("SELECT DISTINCT native_id FROM mentions").fetchall()}


def landed_ids(home: Home) -> list[str]:
    """Native ids in landing, a line each."""
    found = [m.native_id for segment in landed.segments(home.landing) for m in landed.read(segment).mentions]
    return sorted(found)


def unpacked(path: Path) -> bytes:
    if path.name.endswith(".zst"):
        with path.open("rb") as file:
            return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    return path.read_bytes()


def holders(home: Home, text: str) -> list[str]:
    """Files of a home in which these bytes stand, packed lines unpacked."""
    forms = [text.encode(), json.dumps(text)[1:-1].encode()]
    files = (path for path in sorted(home.root.rglob("*")) if path.is_file())
    return [
        path.relative_to(home.root).as_posix()
        for path in files
        if any(form in unpacked(path) for form in forms)
    ]


def taken(home: Home) -> None:
    with open_warehouse(home) as con:
        ingest(home, con)


def test_texts_whose_time_is_over_go_and_those_met_again_stay(home: Home) -> None:
    land(home, "a", [video(1, 40), video(2, 40), video(3, 5), mention(4, collected_at=days_ago(40))])
    land(home, "b", [video(2, 10)])  # a sweep met it again
    taken(home)
    with open_warehouse(home) as con:
        removed = retain(home, con, Retention({"youtube": 30}), NOW)
        again = retain(home, con, Retention({"youtube": 30}), NOW)
    assert (removed.mentions, removed.versions, removed.landed) == (1, 1, 2)
    assert (again.mentions, again.landed) == (0, 0)
    assert ids_of(home) == {"r2", "r3", "r4"}
    assert landed_ids(home) == ["r2", "r3", "r4"]
    rebuild(home)
    assert ids_of(home) == {"r2", "r3", "r4"}


def test_a_default_holds_for_every_source_and_its_own_time_goes_before(home: Home) -> None:
    land(
        home,
        "a",
        [video(1, 40), mention(2, collected_at=days_ago(40)), mention(3, collected_at=days_ago(400))],
    )
    taken(home)
    with open_warehouse(home) as con:
        assert retain(home, con, Retention({"youtube": 30}, 365), NOW).mentions == 2
        assert retain(home, con, Retention(), NOW).mentions == 0
    assert ids_of(home) == {"r2"}


def test_an_old_wording_goes_though_its_mention_stays_and_versions_keep_their_numbers(home: Home) -> None:
    land(home, "a", [video(1, 40, text="first")])
    land(home, "b", [video(1, 20, text="second")])
    taken(home)
    with open_warehouse(home) as con:
        removed = retain(home, con, Retention({"youtube": 30}), NOW)
        assert (removed.mentions, removed.versions) == (0, 1)
        land(home, "c", [video(1, 1, text="third")])
        ingest(home, con)
        rows = con.execute("SELECT version, text, current FROM mentions ORDER BY version").fetchall()
    assert rows == [(2, "second", False), (3, "third", True)]


def test_a_copy_takes_the_place_of_an_original_that_goes(home: Home) -> None:
    same = {"text": "The same words", "author_hash": "one"}
    land(home, "a", [video(1, 40, published_at=days_ago(50), **same)])
    land(home, "b", [video(2, 5, published_at=days_ago(45), **same)])
    taken(home)
    with open_warehouse(home) as con:
        assert con.execute("SELECT native_id FROM mentions WHERE current").fetchall() == [("r1",)]
        retain(home, con, Retention({"youtube": 30}), NOW)
        left = con.execute("SELECT native_id, current, merged_into FROM mentions").fetchall()
        places = con.execute("SELECT mention_id = member_id FROM places").fetchall()
    assert left == [("r2", True, None)]
    assert places == [(True,)]


def test_segments_from_before_ages_were_kept_are_opened_once(home: Home) -> None:
    land(home, "a", [video(1, 40), video(2, 1)])
    taken(home)
    with open_warehouse(home) as con:
        con.execute("DELETE FROM segment_ages")
        assert retain(home, con, Retention({"youtube": 30}), NOW).landed == 1
        assert con.execute("SELECT name, kind FROM segment_ages").fetchall() == [
            ("dt=2026-03-01/a.jsonl.zst", "youtube")
        ]


def test_rejects_go_by_their_day_and_their_kind(home: Home) -> None:
    old, new = days_ago(40).isoformat(), days_ago(2).isoformat()
    lines = [("youtube:x", old), ("youtube:x", new), ("steam:y", old), (None, old)]
    items = [json.dumps({"reason": "r", "where": "w", "raw": "x", "source": s, "target": "t", "at": at})
             for s, at in lines]  # fmt: skip
    path = land(home, "x", items)
    folder = home.landing / "rejected" / "dt=2026-03-01"
    folder.mkdir(parents=True)
    path.rename(folder / path.name)
    with open_warehouse(home) as con:
        assert retain(home, con, Retention({"youtube": 30}), NOW).rejected == 2
    left = [json.loads(line) for segment in segments(home.landing) for line in landed.lines(segment)]
    assert [(item["source"], item["at"]) for item in left] == [("youtube:x", new), ("steam:y", old)]


def test_a_run_applies_retention_by_itself_and_nothing_of_the_text_stays(home: Home) -> None:
    today = datetime.now(UTC)
    land(home, "a", [video(1, 0, text=SECRET, collected_at=today - timedelta(days=20)),
                     video(2, 0, text="Nordvila is fine", collected_at=today)])  # fmt: skip
    first = run(home, None, SmallReader)
    assert {"landing/dt=2026-03-01/a.jsonl.zst", "warehouse.duckdb"} <= set(holders(home, SECRET))
    labels.lay(home, labels=[Label(mention_id=mention_id("youtube:www.youtube.com", "r1"), brand="Nordvila",
                                   score=3, note=f"she said: {SECRET}", labelled_at=today)])  # fmt: skip
    second = run(home, None, SmallReader, retention=Retention({"youtube": 7}))
    assert holders(home, SECRET) == []
    assert second.snapshot != first.snapshot
    assert [path.name for path in home.snapshots.glob("*.duckdb")] == [Path(second.snapshot or "").name]
    third = run(home, None, SmallReader, retention=Retention({"youtube": 7}))
    assert third.step("tidy") is None
    assert third.snapshot == second.snapshot


def test_forgetting_an_author_leaves_nothing_and_keeps_him_out(home: Home) -> None:
    one = [mention(n, text=f"{SECRET} {n}", author_hash="a" * 32) for n in (1, 2)]
    land(
        home,
        "a",
        [*one, mention(3), '{"source": "structured:shop.example", "author_hash": "' + "a" * 32 + '"}'],
    )
    run(home, None, SmallReader)
    with open_warehouse(home) as con:
        removed = forget(home, con, Request(authors=("a" * 32,)))
    assert (removed.mentions, removed.landed) == (2, 3)
    assert removed.rejected == 1
    run(home, None, SmallReader)
    assert holders(home, SECRET) == []
    assert holders(home, "a" * 32) == ["landing/forgotten.jsonl"]
    land(home, "b", [mention(7, author_hash="a" * 32), mention(8)])
    rebuild(home)
    assert ids_of(home) == {"r3", "r8"}
    assert Forgotten.read(home.landing).authors == {"a" * 32}


@pytest.mark.parametrize("by", ["id", "address"])
def test_forgetting_a_mention_takes_its_versions_and_copies(home: Home, by: str) -> None:
    same = {"author_hash": "one", "text": "The same words"}
    land(home, "a", [mention(1, **same), mention(2, **same), mention(3), mention(1, text="before", author_hash="one",
                     collected_at=days_ago(300))])  # fmt: skip
    taken(home)
    asked = mention_id("structured:shop.example", "r2") if by == "id" else "https://shop.example/reviews/2"
    with open_warehouse(home) as con:
        removed = forget(home, con, Request(mentions=(asked,)))
    assert (removed.mentions, removed.versions, removed.landed) == (2, 3, 3)
    assert ids_of(home) == {"r3"}
    assert len(Forgotten.read(home.landing).mentions) == 2


def test_forgetting_a_source_or_a_brand(home: Home) -> None:
    land(home, "a", [video(1, 1), mention(2, text="Ostmar alone"), mention(3, text="Ostmar and Nordvila"),
                     mention(4, text="nobody", brand_hint="Ostmar")])  # fmt: skip
    taken(home)
    with open_warehouse(home) as con:
        assert len(find(con, Request(source="youtube"))) == 1
        assert forget(home, con, Request(source="youtube:www.youtube.com")).mentions == 1
        removed = forget(home, con, Request(brand="Ostmar"))
    assert (removed.mentions, removed.shared) == (2, 1)
    assert ids_of(home) == {"r3"}
    assert Forgotten.read(home.landing) == Forgotten()


def test_a_damaged_segment_is_named_and_stays(home: Home) -> None:
    land(home, "a", [mention(1)])
    taken(home)
    broken = land(home, "b", [mention(1)])
    broken.write_bytes(broken.read_bytes()[:-3])
    with open_warehouse(home) as con:
        removed = forget(home, con, Request(source="structured"))
    assert removed.unreadable == ["dt=2026-03-01/b.jsonl.zst"]
    assert ids_of(home) == set()


def test_what_still_holds_it_is_named(home: Home) -> None:
    land(home, "a", [mention(1)])
    taken(home)
    rebuild(home)
    (home.exports / "mentions.csv").write_text("text\n")
    told = elsewhere(home, [mention_id("structured:shop.example", "r1")])
    assert "holds 1 versions" in told[0] and "1 files that were exported" in told[1] and "backups" in told[2]
    assert len(elsewhere(home, ["0" * 64])) == 2


def test_every_table_that_names_a_mention_is_cleared(home: Home) -> None:
    land(home, "a", [mention(n, text=SECRET) for n in range(3)])
    taken(home)
    sql = """SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal
        AND column_name IN ('mention_id', 'member_id') AND database_name = 'warehouse'
        AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary)"""
    with open_warehouse(home) as con:
        named = {row[0] for row in con.execute(sql).fetchall()}
        for table in named - {"mentions", "places", "mention_brands", "forgetting"}:
            columns = con.execute(f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table}'"
                                  " AND NOT is_nullable OR column_name = 'mention_id'").fetchall()  # fmt: skip
            assert columns
        forget(home, con, Request(source="structured"))
        left = {table: con.execute(f"SELECT count(*) FROM {table}").fetchone() for table in named}
    assert {"mentions", "places", "mention_brands", "authenticity", "labels", "answered"} <= named
    assert set(left.values()) == {(0,)}


def test_a_segment_in_which_nothing_goes_is_not_touched(home: Home) -> None:
    path = land(home, "a", [mention(n) for n in range(3)])
    before = path.stat()
    segment = landed.segments(home.landing)[0]
    assert erase(segment, lambda record, line: False).lines == 0
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert erase(segment, lambda record, line: True).lines == 3
    assert not path.exists()


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Home]:
    home = make_home(tmp_path / "home")
    for part in range(12):
        whose = [("gone" if n % 3 else f"stays{part}-{n}") for n in range(40)]
        land(home, f"s{part:02d}", [
            mention(part * 40 + n, text=f"Nordvila {SECRET if who == 'gone' else 'fine'} {part} {n}", author_hash=who)
            for n, who in enumerate(whose)
        ])  # fmt: skip
    yield home


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.long)])
def test_kill_minus_9_while_forgetting_is_ended_by_the_next_run(many: Home, kills: int) -> None:
    run(many, None, SmallReader)
    times, met = random.Random(kills), 0
    for time_of_kill in [0.0, *(times.uniform(0.0, 0.25) for _ in range(kills - 1))]:
        process = subprocess.Popen(
            [sys.executable, str(WORKER), str(many.root)], stdout=subprocess.PIPE, text=True,
            cwd=WORKER.parents[2], env={"PYTHONPATH": str(WORKER.parents[2])},
        )  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        while not Forgotten.file(many.landing).exists():
            time.sleep(0.002)
        time.sleep(time_of_kill)
        process.send_signal(signal.SIGKILL)
        met += "done" not in process.communicate()[0]
    assert met
    run(many, None, SmallReader)
    assert holders(many, SECRET) == []
    assert len(landed_ids(many)) == len(ids_of(many)) == 12 * 14
    with open_warehouse(many) as con:
        assert con.execute("SELECT count(*) FROM forgetting").fetchone() == (0,)
        assert con.execute("SELECT count(*) FROM numbers.facts").fetchone() == (12 * 14,)


def test_a_warehouse_written_anew_is_the_same(home: Home) -> None:
    land(home, "a", [mention(n, author_hash="gone" if n == 3 else f"a{n}") for n in range(9)])
    run(home, None, SmallReader)
    with open_warehouse(home) as con:
        forget(home, con, Request(authors=("gone",)))
        tables = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
                  " AND NOT temporary ORDER BY 1").fetchall() if row[0] != "settings_seen"]  # fmt: skip
        before = {name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in tables}
    tidy(home)
    with open_warehouse(home) as con:
        assert {
            name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in tables
        } == before
    assert tidy(home) == 0


def test_what_its_source_deleted_goes_unless_it_was_seen_again_since(home: Home) -> None:
    land(home, "a", [mention(n, collected_at=days_ago(9), text=f"{SECRET} {n}") for n in range(3)])
    land(home, "b", [mention(1, collected_at=days_ago(1), text="Nordvila is back")])
    ids = [mention_id("structured:shop.example", f"r{n}") for n in range(2)]
    told = [json.dumps({"mention_id": found, "at": days_ago(5).isoformat()}) for found in ids]
    (home.landing / "gone.jsonl").write_text(
        '{"mention_id": "to\n' + "\n".join(told) + "\n", encoding="utf-8"
    )
    taken(home)
    with open_warehouse(home) as con:
        assert retain(home, con, Retention(), NOW).mentions == 1
        assert retain(home, con, Retention(), NOW).mentions == 0
    assert ids_of(home) == {"r1", "r2"}
    assert landed_ids(home) == ["r1", "r1", "r2"]


def test_a_warehouse_set_aside_goes_when_the_shortest_time_is_over(home: Home) -> None:
    land(home, "a", [mention(1, collected_at=datetime.now(UTC))])
    taken(home)
    rebuild(home)
    (old,) = home.root.glob("warehouse.*.old.duckdb")
    now = datetime.now(UTC)
    with open_warehouse(home) as con:
        assert retain(home, con, Retention({"youtube": 30}, 365), now).warehouses == 0
        assert retain(home, con, Retention(), now + timedelta(days=40)).warehouses == 0
        assert retain(home, con, Retention({"youtube": 30}, 365), now + timedelta(days=40)).warehouses == 1
    assert not old.exists()
    assert ids_of(home) == {"r1"}
