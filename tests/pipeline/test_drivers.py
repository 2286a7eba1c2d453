"""What drives the score: parts that add up, and what is left without a touchpoint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import pytest
from made_warehouse import CONFIG, START, Said, warehouse

from pipeline.drivers import NONE, Driver, drivers
from pipeline.facts import KEYS, Cut, Period
from pipeline.numbers import natural_nps
from pipeline.publish import publish
from pipeline.question import Question
from pipeline.snapshot import Snapshot

NAMES = ("cena", "doprava", "сервис")


def said(count: int, seed: int) -> list[Said]:
    """Reviews and posts of two brands, each by an author of its own, that name none to all touchpoints."""
    rng = np.random.default_rng(seed)
    return [
        Said(
            f"Teksts {n} 🙂 ačiū, děkuji, спасибо",
            brand=str(rng.choice(["Lumora", "Kaskāde"])),
            kind="post" if n % 4 == 0 else "review",
            title=f"Tēma {n % 5}" if n % 4 == 0 else None,
            rating=float(rng.integers(1, 6)) if n % 3 == 0 else None,
            p=tuple(float(x) for x in rng.dirichlet([1, 1, 1])),  # type: ignore[arg-type]
            touchpoints=[(name, 0.0, 0.9) for name in rng.choice(NAMES, size=int(rng.integers(0, 4)))],
            lang=str(rng.choice(["lv", "cs", "ru"])),
            at=START + timedelta(days=int(rng.integers(0, 90))),
        )
        for n in range(count)
    ]


def by_cell(found: Sequence[Driver]) -> dict[tuple[object, ...], list[Driver]]:
    cells = defaultdict(list)
    for driver in found:
        cells[(*(getattr(driver, key) for key in KEYS), driver.period)].append(driver)
    return cells


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    with warehouse(tmp_path_factory.mktemp("home"), said(280, 1)) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as opened:
        yield opened


@pytest.mark.parametrize("by", [(), ("brand",), ("brand", "lang"), ("kind",)])
@pytest.mark.parametrize("period", ["all", "month"])
def test_the_even_parts_add_up_to_the_score_of_the_cell(
    snapshot: Snapshot, by: tuple[str, ...], period: Period
) -> None:
    asked = Question(Cut(), by, period)  # type: ignore[arg-type]
    scores = {(*(getattr(f, key) for key in KEYS), f.period): f for f in natural_nps(snapshot, asked)}
    cells = by_cell(drivers(snapshot, asked))
    assert cells.keys() == scores.keys()
    for cell, parts in cells.items():
        assert sum(part.impact_additive for part in parts) == pytest.approx(scores[cell].as_read, abs=1e-6)
        assert all(0 < part.share <= 1 and part.n <= scores[cell].votes for part in parts)


def test_the_rest_is_the_score_of_the_votes_that_name_it_not(snapshot: Snapshot) -> None:
    read = snapshot.cursor().execute(
        "SELECT touchpoints, CASE WHEN native_class IS NULL THEN p_promoter - p_detractor ELSE native_class END FROM facts"
    ).fetchall()  # fmt: skip
    f = np.array([balance for _, balance in read])
    for driver in drivers(snapshot, by=()):
        touched = np.array(
            [(driver.touchpoint in names) if names else driver.touchpoint == NONE for names, _ in read]
        )
        assert driver.n == touched.sum()
        assert driver.nps == pytest.approx(100 * f[touched].mean(), abs=1e-4)
        assert driver.impact_leave_out == pytest.approx(100 * (f.mean() - f[~touched].mean()), abs=1e-4)


def test_a_touchpoint_alone_has_the_score_of_its_cut(snapshot: Snapshot) -> None:
    for driver in drivers(snapshot):
        if driver.touchpoint != NONE:
            cut = Cut(brands=(str(driver.brand),), touchpoint=driver.touchpoint)
            [figure] = natural_nps(snapshot, cut)
            assert (driver.n, driver.nps) == (figure.votes, pytest.approx(figure.as_read))
            assert figure.low <= driver.low <= driver.high <= figure.high
