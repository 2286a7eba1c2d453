"""The crawling process: one job on standard input, its events on standard output, one JSON a line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from crawlers import registry
from crawlers.authors import AuthorHasher
from crawlers.errors import CrawlError, Interrupted, defect
from crawlers.fetch import Fetcher
from crawlers.landing import Landing, salvage
from crawlers.parserprocess import Keeper
from crawlers.parsers import Parsers
from crawlers.parsing import ParseError
from crawlers.report import CrawlReport, Outcome, Progress, TargetReport
from crawlers.settings import Manners, scrapy_settings
from crawlers.state import CrawlState, lock
from crawlers.target import Target
from crawlers.visit import Tools, Visit

logger = logging.getLogger("crawlers")
_SEAL_AFTER = 20.0
"""Seconds. Longer than an import's: a slow source would give a file every few mentions, and what a killed
crawl leaves unsealed is salvaged anyway."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the parent asks for."""

    targets: list[Target]
    landing: Path
    hasher: AuthorHasher
    manners: Manners
    force: bool
    secrets: Mapping[str, Mapping[str, str]]
    log: Path | None

    @classmethod
    def from_json(cls, line: str) -> Job:
        """Reads the line that crawlers.run sends."""
        raw = json.loads(line)
        return cls(
            targets=[Target(**target) for target in raw["targets"]],
            landing=Path(raw["landing"]),
            hasher=AuthorHasher(bytes.fromhex(raw["key"])),
            manners=Manners.model_validate(raw["manners"]),
            force=raw["force"],
            secrets=raw["secrets"],
            log=Path(raw["log"]) if raw["log"] else None,
        )


class Events:
    """What is told to the parent. A parent that is gone is no reason to stop sealing."""

    def __init__(self, pipe: IO[str]) -> None:
        self._pipe = pipe
        self._last: dict[str, float] = {}

    def tell(self, event: Mapping[str, Any]) -> None:
        """Sends one event."""
        with contextlib.suppress(BrokenPipeError):
            self._pipe.write(json.dumps(event) + "\n")
            self._pipe.flush()

    def progress(self, report: TargetReport, state: str) -> None:
        """Sends a sign of life, at most five a second and target while it walks."""
        now = time.monotonic()
        if state == "walking" and now - self._last.get(report.target, 0.0) < 0.2:
            return
        self._last[report.target] = now
        counts = {name: getattr(report, name) for name in ("pages", "new", "edited", "known", "rejected")}
        errors = sum(error.count for error in report.errors)
        self.tell(asdict(Progress(report.target, state, errors=errors, **counts)))


class Crawl:
    """All targets of one job, walked side by side."""

    def __init__(
        self, job: Job, state: CrawlState, landing: Landing, events: Events, parsers: Parsers
    ) -> None:
        self.job, self.state, self.landing, self.events = job, state, landing, events
        self.parsers = parsers
        self.reports = [
            TargetReport(target=t.name, kind=t.kind, url=t.url, outcome="interrupted") for t in job.targets
        ]
        self.stop = asyncio.Event()
        self.interrupted = False

    async def run(self, crawler: Crawler) -> None:
        """Walks every target; returns when all are done, or soon after `stop` is set."""
        tools = Tools(
            Fetcher(crawler, self.job.manners),
            self.landing,
            self.job.hasher,
            self.job.manners,
            self.job.secrets,
            self.events.progress,
            self.parsers,
        )
        gate = asyncio.Semaphore(self.job.manners.total_concurrency)
        pairs = zip(self.job.targets, self.reports, strict=True)
        walks = [asyncio.create_task(self._one(target, report, tools, gate)) for target, report in pairs]
        helpers = [
            asyncio.create_task(self._seal_now_and_then()),
            asyncio.create_task(self._cancel_on_stop(walks)),
        ]
        await asyncio.gather(*walks, return_exceptions=True)
        for helper in helpers:
            helper.cancel()
        self.parsers.close()

    async def _seal_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self.landing.flush_if_late()
            self.landing.seal_if_late()

    async def _cancel_on_stop(self, walks: list[asyncio.Task[None]]) -> None:
        await self.stop.wait()
        self.interrupted = True
        for walk in walks:
            walk.cancel()

    async def _one(self, target: Target, report: TargetReport, tools: Tools, gate: asyncio.Semaphore) -> None:
        async with gate:
            report.started_at = datetime.now(UTC)
            memory = self.state.target(target)
            due = _due(memory.crawled_at, target)
            if due and not self.job.force:
                report.outcome = "not due"
                report.warn(f"not due before {due.isoformat(timespec='seconds')}")
            else:
                report.outcome = await self._walk(target, report, tools)
            report.watermark = memory.marks
            report.finished_at = datetime.now(UTC)
            self.events.progress(report, report.outcome)
            _log(report)

    async def _walk(self, target: Target, report: TargetReport, tools: Tools) -> Outcome:
        """One target's walk; whatever goes wrong stays with this target."""
        memory = self.state.target(target)
        spoke = memory.landed
        try:
            source = registry.source(target.kind)
            visit = Visit(target, memory, source.parser, tools, report)
            await source.spider(visit)
        except asyncio.CancelledError:
            report.add(Interrupted("the run was asked to stop", where=target.name))
            return "interrupted"
        except (CrawlError, ParseError) as error:
            report.add(error)
            return _broken_off(report)
        except Exception as error:  # noqa: BLE001 - one spider's defect must not stop the other targets
            report.add(defect(error, "spider", target.name))
            return "failed"
        _listen(visit, spoke)
        visit.done()
        return "done" if visit.complete else "partial"


def _due(crawled_at: datetime | None, target: Target) -> datetime | None:
    """When the target is due, if that is still to come."""
    due = crawled_at + timedelta(seconds=target.every_seconds) if crawled_at else None
    return due if due and due > datetime.now(UTC) else None


def _broken_off(report: TargetReport) -> Outcome:
    """A walk that gave something before it broke off is partial; the next one goes on."""
    return "partial" if report.new + report.edited + report.known else "failed"


def _listen(visit: Visit, spoke: int) -> None:
    """Warns of silence: a layout that changed looks exactly like people who stopped talking."""
    report = visit.report
    if visit.found or report.pages == report.not_modified:
        return
    if spoke:
        report.warn(
            f"silent: {spoke} mentions came from here before, and now pages but nothing to read in them"
        )
    else:
        report.warn("pages were read, but nothing in them looks like a mention: is the kind right?")


def _log(report: TargetReport) -> None:
    counts = {name: getattr(report, name) for name in ("pages", "new", "edited", "known", "rejected")}
    logger.info("target %s: %s %s", report.target, report.outcome, counts)
    for error in report.errors:
        logger.warning(
            "target %s: %s (%d times, first at %s)", report.target, error.what, error.count, error.where
        )


class AllTargets(Spider):
    """The one Scrapy spider: it opens the engine and lets every target's walk use it, so that all share the
    slots of a host."""

    name = "sayso"
    crawl: Crawl

    async def start(self) -> AsyncIterator[Any]:
        """Yields nothing: the walks fetch by themselves."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.crawl.stop.set)
        _watch_parent(loop, self.crawl.stop)
        await self.crawl.run(self.crawler)
        for nothing in list[Any]():
            yield nothing


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """A parent that is gone has closed our standard input: nobody waits for us any more."""

    def wait() -> None:
        sys.stdin.read()
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are ending anyway
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, daemon=True).start()


def _set_up_log(path: Path | None) -> None:
    """UTC, ids and addresses, never text."""
    handler: logging.Handler = logging.NullHandler()
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(lambda record: record.name.startswith("crawlers") or record.levelno >= logging.ERROR)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(capture=True)
    logger.setLevel(logging.INFO)


def _work(job: Job, events: Events, parsers: Parsers) -> CrawlReport:
    """Runs the job and writes its report."""
    started = datetime.now(UTC)
    with lock(job.landing):
        salvaged = salvage(job.landing)  # before the memory opens: it takes in what was saved
        state = CrawlState(job.landing)
        landing = Landing(job.landing, seconds=_SEAL_AFTER, on_seal=state.commit)
        crawl = Crawl(job, state, landing, events, parsers)
        try:
            process = AsyncCrawlerProcess(scrapy_settings(job.manners))
            process.crawl(AllTargets, crawl=crawl)
            process.start(install_signal_handlers=False)
        finally:
            landing.seal()
            state.close()
        report = CrawlReport(
            started_at=started,
            finished_at=datetime.now(UTC),
            interrupted=crawl.interrupted,
            segments=landing.sealed,
            salvaged=len(salvaged),
            warnings=state.warnings,
            targets=crawl.reports,
        )
        report.write(job.landing)
        return report


def main() -> None:
    """Standard output belongs to the events: whatever else prints goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and asks us in its own way
    events = Events(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    job = Job.from_json(sys.stdin.readline())
    registry.load(target.kind for target in job.targets)  # before the fork, so that parsers have them too
    keeper = Keeper.start()
    _set_up_log(job.log)
    try:
        report = _work(job, events, Parsers(keeper))
    except CrawlError as error:
        fault = {"name": error.name, "what": error.what, "where": error.where, "next_step": error.next_step}
        events.tell({"error": fault})
    else:
        events.tell({"report": report.plain()})
    finally:
        keeper.stop()


if __name__ == "__main__":
    main()
