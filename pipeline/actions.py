"""What people decide: a campaign acknowledged, snoozed or dismissed, a mention answered.

It lies in the inbox. A file there is one word of one person, with who and when, and is never changed.
Warnings read the inbox at once; the next run takes it into the warehouse, where detection and figures read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import InputError
from pipeline.files import replaced
from pipeline.home import Home

Judgement = Literal["acknowledged", "snoozed", "dismissed", "reopened"]


class Verdict(BaseModel):
    """One person's word on one campaign. `dismissed` needs a reason, `snoozed` a time to wake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    campaign_id: str = Field(min_length=1, max_length=200)
    verdict: Judgement
    reason: str | None = Field(default=None, max_length=2_000)
    until: AwareDatetime | None = None
    who: str | None = Field(default=None, max_length=200)
    said_at: AwareDatetime

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.verdict == "dismissed" and not (self.reason or "").strip():
            raise ValueError("a dismissal needs a reason: later runs learn from it")
        if (self.verdict == "snoozed") != (self.until is not None):
            raise ValueError("a snooze, and nothing else, needs the time until which it lasts")
        return self

    @classmethod
    def checked(cls, **said: Any) -> Verdict:
        """Said now. Raises InputError for a verdict that lacks its reason or time."""
        try:
            return cls(said_at=datetime.now(UTC), **said)
        except ValidationError as error:
            what = first_fault(error)
            raise InputError(what, where="the verdict", next_step="mend it, send it again") from error


class Answered(BaseModel):
    """That somebody answered a mention outside sayso."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mention_id: str
    brand: str
    by: str
    at: AwareDatetime


def judge(
    home: Home,
    campaign_id: str,
    verdict: Judgement,
    *,
    who: str | None,
    reason: str | None = None,
    until: datetime | None = None,
) -> Verdict:
    """Lay a verdict on a campaign in the inbox. Raises InputError for one that lacks its reason or time."""
    said = Verdict.checked(campaign_id=campaign_id, verdict=verdict, who=who, reason=reason, until=until)
    lay(home, "verdict", said)
    return said


def lay(home: Home, kind: str, said: BaseModel) -> Path:
    """One file of the inbox, `KIND-TIME-HASH.json`; it appears when it is whole and on disk."""
    text = said.model_dump_json(exclude_none=True)
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = home.inbox / f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{mark}.json"
    with replaced(path, ".part") as file:
        file.write(f"{text}\n".encode())
    return path


def verdicts(home: Home, damaged: list[str] | None = None) -> list[Verdict]:
    """Every verdict in the inbox, oldest first. Files that cannot be read are named in `damaged`."""
    found = (_read(path, damaged) for path in sorted(home.inbox.glob("verdict-*.json")))
    return sorted((said for said in found if said), key=lambda said: said.said_at)


def _read(path: Path, damaged: list[str] | None) -> Verdict | None:
    try:
        return Verdict.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        if damaged is not None:
            damaged.append(f"Inbox file {path.name} cannot be read: {first_fault(error)}")
        return None


def newest(said: Iterable[Verdict]) -> dict[str, Verdict]:
    """The word that counts on each campaign: the newest."""
    return {verdict.campaign_id: verdict for verdict in sorted(said, key=lambda verdict: verdict.said_at)}


def history(home: Home, campaign_id: str) -> Iterator[Verdict]:
    """What people decided about one campaign, oldest first."""
    return (said for said in verdicts(home) if said.campaign_id == campaign_id)


def first_fault(error: Exception) -> str:
    """The first fault of a file by its place, without the value."""
    if isinstance(error, ValidationError):
        item = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, item["loc"]))
        return (f"{place}: " if place else "") + item["msg"].removeprefix("Value error, ")
    return str(error)
