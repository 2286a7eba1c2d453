"""Crawl reports into the warehouse: what each target gave, and the aggregate ratings its pages showed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.home import Home
from pipeline.sql import query
from pipeline.warehouse import registered, transaction


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Rating(_Lenient):
    """An aggregate rating as a page showed it."""

    url: str
    seen_at: AwareDatetime
    product: str | None = None
    rating: float | None = None
    rating_min: float | None = None
    rating_max: float | None = None
    ratings: int | None = None
    reviews: int | None = None


class TargetReport(_Lenient):
    """What one crawl says of one target."""

    target: str
    kind: str
    url: str | None = None
    outcome: str = "done"
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    pages: int = 0
    new: int = 0
    edited: int = 0
    known: int = 0
    rejected: int = 0
    errors: int = 0
    warnings: list[str] = Field(default_factory=list)
    watermark: str | None = None
    ratings: list[Rating] = Field(default_factory=list)

    @field_validator("errors", mode="before")
    @classmethod
    def _count_errors(cls, value: Any) -> Any:
        """Reports list errors as {what, where, count}; the warehouse keeps how many."""
        if isinstance(value, list):
            return sum(int(item.get("count", 1)) if isinstance(item, dict) else 1 for item in value)
        return value

    @field_validator("watermark", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str) if value else None


class CrawlReport(_Lenient):
    """The part of a crawl's report that the warehouse keeps."""

    started_at: AwareDatetime
    targets: list[TargetReport]

    def crawled(self) -> list[TargetReport]:
        """Targets that were asked, each once; one that was not yet due tells nothing."""
        asked = {target.target: target for target in self.targets if target.outcome != "not due"}
        return list(asked.values())


def take(home: Home, con: duckdb.DuckDBPyConnection, damaged: list[str]) -> int:
    """Take in each `landing/reports/*.json` not yet taken; returns how many.

    A report that cannot be read is named in `damaged` and left for the next time. One transaction a report.
    """
    taken = {name for (name,) in con.execute(query("ingest.reports_taken")).fetchall()}
    count = 0
    for path in sorted((home.landing / "reports").glob("*.json")):
        if path.name in taken:
            continue
        try:
            report = CrawlReport.model_validate_json(path.read_bytes())
        except (ValidationError, OSError) as error:
            damaged.append(f"Crawl report {path.name} cannot be read: {_first(error)}")
            continue
        _store(con, path, report)
        count += bool(report.crawled())
    return count


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        item = error.errors(include_input=False)[0]
        return f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
    return str(error)


_COLUMNS = (
    "target", "kind", "url", "started_at", "finished_at", "pages", "new", "edited", "known", "rejected",
    "errors", "warnings", "watermark",
)  # fmt: skip
_TIME = pa.timestamp("us", "UTC")
_REPORTS = pa.schema(
    [("report", pa.string())]
    + [(name, pa.string()) for name in ("target", "kind", "url")]
    + [("started_at", _TIME), ("finished_at", _TIME)]
    + [(name, pa.int64()) for name in ("pages", "new", "edited", "known", "rejected", "errors")]
    + [("warnings", pa.list_(pa.string())), ("watermark", pa.string())]
)
_RATINGS = pa.schema(
    [(name, pa.string()) for name in ("report", "target", "url", "product")]
    + [(name, pa.float64()) for name in ("rating", "rating_min", "rating_max")]
    + [("ratings", pa.int64()), ("reviews", pa.int64()), ("seen_at", _TIME)]
)


def _store(con: duckdb.DuckDBPyConnection, path: Path, report: CrawlReport) -> None:
    targets = report.crawled()
    rows = [
        {"report": path.name, **target.model_dump(include=set(_COLUMNS))}
        | {"started_at": target.started_at or report.started_at}
        for target in targets
    ]
    ratings = [
        {"report": path.name, "target": target.target, **rating.model_dump()}
        for target in targets
        for rating in target.ratings
    ]
    tables = {
        "new_reports": pa.Table.from_pylist(rows, _REPORTS),
        "new_ratings": pa.Table.from_pylist(ratings, _RATINGS),
    }
    with transaction(con), registered(con, **tables):
        con.execute(query("ingest.insert_reports"))
        con.execute(query("ingest.insert_ratings"))
