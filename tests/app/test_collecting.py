"""What the config means to the spiders: retention by source, and the sweeps that it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from app.collecting import retention_of, targets_of
from pipeline.config import Config

TARGETS = [
    {"kind": "youtube", "channel": "@nordtel", "recheck_days": 90},
    {"kind": "discourse", "url": "https://forum.example/", "recheck_days": 90},
]


def config(**privacy: Any) -> Config:
    return Config.model_validate({"targets": TARGETS, "privacy": privacy})


@pytest.mark.parametrize(
    ("privacy", "youtube", "discourse"),
    [
        ({}, 30, None),
        ({"retention_days": 365}, 30, 365),
        ({"retention_days": 7}, 7, 7),
        ({"sources": {"youtube": 20, "discourse": 3}}, 20, 3),
        ({"retention_days": 7, "sources": {"youtube": 25}}, 25, 7),
    ],
)
def test_retention_by_source(privacy: dict[str, Any], youtube: int, discourse: int | None) -> None:
    found = config(**privacy)
    assert retention_of(found, "youtube") == youtube
    assert retention_of(found, "discourse") == discourse
    assert retention_of(found, "telepathy") == privacy.get("retention_days")


def test_what_may_be_kept_for_some_days_is_swept_before_they_are_over() -> None:
    assert [target.recheck_days for target in targets_of(config())] == [24, 90]
    assert [target.recheck_days for target in targets_of(config(retention_days=7))] == [5, 5]


def test_the_homes_zone_goes_to_those_who_read_clocks_without_one() -> None:
    given = {
        "sayso": {"timezone": "Europe/Riga"},
        "targets": [{"kind": "phpbb", "url": "https://a.example/"}, {"kind": "steam", "app": 7}],
    }
    board, store = targets_of(Config.model_validate(given))
    assert board.options == {"home_timezone": "Europe/Riga"}
    assert "home_timezone" not in store.options
    assert board.name == "phpbb:a.example"
