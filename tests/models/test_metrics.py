"""Metrics against scikit-learn and by their properties."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given, settings
from sklearn.metrics import f1_score, roc_auc_score

from models.training import metrics

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40)


@settings(max_examples=80, deadline=None)
@given(rows)
def test_auc_is_that_of_the_reference(pairs: list[tuple[bool, int]]) -> None:
    truth, guess = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    assume(truth.any() and not truth.all())
    assert metrics.auc(truth, guess) == pytest.approx(roc_auc_score(truth, guess))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_macro_f1_is_that_of_the_reference(pairs: list[tuple[int, int]]) -> None:
    truth, guess = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    present = sorted(set(truth.tolist()))
    expected = f1_score(truth, guess, labels=present, average="macro", zero_division=0)
    assert metrics.class_f1(truth, guess, present) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=3, max_size=30))
def test_no_threshold_beats_the_best(pairs: list[tuple[bool, float]]) -> None:
    truth, p = np.array([x[0] for x in pairs]), np.array([x[1] for x in pairs])
    assume(truth.any() and len(set(p.tolist())) == len(p))
    best = metrics.f1(truth, p >= metrics.best_threshold(truth, p))
    assert best >= max(metrics.f1(truth, p >= limit) for limit in p) - 1e-12


def test_calibrated_probabilities_have_a_small_error_and_others_do_not() -> None:
    dice = np.random.default_rng(0)
    p = dice.random(20_000)
    happened = dice.random(20_000) < p
    assert metrics.calibration_error(happened, p) < 0.02
    assert metrics.calibration_error(happened, np.clip(p + 0.2, 0, 1)) > 0.12


def test_intervals_hold_the_figure_and_narrow_with_rows() -> None:
    dice = np.random.default_rng(0)

    def width(n: int) -> float:
        values = dice.normal(size=n)
        found = metrics.bootstrap(lambda i: float(values[i].mean()), n)
        assert found.low <= found.value <= found.high
        return found.high - found.low

    assert width(2000) < width(50) / 3


def test_what_the_rows_cannot_give_is_nan() -> None:
    assert np.isnan(metrics.pearson(np.array([1.0, 1.0]), np.array([0.0, 1.0])))
    assert np.isnan(metrics.auc(np.array([True]), np.array([0.3])))
    assert np.isnan(metrics.f1(np.array([False]), np.array([True])))


def test_net_promoters() -> None:
    assert metrics.net_promoters(np.array([2, 2, 1, 0])) == 25.0
