"""What GDELT's articles mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.sources.gdelt import parse

MakePage = Callable[..., Page]
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


def test_an_error_in_words_is_told(make_page: MakePage) -> None:
    with pytest.raises(ParseError, match="The specified phrase is too short"):
        parse(make_page("The specified phrase is too short.\n"))
