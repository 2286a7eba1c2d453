"""What is each talking place's own: limits of searches, quotas, tokens. What all share: test_weather.py."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from open_social import Gdelt, HackerNews, Lemmy, Mastodon, StackExchange
from replays import ids, target

from crawlers.report import TargetReport
from crawlers.target import Target

Play = Generator[Target, TargetReport, None]
SCENARIOS: dict[str, Callable[[Any], Play]] = {}


def scenario(function: Callable[[Any], Play]) -> Callable[[Any], Play]:
    SCENARIOS[function.__name__] = function
    return function


@scenario
def hacker_news_is_read_beyond_its_thousand_hits(stage: Any) -> Play:
    replay = HackerNews(stage, 1_350)
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.errors) == ("done", 1_350, [])
    assert set(ids(stage)) == replay.ids()
    report = yield target(stage, replay)
    assert (report.new, report.pages) == (0, 1)


@scenario
def stack_exchange_is_read_beyond_its_25_pages(stage: Any) -> Play:
    replay = StackExchange(stage, 2_620)
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.errors) == ("done", 2_620, [])
    assert set(ids(stage)) == replay.ids()
    assert all(record["title"] == "Какой?" for record in stage.landed() if record["kind"] == "comment")


@scenario
def an_empty_quota_ends_the_run_by_name_and_the_next_one_goes_on(stage: Any) -> Play:
    replay = StackExchange(stage, 450)
    replay.quota = 5
    report = yield target(stage, replay)
    assert (report.outcome, report.new) == ("partial", 150)
    assert report.errors[0].what.startswith("RateLimited") and "key" in report.errors[0].next_step
    replay.quota, replay.backoff = 300, 1
    report = yield target(stage, replay)
    assert (report.outcome, report.new) == ("done", 300)
    assert set(ids(stage)) == replay.ids()


@scenario
def a_backoff_beyond_patience_ends_the_run_by_name(stage: Any) -> Play:
    replay = StackExchange(stage, 3)
    replay.backoff = 100_000
    report = yield target(stage, replay)
    assert (report.outcome, report.new) == ("failed", 0)
    assert "100000" in report.errors[0].next_step


@scenario
def comments_below_what_was_found_come_where_they_are_wanted(stage: Any) -> Play:
    replay = StackExchange(stage, 3)
    said = replay.item(4, "Labi") | {"answer_id": None, "question_id": None, "comment_id": 70, "post_id": 2}
    stage.site.json("/2.3/posts/*", lambda asked: replay.page(asked, [said]))
    report = yield target(stage, replay, comments=True)
    assert (report.outcome, report.new, report.errors) == ("done", 4, [])
    (found,) = [record for record in stage.landed() if record["kind"] == "reply"]
    assert (found["native_id"], found["parent_id"]) == ("comment-70", "2")


@scenario
def a_server_for_members_only_says_where_the_token_goes(stage: Any) -> Play:
    stage.site.answer("/api/v1/timelines/public", status=422)
    report = yield stage.target("/", "mastodon")
    assert report.outcome == "failed" and report.errors[0].what.startswith("MissingKey")
    assert stage.site.host in report.errors[0].next_step


@scenario
def a_limit_that_is_used_up_is_waited_out(stage: Any) -> Play:
    replay = Mastodon(stage, 60)
    inner = stage.site.routes[replay.path]

    def last_one(asked: Any) -> Any:
        answer = inner(asked)
        if "max_id" not in asked.query:
            soon = datetime.now(UTC) + timedelta(seconds=1)
            answer.headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": soon.isoformat()}
        return answer

    stage.site.serve(replay.path, last_one)
    report = yield target(stage, replay)
    times = [asked.at for asked in stage.site.asked if "timelines" in asked.path]
    assert (report.outcome, report.new) == ("done", 60)
    assert times[1] - times[0] > 0.9


@scenario
def a_search_of_lemmy_finds_posts_and_comments(stage: Any) -> Play:
    replay = Lemmy(stage, 120)
    report = yield target(stage, replay, f"{stage.site.url}/", query="Nordtel")
    assert (report.outcome, report.new, report.errors) == ("done", 120, [])
    report = yield target(stage, replay, f"{stage.site.url}/", query="Nordtel")
    assert (report.new, report.pages) == (0, 2)


@scenario
def a_community_of_lemmy_is_asked_for_by_name(stage: Any) -> Play:
    replay = Lemmy(stage, 4)
    report = yield target(stage, replay)
    lists = [asked for asked in stage.site.asked if asked.path.endswith("/list")]
    assert report.new == 4
    assert {asked.query["community_name"][0] for asked in lists} == {"telekomi"}


@scenario
def what_gdelt_says_in_words_with_200_is_an_error_with_its_words(stage: Any) -> Play:
    replay = Gdelt(stage, 3)
    report = yield target(stage, replay)
    assert report.new == 3
    assert replay.queries == {'"Nordtel" (sourcelang:latvian OR sourcelang:estonian)'}
    stage.site.serve(replay.path, "Your query was too short or too long.\n", content_type="text/html")
    report = yield target(stage, replay)
    assert report.outcome == "partial" and "too short" in report.errors[0].what


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("social") / "landing")
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
