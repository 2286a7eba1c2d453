"""Charts of the report as SVG text: no script, no font, no address, so that a file shows them anywhere.

Numbers come as they are shown; nothing is computed here but places on the page. Sizes are in SVG units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.palette import Palette

WIDTH = 700


@dataclass(frozen=True)
class Bar:
    """A row: its name, value and interval, what stands at its end, its colour; `faded`: too few said it."""

    name: str
    value: float
    low: float
    high: float
    label: str
    colour: str
    faded: bool = False


@dataclass(frozen=True)
class Line:
    """A brand over time: a point is (place on the time axis, value, low, high, faded); `own` is thick."""

    name: str
    points: Sequence[tuple[int, float, float, float, bool]]
    colour: str
    own: bool


@dataclass(frozen=True)
class Scale:
    """From values to places."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return self.first + (inside - self.low) / (self.high - self.low) * (self.last - self.first)


def bars(rows: Sequence[Bar], palette: Palette, *, low: float, high: float, alt: str) -> str:
    """Horizontal bars from zero with their intervals as whiskers."""
    row, left, right = 24, 150, 66
    at = Scale(low, high, left, WIDTH - right)
    parts = [rule(at(0), 0, at(0), row * len(rows), palette.line)]
    for place, item in enumerate(rows):
        y = row * place + row / 2
        begin, end = sorted((at(0), at(item.value)))
        opacity = 0.35 if item.faded else 1
        parts += [
            write(item.name, left - 10, y + 4, palette.text, anchor="end"),
            f'<rect x="{begin:.1f}" y="{y - 7:.1f}" width="{max(end - begin, 1):.1f}" height="14" rx="2" '
            f'fill="{item.colour}" opacity="{opacity}"/>',
            rule(at(item.low), y, at(item.high), y, palette.text, width=1.2, opacity=0.55),
            write(item.label, WIDTH - right + 10, y + 4, palette.muted),
        ]
    return svg(parts, row * len(rows) + 4, alt)


def spans(rows: Sequence[Bar], palette: Palette, *, low: float, high: float, alt: str) -> str:
    """Each score as a point on its interval, on one scale with its ticks below."""
    row, left, right = 34, 150, 66
    at, bottom = Scale(low, high, left, WIDTH - right), 34 * len(rows)
    parts = []
    for tick in _ticks(low, high):
        parts += [
            rule(at(tick), 0, at(tick), bottom, palette.line, width=2 if tick == 0 else 1),
            write(_tick(tick), at(tick), bottom + 16, palette.faint, anchor="middle"),
        ]
    for place, item in enumerate(rows):
        y = row * place + row / 2
        opacity = 0.4 if item.faded else 1
        parts += [
            write(item.name, left - 10, y + 4, palette.text, anchor="end"),
            rule(at(item.low), y, at(item.high), y, item.colour, width=9, opacity=0.28 * opacity),
            f'<circle cx="{at(item.value):.1f}" cy="{y}" r="6.5" fill="{item.colour}" opacity="{opacity}"/>',
            write(item.label, WIDTH - right + 10, y + 5, palette.text, bold=True),
        ]
    return svg(parts, bottom + 24, alt)


def trend(
    lines: Sequence[Line], ticks: Sequence[str], palette: Palette, *, low: float, high: float, alt: str
) -> str:
    """Scores over time, the own brand on its interval. Where too few spoke, points are hollow."""
    height, left, right, top = 230, 44, 30, 10
    y = Scale(low, high, height - 30, top)
    x = Scale(0, max(len(ticks) - 1, 1), left, WIDTH - right)
    parts = []
    for tick in _ticks(low, high):
        parts += [
            rule(left, y(tick), WIDTH - right, y(tick), palette.line, width=2 if tick == 0 else 1),
            write(_tick(tick), left - 8, y(tick) + 4, palette.faint, anchor="end"),
        ]
    parts += [
        write(name, x(place), height - 10, palette.faint, anchor="middle")
        for place, name in enumerate(ticks)
        if name
    ]
    for line in sorted(lines, key=lambda item: item.own):
        parts += _drawn(line, x, y, palette)
    return svg(parts, height, alt)


def _drawn(line: Line, x: Scale, y: Scale, palette: Palette) -> list[str]:
    parts = []
    for run in _runs(line.points):
        if line.own and len(run) > 1:
            edge = [(x(p[0]), y(p[3])) for p in run] + [(x(p[0]), y(p[2])) for p in reversed(run)]
            around = " ".join(f"{a:.1f},{b:.1f}" for a, b in edge)
            parts.append(f'<polygon points="{around}" fill="{line.colour}" opacity="0.15"/>')
        path = " ".join(f"{x(p[0]):.1f},{y(p[1]):.1f}" for p in run)
        dash, width = ("", 3) if line.own else (' stroke-dasharray="5 3"', 1.6)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="{width}"'
            f'{dash} stroke-linejoin="round"/>'
        )
    for place, value, *_, faded in line.points:
        fill = palette.surface if faded else line.colour
        parts.append(
            f'<circle cx="{x(place):.1f}" cy="{y(value):.1f}" r="{4 if line.own else 2.6}" fill="{fill}" '
            f'stroke="{line.colour}"/>'
        )
    return parts


Point = tuple[int, float, float, float, bool]


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Unbroken pieces of points that enough said."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point[4]:
            runs.append([])
            continue
        if runs[-1] and point[0] != runs[-1][-1][0] + 1:
            runs.append([])
        runs[-1].append(point)
    return [run for run in runs if run]


def stack(parts: Sequence[tuple[str, float, str, str]], alt: str) -> str:
    """Shares that make a whole: (label, share, colour, colour of the label)."""
    x, drawn = 0.0, []
    for label, share, colour, ink in parts:
        width = share * WIDTH
        drawn.append(f'<rect x="{x:.1f}" y="0" width="{max(width - 2, 0):.1f}" height="30" fill="{colour}"/>')
        if width > 44:
            drawn.append(write(label, x + width / 2, 20, ink, anchor="middle", bold=True))
        x += width
    return svg(drawn, 30, alt)


def _tick(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−") if value else "0"


def _ticks(low: float, high: float) -> list[float]:
    step = next(step for step in (5, 10, 20, 25, 50, 100) if (high - low) / step <= 8)
    return [step * k for k in range(int(low // step), int(high // step) + 1) if low <= step * k <= high]


def svg(parts: Sequence[str], height: float, alt: str) -> str:
    """A drawing of these parts, `WIDTH` wide; `alt` says it in words."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(alt)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def rule(
    x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1, opacity: float = 1
) -> str:
    """A straight line."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}" opacity="{opacity:.2f}" stroke-linecap="round"/>'
    )


def write(text: str, x: float, y: float, colour: str, *, anchor: str = "start", bold: bool = False) -> str:
    """A line of text; `anchor` as SVG has it."""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="13"{weight}>'
        f"{escape(text)}</text>"
    )
