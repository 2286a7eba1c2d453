"""The overview's logic, run by Streamlit's own test client on a small real snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from made_snapshot import BRANDS, MadeBrand, make_snapshot, write_config
from streamlit.testing.v1 import AppTest

from app import words
from pipeline.facts import Cut
from pipeline.footprint import footprint
from pipeline.home import Home
from pipeline.numbers import natural_nps
from pipeline.snapshot import Snapshot

VIEW = Path(__file__).resolve().parents[2] / "app" / "entry" / "view.py"


def opened(home: Home, monkeypatch: pytest.MonkeyPatch, **params: str | list[str]) -> AppTest:
    monkeypatch.setenv("SAYSO_HOME", str(home.root))
    test = AppTest.from_file(str(VIEW), default_timeout=30)
    for name, value in params.items():
        test.query_params[name] = value
    return test.run()


def markup(test: AppTest) -> str:
    assert not test.exception
    return "\n".join(
        block.proto.body for block in test.get("html") if not block.proto.body.startswith("<style>")
    )


@pytest.fixture(scope="module")
def whole(made_home: Home) -> Iterator[AppTest]:
    """The page of all time, run once; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        yield opened(made_home, patch, period="all")


def test_the_figures_are_those_of_numbers_and_footprint(made_home: Home, whole: AppTest) -> None:
    shown = markup(whole)
    with Snapshot.open(made_home) as snapshot:
        figure = natural_nps(snapshot, Cut(brands=("Lumora",)))[0]
        felt = footprint(snapshot, Cut(brands=("Lumora",)), groups=("all",))[0]
    assert f"Lumora stands at {words.signed(figure.nps)}" in shown
    assert f"95% interval: {words.signed(figure.low)} to {words.signed(figure.high)}" in shown
    assert f"{words.count(figure.n)} mentions · {words.count(figure.votes)} authors" in shown
    assert f"{words.percent(figure.estimated)} estimated from the text" in shown
    assert f'<div class="sayso-figure">{words.percent(felt.no_positive.value)}</div>' in shown


def test_competitors_stand_beside_and_the_headline_says_who_is_behind(whole: AppTest) -> None:
    shown = markup(whole)
    assert "ahead of Vestnet" in shown
    assert all(brand.name in shown for brand in BRANDS)


def test_filters_come_from_the_url_and_go_back_to_it(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = opened(made_home, monkeypatch, brand="Vestnet", language=["lv", "xx"])
    assert "Natural NPS of Vestnet" in markup(test)
    assert test.multiselect(key="language").value == ["lv"]
    with Snapshot.open(made_home) as snapshot:
        last = snapshot.rows("snapshot.days")[0]["last"]
    test.selectbox(key="brand").set_value("Kaskada").run()
    test.segmented_control(key="period").set_value("90d").run()
    assert test.query_params["brand"] == "Kaskada"
    assert test.query_params["period"] == "90d"
    assert test.query_params["language"] == "lv"
    assert words.day(last) in markup(test)


def test_a_wrong_url_shows_the_defaults(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(made_home, monkeypatch, brand="<script>", period="never", source="x:y")
    assert "Natural NPS of Lumora" in markup(test)
    assert "brand" not in test.query_params


def test_language_and_source_filters_reach_the_figures(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = markup(opened(made_home, monkeypatch, period="all", language="lv", source="feed:blog.example"))
    with Snapshot.open(made_home) as snapshot:
        cut = Cut(brands=("Lumora",), langs=("lv",), sources=("feed:blog.example",))
        figure = natural_nps(snapshot, cut)[0]
    assert f"{words.count(figure.n)} mentions ·" in shown


def test_nothing_published_says_what_to_do(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "sayso run" in markup(opened(empty_home, monkeypatch))


def test_no_home_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "sayso init" in markup(opened(Home(tmp_path), monkeypatch))


def test_a_snapshot_without_mentions_says_what_to_do(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_snapshot(empty_home, [MadeBrand("Lumora", 0.5, 0.2, 0, False)])
    assert "sayso import FILE" in markup(opened(empty_home, monkeypatch))


def test_a_pointer_that_names_no_snapshot_is_said(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_home.snapshots / "CURRENT").write_text("../../etc/passwd", encoding="utf-8")
    assert "CURRENT names no snapshot" in markup(opened(empty_home, monkeypatch))


def test_too_few_mentions_are_greyed_and_no_verdict_is_given(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    brands = [MadeBrand("Lumora", 0.5, 0.2, 12, False), MadeBrand("Vestnet", 0.3, 0.4, 200)]
    write_config(empty_home, brands)
    make_snapshot(empty_home, brands)
    shown = markup(opened(empty_home, monkeypatch))
    assert "Too few mentions to say where Lumora stands" in shown
    assert "sayso-hero sayso-few" in shown
    assert "30 are needed" in shown


def test_set_aside_mentions_are_announced(whole: AppTest) -> None:
    shown = markup(whole)
    assert "Unusual activity" in shown
    assert "With what was set aside" in shown


def test_filters_that_let_nothing_pass_say_so(
    made_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    brands = [*BRANDS[:1], MadeBrand("Unheard", 0.5, 0.2, 0)]
    write_config(home, brands)
    make_snapshot(home, brands)
    assert "Nothing passes these filters" in markup(opened(home, monkeypatch, brand="Unheard"))


def test_a_new_snapshot_is_picked_up_without_a_restart(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_snapshot(empty_home, generation=1)
    test = opened(empty_home, monkeypatch)
    first = markup(test)
    make_snapshot(empty_home, [MadeBrand("Lumora", 0.1, 0.8, 400, False)], generation=2, seed=3)
    assert "Lumora stands at −" in markup(test.run())
    assert "Lumora stands at +" in first


def test_every_chart_has_a_description_a_table_and_a_file(whole: AppTest) -> None:
    charts = whole.get("arrow_vega_lite_chart") or whole.get("vega_lite_chart")
    assert len(charts) == 5
    assert all(len(chart.proto.alt) > 20 for chart in charts)
    assert len(whole.get("download_button")) == 8
    assert len(whole.dataframe) == 8


def test_the_trend_goes_by_month_or_week(
    made_home: Home, monkeypatch: pytest.MonkeyPatch, whole: AppTest
) -> None:
    by_week = opened(made_home, monkeypatch, period="all")
    by_week.segmented_control(key="grain").set_value("week").run()
    assert 12 <= steps(whole) <= 13
    assert 52 <= steps(by_week) <= 53


def steps(test: AppTest) -> int:
    trend = next(frame.value for frame in test.dataframe if "Moved" in frame.value)
    return int((trend["Brand"] == "Lumora").sum())


def test_a_brand_with_surveys_only_is_read_from_their_comments(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_snapshot(empty_home, BRANDS[:1])
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE facts SET kind = 'survey'; UPDATE mentions SET kind = 'survey'")
    shown = markup(opened(empty_home, monkeypatch, period="all"))
    with Snapshot.open(empty_home) as snapshot:
        read, asked = (natural_nps(snapshot, instrument=way)[0] for way in ("survey_text", "survey"))
    assert "NPS read from survey comments of Lumora" in shown
    assert f"Lumora stands at {words.signed(read.nps)}" in shown
    assert f"<b>{words.signed(asked.nps)}</b>" in shown


@pytest.mark.parametrize(
    ("user", "says"),
    [
        (None, "This view is private"),
        ({"is_logged_in": True, "email": "eve@example.com"}, "You are not on the list"),
        ({"is_logged_in": True, "email": "ana@example.com", "email_verified": True}, "stands at"),
    ],
)
def test_a_shared_view_shows_figures_only_to_the_listed(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, user: dict[str, object] | None, says: str
) -> None:
    write_config(empty_home, extra='[view]\npublic = true\nviewers = ["ana@example.com"]')
    make_snapshot(empty_home, BRANDS[:1])
    monkeypatch.setenv("SAYSO_HOME", str(empty_home.root))
    test = AppTest.from_file(str(VIEW), default_timeout=30)
    if user:
        test.user.update(user)
    shown = markup(test.run())
    assert says in shown
    assert ("stands at" in shown) == (says == "stands at")
