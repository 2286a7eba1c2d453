"""The pages beside the overview on a small real snapshot: figures, filters, empty states, hostile texts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_snapshot import MadeBrand, make_snapshot, write_config
from pagetest import markup, opened

from app import words
from app.view import PAGES
from pipeline import drivers
from pipeline.answers import to_answer
from pipeline.facts import Cut
from pipeline.footprint import footprint
from pipeline.home import Home
from pipeline.relations import relations
from pipeline.snapshot import Snapshot

REST = [path for path, _, _ in PAGES if path != "overview"]
HOSTILE = "<script>window.owned=1</script><img src=https://t.example/p.png> ![x](https://t.example/p.png)"


@pytest.mark.parametrize("page", REST)
def test_every_page_says_what_to_do_where_nothing_is_published(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    assert "sayso run" in markup(opened(empty_home, monkeypatch, page))


@pytest.mark.parametrize("page", REST)
def test_every_page_keeps_the_filters_and_shows_hostile_text_as_text(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    brands = [MadeBrand("Lumora", 0.5, 0.3, 60, False), MadeBrand("Vestnet", 0.4, 0.3, 60)]
    make_snapshot(empty_home, brands, extra_texts=[(HOSTILE, "javascript:window.owned=1")])
    test = opened(empty_home, monkeypatch, page, period="all", language=["en", "lv"])
    shown = markup(test)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "javascript:" not in shown
    assert test.query_params["language"] == ["en", "lv"]
    assert test.query_params["period"] == "all"
    assert not test.markdown or page == "method"


def test_the_footprint_is_that_of_the_pipeline(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(made_home, monkeypatch, "footprint", period="all")
    with Snapshot.open(made_home) as snapshot:
        felt = footprint(snapshot, Cut(brands=("Lumora",)))
    table = next(frame.value for frame in test.dataframe if "Among" in frame.value)
    told = table[(table["Among"] == "Detractors") & (table["Emotion"] == "Anger")].iloc[0]
    expected = next(item for item in felt if item.group == "detractor")
    assert told["Share"] == pytest.approx(expected.emotions["anger"].value)
    assert f"{words.percent(felt[0].no_positive.value)} felt nothing positive" in markup(test)
    assert all(len(chart.proto.alt) > 20 for chart in test.get("arrow_vega_lite_chart"))


def test_drivers_add_up_and_quotes_name_the_touchpoint(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = opened(made_home, monkeypatch, "drivers", period="all")
    with Snapshot.open(made_home) as snapshot:
        found = drivers.drivers(snapshot, Cut(brands=("Lumora",)))
    table = test.dataframe[0].value
    assert dict(zip(table["Touchpoint"], table["Impact"], strict=True)) == pytest.approx(
        {item.touchpoint.capitalize(): item.impact_additive for item in found if item.touchpoint != "none"}
    )
    assert markup(test).count("<article") == 6


def test_competitors_show_gaps_preferences_and_benchmarks(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = markup(test := opened(made_home, monkeypatch, "competitors", period="all"))
    with Snapshot.open(made_home) as snapshot:
        rival = relations(snapshot, Cut(brands=("Lumora",)))[0].rivals[0]
    assert "Lumora is number 1 of 3" in shown
    assert f"{rival.ours} for Lumora, {rival.theirs} for Vestnet" in shown
    assert any("telecom" in str(frame.value.values) for frame in test.dataframe)


def test_sources_name_the_one_to_look_at(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = markup(opened(made_home, monkeypatch, "sources"))
    assert "1 source of 3 to look at" in shown
    assert "robots.txt asks for 5 s between pages" in shown


def test_method_marks_languages_without_measured_data(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pages.method.measured_languages", lambda: {"en": "score", "cs": "sentiment"})
    test = opened(made_home, monkeypatch, "method")
    table = next(frame.value for frame in test.dataframe if "Measured against" in frame.value)
    told = dict(zip(table["Language"], table["Measured against"], strict=True))
    assert "without measured data" in told["Lithuanian"]
    assert told["English"] == "customers' ratings"
    assert told["Czech"] == "sentiment labels only"
    assert "Natural NPS" in markup(test)


def test_at_risk_lists_whom_to_answer_and_forgets_the_answered(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(empty_home)
    make_snapshot(empty_home)
    with Snapshot.open(empty_home) as snapshot:
        waiting = to_answer(snapshot, replace(Cut(brands=("Lumora",)), authentic=True), limit=200)
    test = opened(empty_home, monkeypatch, "at-risk", period="all")
    shown = markup(test)
    assert words.many(len(waiting), "person", "people") in shown
    assert words.REASONS[waiting[0].reason] in shown
    first = f"answered-{waiting[0].mention_id}-Lumora"
    test.button(key=first).click().run()
    assert "1 marked answered" in markup(test)
    assert all(button.key != first for button in test.button)
    assert len(list(empty_home.inbox.glob("answered-*.json"))) == 1


def test_a_sample_is_drawn_from_the_page(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    make_snapshot(empty_home)
    test = opened(empty_home, monkeypatch, "audit")
    assert "10 more labels of a sample" in markup(test)
    test.number_input(key="audit-size").set_value(20)
    test.button(key="audit-draw").click().run()
    assert "20 texts of" in markup(test)
    assert len(list(empty_home.inbox.glob("sample-*.json"))) == 1
    assert len(list(empty_home.exports.glob("audit-*.csv"))) == 1
