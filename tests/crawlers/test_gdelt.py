"""What GDELT's articles mean, and how their spider slides down by time."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.sources.gdelt import parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
NOW = datetime.now(UTC).replace(microsecond=0)


def article(number: int = 9, **changes: Any) -> dict[str, Any]:
    return {
        "url": f"https://zinas.example/raksts/{number}",
        "url_mobile": "",
        "title": f"Nordtel ceļ cenas , klienti sūdzas ! 📈 №{number}",
        "seendate": "20260301T101500Z",
        "domain": "zinas.example",
        "language": "Latvian",
        "sourcecountry": "Latvia",
    } | changes


def read(make_page: MakePage, *articles: Any) -> Parsed:
    return parse(make_page(json.dumps({"articles": list(articles)})))


def test_an_article_becomes_a_mention(make_page: MakePage) -> None:
    (mention,) = read(make_page, article()).mentions
    assert (mention.source, mention.kind, mention.native_id) == (
        "gdelt:zinas.example", "post", "https://zinas.example/raksts/9",
    )  # fmt: skip
    assert (mention.text, mention.title, mention.lang) == (
        "Nordtel ceļ cenas, klienti sūdzas! 📈 №9",
        None,
        "lv",
    )
    assert (mention.published_at, mention.published_precision) == (
        datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
        "hour",
    )
    assert (mention.segments, mention.author_hash) == ({"country": "Latvia"}, None)


def test_no_articles_and_stray_backslashes(make_page: MakePage) -> None:
    assert parse(make_page("{}")) == parse(make_page('{"articles": []}')) == Parsed()
    body = json.dumps({"articles": [article(title="TITLE")]}).replace(
        "TITLE", r"Nordtel\'s \"best\" year \o/"
    )
    assert parse(make_page(body)).mentions[0].text == 'Nordtel\\\'s "best" year \\o/'


def test_what_cannot_be_taken_is_rejected_and_a_lost_field_is_told(make_page: MakePage) -> None:
    odd = article(3, seendate="yesterday", language=7)
    lost = {key: value for key, value in article(4).items() if key != "domain"}
    parsed = read(make_page, article(url="javascript:x"), article(2, title=" "), odd, lost, "x")
    assert [(mention.published_at is None, mention.lang) for mention in parsed.mentions] == [
        (True, None),
        (False, "lv"),
    ]
    assert [reject.reason for reject in parsed.rejects] == [
        "article without an address", "article without a headline", "article without an address",
    ]  # fmt: skip
    assert "items without 'domain': has the format changed?" in parsed.warnings


@pytest.mark.parametrize("body", [b"", b"[]", b'{"x": 1}', b'{"articles": 3}', b"<html>", b"\xff", b"{"])
def test_no_list_of_articles_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


def test_an_error_in_words_is_told(make_page: MakePage) -> None:
    with pytest.raises(ParseError, match="The specified phrase is too short"):
        parse(make_page("The specified phrase is too short.\n"))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
odd_article = st.fixed_dictionaries({}, optional=dict.fromkeys(article(), values)) | st.builds(
    article, title=st.text()
)


@settings(max_examples=60, deadline=None)
@given(articles=st.lists(odd_article | values, max_size=4))
def test_any_json_is_read_or_refused_by_name(articles: list[Any], make_page: MakePage) -> None:
    parsed = read(make_page, *articles)
    assert parsed.found == len(articles) == len(parsed.mentions) + len(parsed.rejects)
    for mention in parsed.mentions:
        assert mention.text
        mention.to_json().encode()


# --- the spider -------------------------------------------------------------------------------------------


class Gdelt:
    """Articles of the last months, newest first, 250 an answer at most."""

    def __init__(self, stage: Any, number: int) -> None:
        self.articles = [self.at(n, NOW - timedelta(minutes=15 * (n // 3))) for n in range(1, number + 1)]
        self.queries: set[str] = set()
        stage.site.json("/api/v2/doc/doc", self._answer)

    @staticmethod
    def at(number: int, when: datetime) -> dict[str, Any]:
        return article(number, seendate=f"{when:%Y%m%dT%H%M%SZ}")

    def _answer(self, asked: Any) -> Any:
        self.queries.update(asked.query["query"])
        start, end = asked.query["startdatetime"][0], asked.query["enddatetime"][0]
        assert start >= f"{NOW - timedelta(days=90):%Y%m%d%H%M%S}", "the API reaches back three months"
        stamps = [(one["seendate"].replace("T", "").rstrip("Z"), one) for one in self.articles]
        found = [
            one
            for stamp, one in sorted(stamps, key=lambda pair: pair[0], reverse=True)
            if start <= stamp <= end
        ]
        return {"articles": found[: int(asked.query["maxrecords"][0])]} if found else {}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("gdelt") / "landing")
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


def target(stage: Any, **more: Any) -> Target:
    options = {"api": stage.site.url, "languages": ["Latvian", "Estonian"]}
    return Target(stage.name, "gdelt", brand="Nordtel", options=options, **more)


def whole(stage: Any) -> Play:
    """Beyond what one answer holds, through a pause and a failure; to the watermark; then a sweep."""
    gdelt = Gdelt(stage, 900)
    failures = [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 500}]
    stage.site.first_answer("/api/v2/doc/doc", failures)
    report = yield target(stage)
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 900, [], [])
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 900
    assert gdelt.queries == {'"Nordtel" (sourcelang:latvian OR sourcelang:estonian)'}
    report = yield target(stage)
    assert (report.outcome, report.new, report.edited) == ("done", 0, 0)
    assert report.pages <= 2
    gdelt.articles[800]["title"] = "Nordtel labo virsrakstu"
    gdelt.articles.append(gdelt.at(5_000, NOW))
    report = yield target(stage, recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 1, 1)


def refused(stage: Any) -> Play:
    """What the API says in words with a status of 200 is an error, with its words."""
    stage.site.serve("/api/v2/doc/doc", "Your query was too short or too long.\n", content_type="text/html")
    report = yield target(stage)
    assert report.outcome == "partial" and "too short" in report.errors[0].what


def nothing(stage: Any) -> Play:
    """No article: done."""
    Gdelt(stage, 0)
    report = yield target(stage)
    assert (report.outcome, report.new, report.pages) == ("done", 0, 1)


SCENARIOS = {scenario.__name__: scenario for scenario in (whole, refused, nothing)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
