"""The mentions page: search, filters, the address, why a reading is so, and what a person says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
import streamlit as st
from made_snapshot import TEXTS, make_snapshot
from pagetest import markup, opened
from streamlit.testing.v1 import AppTest

from pipeline import labels, search
from pipeline.facts import Cut
from pipeline.home import Home
from pipeline.search import Search
from pipeline.snapshot import Snapshot

ALL = Cut(brands=("Lumora",), authentic=False)


@pytest.fixture(scope="module")
def snapshot(made_home: Home) -> Iterator[Snapshot]:
    with Snapshot.open(made_home) as found:
        yield found


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("PALĪDZĪBAS klusē", TEXTS["lv"][1]),
        ("palidzibas kluse", TEXTS["lv"][1]),
        ("ОТКЛЮЧИЛИ связь", TEXTS["ru"][1]),
        ("same evening 🙏", TEXTS["en"][0]),
        ("obsluha skvela", TEXTS["cs"][0]),
    ],
)
def test_every_word_is_found_whatever_its_case_and_accents(snapshot: Snapshot, words: str, text: str) -> None:
    found = search.find(snapshot, ALL, Search(words), limit=500)
    assert found.total == len(found.rows) > 0
    assert {row["text"] for row in found.rows} == {text}


def test_words_are_never_patterns(snapshot: Snapshot) -> None:
    for words in ("%", "_____", "'; DROP TABLE facts; --", "[a-z]+", "\\"):
        assert search.find(snapshot, ALL, Search(words), limit=5).total == 0


def test_classes_emotions_and_set_aside_narrow_it_down(snapshot: Snapshot) -> None:
    everything = search.find(snapshot, ALL, Search(), limit=1).total
    by_class = [
        search.find(snapshot, ALL, Search(classes=(name,)), limit=1).total
        for name in ("promoter", "passive", "detractor")
    ]
    aside = [search.find(snapshot, ALL, Search(aside=flag), limit=1).total for flag in (True, False)]
    angry = search.find(snapshot, ALL, Search(emotion="anger"), limit=500)
    assert sum(by_class) == sum(aside) == everything == 900
    assert all(by_class)
    assert 0 < angry.total < everything


def test_pages_follow_each_other_without_gap_or_repetition(snapshot: Snapshot) -> None:
    pages = [
        row["mention_id"]
        for offset in range(0, 60, 20)
        for row in search.find(snapshot, ALL, Search(), limit=20, offset=offset).rows
    ]
    assert pages == [row["mention_id"] for row in search.find(snapshot, ALL, Search(), limit=60).rows]


def test_a_search_comes_from_the_url_and_goes_back_to_it(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {"period": "all", "q": "palidzibas", "class": ["detractor", "<x>"], "emotion": "nonsense"}
    test = opened(made_home, monkeypatch, "mentions", page="9999999999", **params)
    assert "klusē" in markup(test)
    assert test.query_params["class"] == "detractor"
    assert "emotion" not in test.query_params
    test.text_input(key="q").set_value("no such word anywhere").run()
    assert "Nothing found" in markup(test)
    assert test.query_params["q"] == "no such word anywhere"


def test_the_list_turns_its_pages(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(made_home, monkeypatch, "mentions", period="all")
    assert "900 mentions of Lumora" in markup(test)
    test.button(key="older").click().run()
    assert "Page 2 of 45" in markup(test)
    assert test.query_params["page"] == "2"


@pytest.fixture
def one(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, AppTest]:
    make_snapshot(empty_home)
    return empty_home, opened(
        empty_home, monkeypatch, "mentions", period="all", mention="lu000001", of="Lumora"
    )


def said(home: Home) -> list[dict[str, object]]:
    files = sorted(home.inbox.glob("labels-*.json"), key=lambda path: path.stat().st_mtime_ns)
    return [label for path in files for label in json.loads(path.read_text(encoding="utf-8"))["labels"]]


def test_a_correction_goes_to_the_inbox_with_who_and_when_and_shows(one: tuple[Home, AppTest]) -> None:
    home, test = one
    assert "Why this reading" in markup(test)
    test.select_slider(key="say-score").set_value("9")
    test.multiselect(key="say-emotions").set_value(["trust"])
    test.text_input(key="say-note").set_value("<b>ironic</b>")
    test.button(key="say-correct").click().run()
    label = said(home)[0]
    assert (label["mention_id"], label["brand"], label["score"]) == ("lu000001", "Lumora", 9)
    assert label["emotions"] == ["trust"]
    assert label["by"] and label["labelled_at"] and "sample" not in label
    assert "score 9; Trust; “&lt;b&gt;ironic&lt;/b&gt;”" in markup(test)


def test_setting_aside_and_answering_are_kept(one: tuple[Home, AppTest]) -> None:
    home, test = one
    test.button(key="set-aside").click().run()
    test.button(key="answered").click().run()
    assert said(home)[0]["bot"] is True
    shown = markup(test)
    assert "set aside" in shown
    assert "answered it" in shown


def test_what_is_said_in_the_view_is_taken_by_the_next_run(one: tuple[Home, AppTest], tmp_path: Path) -> None:
    home, test = one
    test.button(key="set-aside").click().run()
    with duckdb.connect(str(tmp_path / "w.duckdb")) as con:
        con.execute("CREATE TABLE inbox_taken (name VARCHAR, taken_at TIMESTAMPTZ)")
        con.execute(
            "CREATE TABLE labels (mention_id VARCHAR, brand VARCHAR, sample VARCHAR, version INTEGER, score TINYINT,"
            " emotions VARCHAR[], touchpoints VARCHAR[], bot BOOLEAN, note VARCHAR, labelled_at TIMESTAMPTZ)"
        )
        damaged: list[str] = []
        assert labels.take(home, con, damaged) == 1
        assert con.execute("SELECT mention_id, bot FROM labels").fetchall() == [("lu000001", True)]
    assert damaged == []


def test_saying_nothing_says_so(one: tuple[Home, AppTest]) -> None:
    home, test = one
    test.button(key="say-correct").click().run()
    assert "Nothing was said" in markup(test)
    assert said(home) == []


def test_a_mention_that_is_not_there_says_so(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(made_home, monkeypatch, "mentions", mention="<script>", of="Lumora")
    assert "No such mention" in markup(test)


class Encoder:
    """A reader that knows three meanings by a word of each."""

    model = "made-1"

    def read(self, texts: list[str]) -> Any:
        vectors = {"help": [1.0, 0, 0, 0], "outage": [0, 1.0, 0, 0], "usual": [0, 0, 1.0, 0]}
        return SimpleNamespace(embedding=[vectors[text] for text in texts])


def test_the_nearest_in_meaning_come_first_whatever_their_language(snapshot: Snapshot) -> None:
    found = search.nearest(snapshot, ALL, Search("outage"), [0, 1, 0, 0], "made-1", limit=50)
    assert found.total == search.MOST_NEAR
    bad = {texts[1] for texts in TEXTS.values()}
    assert {row["text"] for row in found.rows} <= bad
    assert len({row["lang"] for row in found.rows}) > 2
    closeness = [row["closeness"] for row in found.rows]
    assert closeness == sorted(closeness, reverse=True)
    assert closeness[0] == pytest.approx(120 / (120**2 + 10**2) ** 0.5, abs=1e-3)


def test_meaning_is_narrowed_down_and_paged_like_words(snapshot: Snapshot) -> None:
    angry = Search("outage", emotion="anger")
    pages = [
        row["mention_id"]
        for offset in (0, 20)
        for row in search.nearest(snapshot, ALL, angry, [0, 1, 0, 0], "made-1", limit=20, offset=offset).rows
    ]
    whole = search.nearest(snapshot, ALL, angry, [0, 1, 0, 0], "made-1", limit=40)
    assert pages == [row["mention_id"] for row in whole.rows]
    assert len(set(pages)) == len(pages) == min(40, whole.total) > 20
    assert search.nearest(snapshot, ALL, angry, [0, 1, 0, 0], "another model", limit=5).total == 0


def test_the_page_searches_by_meaning_where_the_reader_is_that_of_the_snapshot(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.meaning.model_version", lambda home: "made-1")
    monkeypatch.setattr("app.meaning.reader_factory", lambda home: Encoder)
    st.cache_data.clear()
    test = opened(made_home, monkeypatch, "mentions", period="all", q="help", by="meaning")
    shown = markup(test)
    assert "Lumora: the 200 mentions nearest in meaning" in shown
    assert test.query_params["by"] == "meaning"
    assert any(texts[0] in shown for texts in TEXTS.values())
    assert not any(texts[1] in shown for texts in TEXTS.values())


def test_without_embeddings_of_this_reader_words_are_searched_and_it_is_said(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.meaning.model_version", lambda home: "another")
    st.cache_data.clear()
    test = opened(made_home, monkeypatch, "mentions", period="all", q="klusē", by="meaning")
    assert "Search “meaning”: shown without" in markup(test)
    assert "by" not in test.query_params
