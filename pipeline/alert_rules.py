"""What is worth a warning: pure rules over a published snapshot. Each gives findings, none sends anything.

A warning needs significance and size. Runs come every few minutes, so a rule is asked again and again: the
levels here are far below 5 % for that reason, and all comparisons of one look are judged together
(Benjamini-Hochberg). Windows end at the newest mention, not at the clock: a late crawl is no fall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pipeline import alert_volume, estimate
from pipeline.alert_state import Finding, Rule
from pipeline.config import Alerts
from pipeline.drivers import NONE, Driver, drivers
from pipeline.estimate import Difference
from pipeline.facts import Cut
from pipeline.footprint import footprint
from pipeline.numbers import natural_nps
from pipeline.snapshot import Snapshot
from pipeline.sql import query

WINDOW = timedelta(days=28)
"""Scores and shares of so many last days are compared with as many before."""
RATE = 0.005
"""False discovery rate of one look: about one false warning a brand in two years of daily looks
(tests/pipeline/test_alert_rules.py simulates it)."""
CAMPAIGN_AGE = timedelta(days=60)
"""A campaign whose last mention is older is history, not news."""
WARNED = ("coordinated", "unusual")
"""Verdicts on a campaign that open a warning; any other is told only if one was opened before."""


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Look:
    """What every rule looks at. `now` is the clock, `until` the newest mention's time."""

    snapshot: Snapshot
    settings: Alerts
    now: datetime
    until: datetime
    brands: tuple[str, ...]

    @property
    def first(self) -> datetime:
        """When the last window begins: midnight of the home's time zone."""
        zone = ZoneInfo(self.snapshot.meta.timezone)
        day = self.until.astimezone(zone).date() - timedelta(days=WINDOW.days - 1)
        return datetime.combine(day, time(), zone)

    def cuts(self) -> tuple[Cut, Cut]:
        """The window before and the last one, in whole days of the home's time zone."""
        first = self.first.date()
        before = Cut(brands=self.brands, since=first - WINDOW, until=first - timedelta(days=1))
        return before, Cut(brands=self.brands, since=first, until=first + WINDOW - timedelta(days=1))


def look(snapshot: Snapshot, settings: Alerts, now: datetime) -> Look | None:
    """What there is to look at; None where nothing was said yet."""
    newest = snapshot.rows("alerts.newest", {"now": now})[0]["newest"]
    notes = snapshot.meta.brands
    brands = tuple(note.name for note in notes if settings.competitors or not note.competitor)
    return Look(snapshot, settings, now, newest, brands) if newest and brands else None


def findings(at: Look) -> list[Finding]:
    """What the rules that the config asks for see now."""
    return [found for rule in at.settings.rules for found in _RULES[rule](at)]


def campaigns(at: Look) -> Iterator[Finding]:
    """Each campaign that detection found and that is not history."""
    params = {"since": at.until - CAMPAIGN_AGE, "brands": list(at.brands)}
    for row in at.snapshot.rows("alerts.campaigns", params):
        yield Finding(
            key=f"campaign:{row['campaign_id']}", rule="campaign", brand=row["brand"], size=row["mentions"],
            state=f"{row['verdict']}, {row['direction']}", since=row["started_at"], until=row["ended_at"],
            campaign_id=row["campaign_id"],
            facts={name: row[name] for name in _TOLD} | {"sources": list(row["sources"] or ())},
        )  # fmt: skip


_TOLD = ("verdict", "direction", "mentions", "authors", "p_value", "q_value", "nps_with", "nps_without")


def fallen(at: Look) -> Iterator[Finding]:
    """Brands whose natural NPS fell by the points that the config asks for, clearly."""
    before, after = ({figure.brand: figure for figure in natural_nps(at.snapshot, cut)} for cut in at.cuts())
    pairs = [(before[brand], after[brand]) for brand in at.brands if brand in before and brand in after]
    enough = [(a, b) for a, b in pairs if not (a.too_few or b.too_few)]
    changes = [estimate.difference(a.score, b.score) for a, b in enough]
    for (a, b), change in _clear(enough, changes, -at.settings.nps_points):
        yield _compared(at, "nps", b.brand, change, a.nps, b.nps, (a.n, b.n), {})


def risen_emotions(at: Look) -> Iterator[Finding]:
    """Emotions whose share rose by the points that the config asks for, clearly."""
    before, after = (
        {found.brand: found for found in footprint(at.snapshot, cut, groups=("all",))} for cut in at.cuts()
    )
    asked = [
        (before[brand], after[brand], name)
        for brand in at.brands
        if brand in before and brand in after and not (before[brand].too_few or after[brand].too_few)
        for name in after[brand].emotions
        if name not in _UNMOVED
    ]
    changes = [estimate.difference(a.emotions[name], b.emotions[name]) for a, b, name in asked]
    for (a, b, name), change in _clear(asked, changes, at.settings.share_points / 100):
        shares = 100 * a.emotions[name].value, 100 * b.emotions[name].value
        yield _compared(at, "emotion", b.brand, change, *shares, (a.n, b.n), {"emotion": name})


_UNMOVED = frozenset({"neutral"})
"""No feeling: nobody needs to hear that there is more of it."""


def risen_topics(at: Look) -> Iterator[Finding]:
    """Touchpoints of which a share of authors speaks that rose by the points that the config asks for."""
    before, after = (
        {(found.brand, found.touchpoint): found for found in drivers(at.snapshot, cut)} for cut in at.cuts()
    )
    votes = {found.brand: round(found.n / found.share) for found in before.values() if found.share}
    asked = [
        (before.get(key), now, votes[now.brand])
        for key, now in after.items()
        if now.touchpoint != NONE and votes.get(now.brand, 0) >= estimate.TOO_FEW and now.n >= _FEWEST
    ]
    changes = [_share_change(*item) for item in asked]
    for (a, b, n), change in _clear(asked, changes, at.settings.share_points / 100):
        counts = (a.n if a else 0, b.n)
        shares = 100 * (a.share if a else 0.0), 100 * b.share
        yield _compared(at, "topic", b.brand, change, *shares, counts, {"topic": b.touchpoint, "votes": n})


_FEWEST = 15
"""Fewer authors make no topic."""


def _share_change(before: Driver | None, now: Driver, votes: int) -> Difference:
    """The change of a share, by Agresti and Caffo (2000): one success and one failure more in each window."""
    scores = []
    for n, total in ((before.n if before else 0, votes), (now.n, round(now.n / now.share))):
        share = (n + 1) / (total + 2)
        se = (share * (1 - share) / (total + 2)) ** 0.5
        scores.append(estimate.Score(share, share - 2 * se, share + 2 * se, se, se, total, float(total)))
    return estimate.difference(*scores)


def _clear(
    asked: Sequence[_T], changes: Sequence[Difference], least: float
) -> Iterator[tuple[_T, Difference]]:
    """Which changes are clear among all of one look and at least as large, in the direction of `least`."""
    held = estimate.benjamini_hochberg([change.p_value for change in changes], RATE)
    for item, change, holds in zip(asked, changes, held, strict=True):
        excludes = change.high < 0 if least < 0 else change.low > 0
        large = change.value <= least if least < 0 else change.value >= least
        if holds and excludes and large:
            yield item, change


def _compared(
    at: Look,
    rule: Rule,
    brand: str | None,
    change: Difference,
    before: float,
    after: float,
    counts: tuple[int, int],
    more: dict[str, Any],
) -> Finding:
    scale = 1 if rule == "nps" else 100
    about = [str(more[name]) for name in ("emotion", "topic") if name in more]
    size = round(abs(scale * change.value), 1)
    return Finding(
        key=":".join([rule, brand or "", *about]), rule=rule, brand=brand, size=size,
        since=at.first, until=at.until,
        facts={
            "points": size, "before": round(before, 1), "after": round(after, 1),
            "low": round(scale * change.low, 1), "high": round(scale * change.high, 1),
            "n_before": counts[0], "n_after": counts[1], "days": WINDOW.days, **more,
        },
    )  # fmt: skip


def spikes(at: Look) -> Iterator[Finding]:
    """Brands of whom far more is said than at this time of the last eight weeks."""
    params = {"timezone": at.snapshot.meta.timezone, "now": at.until, "brands": list(at.brands)}
    known = {row["source"]: row["first"] for row in at.snapshot.rows("alerts.known_since")}
    rows = at.snapshot.rows("alerts.volumes", params)
    for spike in alert_volume.spikes(rows, known, at.until, at.settings.volume_times):
        begun = at.until - timedelta(hours=spike.hours)
        since = at.snapshot.cursor().execute(
            query("alerts.begun"), {"brand": spike.brand, "since": begun, "now": at.until}
        ).fetchall()[0][0]  # fmt: skip
        yield Finding(
            key=f"volume:{spike.brand}", rule="volume", brand=spike.brand, size=spike.count,
            since=since, until=at.until,
            facts={
                "count": spike.count, "hours": spike.hours, "usual": round(spike.usual, 1),
                "times": round(spike.times, 1), "p_value": spike.p_value, "sources": list(spike.sources),
            },
        )  # fmt: skip


def silences(at: Look) -> Iterator[Finding]:
    """Targets that have not spoken for much longer than they ever pause: a crawl problem, not peace."""
    silent = [row for row in at.snapshot.rows("alerts.sources") if _silent(row, at)]
    if silent:
        yield Finding(
            key="silent", rule="silent", audience="operator", size=len(silent),
            state=", ".join(row["target"] for row in silent),
            since=min(row["newest_mention"] for row in silent), until=at.now,
            facts={"count": len(silent), "sources": [_quiet(row, at) for row in silent]},
        )  # fmt: skip


_EXPECTED = 7.0
"""So many mentions should have come: by chance none would with probability e^-7, one in a thousand."""
_LONGEST = 2.0
"""And the silence is so many times the longest of the last eight weeks."""


def _silent(row: dict[str, Any], at: Look) -> bool:
    quiet = (at.now - row["newest_mention"]).total_seconds() / 86_400
    least = max(float(at.settings.silent_days), _LONGEST * (row["longest_gap"] or 0.0))
    return bool(quiet > least and quiet * row["recent"] / 56 >= _EXPECTED)


def _quiet(row: dict[str, Any], at: Look) -> dict[str, Any]:
    idle = (at.now - row["last_crawl"]) > timedelta(days=at.settings.silent_days)
    return {
        "source": row["target"], "since": row["newest_mention"].isoformat(),
        "perweek": round(row["recent"] / 8, 1),
        "why": "why_idle" if idle else "why_errors" if row["errors"] else "why_crawled",
        "crawled": row["last_crawl"].isoformat(),
    }  # fmt: skip


_RULES: dict[str, Callable[[Look], Iterator[Finding]]] = {
    "campaign": campaigns,
    "nps": fallen,
    "emotion": risen_emotions,
    "topic": risen_topics,
    "volume": spikes,
    "silent": silences,
}
