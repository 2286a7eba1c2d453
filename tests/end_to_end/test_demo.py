"""The demo as a stranger runs it: real spiders over HTTP, the shipped reader, DuckDB, and the figures they give."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.town.server import serve
from data.town.town import SEED, UNTIL, Town, true_nps

LANGUAGES = {"en", "lv", "lt", "cs", "ru", "et"}


@dataclass(frozen=True)
class Demo:
    """A finished demo: its home, the port of its town, the summary that it printed, its standard error."""

    home: Path
    port: int
    summary: dict[str, Any]
    progress: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def demo(sayso, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home, port = tmp_path_factory.mktemp("demo") / "home", free_port()
    done = sayso("demo", "--no-view", "--json", "--home", home, "--town-port", port)
    return Demo(home, port, json.loads(done.stdout), done.stderr)


@pytest.fixture
def town(demo: Demo) -> Iterator[Town]:
    """The same town again, at the address where the demo met it, to be changed by a test."""
    place = Town(SEED, UNTIL)
    with serve(place, demo.port):
        yield place


def test_three_brands_in_six_languages_from_three_kinds_of_source(demo: Demo) -> None:
    assert len(demo.summary["brands"]) == 3
    assert demo.summary["mentions"] >= 3000
    assert set(demo.summary["languages"]) >= LANGUAGES
    assert all(demo.summary["languages"][lang] >= 100 for lang in LANGUAGES)
    assert set(demo.summary["source_kinds"]) == {"structured", "discourse", "feed"}


def test_every_brand_has_its_figures_with_intervals(demo: Demo) -> None:
    for brand in demo.summary["brands"]:
        natural = brand["natural"]
        assert natural["low"] < natural["nps"] < natural["high"]
        assert natural["n"] >= 300 and not natural["too_few"]
        assert 0 < natural["estimated"] < 1
        assert len(brand["top_emotions"]) >= 3
        assert 0 < brand["no_positive"]["share"] < 1


def test_the_brands_stand_in_the_order_in_which_the_town_made_them(demo: Demo) -> None:
    truths = Town(SEED, UNTIL).truth()
    measured = {brand["name"]: brand["natural"]["nps"] for brand in demo.summary["brands"]}
    true = {name: true_nps(truths, name) for name in measured}
    assert sorted(measured, key=measured.__getitem__) == sorted(true, key=true.__getitem__)


def test_only_mentions_of_the_attacked_brand_are_set_aside(demo: Demo) -> None:
    aside = {brand["name"]: brand["set_aside"] for brand in demo.summary["brands"]}
    attacked = {truth.brand for truth in Town(SEED, UNTIL).truth() if truth.flag == "campaign"}
    assert all((count > 0) == (name in attacked) for name, count in aside.items())


def test_progress_goes_to_standard_error(demo: Demo) -> None:
    for part in ("pages fetched", "mentions landed", "score: texts"):
        assert part in demo.progress


def test_a_second_crawl_lands_nothing_new(sayso, demo: Demo, town: Town) -> None:
    report = json.loads(sayso("crawl", "--home", demo.home, "--force", "--json", "-q").stdout)
    assert [target["outcome"] for target in report["targets"]] == ["done"] * 5
    assert [(target["new"], target["edited"]) for target in report["targets"]] == [(0, 0)] * 5


def test_a_second_run_changes_nothing(sayso, demo: Demo) -> None:
    first = json.loads(sayso("run", "--no-crawl", "--home", demo.home, "--json", "-q").stdout)
    again = json.loads(sayso("run", "--no-crawl", "--home", demo.home, "--json", "-q").stdout)
    assert again == first
    assert first["brands"] == demo.summary["brands"]


def versions(home: Path, text: str) -> list[tuple[int, bool, str]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        found = con.execute(
            "SELECT version, current, text FROM mentions WHERE mention_id IN "
            "(SELECT mention_id FROM mentions WHERE text = $1) ORDER BY version",
            [text],
        ).fetchall()
    return [(int(version), bool(current), str(said)) for version, current, said in found]


@pytest.mark.parametrize("kind", ["structured", "discourse", "feed"])
def test_an_edit_becomes_a_new_version_and_the_old_one_stays(
    sayso, demo: Demo, town: Town, kind: str
) -> None:
    newest = max(
        (t for t in town.truth() if t.source_kind == kind and t.brand and t.level),
        key=lambda t: t.published_at,
    )
    text = f"Edited: I changed my mind about {newest.brand}, všechno špatně. ({kind})"
    town.edit(newest.native_id, text)
    report = json.loads(sayso("crawl", "--home", demo.home, "--force", "--json", "-q").stdout)
    assert sum(target["edited"] for target in report["targets"] if target["kind"] == kind) == 1
    sayso("ingest", "--home", demo.home, "-q")
    found = versions(demo.home, text)
    assert [version for version, _, _ in found] == [1, 2]
    assert [current for _, current, _ in found] == [False, True]
    assert found[1][2] == text != found[0][2]


def test_a_rebuilt_warehouse_gives_the_same_figures_without_reading_again(sayso, demo: Demo) -> None:
    before = json.loads(sayso("run", "--no-crawl", "--home", demo.home, "--json", "-q").stdout)
    rebuilt = json.loads(sayso("ingest", "--rebuild", "--home", demo.home, "--json", "-q").stdout)
    assert rebuilt["readings_carried"] > 0
    assert json.loads(sayso("score", "--home", demo.home, "--json", "-q").stdout)["read"] == 0
    after = json.loads(sayso("run", "--no-crawl", "--home", demo.home, "--json", "-q").stdout)
    assert after["brands"] == before["brands"]


def test_exports_hold_what_the_summary_says(sayso, demo: Demo, tmp_path: Path) -> None:
    out = tmp_path / "nps.jsonl"
    sayso("export", "nps", "--home", demo.home, "--out", out)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    now = json.loads(sayso("summary", "--home", demo.home, "--json").stdout)
    whole = {r["brand"]: r["nps"] for r in rows if r["length"] == "all" and r["instrument"] == "natural"}
    assert whole == {brand["name"]: pytest.approx(brand["natural"]["nps"]) for brand in now["brands"]}


def test_a_demo_never_touches_another_home(sayso, tmp_path: Path) -> None:
    sayso("init", "--home", tmp_path)
    before = (tmp_path / "sayso.toml").read_bytes()
    done = sayso("demo", "--no-view", "--home", tmp_path, "--town-port", free_port(), code=3)
    assert "another home" in done.stderr
    assert (tmp_path / "sayso.toml").read_bytes() == before


def test_a_taken_port_is_named(sayso, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = sayso("demo", "--no-view", "--home", tmp_path / "home", "--town-port", port, code=1)
    assert "--town-port" in done.stderr
