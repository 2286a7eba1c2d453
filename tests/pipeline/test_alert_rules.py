"""Rules over snapshots: each sees what it is for, clearly and large, and an ordinary bad day wakes nobody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_stream import START, ordinary, people, stream

from pipeline import alert_rules, alert_text, alert_volume
from pipeline.alert_rules import Look, findings, look
from pipeline.alert_state import Finding, Warned
from pipeline.alert_text import Voice, words
from pipeline.config import Alerts
from pipeline.home import Home
from pipeline.snapshot import Snapshot

DAYS = 75
END = START + timedelta(days=DAYS)
BRAND = "Ļumora"


def seen(
    tmp_path: Path, rows: pd.DataFrame, brands: Sequence[str] = (BRAND,), **settings: Any
) -> list[Finding]:
    home = Home(tmp_path)
    stream(home, rows, brands, precision=settings.pop("precision", "minute"))
    with Snapshot.open(home) as snapshot:
        at = look(snapshot, Alerts(**settings), END)
        return findings(at) if at else []


def late(count: int, days: float, seed: int = 5, **kind: Any) -> pd.DataFrame:
    """So many mentions over the last days."""
    rng = np.random.default_rng(seed)
    kind.setdefault("p", (0.5, 0.2, 0.3))
    return people(BRAND, DAYS * 86_400 - rng.uniform(0, days * 86_400, count), rng, **kind)


def test_an_ordinary_stretch_wakes_nobody(tmp_path: Path) -> None:
    rows = pd.concat(
        [ordinary(brand, DAYS, 20, seed) for seed, brand in enumerate((BRAND, "Kaskāde", "Мир"))]
    )
    assert seen(tmp_path, rows, (BRAND, "Kaskāde", "Мир")) == []


def test_a_clear_fall_is_told_with_its_interval(tmp_path: Path) -> None:
    fallen = [
        found
        for found in seen(
            tmp_path, pd.concat([ordinary(BRAND, 47, 20, 1), late(560, 28, p=(0.25, 0.2, 0.55))])
        )
        if found.rule == "nps"
    ]
    assert len(fallen) == 1
    facts = fallen[0].facts
    assert facts["points"] >= 20 and facts["low"] < facts["high"] < 0
    assert facts["after"] < facts["before"] and facts["n_after"] > 400


def test_a_fall_of_few_or_by_little_is_not(tmp_path: Path) -> None:
    few = pd.concat([ordinary(BRAND, 47, 0.6, 1), late(16, 28, p=(0.1, 0.1, 0.8))])
    assert [f for f in seen(tmp_path / "few", few) if f.rule == "nps"] == []
    little = pd.concat([ordinary(BRAND, 47, 20, 1), late(560, 28, p=(0.48, 0.2, 0.32))])
    assert [f for f in seen(tmp_path / "little", little) if f.rule == "nps"] == []


def test_more_anger_and_more_of_billing_are_told_by_name(tmp_path: Path) -> None:
    rows = pd.concat([ordinary(BRAND, 47, 20, 1), late(560, 28, anger=0.45, billing=0.3)])
    found = {item.key for item in seen(tmp_path, rows)}
    assert found == {f"emotion:{BRAND}:anger", f"topic:{BRAND}:billing"}


def test_a_spike_is_measured_against_the_same_hours_of_eight_weeks(tmp_path: Path) -> None:
    rows = pd.concat([ordinary(BRAND, DAYS, 20, 1), late(60, 0.2)])
    spike = next(item for item in seen(tmp_path, rows) if item.rule == "volume")
    assert spike.facts["count"] >= 60 and spike.facts["hours"] == 6
    assert 1 < spike.facts["usual"] < 12 and spike.facts["p_value"] < 1e-5
    assert END - timedelta(hours=6) < spike.since < END


def test_the_rush_of_every_friday_is_no_spike(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rush = [DAYS * 86_400 - week * 604_800 - rng.uniform(0, 3600 * 5, 60) for week in range(9)]
    rows = pd.concat(
        [ordinary(BRAND, DAYS, 10, 1), people(BRAND, np.concatenate(rush), rng, p=(0.5, 0.2, 0.3))]
    )
    assert [item for item in seen(tmp_path, rows) if item.rule == "volume"] == []


def test_a_source_that_was_only_added_now_is_no_spike(tmp_path: Path) -> None:
    rows = pd.concat([ordinary(BRAND, DAYS, 10, 1), late(300, 3, source="feed:new.example")])
    assert [item for item in seen(tmp_path, rows) if item.rule == "volume"] == []


def test_mentions_set_aside_or_dated_to_the_month_make_no_spike(tmp_path: Path) -> None:
    rows = pd.concat([ordinary(BRAND, DAYS, 10, 1), late(80, 0.2).assign(set_aside=True)])
    assert [item for item in seen(tmp_path / "a", rows) if item.rule == "volume"] == []
    rows = pd.concat([ordinary(BRAND, DAYS, 10, 1), late(80, 0.2)])
    assert [item for item in seen(tmp_path / "b", rows, precision="month") if item.rule == "volume"] == []


def test_competitors_are_looked_at_only_if_asked(tmp_path: Path) -> None:
    home = Home(tmp_path)
    stream(home, pd.concat([ordinary(BRAND, DAYS, 20, 1), late(90, 0.2)]), [BRAND])
    with duckdb.connect(str(home.snapshots / "00000001.duckdb")) as con:
        notes = json.dumps([{"name": BRAND, "competitor": True}])
        con.execute("UPDATE meta SET value = ? WHERE key = 'brands'", [notes])
    with Snapshot.open(home) as snapshot:
        assert look(snapshot, Alerts(), END) is None
        at = look(snapshot, Alerts(competitors=True), END)
        assert at and [item.rule for item in findings(at)] == ["volume"]


@pytest.fixture(scope="module")
def quiet_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("quiet"))
    stream(home, ordinary(BRAND, 3, 5, 1), [BRAND])
    return home


def silence(home: Home, quiet_days: float, recent: int, gap: float, **more: Any) -> list[Finding]:
    row = {
        "target": "forum",
        "last_crawl": END,
        "newest_mention": END - timedelta(days=quiet_days),
        "errors": 0,
    }
    with duckdb.connect(str(home.snapshots / "00000001.duckdb")) as con:
        con.register("made", pd.DataFrame([row | {"recent": recent, "longest_gap": gap} | more]))
        con.execute("DELETE FROM sources; INSERT INTO sources BY NAME SELECT * FROM made")
    with Snapshot.open(home) as snapshot:
        return list(alert_rules.silences(Look(snapshot, Alerts(), END, END, (BRAND,))))


@pytest.mark.parametrize(
    ("quiet", "recent", "gap", "told"),
    [
        (5, 400, 0.5, True),
        (2, 400, 0.5, False),
        (5, 40, 3.0, False),
        (20, 6, 9.0, False),
        (30, 56, 4.0, True),
    ],
)
def test_a_source_is_silent_when_it_never_paused_so_long(
    quiet_home: Home, quiet: float, recent: int, gap: float, told: bool
) -> None:
    found = silence(quiet_home, quiet, recent, gap)
    assert bool(found) == told
    assert all(item.audience == "operator" for item in found)


def test_why_a_source_is_silent_is_said(quiet_home: Home) -> None:
    why = [
        silence(quiet_home, 9, 400, 0.5, **more)[0].facts["sources"][0]["why"]
        for more in ({}, {"errors": 3}, {"last_crawl": END - timedelta(days=8)})
    ]
    assert why == ["why_crawled", "why_errors", "why_idle"]


@given(st.lists(st.integers(0, 50), min_size=4, max_size=8), st.integers(0, 400))
def test_a_tail_is_a_probability_that_falls_with_the_count(past: list[int], count: int) -> None:
    weeks = np.array(past, dtype=float)
    here, more = alert_volume.tail(count, weeks), alert_volume.tail(count + 5, weeks)
    assert 0 <= more <= here <= 1


def test_false_alarms_of_volume_stay_at_their_level() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(3_000):
        weeks = rng.poisson(rng.choice([0.3, 2, 10, 40]), 9).astype(float)
        hits += alert_volume.tail(int(weeks[0]), weeks[1:]) < 1e-2
    assert hits / 3_000 < 1e-2


def warned(**found: Any) -> Warned:
    at = datetime(2026, 3, 9, 21, 30, tzinfo=UTC)
    base = {"key": "k", "rule": "campaign", "brand": "Lumora", "size": 40, "since": at, "until": at}
    finding = Finding.model_validate(base | found)
    return Warned("W-12345678", finding, at, at)


CASES: dict[str, dict[str, Any]] = {
    "campaign": {
        "verdict": "coordinated", "direction": "smear", "mentions": 1234, "authors": 38, "p_value": 0.001,
        "q_value": 1e-9, "nps_with": -12.04, "nps_without": 20.0, "sources": ["discourse:forum.example"],
    },
    "nps": {
        "points": 7.5, "before": 20.1, "after": 12.6, "low": -12.0, "high": -3.0, "n_before": 400, "n_after": 380,
        "days": 28,
    },
    "volume": {
        "count": 60, "hours": 6, "usual": 4.25, "times": 14.1, "p_value": 1e-12, "sources": ["a"] * 9,
    },
    "silent": {
        "count": 1,
        "sources": [{"source": "forum", "since": "2026-03-01T10:00:00+00:00", "perweek": 50.0,
                     "why": "why_idle", "crawled": "2026-03-02T10:00:00+00:00"}],
    },
    "test": {},
}  # fmt: skip
CASES["emotion"] = CASES["nps"] | {"emotion": "anger"}
CASES["topic"] = CASES["nps"] | {"topic": "billing", "votes": 300}


@pytest.mark.parametrize("language", ["en", "lv", "lt", "et", "cs", "ru"])
@pytest.mark.parametrize("rule", sorted(CASES))
def test_every_warning_has_its_words_in_every_language(language: str, rule: str) -> None:
    from zoneinfo import ZoneInfo

    voice = Voice(language, ZoneInfo("Europe/Riga"), "https://sayso.example")
    campaign_id = "c/1?é" if rule == "campaign" else None
    one = warned(rule=rule, facts=CASES[rule], campaign_id=campaign_id)
    title, body = alert_text.text(one, voice, update=True, reminder=False)
    assert words()[language]["update"].partition("{")[0] in title
    assert "{" not in title + body and "None" not in title + body
    assert title != alert_text.text(one, voice, update=False, reminder=True)[0]
    if rule == "campaign":
        assert "https://sayso.example/campaigns?campaign=c%2F1%3F%C3%A9" in body
        assert "38" in body and "23:30" in body, "by the clock of Riga"
    if rule not in ("campaign", "test"):
        assert "https://sayso.example/" in body and "W-12345678" in body


def test_all_languages_have_all_sentences_with_the_same_figures() -> None:
    import string

    def figures(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for name, sentence in words()["en"].items():
        for language, others in words().items():
            if isinstance(sentence, str):
                assert figures(others[name]) == figures(sentence), (language, name)
            else:
                assert set(others[name]) == set(sentence)


def test_names_run_nothing_in_a_chat() -> None:
    assert alert_text.safe("<!channel> @here\n`x`\u202e\u0007") == "(!channel) (at)here 'x'"


@pytest.mark.long
@pytest.mark.parametrize("rate", [4, 15])
def test_false_warnings_of_two_brand_years_where_nothing_changes(tmp_path: Path, rate: float) -> None:
    brands = [f"B{number}" for number in range(6)]
    home = Home(tmp_path)
    stream(home, pd.concat([ordinary(brand, 187, rate, 100 + k) for k, brand in enumerate(brands)]), brands)
    told: dict[str, datetime] = {}
    false = 0
    with Snapshot.open(home) as snapshot:
        for half in range(2 * 65, 2 * 187):
            at = START + timedelta(hours=12 * half)
            for found in findings(Look(snapshot, Alerts(), at, at, tuple(brands))):
                false += at - told.get(found.key, START) > timedelta(days=3)
                told[found.key] = at
    assert false <= 1
