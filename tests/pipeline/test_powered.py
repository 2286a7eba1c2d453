"""Labels of a random sample move the natural NPS to what people said; corrections never do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_warehouse import CONFIG, Said, warehouse

from pipeline import labels
from pipeline.facts import Cut
from pipeline.labels import Label, Sample
from pipeline.numbers import Figure, natural_nps
from pipeline.powered import FEWEST, Labelled, on_scale, weighed
from pipeline.publish import publish
from pipeline.quantify import prediction_powered, rectified
from pipeline.snapshot import Snapshot

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def town(n: int, seed: int) -> tuple[list[Said], list[int]]:
    """Texts that are read far too kindly, and what their authors would have answered, 0..10."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, size=n, p=[0.5, 0.2, 0.3])
    p = (
        rng.dirichlet([1, 1, 1], size=n) * 0.3
        + 0.7 * np.array([[0.5, 0.3, 0.2], [0.2, 0.4, 0.4], [0.02, 0.08, 0.9]])[truth]
    )
    said = [
        Said(f"Atsauksme {i}: ačiū, děkuji, спасибо 🙃", p=(float(a), float(b), float(c)), source=f"structured:{i % 7}.example")
        for i, (a, b, c) in enumerate(p)
    ]  # fmt: skip
    return said, [(3, 8, 10)[kind] for kind in truth]


@contextmanager
def audited(
    root: Path,
    said: Sequence[Said],
    scores: Sequence[int],
    places: Sequence[int],
    *,
    sampled: bool,
    version: int = 1,
) -> Iterator[Snapshot]:
    ids = [f"m{place:07d}" for place in places]
    with warehouse(root, said) as (home, con):
        if sampled:
            drawn = Sample(
                sample="s", brand="Lumora", seed=1, population=len(said), mention_ids=ids, made_at=NOW
            )
            labels.lay(home, sample=drawn)
        labels.lay(
            home,
            labels=[
                Label(
                    mention_id=name, brand="Lumora", sample="s" if sampled else None, version=version,
                    score=scores[place], labelled_at=NOW,
                )
                for name, place in zip(ids, places, strict=True)
            ],
        )  # fmt: skip
        labels.take(home, con, [])
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        yield snapshot


def score_of(snapshot: Snapshot, cut: Cut = Cut()) -> Figure:  # noqa: B008 (immutable)
    [figure] = natural_nps(snapshot, cut)
    return figure


def true_nps(scores: Sequence[int]) -> float:
    return 100 * float(np.mean([(s >= 9) - (s <= 6) for s in scores]))


def test_labels_of_a_random_sample_move_the_score_to_the_truth(tmp_path: Path) -> None:
    said, scores = town(700, 1)
    places = np.random.default_rng(2).permutation(700)[:120].tolist()
    with audited(tmp_path / "a", said, scores, [], sampled=False) as snapshot:
        blind = score_of(snapshot)
    with audited(tmp_path / "b", said, scores, places, sampled=True) as snapshot:
        found = score_of(snapshot)
        few = score_of(snapshot, Cut(sources=("structured:1.example",)))
        [hidden] = natural_nps(snapshot, instrument="text")
    truth = true_nps(scores)
    assert abs(blind.nps - truth) > 15
    assert abs(found.nps - truth) < 10
    assert found.low < truth < found.high
    assert (blind.labels, found.labels, few.labels, hidden.labels) == (0, 120, 0, 0)
    assert "120 labels of a random sample" in found.basis
    assert found.promoters + found.passives + found.detractors == pytest.approx(1)
    assert 100 * (found.promoters - found.detractors) == pytest.approx(found.nps)
    assert found.as_read == blind.as_read


def test_corrections_and_labels_of_older_texts_are_no_sample(tmp_path: Path) -> None:
    said, scores = town(60, 3)
    places = list(range(60))
    with audited(tmp_path / "a", said, scores, places, sampled=False) as snapshot:
        figure = score_of(snapshot)
        told = snapshot.cursor().execute("SELECT mention_id, score, abstain FROM facts ORDER BY 1").fetchall()
    assert figure.labels == 0
    assert figure.nps == pytest.approx(true_nps(scores))
    assert [score for _, score, _ in told] == scores
    for version in (None, 7):
        with audited(
            tmp_path / f"b{version}", said, scores, places, sampled=bool(version), version=7
        ) as snapshot:
            stale = score_of(snapshot)
        assert stale.labels == 0
        assert stale.nps > true_nps(scores) + 15


def test_a_correction_renews_the_day_of_its_mention_and_no_sample_hides_behind_it(tmp_path: Path) -> None:
    said, _ = town(40, 5)
    with warehouse(tmp_path, said) as (home, con):
        publish(home, con, CONFIG)
        first = con.execute("SELECT score FROM numbers.facts WHERE mention_id = 'm0000003'").fetchone()
        own = {"mention_id": "m0000003", "brand": "Lumora", "version": 1}
        labels.lay(home, labels=[Label(**own, sample=None, score=0, labelled_at=NOW)])  # type: ignore[arg-type]
        labels.take(home, con, [])
        publish(home, con, CONFIG)
        righted = con.execute("SELECT score FROM numbers.facts WHERE mention_id = 'm0000003'").fetchone()
        ids = ["m0000003"]
        labels.lay(
            home,
            sample=Sample(sample="s", brand="Lumora", seed=1, population=40, mention_ids=ids, made_at=NOW),
        )
        labels.lay(home, labels=[Label(**own, sample="s", score=5, labelled_at=NOW)])  # type: ignore[arg-type]
        labels.take(home, con, [])
        publish(home, con, CONFIG)
        sampled = con.execute("SELECT score FROM numbers.facts WHERE mention_id = 'm0000003'").fetchone()
    assert righted == (0,)
    assert sampled == first != righted


def test_the_interval_holds_the_truth_of_the_very_texts_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    held, widths = [], []
    for _ in range(400):
        n, m = 600, 60
        y = rng.choice([-1, 0, 1], size=n, p=rng.dirichlet([2, 2, 2]))
        p = np.clip(np.column_stack([0.6 * (y == 1), 0.6 * (y == -1)]) + rng.normal(0.2, 0.1, (n, 2)), 0, 0.5)
        chosen = rng.permutation(n)[:m]
        votes = [Labelled(int(y[i]), float(p[i, 0]), float(p[i, 1]), int(i)) for i in chosen]
        off = rng.normal(0, 0.1)
        blind = (float((y == 1).mean() + off / 2), float((y == -1).mean() - off / 2))
        found = weighed(votes, (float(p[:, 0].sum()), float(p[:, 1].sum())), n, blind, 0.1)
        held.append(abs(found.promoters - found.detractors - y.mean()) < 1.96 * found.error)
        widths.append(found.error)
    assert 0.92 <= np.mean(held) <= 0.985
    assert np.mean(widths) < 0.1


def test_without_a_measured_error_the_labels_alone_count() -> None:
    votes = [Labelled(1 if i % 3 else -1, 0.5, 0.3, i) for i in range(FEWEST)]
    found = weighed(votes, (500.0, 300.0), 1000, (0.9, 0.05), 0.0)
    assert found.trust == 1
    assert found.promoters == pytest.approx(2 / 3)
    everyone = weighed(votes, (15.0, 9.0), FEWEST, (0.9, 0.05), 0.1)
    assert (everyone.trust, everyone.error) == (1, 0)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 60), st.integers(0, 500), st.integers(0, 99))
def test_the_split_by_shares_is_ppi_of_their_difference(n: int, others: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.choice([-1, 0, 1], size=n)
    p, g = rng.dirichlet([1, 1, 1], n)[:, :2], rng.dirichlet([1, 1, 1], max(others, 1))[:, :2]
    rest = g.mean(axis=0)
    found = rectified(y, p, rest, others)
    alone = prediction_powered(y, p[:, 0] - p[:, 1], (g[:, 0] - g[:, 1])[:others])
    assert found.shares[0] - found.shares[1] == pytest.approx(alone.value, abs=1e-9)
    assert found.error >= alone.own_se


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_shares_stay_on_their_scale(promoters: float, detractors: float) -> None:
    p, d = on_scale(np.array([promoters, detractors]))
    assert 0 <= p <= 1
    assert 0 <= d <= 1
    assert p + d <= 1 + 1e-12
    if promoters >= 0 and detractors >= 0 and promoters + detractors <= 1:
        assert (p, d) == (promoters, detractors)
