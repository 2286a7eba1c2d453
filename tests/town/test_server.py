"""How the town answers: conditional requests, changes while it runs, many at once, the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.town import Town, config, serve
from pipeline.config import load
from tests.town.conftest import ROOT_PATHS, Client


@pytest.mark.parametrize("path", ROOT_PATHS)
def test_an_unchanged_page_is_304_by_etag_and_by_date(web: Client, path: str) -> None:
    first = web.get(path)
    assert first.status == 200
    assert web.get(path, If_None_Match=first.headers["ETag"]).status == 304
    assert web.get(path, If_Modified_Since=first.headers["Last-Modified"]).status == 304
    again = web.get(path, If_None_Match='"other"', If_Modified_Since=first.headers["Last-Modified"])
    assert (again.status, again.body) == (200, first.body)


@pytest.mark.parametrize(
    "date", ["yesterday", "", "Sat, 31 Oct 1026 00:00:00 GMT", "Sat, 31 Oct 2026 18:00:00 -0000"]
)
def test_a_strange_date_is_no_error(web: Client, date: str) -> None:
    assert web.get("/blog/feed/", If_Modified_Since=date).status == 200


def test_head_has_no_body(web: Client) -> None:
    reply = web.get("/blog/feed/", method="HEAD")
    assert reply.status == 200
    assert reply.body == b""
    assert web.get("/blog/feed/").status == 200


def test_the_same_town_sends_the_same_bytes() -> None:
    with serve(Town(ordinary=500)) as first, serve(Town(ordinary=500)) as second:
        one, other = Client(first), Client(second)
        for path in ROOT_PATHS:
            mine = one.get(path).body.replace(first.origin.encode(), b"origin")
            assert mine == other.get(path).body.replace(second.origin.encode(), b"origin")


def test_an_edit_is_seen_at_once_and_only_there(small: Client) -> None:
    town = small.running.town
    posts = small.get("/forum/posts.json").json["latest_posts"]
    others = small.get("/shop/nordvila/")
    town.edit(str(posts[0]["id"]), "Vairs ne <b>tā</b>.")
    changed = small.get("/forum/posts.json").json["latest_posts"]
    assert changed[0]["version"] == 2
    assert changed[0]["updated_at"] > changed[0]["created_at"]
    assert "Vairs ne &lt;b&gt;tā" in changed[0]["cooked"]
    assert changed[1:] == posts[1:]
    assert small.get("/shop/nordvila/").headers["ETag"] == others.headers["ETag"]


def test_an_edited_review_keeps_its_id(small: Client) -> None:
    town = small.running.town
    review = next(each for each in town.entries if each.place == "shop")
    town.edit(review.native_id, "Tomēr labi.")
    assert next(each for each in town.truth() if each.native_id == review.native_id).text == "Tomēr labi."
    with pytest.raises(KeyError):
        town.edit("urn:town:review:0", "nobody")


def test_added_mentions_come_after_all_others_in_all_places(small: Client) -> None:
    town = small.running.town
    before = {each.native_id for each in town.truth()}
    latest = max(each.at for each in town.entries)
    added = town.add(6)
    assert len(added) == len(set(added)) == 6
    assert not before & set(added)
    fresh = [each for each in town.truth() if each.native_id in added]
    assert {each.source_kind for each in fresh} == {"structured", "discourse", "feed"}
    assert all(each.published_at > latest for each in fresh)
    assert str(small.get("/forum/posts.json").json["latest_posts"][0]["id"]) in added
    assert len(town.truth()) == len(before) + 6


def test_added_mentions_are_the_same_for_the_same_town() -> None:
    texts = []
    for _ in range(2):
        town = Town(seed=5, ordinary=100)
        added = [*town.add(4), *town.add(3)]
        known = {each.native_id: each.text for each in town.truth()}
        texts.append([known[each] for each in added])
    assert texts[0] == texts[1]
    assert len(set(texts[0])) == 7


def test_many_at_once(web: Client) -> None:
    paths = [f"/forum/t/{number}.json" for number in range(1, 120)]

    def fetch(path: str) -> int:
        with urllib.request.urlopen(web.running.origin + path, timeout=20) as answer:
            return int(json.loads(answer.read())["id"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fetch, paths)) == list(range(1, 120))


def test_it_is_fast_enough_for_any_crawler(web: Client) -> None:
    web.get("/shop/nordvila/")
    began = time.perf_counter()
    for _ in range(300):
        web.get("/shop/nordvila/")
    assert 300 / (time.perf_counter() - began) > 200


def test_the_port_is_free_afterwards() -> None:
    town = Town(seed=1, ordinary=20)
    with serve(town) as running:
        port = int(running.origin.rpartition(":")[2])
    with serve(town, port) as again:
        assert again.origin == running.origin


def test_the_example_config_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "sayso.toml"
    path.write_text(config("http://127.0.0.1:9999"), encoding="utf-8")
    loaded = load(path)
    assert [brand.name for brand in loaded.brands] == ["Nordvila", "Vintrel", "Kometra"]
    assert {target.kind for target in loaded.targets} == {"structured", "discourse", "feed"}
    assert all((target.url or "").startswith("http://127.0.0.1:9999/") for target in loaded.targets)
    assert loaded.crawl.allow_private == ["127.0.0.1"]


def test_the_command_prints_its_address_and_serves() -> None:
    command = [sys.executable, "-m", "data.town", "--port", "0", "--seed", "7"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            with urllib.request.urlopen(told["origin"] + "/robots.txt", timeout=10) as answer:
                assert b"Sitemap:" in answer.read()
        finally:
            process.terminate()
