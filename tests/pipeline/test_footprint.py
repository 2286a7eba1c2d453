"""Emotion shares and touchpoint drivers from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from made_warehouse import CONFIG, START, Said, many, warehouse

from models.readings import EMOTIONS
from pipeline import estimate
from pipeline.drivers import drivers
from pipeline.facts import Cut
from pipeline.footprint import GROUPS, Footprint, footprint
from pipeline.numbers import natural_nps
from pipeline.publish import publish
from pipeline.snapshot import Snapshot


def felt(**shares: float) -> list[float]:
    return [shares.get(name, 0.0) for name in EMOTIONS]


def snapshot_of(root: Path, said: Sequence[Said]) -> Snapshot:
    with warehouse(root, said) as (home, con):
        publish(home, con, CONFIG)
    return Snapshot.open(home)


def of(found: list[Footprint], group: str) -> Footprint:
    return next(item for item in found if item.group == group)


def test_shares_by_hand(tmp_path: Path) -> None:
    said = [
        Said("Paldies!", rating=5, emotions=felt(gratitude=1, delight=0.5)),
        Said("Ačiū už nieką", rating=1, emotions=felt(anger=0.8), abstain=True),
        Said("Normální", p=(0.25, 0.5, 0.25), emotions=felt(neutral=1, trust=0.2)),
        Said(None, rating=5),
    ]
    with snapshot_of(tmp_path, said) as snapshot:
        found = footprint(snapshot)
    assert [item.group for item in found] == list(GROUPS)
    everyone, promoters, detractors = (of(found, group) for group in ("all", "promoter", "detractor"))
    assert everyone.n == 3
    assert everyone.emotions["gratitude"].value == pytest.approx(1 / 3)
    assert everyone.no_positive.value == pytest.approx((0 + 1 + 0.8) / 3)
    assert everyone.abstained.value == pytest.approx(1 / 3)
    assert promoters.emotions["gratitude"].value == pytest.approx(1 / 1.25)
    assert promoters.no_positive.value == pytest.approx(0.25 * 0.8 / 1.25)
    assert detractors.emotions["anger"].value == pytest.approx(0.8 / 1.25)
    assert all(item.too_few for item in found)
    for item in found:
        for _, share in item.rows():
            assert 0 <= share.low <= share.value <= share.high <= 1


def test_nobody_in_a_group_is_said_so(tmp_path: Path) -> None:
    with snapshot_of(tmp_path, [Said("Labs", rating=5)]) as snapshot:
        found = footprint(snapshot)
        table = snapshot.cursor().execute("SELECT DISTINCT class FROM footprint ORDER BY 1").fetchall()
    assert of(found, "detractor").n == 0
    assert np.isnan(of(found, "detractor").no_positive.value)
    assert table == [("all",), ("promoter",)]


def test_shares_are_the_estimators_with_threads_as_clusters(tmp_path: Path) -> None:
    said = many(400, seed=5, brands=("Lumora",))
    for item in said:
        item.author = None
    with snapshot_of(tmp_path, said) as snapshot:
        found = of(footprint(snapshot), "promoter")
        rows = snapshot.cursor().execute(
            "SELECT emotions, coalesce(CAST(native_class = 1 AS FLOAT), p_promoter), thread FROM facts"
        ).fetchall()  # fmt: skip
    values = np.array([row[0] for row in rows])
    threads = np.array([thread or f"alone {n}" for n, (_, _, thread) in enumerate(rows)])
    expected = estimate.shares(values, [weight for _, weight, _ in rows], threads)
    for name, score in zip(EMOTIONS, expected, strict=True):
        share = found.emotions[name]
        assert (share.value, share.low, share.high) == pytest.approx(
            (score.value, score.low, score.high), abs=1e-6
        )


def test_periods_cuts_and_the_published_table_agree(tmp_path: Path) -> None:
    said = [
        Said(f"Ziņa {n}", rating=5, emotions=felt(delight=1.0 if n % 2 else 0.0), at=START + timedelta(days=31 * (n % 2)))
        for n in range(8)
    ]  # fmt: skip
    with snapshot_of(tmp_path, said) as snapshot:
        months = footprint(snapshot, Cut(brands=("Lumora",)), period="month", groups=("all",))
        published = snapshot.cursor().execute(
            "SELECT period, share, low, high, n FROM footprint WHERE class = 'all' AND emotion = 'delight' ORDER BY 1"
        ).fetchall()  # fmt: skip
        assert footprint(snapshot, Cut(brands=("Nav tāda",))) == []
    assert [(item.period, item.emotions["delight"].value) for item in months] == [
        (date(2026, 3, 1), 0.0),
        (date(2026, 4, 1), 1.0),
    ]
    made = [(i.period.strftime("%Y-%m"), i.emotions["delight"], i.n) for i in months if i.period]
    assert published[:2] == [(period, s.value, s.low, s.high, n) for period, s, n in made]
    assert published[2][:2] == ("all", pytest.approx(0.5))


def test_surveys_speak_where_nothing_else_does(tmp_path: Path) -> None:
    said = [
        Said(f"Answer {n}", kind="survey", rating=9, scale=(0, 10), emotions=felt(trust=1)) for n in range(3)
    ]
    with snapshot_of(tmp_path, said) as snapshot:
        assert footprint(snapshot) == []
        assert of(footprint(snapshot, instrument="survey"), "promoter").n == 3
        rows = snapshot.cursor().execute(
            "SELECT share FROM footprint WHERE class = 'all' AND period = 'all' AND emotion = 'trust'"
        )
        assert rows.fetchall() == [(1.0,)]


def test_drivers_by_hand(tmp_path: Path) -> None:
    said = [
        Said("Cena šausmīga", rating=1, touchpoints=[("price", -1, 0.9)]),
        Said("Aplikācija laba, cena nē", rating=4, touchpoints=[("price", -1, 0.9), ("app", 1, 0.8)]),
        Said("Aplikācija super", rating=5, touchpoints=[("app", 1, 0.9), ("app", 1, 0.7), ("shop", 0, 0.3)]),
        Said("Labi", rating=5),
    ]
    with snapshot_of(tmp_path, said) as snapshot:
        found = {item.touchpoint: item for item in drivers(snapshot)}
        total = natural_nps(snapshot)[0].nps
        table = snapshot.cursor().execute("SELECT touchpoint, nps FROM drivers ORDER BY 1").fetchall()
    assert list(found) == ["app", "price", "none"]
    assert (found["price"].n, found["price"].share, found["price"].nps) == (2, 0.5, pytest.approx(-50))
    assert found["price"].impact_leave_out == pytest.approx(25 - 100)
    assert found["app"].impact_leave_out == pytest.approx(25 - 0)
    assert found["app"].impact_additive == pytest.approx(25)
    assert sum(item.impact_additive for item in found.values()) == pytest.approx(total)
    assert dict(table) == {name: pytest.approx(item.nps) for name, item in found.items()}


def test_a_touchpoint_of_everything_has_no_rest_to_compare(tmp_path: Path) -> None:
    with snapshot_of(tmp_path, [Said("Cena", rating=1, touchpoints=[("price", -1, 0.9)])]) as snapshot:
        assert [item.impact_leave_out for item in drivers(snapshot)] == [None]


def test_a_reader_without_touchpoints_gives_no_drivers(tmp_path: Path) -> None:
    with snapshot_of(tmp_path, [Said("Labi", rating=5), Said("Slikti", rating=1)]) as snapshot:
        assert drivers(snapshot) == []
