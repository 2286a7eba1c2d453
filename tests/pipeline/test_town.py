"""The sample town's own truth, against which brands and copies are told."""

from __future__ import annotations

from typing import Any

import pytest
from landing_of import land, make_home, mention

from crawlers.authors import AuthorHasher, features
from data.town.town import Town, brand_names
from pipeline.authenticity import detect
from pipeline.home import Home
from pipeline.ingest import ingest
from pipeline.warehouse import open_warehouse

SOURCES = {kind: f"{kind}:town.example" for kind in ("structured", "discourse", "feed")}
KINDS = {"structured": "review", "discourse": "post", "feed": "comment"}
CYRILLIC = {"Nordvila": "Нордвила", "Vintrel": "Винтрел", "Kometra": "Кометра"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """(brand in truth, flag, brands found in the words, set aside) of each mention of the town."""
    config = "".join(
        f'[[brands]]\nname = "{name}"\naliases = ["{CYRILLIC[name]}"]\n' for name in brand_names()
    )
    home: Home = make_home(tmp_path_factory.mktemp("town"), config)
    truth = Town().truth()
    hasher = AuthorHasher()
    land(
        home,
        "town",
        [
            mention(
                source=SOURCES[each.source_kind],
                native_id=each.native_id,
                kind=KINDS[each.source_kind],
                text=each.text,
                author_hash=hasher.hash(SOURCES[each.source_kind], each.author),
                author_features=features(each.author),
                published_at=each.published_at,
                published_precision="minute",
                collected_at=each.published_at,
                url=None,
                rating=each.stars,
            )
            for each in truth
        ],
    )
    with open_warehouse(home) as con:
        ingest(home, con)
        detect(con, home.config)
        found = con.execute(
            "SELECT source, native_id, list(DISTINCT brand) FILTER (brand IS NOT NULL), bool_or(coalesce(set_aside, false))"
            " FROM mentions LEFT JOIN mention_brands USING (mention_id) LEFT JOIN authenticity USING (mention_id)"
            " WHERE current GROUP BY ALL"
        ).fetchall()
    rows = {(source, native): (brands or [], aside) for source, native, brands, aside in found}
    return [
        (each.brand, each.flag, *rows[SOURCES[each.source_kind], each.native_id])
        for each in truth
        if (SOURCES[each.source_kind], each.native_id) in rows
    ]


def test_words_name_the_brand_that_is_meant_or_none(told: list[tuple[Any, ...]]) -> None:
    named = [(brand, brands) for brand, _, brands, _ in told if brands]
    assert len(named) > 2000
    wrong = [row for row in named if row[1] != [row[0]]]
    assert len(wrong) <= 0.005 * len(named), wrong[:5]


def test_what_speaks_of_no_brand_gets_none(told: list[tuple[Any, ...]]) -> None:
    assert not [brands for brand, _, brands, _ in told if brand is None and brands]


def test_the_attack_is_found_and_nobody_else_is_set_aside(told: list[tuple[Any, ...]]) -> None:
    attack = [aside for _, flag, _, aside in told if flag == "campaign"]
    assert sum(attack) >= 50
    assert not [flag for _, flag, _, aside in told if aside and flag != "campaign"]
