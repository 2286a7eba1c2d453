"""Charts of a dossier as SVG text: volume and votes over time, who posted when, who posts like whom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.drawings import WIDTH, Scale, rule, svg, write
from app.palette import Palette
from pipeline.dossier import Account, Bucket, Step, Tie

_LEFT, _RIGHT = 44, 14
MOST_ACCOUNTS, MOST_NODES = 40, 48
"""More are in the tables."""


def volume(buckets: Sequence[Bucket], step: Step, zone: ZoneInfo, palette: Palette, alt: str) -> str:
    """Mentions an hour or day: those of the campaign stand on the others."""
    height, foot = 190, 24
    times = _times([bucket.start for bucket in buckets], step)
    most = max(bucket.members + bucket.others for bucket in buckets)
    y = Scale(0, most, height - foot, 8)
    width = max(_span(step) / (times.high - times.low) * (times.last - times.first) - 1, 1.2)
    parts = [*_levels(most, y, palette), *_dates(times, zone, height, palette)]
    for bucket in buckets:
        x = times(bucket.start.timestamp())
        for low, high, colour in (
            (0, bucket.others, palette.faint),
            (bucket.others, bucket.others + bucket.members, palette.classes["detractor"]),
        ):
            if high > low:
                parts.append(
                    f'<rect x="{x:.1f}" y="{y(high):.1f}" width="{width:.1f}" '
                    f'height="{y(low) - y(high):.1f}" fill="{colour}"/>'
                )
    return svg(parts, height, alt)


def votes(buckets: Sequence[Bucket], step: Step, zone: ZoneInfo, palette: Palette, alt: str) -> str:
    """The mean vote an hour or day, -100..100, larger where more spoke; a line at the mean of all others."""
    height, foot = 150, 24
    times = _times([bucket.start for bucket in buckets], step)
    y = Scale(-1, 1, height - foot, 8)
    parts = _dates(times, zone, height, palette)
    for tick, name in ((-1, "−100"), (0, "0"), (1, "+100")):
        parts += [
            rule(_LEFT, y(tick), WIDTH - _RIGHT, y(tick), palette.line, width=2 if tick == 0 else 1),
            write(name, _LEFT - 8, y(tick) + 4, palette.faint, anchor="end"),
        ]
    usual = _usual(buckets)
    if usual is not None:
        parts.append(rule(_LEFT, y(usual), WIDTH - _RIGHT, y(usual), palette.faint, width=1.5, opacity=0.7))
    for bucket in buckets:
        x = times(bucket.start.timestamp() + _span(step) / 2)
        for vote, count, colour in (
            (bucket.others_vote, bucket.others, palette.faint),
            (bucket.members_vote, bucket.members, palette.classes["detractor"]),
        ):
            if vote is not None:
                parts.append(_point(x, y(vote), min(2 + math.sqrt(count), 9), colour))
    return svg(parts, height, alt)


def who_when(accounts: Sequence[Account], zone: ZoneInfo, palette: Palette, alt: str) -> str:
    """A row an account, a point a mention, by time."""
    shown = accounts[:MOST_ACCOUNTS]
    row, foot = 15, 24
    height = row * len(shown) + foot + 6
    times = _times([at for account in shown for at in account.times], "hour", left=92)
    parts = _dates(times, zone, height, palette)
    for place, account in enumerate(shown):
        y = row * place + row / 2 + 3
        parts += [
            write(account.author_hash[:8], 84, y + 4, palette.muted, anchor="end"),
            rule(92, y, WIDTH - _RIGHT, y, palette.line),
        ]
        parts += [_point(times(at.timestamp()), y, 4, palette.classes["detractor"]) for at in account.times]
    return svg(parts, height, alt)


def ties(found: Sequence[Tie], palette: Palette, alt: str) -> str:
    """Accounts on a circle, a line where two posted alike; the stronger the darker."""
    names: dict[str, None] = {}
    for tie in found:
        for name in (tie.a, tie.b):
            if name in names or len(names) < MOST_NODES:
                names[name] = None
    radius, middle, height = 150, (WIDTH / 2, 178), 356
    angle = {name: 2 * math.pi * place / len(names) for place, name in enumerate(names)}

    def at(name: str, far: float = 1.0) -> tuple[float, float]:
        turn = angle[name] - math.pi / 2
        return middle[0] + far * radius * math.cos(turn), middle[1] + far * radius * math.sin(turn)

    colour = palette.classes["detractor"]
    parts = [
        rule(*at(tie.a), *at(tie.b), colour, width=1.2, opacity=max(0.12, 0.7 * tie.weight))
        for tie in found
        if tie.a in angle and tie.b in angle
    ]
    for name in names:
        (x, y), (u, v) = at(name), at(name, 1.06)
        side = "start" if u > middle[0] + 8 else "end" if u < middle[0] - 8 else "middle"
        parts.append(_point(x, y, 5, palette.accent))
        if len(names) <= MOST_NODES // 2:
            parts.append(write(name[:8], u, v + 4, palette.muted, anchor=side))
    return svg(parts, height, alt)


def _usual(buckets: Sequence[Bucket]) -> float | None:
    heard = [(bucket.others_vote, bucket.others) for bucket in buckets if bucket.others_vote is not None]
    total = sum(count for _, count in heard)
    return sum(vote * count for vote, count in heard) / total if total else None


def _point(x: float, y: float, radius: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" opacity="0.8"/>'


def _span(step: Step) -> float:
    return 3600.0 if step == "hour" else 86_400.0


def _times(starts: Sequence[datetime], step: Step, left: float = _LEFT) -> Scale:
    low, high = min(starts).timestamp(), max(starts).timestamp() + _span(step)
    return Scale(low, high, left, WIDTH - _RIGHT)


def _levels(most: int, y: Scale, palette: Palette) -> list[str]:
    step = next(step for k in range(9) for step in (10**k, 2 * 10**k, 5 * 10**k) if most / step <= 5)
    parts = []
    for level in range(0, most + 1, step):
        parts += [
            rule(_LEFT, y(level), WIDTH - _RIGHT, y(level), palette.line, width=2 if level == 0 else 1),
            write(str(level), _LEFT - 8, y(level) + 4, palette.faint, anchor="end"),
        ]
    return parts


def _dates(times: Scale, zone: ZoneInfo, height: float, palette: Palette) -> list[str]:
    """Midnights of the home's clock, eight at most."""
    days = list(_midnights(times, zone))
    shown = days[:: max(1, math.ceil(len(days) / 8))]
    return [
        write(f"{at.day} {at:%b}", times(at.timestamp()), height - 6, palette.faint, anchor="middle")
        for at in shown
        if times.first + 8 <= times(at.timestamp()) <= times.last - 8
    ]


def _midnights(times: Scale, zone: ZoneInfo) -> Iterator[datetime]:
    day = datetime.fromtimestamp(times.low, zone).date()
    while (at := datetime(day.year, day.month, day.day, tzinfo=zone)).timestamp() <= times.high:
        yield at
        day += timedelta(days=1)
