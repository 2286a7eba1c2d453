"""Scores, shares and intervals: known cases, properties, oracles and coverage by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from pipeline import estimate
from pipeline.estimate import adjusted_wald, moments, nps, score
from pipeline.reader_error import between_domains

# Loaded machines are slow at times: what counts is the answer, not the time it took.
quick = settings(max_examples=40, deadline=None)


@st.composite
def votes(draw: st.DrawFn, least: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Promoter and detractor probabilities and cluster labels of 1..60 votes, certain ones among them."""
    n = draw(st.integers(least, 60))
    unit = st.floats(0, 1, allow_nan=False)
    p = np.array(draw(st.lists(unit | st.sampled_from([0.0, 1.0]), min_size=n, max_size=n)))
    rest = np.array(draw(st.lists(unit | st.sampled_from([0.0, 1.0]), min_size=n, max_size=n)))
    clusters = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)))
    return p, (1 - p) * rest, clusters


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "expected"),
    [(85, 10, 5, 80), (70, 20, 10, 60), (30, 60, 10, 20), (20, 80, 0, 20), (0, 0, 7, -100), (0, 5, 0, 0)],
)
def test_known_scores(promoters: int, passives: int, detractors: int, expected: float) -> None:
    found = adjusted_wald(promoters, passives, detractors)
    assert found.value == pytest.approx(expected)
    assert found.low <= expected <= found.high
    p = [1] * promoters + [0] * (passives + detractors)
    d = [0] * (promoters + passives) + [1] * detractors
    assert nps(p, d) == pytest.approx(expected)


def test_equal_scores_of_unlike_mixes_have_unlike_intervals() -> None:
    wide, narrow = adjusted_wald(300, 600, 100), adjusted_wald(200, 800, 0)
    assert wide.value == narrow.value == pytest.approx(20)
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)


def test_adjusted_wald_by_hand() -> None:
    # n = 10: 6 promoters, 2 passives, 2 detractors. P' = 6.75/13, D' = 2.75/13.
    p, d = 6.75 / 13, 2.75 / 13
    half = 1.959964 * math.sqrt((p + d - (p - d) ** 2) / 13)
    found = adjusted_wald(6, 2, 2)
    assert found.low == pytest.approx(100 * (p - d - half), abs=1e-3)
    assert found.high == pytest.approx(100 * (p - d + half), abs=1e-3)


def test_no_votes_say_nothing() -> None:
    found = score(moments([], []))
    assert math.isnan(found.value)
    assert (found.low, found.high, found.n, found.too_few) == (-100, 100, 0, True)


def test_one_cluster_tells_no_interval() -> None:
    found = score(moments([1, 0, 1], [0, 1, 0], ["x", "x", "x"]))
    assert (found.low, found.high) == (-100, 100)


@pytest.mark.parametrize(
    ("p", "d"),
    [([1.2], [0]), ([-0.1], [0]), ([0.7], [0.7]), ([[1]], [[0]]), ([1, 0], [0]), ([math.nan], [0])],
)
def test_votes_that_are_none_are_refused(p: list[float], d: list[float]) -> None:
    with pytest.raises(ValueError, match=r"votes|promoters"):
        nps(p, d)


@quick
@given(votes())
def test_the_interval_holds_the_score_within_bounds(vote: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    p, d, clusters = vote
    for labels in (None, clusters):
        found = score(moments(p, d, labels))
        assert -100 <= found.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.high <= 100
        assert 0 <= found.effective_n <= len(p) + 1e-9


@quick
@given(votes(), st.randoms(use_true_random=False))
def test_order_and_labels_do_not_matter(
    vote: tuple[np.ndarray, np.ndarray, np.ndarray], random: object
) -> None:
    p, d, clusters = vote
    order = np.random.default_rng(len(p)).permutation(len(p))
    renamed = np.array([f"thread {(7 * c + 3) % 10}" for c in clusters])
    first = score(moments(p, d, clusters))
    second = score(moments(p[order], d[order], renamed[order]))
    assert (second.value, second.low, second.high) == pytest.approx(
        (first.value, first.low, first.high), abs=1e-6
    )


@quick
@given(votes(), votes())
def test_merging_weighs_by_number(
    a: tuple[np.ndarray, np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    whole = nps(np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]]))
    parts = (len(a[0]) * nps(a[0], a[1]) + len(b[0]) * nps(b[0], b[1])) / (len(a[0]) + len(b[0]))
    assert whole == pytest.approx(parts, abs=1e-6)


@quick
@given(votes())
def test_swapping_sides_turns_the_score_round(vote: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    p, d, clusters = vote
    there, back = score(moments(p, d, clusters)), score(moments(d, p, clusters))
    assert (back.value, back.low, back.high) == pytest.approx(
        (-there.value, -there.high, -there.low), abs=1e-6
    )


@quick
@given(votes(least=2))
def test_singleton_clusters_change_nothing(vote: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    p, d, _ = vote
    alone, labelled = score(moments(p, d)), score(moments(p, d, np.arange(len(p))))
    assert labelled == alone


@quick
@given(votes(), st.floats(0, 30), st.integers(2, 20))
def test_the_readers_error_only_widens(
    vote: tuple[np.ndarray, np.ndarray, np.ndarray], sd: float, domains: int
) -> None:
    sums = moments(*vote)
    plain, wider = score(sums), score(sums, reader_sd=sd, domains=domains)
    assert wider.low <= plain.low
    assert wider.high >= plain.high
    assert wider.sampling_se == plain.sampling_se


def test_clusters_that_agree_widen_the_interval() -> None:
    p = np.repeat([1, 0, 1, 0, 1, 1, 0, 0, 1, 0] * 2, 10).astype(float)
    threads = np.repeat(np.arange(20), 10)
    alone, together = score(moments(p, 1 - p)), score(moments(p, 1 - p, threads))
    assert together.value == alone.value
    assert together.effective_n == pytest.approx(20, rel=0.1)
    assert together.high - together.low > 2.5 * (alone.high - alone.low)


def test_linearised_and_bootstrap_intervals_agree() -> None:
    rng = np.random.default_rng(3)
    lean = np.repeat(rng.beta(2, 2, 80), 8)
    p = np.clip(lean + rng.normal(0, 0.1, 640), 0, 1)
    d, threads = (1 - p) * 0.6, np.repeat(np.arange(80), 8)
    found = score(moments(p, d, threads))
    low, high = estimate.cluster_bootstrap(p, d, threads, seed=1, draws=800)
    assert high - low == pytest.approx(found.high - found.low, rel=0.12)
    assert (low + high) / 2 == pytest.approx(found.value, abs=1.5)
    assert estimate.cluster_bootstrap(p, d, threads, seed=1, draws=50) == estimate.cluster_bootstrap(
        p, d, threads, seed=1, draws=50
    )


def _coverage(hits: int, runs: int) -> tuple[float, float]:
    low, high = proportion_confint(hits, runs, alpha=0.001, method="wilson")
    return float(low), float(high)


@pytest.mark.parametrize(
    ("n", "mix"), [(30, (0.5, 0.3)), (50, (0.9, 0.02)), (200, (0.3, 0.3)), (200, (0.7, 0.1))]
)
def test_counted_votes_cover_the_truth_at_95_percent(n: int, mix: tuple[float, float]) -> None:
    rng = np.random.default_rng(n)
    truth = 100 * (mix[0] - mix[1])
    hits = 0
    for promoters, passives, detractors in rng.multinomial(n, [mix[0], 1 - sum(mix), mix[1]], size=2000):
        found = adjusted_wald(int(promoters), int(passives), int(detractors))
        hits += found.low <= truth <= found.high
    low, high = _coverage(hits, 2000)
    assert high >= 0.95, f"covers {hits / 2000:.3f}"
    assert low <= 0.99


def test_clustered_votes_cover_the_truth() -> None:
    """40 threads of unlike length that lean their own way: plain intervals fail, clustered ones hold."""
    rng = np.random.default_rng(11)
    held = plain = 0
    runs = 600
    for _ in range(runs):
        sizes = rng.integers(1, 20, 40)
        lean = rng.beta(1, 1, 40)
        threads = np.repeat(np.arange(40), sizes)
        promoter = rng.random(len(threads)) < lean[threads]
        sums = moments(promoter, ~promoter, threads)
        found, alone = score(sums), score(moments(promoter, ~promoter))
        held += found.low <= 0 <= found.high
        plain += alone.low <= 0 <= alone.high
    assert _coverage(held, runs)[1] >= 0.94, f"covers {held / runs:.3f}"
    assert plain / runs < 0.8


def test_read_votes_cover_the_native_score_they_stand_for() -> None:
    """A calibrated reader: the true classes are drawn from its probabilities; the interval must hold their NPS."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(500):
        probabilities = rng.dirichlet([0.7, 0.7, 0.9], size=200)
        classes = (probabilities.cumsum(axis=1) < rng.random((200, 1))).sum(axis=1)
        truth = 100 * ((classes == 2).mean() - (classes == 0).mean())
        found = score(moments(probabilities[:, 2], probabilities[:, 0]))
        hits += found.low <= truth <= found.high
    assert hits / 500 >= 0.95


@quick
@given(st.integers(0, 300), st.integers(1, 300))
def test_shares_of_counts_have_wilson_intervals(yes: int, no: int) -> None:
    values = [1.0] * yes + [0.0] * no
    found = estimate.share(values)
    low, high = proportion_confint(yes, yes + no, method="wilson")
    assert found.value == pytest.approx(yes / (yes + no))
    assert (found.low, found.high) == pytest.approx((max(low, 0), min(high, 1)), abs=1e-9)


@quick
@given(votes(least=2), votes(least=2))
def test_shares_stay_within_bounds(
    a: tuple[np.ndarray, np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    n = min(len(a[0]), len(b[0]))
    values = np.column_stack([a[0][:n], b[0][:n]])
    for found in estimate.shares(values, b[1][:n], a[2][:n]):
        if b[1][:n].sum() >= 1e-9:
            assert 0 <= found.low <= found.value <= found.high <= 1
        else:
            assert math.isnan(found.value)


def test_shares_of_weighted_groups_cover_the_truth() -> None:
    """Class and emotion are both only read: the share among the true promoters must be held."""
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(600):
        weight, emotion = rng.beta(0.6, 0.6, 150), rng.beta(0.5, 1.5, 150)
        found = estimate.share(emotion, weight)
        promoter, felt = rng.random(150) < weight, rng.random(150) < emotion
        hits += found.low <= felt[promoter].mean() <= found.high
    assert hits / 600 >= 0.95


def test_error_between_domains() -> None:
    rng = np.random.default_rng(2)
    variances = rng.uniform(1, 9, 400)
    errors = rng.normal(0, 7, 400) + rng.normal(0, np.sqrt(variances))
    assert between_domains(errors, variances) == pytest.approx(7, rel=0.12)
    assert between_domains(rng.normal(0, 1, 50) * 0.1, np.ones(50)) == 0
    assert between_domains([6, 6, 6], [1, 1, 1]) == pytest.approx(math.sqrt(35))


def test_differences() -> None:
    up = estimate.difference(adjusted_wald(500, 300, 200), adjusted_wald(600, 300, 100))
    assert up.value == pytest.approx(20)
    assert up.clear
    assert up.p_value < 0.001
    same = estimate.difference(adjusted_wald(50, 30, 20), adjusted_wald(52, 30, 18))
    assert not same.clear
    assert same.low < 0 < same.high
    nothing = estimate.difference(score(moments([], [])), adjusted_wald(50, 30, 20))
    assert (nothing.clear, nothing.p_value) == (False, 1.0)


def test_a_shared_reader_cancels_in_a_difference() -> None:
    a = score(moments([0.7] * 200, [0.2] * 200), reader_sd=8, domains=6)
    b = score(moments([0.6] * 200, [0.35] * 200), reader_sd=8, domains=6)
    assert estimate.difference(a, b).clear
    assert not estimate.difference(a, b, shared_reader=False).clear


@quick
@given(st.lists(st.floats(0, 1), max_size=40), st.sampled_from([0.01, 0.05, 0.2]))
def test_benjamini_hochberg_as_statsmodels(p_values: list[float], rate: float) -> None:
    expected = list(multipletests(p_values, alpha=rate, method="fdr_bh")[0]) if p_values else []
    assert estimate.benjamini_hochberg(p_values, rate) == expected
