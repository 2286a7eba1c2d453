"""What may be kept for a time only lands again in a sweep; who was forgotten lands no more."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from replays import answered, items

from crawlers import registry
from crawlers.mention import mention_id
from crawlers.target import Target

pytestmark = pytest.mark.usefixtures("forum")


def wanted(site: Any, **more: Any) -> Target:
    return Target("forum", "discourse", site.url + "/", **more)


def lines(home: Any) -> Counter[str]:
    return Counter(record["native_id"] for record in home.landed())


def test_a_sweep_lands_again_what_is_still_there(site: Any, forum: Any, home: Any) -> None:
    for number in range(3):
        forum.add(f"Ziņa {number}")
    home.crawl(wanted(site, keep_days=30))
    assert set(lines(home).values()) == {1}
    report = home.crawl(wanted(site, keep_days=30)).targets[0]
    assert (report.known, set(lines(home).values())) == (3, {1})  # no sweep is due
    lost = forum.posts.pop(0)
    report = home.crawl(wanted(site, keep_days=30, recheck_days=0)).targets[0]
    assert (report.new, report.edited, report.known) == (0, 0, 2)
    assert lines(home).pop(str(lost["id"])) == 1
    assert sorted(lines(home).values()) == [1, 2, 2]
    first, again = (r for r in home.landed() if r["native_id"] == str(forum.posts[0]["id"]))
    assert again["collected_at"] > first["collected_at"] and again["text"] == first["text"]
    home.crawl(wanted(site, keep_days=30, recheck_days=0))
    assert sorted(lines(home).values()) == [1, 2, 2]  # they have time enough left


def test_a_sweep_lands_nothing_again_where_nothing_limits_it(site: Any, forum: Any, home: Any) -> None:
    forum.add("Ziņa")
    home.crawl(wanted(site))
    assert home.crawl(wanted(site, recheck_days=0)).targets[0].known == 1
    assert set(lines(home).values()) == {1}


def test_a_sweep_that_breaks_off_goes_on_refreshing(site: Any, forum: Any, home: Any) -> None:
    forum.per_page = 2
    for number in range(6):
        forum.add(f"Ziņa {number}")
    home.crawl(wanted(site, keep_days=30))
    site.first_answer("/posts.json", [{"status": 500}] * 3, lambda asked: "before" in asked.query)
    sweep = wanted(site, keep_days=30, recheck_days=0)
    assert home.crawl(sweep).targets[0].outcome == "partial"
    home.crawl(sweep)
    assert min(lines(home).values()) == 2


def test_a_forgotten_author_and_mention_do_not_come_back(site: Any, forum: Any, home: Any) -> None:
    forum.add("paliek", username="Ana")
    gone = forum.add("aiziet", username="Zane")
    home.crawl(wanted(site))
    by_id = {record["native_id"]: record for record in home.landed()}
    author = by_id[str(gone["id"])]["author_hash"]
    (home.root / "forgotten.jsonl").write_text(json.dumps({"author_hash": author, "at": "now"}) + "\n")
    forum.add("jauna no tās pašas", username="Zane")
    gone |= {"cooked": "<p>labots</p>", "version": 2, "updated_at": "2026-04-01T10:00:00.000Z"}
    forum.add("cita", username="Ieva")
    report = home.crawl(wanted(site, recheck_days=0)).targets[0]
    assert (report.outcome, report.new, report.edited) == ("done", 1, 0)
    assert [record["text"] for record in home.landed()] == ["aiziet", "paliek", "cita"]
    assert not any("tās pašas" in record["text"] or "labots" in record["text"] for record in home.landed())


def told_gone(home: Any) -> list[str]:
    path = home.root / "gone.jsonl"
    lines = path.read_text().split("\n") if path.exists() else []
    return [json.loads(line)["mention_id"] for line in lines if line]


def test_what_its_source_deleted_is_told_once_and_lands_again_if_it_comes_back(
    site: Any, forum: Any, home: Any
) -> None:
    forum.add("paliek")
    post = forum.add("pazudīs")
    never = forum.add("nekad", user_deleted=True)
    home.crawl(wanted(site))
    assert told_gone(home) == []  # what was never held need not be given up
    post["user_deleted"] = True
    home.crawl(wanted(site, recheck_days=0))
    source = f"discourse:{site.host}"
    assert told_gone(home) == [mention_id(source, str(post["id"]))]
    home.crawl(wanted(site, recheck_days=0))
    assert len(told_gone(home)) == 1
    post["user_deleted"] = never["user_deleted"] = False
    report = home.crawl(wanted(site, recheck_days=0)).targets[0]
    assert report.new == 2
    assert lines(home)[str(post["id"])] == 2


DELETED: dict[str, Any] = {
    "reddit": lambda item: item.update(body="[removed]", selftext="[deleted]", author="[deleted]"),
    "lemmy": lambda item: (item.get("comment") or item["post"]).update(deleted=True),
    "nodebb": lambda item: item.update(deleted=1, content=""),
    "discourse": lambda item: item.update(user_deleted=True, cooked=""),
}


@pytest.mark.parametrize("kind", DELETED)
def test_a_deleted_item_is_known_by_its_id(kind: str, make_page: Any) -> None:
    alive = items(kind, "Labs tīkls", "Lēns atbalsts")
    url = f"https://x.example/{kind}"
    there = registry.parse(kind, make_page(answered(kind, alive), url)).mentions
    for item in alive:
        DELETED[kind](item)
    parsed = registry.parse(kind, make_page(answered(kind, alive), url))
    assert there and not parsed.mentions
    assert {reject.gone for reject in parsed.rejects} == {mention_id(m.source, m.native_id) for m in there}


BOARDS = {
    "xenforo": '<html id="XF"><body><article class="message {0}" data-author="A" data-content="post-7"><div class="bbWrapper">Labs</div></article></body></html>',
    "phpbb": '<html><body id="phpbb"><div id="p7" class="post {0}"><p class="author">by <a class="username">A</a></p><div class="content">Labs</div></div></body></html>',
    "vbulletin": '<html><body><ol id="posts"><li id="post_7" class="postcontainer {0}"><div class="username">A</div><blockquote class="postcontent">Labs</blockquote></li></ol></body></html>',
}  # fmt: skip
MARKS = {"xenforo": "message--deleted", "phpbb": "deleted", "vbulletin": "postbitdeleted"}


@pytest.mark.parametrize("kind", BOARDS)
def test_a_deleted_post_of_a_board_is_known_by_its_id(kind: str, make_page: Any) -> None:
    there = registry.parse(kind, make_page(BOARDS[kind].format(""))).mentions
    (reject,) = registry.parse(kind, make_page(BOARDS[kind].format(MARKS[kind]))).rejects
    assert [mention_id(m.source, m.native_id) for m in there] == [reject.gone]
    assert "Labs" not in reject.raw
