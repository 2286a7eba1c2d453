"""One crawl over all targets of a home, in a process of its own, so that it can be called again and again."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers.authors import AuthorHasher
from crawlers.errors import CrawlBusy, CrawlDied, CrawlError, StateUnreadable
from crawlers.report import CrawlReport, Progress, TargetReport
from crawlers.settings import Manners
from crawlers.target import Target

_RAISED = {error.__name__: error for error in (CrawlBusy, StateUnreadable)}


def crawl(
    targets: Sequence[Target],
    landing_root: Path,
    hasher: AuthorHasher,
    manners: Manners | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    force: bool = False,
    secrets: Mapping[str, Mapping[str, str]] | None = None,
    log: Path | None = None,
) -> CrawlReport:
    """Collects what the targets say now, lands it under `landing_root` and returns what was found.

    A target that fails, or whose kind is unknown, is an entry of the report and never stops the others.
    A target with `every_seconds` that is not yet due is passed over unless `force`. `secrets` maps a kind to
    its keys. `log` is appended to (ids and addresses, never text). Ctrl-C or SIGTERM seals what was collected
    and returns a report with `interrupted`; a second Ctrl-C ends at once.

    Raises CrawlBusy if another crawl holds the landing folder.
    """
    started, last = datetime.now(UTC), {target.name: Progress(target.name, "waiting") for target in targets}
    job = _job(targets, Path(landing_root), hasher, manners or Manners())
    job |= {"force": force, "log": str(Path(log).resolve()) if log else None}
    job |= {"secrets": {kind: dict(keys) for kind, keys in (secrets or {}).items()}}
    with _child() as child, _stoppable(child):
        for event in _events(child, job):
            if "report" in event:
                return CrawlReport.model_validate(event["report"])
            if "error" in event:
                raise _revive(event["error"])
            last[event["target"]] = Progress(**event)
            if progress:
                progress(last[event["target"]])
        code = child.wait()
    return _obituary(targets, last, started, code, Path(landing_root))


def _job(targets: Sequence[Target], root: Path, hasher: AuthorHasher, manners: Manners) -> dict[str, Any]:
    """What the child is told. It goes through a pipe: a key in an argument would show in the process list."""
    return {
        "targets": [asdict(target) for target in targets],
        "landing": str(root.resolve()),
        "key": hasher.key.hex(),
        "manners": manners.model_dump(mode="json"),
    }


@contextlib.contextmanager
def _child() -> Iterator[subprocess.Popen[bytes]]:
    """The crawling process. It ends gracefully when its standard input closes, so it never outlives us."""
    command = [sys.executable, "-m", "crawlers.worker"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield child
    finally:
        for pipe in (child.stdin, child.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        child.wait()


def _events(child: subprocess.Popen[bytes], job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Hands the job over and yields the child's events until it is silent."""
    if child.stdin is None or child.stdout is None:
        raise CrawlDied("the crawling process has no pipes", next_step="run it again")
    with contextlib.suppress(BrokenPipeError):  # it died while starting: its silence says so below
        child.stdin.write(json.dumps(job, default=str).encode() + b"\n")  # a day in TOML is no text
        child.stdin.flush()
    for line in child.stdout:
        yield json.loads(line)


@contextlib.contextmanager
def _stoppable(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """While the crawl runs, Ctrl-C and SIGTERM ask the child to seal and report; a second one kills it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)
        child.terminate() if len(asked) == 1 else child.kill()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _revive(error: dict[str, str]) -> CrawlError:
    kind = _RAISED.get(error["name"], CrawlError)
    return kind(error["what"], where=error["where"], next_step=error["next_step"])


def _obituary(
    targets: Sequence[Target], last: dict[str, Progress], started: datetime, code: int, landing_root: Path
) -> CrawlReport:
    """The report of a child that died: what it last said, and that it died."""
    report = CrawlReport(started_at=started, finished_at=datetime.now(UTC), interrupted=True)
    for target in targets:
        seen = last[target.name]
        entry = TargetReport(
            target=target.name, kind=target.kind, url=target.url, outcome="failed", pages=seen.pages
        )
        entry.add(
            CrawlDied(
                f"the crawling process ended with code {code}",
                where=target.name,
                next_step="crawl again: what was not sealed is salvaged or fetched anew",
            )
        )
        report.targets.append(entry)
    report.write(landing_root)
    return report
