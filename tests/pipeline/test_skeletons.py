"""Filled-in templates hang on one skeleton; what people write, and what they always say, does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_streams import words

from pipeline.skeletons import density, joined, runs, ties

TEMPLATE = (
    "never again {0} cut my line for {1} days and then {0} charged me {2} for a visit that {3} never made"
)


def filled(count: int, seed: int = 1) -> list[str]:
    rng = np.random.default_rng(seed)
    return [TEMPLATE.format(*words(rng, 4).split()) for _ in range(count)]


def chance(count: int, seed: int = 2) -> list[str]:
    rng = np.random.default_rng(seed)
    return [words(rng, 20) for _ in range(count)]


@given(st.lists(st.text(max_size=60), max_size=6))
def test_runs_of_a_text_depend_on_it_alone(texts: list[str]) -> None:
    together = runs(texts)
    assert len(together) == len(texts)
    for place, text in enumerate(texts):
        alone = runs([text])
        assert (together.at(place, place + 1).hashes == alone.hashes).all()
    assert (joined([runs([text]) for text in texts]).hashes == together.hashes).all()


@given(st.lists(st.sampled_from(["aā", "б", "ž", "🙂", "1", "de"]), min_size=3, max_size=12))
def test_a_text_has_as_many_runs_as_distinct_triples(said: list[str]) -> None:
    shapes = ((1, 2), (1, 3), (2, 3))
    triples = {(said[i], said[i + j], said[i + k]) for j, k in shapes for i in range(len(said) - k)}
    assert len(runs([" ".join(said)]).hashes) == len(triples)


def test_templates_tie_and_chance_does_not() -> None:
    texts = chance(200) + filled(10)
    found = ties(runs(texts), np.zeros(len(texts)), 14.0, 0.22)
    groups = found.groups(len(texts))
    assert len(set(groups[200:])) == 1
    assert len(set(groups[:200])) == 200


def test_a_phrase_of_all_year_ties_nobody() -> None:
    said = [f"{text} and as always many thanks to all of you" for text in chance(60)]
    often = ties(runs(said), np.linspace(0, 400, 60), 14.0, 0.22)
    assert len(often.a) == 0


def test_ties_reach_no_further_than_the_window() -> None:
    found = ties(runs(filled(4)), np.array([0.0, 30.0, 60.0, 90.0]), 14.0, 0.22)
    assert len(found.a) == 0


@pytest.mark.parametrize(("texts", "least", "most"), [(filled(12), 0.2, 0.9), (["a b c d e"] * 5, 1.0, 1.0)])
def test_one_template_is_shared_by_all_of_its_group(texts: list[str], least: float, most: float) -> None:
    told = density(runs(texts), np.zeros(len(texts), dtype=np.intp))
    assert ((told >= least) & (told <= most)).all()


def test_a_text_alone_shares_nothing() -> None:
    assert density(runs(["one two three four"]), np.array([-1])).tolist() == [0.0]
