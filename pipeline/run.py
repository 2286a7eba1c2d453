"""The whole run: crawl, ingest, retain, score, detect, aggregate, publish, alert.

Each step is idempotent, so a killed run is resumed by the next one.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel

from pipeline.authenticity import detect
from pipeline.errors import SaysoError
from pipeline.home import Home
from pipeline.ingest import ingest
from pipeline.packing import is_untidy, tidy
from pipeline.privacy import Retention, retain
from pipeline.progress import Progress, silent
from pipeline.scoring import TextReader, score
from pipeline.warehouse import Limits, open_warehouse

LOCK = "run.lock"


class RunBusyError(SaysoError):
    """Another run works on this home."""

    exit_code = 4


@dataclass(slots=True)
class StepReport:
    """One step: how long it took and what it says of itself, or why it failed."""

    name: str
    seconds: float = 0.0
    ok: bool = False
    error: str | None = None
    says: Any = None


@dataclass(slots=True)
class RunReport:
    """What a run did. `path` is where the report was written."""

    started_at: str
    finished_at: str | None = None
    ok: bool = False
    error: str | None = None
    snapshot: str | None = None
    steps: list[StepReport] = field(default_factory=list)
    path: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return asdict(self)

    def step(self, name: str) -> StepReport | None:
        """The step of that name, if it was reached."""
        return next((step for step in self.steps if step.name == name), None)


def run(
    home: Home,
    crawl: Callable[[], Any] | None,
    reader_factory: Callable[[], TextReader],
    progress: Progress = silent,
    *,
    model: str | None = None,
    limits: Limits | None = None,
    retention: Retention | None = None,
    alert: Callable[[], Any] | None = None,
) -> RunReport:
    """Everything from the sources to a published snapshot, and a report of it in `logs/`.

    `crawl` collects into landing and returns its report; None leaves the sources alone. `model` is the
    version that `reader_factory` would load (`scoring.shipped_model`): with it the reader is made only if
    there is work. `retention` says how long texts may be kept: what is over goes before anything is counted.
    `alert` warns people of what the new snapshot shows, once nobody waits for the warehouse any more. Raises
    RunBusyError if another run works on this home, and whatever a step raises, once the report is written; a
    crawl that broke is raised after the rest is done.
    """
    report = RunReport(started_at=_now())
    with only_run(home), _written(report, home):
        broken = _apart(report, "crawl", crawl) if crawl else None
        with _tidied(home, report, limits) as con:
            kept = partial(retain, home, con, retention or Retention(), datetime.now(UTC))
            scored = partial(score, con, reader_factory, progress, model=model)
            _process(home, con, report, kept, scored, progress)
        mute = _apart(report, "alert", alert) if alert else None
        for error in (broken, mute):
            if error:
                raise error
        report.ok = True
    return report


@contextmanager
def _tidied(home: Home, report: RunReport, limits: Limits | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse; if texts were removed from it, it is then written anew and old snapshots go."""
    with open_warehouse(home, limits) as con:
        yield con
        untidy = is_untidy(con)
    if untidy:
        with _step(report, "tidy") as step:
            step.says = {"snapshots_removed": tidy(home, limits)}


def _apart(report: RunReport, name: str, work: Callable[[], Any]) -> Exception | None:
    """Crawl or warn; what it broke on, if it did: that must not keep what has landed from being counted."""
    try:
        with _step(report, name) as step:
            step.says = as_json(work())
    except Exception as error:  # noqa: BLE001 - it is raised once the rest of the run is done
        return error
    return None


def _process(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    report: RunReport,
    retained: Callable[[], Any],
    scored: Callable[[], Any],
    progress: Progress,
) -> None:
    from pipeline.aggregate import aggregate
    from pipeline.publish import publish

    steps: dict[str, Callable[[], Any]] = {
        "ingest": lambda: ingest(home, con, progress),
        "retain": retained,
        "score": scored,
        "detect": lambda: detect(con, home.config, progress),
        "aggregate": lambda: aggregate(con, home.config, home.root),
        "publish": lambda: publish(home, con, home.config),
    }
    for name, work in steps.items():
        progress(f"run: {name}", 0, None)
        with _step(report, name) as step:
            step.says = as_json(work())
    published = report.step("publish")
    report.snapshot = published.says if published and isinstance(published.says, str) else None


@contextmanager
def _step(report: RunReport, name: str) -> Iterator[StepReport]:
    step = StepReport(name)
    report.steps.append(step)
    begun = time.monotonic()
    try:
        yield step
        step.ok = True
    except BaseException as error:
        step.error = _said(error)
        raise
    finally:
        step.seconds = round(time.monotonic() - begun, 3)


def _said(error: BaseException) -> str:
    """What a log may hold of an error: an unknown one may quote a text, so only kind and place."""
    if isinstance(error, SaysoError):
        return error.message
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


@contextmanager
def _written(report: RunReport, home: Home) -> Iterator[None]:
    """Write the report whatever happens: a failed run is the one that somebody asks about."""
    try:
        yield
    except BaseException as error:
        report.error = _said(error)
        raise
    finally:
        report.finished_at = _now()
        path = home.logs / f"run-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"
        report.path = str(path)
        part = path.with_suffix(".json.part")
        part.write_text(json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)


@contextmanager
def only_run(home: Home) -> Iterator[None]:
    """Hold the home's run lock; the system frees it when the process ends, however it ends.

    Raises RunBusyError that names the process which holds it.
    """
    path = home.logs / LOCK
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise RunBusyError(
                f"Another run works on this home: pid {file.read().strip() or 'unknown'}",
                where=str(path),
                next_step="wait until it ends, or end it; what it did stays",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def as_json(report: Any) -> Any:
    """What a step returned, as JSON-able data."""
    if isinstance(report, BaseModel):
        return report.model_dump(mode="json")
    if hasattr(report, "to_dict"):
        return report.to_dict()
    if is_dataclass(report) and not isinstance(report, type):
        return json.loads(json.dumps(asdict(report), default=str))
    if isinstance(report, Path):
        return str(report)
    return report if isinstance(report, (dict, list, str, int, float, bool, type(None))) else repr(report)


def _now() -> str:
    return datetime.now(UTC).isoformat()
