"""The evidence of one campaign, for people who must be convinced: a platform, a lawyer, one's own director.

Built from the published snapshot, so its figures are those of the view; originals are looked up in
landing. It says what was seen and how sure that is, speaks of "coordinated" or "unusual", and lists what
would change that.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pipeline.actions import Verdict
from pipeline.errors import InputError
from pipeline.originals import Original, originals
from pipeline.snapshot import Snapshot

Step = Literal["hour", "day"]
FORM = 1
"""Version of the JSON form."""
BY_HOUR = timedelta(days=4)
"""A longer campaign is drawn by day."""
AROUND = timedelta(days=14)
"""So much before and after is drawn too, or a quarter of a campaign's length by the hour."""
QUOTED = 8
"""Wordings that are quoted; and as many mentions of no wording."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for an attack or for an organic crisis: `value` of the group, `usual`
    elsewhere (None: not comparable); `weight` in powers of ten, about. Codes are those of
    docs/authenticity.md."""

    toward: str
    code: str
    value: float | None
    usual: float | None
    weight: float


@dataclass(frozen=True, slots=True)
class Member:
    """One mention of the campaign. `originals` are the landed records that it was made of."""

    mention_id: str
    at: datetime
    dated: bool
    precision: str | None
    collected_at: datetime
    source: str
    kind: str
    lang: str
    url: str | None
    author_hash: str | None
    verified: bool | None
    rating: float | None
    rating_max: float | None
    score: float | None
    cluster: str | None
    p_bot: float
    set_aside: bool
    reasons: tuple[str, ...]
    text: str
    originals: tuple[Original, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """One wording: its most frequent text, and how many mentions and accounts published it or nearly it."""

    cluster: str | None
    mentions: int
    accounts: int
    text: str
    example: str
    url: str | None
    source: str
    lang: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Who posted, as this home's hash of the handle. `times` are those of its mentions in the campaign."""

    author_hash: str
    mentions: int
    first_at: datetime
    last_at: datetime
    age_days: float | None
    one_mention: bool | None
    targets: int
    p_bot: float
    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """Two accounts (or mentions, where an account is unknown) that posted alike; `weight` 0..1 over
    `pairs`."""

    a: str
    b: str
    kind: str
    weight: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """An hour or day: mentions of the campaign, others of the brand, and the mean vote (-1..1) of each."""

    start: datetime
    members: int
    others: int
    members_vote: float | None
    others_vote: float | None


@dataclass(frozen=True, slots=True)
class Made:
    """What it was made from and with."""

    form: int
    generation: int
    made_at: datetime | None
    model: str | None
    star_map: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of it. The NPS is that of the brand in the days of the campaign (28 at least), every mention
    one vote; `footprint_change` is by how much each emotion's share is higher with the campaign than
    without it."""

    campaign_id: str
    brand: str
    direction: str
    verdict: str
    state: str
    found_at: datetime
    started_at: datetime
    ended_at: datetime
    updated_at: datetime
    mentions: int
    set_aside: int
    authors: int
    sources: tuple[str, ...]
    langs: tuple[str, ...]
    wordings: int
    p_value: float | None
    q_value: float | None
    nps_with: float | None
    nps_without: float | None
    footprint_change: dict[str, float]
    reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    would_change: tuple[str, ...]
    step: Step
    volume: tuple[Bucket, ...]
    quotes: tuple[Quote, ...]
    accounts: tuple[Account, ...]
    ties: tuple[Tie, ...]
    members: tuple[Member, ...]
    history: tuple[Verdict, ...]
    made: Made

    def to_json(self) -> str:
        """One JSON document; times in UTC as ISO text, absent values null."""
        plain = asdict(self) | {"history": [said.model_dump(mode="json") for said in self.history]}
        return json.dumps(plain, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def dossier(
    snapshot: Snapshot, campaign_id: str, *, landing: Path | None = None, said: Iterable[Verdict] = ()
) -> Dossier:
    """The dossier of one campaign. `landing` adds the originals (it reads segments: seconds, not
    milliseconds), `said` what people decided.

    Raises InputError for a campaign that the snapshot does not know.
    """
    rows = snapshot.rows("dossier.campaign", {"id": campaign_id})
    if not rows:
        what = f"No campaign is called {campaign_id[:80]!r}"
        raise InputError(what, next_step="`sayso dossier` without an id makes all of them")
    row, found = rows[0], snapshot.rows("dossier.members", {"id": campaign_id})
    kept = originals(landing, ((m["mention_id"], m["collected_at"]) for m in found)) if landing else {}
    # Where no wording is common to a group, what is alike in parts must not be quoted as one.
    alike = {} if row["clusters"] else {"cluster": None}
    members = tuple(_member(item | alike, kept.get(item["mention_id"], [])) for item in found)
    evidence = tuple(map(_evidence, _list(row["evidence"])))
    step: Step = "hour" if row["ended_at"] - row["started_at"] <= BY_HOUR else "day"
    return Dossier(
        **{name: row[name] for name in _PLAIN},
        sources=tuple(row["sources"] or ()), langs=tuple(row["langs"] or ()), wordings=row["clusters"],
        footprint_change=_object(row["footprint_change"]), reasons=tuple(row["reasons"] or ()),
        evidence=tuple(sorted(evidence, key=lambda item: -item.weight)),
        would_change=tuple(would_change(evidence, members, row["p_value"])),
        step=step, volume=tuple(_volume(snapshot, row, step)), quotes=tuple(quotes(members)),
        accounts=tuple(_accounts(snapshot, campaign_id, members)),
        ties=tuple(Tie(**item) for item in snapshot.rows("dossier.ties", {"id": campaign_id})),
        members=members,
        history=tuple(verdict for verdict in said if verdict.campaign_id == campaign_id),
        made=_made(snapshot),
    )  # fmt: skip


_PLAIN = (
    "campaign_id", "brand", "direction", "verdict", "state", "found_at", "started_at", "ended_at",
    "updated_at", "mentions", "set_aside", "authors", "p_value", "q_value", "nps_with", "nps_without",
)  # fmt: skip


def _made(snapshot: Snapshot) -> Made:
    meta = snapshot.meta
    return Made(FORM, meta.generation, meta.made_at, meta.model, meta.star_map, meta.timezone)


def _list(text: str | None) -> list[Any]:
    found = json.loads(text) if text else []
    return found if isinstance(found, list) else []


def _object(text: str | None) -> dict[str, float]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _evidence(item: Mapping[str, Any]) -> Evidence:
    weight = float(item.get("weight") or 0.0)
    return Evidence(str(item["toward"]), str(item["code"]), item.get("value"), item.get("usual"), weight)


_OF_MEMBER = (
    "mention_id", "at", "dated", "collected_at", "source", "kind", "lang", "url", "author_hash", "verified",
    "rating", "rating_max", "score", "cluster", "p_bot", "set_aside",
)  # fmt: skip


def _member(row: Mapping[str, Any], kept: Sequence[Original]) -> Member:
    parts = [row["title"], row["text"], *(row["pros"] or ()), *(row["cons"] or ())]
    return Member(
        **{name: row[name] for name in _OF_MEMBER},
        precision=row["published_precision"], reasons=tuple(row["reasons"] or ()),
        text="\n".join(part for part in parts if part), originals=tuple(kept),
    )  # fmt: skip


def _accounts(snapshot: Snapshot, campaign_id: str, members: Iterable[Member]) -> Iterator[Account]:
    times: dict[str | None, list[datetime]] = {}
    for member in members:
        times.setdefault(member.author_hash, []).append(member.at)
    for item in snapshot.rows("dossier.accounts", {"id": campaign_id}):
        yield Account(**item, times=tuple(times.get(item["author_hash"], ())))


def _volume(snapshot: Snapshot, row: Mapping[str, Any], step: Step) -> Iterator[Bucket]:
    around = timedelta(days=2) if step == "hour" else AROUND
    params = {
        "id": row["campaign_id"], "brand": row["brand"], "timezone": snapshot.meta.timezone, "step": step,
        "since": row["started_at"] - around, "until": row["ended_at"] + around,
    }  # fmt: skip
    return (Bucket(**item) for item in snapshot.rows("dossier.volume", params))


def quotes(members: Sequence[Member]) -> Iterator[Quote]:
    """The wordings of a campaign, the most frequent first, then single mentions, the most suspected first."""
    groups: dict[str, list[Member]] = {}
    for member in members:
        if member.cluster is not None and member.text:
            groups.setdefault(member.cluster, []).append(member)
    largest = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    for name, group in largest[:QUOTED]:
        text = Counter(member.text for member in group).most_common(1)[0][0]
        yield _quote(next(member for member in group if member.text == text), name, group)
    alone = [member for member in members if member.cluster is None and member.text]
    for member in sorted(alone, key=lambda item: (-item.p_bot, item.at))[:QUOTED]:
        yield _quote(member, None, [member])


def _quote(member: Member, cluster: str | None, group: Sequence[Member]) -> Quote:
    accounts = len({item.author_hash or item.mention_id for item in group})
    return Quote(
        cluster, len(group), accounts, member.text, member.mention_id, member.url, member.source, member.lang,
        member.at,
    )  # fmt: skip


def would_change(
    evidence: Iterable[Evidence], members: Sequence[Member], p_value: float | None
) -> Iterator[str]:
    """Codes of what would make us think otherwise, as far as it was not seen already."""
    attack = {item.code for item in evidence if item.toward == "attack"}
    if "same_wording" in attack:
        yield "shared_text"
    if "one_window" in attack or not attack:
        yield "event"
    if not any(member.author_hash for member in members):
        yield "accounts_unknown"
    else:
        yield "accounts_unrelated"
    if not any(member.verified for member in members):
        yield "customers"
    if p_value is None or not all(member.dated for member in members):
        yield "times"
