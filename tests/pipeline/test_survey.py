"""Surveys beside the natural NPS: offsets, segments as cuts, and the further questions where they were asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from made_warehouse import CONFIG, Said, warehouse

from pipeline import survey
from pipeline.facts import Cut
from pipeline.publish import publish
from pipeline.snapshot import Snapshot
from pipeline.survey_page import MOST_ANSWERS, surveyed

WARN, OTHER = "Vai jūs atrunātu citus?", "Which other bank do you use?"


def answers(n: int, rating: float, month: int = 3, **segments: str) -> list[Said]:
    at = datetime(2026, month, 5, 9, tzinfo=UTC)
    return [
        Said(
            f"Atbilde {rating} {month} {i} {segments}",
            kind="survey",
            rating=rating,
            scale=(0, 10),
            at=at,
            segments=segments or None,
        )
        for i in range(n)
    ]


def natural(n: int, p: tuple[float, float, float], month: int = 3) -> list[Said]:
    at = datetime(2026, month, 5, 9, tzinfo=UTC)
    return [Said(f"Atsauksme {p} {month} {i}", p=p, at=at) for i in range(n)]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    said = natural(60, (1, 0, 0)) + natural(40, (0, 0, 1)) + natural(50, (0, 0, 1), month=4)
    said += answers(40, 10, Region="Rīga", **{WARN: "nē", OTHER: "Kaskāde"})
    said += answers(30, 3, Region="Liepāja", **{WARN: "jā", OTHER: "Kaskāde"})
    said += answers(10, 3, Region="Liepāja", **{WARN: "nē", OTHER: "Ost"}) + answers(40, 10, month=4)
    with warehouse(tmp_path_factory.mktemp("home"), said) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as opened:
        yield opened


def test_two_instruments_side_by_side(snapshot: Snapshot) -> None:
    march, april = survey.beside(snapshot, period="month")
    assert (march.natural.nps, march.survey.nps) == (pytest.approx(-20), 0)
    assert march.offset
    assert march.offset.value == pytest.approx(-20)
    assert march.offset.low < -20 < march.offset.high
    assert april.offset
    assert april.offset.value == pytest.approx(0)
    [whole] = survey.beside(snapshot)
    assert whole.offset
    assert whole.steady is None
    assert survey.beside(snapshot, Cut(brands=("Kaskāde",))) == []


def test_segments_become_cuts(snapshot: Snapshot) -> None:
    assert survey.columns(snapshot)["Region"] == ["Liepāja", "Rīga"]
    found = {item.answer: item.figure.nps for item in survey.by_segment(snapshot, "Region")}
    assert found == {"Rīga": 100, "Liepāja": -100}


def test_the_further_questions(snapshot: Snapshot) -> None:
    found = survey.relation(snapshot, "Lumora")
    assert found and found.womi and found.discourages
    assert found.womi.value == pytest.approx(100 * (40 - 30) / 80)
    assert found.discourages.value == pytest.approx(30 / 80)
    assert found.competitors == (("Kaskāde", 70), ("Ost", 10))
    assert survey.relation(snapshot, "Kaskāde") is None


def test_the_page_of_a_survey(snapshot: Snapshot) -> None:
    [page] = surveyed(snapshot)
    assert page.brand == "Lumora"
    assert page.answers.nps == pytest.approx(100 * (80 - 40) / 120)
    assert page.whole and page.whole.survey == page.answers
    assert [pair.period and pair.period.month for pair in page.usual] == [3, 4]
    told = {(item.column, item.answer): item.figure.votes for item in page.segments}
    assert told["Region", "Rīga"] == 40
    assert page.relation and page.relation.competitors[0] == ("Kaskāde", 70)
    [region] = surveyed(snapshot, column="Region")
    assert {item.column for item in region.segments} == {"Region"}
    assert surveyed(snapshot, Cut(brands=("Kaskāde",))) == []
    [liepaja] = surveyed(snapshot, Cut(segments=(("Region", "Liepāja"),)))
    assert liepaja.answers.nps == -100
    # What is said unasked has no region: nothing to lay beside.
    assert liepaja.whole is None


def test_touchpoints_of_both_instruments(tmp_path: Path) -> None:
    touched = [("price", -0.8, 0.9)]
    said = [Said(f"Dārgi {n}", p=(0.8, 0.1, 0.1), touchpoints=touched) for n in range(40)]
    said += [
        Said(f"Cena {n}", kind="survey", rating=10, scale=(0, 10), touchpoints=touched) for n in range(40)
    ]
    said += answers(35, 0, Topic="Delivery", Plan="S") + answers(35, 10, Topic="price")
    said += [Said(f"Kurjers {n}", touchpoints=[("delivery", 0.5, 0.9)]) for n in range(3)]
    said += [Said(f"Kods {n}", kind="survey", rating=9, scale=(0, 10), segments={"Code": f"c{n}"})
             for n in range(MOST_ANSWERS + 1)]  # fmt: skip
    with warehouse(tmp_path, said) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as opened:
        [page] = surveyed(opened)
    price, delivery = sorted(page.touchpoints, key=lambda item: -item.survey.nps)
    # A column that says what was asked about counts before what comments happen to name.
    assert (price.touchpoint, price.survey.nps, price.survey.votes) == ("price", 100, 35)
    assert price.natural and price.natural.nps == pytest.approx(-70, abs=0.1)
    assert price.offset and price.offset.high < -100
    assert (delivery.touchpoint, delivery.survey.nps, delivery.offset) == ("delivery", -100, None)
    assert page.left_out == ("Code",)


@pytest.mark.parametrize(
    ("answer", "scale", "warns"),
    [
        ("Jā", False, True),
        ("nein", False, False),
        ("maybe", False, None),
        ("1", True, False),
        ("9", True, True),
        ("1", False, True),
    ],
)
def test_answers_to_the_word_of_mouth_question(answer: str, scale: bool, warns: bool | None) -> None:
    assert survey._warns(answer, scale) is warns


def test_which_columns_ask_what() -> None:
    assert survey.asked(
        ["Plan", "Would you discourage others?", "Kuru citu banku lietojat?"]
    ) == survey.Asked("Would you discourage others?", "Kuru citu banku lietojat?")
    assert survey.asked(["Plan"]) == survey.Asked(None, None)
