"""What the items of Stack Exchange's API mean, and how its key is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from crawlers.parsing import Page, Parsed
from crawlers.sources.stackexchange import host_of, parse
from crawlers.target import Target

MakePage = Callable[..., Page]
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
