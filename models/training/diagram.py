"""A reliability diagram as SVG, for the model card: what was said against what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Bins = Sequence[Sequence[float]]
"""Mean probability, share that happened, count."""
SIDE = 260
MARGIN = 40
COLOURS = {"detractor": "#b35806", "promoter": "#2166ac"}
SHAPES = {
    "detractor": '<rect x="{x0:.1f}" y="{y0:.1f}" width="8" height="8"',
    "promoter": '<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"',
}


def diagram(reliability: Mapping[str, Bins]) -> str:
    """Detractor and promoter probabilities by tenths, beside the line of perfect calibration."""
    size = SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size + 120}" height="{size}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>Calibration: the share that happened against the probability said</title>",
        f'<rect width="{size + 120}" height="{size}" fill="white"/>',
        _axes(),
        *(_series(name, bins) for name, bins in reliability.items()),
        *(_legend(row, name) for row, name in enumerate(reliability)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(x: float, y: float) -> tuple[float, float]:
    return MARGIN + SIDE * x, MARGIN + SIDE * (1 - y)


def _axes() -> str:
    ticks = []
    for k in range(6):
        (x, base), (left, y) = _place(k / 5, 0), _place(0, k / 5)
        ticks.append(f'<text x="{x:.0f}" y="{base + 16:.0f}" text-anchor="middle">{k / 5:.1f}</text>')
        ticks.append(f'<text x="{left - 6:.0f}" y="{y + 4:.0f}" text-anchor="end">{k / 5:.1f}</text>')
    (x0, y0), (x1, y1) = _place(0, 0), _place(1, 1)
    frame = f'<rect x="{x0}" y="{y1}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>'
    line = f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="#888" stroke-dasharray="4 3"/>'
    said = f'<text x="{(x0 + x1) / 2}" y="{y0 + 34}" text-anchor="middle">probability said</text>'
    happened = f'<text x="{x0}" y="{y1 - 10}">share that happened</text>'
    return "\n".join([frame, line, said, happened, *ticks])


def _mark(name: str, x: float, y: float) -> str:
    shape = SHAPES[name].format(x=x, y=y, x0=x - 4, y0=y - 4)
    return f'{shape} fill="{COLOURS[name]}"/>'


def _series(name: str, bins: Bins) -> str:
    places = [_place(said, share) for said, share, _ in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    line = f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}"/>'
    return "\n".join([line, *(_mark(name, x, y) for x, y in places)])


def _legend(row: int, name: str) -> str:
    x, y = _place(1, 1)
    y += 16 + 22 * row
    return f'{_mark(name, x + 20, y)}<text x="{x + 32:.0f}" y="{y + 4:.0f}">p_{name}</text>'
