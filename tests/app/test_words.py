"""Figures in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import words


@pytest.mark.parametrize(
    ("value", "digits", "told"),
    [(23.4, 0, "+23"), (-4.0, 0, "−4"), (0.4, 0, "0"), (-0.4, 0, "0"), (-0.04, 1, "0.0"), (6.25, 1, "+6.2"), (100, 0, "+100")],
)  # fmt: skip
def test_scores_have_a_sign_and_zero_has_none(value: float, digits: int, told: str) -> None:
    assert words.signed(value, digits) == told


@given(st.lists(st.integers(0, 1000), min_size=3, max_size=3).filter(any))
def test_whole_percentages_add_up_to_a_hundred(counts: list[int]) -> None:
    shares = [count / sum(counts) for count in counts]
    whole = words.whole_percents(shares)
    assert sum(whole) == 100
    assert all(abs(w - 100 * share) < 1 for w, share in zip(whole, shares, strict=True))


def test_equal_scores_of_unlike_brands_keep_their_shares() -> None:
    assert words.whole_percents([0.3, 0.6, 0.1]) == [30, 60, 10]
    assert words.whole_percents([0.2, 0.8, 0.0]) == [20, 80, 0]


def test_a_small_share_is_not_called_nothing() -> None:
    assert words.percent(0.001) == "<1%"
    assert words.percent(0) == "0%"


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [(1.0, 9.0, "up"), (-9.0, -1.0, "down"), (-1.0, 9.0, "still"), (0.0, 3.0, "still")],
)
def test_a_change_counts_only_if_its_interval_leaves_zero(low: float, high: float, state: str) -> None:
    told, sentence = words.movement((low + high) / 2, low, high, 90)
    assert told == state
    assert "90 days before" in sentence
    assert ("Did not move" in sentence) == (state == "still")


def test_the_headline_names_who_is_ahead_and_who_is_not_told_apart() -> None:
    assert words.headline("Lumora", 17.2, ["Vestnet"], [], ["Kaskada"]) == (
        "Lumora stands at +17, ahead of Vestnet and level with Kaskada"
    )
    assert words.headline("Lumora", None, [], [], []) == "Too few mentions to say where Lumora stands"


@pytest.mark.parametrize(
    ("nps", "low", "high", "part"),
    [
        (60, 52, 68, "strong"),
        (20, 10, 30, "More people promote"),
        (-20, -30, -10, "More people warn"),
        (3, -5, 11, "Too close"),
    ],
)
def test_the_verdict_follows_the_interval_not_the_point(
    nps: float, low: float, high: float, part: str
) -> None:
    assert part in words.verdict(nps, low, high)


@given(st.text(max_size=3000), st.integers(1, 700))
def test_plain_text_is_short_and_turns_nothing_around(text: str, limit: int) -> None:
    shown = words.plain(text, limit)
    assert len(shown) <= limit + 2
    assert not any("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" or c == "\x00" for c in shown)


@pytest.mark.parametrize(
    "text", ["Paldies, viss strādā!", "Skvělá obsluha 👍", "Всё летает", "Šaunu – ačiū", "👨‍👩‍👧 хорошо"]
)
def test_ordinary_words_stay_as_they_were_written(text: str) -> None:
    assert words.plain(text) == text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt://x/%0aalert(1)", "data:text/html,<script>1</script>", "file:///etc/passwd",
        "//forum.example/x", "http:///nohost", "https://forum.example/\nx", "java\tscript:alert(1)", "http://[::1", "", None,
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert words.link(url) is None


def test_a_web_address_is_kept() -> None:
    assert (
        words.link("https://forum.example/t/12?page=2#post_3") == "https://forum.example/t/12?page=2#post_3"
    )


def test_time_is_told_in_the_largest_fitting_unit() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert words.ago(now - timedelta(hours=3), now) == "3 hours ago"
    assert words.ago(now - timedelta(days=1, hours=5), now) == "1 day ago"
    assert words.ago(now + timedelta(days=1), now) == "just now"
    assert words.days(date(2026, 8, 24), date(2026, 11, 22)) == "24 Aug – 22 Nov 2026"
    assert words.days(date(2025, 8, 24), date(2026, 11, 22)) == "24 Aug 2025 – 22 Nov 2026"


def test_languages_without_ratings_are_named_with_what_they_were_measured_on() -> None:
    measured = {"en": "score", "lv": "sentiment", "pl": "emotion"}
    told = words.unmeasured([("en", 900), ("lv", 1_200), ("lt", 3), ("pl", 2)], measured)
    assert "English" not in told
    assert "Latvian (1,200, measured on sentiment labels only)" in told
    assert "Lithuanian (3, no measured data but our own texts)" in told
    assert "Polish (2, measured on emotion labels only)" in told
    assert words.unmeasured([("en", 900)], measured) == ""
