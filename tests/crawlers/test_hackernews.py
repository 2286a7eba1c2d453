"""What the Hacker News search means, hit by hit, and how its spider slides down by time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.sources.hackernews import parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]


def hit(number: int = 90, **changes: Any) -> dict[str, Any]:
    return {
        "objectID": str(number),
        "author": "kalnins_77",
        "comment_text": f"<p>Nordtel šķiet lēns 🙂 #{number}",
        "story_title": "Ask HN: Mobile internet in Rīga?",
        "story_id": 5,
        "parent_id": 5,
        "points": None,
        "created_at": "2026-03-01T10:00:00Z",
        "created_at_i": 1_772_359_200,
        "_tags": ["comment", "author_kalnins_77", "story_5"],
    } | changes


def read(make_page: MakePage, *hits: Any) -> Parsed:
    return parse(make_page(json.dumps({"hits": list(hits), "nbHits": len(hits), "nbPages": 1, "page": 0})))


def test_a_comment_becomes_a_mention(make_page: MakePage) -> None:
    (mention,) = read(make_page, hit()).mentions
    assert (mention.source, mention.kind, mention.native_id) == (
        "hackernews:news.ycombinator.com",
        "comment",
        "90",
    )
    assert (mention.text, mention.title) == (
        "Nordtel šķiet lēns 🙂 #90",
        "Ask HN: Mobile internet in Rīga?",
    )
    assert (mention.parent_id, mention.url) == ("5", "https://news.ycombinator.com/item?id=90")
    assert mention.published_at is not None
    assert mention.published_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert mention.author_hash and "kalnins" not in mention.to_json()


def test_stories_replies_quotes_and_handles(make_page: MakePage) -> None:
    link = hit(
        1,
        comment_text=None,
        title="Nordtel opens",
        points=12,
        num_comments=4,
        _tags=["story"],
        parent_id=None,
    )
    asks = hit(
        2, comment_text=None, title="Ask HN: fibre?", story_text="<p>Kurš ir labākais?", _tags=["story"]
    )
    reply = hit(3, parent_id=90, comment_text="<p>&gt; šķiet lēns<p>Nav taisnība, @janis, pie manis ātrs")
    first, second, third = read(make_page, link, asks, reply).mentions
    assert (first.kind, first.text, first.title, first.likes, first.replies) == (
        "post",
        "Nordtel opens",
        None,
        12,
        4,
    )
    assert (second.kind, second.text, second.title) == ("post", "Kurš ir labākais?", "Ask HN: fibre?")
    assert (third.kind, third.parent_id, third.text) == ("reply", "90", "Nav taisnība, @user, pie manis ātrs")


def test_what_cannot_be_taken_is_rejected_and_a_lost_field_is_told(make_page: MakePage) -> None:
    lost = {key: value for key, value in hit().items() if key != "author"}
    parsed = read(make_page, hit(1, comment_text="<p>&gt; only a quote"), hit(2, objectID=None), lost, 7)
    assert [mention.native_id for mention in parsed.mentions] == ["90"]
    assert [reject.reason for reject in parsed.rejects] == [
        "no text of its own",
        "hit without an id",
        "hit without an id",
    ]
    assert "items without 'author': has the format changed?" in parsed.warnings
    assert parsed.found == 4


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"hits": 3}', b"<html>", b"\xff"])
def test_no_search_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
odd = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(hit(), values) | {"title": values, "story_text": values}
)


@settings(max_examples=60, deadline=None)
@given(hits=st.lists(odd | values, max_size=4))
def test_any_json_is_read_or_refused_by_name(hits: list[Any], make_page: MakePage) -> None:
    parsed = read(make_page, *hits)
    assert parsed.found == len(hits) == len(parsed.mentions) + len(parsed.rejects)
    for mention in parsed.mentions:
        assert mention.text
        mention.to_json().encode()


# --- the spider -------------------------------------------------------------------------------------------


class Search:
    """The search with its limit of 1,000 hits a query."""

    def __init__(self, stage: Any, hits: list[dict[str, Any]]) -> None:
        self.hits, self.site = hits, stage.site
        stage.site.json("/api/v1/search_by_date", self._answer)

    def _answer(self, asked: Any) -> Any:
        filters = asked.query.get("numericFilters", [""])[0]
        lower = int(found[1]) if (found := re.search(r"created_at_i>(\d+)", filters)) else 0
        upper = int(found[1]) if (found := re.search(r"created_at_i<=(\d+)", filters)) else 2**40
        assert asked.query["query"] == ['"Nordtel"']
        fitting = [one for one in self.hits if lower < one["created_at_i"] <= upper]
        fitting.sort(key=lambda one: (-one["created_at_i"], one["objectID"]))
        page, size = int(asked.query["page"][0]), int(asked.query["hitsPerPage"][0])
        shown = fitting[:1_000][page * size : (page + 1) * size]
        pages = -(-min(len(fitting), 1_000) // size)
        return {"hits": shown, "nbHits": len(fitting), "nbPages": pages, "page": page}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    found: dict[str, Exception | None] = play(SCENARIOS, make_home(tmp_path_factory.mktemp("hn") / "landing"))
    return found


def target(stage: Any, **more: Any) -> Target:
    options = {"api": stage.site.url, "query": "Nordtel"}
    return Target(stage.name, "hackernews", options=options, **more)


def whole(stage: Any) -> Play:
    """To the end beyond the limit of hits, through a pause and a failure; then to the watermark; then a sweep."""
    hits = [hit(n, created_at_i=1_700_000_000 + n // 3 * 60) for n in range(1, 2_351)]
    search = Search(stage, hits)
    stage.site.first_answer(
        "/api/v1/search_by_date",
        [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 500}],
    )
    report = yield target(stage)
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 2_350, [], [])
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 2_350
    stage.site.asked.clear()
    report = yield target(stage)
    assert (report.outcome, report.new, report.edited, report.pages) == ("done", 0, 0, 1)
    hits[3]["comment_text"] = "<p>Nordtel: labots"
    search.hits.append(hit(9_000, created_at_i=1_750_000_000))
    report = yield target(stage)
    assert (report.new, report.edited) == (1, 0)
    report = yield target(stage, recheck_days=0)
    assert (report.new, report.edited) == (0, 1)


def broken_off(stage: Any) -> Play:
    """A walk that fails in the middle is gone on with where it was; nothing is missing and nothing twice."""
    search = Search(stage, [hit(n, created_at_i=1_700_000_000 + n) for n in range(1, 451)])
    stage.site.first_answer(
        "/api/v1/search_by_date", [{"status": 500}] * 3, lambda asked: asked.query["page"] == ["2"]
    )
    report = yield target(stage)
    assert (report.outcome, report.new) == ("partial", 200)
    search.hits.append(hit(900, created_at_i=1_700_009_000))
    report = yield target(stage)
    assert (report.outcome, report.new) == ("done", 251)
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 451


def nothing(stage: Any) -> Play:
    """No hits: done, and the silence is told."""
    Search(stage, [])
    report = yield target(stage)
    assert (report.outcome, report.new, report.pages) == ("done", 0, 1)
    assert report.warnings


def changed(stage: Any) -> Play:
    """An answer of another form is an error, not an end."""
    stage.site.json("/api/v1/search_by_date", {"results": []})
    report = yield target(stage)
    assert report.outcome == "partial" and report.errors[0].what.startswith("ParseError")


SCENARIOS = {scenario.__name__: scenario for scenario in (whole, broken_off, nothing, changed)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
