"""Quantifiers and prediction-powered means: oracles, shifted mixes, coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from pipeline import quantify
from pipeline.quantify import Adjustment


def drawn(rng: np.random.Generator, mix: list[float], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors calibrated for an even mix, and true classes, of a group with this mix."""
    classes = rng.choice(3, size=n, p=mix)
    signal = rng.normal(size=(n, 3)) + 1.2 * np.eye(3)[classes]
    logits = 1.2 * signal
    posteriors = np.exp(logits - logits.max(axis=1, keepdims=True))
    return posteriors / posteriors.sum(axis=1, keepdims=True), classes


def test_adjusting_undoes_a_shift_that_counting_does_not() -> None:
    rng = np.random.default_rng(4)
    fitted = Adjustment.fit(*drawn(rng, [1 / 3, 1 / 3, 1 / 3], 4000))
    truth = [0.75, 0.2, 0.05]
    posteriors, classes = drawn(rng, truth, 4000)
    actual = np.bincount(classes, minlength=3) / len(classes)
    for plain in (quantify.classify_and_count(posteriors), quantify.probabilistic_count(posteriors)):
        assert np.abs(plain - actual).max() > 0.1
    for adjusted in (
        fitted.adjusted_count(posteriors),
        fitted.adjusted_probabilistic_count(posteriors),
        fitted.expectation_maximised(posteriors),
    ):
        assert np.abs(adjusted - actual).max() < 0.04


def test_adjusted_counts_as_scipy_solves_them() -> None:
    rng = np.random.default_rng(6)
    fitted = Adjustment.fit(*drawn(rng, [0.5, 0.3, 0.2], 1500))
    for mix in ([0.2, 0.2, 0.6], [0.98, 0.01, 0.01], [0.0, 1.0, 0.0]):
        group, _ = drawn(rng, mix, 300)
        for matrix, observed, found in (
            (fitted.hard, quantify.classify_and_count(group), fitted.adjusted_count(group)),
            (fitted.soft, quantify.probabilistic_count(group), fitted.adjusted_probabilistic_count(group)),
        ):
            solved = optimize.minimize(
                lambda s, m=matrix, q=observed: 1e3 * ((m @ s - q) ** 2).sum(),
                np.full(3, 1 / 3),
                method="SLSQP",
                bounds=[(0, 1)] * 3,
                constraints={"type": "eq", "fun": lambda s: s.sum() - 1},
                options={"ftol": 1e-12},
            ).x
            assert found == pytest.approx(solved, abs=2e-3)


@pytest.mark.long
def test_expectation_maximisation_as_quapy() -> None:
    aggregative = pytest.importorskip(
        "quapy.method.aggregative", reason="quapy is an oracle that is not installed"
    )
    rng = np.random.default_rng(6)
    fitted = Adjustment.fit(*drawn(rng, [0.5, 0.3, 0.2], 1500))
    group, _ = drawn(rng, [0.2, 0.2, 0.6], 800)
    shares, _ = aggregative.EMQ.EM(fitted.prior, group, epsilon=1e-10)
    assert fitted.expectation_maximised(group) == pytest.approx(shares, abs=1e-4)


@given(
    st.lists(st.lists(st.floats(0.001, 1), min_size=3, max_size=3), min_size=1, max_size=30),
    st.lists(st.lists(st.floats(0.001, 1), min_size=3, max_size=3), min_size=3, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_shares_are_shares(rows: list[list[float]], confusions: list[list[float]]) -> None:
    posteriors = np.array(rows) / np.array(rows).sum(axis=1, keepdims=True)
    matrix = np.array(confusions) / np.array(confusions).sum(axis=0, keepdims=True)
    fitted = Adjustment(matrix, matrix, np.array([0.2, 0.3, 0.5]))
    for shares in (
        quantify.classify_and_count(posteriors),
        quantify.probabilistic_count(posteriors),
        fitted.adjusted_count(posteriors),
        fitted.adjusted_probabilistic_count(posteriors),
        fitted.expectation_maximised(posteriors),
    ):
        assert shares.min() >= 0
        assert shares.sum() == pytest.approx(1)
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    assert fitted.expectation_maximised(posteriors[order]) == pytest.approx(
        fitted.expectation_maximised(posteriors), abs=1e-6
    )


def test_a_perfect_reader_needs_no_adjustment() -> None:
    classes = np.array([0, 1, 2, 2])
    fitted = Adjustment.fit(np.eye(3)[classes], classes)
    group = np.eye(3)[[0, 0, 1, 2]]
    for shares in (fitted.adjusted_count(group), fitted.adjusted_probabilistic_count(group)):
        assert shares == pytest.approx([0.5, 0.25, 0.25])


def test_what_is_no_posterior_is_refused() -> None:
    for wrong in ([], [[0.5, 0.6]], [0.5, 0.5], [[1.2, -0.2]]):
        with pytest.raises(ValueError, match="posteriors"):
            quantify.probabilistic_count(wrong)
    with pytest.raises(ValueError, match="each class"):
        Adjustment.fit(np.eye(3), [0, 1, 1])


def test_prediction_powered_means_cover_and_narrow() -> None:
    rng = np.random.default_rng(9)
    held, widths, plain = 0, [], []
    runs = 400
    for _ in range(runs):
        f = rng.uniform(-1, 1, 1100)
        y = np.clip(np.round(0.8 * f + 0.15 + rng.normal(0, 0.4, 1100)), -1, 1)
        truth = y.mean()
        found = quantify.prediction_powered(y[:100], f[:100], f[100:], seed=1)
        held += abs(found.value - truth) <= 1.96 * found.se
        widths.append(found.se)
        plain.append(y[:100].std(ddof=1) / 10)
    assert held / runs >= 0.92
    assert np.mean(widths) < 0.8 * np.mean(plain)


def test_worthless_predictions_change_nothing() -> None:
    rng = np.random.default_rng(10)
    y = rng.choice([-1.0, 0, 1], 200)
    constant = quantify.prediction_powered(y, np.full(200, 0.3), np.full(900, 0.9))
    assert (constant.value, constant.weight) == (pytest.approx(y.mean()), 0.0)
    noise = quantify.prediction_powered(y, rng.normal(size=200), rng.normal(size=900))
    assert noise.se == pytest.approx(y.std(ddof=1) / np.sqrt(200), rel=0.05)
    nobody = quantify.prediction_powered(y, y, [])
    assert (nobody.value, nobody.weight) == (pytest.approx(y.mean()), 0.0)
    with pytest.raises(ValueError, match="labels"):
        quantify.prediction_powered([1.0], [1.0], [1.0])


def test_labels_of_one_author_count_as_one_voice() -> None:
    rng = np.random.default_rng(12)
    lean = np.repeat(rng.choice([-1.0, 1.0], 20), 10)
    f, g = rng.normal(size=200), rng.normal(size=500)
    alone = quantify.prediction_powered(lean, f, g)
    together = quantify.prediction_powered(lean, f, g, clusters=np.repeat(np.arange(20), 10))
    assert together.se > 2.5 * alone.se
