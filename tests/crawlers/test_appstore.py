"""What the App Store's feed means, entry by entry, and how its spider goes through countries."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.sources.appstore import parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
URL = "https://itunes.apple.com/ee/rss/customerreviews/page=1/id=4711/sortby=mostrecent/json"
APP = {"im:name": {"label": "Nordtel"}, "id": {"label": "https://apps.apple.com/ee/app/nordtel/id4711"}}


def label(value: Any) -> dict[str, Any]:
    return {"label": value}


def entry(number: int = 9, **changes: Any) -> dict[str, Any]:
    return {
        "id": label(str(number)),
        "author": {"name": label("Õnne Ööbik"), "uri": label("https://itunes.apple.com/ee/reviews/id880077")},
        "im:version": label("4.2.1"),
        "im:rating": label("2"),
        "title": label("Ei tööta"),
        "content": {"label": f"Rakendus jookseb kokku 😡 #{number}", "attributes": {"type": "text"}},
        "updated": label("2026-03-01T03:00:00-07:00"),
        "im:voteSum": label("5"),
        "im:voteCount": label("6"),
        "link": {"attributes": {"href": "https://itunes.apple.com/ee/review?id=4711&type=Purple%20Software"}},
    } | changes


def read(make_page: MakePage, entries: Any, url: str = URL) -> Parsed:
    return parse(make_page(json.dumps({"feed": {"entry": entries}}), url))


def test_a_review_becomes_a_mention(make_page: MakePage) -> None:
    parsed = read(make_page, [APP, entry()])
    (mention,) = parsed.mentions
    assert (mention.source, mention.kind, mention.native_id) == ("appstore:apps.apple.com", "review", "9")
    assert (mention.title, mention.text) == ("Ei tööta", "Rakendus jookseb kokku 😡 #9")
    assert (mention.rating, mention.rating_min, mention.rating_max) == (2, 1, 5)
    assert (mention.product, mention.segments) == ("Nordtel", {"country": "ee", "app_version": "4.2.1"})
    assert mention.published_at is not None
    assert mention.published_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert mention.likes == 5 and mention.author_hash
    assert "Ööbik" not in mention.to_json() and "880077" not in mention.to_json()
    assert (parsed.found, parsed.rejects, parsed.warnings) == (1, [], [])


def test_one_entry_and_none(make_page: MakePage) -> None:
    assert [mention.native_id for mention in read(make_page, entry()).mentions] == ["9"]
    assert parse(make_page('{"feed": {"title": {"label": "x"}}}', URL)) == Parsed()


def test_what_lacks_its_stars_is_told(make_page: MakePage) -> None:
    lost = {key: value for key, value in entry().items() if key != "im:rating"}
    parsed = read(make_page, [lost, entry(2, **{"im:rating": label("11")}), entry(3, id=None), "x"])
    assert [(mention.native_id, mention.rating) for mention in parsed.mentions] == [("2", None)]
    assert len(parsed.rejects) == 3
    assert "items without 'im:rating': has the format changed?" in parsed.warnings


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"feed": {"entry": 3}}', b"<html>", b"\xff"])
def test_no_feed_of_the_store_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["label", "attributes", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
odd = st.fixed_dictionaries({}, optional=dict.fromkeys(entry(), values) | {"im:name": values})


@settings(max_examples=60, deadline=None)
@given(entries=st.lists(odd | values, max_size=4) | odd)
def test_any_json_is_read_or_refused_by_name(entries: Any, make_page: MakePage) -> None:
    parsed = read(make_page, entries)
    assert parsed.found == len(parsed.mentions) + len(parsed.rejects)
    for mention in parsed.mentions:
        assert mention.text or mention.rating is not None
        mention.to_json().encode()


# --- the spider -------------------------------------------------------------------------------------------


class Store:
    """Reviews by country, fifty a page, ten pages at most."""

    def __init__(self, stage: Any, **countries: int) -> None:
        self.reviews = {
            country: [entry(1_000 * place + n) for n in range(number, 0, -1)]
            for place, (country, number) in enumerate(countries.items(), 1)
        }
        for country in countries:
            for page in range(1, 11):
                path = f"/{country}/rss/customerreviews/page={page}/id=4711/sortby=mostrecent/json"
                stage.site.json(path, lambda _, country=country, page=page: self._page(country, page))

    def _page(self, country: str, page: int) -> Any:
        shown = self.reviews[country][(page - 1) * 50 : page * 50]
        entries: Any = [APP, *shown] if page == 1 else shown
        return {"feed": {"entry": entries[0] if len(entries) == 1 else entries}} if shown else {"feed": {}}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("appstore") / "landing")
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


def target(stage: Any, *countries: str, **more: Any) -> Target:
    options = {"api": stage.site.url, "app": 4711, "countries": list(countries)}
    return Target(stage.name, "appstore", options=options, **more)


def whole(stage: Any) -> Play:
    """Every country to its last page, through a pause and a failure; to the watermark; then a sweep."""
    store = Store(stage, lv=500, ee=51, cz=100)
    first = "/lv/rss/customerreviews/page=1/id=4711/sortby=mostrecent/json"
    stage.site.first_answer(first, [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 500}])
    report = yield target(stage, "lv", "ee", "cz")
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 651, [], [])
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 651
    assert {record["segments"]["country"] for record in stage.landed()} == {"lv", "ee", "cz"}
    report = yield target(stage, "lv", "ee", "cz")
    assert (report.outcome, report.new, report.edited, report.pages) == ("done", 0, 0, 3)
    store.reviews["lv"][400] |= {"content": label("Tagad darbojas")}
    store.reviews["ee"].insert(0, entry(9_999))
    report = yield target(stage, "lv", "ee", "cz", recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 1, 1)


def fallen_silent(stage: Any) -> Play:
    """A feed that is empty for hours does not end the target, and is told."""
    store = Store(stage, lv=60)
    report = yield target(stage, "lv")
    assert report.new == 60
    kept, store.reviews["lv"] = store.reviews["lv"], []
    report = yield target(stage, "lv")
    assert report.outcome == "partial" and any("empty now" in warning for warning in report.warnings)
    store.reviews["lv"] = [entry(7_000), *kept]
    report = yield target(stage, "lv")
    assert (report.outcome, report.new) == ("done", 1)


def broken_off(stage: Any) -> Play:
    """A page's number shifts with every new review: after a break, the walk goes to the end once more."""
    store = Store(stage, lv=230)
    third = "/lv/rss/customerreviews/page=3/id=4711/sortby=mostrecent/json"
    yield target(stage, "lv")
    store.reviews["lv"] = [*(entry(20_000 + n) for n in range(120)), *store.reviews["lv"]]
    stage.site.first_answer(third, [{"status": 500}] * 3)
    report = yield target(stage, "lv")
    assert (report.outcome, report.new) == ("partial", 100)
    report = yield target(stage, "lv")
    assert (report.outcome, report.new) == ("done", 20)


def no_country(stage: Any) -> Play:
    """A target without a country says what it lacks."""
    report = yield target(stage)
    assert report.outcome == "failed" and report.errors[0].what.startswith("BadTarget")


SCENARIOS = {scenario.__name__: scenario for scenario in (whole, fallen_silent, broken_off, no_country)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
