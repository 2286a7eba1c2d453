"""What a crawl is measured on: the sample town, and a site without end of small pages."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.collecting import targets_of
from app.demo import town
from app.progress import Report
from app.verbs.homes import DATA
from crawlers import bench
from pipeline.config import Config


def bench_crawling(report: Report, *, rounds: int, small: int, pages: int, ceiling: bool) -> dict[str, Any]:
    """Speed on the town and on small pages, Scrapy's own ceiling, and memory over `pages` pages."""
    return {
        "town": _town(report, rounds),
        "small_pages": _small(report, rounds, small),
        "scrapy_bench_pages_per_minute": bench.scrapy_bench() if ceiling else None,
        "memory": _memory(report, pages) if pages else None,
    }


def _town(report: Report, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="sayso-bench-") as folder:
        asked = Path(folder) / "asked"
        with town(0, log=asked) as origin:
            text = (DATA / "town" / "sayso.toml").read_text(encoding="utf-8").replace("{origin}", origin)
            targets = targets_of(Config.model_validate(tomllib.loads(text)))
            manners = bench.rushed(urlsplit(origin).netloc)
            once = bench.recorded(targets, asked, manners)
            return bench.compare(once, manners, rounds, lambda done: report("rounds, town", done, rounds))


def _small(report: Report, rounds: int, pages: int) -> dict[str, Any]:
    with bench.endless_site() as origin:
        manners = bench.rushed(urlsplit(origin).netloc)
        once = bench.chained(origin, pages, manners)
        return bench.compare(once, manners, rounds, lambda done: report("rounds, small pages", done, rounds))


def _memory(report: Report, pages: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="sayso-bench-") as folder:
        return bench.memory(pages, Path(folder), told=report)
