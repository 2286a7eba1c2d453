"""Dates as sites of eight languages write them, in words, counted back, with clocks and zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.dates import in_zone, leads_with_month, moment, month_first

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

WRITTEN = [
    ("en", "2 Oct 2026, 1 p.m.", "2026-10-02T13:00"),
    ("en", "Oct. 2, 2026, noon", "2026-10-02T12:00"),
    ("en", "2 Oct 2026, midnight", "2026-10-02T00:00"),
    ("en", "Reviewed by  on 2 Oct 2026, 8 a.m.\n |", "2026-10-02T08:00"),
    ("en", "Wed Mar 04, 2021 10:11 pm", "2021-03-04T22:11"),
    ("en", "Yesterday, 10:11 PM", "2026-11-21T22:11"),
    ("lv", "2026. gada 3. oktobris, plkst. 13:05", "2026-10-03T13:05"),
    ("lv", "vakar plkst. 13:05", "2026-11-21T13:05"),
    ("lv", "pirms dienas", "2026-11-21T09:00"),
    ("lv", "pirms stundas", "2026-11-22T08:00"),
    ("lt", "2026 m. spalio mėn. 3 d., 13:05", "2026-10-03T13:05"),
    ("lt", "prieš dieną", "2026-11-21T09:00"),
    ("lt", "prieš 2 savaites", "2026-11-08T09:00"),
    ("et", "3. oktoober 2026, kell 13.05", "2026-10-03T13:05"),
    ("et", "täna kell 08:05", "2026-11-22T08:05"),
    ("et", "tund tagasi", "2026-11-22T08:00"),
    ("cs", "neděle 3. října 2026 v 13:05", "2026-10-03T13:05"),
    ("cs", "včera v 13:05", "2026-11-21T13:05"),
    ("ru", "3 октября 2026 г., 13:05", "2026-10-03T13:05"),
    ("ru", "сегодня в 08:05", "2026-11-22T08:05"),
    ("pl", "sobota, 3 października 2026 r.", "2026-10-03T00:00"),
    ("pl", "2 tygodnie temu", "2026-11-08T09:00"),
    ("de", "3. Oktober 2026 um 13:05 Uhr", "2026-10-03T13:05"),
    ("de", "vor 3 Tagen", "2026-11-19T09:00"),
]


@pytest.mark.parametrize(("language", "written", "meant"), WRITTEN)
def test_dates_in_words(language: str, written: str, meant: str) -> None:
    found = moment(written, (language,), NOW)
    assert found is not None and found.at.isoformat()[:16] == meant


@pytest.mark.parametrize(
    ("language", "written"),
    [("pl", "miesiąc temu"), ("lv", "pirms mēneša"), ("lt", "prieš mėnesį"), ("et", "kuu aega tagasi")],
)
def test_one_month_ago_is_known_to_the_month(language: str, written: str) -> None:
    found = moment(written, (language,), NOW)
    assert found is not None and (found.at.date().isoformat(), found.precision) == ("2026-10-22", "month")


def test_a_clock_without_a_zone_is_local_where_the_zone_is_known() -> None:
    riga = ZoneInfo("Europe/Riga")
    for written, meant in [
        ("3. marts 2026, 12:00", "2026-03-03T10:00"),
        ("3. jūlijs 2026, 12:00", "2026-07-03T09:00"),
        ("2026-03-03T12:00:00Z", "2026-03-03T12:00"),
        ("2026-03-03 12:00 +01:00", "2026-03-03T11:00"),
        ("1772539200", "2026-03-03T12:00"),
        ("3. marts 2026", "2026-03-03T00:00"),
    ]:
        found = moment(written, ("lv",), NOW)
        assert found is not None and in_zone(found, written, riga).at.isoformat()[:16] == meant, written


def test_the_order_of_day_and_month_shows_over_a_page() -> None:
    assert leads_with_month(["03-04-2021, 10:11 PM", "03-31-2021"]) is True
    assert leads_with_month(["31.03.2021", "02.03.2021"]) is False
    assert leads_with_month(["03-04-2021", "Today"]) is None
    assert month_first("Old 03-31-2021, 10:11 PM") == "Old 2021-03-31, 10:11 PM"


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60) | st.from_regex(r"[0-9 ./:apm-]{1,30}", fullmatch=True))
def test_any_text_is_a_date_or_none(text: str) -> None:
    for written in (text, month_first(text)):
        found = moment(written, ("lt",), NOW)
        assert found is None or in_zone(found, written, ZoneInfo("Europe/Vilnius")).at.tzinfo is not None
    leads_with_month([text])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-04 14:05:00 Europe/Riga", "2026-03-04T12:05:00+00:00"),
        ("2026-07-04T14:05 [Europe/Riga]", "2026-07-04T11:05:00+00:00"),
        ("2026-03-04 14:05 Mars/Phobos", "2026-03-04T14:05:00+00:00"),
        ("2026-03-04 by admin", "2026-03-04T00:00:00+00:00"),
        ("0000-00-00", None),
        ("0000-00-00 00:00:00", None),
        ("2026-00-00", None),
        ("00.00.0000", None),
        ("2026-13-45", None),
    ],
)
def test_what_stands_beside_a_date_and_dates_that_are_none(written: str, expected: str | None) -> None:
    found = moment(written, ("lv",), datetime(2026, 11, 22, 8, tzinfo=UTC))
    assert (found.at.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    "said", ["tikko", "Just now", "только что", "ką tik", "äsja", "przed chwilą", "gerade eben"]
)
def test_a_moment_ago(said: str) -> None:
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    found = moment(said, (), now)
    assert found and found.relative and found.at == now
