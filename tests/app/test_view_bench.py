"""`sayso bench view` without its browser: the made-up snapshot, and the figures alone of every page."""

from __future__ import annotations

import time

import pytest

from app.serve import ViewError
from app.view import PAGES
from app.view_bench import _Clock, figures_alone
from pipeline import search
from pipeline.facts import Cut
from pipeline.home import Home
from pipeline.made_snapshot import BRANDS, make_snapshot
from pipeline.search import Search
from pipeline.snapshot import Snapshot


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("bench"))
    brands = "".join(f'[[brands]]\nname = "{name}"\n' for name in BRANDS)
    home.config_file.write_text(brands, encoding="utf-8")
    make_snapshot(home, 2_000)
    return home


def test_every_page_has_its_figures_timed(made: Home) -> None:
    paths = [path for path, *_ in PAGES]
    found = figures_alone(made, paths)
    assert list(found) == paths
    assert all(page["processor_seconds"] >= 0 and 0 < page["seconds"] < 30 for page in found.values())


def test_a_page_that_fails_is_a_named_error(made: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ValueError("no such figure")

    monkeypatch.setattr("pipeline.answers.to_answer", broken)
    with pytest.raises(ViewError, match="at-risk"):
        figures_alone(made, ["at-risk"])


def test_what_it_looks_for_is_there(made: Home) -> None:
    with Snapshot.open(made) as snapshot:
        found = search.find(snapshot, Cut(authentic=False), Search("TREŠO talrunis"), limit=5)
    assert {row["lang"] for row in found.rows} == {"lv"}
    assert 150 < found.total < 350


def test_a_call_within_a_call_is_counted_once() -> None:
    clock = _Clock()
    inner = clock.timed(lambda: time.sleep(0.05))
    begun = time.perf_counter()
    clock.timed(lambda: (inner(), inner()))()
    assert 0.1 <= clock.wall <= time.perf_counter() - begun
