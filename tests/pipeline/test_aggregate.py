"""The tables that a snapshot shows, as built from the warehouse."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from made_warehouse import CONFIG, START, Said, many, put, warehouse

from pipeline.aggregate import aggregate


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return con.cursor().execute(sql).fetchall()


def test_facts_hold_keys_and_readings_without_text(tmp_path: Path) -> None:
    said = [
        Said("Ļoti dārgi", lang="lv-LV", touchpoints=[("price", -0.8, 0.9), ("shop", 0.5, 0.4)], rating=2),
        Said("Dėkui", lang=None, kind="reply", title="Lėtas ryšys", source="discourse:f.example"),
        Said("Ačiū", kind="reply", title="Lėtas ryšys", source="discourse:f.example"),
        Said("Kitur", kind="reply", parent="topic:9", source="discourse:f.example"),
        Said(None, rating=5),
    ]
    with warehouse(tmp_path, said) as (home, con):
        aggregate(con, CONFIG, home.root)
        facts = rows(
            con,
            "SELECT lang, touchpoints, polarities, native_class, p_promoter, thread, source_kind"
            " FROM numbers.facts ORDER BY mention_id",
        )
        columns = {
            name
            for (name,) in rows(con, "SELECT column_name FROM duckdb_columns() WHERE table_name = 'facts'")
        }
    assert facts[0][:2] == ("lv", ["price"])
    assert facts[0][2] == [pytest.approx(-0.8)]
    assert (facts[0][3], facts[0][5], facts[0][6]) == (-1, None, "structured")
    assert facts[1][0] == "und"
    assert facts[1][5] == facts[2][5] != facts[3][5]
    assert (facts[4][3], facts[4][4]) == (1, None)
    assert not columns & {"text", "title", "url"}


def test_only_what_stands_counts(tmp_path: Path) -> None:
    said = [
        Said("Vecā versija", rating=1),
        Said("Jaunā", rating=5),
        Said("Par citu", brand=None),
        Said("Klusē", p=None),
    ]
    with warehouse(tmp_path, said) as (home, con):
        con.execute("UPDATE mentions SET current = FALSE WHERE mention_id = 'm0000000'")
        report = aggregate(con, CONFIG, home.root)
        days = rows(con, "SELECT day, mentions, natives, promoters, passives, detractors FROM numbers.daily")
    assert (report.facts, report.mentions, report.unbranded, report.unheard) == (2, 3, 1, 1)
    assert days == [(date(2026, 3, 1), 2, 1, 1.0, 0.0, 0.0)]


def test_daily_sums_add_up_to_the_facts(tmp_path: Path) -> None:
    said = many(300) + [Said(f"Kopija {n}", p_bot=0.9, set_aside=True, cluster="c") for n in range(5)]
    with warehouse(tmp_path, said) as (home, con):
        aggregate(con, CONFIG, home.root)
        totals = rows(
            con,
            "SELECT sum(mentions), sum(set_aside), sum(promoters + passives + detractors) FROM numbers.daily",
        )
        facts = rows(con, "SELECT count(*), count(DISTINCT day) FROM numbers.facts")
    assert totals[0][:2] == (305, 5)
    assert totals[0][2] == pytest.approx(300, abs=1e-3)
    assert facts[0][0] == 305


def test_a_text_keeps_its_last_reading_until_it_is_read_again(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Pirmais"), Said("Otrais")]) as (home, con):
        con.execute(
            "INSERT INTO readings SELECT * REPLACE ('made-2' AS model, 0.25 AS p_promoter, read_at + INTERVAL 1 DAY AS read_at)"
            " FROM readings WHERE content_hash = (SELECT content_hash FROM mentions WHERE mention_id = 'm0000001')"
        )
        aggregate(con, CONFIG, home.root)
        facts = rows(con, "SELECT p_promoter FROM numbers.facts ORDER BY mention_id")
        meta = dict(rows(con, "FROM numbers.meta"))
    assert facts == [(pytest.approx(0.7),), (0.25,)]
    assert meta["model"] == "made-2"
    assert json.loads(str(meta["models"])) == {"made-2": 1, "made-1": 2}


def test_a_campaign_says_what_it_does_to_the_brand_s_figures(tmp_path: Path) -> None:
    hours = [START + timedelta(hours=n) for n in range(6)]
    said = [
        Said(f"Krāpnieki {n}", rating=1, author=f"a{n % 4}", at=at, p_bot=0.9, set_aside=True, cluster="c1")
        for n, at in enumerate(hours)
    ]
    said += [
        Said(f"Labi {n}", rating=5, at=hours[2] - timedelta(days=n), emotions=[0.9] * 12) for n in range(6)
    ]
    said += [Said("Sen", rating=1, at=START - timedelta(days=60))]
    with warehouse(tmp_path, said) as (home, con):
        aggregate(con, CONFIG, home.root)
        found = rows(
            con, "SELECT brand, started_at, ended_at, nps_with, nps_without, state FROM numbers.campaigns"
        )
        change = json.loads(str(rows(con, "SELECT footprint_change FROM numbers.campaigns")[0][0]))
        members = rows(con, "SELECT count(*), count(DISTINCT mention_id) FROM numbers.campaign_mentions")
    assert found == [("Lumora", hours[0], hours[-1], 0.0, 100.0, "open")]
    assert members == [(6, 6)]
    assert change["delight"] == pytest.approx(-0.2, abs=0.01)
    assert change["anger"] == pytest.approx(-0.45, abs=0.01)


def test_what_a_person_said_of_a_campaign_is_its_state(tmp_path: Path) -> None:
    said = [Said(f"Krāpnieki {n}", p_bot=0.9, set_aside=True, cluster="c1") for n in range(3)]
    with warehouse(tmp_path, said) as (home, con):
        before = aggregate(con, CONFIG, home.root).fingerprint
        for day, word in enumerate(("snoozed", "dismissed"), 1):
            con.execute(
                "INSERT INTO verdicts VALUES ('c1:Lumora', ?, 'our own newsletter', 'pr', NULL, ?)",
                [word, START + timedelta(days=day)],
            )
        after = aggregate(con, CONFIG, home.root).fingerprint
        states = rows(con, "SELECT state FROM numbers.campaigns")
    assert before != after
    assert states == [("dismissed",)]


def test_sources_show_their_last_crawl_and_what_they_gave(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Viens"), Said("Divi", source="import:survey")]) as (home, con):
        for day, errors in ((1, 0), (2, 3)):
            con.execute(
                "INSERT INTO target_reports VALUES (?, 'structured:shop.example', 'structured', 'https://shop.example/',"
                " ?, NULL, 9, 1, 0, 4, 0, ?, ['slow'], NULL)",
                [f"r{day}", START + timedelta(days=day), errors],
            )
        con.execute(
            "INSERT INTO target_reports VALUES ('r2', 'silent', 'feed', NULL, ?, NULL, 1, 0, 0, 0, 0, 1, [], NULL)",
            [START],
        )
        aggregate(con, CONFIG, home.root)
        found = rows(
            con, "SELECT target, kind, last_crawl, errors, warnings, mentions FROM numbers.sources ORDER BY 1"
        )
    assert found == [
        ("import:survey", "import", None, None, None, 1),
        ("silent", "feed", START, 1, [], 0),
        ("structured:shop.example", "structured", START + timedelta(days=2), 3, ["slow"], 1),
    ]


def test_a_failed_rebuild_leaves_the_old_aggregates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with warehouse(tmp_path, [Said("Viens")]) as (home, con):
        before = aggregate(con, CONFIG, home.root)
        con.execute("UPDATE mentions SET likes = 9")

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("power cut")

        with monkeypatch.context() as cut:
            cut.setattr("pipeline.aggregate._fill_figures", fail)
            with pytest.raises(RuntimeError):
                aggregate(con, CONFIG, home.root)
        assert rows(con, "SELECT value FROM numbers.meta WHERE key = 'fingerprint'") == [
            (before.fingerprint,)
        ]
        assert aggregate(con, CONFIG, home.root).rebuilt


TABLES = (
    "facts",
    "daily",
    "footprint",
    "drivers",
    "campaigns",
    "campaign_mentions",
    "campaign_ties",
    "campaign_accounts",
    "sources",
    "digests",
)


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """All rows of all tables, in an order that insertion does not change; figures to nine digits."""
    found = {}
    for table in TABLES:
        listed = con.cursor().execute(f"SELECT * FROM numbers.{table}").fetchall()
        found[table] = sorted(
            repr([round(cell, 9) if isinstance(cell, float) else cell for cell in row]) for row in listed
        )
    return found


def test_a_changed_day_gives_what_a_full_build_gives(tmp_path: Path) -> None:
    def changes(con: duckdb.DuckDBPyConnection) -> None:
        late = START + timedelta(days=400)
        put(
            con, [Said(f"Jauns {n}", at=late, author=f"a{n}", rating=1 + n % 5) for n in range(9)], first=5000
        )
        con.execute("DELETE FROM mentions WHERE mention_id = 'm0000003'")
        con.execute(
            "UPDATE mentions SET rating = 1, rating_min = 1, rating_max = 5 WHERE mention_id = 'm0000005'"
        )
        con.execute("UPDATE mention_brands SET brand = 'Kaskāde' WHERE mention_id = 'm0000007'")
        con.execute("INSERT INTO authenticity VALUES ('m0000009', 0.9, ['copies'], 'c', TRUE, now())")
        con.execute(
            "INSERT INTO readings BY NAME SELECT * REPLACE ('made-2' AS model, now() AS read_at, 0.9 AS p_promoter,"
            " 0.05 AS p_detractor, 0.05 AS p_passive) FROM readings WHERE content_hash ="
            " (SELECT content_hash FROM mentions WHERE mention_id = 'm0000011')"
        )

    said = [*many(900), Said("Aptauja", kind="survey", rating=9, scale=(0, 10), brand="Kaskāde")]
    with warehouse(tmp_path / "step", said) as (home, con):
        aggregate(con, CONFIG, home.root)
        made = rows(
            con,
            "SELECT table_oid FROM duckdb_tables() WHERE schema_name = 'numbers' AND table_name = 'facts'",
        )
        changes(con)
        assert aggregate(con, CONFIG, home.root).rebuilt
        kept = rows(
            con,
            "SELECT table_oid FROM duckdb_tables() WHERE schema_name = 'numbers' AND table_name = 'facts'",
        )
        stepwise = contents(con)
        assert not aggregate(con, CONFIG, home.root).rebuilt
    with warehouse(tmp_path / "whole", said) as (home, con):
        changes(con)
        aggregate(con, CONFIG, home.root)
        whole = contents(con)
    assert kept == made
    for table in TABLES:
        if table == "digests":
            assert len(stepwise[table]) == len(whole[table])
        else:
            assert stepwise[table] == whole[table], table


def test_another_setting_builds_all_anew(tmp_path: Path) -> None:
    with warehouse(tmp_path, many(300)) as (home, con):
        aggregate(con, CONFIG, home.root)
        moved = CONFIG.model_copy(
            update={"sayso": CONFIG.sayso.model_copy(update={"timezone": "Asia/Tokyo"})}
        )
        assert aggregate(con, moved, home.root).rebuilt
        days = rows(
            con,
            "SELECT count(*) FROM numbers.facts WHERE day <> CAST(timezone('Asia/Tokyo', \"at\") AS DATE)",
        )
    assert days == [(0,)]
