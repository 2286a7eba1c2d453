"""Numbers, dates and plain text as sites write them, in the languages that people write."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import numbers
from crawlers.dates import moment
from crawlers.plaintext import clean, from_value
from crawlers.webpage import bare_url, page_number

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "written", "day", "precision"),
    [
        ("lv", "2020. gada 6. novembris", "2020-11-06", "day"),
        ("lv", "6. novembrī 2020", "2020-11-06", "day"),
        ("lv", "sestdiena, 7. marts 2020", "2020-03-07", "day"),
        ("lv", "12.decembris 2019 10:22", "2019-12-12", "minute"),
        ("lv", "pirms 3 dienām", "2026-11-19", "day"),
        ("lv", "vakar", "2026-11-21", "day"),
        ("lt", "2020 m. lapkričio 6 d.", "2020-11-06", "day"),
        ("lt", "gruodžio 3, 2021", "2021-12-03", "day"),
        ("lt", "prieš 2 dienas", "2026-11-20", "day"),
        ("lt", "2020 11 06", "2020-11-06", "day"),
        ("et", "6. november 2020", "2020-11-06", "day"),
        ("et", "3 päeva tagasi", "2026-11-19", "day"),
        ("cs", "6. listopadu 2020", "2020-11-06", "day"),
        ("cs", "3. července 2021", "2021-07-03", "day"),
        ("cs", "červen 2021", "2021-06-01", "month"),
        ("cs", "6. 11. 2020 v 14:05", "2020-11-06", "minute"),
        ("cs", "před 3 dny", "2026-11-19", "day"),
        ("pl", "6 listopada 2020", "2020-11-06", "day"),
        ("pl", "2 dni temu", "2026-11-20", "day"),
        ("hr", "6. listopada 2020", "2020-10-06", "day"),
        ("ru", "6 ноября 2020 г.", "2020-11-06", "day"),
        ("ru", "26 сен 2020", "2020-09-26", "day"),
        ("ru", "3 дня назад", "2026-11-19", "day"),
        ("de", "am 6. März 2021 um 14:30 Uhr", "2021-03-06", "minute"),
        ("de", "06.11.2020", "2020-11-06", "day"),
        ("de", "6.11.20", "2020-11-06", "day"),
        ("de", "vor 3 Tagen", "2026-11-19", "day"),
        ("pt", "sexta 18 setembro 2020", "2020-09-18", "day"),
        ("fr", "21/10/2016", "2016-10-21", "day"),
        ("fi", "6. marraskuuta 2020", "2020-11-06", "day"),
        ("en", "Reviewed on March 3, 2021", "2021-03-03", "day"),
        ("en", "6th of November, 2020 3:05 pm", "2020-11-06", "minute"),
        ("en-us", "11/06/2020", "2020-11-06", "day"),
        ("en-gb", "06/11/2020", "2020-11-06", "day"),
        ("en", "3/2/2024 14:05:11", "2024-03-02", "second"),
        ("en", "October 2020", "2020-10-01", "month"),
        ("en", "2 months ago", "2026-09-22", "month"),
        ("en", "2020.11.06", "2020-11-06", "day"),
        ("en", "2020", "2020-01-01", "year"),
        ("en", "1604658030", "2020-11-06", "second"),
        ("en", "1604658030000", "2020-11-06", "second"),
        ("en", "20201106T102030Z", "2020-11-06", "second"),
        ("en", "Fri, 06 Nov 2020 10:20:30 GMT", "2020-11-06", "second"),
        ("en", "Fri Sep 18 2020 01:00:00 GMT+0200 (CEST)", "2020-09-17", "second"),
        ("en", "2020-11-06T00:30:00+0200", "2020-11-05", "second"),
        ("", "6 novembre 2020", "2020-11-06", "day"),
    ],
)
def test_dates(lang: str, written: str, day: str, precision: str) -> None:
    found = moment(written, (lang,), NOW)
    assert found
    assert (found.at.date().isoformat(), found.precision) == (day, precision)
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(
    "written", ["", "hello", "5 stars", "2020-13-45", "0001-01-01", "1970-01-01", "2199-01-01", "9" * 70, True, None, "31.02.2020", "3 people of 2020"]
)  # fmt: skip
def test_what_is_no_date(written: object) -> None:
    assert moment(written, ("en",), NOW) is None


def test_the_hour_after_a_date_in_numbers_is_whole() -> None:
    for written in ("3/2/2024 14:05:11", "2.3.2024 14:05:11", "2.3.2024, um 14:05:11", "2024-03-02 14:05:11"):
        found = moment(written, ("en",), NOW)
        assert found
        assert found.at == datetime(2024, 3, 2, 14, 5, 11, tzinfo=UTC)


def test_a_day_without_a_year_is_the_latest_such_day() -> None:
    assert moment("24. decembrī", ("lv",), NOW).at.year == 2025  # type: ignore[union-attr]
    assert moment("6. novembrī", ("lv",), NOW).at.year == 2026  # type: ignore[union-attr]


@given(st.datetimes(datetime(1991, 1, 1), datetime(2026, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001 - naive by need
def test_every_iso_time_is_read_back(naive: datetime, hours: int) -> None:
    zone = timedelta(hours=hours)
    at = naive.replace(microsecond=0, tzinfo=UTC) - zone
    sign = "-" if hours < 0 else "+"
    found = moment(f"{naive:%Y-%m-%dT%H:%M:%S}{sign}{abs(hours):02d}:00", (), NOW)
    assert found
    assert found.at == at


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=60), st.integers(), st.floats(), st.text("0123456789.-/: ", max_size=25)), st.sampled_from(("en", "lv", "ru", "cs")))  # fmt: skip
def test_no_date_breaks_the_reader(written: object, lang: str) -> None:
    found = moment(written, (lang,), NOW)
    assert found is None or 1990 <= found.at.year <= 2026


@pytest.mark.parametrize(
    ("written", "number", "count"),
    [
        ("4,5", 4.5, 4), ("1 234", 1234, 1234), ("(3592 Reviews)", 3592, 3592), ("4.588", 4.588, 4588),
        ("1,234,567.8", 1234567.8, 1234567), ("1.2K", 1.2, 1200), ("2 тыс", 2, 2000), ("none", None, None),
        ("3,6k", 3.6, 3600), (True, None, None), (float("nan"), None, None), ("-3", -3, None), (7, 7, 7),
    ],
)  # fmt: skip
def test_numbers(written: object, number: float | None, count: int | None) -> None:
    assert numbers.number(written) == number
    assert numbers.count(written) == count


@pytest.mark.parametrize(
    ("written", "value", "best", "worst"),
    [
        ("8/10", 8, 10, None), ("4,5 von 5", 4.5, 5, None), ("5 sur 5 étoiles", 5, 5, None), ("4 из 5", 4, 5, None),
        ("4 no 5", 4, 5, None), ("80 %", 80, 100, 0), ("★★★☆☆", 3, 5, 1), ("★★★★", 4, None, None), ("4", 4, None, None),
    ],
)  # fmt: skip
def test_ratings(written: str, value: float, best: float | None, worst: float | None) -> None:
    found = numbers.rating(written)
    assert found
    assert (found.value, found.best, found.worst) == (value, best, worst)


@given(st.floats(0, 10, allow_nan=False).map(lambda value: round(value, 2)))
def test_a_rating_reads_the_same_with_a_comma(value: float) -> None:
    assert numbers.number(f"{value:.2f}") == numbers.number(f"{value:.2f}".replace(".", ",")) == value


@given(st.text(max_size=300))
def test_clean_text_is_clean(text: str) -> None:
    found = clean(text)
    assert found == clean(found)
    found.encode("utf-8")
    assert not any(unicodedata.category(ch) == "Cc" and ch != "\n" for ch in found)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a &amp;lt;br&amp;gt; b", "a\nb"), ("I <3 it, 5 < 6 & b > c", "I <3 it, 5 < 6 & b > c"),
        ("<p>Hi<br/>there</p><script>x</script> tail", "Hi\nthere\ntail"), ("Labi… Lasīt vairāk", "Labi…"),
        ("Vai tas ir <b>labi</b>? &quot;Jā&quot; 👩‍👩‍👧", 'Vai tas ir labi? "Jā" 👩‍👩‍👧'), ("\ud83d\ude00 \ud83d", "😀 \ufffd"),
        ("e\u0301", "é"), ("a\u200bb\u00adc\x00d", "abc d"), ("more", "more"),
    ],
)  # fmt: skip
def test_values_become_plain_text(written: str, shown: str) -> None:
    assert from_value(written) == shown


@pytest.mark.parametrize(
    ("url", "bare", "page"),
    [
        ("https://Shop.example/p/1?utm_source=x&b=2&a=1#top", "https://shop.example/p/1?a=1&b=2", None),
        ("https://shop.example/item?page=3", "https://shop.example/item", 3),
        ("https://shop.example/item/page/2/", "https://shop.example/item/", 2),
        ("https://shop.example/?p=1234", "https://shop.example/?p=1234", None),
        ("https://u:p@shop.example", "https://shop.example/", None),
        ("http://[broken", "http://[broken", None),
    ],
)
def test_addresses(url: str, bare: str, page: int | None) -> None:
    assert bare_url(url) == bare
    assert page_number(url) == page
