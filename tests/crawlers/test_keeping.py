"""What may be kept for a time only lands again in a sweep; who was forgotten lands no more."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

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
