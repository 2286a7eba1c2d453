"""Campaigns of every kind are told in made streams, and an ordinary bad day is not one."""

from __future__ import annotations

import numpy as np
import pytest
from made_streams import BEGUN, Wave, planted, words, year

from pipeline.campaigns import COORDINATED, ORGANIC, identity
from pipeline.detection import Detection, detection
from pipeline.labelled_streams import Table
from pipeline.replay import Live, live
from pipeline.suspicion import shipped_weights

THRESHOLD = 0.8
TEXT = words(np.random.default_rng(9), 24)


def judged(*parts: Table, hide: tuple[str, ...] = (), at: float | None = None) -> tuple[Detection, Live]:
    given = live(year().plus(*parts))
    stream = given.stream.without(*hide)
    if at is not None:
        stream = stream.until(BEGUN + at)
        given = Live(stream, given.plant[: len(stream)])
    return detection(stream, shipped_weights(), THRESHOLD), given


def test_nothing_is_found_where_nothing_is() -> None:
    told, _ = judged()
    assert told.campaigns == []
    assert (told.p_bot < THRESHOLD).all()


@pytest.mark.parametrize("hide", [(), ("accounts",), ("minutes", "accounts")])
def test_copies_are_told_whatever_is_known(hide: tuple[str, ...]) -> None:
    told, given = judged(planted(Wave(12, 100, 3, text=TEXT)), hide=hide)
    assert ((told.p_bot >= THRESHOLD) == (given.plant >= 0)).all()
    (campaign,) = told.campaigns
    assert (campaign.brand, campaign.direction, len(campaign.rows)) == ("Lumora", "smear", 12)
    assert campaign.p_value is not None and campaign.p_value < 0.05


def test_a_wave_of_new_accounts_is_told_without_any_copy() -> None:
    told, given = judged(planted(Wave(60, 100, 2, fresh=0.7)))
    flagged = told.p_bot >= THRESHOLD
    assert flagged[given.plant >= 0].mean() >= 0.8
    assert given.plant[flagged].max() == 0 and (given.plant[flagged] >= 0).mean() >= 0.8
    (campaign,) = told.campaigns
    assert campaign.verdict == COORDINATED
    assert "new_accounts" in {item.code for item in campaign.evidence if item.toward == "attack"}


def test_a_wave_of_the_usual_people_is_an_organic_crisis_and_nobody_is_set_aside() -> None:
    told, given = judged(planted(Wave(60, 100, 2, fresh=0.06)))
    assert (told.p_bot < THRESHOLD).all()
    (crisis,) = told.campaigns
    assert crisis.verdict == ORGANIC
    assert (given.plant[crisis.rows] >= 0).mean() > 0.8
    assert {item.code for item in crisis.evidence if item.toward == "organic"} >= {
        "own_words",
        "aged_accounts",
    }


def test_praise_is_a_boost() -> None:
    told, _ = judged(planted(Wave(20, 100, 2, valence=1.0, text=TEXT)))
    assert [campaign.direction for campaign in told.campaigns] == ["boost"]


def test_wordings_of_one_attack_are_clusters_of_one_campaign() -> None:
    texts = [words(np.random.default_rng(n), 24) for n in range(3)]
    told, _ = judged(*(planted(Wave(10, 100, 3, text=text, number=n)) for n, text in enumerate(texts)))
    (campaign,) = told.campaigns
    assert len(np.unique(campaign.clusters)) == 3
    assert len(campaign.rows) == 30


def test_attacks_months_apart_are_two_campaigns() -> None:
    waves = [Wave(10, 60, 2, text=TEXT), Wave(10, 150, 2, text=words(np.random.default_rng(4), 24), number=1)]
    told, _ = judged(*map(planted, waves))
    assert len(told.campaigns) == 2


def test_what_is_said_later_changes_nothing_of_what_is_seen_earlier() -> None:
    attack = planted(Wave(30, 100, 4, text=TEXT))
    early, given = judged(attack, at=102.0)
    again, _ = judged(attack, planted(Wave(50, 150, 4, fresh=0.9, number=1)), at=102.0)
    assert len(early.p_bot) == len(given.plant) == len(again.p_bot)
    assert np.allclose(early.p_bot, again.p_bot)


def test_a_stream_of_nothing_has_no_campaign() -> None:
    empty = live(year()).stream.until(0.0)
    assert detection(empty, shipped_weights(), THRESHOLD).campaigns == []


def test_a_campaign_that_grows_keeps_its_name_and_a_new_one_gets_its_own() -> None:
    known = {"aa": {"1", "2", "3"}, "bb": {"7", "8"}}
    found = [{"1", "2", "3", "4", "5"}, {"20", "21", "22"}, {"8", "9"}]
    ids = identity(found, known, ["Lumora"] * 3)
    assert ids[0] == "aa" and ids[2] == "bb"
    assert ids[1] not in known
    assert identity(found, dict(zip(ids, found, strict=True)), ["Lumora"] * 3) == ids


def test_of_two_that_merged_one_name_stays() -> None:
    assert identity([{"1", "2", "3", "4"}], {"aa": {"1"}, "bb": {"2", "3", "4"}}, ["Lumora"]) == ["bb"]
