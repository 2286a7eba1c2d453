"""How fast a crawl is here, beside fetching the same pages alone, and whether its memory stays flat.

Measured and printed, never asserted: machines are noisy, so ratios within one run are what counts.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from crawlers.authors import AuthorHasher
from crawlers.errors import CrawlDied, CrawlError
from crawlers.fetch import Fetcher
from crawlers.report import CrawlReport, Progress
from crawlers.run import crawl
from crawlers.settings import Manners, scrapy_settings
from crawlers.target import Target

Told = Callable[[str, int, int | None], None]
_CEILING = re.compile(r"Crawled (\d+) pages \(at (\d+) pages/min\)")


def rushed(host: str, concurrency: int = 8) -> Manners:
    """Manners without pauses, for a site on loopback."""
    return Manners(
        delay=0, concurrency_per_host=concurrency, allow_private=(host,), max_pages_per_target=1_000_000
    )


@dataclass(frozen=True, slots=True)
class Speed:
    """Pages read in `seconds` of wall clock, from the first target's start to the last thing sealed."""

    pages: int
    seconds: float

    @property
    def per_minute(self) -> float:
        """Pages a minute."""
        return 60 * self.pages / self.seconds if self.seconds else 0.0


# --- speed ------------------------------------------------------------------------------------------------

Lists = list[list[str]]
"""Addresses of each target, in the order they were asked."""
Once = Callable[[], tuple[Lists, Speed]]
"""Crawls once, into a folder of its own: what was asked for, and how fast that was."""


def compare(once: Once, manners: Manners, rounds: int, told: Callable[[int], None]) -> dict[str, Any]:
    """Crawls, then fetches the same pages alone, in turns: pages a minute (medians of the rounds), ratios.

    `fetch_alone` is the crawl's own downloader without parsing and landing, as lean as it goes;
    `plain_spider` is a Scrapy spider with the same settings whose callback does nothing.
    """
    whole, alone, plain = list[float](), list[float](), list[float]()
    for number in range(rounds):
        told(number)
        lists, speed = once()
        whole.append(speed.per_minute)
        alone.append(fetch_alone(lists, manners).per_minute)
        plain.append(fetch_alone(lists, manners, plain=True).per_minute)
    to_alone, to_plain = _shares(whole, alone), _shares(whole, plain)
    return {
        "pages": speed.pages,
        "crawl_pages_per_minute": round(statistics.median(whole)),
        "fetch_alone_pages_per_minute": round(statistics.median(alone)),
        "plain_spider_pages_per_minute": round(statistics.median(plain)),
        "crawl_to_fetch_alone": round(statistics.median(to_alone), 3),
        "crawl_to_plain_spider": round(statistics.median(to_plain), 3),
        "crawl_to_fetch_alone_of_each_round": [round(share, 3) for share in to_alone],
        "crawl_to_plain_spider_of_each_round": [round(share, 3) for share in to_plain],
    }


def _shares(whole: Sequence[float], other: Sequence[float]) -> list[float]:
    return [one / two for one, two in zip(whole, other, strict=True)]


def recorded(targets: Sequence[Target], asked: Path, manners: Manners) -> Once:
    """Crawls of a site that notes every path that it is asked for in the file `asked`."""

    def once() -> tuple[Lists, Speed]:
        before = len(_lines(asked))
        seconds = _crawl(targets, manners)
        paths = [path for path in _lines(asked)[before:] if path != "/robots.txt"]
        return _by_target(paths, targets), Speed(len(paths), seconds)

    return once


def chained(origin: str, pages: int, manners: Manners, chains: int = 4) -> Once:
    """Crawls of so many small pages of the site without end."""
    each = max(1, pages // chains)
    targets = _chains(origin, chains, each)
    lists = [[f"{target.url}?page={number}" for number in range(1, each + 1)] for target in targets]
    return lambda: (lists, Speed(each * chains, _crawl(targets, manners)))


def _chains(origin: str, chains: int, pages: int) -> list[Target]:
    names, capped = [f"c{number}" for number in range(chains)], {"max_pages": pages}
    return [Target(name, "structured", f"{origin}/{name}", options=capped) for name in names]


def _crawl(targets: Sequence[Target], manners: Manners) -> float:
    """Seconds of a whole crawl, from the first target's start until all is sealed."""
    with tempfile.TemporaryDirectory(prefix="sayso-bench-") as folder:
        report = crawl(targets, Path(folder), AuthorHasher(), manners)
    _refuse_failures(report)
    started = min(target.started_at for target in report.targets if target.started_at)
    return (report.finished_at - started).total_seconds()


def _refuse_failures(report: CrawlReport) -> None:
    for target in report.targets:
        if target.errors or not target.pages:
            first = target.errors[0].what if target.errors else "no error was named"
            raise CrawlError(
                f"the crawl to be measured was {target.outcome}: {first}",
                where=target.target,
                next_step="run it again",
            )


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split()


def _by_target(paths: Sequence[str], targets: Sequence[Target]) -> Lists:
    """Paths given to the target that they are most alike: the fetch alone walks as many lists at a time."""
    starts = [urlsplit(target.url or "") for target in targets]
    lists: Lists = [[] for _ in targets]
    for path in paths:
        shared = [_alike(path, start.path) for start in starts]
        best = shared.index(max(shared))
        lists[best].append(f"{starts[best].scheme}://{starts[best].netloc}{path}")
    return lists


def _alike(path: str, start: str) -> int:
    """How many characters two paths begin with alike."""
    pairs = enumerate(zip(path, start, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(path), len(start)))


def fetch_alone(lists: Lists, manners: Manners, *, plain: bool = False) -> Speed:
    """Fetches lists of addresses side by side: no parsing, no landing. With `plain` by a Scrapy spider
    instead of the crawl's own downloader.

    Raises CrawlDied if the process that does it ends without an answer.
    """
    job = {"lists": lists, "manners": manners.model_dump(mode="json"), "plain": plain}
    command = [sys.executable, "-m", "crawlers.bench"]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise CrawlDied(f"the fetching process ended with code {done.returncode}", next_step="run it again")
    return Speed(**json.loads(done.stdout.splitlines()[-1]))


class FetchAlone(Spider):
    """Opens the engine and walks the lists, as the crawl's one spider does with its targets."""

    name = "fetch-alone"
    lists: Lists
    manners: Manners
    seconds = 0.0

    async def start(self) -> AsyncIterator[Any]:
        """Yields nothing."""
        fetcher, begun = Fetcher(self.crawler, self.manners), time.perf_counter()
        await asyncio.gather(*(self._walk(fetcher, urls) for urls in self.lists))
        type(self).seconds = time.perf_counter() - begun
        for nothing in list[Any]():
            yield nothing

    async def _walk(self, fetcher: Fetcher, urls: list[str]) -> None:
        for url in urls:
            await fetcher.get(url)


class PlainSpider(Spider):
    """What anybody would write with Scrapy: a request, a callback that does nothing but ask for the next."""

    name = "plain"
    lists: Lists
    manners: Manners
    seconds = 0.0
    _begun = 0.0

    async def start(self) -> AsyncIterator[Any]:
        """The first request of each list."""
        type(self)._begun = time.perf_counter()
        for urls in self.lists:
            if urls:
                yield self._request(urls, 0)

    def _request(self, urls: list[str], place: int) -> Request:
        return Request(urls[place], dont_filter=True, cb_kwargs={"urls": urls, "place": place})

    def parse(self, response: Response, urls: list[str], place: int) -> Iterator[Request]:
        """Asks for the next one."""
        type(self).seconds = time.perf_counter() - self._begun
        if place + 1 < len(urls):
            yield self._request(urls, place + 1)


def scrapy_bench() -> int | None:
    """Pages a minute of `scrapy bench` over its ten seconds: Scrapy itself on tiny pages without pauses, the
    ceiling of any crawl on this machine. None where it says nothing."""
    command = [sys.executable, "-m", "scrapy", "bench"]
    with tempfile.TemporaryDirectory(prefix="sayso-bench-") as folder:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    counts = [int(pages) for pages, _ in _CEILING.findall(done.stderr)]
    return round(60 * (counts[-1] - counts[0]) / (len(counts) - 1)) if len(counts) > 1 else None


# --- memory -----------------------------------------------------------------------------------------------


@contextmanager
def endless_site(reviews: int = 1) -> Iterator[str]:
    """Serves pages without end until the block ends; gives their origin."""
    command = [sys.executable, "-m", "crawlers.bench_site", "--reviews", str(reviews)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            yield str(json.loads(line)["origin"])
        finally:
            server.terminate()


def memory(pages: int, landing: Path, *, chains: int = 10, told: Told | None = None) -> dict[str, Any]:
    """Crawls `pages` pages of a site without end, in `chains` targets one after the other, and samples the
    resident memory of the crawling process and its parsers.

    `rss_mb` holds pairs of pages and megabytes; `growth_mb_per_10000_pages` is the least-squares slope after
    the first fifth, in which everything is loaded. The samples are empty where there is no /proc.
    """
    watch = Watch(told, pages)
    with endless_site() as origin:
        manners = rushed(urlsplit(origin).netloc).model_copy(update={"total_concurrency": 1})
        each = {"max_pages": max(1, pages // chains)}
        targets = [
            Target(f"c{number}", "structured", f"{origin}/c{number}", options=each)
            for number in range(chains)
        ]
        with watch.sampling():
            report = crawl(targets, landing, AuthorHasher(), manners, progress=watch.told)
    read = report.total("pages")
    seconds = (report.finished_at - report.started_at).total_seconds()
    return {
        "pages": read,
        "mentions": report.total("new"),
        "pages_per_minute": round(60 * read / seconds),
        "rss_mb": watch.thinned(),
        "peak_mb": max((mb for _, mb in watch.samples), default=None),
        "growth_mb_per_10000_pages": watch.growth(read),
    }


@dataclass(slots=True)
class Watch:
    """Samples the memory of the crawling processes while they tell how far they are."""

    report: Told | None
    total: int
    samples: list[tuple[int, float]] = field(default_factory=list)
    _pages: dict[str, int] = field(default_factory=dict)

    def told(self, progress: Progress) -> None:
        """Takes in a sign of life of a target."""
        self._pages[progress.target] = progress.pages
        if self.report:
            self.report("pages", sum(self._pages.values()), self.total)

    @contextmanager
    def sampling(self, pause: float = 0.5) -> Iterator[None]:
        """Looks every `pause` seconds until the block ends."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(pause):
                megabytes = resident_mb()
                if megabytes is not None and self._pages:
                    self.samples.append((sum(self._pages.values()), megabytes))

        sampler = threading.Thread(target=look, daemon=True)
        sampler.start()
        try:
            yield
        finally:
            over.set()
            sampler.join()

    def thinned(self, most: int = 40) -> list[tuple[int, float]]:
        """At most so many of the samples, evenly, the last one among them."""
        step = max(1, -(-len(self.samples) // most))
        return self.samples[::-1][::step][::-1]

    def growth(self, pages: int) -> float | None:
        """Megabytes per 10,000 pages after the first fifth; None where too little was sampled."""
        late = [(seen, mb) for seen, mb in self.samples if pages / 5 < seen < pages]
        if len({seen for seen, _ in late}) < 5:
            return None
        slope = statistics.linear_regression(*zip(*late, strict=True)).slope
        return round(slope * 10_000, 2)


def resident_mb() -> float | None:
    """Resident memory of our crawling process and its parsers in megabytes, or None where there is none or no
    /proc. What they share counts once each: a little too much."""
    for child in _children("self"):
        if "crawlers.worker" in _text(Path(f"/proc/{child}/cmdline")):
            sizes = [size for pid in _family(child) if (size := _resident(pid))]
            return round(sum(sizes) / 1_024, 1) if sizes else None
    return None


def _children(pid: str) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for task in tasks for child in _text(task).split()]


def _family(pid: str) -> list[str]:
    """A process and all below it."""
    return [pid, *(member for child in _children(pid) for member in _family(child))]


def _resident(pid: str) -> int:
    """Kilobytes; 0 of a process that is gone."""
    lines = _text(Path(f"/proc/{pid}/status")).splitlines()
    fields: Mapping[str, str] = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(fields.get("VmRSS", "0").split()[0])


def _text(path: Path) -> str:
    """What a file of /proc says, or nothing where its process is gone."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def main() -> None:
    """The fetching process: a job on standard input, its speed on standard output."""
    job = json.loads(sys.stdin.readline())
    manners = Manners.model_validate(job["manners"])
    process = AsyncCrawlerProcess(scrapy_settings(manners))
    spider = PlainSpider if job["plain"] else FetchAlone
    process.crawl(spider, lists=job["lists"], manners=manners)
    process.start()
    pages = sum(map(len, job["lists"]))
    sys.stdout.write(json.dumps({"pages": pages, "seconds": spider.seconds}) + "\n")


if __name__ == "__main__":
    main()
