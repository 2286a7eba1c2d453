"""The natural NPS corrects what was read for the usual mix of its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_warehouse import CONFIG, Said, warehouse

from pipeline.facts import Cut
from pipeline.numbers import natural_nps
from pipeline.publish import publish
from pipeline.snapshot import Snapshot

USUAL = np.array([0.45, 0.2, 0.35])
MIXES = {"Lumora": (0.85, 0.1, 0.05), "Kaskāde": (0.05, 0.3, 0.65)}


@contextmanager
def published(root: Path, said: Sequence[Said]) -> Iterator[Snapshot]:
    with warehouse(root, said) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        yield snapshot


def spoken(brand: str, n: int, seed: int) -> tuple[list[Said], float]:
    """Texts whose readings are calibrated where both brands are taken together, and their true score."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(3, size=n, p=MIXES[brand])
    seen = rng.normal(size=(n, 3)) + 1.5 * np.eye(3)[classes]
    odds = np.exp(1.5 * seen) * USUAL
    p = odds / odds.sum(axis=1, keepdims=True)
    said = [
        Said(f"{brand} vēstule {i}", brand=brand, p=(float(a), float(b), float(c)))
        for i, (a, b, c) in enumerate(p)
    ]
    return said, 100 * float((classes - 1.0).mean())


def test_brands_of_one_source_are_moved_apart_to_where_they_are(tmp_path: Path, unrated: None) -> None:
    (low, true_low), (high, true_high) = spoken("Lumora", 600, 1), spoken("Kaskāde", 600, 2)
    with published(tmp_path, [*low, *high]) as snapshot:
        found = {figure.brand: figure for figure in natural_nps(snapshot)}
        whole = natural_nps(snapshot, by=("source",))[0]
        rated_only = natural_nps(snapshot, instrument="native")
    for brand, truth in (("Lumora", true_low), ("Kaskāde", true_high)):
        figure = found[brand]
        assert abs(figure.as_read - truth) > 10
        assert abs(figure.nps - truth) < 6
        assert figure.low < truth < figure.high
        assert figure.corrected == 1
        assert figure.promoters + figure.passives + figure.detractors == pytest.approx(1)
        assert "usual mix" in figure.basis
    assert whole.nps == pytest.approx(whole.as_read, abs=0.5)
    assert rated_only == []


@pytest.fixture
def unrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals without the error between domains: it would hide what the correction adds."""
    monkeypatch.setattr("pipeline.aggregate.shipped_reader_error", lambda: None)


def test_ratings_and_small_sources_are_left_as_they_are(tmp_path: Path) -> None:
    said, _ = spoken("Lumora", 150, 3)
    rated = [
        replace(item, text=f"{item.text} ar zvaigznēm", rating=5.0, source="structured:stars.example")
        for item in said
    ]
    with published(tmp_path, [*said, *rated]) as snapshot:
        few = natural_nps(snapshot, Cut(sources=("structured:shop.example",)))[0]
        stars = natural_nps(snapshot, Cut(sources=("structured:stars.example",)))[0]
    assert (few.nps, few.corrected) == (few.as_read, 0)
    assert (stars.nps, stars.as_read, stars.corrected) == (100, 100, 0)


@pytest.mark.parametrize(("kind", "instrument"), [("review", "text"), ("survey", "survey_text")])
def test_texts_with_hidden_ratings_are_never_corrected_by_them(
    tmp_path: Path, kind: str, instrument: str
) -> None:
    said, _ = spoken("Lumora", 600, 4)
    rated = [replace(item, rating=5.0, kind=kind) for item in said]
    with published(tmp_path, rated) as snapshot:
        hidden = natural_nps(snapshot, instrument=instrument)[0]
    assert (hidden.nps, hidden.corrected) == (hidden.as_read, 0)
    assert hidden.nps < 50
