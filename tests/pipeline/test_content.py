"""What a mention says, its hash, and the class of its native rating."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.content import content_hash, native_class, own_title, reading_text

D, P, R = -1, 0, 1


def nps(classes: list[int]) -> float:
    return 100 * sum(classes) / len(classes)


@pytest.mark.parametrize(("star_map", "expected"), [("standard", 25), ("strict", 25), ("lenient", 60)])
def test_the_published_star_mix_by_map(star_map: str, expected: int) -> None:
    mix = [1] * 10 + [2] * 5 + [3] * 10 + [4] * 25 + [5] * 50
    assert nps([native_class(stars, 1, 5, star_map) for stars in mix]) == expected


@pytest.mark.parametrize(
    ("low", "high", "classes"),
    [
        (0, 10, [D, D, D, D, D, D, D, P, P, R, R]),
        (1, 10, [D, D, D, D, D, D, P, P, R, R]),
        (1, 5, [D, D, D, P, R]),
        (0, 5, [D, D, D, D, P, R]),
        (1, 3, [D, D, R]),
        (1, 4, [D, D, P, R]),
        (1, 7, [D, D, D, D, P, R, R]),
        (0, 1, [None, None]),
        (-1, 1, [D, D, R]),
    ],
)
def test_class_of_each_step_of_a_scale(low: int, high: int, classes: list[int | None]) -> None:
    assert [native_class(step, low, high) for step in range(low, high + 1)] == classes


@pytest.mark.parametrize(
    ("rating", "low", "high", "star_map", "expected"),
    [
        (4.5, 1, 5, "standard", R),
        (4.49, 1, 5, "standard", P),
        (4.5, 1, 5, "strict", P),
        (5, 1, 5, "strict", R),
        (3.5, 1, 5, "strict", D),
        (3.5, 1, 5, "standard", P),
        (2.5, 1, 5, "lenient", P),
        (0, 0, 5, "lenient", D),
        (3, 0.5, 5, "lenient", P),
        (3.5, 0.5, 5, "standard", P),
        (0.5, 0.5, 5, "standard", D),
        (8.5, 0, 10, "strict", R),
        (6.4, 0, 10, "lenient", D),
        (80, 0, 100, "standard", P),
        (85, 0, 100, "standard", R),
        (0.95, 0, 1, "standard", R),
        (0.7, 0, 1, "standard", P),
        (0.2, 0, 1, "standard", D),
    ],
)
def test_fractions_and_other_scales(
    rating: float, low: float, high: float, star_map: str, expected: int
) -> None:
    assert native_class(rating, low, high, star_map) == expected


def test_surveys_are_never_remapped() -> None:
    for star_map in ("strict", "lenient"):
        assert [native_class(k, 0, 10, star_map) for k in range(11)] == [
            native_class(k, 0, 10) for k in range(11)
        ]


@pytest.mark.parametrize("bad", [(6, 1, 5), (0, 1, 5), (1, 1, 1), (float("nan"), 0, 10), (3, 5, 1)])
def test_a_rating_off_its_scale_is_an_error(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="outside its scale"):
        native_class(*bad)


@given(st.integers(-3, 3), st.integers(2, 200), st.data(), st.sampled_from(["standard", "strict", "lenient"]))
def test_a_better_rating_never_has_a_worse_class(
    low: int, width: int, data: st.DataObject, star_map: str
) -> None:
    ratings = st.floats(low, low + width)
    one, other = sorted([data.draw(ratings), data.draw(ratings)])
    classes = [native_class(rating, low, low + width, star_map) for rating in (one, other)]
    assert None not in classes
    assert classes[0] <= classes[1]


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Labi", "Ātri un lēti", "Labi. Ātri un lēti"),
        ("Labi!", "Ātri", "Labi! Ātri"),
        ("Labi", "Labi, bet dārgi", "Labi, bet dārgi"),
        ("Labi...", "Labi viss", "Labi viss"),
        ("Tikai virsraksts", None, "Tikai virsraksts."),
        (None, "Tikai teksts", "Tikai teksts"),
        (None, None, ""),
        ("  ", " \n", ""),
    ],
)
def test_title_and_text_are_one_text(title: str | None, text: str | None, expected: str) -> None:
    assert reading_text(title, text) == expected


def test_pros_and_cons_keep_their_sign() -> None:
    assert reading_text(None, None, ["rychlé", " "], ["drahé"]) == "+ rychlé\n- drahé"


def test_only_the_author_s_own_title_is_read() -> None:
    assert own_title("review", "Labi") == own_title("post", "Labi") == "Labi"
    assert own_title("reply", "Thread") is own_title("comment", "Thread") is None


@given(st.text())
def test_hash_ignores_unicode_form_and_white_space_only(text: str) -> None:
    same = "  ".join(unicodedata.normalize("NFD", text).split()) + "\n"
    assert content_hash(text) == content_hash(unicodedata.normalize("NFC", text)) == content_hash(same)
    assert content_hash(text + "x") != content_hash(text)
    assert len(content_hash(text)) == 64


@given(st.text(), st.text(), st.lists(st.text()), st.lists(st.text()))
def test_nothing_that_was_said_is_lost(title: str, text: str, pros: list[str], cons: list[str]) -> None:
    whole = reading_text(title, text, pros, cons)
    assert text.strip() in whole
    assert all(line.strip() in whole for line in pros + cons)
