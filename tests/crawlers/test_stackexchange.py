"""What Stack Exchange's API means, item by item, and how its spider minds quota and backoff."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.sources.stackexchange import host_of, parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
SITE = "https://api.example/2.3/answers/9?site=ru.stackoverflow&filter=withbody"


def answer(number: int = 9, **changes: Any) -> dict[str, Any]:
    return {
        "answer_id": number,
        "question_id": 4,
        "body": f"<p>Пользуюсь Nordtel год, сеть не пропадает 👍 №{number}</p>",
        "creation_date": 1_772_359_200,
        "last_edit_date": 1_772_369_200,
        "score": -2,
        "owner": {
            "user_id": 77,
            "display_name": "Иван_77",
            "link": "https://ru.stackoverflow.com/users/77/x",
        },
    } | changes


def read(make_page: MakePage, *items: Any, url: str = SITE) -> Parsed:
    return parse(make_page(json.dumps({"items": list(items), "has_more": False}), url))


def test_an_answer_a_question_and_a_comment_become_mentions(make_page: MakePage) -> None:
    question = {key: value for key, value in answer().items() if key != "answer_id"}
    question |= {
        "title": "Какой &quot;оператор&quot;?",
        "answer_count": 3,
        "link": "https://ru.stackoverflow.com/q/4",
    }
    comment = answer(question_id=None, comment_id=5, answer_id=None, post_id=9)
    first, second, third = read(make_page, answer(), question, comment).mentions
    assert (first.source, first.kind, first.native_id, first.parent_id) == (
        "stackexchange:ru.stackoverflow.com", "comment", "9", "4",
    )  # fmt: skip
    assert first.text == "Пользуюсь Nordtel год, сеть не пропадает 👍 №9"
    assert (first.url, first.likes) == ("https://ru.stackoverflow.com/a/9", -2)
    assert first.edited_at is not None and first.published_at is not None
    assert (second.kind, second.native_id, second.title, second.replies) == (
        "post",
        "4",
        'Какой "оператор"?',
        3,
    )
    assert (third.kind, third.native_id, third.parent_id) == ("reply", "comment-5", "9")
    assert first.author_hash == second.author_hash == third.author_hash
    assert "Иван" not in first.to_json()


def test_code_and_quotes_are_nobodys_opinion(make_page: MakePage) -> None:
    body = "<blockquote>Nordtel is down</blockquote><p>Restart it.</p><pre><code>x = 1</code></pre>"
    parsed = read(make_page, answer(body=body), answer(10, body="<pre>y</pre>"), {"body": "x"})
    assert [mention.text for mention in parsed.mentions] == ["Restart it."]
    assert [reject.reason for reject in parsed.rejects] == ["no text of its own", "item without an id"]
    assert "items without 'owner': has the format changed?" in parsed.warnings


def test_excerpts_only_lead_to_texts(make_page: MakePage) -> None:
    assert read(make_page, answer(excerpt="... Nordtel ...")) == Parsed()


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("stackoverflow", "stackoverflow.com"),
        ("ru.stackoverflow", "ru.stackoverflow.com"),
        ("unix", "unix.stackexchange.com"),
        ("mathoverflow.net", "mathoverflow.net"),
    ],
)
def test_sites_by_name(name: str, host: str) -> None:
    assert host_of(name) == host


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"items": 3}', b"<html>", b"\xff"])
def test_no_answer_of_the_api_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
odd = st.fixed_dictionaries({}, optional=dict.fromkeys(answer(), values) | {"title": values, "link": values})


@settings(max_examples=60, deadline=None)
@given(items=st.lists(odd | values, max_size=4))
def test_any_json_is_read_or_refused_by_name(items: list[Any], make_page: MakePage) -> None:
    parsed = read(make_page, *items)
    assert parsed.found == len(items) == len(parsed.mentions) + len(parsed.rejects)
    for mention in parsed.mentions:
        assert mention.text
        mention.to_json().encode()


# --- the spider -------------------------------------------------------------------------------------------


class Api:
    """A site with questions (odd numbers) and answers (even numbers) that all fit the search."""

    def __init__(self, stage: Any, posts: int) -> None:
        self.site, self.quota, self.backoff, self.keys = stage.site, 300, 0, set[str]()
        self.posts = {number: self._post(number) for number in range(1, posts + 1)}
        stage.site.json("/2.3/search/excerpts", self._search)
        stage.site.json("/2.3/questions/*", self._some)
        stage.site.json("/2.3/answers/*", self._some)

    def add(self, number: int) -> None:
        self.posts[number] = self._post(number)

    @staticmethod
    def _post(number: int) -> dict[str, Any]:
        post = answer(number, creation_date=1_700_000_000 + number * 60, question_id=number - 1)
        return post if number % 2 == 0 else {**post, "answer_id": None, "question_id": number}

    def _search(self, asked: Any) -> Any:
        assert asked.query["site"] == ["ru.stackoverflow"]
        lower, upper = (
            int(asked.query.get(name, [default])[0])
            for name, default in (("fromdate", "0"), ("todate", "9999999999"))
        )
        found = [post for post in self.posts.values() if lower <= post["creation_date"] <= upper]
        found.sort(key=lambda post: -post["creation_date"])
        keys = ("answer_id", "question_id", "creation_date")
        found = [
            {key: post[key] for key in keys if post[key]} | {"excerpt": "…", "title": "Какой?"}
            for post in found
        ]
        return self._page(asked, found)

    def _some(self, asked: Any) -> Any:
        numbers = asked.path.rpartition("/")[2].split(";")
        assert asked.query["filter"] == ["withbody"] and len(numbers) <= 100
        return self._page(asked, [self.posts[int(number)] for number in numbers])

    def _page(self, asked: Any, items: list[Any]) -> Any:
        page, size = int(asked.query["page"][0]), int(asked.query["pagesize"][0])
        self.keys.update(asked.query.get("key", []))
        assert page <= 25, "the API answers no page above 25 without a key"
        self.quota -= 1
        value = {"items": items[(page - 1) * size : page * size], "has_more": len(items) > page * size}
        return value | {"quota_remaining": self.quota, "backoff": self.backoff}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    found: dict[str, Exception | None] = play(SCENARIOS, make_home(tmp_path_factory.mktemp("se") / "landing"))
    return found


def target(stage: Any, **more: Any) -> Target:
    options = {"api": stage.site.url, "query": "Nordtel", "site": "ru.stackoverflow"}
    return Target(stage.name, "stackexchange", options=options, **more)


def whole(stage: Any) -> Play:
    """Beyond the pages of one search, through a pause and a failure; to the watermark; then a sweep."""
    api = Api(stage, 2_620)
    stage.site.first_answer(
        "/2.3/search/excerpts", [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 502}]
    )
    report = yield target(stage)
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 2_620, [], [])
    landed = stage.landed()
    assert len({record["native_id"] for record in landed}) == len(landed) == 2_620
    assert all(record["title"] == "Какой?" for record in landed if record["kind"] == "comment")
    report = yield target(stage)
    assert (report.outcome, report.new, report.edited) == ("done", 0, 0)
    assert report.pages < 10
    api.posts[5]["body"] = "<p>Поправил: стало лучше</p>"
    api.add(3_000)
    report = yield target(stage, recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 1, 1)


def quota(stage: Any) -> Play:
    """An empty quota ends the run by name; the next one goes on, and nothing is missing."""
    api = Api(stage, 450)
    api.quota = 5
    report = yield target(stage)
    assert (report.outcome, report.new) == ("partial", 150)
    assert report.errors[0].what.startswith("RateLimited") and "key" in report.errors[0].next_step
    api.quota, api.backoff = 300, 1
    report = yield target(stage)
    assert (report.outcome, report.new) == ("done", 300)
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 450


def told_to_wait(stage: Any) -> Play:
    """A backoff longer than the manners' patience ends the run by name."""
    Api(stage, 3).backoff = 100_000
    report = yield target(stage)
    assert (report.outcome, report.new) == ("failed", 0)
    assert "100000" in report.errors[0].next_step


def comments(stage: Any) -> Play:
    """The comments below what was found, where they are wanted."""
    api, said = Api(stage, 3), answer(question_id=None, answer_id=None, comment_id=70, post_id=2)
    stage.site.json("/2.3/posts/*", lambda asked: api._page(asked, [said]))
    one = target(stage)
    report = yield replace(one, options={**one.options, "comments": True})
    assert (report.outcome, report.new, report.errors) == ("done", 4, [])
    (found,) = [record for record in stage.landed() if record["kind"] == "reply"]
    assert (found["native_id"], found["parent_id"]) == ("comment-70", "2")


SCENARIOS = {scenario.__name__: scenario for scenario in (whole, quota, told_to_wait, comments)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error


def test_the_key_goes_out_and_shows_nowhere(site: Any, home: Any, quick: Any, tmp_path: Any) -> None:
    from crawlers.authors import AuthorHasher
    from crawlers.run import crawl

    site.json("/2.3/search/excerpts", {"items": [], "has_more": False})
    site.answer("/2.3/gone", status=404)
    one = Target("one", "stackexchange", options={"api": site.url, "query": "a"})
    two = Target("two", "stackexchange", options={"api": f"{site.url}/2.3/gone", "query": "a"})
    secrets = {"stackexchange": {"key": "k3y,of=ours"}}
    log = tmp_path / "crawl.log"
    report = crawl([one, two], home.root, AuthorHasher(b"test"), quick(), secrets=secrets, log=log)
    assert [asked.query["key"] for asked in site.asked if asked.path != "/robots.txt"] == [
        ["k3y,of=ours"]
    ] * 2
    assert [found.outcome for found in report.targets] == ["done", "failed"]
    files = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    for shown in (report.model_dump_json().encode(), log.read_bytes(), *files):
        assert b"k3y" not in shown
