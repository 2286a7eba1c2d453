"""What a crawl found, per target: the report that is written to landing/reports/ and shown by the CLI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crawlers.errors import CrawlError
from crawlers.parsing import ParseError, RatingSnapshot
from crawlers.surrogates import mended

Outcome = Literal["done", "partial", "failed", "not due", "interrupted"]
MAX_RATINGS = 1_000
"""Rating snapshots kept per target in one report, newest last."""


class Count(BaseModel):
    """Something that happened `count` times: what, and where first."""

    what: str
    where: str = ""
    count: int = 1
    next_step: str = ""


class Rating(BaseModel):
    """An aggregate rating that a page showed; a snapshot in time, not a mention."""

    url: str
    seen_at: AwareDatetime
    product: str | None = None
    rating: float | None = None
    rating_min: float | None = None
    rating_max: float | None = None
    ratings: int | None = None
    reviews: int | None = None


class TargetReport(BaseModel):
    """One target of one crawl.

    `new`, `edited` and `known` count mentions by what this home had seen of them; `rejected` those not taken.
    `not_modified` counts answers 304. `errors` are failures, `skipped` pages rightly left alone.
    """

    target: str
    kind: str
    url: str | None = None
    outcome: Outcome = "done"
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    pages: int = 0
    new: int = 0
    edited: int = 0
    known: int = 0
    rejected: int = 0
    not_modified: int = 0
    bytes: int = 0
    errors: list[Count] = Field(default_factory=list)
    skipped: list[Count] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    watermark: dict[str, Any] = Field(default_factory=dict)
    ratings: list[Rating] = Field(default_factory=list)

    @property
    def landed(self) -> int:
        """Mentions put down by this crawl."""
        return self.new + self.edited

    def add(self, error: CrawlError | ParseError, *, where: str = "") -> None:
        """Counts an error, or a page left alone, under its name and its first place."""
        if isinstance(error, CrawlError):
            counts = self.skipped if error.skip else self.errors
            _count(counts, f"{error.name}: {error.what}", error.where or where, error.next_step)
        else:
            _count(
                self.errors,
                f"{type(error).__name__}: {error}"[:300],
                where,
                "is the kind of the target right?",
            )

    def warn(self, warning: str) -> None:
        """Notes a warning once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def add_ratings(self, ratings: list[RatingSnapshot]) -> None:
        """Keeps aggregate ratings, the newest MAX_RATINGS of them."""
        self.ratings.extend(Rating.model_validate(rating, from_attributes=True) for rating in ratings)
        del self.ratings[:-MAX_RATINGS]


def _count(counts: list[Count], what: str, where: str, next_step: str) -> None:
    for count in counts:
        if count.what == what:
            count.count += 1
            return
    counts.append(Count(what=what, where=where, next_step=next_step))


class CrawlReport(BaseModel):
    """One crawl over all targets. `path` is where it was written."""

    model_config = ConfigDict(validate_assignment=False)

    started_at: AwareDatetime
    finished_at: AwareDatetime
    interrupted: bool = False
    segments: int = 0
    salvaged: int = 0
    warnings: list[str] = Field(default_factory=list)
    targets: list[TargetReport] = Field(default_factory=list)
    path: Path | None = None

    def total(self, field: str) -> int:
        """Sum of a count (`pages`, `new`, `edited`, `known`, `rejected`, `not_modified`) over all targets."""
        return sum(int(getattr(target, field)) for target in self.targets)

    @property
    def failed(self) -> list[TargetReport]:
        """Targets that could not be collected."""
        return [target for target in self.targets if target.outcome == "failed"]

    def plain(self) -> dict[str, Any]:
        """The report as JSON has it, whatever halves of characters a source has sent."""
        return dict(mended(self.model_dump(mode="json")))

    def write(self, landing_root: Path) -> Path:
        """Writes the report to landing/reports/<utc>.json and remembers where."""
        folder = landing_root / "reports"
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"
        part = self.path.with_suffix(".json.part")
        part.write_text(json.dumps(self.plain(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(self.path)
        return self.path


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life of one target while the crawl runs. `state` is `walking` or the outcome."""

    target: str
    state: str
    pages: int = 0
    new: int = 0
    edited: int = 0
    known: int = 0
    rejected: int = 0
    errors: int = 0
