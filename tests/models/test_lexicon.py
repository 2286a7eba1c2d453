"""The lexicon: n-grams to points, for any text, fitted from the corpora."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lexicon import LONGEST, Lexicon, counted, normalised, rarity_of
from models.training.corpora import trainable
from models.training.lexicon import goal_of, learn, load, middle, save

BUCKETS = 2**12
FLAT = Lexicon(np.ones(BUCKETS, np.float32), np.ones(BUCKETS, np.float32))


@given(st.text(max_size=300))
def test_any_text_has_finite_points_and_no_bucket_twice(text: str) -> None:
    places, values = counted(text, BUCKETS)
    assert len(set(places.tolist())) == len(places)
    assert ((places >= 0) & (places < BUCKETS)).all()
    assert (values >= 1).all()
    assert np.isfinite(FLAT.points([text])).all()


def test_a_lone_surrogate_and_a_huge_text_are_read() -> None:
    points = FLAT.points(["\ud800 labi", "slikti " * 50_000, ""])
    assert np.isfinite(points).all()
    assert len(normalised("ļoti labi " * 50_000)) <= LONGEST + 3


@pytest.mark.parametrize(
    ("a", "b"),
    [("Labi  un\nlēti", "labi un lēti"), ("Čekal jsem 3 týdny", "čekal jsem 5 týdny"), ("É", "e\u0301")],
)
def test_case_spaces_digits_and_composition_do_not_matter(a: str, b: str) -> None:
    assert counted(a, BUCKETS)[0].tolist() == counted(b, BUCKETS)[0].tolist()


def test_words_nobody_saw_say_nothing() -> None:
    silent = Lexicon(np.zeros(BUCKETS, np.float32), np.ones(BUCKETS, np.float32))
    assert silent.points(["skvělé", "hrůza"]).tolist() == [0.0, 0.0]


def test_rare_words_count_more_and_unseen_ones_nothing() -> None:
    common, rare, unseen = rarity_of(np.array([900, 3, 0]), 1000)
    assert rare > common > 1
    assert unseen == 0


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"value": 5, "scale": [1, 5]}, 9.5),
        ({"value": 7, "scale": [0, 10]}, 7),
        ({"label": "negative"}, 2),
        ({"label": "generated"}, None),
    ],
)
def test_targets_are_the_middle_of_what_a_label_allows(row: dict, expected: float | None) -> None:
    assert middle(row) == expected


def test_points_are_about_the_mean_of_each_set(tiny_corpus: Path) -> None:
    goal = goal_of([s for s in trainable("all") if s.task == "score"], tiny_corpus)
    by_set: dict[str, list[float]] = {}
    for row, points in zip(goal.rows, goal.points, strict=True):
        by_set.setdefault(row["set"], []).append(points)
    assert len(by_set) > 2
    assert all(abs(np.mean(points)) < 1e-4 for points in by_set.values())


def test_it_learns_praise_from_complaint_and_comes_back_from_its_file(
    tiny_corpus: Path, tmp_path: Path
) -> None:
    lexicon = learn(tiny_corpus, buckets=BUCKETS)
    save(lexicon, tmp_path / "lexicon.safetensors")
    again = load(tmp_path / "lexicon.safetensors")
    texts = ["Great service and quick delivery, I love it", "Ужасный сервис, хамство, никогда больше"]
    good, bad = again.points(texts)
    assert good > bad
    assert lexicon.points(texts).tolist() == [good, bad]
