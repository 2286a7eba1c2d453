"""Figures from facts: votes, instruments, cuts, periods, and what set-aside mentions and surveys do to them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_warehouse import CONFIG, START, Said, many, warehouse

from pipeline import estimate
from pipeline.config import Config
from pipeline.facts import Cut
from pipeline.numbers import Figure, Instrument, compare, moves, natural_nps, volume
from pipeline.publish import publish
from pipeline.snapshot import Snapshot


@contextmanager
def published(root: Path, said: Sequence[Said], config: Config = CONFIG) -> Iterator[Snapshot]:
    """A snapshot of these mentions."""
    with warehouse(root, said) as (home, con):
        publish(home, con, config)
    with Snapshot.open(home) as snapshot:
        yield snapshot


def _with(**settings: Any) -> Config:
    return CONFIG.model_copy(update={"sayso": CONFIG.sayso.model_copy(update=settings)})


def _one(figures: list[Figure]) -> Figure:
    assert len(figures) == 1
    return figures[0]


def test_a_rating_decides_and_a_text_is_read(tmp_path: Path, unmeasured_reader: None) -> None:
    said = [
        Said("Skvělé!", rating=5, p=(0.9, 0.05, 0.05)),
        Said("Labi", rating=4, p=(0.8, 0.1, 0.1)),
        Said("Tik ir švaistymas", rating=1, p=(0.2, 0.2, 0.6)),
        Said("Спасибо 🙏", p=(0.1, 0.3, 0.6)),
        Said(None, rating=5),
    ]
    with published(tmp_path, said) as snapshot:
        natural = _one(natural_nps(snapshot))
        text = _one(natural_nps(snapshot, instrument="text"))
        native = _one(natural_nps(snapshot, instrument="native"))
        both = _one(natural_nps(snapshot, Cut(rated=True), instrument="text"))
    assert natural.nps == pytest.approx(100 * (1 + 0 - 1 + 0.5 + 1) / 5, abs=1e-4)
    assert (natural.n, natural.votes, natural.estimated, natural.star_map) == (
        5,
        5,
        pytest.approx(0.2),
        "standard",
    )
    assert text.nps == pytest.approx(100 * (-0.85 - 0.7 + 0.4 + 0.5) / 4, abs=1e-4)
    assert (text.n, text.estimated, text.star_map) == (4, 1.0, None)
    assert (native.nps, native.n, native.estimated) == (pytest.approx(25), 4, 0.0)
    assert both.n == 3
    assert natural.too_few
    assert "not yet its error between domains" in text.basis
    assert "reader" not in native.basis


def test_ratings_can_be_hidden_and_maps_change(tmp_path: Path) -> None:
    said = [Said(f"Třetí {n}", rating=3, p=(0.0, 0.0, 1.0)) for n in range(4)]
    with published(tmp_path / "a", said, _with(native_ratings="hide")) as snapshot:
        assert _one(natural_nps(snapshot)).nps == pytest.approx(100)
    with published(tmp_path / "b", said) as snapshot:
        assert _one(natural_nps(snapshot)).nps == pytest.approx(-100)
    with published(tmp_path / "c", [*said, Said("nebal")], _with(star_map="lenient")) as snapshot:
        figure = _one(natural_nps(snapshot))
        assert figure.star_map == "lenient"
        assert "lenient star map" in figure.basis
        assert figure.promoters == pytest.approx(0.7 / 5, abs=1e-6)


def test_one_vote_an_author_brand_and_period(tmp_path: Path) -> None:
    month = timedelta(days=31)
    said = [
        Said("Pirmais", rating=1, author="a", at=START),
        Said("Otrais", rating=5, author="a", at=START + timedelta(days=2)),
        Said("Trešais", rating=4, author="a", at=START + month),
        Said("Cits zīmols", brand="Kaskāde", rating=1, author="a", at=START),
        Said("Nezināms 1", rating=1),
        Said("Nezināms 2", rating=1),
    ]
    with published(tmp_path, said) as snapshot:
        lumora = {f.brand: f for f in natural_nps(snapshot)}["Lumora"]
        months = natural_nps(snapshot, Cut(brands=("Lumora",)), period="month")
    assert (lumora.n, lumora.votes) == (5, 3)
    assert lumora.nps == pytest.approx(100 * (0 - 1 - 1) / 3)
    assert [(f.period, f.n, f.votes) for f in months] == [(date(2026, 3, 1), 4, 3), (date(2026, 4, 1), 1, 1)]
    assert months[0].nps == pytest.approx(100 * (1 - 1 - 1) / 3)


def test_the_order_of_facts_does_not_matter(tmp_path: Path) -> None:
    said = [Said(f"Vienlaikus {n}", rating=1 + 4 * (n % 2), author="a") for n in range(6)]
    found = []
    for turn in range(3):
        with published(tmp_path / str(turn), said) as snapshot:
            found.append(natural_nps(snapshot))
    assert found[0] == found[1] == found[2]


def test_surveys_are_another_instrument(tmp_path: Path) -> None:
    survey = [
        Said(
            f"Answer {n}",
            kind="survey",
            source="import:survey",
            rating=score,
            scale=(0, 10),
            p=(0.2, 0.3, 0.5),
        )
        for n, score in enumerate([10, 9, 7, 6, 0])
    ]
    with published(tmp_path, [*survey, Said("Pats", brand="Kaskāde", rating=5)]) as snapshot:
        by: dict[Instrument, list[str | None]] = {}
        for instrument in ("natural", "text", "native", "survey", "survey_text"):
            by[instrument] = [f.brand for f in natural_nps(snapshot, instrument=instrument)]
        answers = _one(natural_nps(snapshot, instrument="survey"))
        comments = _one(natural_nps(snapshot, instrument="survey_text"))
    assert by == {
        "natural": ["Kaskāde"], "text": ["Kaskāde"], "native": ["Kaskāde"],
        "survey": ["Lumora"], "survey_text": ["Lumora"],
    }  # fmt: skip
    assert (answers.nps, answers.n, answers.star_map) == (pytest.approx(0), 5, None)
    assert comments.nps == pytest.approx(30, abs=1e-4)


def test_set_aside_mentions_count_only_in_the_raw_figure(tmp_path: Path) -> None:
    said = [Said(f"Labs {n}", rating=5) for n in range(6)]
    said += [
        Said("Nepērciet, krāpnieki!", rating=1, p_bot=0.95, set_aside=True, cluster="c") for _ in range(6)
    ]
    with published(tmp_path, said) as snapshot:
        assert _one(natural_nps(snapshot)).nps == pytest.approx(100)
        raw = _one(natural_nps(snapshot, Cut(authentic=False)))
        assert (raw.nps, raw.n, raw.authentic) == (pytest.approx(0), 12, False)
        cell = volume(snapshot)[0]
        assert (cell.mentions, cell.set_aside) == (12, 6)


def test_cuts_and_keys(tmp_path: Path) -> None:
    said = [
        Said("Labas", lang="lt", rating=5, product="Šviesolaidis"),
        Said("Bloga linija", lang="lt-LT", rating=1, touchpoints=[("price", -0.5, 0.9), ("shop", 0.1, 0.2)]),
        Said(
            "Špatné",
            lang="cs",
            rating=1,
            source="feed:blog.example",
            kind="comment",
            at=START + timedelta(days=9),
        ),
    ]
    with published(tmp_path, said) as snapshot:
        assert [(f.lang, f.n) for f in natural_nps(snapshot, by=("lang",))] == [("cs", 1), ("lt", 2)]
        cuts = {
            Cut(langs=("lt",)): 2, Cut(sources=("feed:blog.example",)): 1, Cut(source_kinds=("feed",)): 1,
            Cut(kinds=("review",)): 2, Cut(products=("Šviesolaidis",)): 1, Cut(touchpoint="price"): 1,
            Cut(touchpoint="shop"): 0, Cut(since=date(2026, 3, 10)): 1, Cut(until=date(2026, 3, 9)): 2,
            Cut(brands=()): 0, Cut(brands=("'; DROP TABLE facts; --",)): 0,
        }  # fmt: skip
        for cut, expected in cuts.items():
            assert sum(f.n for f in natural_nps(snapshot, cut)) == expected, cut
            assert sum(c.mentions for c in volume(snapshot, cut)) == expected, cut


def test_days_begin_in_the_homes_time_zone(tmp_path: Path) -> None:
    late = START.replace(month=4, day=30, hour=22, minute=30)
    with published(tmp_path, [Said("Jau maijs Rīgā", rating=5, at=late)]) as snapshot:
        assert _one(natural_nps(snapshot, period="month")).period == date(2026, 5, 1)


def test_sums_made_in_sql_are_those_of_the_estimator(tmp_path: Path, unmeasured_reader: None) -> None:
    said = many(700, seed=3, brands=("Lumora",))
    for item in said:
        item.author = None
    with published(tmp_path, said) as snapshot:
        figure = _one(natural_nps(snapshot))
        rows = (
            snapshot.cursor()
            .execute("SELECT native_class, p_promoter, p_detractor, thread FROM facts")
            .fetchall()
        )
    p = np.array([float(c == 1) if c is not None else pr for c, pr, _, _ in rows])
    d = np.array([float(c == -1) if c is not None else de for c, _, de, _ in rows])
    threads = np.array([thread or f"alone {n}" for n, (*_, thread) in enumerate(rows)])
    expected = estimate.score(estimate.moments(p, d, threads))
    assert figure.nps == pytest.approx(expected.value, abs=1e-4)
    assert (figure.low, figure.high) == pytest.approx((expected.low, expected.high), abs=1e-3)
    assert figure.effective_n == pytest.approx(expected.effective_n, rel=1e-4)
    assert figure.promoters + figure.passives + figure.detractors == pytest.approx(1)


def test_answers_in_one_thread_weigh_less(tmp_path: Path) -> None:
    def said(title: str | None) -> list[Said]:
        return [
            Said(
                f"Atbilde {thread} {n}", kind="reply", source="discourse:f.example",
                title=f"{title} {thread}" if title else f"{thread} {n}", p=(0.05, 0.05, 0.9) if thread % 2 else (0.9, 0.05, 0.05),
            )
            for thread in range(10) for n in range(12)
        ]  # fmt: skip

    with published(tmp_path / "a", said("Tēma")) as snapshot:
        together = _one(natural_nps(snapshot))
    with published(tmp_path / "b", said(None)) as snapshot:
        alone = _one(natural_nps(snapshot))
    assert together.nps == pytest.approx(alone.nps)
    assert together.effective_n < alone.effective_n / 3
    assert "clustering" in together.basis


def test_moves_are_named_only_when_clear(tmp_path: Path) -> None:
    said = [
        Said(
            f"{month} {n}", rating=5 if n % 10 < good else 1, at=START + timedelta(days=31 * month, minutes=n)
        )
        for month, good in enumerate([5, 5, 9, 9])
        for n in range(80)
    ]
    said += [Said(f"maz {n}", rating=1, at=START + timedelta(days=31 * 4 + 1, minutes=n)) for n in range(5)]
    with published(tmp_path, said) as snapshot:
        steps = moves(natural_nps(snapshot, period="month"))
    assert [step.moved for step in steps] == [False, True, False, False]
    assert steps[1].change.value == pytest.approx(80)
    assert steps[-1].after.too_few
    assert moves([]) == []


def test_brands_are_compared(tmp_path: Path) -> None:
    said = [Said(f"a {n}", rating=5 if n % 4 else 1) for n in range(100)]
    said += [Said(f"b {n}", brand="Kaskāde", rating=5 if n % 2 else 1) for n in range(100)]
    with published(tmp_path, said) as snapshot:
        kaskade, lumora = natural_nps(snapshot)
    assert compare(kaskade, lumora).value == pytest.approx(50)
    assert compare(kaskade, lumora).clear


def test_no_facts_no_figures(tmp_path: Path) -> None:
    with published(tmp_path, []) as snapshot:
        assert natural_nps(snapshot) == []
        assert volume(snapshot) == []


def test_unread_mentions_are_counted_but_have_no_vote(tmp_path: Path) -> None:
    with published(tmp_path, [Said("Vēl nelasīts", p=None), Said("Izlasīts")]) as snapshot:
        assert _one(natural_nps(snapshot)).n == 1
        assert (volume(snapshot)[0].mentions, volume(snapshot)[0].readings) == (2, 1)


def test_figures_become_json(tmp_path: Path) -> None:
    with published(tmp_path, [Said("Labs", rating=5)]) as snapshot:
        row = _one(natural_nps(snapshot, period="month")).to_dict()
    assert row["period"] == "2026-03-01"
    assert not any(isinstance(value, float) and math.isnan(value) for value in row.values())
