"""The warehouse: one writer, forward migrations, and errors that say what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from landing_of import land, mention

from pipeline.errors import WarehouseBusy, WarehouseError
from pipeline.home import Home
from pipeline.ingest import ingest, rebuild
from pipeline.sql import query
from pipeline.warehouse import Limits, Migration, migrate, migrations, open_warehouse, transaction

HOLD = """
import sys
from pathlib import Path
from pipeline.home import Home
from pipeline.warehouse import open_warehouse
with open_warehouse(Home(Path(sys.argv[1]))):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_new_file_holds_the_whole_schema(home: Home) -> None:
    with open_warehouse(home) as con:
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert {"segments", "mentions", "places", "mention_brands", "readings", "authenticity"} <= tables


def test_opening_again_migrates_nothing_and_keeps_the_data(home: Home) -> None:
    with open_warehouse(home) as con:
        con.execute(query("ingest.remember"), ["key", "value"])
    with open_warehouse(home, Limits(threads=1, memory="500MB")) as con:
        assert migrate(con) == 0
        assert con.execute(query("ingest.setting"), ["key"]).fetchone() == ("value",)
        assert con.execute("SELECT current_setting('threads')").fetchone() == (1,)


def test_another_process_is_named_when_it_holds_the_file(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusy, match=f"pid {holder.pid}") as caught, open_warehouse(home):
            pass
        assert caught.value.next_step
    finally:
        holder.communicate("")
    with open_warehouse(home):
        pass


def test_a_second_opening_in_this_process_says_so(home: Home) -> None:
    with (
        open_warehouse(home, Limits(threads=1)),
        pytest.raises(WarehouseBusy, match="This process"),
        open_warehouse(home, Limits(threads=2)),
    ):
        pass


@pytest.mark.parametrize("content", [b"", b"x" * 9000, b"\x00" * 100])
def test_a_damaged_file_names_the_way_back(home: Home, content: bytes) -> None:
    home.warehouse.write_bytes(content)
    with pytest.raises(WarehouseError, match="damaged") as caught, open_warehouse(home):
        pass
    assert "ingest --rebuild" in caught.value.next_step


def test_a_block_that_breaks_in_the_middle_of_the_file_is_named(home: Home) -> None:
    land(home, "a", [mention(n, text=f"Nordvila {n} " + "labi " * 500) for n in range(800)])
    with open_warehouse(home) as con:
        ingest(home, con)
    whole = bytearray(home.warehouse.read_bytes())
    for at in range(20_000, len(whole), 4096):
        whole[at : at + 64] = b"\xff" * 64
    home.warehouse.write_bytes(bytes(whole))
    with pytest.raises(WarehouseError, match="damaged"), open_warehouse(home) as con:
        con.execute("SELECT sum(length(text)), max(mention_id) FROM mentions").fetchall()
    assert rebuild(home).new == 800


def test_other_errors_of_a_block_pass_as_they_are(home: Home) -> None:
    with pytest.raises(duckdb.CatalogException), open_warehouse(home) as con:
        con.execute("SELECT * FROM nowhere")


def test_a_newer_file_is_left_alone(home: Home) -> None:
    with open_warehouse(home) as con:
        con.execute(query("warehouse.record"), [9999, "from_the_future"])
    with pytest.raises(WarehouseError, match="newer sayso"), open_warehouse(home):
        pass


def test_steps_are_numbered_without_gaps() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_failing_step_leaves_no_trace() -> None:
    con = duckdb.connect()
    steps = [
        Migration(1, "good", "CREATE TABLE good (a INTEGER)"),
        Migration(2, "bad", "CREATE TABLE half (a INTEGER); SELECT nonsense FROM nowhere"),
    ]
    with pytest.raises(WarehouseError, match="0002_bad"):
        migrate(con, steps)
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert tables == {"migrations", "good"}
    assert migrate(con, [steps[0], Migration(2, "mended", "CREATE TABLE half (a INTEGER)")]) == 1


def test_a_transaction_is_all_or_nothing() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE t (a INTEGER)")
    with pytest.raises(ZeroDivisionError), transaction(con):
        con.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    assert con.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_missing_query_is_named() -> None:
    with pytest.raises(KeyError, match="no section 'nothing'"):
        query("ingest.nothing")
    with pytest.raises(KeyError, match=r"no queries/nowhere\.sql"):
        query("nowhere.at_all")


def test_rebuild_makes_the_same_warehouse_from_landing(home: Home) -> None:
    land(home, "a", [mention(n) for n in range(30)])
    with open_warehouse(home) as con:
        ingest(home, con)
        before = con.execute("SELECT * FROM mentions ORDER BY ALL").fetchall()
        con.execute(
            "INSERT INTO readings SELECT content_hash, 'm1', list_value(1,0,0,0,0,0,0,0,0,0,0)::FLOAT[11], 0, 1, 0, 0,"
            " list_value(0,0,0,0,0,0,0,0,0,0,0,1)::FLOAT[12], NULL, NULL, NULL, NULL, NULL, false, 'en', NULL, now(), NULL"
            " FROM mentions LIMIT 7"
        )
    report = rebuild(home)
    assert (report.new, report.readings_carried) == (30, 7)
    with open_warehouse(home) as con:
        assert con.execute("SELECT * FROM mentions ORDER BY ALL").fetchall() == before
    assert len(list(home.root.glob("warehouse.*.old.duckdb"))) == 1


def test_rebuild_leaves_a_warehouse_alone_that_is_held(home: Home) -> None:
    with open_warehouse(home, Limits(threads=3)) as con:
        con.execute(query("ingest.remember"), ["key", "value"])
        with pytest.raises(WarehouseBusy):
            rebuild(home)
        assert con.execute(query("ingest.setting"), ["key"]).fetchone() == ("value",)
    assert not list(home.root.glob("*.old.duckdb"))


def test_rebuild_of_a_damaged_file_keeps_it_and_all_mentions(home: Home) -> None:
    land(home, "a", [mention(n) for n in range(5)])
    home.warehouse.write_bytes(b"not a database at all")
    assert rebuild(home).new == 5
    kept = next(Path(home.root).glob("warehouse.*.old.duckdb"))
    assert kept.read_bytes() == b"not a database at all"
