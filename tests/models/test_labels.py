"""What labels mean: ratings as intervals, emotions as footprints, aspects as touchpoints."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from models.readings import EMOTIONS
from models.training.labels import (
    FOOTPRINT_OF_GOEMOTIONS,
    GOEMOTIONS,
    INVENTORIES,
    SENTIMENT_SCORES,
    allowed_scores,
    footprint_children,
    footprint_of,
    head_of,
    intent_touchpoints,
    known_labels,
    known_touchpoints,
    overall_sentiment,
    touchpoints_of,
)


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (7, 0, 10, [7]), (0, 0, 10, [0]), (1, 1, 10, [0, 1]), (7, 1, 10, [7]), (10, 1, 10, [10]),
        (1, 1, 5, [0, 1, 2]), (2, 1, 5, [3, 4]), (3, 1, 5, [5, 6]), (4, 1, 5, [7, 8]), (5, 1, 5, [9, 10]),
        (0, 0, 5, [0, 1, 2]), (1, 0, 5, [0, 1, 2]), (4.5, 1, 5, [9, 10]), (3.4, 1, 5, [5, 6]),
        (0.5, 0.5, 5, [0, 1, 2]), (3, 0.5, 5, [5, 6]),
    ],
)  # fmt: skip
def test_ratings_are_the_published_intervals(
    value: float, low: float, high: float, expected: list[int]
) -> None:
    assert list(allowed_scores(value, low, high)) == expected


@given(st.integers(-5, 5), st.integers(1, 100), st.floats(0, 1), st.floats(0, 1))
def test_any_scale_gives_scores_that_rise_with_the_rating(low: int, width: int, a: float, b: float) -> None:
    lesser, greater = (low + width * share for share in sorted((a, b)))
    first, second = allowed_scores(lesser, low, low + width), allowed_scores(greater, low, low + width)
    assert first[0] <= second[0]
    assert first[-1] <= second[-1]
    assert 0 <= first[0] <= first[-1] <= 10


@pytest.mark.parametrize(("value", "low", "high"), [(6, 1, 5), (-1, 0, 10), (3, 5, 5)])
def test_a_rating_off_its_scale_is_refused(value: float, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        allowed_scores(value, low, high)


def test_sentiments_cover_every_score_once() -> None:
    assert sorted(k for scores in SENTIMENT_SCORES.values() for k in scores) == list(range(11))


def test_every_goemotion_has_one_footprint_emotion() -> None:
    members = [label for group in FOOTPRINT_OF_GOEMOTIONS.values() for label in group]
    assert sorted(members) == sorted(GOEMOTIONS)
    assert tuple(FOOTPRINT_OF_GOEMOTIONS) == EMOTIONS
    assert footprint_of(["joy", "annoyance"]) == [int(e in ("delight", "irritation")) for e in EMOTIONS]


@pytest.mark.parametrize("taxonomy", sorted(INVENTORIES))
def test_children_are_footprint_emotions(taxonomy: str) -> None:
    table = footprint_children(taxonomy)
    assert set(table) == set(INVENTORIES[taxonomy])
    assert all(children and set(children) <= set(EMOTIONS) for children in table.values())


def test_what_a_corpus_cannot_say_is_unknown() -> None:
    assert known_labels("plutchik8", "en") == [True] * 9
    assert known_labels("plutchik8", "cs") == [True] * 8 + [False]
    assert known_touchpoints("terms") == ()
    assert head_of("brighter5") == "brighter6"


@pytest.mark.parametrize(
    ("aspect", "expected"),
    [
        ("SERVICE#GENERAL", ("service",)), ("SHIPPING#PRICE", ("delivery", "price")), ("Logistics#Speed", ("delivery",)),
        ("After-sales Service#Exchange/Warranty/Return", ("support",)), ("FOOD#PRICES", ("price",)),
        ("hotel general", ()), ("Battery/Longevity#Battery Life", ("product",)), ("FOOD#QUALITY", ("quality", "product")),
    ],
)  # fmt: skip
def test_aspects_are_touchpoints(aspect: str, expected: tuple[str, ...]) -> None:
    assert touchpoints_of(aspect) == expected


def test_intents_and_agreement() -> None:
    assert intent_touchpoints("card_arrival") == ("delivery",)
    assert intent_touchpoints("transfer_fee_charged") == ("billing",)
    assert intent_touchpoints("age_limit") == ()
    assert overall_sentiment(["positive", "positive"]) == "positive"
    assert overall_sentiment(["positive", "negative"]) is None
    assert overall_sentiment([]) is None
    assert overall_sentiment([None]) is None
