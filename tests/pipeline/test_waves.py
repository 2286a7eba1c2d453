"""Bursts, accounts, company and chance: what each signal tells of made streams."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_streams import BEGUN, Wave, planted, year

from pipeline import accounts
from pipeline.bursts import Season, bursts
from pipeline.lockstep import lockstep
from pipeline.paraphrases import ties as paraphrases
from pipeline.permutation import adjusted, p_values
from pipeline.replay import live
from pipeline.stream import first_mentions
from pipeline.waves import BOOST, SMEAR, waves


def test_a_steady_stream_has_no_burst_worth_a_false_alarm_a_year() -> None:
    alarms = 0
    for seed in range(6):
        day = np.sort(np.random.default_rng(seed).uniform(0, 365, 800))
        found = bursts(day, 0.0, Season(day, True), True, most=0.05)
        alarms += len(found)
    assert alarms <= 2


@pytest.mark.parametrize(("size", "days"), [(20, 0.1), (30, 3.0), (60, 10.0)])
def test_a_burst_is_told_at_any_length(size: int, days: float) -> None:
    rng = np.random.default_rng(1)
    day = np.sort(np.concatenate([rng.uniform(0, 200, 200), 150 + rng.uniform(0, days, size)]))
    found = bursts(day, 0.0, Season(day, True), True, most=0.05)
    best = int(found.tail.argmin())
    assert found.start[best] < 150 + days and found.end[best] > 150
    assert found.count[best] > 3 * found.expected[best]


@settings(max_examples=40)
@given(st.lists(st.floats(20_000, 20_100), max_size=60), st.floats(0, 50))
def test_time_by_the_rhythm_never_runs_back(days: list[float], later: float) -> None:
    season = Season(np.sort(np.array(days)), True)
    start = np.array([20_000.0])
    assert season.elapsed(start + later)[0] >= season.elapsed(start)[0]
    assert season.elapsed(start + 7)[0] - season.elapsed(start)[0] == pytest.approx(7)


def test_days_alone_give_no_burst_of_hours() -> None:
    day = np.floor(np.sort(np.random.default_rng(3).uniform(0, 90, 300))) + 0.5
    assert len(bursts(day, 0.0, Season(day, False), False, most=0.05)) == 0


def test_new_accounts_make_a_wave_suspect_and_the_usual_ones_clear_it() -> None:
    for fresh, suspect in ((0.7, True), (0.05, False)):
        stream = live(year().plus(planted(Wave(40, 100, 3, fresh=fresh)))).stream
        (wave,) = waves(stream, stream.brands["Lumora"], SMEAR)
        assert wave.suspect is suspect and wave.cleared is not suspect
        assert 99 < wave.start - BEGUN < 101 and 101 < wave.end - BEGUN < 104
        assert waves(stream, stream.brands["Lumora"], BOOST) == []


def test_a_wave_without_accounts_is_neither_suspect_nor_cleared() -> None:
    stream = live(year().plus(planted(Wave(40, 100, 3, fresh=0.7)))).stream.without("accounts")
    (wave,) = waves(stream, stream.brands["Lumora"], SMEAR)
    assert not wave.suspect and not wave.cleared
    assert (wave.posterior > 0.5).all()


def test_nothing_known_of_accounts_is_nothing_odd() -> None:
    assert accounts.combined([]) == 1.0


def test_who_spoke_before_is_no_first_mention() -> None:
    authors = np.array([5, 6, 5, 0, 7], dtype=np.uint64)
    assert first_mentions(authors).tolist() == [1, 1, 0, -1, 1]
    told = np.array([1.0, 9.0, np.nan, 1.0, np.nan])
    assert first_mentions(authors, told).tolist() == [1, 0, 0, 1, 1]


def test_authors_who_keep_turning_up_together_are_told() -> None:
    stream = live(year()).stream
    author, target, day = stream.author.copy(), stream.target.copy(), stream.day.copy()
    rows = np.arange(100, 130)
    author[rows] = np.tile([10**7, 10**7 + 1, 10**7 + 2], 10)
    target[rows] = np.repeat(np.arange(1, 11), 3)
    day[rows] = np.repeat(day[100] + np.arange(10.0), 3)
    strength, ties = lockstep(replace(stream, author=author, target=target, day=day))
    assert (strength[rows] > 1).all() and (np.delete(strength, rows) == 0).all()
    assert len(ties.a) == 3


def test_meaning_ties_only_what_is_unusually_close() -> None:
    stream = live(year()).stream
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(len(stream), 48)).astype(np.float16)
    rows = stream.brands["Lumora"][50:54]
    vectors[rows] = vectors[rows[0]] + rng.normal(scale=0.1, size=(4, 48))
    found = paraphrases(replace(stream, embedding=vectors), 14.0)
    assert set(np.concatenate([found.a, found.b])) == set(rows)
    assert len(paraphrases(stream, 14.0).a) == 0


def test_chance_does_not_put_a_group_together_and_design_does() -> None:
    given_stream = live(year().plus(planted(Wave(15, 100, 2))))
    stream = given_stream.stream
    design = np.flatnonzero(given_stream.plant >= 0)
    spread = stream.brands["Lumora"][::40]
    first, second = p_values(stream, [("Lumora", design), ("Lumora", spread)])
    assert first is not None and first <= 0.01
    assert second is None or second > 0.05


def test_false_discoveries_are_counted_among_all_that_was_looked_at() -> None:
    assert adjusted([0.01, None, 0.04], 4) == [0.04, None, 0.08]
    assert adjusted([], 3) == []
