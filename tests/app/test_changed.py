"""What changed: clear things are named in words, noise is not, campaigns come first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest
from made_snapshot import MadeBrand, make_snapshot
from pagetest import markup, opened

from app import changed
from pipeline.changes import Change, changes
from pipeline.estimate import Difference
from pipeline.facts import Cut
from pipeline.home import Home
from pipeline.snapshot import Snapshot

BRAND = [MadeBrand("Lumora", 0.5, 0.3, 900, False)]


@pytest.fixture(scope="module")
def found(made_home: Home) -> Iterator[list[Change]]:
    """The days of an outage in the made year against the month before it."""
    with Snapshot.open(made_home) as snapshot:
        last = snapshot.rows("snapshot.days")[0]["last"]
        after = Cut(brands=("Lumora",), since=last - timedelta(days=134), until=last - timedelta(days=111))
        before = Cut(brands=("Lumora",), since=last - timedelta(days=180), until=last - timedelta(days=136))
        yield changes(snapshot, before, after)


def test_an_outage_is_seen_in_the_score_and_in_what_people_feel(found: list[Change]) -> None:
    score, *rest = found
    assert (score.what, score.clear) == ("score", True)
    assert score.difference.value == pytest.approx(score.after - score.before)
    assert score.difference.high < 0
    clear = {change.name: change for change in rest if change.clear}
    assert "irritation" in clear or "disappointment" in clear
    assert all(change.difference.low > 0 for name, change in clear.items() if name in ("irritation", "anger"))


def test_clear_things_come_first_and_hold_their_difference(found: list[Change]) -> None:
    flags = [change.clear for change in found[1:]]
    assert flags == sorted(flags, reverse=True)
    assert all(change.difference.low <= change.difference.value <= change.difference.high for change in found)
    # Too few name a touchpoint in those weeks for its own score to be compared.
    assert {change.what for change in found} == {"score", "felt", "spoken"}


def test_the_same_days_against_themselves_changed_nothing(made_home: Home) -> None:
    with Snapshot.open(made_home) as snapshot:
        cut = Cut(brands=("Vestnet",))
        assert not any(change.clear for change in changes(snapshot, cut, cut))


def test_too_few_mentions_compare_nothing(made_home: Home) -> None:
    with Snapshot.open(made_home) as snapshot:
        day = Cut(brands=("Lumora",), since=date(2026, 11, 19), until=date(2026, 11, 19))
        assert changes(snapshot, day, Cut(brands=("Lumora",))) == []


def test_the_overview_says_what_changed(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_snapshot(empty_home, BRAND)
    with duckdb.connect(str(path)) as con:
        con.execute(
            "UPDATE facts SET native_class = NULL, p_promoter = 0.05, p_passive = 0.05, p_detractor = 0.9,"
            " emotions = list_transform(range(12), lambda n: if(n = 9, 0.9, 0.01))::FLOAT[12]"
            " WHERE day > DATE '2026-10-25'"
        )
    shown = markup(opened(empty_home, monkeypatch, "overview", period="30d"))
    assert "Three things that changed" in shown
    assert "The score of Lumora fell" in shown
    assert "Anger is felt more" in shown
    assert shown.count('<li class="bad">') == 3


def test_noise_is_called_noise(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    make_snapshot(empty_home, [MadeBrand("Vestnet", 0.4, 0.3, 400, False)])
    shown = markup(opened(empty_home, monkeypatch, "overview", period="90d"))
    assert "all are within the noise" in shown


def test_a_campaign_comes_before_everything_and_a_dismissed_one_does_not() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    rows = [
        {"state": state, "verdict": "coordinated", "mentions": 16, "authors": 16, "started_at": now, "ended_at": now}
        for state in ("open", "dismissed")
    ]  # fmt: skip
    assert changed.fresh(rows, date(2026, 11, 1)) == rows[:1]
    assert changed.fresh(rows, date(2026, 11, 21)) == []


@pytest.mark.parametrize(
    ("what", "name", "value", "good"),
    [
        ("score", None, 5, True), ("score", None, -5, False), ("felt", "anger", 5, False),
        ("felt", "trust", 5, True), ("felt", "no_positive", 5, False), ("felt", "surprise", 5, None),
        ("spoken", "price", 5, None), ("touchpoint", "price", -5, False),
    ],
)  # fmt: skip
def test_good_news_are_told_from_bad(what: str, name: str | None, value: float, good: bool | None) -> None:
    change = Change(what, name, 10, 10 + value, Difference(value, value - 1, value + 1, 0.001), 100, True)  # type: ignore[arg-type]
    thing = changed._thing(change, "Lumora")
    assert thing.good is good
    assert thing.way == ("up" if value > 0 else "down")
