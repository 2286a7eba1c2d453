"""Topics inside a touchpoint, and the grid of touchpoints."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
from made_warehouse import CONFIG, START, Said, warehouse

from pipeline.aggregate import aggregate
from pipeline.drivers import NONE, Driver
from pipeline.grid import grid

SPOKEN = {
    0: "Kurjers kavējās veselu nedēļu, sūtījums pazuda",
    1: "Kurýr přijel včas, zásilka byla skvěle zabalená",
}


def spoken(number: int, kind: int, days_ago: int) -> Said:
    at = START - timedelta(days=days_ago)
    return Said(f"{SPOKEN[kind]} {number}", touchpoints=[("delivery", 0.1, 0.9)], author=f"a{number}", at=at)


def test_topics_are_told_apart_named_counted_and_what_grew_is_seen(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    said = [spoken(n, 0, n % 20) for n in range(40)] + [spoken(100 + n, 1, 5 + 3 * n) for n in range(40)]
    centres = rng.normal(size=(2, 16))
    with warehouse(tmp_path, said) as (home, con):
        for number, item in enumerate(said):
            vector = centres[0 if number < 40 else 1] + rng.normal(0, 0.3, size=16)
            con.execute(
                "UPDATE readings SET embedding = ? WHERE content_hash ="
                " (SELECT content_hash FROM mentions WHERE mention_id = ?)",
                [(vector / np.linalg.norm(vector)).tolist(), f"m{number:07d}"],
            )
            assert item.brand == "Lumora"
        aggregate(con, CONFIG, home.root)
        found = con.cursor().execute("SELECT * FROM numbers.topics ORDER BY grew DESC").fetchall()
    assert [(row[0], row[1], row[5]) for row in found] == [("Lumora", "delivery", 40)] * 2
    assert set(found[0][3]) <= set(SPOKEN[0].casefold().replace(",", "").split())
    assert "kavējās" in found[0][3]
    assert found[0][6] > 5 > found[1][6]
    assert int(found[0][4][1:]) < 40 <= int(found[1][4][1:])


def test_without_embeddings_or_with_few_texts_there_are_no_topics(tmp_path: Path) -> None:
    with warehouse(tmp_path, [spoken(n, 0, n) for n in range(50)]) as (home, con):
        aggregate(con, CONFIG, home.root)
        assert con.cursor().execute("SELECT count(*) FROM numbers.topics").fetchall() == [(0,)]


def driver(brand: str, touchpoint: str, nps: float, impact: float, n: int = 100) -> Driver:
    return Driver(
        brand,
        None,
        None,
        None,
        None,
        None,
        None,
        touchpoint,
        n,
        0.3,
        nps,
        nps - 5,
        nps + 5,
        impact,
        impact,
        n < 30,
    )


def test_the_grid_says_where_to_invest_and_where_to_save() -> None:
    own = [
        driver("Lumora", "price", -40, -12),
        driver("Lumora", "shop", 60, 10),
        driver("Lumora", "app", 30, 1),
        driver("Lumora", "billing", -5, -2),
        driver("Lumora", "parking", 90, 0.1, n=5),
        driver("Lumora", NONE, 10, 4),
    ]
    others = [
        driver("Kaskāde", "price", 0, -1),
        driver("Vėjas", "price", 20, 1, n=300),
        driver("Kaskāde", "app", 5, 1),
    ]
    found = {place.touchpoint: place for place in grid(own, others, score=12)}
    assert [place.touchpoint for place in grid(own, others, 12)][:2] == ["price", "shop"]
    assert found["price"].performance == -55
    assert {name: place.advice for name, place in found.items()} == {
        "price": "invest", "shop": "keep", "app": "save", "billing": "invest", "parking": "too few",
    }  # fmt: skip
    assert found["shop"].performance is None
    assert grid([], others, 0) == []
