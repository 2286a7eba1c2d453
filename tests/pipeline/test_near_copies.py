"""MinHash estimates what texts have in common, and near-copies are found without comparing all with all."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.near_copies import SHINGLE, signatures, ties
from pipeline.voices import voices

LETTERS = "abcdeāžблю "


def jaccard(one: str, other: str) -> float:
    a, b = ({text[i : i + SHINGLE] for i in range(max(len(text) - SHINGLE + 1, 1))} for text in (one, other))
    return len(a & b) / len(a | b)


@settings(max_examples=50)
@given(st.text(LETTERS, min_size=30, max_size=120), st.text(LETTERS, max_size=80), st.integers(0, 100))
def test_agreement_of_signatures_estimates_common_shingles(text: str, other: str, cut: int) -> None:
    changed = text[:cut] + other
    if len(changed) < SHINGLE:
        changed += "xxxxx"
    found = signatures([text, changed])
    assert (
        abs((found[0] == found[1]).mean() - jaccard(text, changed)) < 0.32
    )  # five standard errors of 64 draws


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_has_a_signature_that_depends_on_it_alone(texts: list[str]) -> None:
    together = signatures(texts)
    assert together.shape == (len(texts), 64)
    for row, text in zip(together, texts, strict=True):
        assert (row == signatures([text])[0]).all()


def words(rng: random.Random, count: int) -> str:
    return " ".join("".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(count))


def test_near_copies_tie_and_others_do_not() -> None:
    rng = random.Random(1)
    base = words(rng, 20)
    near = [base[:-10] + "".join(rng.choices("qrstuvwxyz", k=10)) for _ in range(10)]
    texts = near + [words(rng, 20) for _ in range(200)]
    found = ties(signatures(texts), np.zeros(len(texts)), window=7)
    groups = found.groups(len(texts))
    assert len(set(groups[:10])) == 1
    assert len(set(groups[10:])) == 200
    assert (found.likeness(len(texts))[:10] > 0.7).all()
    assert (found.likeness(len(texts))[10:] == 0).all()


def test_copies_far_apart_in_time_do_not_tie() -> None:
    found = ties(signatures(["the very same words of a text"] * 2), np.array([0.0, 8.0]), window=7)
    assert len(found.a) == 0


@pytest.mark.parametrize("count", [0, 1])
def test_few_texts_have_no_ties(count: int) -> None:
    found = ties(signatures(["some words"] * count), np.zeros(count), window=7)
    assert found.groups(count).tolist() == list(range(count))


def test_one_huge_bucket_stays_cheap() -> None:
    count = 20_000
    begun = time.process_time()
    found = ties(
        np.repeat(signatures(["the very same words of a text"]), count, axis=0), np.arange(count) / 1e3, 7
    )
    assert len(set(found.groups(count))) == 1
    assert len(found.a) <= 3 * count
    assert time.process_time() - begun < 10


AUTHORS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 2), st.integers(0, 4), st.integers(0, 30)), max_size=30
)


@given(AUTHORS)
def test_voices_agree_with_counting_by_hand(rows: list[tuple[int, int, int, int]]) -> None:
    rows = sorted(rows, key=lambda row: row[3])
    columns = [np.array([row[k] for row in rows], dtype=np.int64) for k in range(4)]
    found = voices(*columns[:3], columns[3].astype(float), window=7, bulk=3)
    for i, (group, _, _, day) in enumerate(rows):
        members = [row for row in rows if row[0] == group]
        most = 0
        for source in (1, 2):
            here = [row for row in members if row[1] == source]
            firsts = [
                next(row[3] for row in here if row[2] == author) for author in {row[2] for row in here} - {0}
            ]
            unknown = [row[3] for row in here if row[2] == 0]
            said = firsts + (unknown if len(unknown) >= 3 else [])
            most = max(most, sum(abs(other - day) <= 7 for other in said))
        assert found[i] == (most if len(members) > 1 else 0)
