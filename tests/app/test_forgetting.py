"""`sayso forget`: by handle, source and brand; what it says; what a later crawl or import may bring back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import keys
from app.cli import app
from crawlers.imports import ImportMapping, import_file
from crawlers.landing import Landing
from crawlers.mention import Mention
from crawlers.state import CrawlState
from crawlers.target import Target
from pipeline.errors import InputError
from pipeline.home import Home
from pipeline.run import RunBusyError, only_run
from pipeline.warehouse import open_warehouse

CONFIG = """
[[brands]]
name = "Nordvila"
[[targets]]
kind = "discourse"
name = "forums"
url = "https://forum.example/"
brand = "Nordvila"
"""
SOURCE = "discourse:forum.example"
TARGET = Target("forums", "discourse", "https://forum.example/")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "sayso.toml").write_text(CONFIG, encoding="utf-8")
    place = Home(tmp_path)
    land(place, "Līga Bērziņa", "liga")
    land(place, "Jonas", "jonas")
    return place


def post(home: Home, handle: str, native_id: str) -> Mention:
    return Mention(
        source=SOURCE, kind="post", target="forums", native_id=native_id, text=f"Nordvila {native_id}",
        author_hash=keys.author_hasher(home).hash(SOURCE, handle), collected_at=datetime.now(UTC),
    )  # fmt: skip


def land(home: Home, handle: str, native_id: str) -> str:
    """Lands a post as a crawl does; what the crawl's memory says of it."""
    said = post(home, handle, native_id)
    state = CrawlState(home.landing)
    with Landing(home.landing, on_seal=state.commit) as landing:
        verdict = state.target(TARGET).judge(said)
        if verdict != "known":
            landing.add(said)
    state.close()
    return verdict


def held(home: Home) -> set[str]:
    with open_warehouse(home) as con:
        return {row[0] for row in con.execute("SELECT native_id FROM mentions").fetchall()}


def forget(home: Home, *said: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["forget", "--home", str(home.root), "--yes", "--json", "-q", *said])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_by_handle_whatever_its_case_and_form(home: Home) -> None:
    found = forget(home, "--author", "LĪGA BE\u0304RZIN\u0327A")
    assert found["removed"]["mentions"] == 1  # type: ignore[index]
    assert held(home) == {"jonas"}
    assert land(home, "līga bērziņa", "again") == "new"  # the memory knows it not, landing refuses it
    found = forget(home, "--author", "nobody")
    assert found["removed"]["mentions"] == 0  # type: ignore[index]
    assert held(home) == {"jonas"}
    assert "rzi" not in (home.landing / "forgotten.jsonl").read_text()


def test_a_handle_may_come_by_standard_input(home: Home) -> None:
    asked = ["forget", "--home", str(home.root), "--dry-run", "--json", "-q", "--author", "-"]
    result = CliRunner().invoke(app, asked, input="Jonas\n\n")
    assert json.loads(result.stdout) == {"mentions": 1}
    assert held(home) == {"jonas", "liga"}


def test_it_asks_first(home: Home) -> None:
    asked = ["forget", "--home", str(home.root), "-q", "--source", SOURCE]
    assert CliRunner().invoke(app, asked, input="n\n").exit_code == 1
    assert held(home) == {"jonas", "liga"}
    assert CliRunner().invoke(app, asked, input="y\n").exit_code == 0
    assert held(home) == set()


@pytest.mark.parametrize("asked", [("--source", SOURCE), ("--source", "discourse"), ("--brand", "Nordvila")])
def test_what_the_config_asked_for_may_be_collected_anew(home: Home, asked: tuple[str, str]) -> None:
    found = forget(home, *asked)
    assert found["asking"] == ["forums"]
    assert held(home) == set()
    assert land(home, "Jonas", "jonas") == "new"
    forget(home, "--mention", "0" * 64)
    assert held(home) == {"jonas"}


def test_an_import_that_was_forgotten_may_be_imported_again(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("score,comment\n9,Nordvila ļoti laba\n2,Nordvila slikta\n", encoding="utf-8")

    def take() -> int:
        with Landing(home.landing) as landing:
            return import_file(file, ImportMapping(), landing, keys.author_hasher(home)).new

    assert (take(), take()) == (2, 0)
    assert forget(home, "--source", "import:answers")["removed"]["mentions"] == 2  # type: ignore[index]
    assert take() == 2


def test_an_import_counts_whom_it_does_not_take_as_known(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("author,stars,text\nAna,5,Nordvila lieliska\nZane,1,Nordvila slikta\n", encoding="utf-8")

    def take() -> tuple[int, int]:
        with Landing(home.landing) as landing:
            done = import_file(file, ImportMapping(), landing, keys.author_hasher(home))
        return done.new, done.known

    assert take() == (2, 0)
    assert forget(home, "--author", "Zane")["removed"]["mentions"] == 1  # type: ignore[index]
    file.write_text(file.read_text(encoding="utf-8") + "Zane,2,Nordvila atkal slikta\n", encoding="utf-8")
    assert take() == (0, 3)
    forget(home, "--mention", "0" * 64)
    assert len(held(home)) == 3


def test_nothing_named_and_others_at_work_are_told(home: Home) -> None:
    run = CliRunner()
    nothing = run.invoke(app, ["forget", "--home", str(home.root), "--yes", "-q"])
    assert isinstance(nothing.exception, InputError)
    with only_run(home):
        busy = run.invoke(app, ["forget", "--home", str(home.root), "--yes", "-q", "--brand", "Nordvila"])
    assert isinstance(busy.exception, RunBusyError)
    assert held(home) == {"jonas", "liga"}
