"""What moved, what is weighted, who is spoken of, and three figures side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from made_warehouse import CONFIG, Said, warehouse

from pipeline.config import Config, TouchpointConfig
from pipeline.estimate import adjusted_wald
from pipeline.facts import Cut
from pipeline.numbers import Figure, Volume, moves, natural_nps, share_of_voice
from pipeline.publish import publish
from pipeline.selection import reweighted, sides
from pipeline.snapshot import Snapshot
from pipeline.trend import change_points, told
from pipeline.weighted import weighted_index


@contextmanager
def published(root: Path, said: Sequence[Said], config: Config = CONFIG) -> Iterator[Snapshot]:
    with warehouse(root, said) as (home, con):
        publish(home, con, config)
    with Snapshot.open(home) as snapshot:
        yield snapshot


BLANK = dict.fromkeys((field.name for field in fields(Figure)), None)


def figure(
    nps: float, *, period: date | None = None, n: int = 400, passives: float = 0.2, **more: object
) -> Figure:
    promoters = (1 - passives + nps / 100) / 2
    counted = adjusted_wald(
        round(promoters * n), round(passives * n), n - round(promoters * n) - round(passives * n)
    )
    values = {
        "instrument": "natural", "brand": "Lumora", "nps": counted.value, "low": counted.low, "high": counted.high,
        "se": counted.se, "sampling_se": counted.sampling_se, "n": n, "votes": n, "effective_n": float(n),
        "promoters": promoters, "passives": passives, "detractors": 1 - promoters - passives, "estimated": 0.0,
        "authentic": True, "too_few": counted.too_few, "as_read": counted.value, "corrected": 0.0, "labels": 0, "basis": "",
        "period": period, **more,
    }  # fmt: skip
    return Figure(**{**BLANK, **values})  # type: ignore[arg-type]


def months(scores: list[float], n: int = 400) -> list[Figure]:
    return [figure(score, period=date(2025 + i // 12, i % 12 + 1, 1), n=n) for i, score in enumerate(scores)]


def test_a_level_that_changed_is_found_where_it_changed() -> None:
    found = change_points(months([30, 32, 29, 31, 30, 8, 10, 9, 7, 45, 44, 46]))
    assert [point.period for point in found] == [date(2025, 6, 1), date(2025, 10, 1)]
    assert found[0].before == pytest.approx(30, abs=2)
    assert found[0].after == pytest.approx(8.5, abs=2)
    assert found[1].change.low > 20


def test_chance_alone_is_rarely_called_a_change() -> None:
    rng = np.random.default_rng(1)
    named = [bool(change_points(months(list(20 + rng.normal(0, 4.4, size=24))))) for _ in range(200)]
    assert np.mean(named) < 0.1
    assert change_points([]) == change_points(months([50.0])) == []


def test_every_step_has_a_verdict() -> None:
    steps = moves([*months([10, 11, 60]), figure(-50, period=date(2025, 4, 1), n=12)])
    assert [said for _, said in told(steps)] == ["did not move", "up", "too few"]


def test_share_of_voice_leaves_out_what_was_set_aside() -> None:
    def volume(brand: str | None, mentions: int, aside: int) -> Volume:
        return Volume(brand, None, None, None, None, None, None, mentions, 1, 0, 0, 0, aside)

    voices = share_of_voice([volume("Řeka", 90, 15), volume("Vējš", 25, 0), volume(None, 7, 0)])
    assert [(v.brand, v.share, v.mentions) for v in voices] == [("Řeka", 0.75, 75), ("Vējš", 0.25, 25)]
    assert share_of_voice([]) == []


def said(number: int, score: float, brand: str = "Lumora", **more: object) -> Said:
    at = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(minutes=number)
    return Said(f"Ziņa {brand} {number} {more.get('kind', '')}", brand=brand, rating=score, at=at, **more)  # type: ignore[arg-type]


def test_touchpoints_weigh_as_the_config_says(tmp_path: Path) -> None:
    price, shop = ("price", -0.5, 0.9), ("shop", 0.5, 0.9)
    mentions = [said(i, 1, p=(0.9, 0.05, 0.05), touchpoints=[price]) for i in range(60)]
    mentions += [said(60 + i, 5, p=(0.05, 0.05, 0.9), touchpoints=[shop]) for i in range(40)]
    touchpoints = [TouchpointConfig(name="price", weight=2.0), TouchpointConfig(name="shop", weight=0.5)]
    with published(tmp_path, mentions, CONFIG.model_copy(update={"touchpoints": touchpoints})) as snapshot:
        index = weighted_index(snapshot)[0]
        plain = natural_nps(snapshot)[0]
    assert index.unweighted == pytest.approx(plain.nps)
    assert index.index.value == pytest.approx(100 * (40 * 0.5 - 60 * 2) / (40 * 0.5 + 60 * 2))
    assert index.index.low < index.index.value < index.index.high
    assert index.index.n < plain.votes


def test_without_weights_there_is_no_weighted_index(tmp_path: Path) -> None:
    with published(tmp_path, [said(1, 5)]) as snapshot:
        assert weighted_index(snapshot) == []


def test_raw_natural_and_reweighted_stand_side_by_side(tmp_path: Path) -> None:
    mentions = [said(i, 1 if i % 2 else 5) for i in range(200)]
    mentions += [said(500 + i, 1, p_bot=0.95, set_aside=True, cluster="c") for i in range(60)]
    with published(tmp_path, mentions) as snapshot:
        side = {item.brand: item for item in sides(snapshot, Cut(brands=("Lumora",)))}["Lumora"]
    assert side.raw is not None
    assert side.natural is not None
    assert side.raw.nps < side.natural.nps == pytest.approx(0)
    assert side.reweighted is None
    assert "another brand" in (side.why_not or "")


def test_weights_of_who_posts_are_learned_from_others_and_widen_the_interval() -> None:
    pairs = [
        (
            figure(nps, passives=0.1, brand="Kaskāde", n=2000),
            figure(nps / 2 + 12, passives=0.5, brand="Kaskāde", n=2000),
        )
        for nps in (-10, 0, 10, 5)
    ]
    own = figure(0, passives=0.1, n=2000)
    found = reweighted(own, pairs)
    assert found.pairs == 4
    assert found.weights[0] < found.weights[1] == 1.0
    assert found.score.value > 5
    assert found.score.high - found.score.low > own.high - own.low
    alike = reweighted(own, [(pair[0], replace(pair[0], instrument="survey")) for pair in pairs])
    assert alike.score.value == pytest.approx(own.nps, abs=0.1)


def test_equal_scores_of_unlike_crowds_are_shown_to_differ(tmp_path: Path) -> None:
    crowds = {"Lumora": [5] * 30 + [4] * 60 + [1] * 10, "Kaskāde": [5] * 20 + [4] * 80}
    mentions = [
        said(1000 * i + n, score, brand)
        for i, (brand, scores) in enumerate(crowds.items())
        for n, score in enumerate(scores)
    ]
    with published(tmp_path, mentions) as snapshot:
        camps, calm = sorted(natural_nps(snapshot), key=lambda item: item.promoters, reverse=True)
    assert camps.nps == calm.nps == pytest.approx(20)
    assert (camps.promoters, camps.passives, camps.detractors) == pytest.approx((0.3, 0.6, 0.1))
    assert (calm.promoters, calm.passives, calm.detractors) == pytest.approx((0.2, 0.8, 0.0))
    assert camps.high - camps.low > calm.high - calm.low
