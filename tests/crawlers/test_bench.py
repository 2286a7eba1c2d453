"""The bench measures what it says: the same pages, whole and alone, and the memory of the process that crawls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import bench
from crawlers.bench_site import page
from crawlers.errors import CrawlError
from crawlers.report import Count, CrawlReport, Progress, TargetReport
from crawlers.sources.structured import parse
from crawlers.target import Target

PAGES = int(os.environ.get("SAYSO_LONG_PAGES", "100000"))
"""Pages of the long test of memory."""


def test_pages_of_the_endless_site_hold_what_they_say(make_page: object) -> None:
    assert callable(make_page)
    seen = set()
    for number in range(1, 400):
        parsed = parse(make_page(page("c", number, 2), f"https://shop.example/c?page={number}"))
        assert len(parsed.mentions) == 2 and not parsed.rejects
        assert all(
            mention.published_at and mention.rating and mention.author_hash for mention in parsed.mentions
        )
        seen |= {mention.native_id for mention in parsed.mentions}
    assert len(seen) == 2 * 399


def test_the_same_pages_are_crawled_and_fetched_alone() -> None:
    rounds: list[int] = []
    with bench.endless_site() as origin:
        manners = bench.rushed(urlsplit(origin).netloc)
        found = bench.compare(bench.chained(origin, 24, manners), manners, 1, rounds.append)
    assert (found["pages"], rounds) == (24, [0])
    speeds = [found[f"{name}_pages_per_minute"] for name in ("crawl", "fetch_alone", "plain_spider")]
    assert all(speed > 0 for speed in speeds)
    assert found["crawl_to_fetch_alone_of_each_round"] == [found["crawl_to_fetch_alone"]]


def test_a_crawl_that_fails_is_no_measurement() -> None:
    now = datetime.now(UTC)
    failed = TargetReport(
        target="t", kind="structured", outcome="failed", errors=[Count(what="HttpError: 500")]
    )
    report = CrawlReport(started_at=now, finished_at=now, targets=[failed])
    with pytest.raises(CrawlError, match="HttpError: 500"):
        bench._refuse_failures(report)


def test_paths_belong_to_the_target_they_lie_below() -> None:
    targets = [
        Target(name, "structured", f"http://x.example/{name}/") for name in ("shop/a", "shop/b", "blog")
    ]
    found = bench._by_target(["/shop/b/1", "/blog/feed", "/shop/a/", "/shop/b/2"], targets)
    assert [[urlsplit(url).path for url in urls] for urls in found] == [
        ["/shop/a/"], ["/shop/b/1", "/shop/b/2"], ["/blog/feed"],
    ]  # fmt: skip


def test_memory_is_sampled_while_pages_are_read(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    found = bench.memory(60, tmp_path, chains=2, told=lambda *what: told.append(what))
    assert (found["pages"], found["mentions"]) == (60, 60)
    assert told[-1] == ("pages", 60, 60)
    if sys.platform.startswith("linux"):
        assert found["peak_mb"] > 10


@given(slope=st.floats(-5, 5), start=st.floats(50, 500))
@settings(max_examples=50, deadline=None)
def test_growth_is_the_slope_after_the_first_fifth(slope: float, start: float) -> None:
    watch = bench.Watch(None, 10_000)
    for pages in range(0, 10_000, 100):
        loading = 0 if pages > 2_000 else 400  # what happens while everything is loaded does not count
        watch.samples.append((pages, start - loading + slope * pages / 10_000))
    assert watch.growth(10_000) == pytest.approx(slope, abs=0.01)
    assert len(watch.thinned()) <= 40 and watch.thinned()[-1] == watch.samples[-1]
    assert bench.Watch(None, 10).growth(10) is None


def test_pages_are_summed_over_targets() -> None:
    told: list[int] = []
    watch = bench.Watch(lambda _, done, __: told.append(done), 30)
    for name, pages in (("a", 3), ("b", 4), ("a", 5)):
        watch.told(Progress(name, "walking", pages=pages))
    assert told == [3, 7, 9]


@pytest.mark.long
def test_memory_is_flat_over_many_pages(tmp_path: Path) -> None:
    """Ten targets, one after the other; SAYSO_LONG_PAGES sets another number than 100,000."""
    found = bench.memory(PAGES, tmp_path)
    print(json.dumps(found))  # noqa: T201 - shown with `pytest -s`, and where it fails
    assert found["mentions"] == found["pages"] >= PAGES - 10
    assert found["growth_mb_per_10000_pages"] < 5
    assert found["peak_mb"] < found["rss_mb"][0][1] + 60


@pytest.mark.long
def test_the_command_prints_ratios_of_one_run() -> None:
    command = [sys.executable, "-c", "from app.cli import main; main()", "bench", "crawl", "--quiet"]
    command += ["--rounds", "1", "--small", "40", "--pages", "40"]
    done = subprocess.run([*command, "--no-ceiling"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["town"]["pages"] > 200 and 0 < found["town"]["crawl_to_fetch_alone"] < 2
    assert found["small_pages"]["pages"] == 40 and found["memory"]["mentions"] == 40
    assert found["scrapy_bench_pages_per_minute"] is None
