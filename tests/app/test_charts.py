"""Charts are valid Vega-Lite, say their names beside their colours, and draw what the figures say."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from app import charts, data, frames
from app.filters import Filters, chosen
from app.palette import DARK, LIGHT, Palette
from pipeline.home import Home


@pytest.fixture
def board(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> data.Board:
    monkeypatch.setenv("SAYSO_HOME", str(made_home.root))
    name = data.published()
    choices = data.choices(name)
    assert choices is not None
    filters: Filters = chosen(choices, "Vestnet", "1y", [], [])
    return data.board(name, filters, "month", choices.brands)


def drawn(board: data.Board) -> dict[str, tuple[pd.DataFrame, Any]]:
    places = frames.rivals(["Lumora", "Vestnet", "Kaskada"], "Vestnet")
    return {
        "standing": (frames.standing(board.standings, places), charts.standing),
        "split": (frames.split(board.standings), charts.split),
        "trend": (frames.trend(board.trend, board.steps, places), charts.trend),
        "footprint": (frames.footprint(board.feelings, places), charts.footprint),
        "voice": (frames.voice(board.voice, places), charts.voice),
    }


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["standing", "split", "trend", "footprint", "voice"])
def test_every_chart_is_valid(board: data.Board, name: str, look: Palette) -> None:
    frame, draw = drawn(board)[name]
    spec = draw(frame, look).to_dict(validate=True)
    assert spec["background"] == "transparent"


def test_the_chosen_brand_comes_first_and_rivals_keep_their_place(board: data.Board) -> None:
    frame, _ = drawn(board)["standing"]
    assert list(frame["brand"]) == ["Vestnet", "Lumora", "Kaskada"]
    assert frame["rival"].isna().tolist() == [True, False, False]
    assert frame["rival"].tolist()[1:] == [0, 2]


def test_shares_of_a_brand_add_up(board: data.Board) -> None:
    frame, _ = drawn(board)["split"]
    assert frame.groupby("brand")["share"].sum().tolist() == pytest.approx([1, 1, 1])


def test_intervals_hold_their_scores(board: data.Board) -> None:
    for name, value in (("standing", "nps"), ("trend", "nps"), ("footprint", "share")):
        frame, _ = drawn(board)[name]
        assert ((frame["low"] <= frame[value]) & (frame[value] <= frame["high"])).all()


def test_nothing_to_show_is_no_frame_rather_than_a_fault() -> None:
    for frame in (
        frames.standing([], {}),
        frames.split([]),
        frames.trend([], [], {}),
        frames.voice([], {}),
    ):
        assert frame.empty


def test_a_table_is_its_file_and_no_cell_is_a_formula() -> None:
    table = pd.DataFrame(
        {"Brand": ["=1+1", "Ūdens, SIA", "@x"], "Score": [-3.5, 12.25, 0.0], "Mentions": [1, 2, 3]}
    )
    text = frames.csv(table).decode("utf-8-sig")
    assert text.splitlines() == ["Brand,Score,Mentions", "'=1+1,-3.5,1", '"Ūdens, SIA",12.25,2', "'@x,0.0,3"]


def test_the_table_names_its_columns_and_drops_what_only_the_drawing_needs(board: data.Board) -> None:
    frame, _ = drawn(board)["standing"]
    table = frames.table(frame)
    assert list(table.columns)[:5] == ["Brand", "Score", "Low", "High", "Mentions"]
    assert "rival" not in table.columns
