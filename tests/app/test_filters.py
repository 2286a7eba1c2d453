"""Filters: they reach every figure, live in the address, and say what of an address they cannot follow."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from made_snapshot import BRANDS, MadeBrand, make_snapshot
from pagetest import markup, opened

from app import words
from app.filters import HEARINGS, Choices, Filters, chosen
from pipeline.facts import Cut
from pipeline.home import Home
from pipeline.numbers import natural_nps
from pipeline.snapshot import Snapshot

CHOICES = Choices(("Lumora",), (), (), date(2026, 1, 1), date(2026, 3, 31), ("price",), ("plan=gold=1",))


def filters(**more: object) -> Filters:
    return chosen(CHOICES, None, "all", (), (), **more)  # type: ignore[arg-type]


def test_what_is_chosen_becomes_the_cut() -> None:
    cut = filters(touchpoint="price", segments=["plan=gold=1"], hearing="raw").cut("Lumora")
    assert (cut.touchpoint, cut.segments, cut.authentic) == ("price", (("plan", "gold=1"),), False)
    assert cut.brands == ("Lumora",)
    assert filters().cut() == Cut(since=date(2026, 1, 1), until=date(2026, 3, 31))


@pytest.mark.parametrize("hearing", HEARINGS)
def test_only_raw_hears_what_was_set_aside(hearing: str) -> None:
    assert filters(hearing=hearing).cut().authentic is (hearing != "raw")


def test_the_stretches_that_are_compared_do_not_overlap() -> None:
    found = filters()
    assert found.before[1] < found.recent[0] <= found.recent[1] == found.last
    assert (found.recent[1] - found.recent[0]) == (found.before[1] - found.before[0])


SMALL = [MadeBrand("Lumora", 0.5, 0.3, 300, False), MadeBrand("Vestnet", 0.4, 0.3, 100)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a survey that asked for a plan; not to be changed."""
    home = Home(tmp_path_factory.mktemp("filters") / "home")
    home.root.mkdir()
    home.config_file.write_text('[[brands]]\nname = "Lumora"\n', encoding="utf-8")
    path = make_snapshot(home, SMALL)
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE facts SET kind = 'survey', segments = ['plan=gold'] WHERE mention_id LIKE 've%'")
    return home


def test_a_touchpoint_and_what_was_set_aside_reach_the_figures(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = markup(
        test := opened(home, monkeypatch, "overview", period="all", touchpoint="billing", hearing="raw")
    )
    with Snapshot.open(home) as snapshot:
        figure = natural_nps(snapshot, Cut(brands=("Lumora",), touchpoint="billing", authentic=False))[0]
    assert f"Lumora stands at {words.signed(figure.nps)}" in shown
    assert f"{words.many(figure.n, 'mention')} ·" in shown
    assert test.query_params["touchpoint"] == "billing"
    assert test.query_params["hearing"] == "raw"


def test_segments_of_a_survey_can_be_chosen(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(home, monkeypatch, "overview", brand="Vestnet", period="all", segment="plan=gold")
    assert test.multiselect(key="segment").value == ["plan=gold"]
    assert "plan: gold" in test.multiselect(key="segment").options
    assert "of Vestnet" in markup(test)


def test_a_score_that_cannot_be_reweighted_says_why(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = markup(opened(home, monkeypatch, "overview", period="all", hearing="reweighted"))
    assert "Not reweighted" in shown
    assert "periods in which another brand has surveys and mentions" in shown


def test_what_an_address_asks_in_vain_is_said_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, str | list[str]] = {
        "brand": "<i>Nobody</i>", "period": "ever", "language": ["lv", "xx"], "touchpoint": "\u202emoon", "hearing": "x" * 500,
    }  # fmt: skip
    test = opened(home, monkeypatch, "overview", **asked)
    shown = markup(test)
    assert "Brand “&lt;i&gt;Nobody&lt;/i&gt;”" in shown
    assert "Period “ever”" in shown
    assert "Language “xx”" in shown
    assert "Touchpoint “moon”" in shown
    assert "x" * 61 not in shown
    assert "\u202e" not in shown
    assert test.query_params["language"] == "lv"
    assert not {"brand", "period", "touchpoint", "hearing"} & set(test.query_params)
    test.segmented_control(key="period").set_value("all").run()
    assert "shown without" not in markup(test)


def test_a_page_number_that_is_none_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(home, monkeypatch, "mentions", page="minus one")
    assert "Page “minus one”: shown without" in markup(test)
    assert "page" not in test.query_params


def test_brands_of_the_made_home_stay_in_order(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(made_home, monkeypatch, "method")
    assert list(test.selectbox(key="brand").options) == [brand.name for brand in BRANDS]
