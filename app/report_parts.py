"""Parts of the report that draw (trend, competitors, footprint, drivers), and pieces that all parts use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape

from app import drawings, words
from app.drawings import Bar, Line
from app.palette import LIGHT
from models.readings import EMOTIONS
from pipeline.drivers import NONE
from pipeline.estimate import Score
from pipeline.footprint import GROUPS, Footprint, Group
from pipeline.numbers import Figure
from pipeline.report import Report

_MOST = 9


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of markup (already escaped); a heading that begins with # is of numbers, to the right."""
    kinds = [' class="n"' if name.startswith("#") else "" for name in head]
    top = "".join(
        f"<th{kind}>{escape(name.lstrip('#'))}</th>" for name, kind in zip(head, kinds, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    shown = f"<thead><tr>{top}</tr></thead>" if any(head) else ""
    return f'<div class="wide"><table>{shown}<tbody>{body}</tbody></table></div>' if body else ""


def tile(label: str, value: str, span: str) -> str:
    """One figure with what it is and its interval."""
    return (
        f'<div class="tile"><div class="label">{escape(label)}</div><b>{value}</b>'
        f'<div class="span">{span}</div></div>'
    )


def percent_span(share: Score) -> tuple[str, str]:
    """A share and its interval."""
    return words.percent(share.value), f"{words.percent(share.low)} to {words.percent(share.high)}"


def bold_score(score: Score) -> tuple[str, str]:
    """A score of -100..100 and its interval."""
    return words.signed(score.value), f"{words.signed(score.low)} to {words.signed(score.high)}"


def score_span(figure: Figure) -> str:
    """The interval of a figure."""
    return f"{words.signed(figure.low)} to {words.signed(figure.high)}"


def few_note(votes: int) -> str:
    """What stands where too few spoke."""
    return f'<p class="few">{escape(words.too_few(votes))}.</p>'


def stack(parts: Sequence[tuple[str, float, str, str]]) -> str:
    """Shares that make a whole."""
    return drawings.stack(parts, ", ".join(label for label, *_ in parts))


def section(title: str, body: str, kind: str = "") -> str:
    """A section of the page; `title` and `body` are markup."""
    return f"<section{f' class={kind!r}' if kind else ''}><h2>{title}</h2>{body}</section>"


def missing(title: str, why: str) -> str:
    """A section that has nothing to show, and what to do about it."""
    return section(title, f'<p class="few">{escape(why)}</p>')


def _colour(report: Report, brand: str) -> str:
    rivals = [note.name for note in report.meta.brands if note.name != report.brand]
    return LIGHT.brand(None if brand == report.brand else rivals.index(brand))


def _span(low: float, high: float) -> str:
    return f"{words.signed(low)} to {words.signed(high)}"


def _domain(figures: Sequence[Figure]) -> tuple[float, float]:
    sure = [figure for figure in figures if not figure.too_few] or list(figures)
    low, high = min(figure.low for figure in sure), max(figure.high for figure in sure)
    return max(-100.0, 10 * (min(low, 0) // 10)), min(100.0, -10 * (-max(high, 0) // 10)) or 10.0


def _trend_domain(report: Report) -> tuple[float, float]:
    """The own brand's intervals and the competitors' scores fit."""
    shown = [
        figure if figure.brand == report.brand else replace(figure, low=figure.nps, high=figure.nps)
        for figure in report.trend
    ]
    return _domain(shown)


def trend(report: Report) -> str:
    """Months up to the end of the period."""
    months = sorted({figure.period for figure in report.trend if figure.period})
    if len(months) < 2:
        return missing("Is it moving?", "Only one month was heard so far: the second one will tell.")
    brands = [note.name for note in report.meta.brands]
    lines = []
    for brand in sorted({figure.brand or "" for figure in report.trend} & set(brands), key=brands.index):
        points = [
            (months.index(figure.period), figure.nps, figure.low, figure.high, figure.too_few)
            for figure in report.trend
            if figure.brand == brand and figure.period
        ]
        lines.append(Line(brand, points, _colour(report, brand), brand == report.brand))
    low, high = _trend_domain(report)
    step = max(1, len(months) // 7)
    ticks = [f"{month:%b %y}" if place % step == 0 else "" for place, month in enumerate(months)]
    drawn = drawings.trend(lines, ticks, LIGHT, low=low, high=high, alt=f"NPS of {report.brand} by month")
    key = "".join(
        f'<span><i style="background:{line.colour}"></i>{escape(line.name)}</span>' for line in lines
    )
    moved = [step for step in report.steps if step.moved and step.after.period]
    told = (
        "Clear moves: "
        + ", ".join(
            f"{step.after.period:%b %Y} ({words.signed(step.change.value)})"
            for step in moved
            if step.after.period
        )
        if moved
        else "No month differs clearly from the month before."
    )
    return (
        f'<section><h2>Is it moving?</h2>{drawn}<div class="key">{key}</div><p>{escape(told)}</p>'
        '<p class="note">The band is the 95 % interval; hollow points rest on too few mentions.</p></section>'
    )


def competitors(report: Report) -> str:
    """Every brand of the snapshot on one scale."""
    heard = [item for item in report.standings if item.figure]
    if len(heard) < 2:
        why = "No competitor was heard in this period. Competitors are named in sayso.toml."
        return missing("Against competitors", why)
    rows = [
        Bar(item.brand, figure.nps, figure.low, figure.high, words.signed(figure.nps),
            _colour(report, item.brand), figure.too_few)
        for item in heard
        if (figure := item.figure)
    ]  # fmt: skip
    low, high = _domain([item.figure for item in heard if item.figure])
    drawn = drawings.spans(rows, LIGHT, low=low, high=high, alt="NPS of each brand with its interval")
    cells = []
    for item in heard:
        figure, volume = item.figure, item.volume
        if figure and volume:
            no_positive = words.percent(item.felt.no_positive.value) if item.felt else ""
            versus = ""
            if item.versus:
                versus = f"{words.signed(item.versus.value)} ({_span(item.versus.low, item.versus.high)})"
            cells.append((
                escape(item.brand), words.signed(figure.nps), score_span(figure), versus, no_positive,
                words.percent(item.voice), words.count(volume.mentions),
            ))  # fmt: skip
    head = (
        "",
        "#NPS",
        "#95 %",
        f"#{report.brand} less it",
        "#No positive emotion",
        "#Share of voice",
        "#Mentions",
    )
    return f"<section><h2>Against competitors</h2>{drawn}{table(head, cells)}</section>"


def feelings(report: Report) -> str:
    """The emotional footprint: all, and by promoter, passive and detractor."""
    groups = {item.group: item for item in report.feelings}
    felt = groups.get("all")
    if felt is None:
        return missing("What they feel", "No text of this period was read.")
    order = sorted(
        (name for name in EMOTIONS if name != "neutral"), key=lambda name: -felt.emotions[name].value
    )
    top = max(felt.emotions[name].high for name in order)
    rows = [
        Bar(name.capitalize(), share.value, share.low, share.high, words.percent(share.value),
            LIGHT.emotions[name], felt.too_few)
        for name in order
        if (share := felt.emotions[name])
    ]  # fmt: skip
    drawn = drawings.bars(rows, LIGHT, low=0, high=min(1.0, top * 1.05) or 1.0, alt="Share of each emotion")
    value, span = percent_span(felt.no_positive)
    delight, surprise, irritation = (
        words.percent(felt.emotions[name].value) for name in ("delight", "surprise", "irritation")
    )
    few = few_note(felt.n) if felt.too_few else ""
    return (
        f"<section><h2>What they feel</h2>{few}<p><b>{value}</b> felt no positive emotion ({span}). "
        f"Delight {delight}, surprise {surprise}; irritation {irritation}. The reader was unsure "
        f"of {words.percent(felt.abstained.value)}.</p>{drawn}"
        f"<h3>By class</h3>{_matrix(groups, order)}</section>"
    )


def _matrix(groups: Mapping[Group, Footprint], order: Sequence[str]) -> str:
    shown = [name for name in GROUPS if name in groups]
    rows = [
        (name.capitalize(), *(words.percent(groups[group].emotions[name].value) for group in shown))
        for name in order
    ]
    none = ("No positive emotion", *(words.percent(groups[group].no_positive.value) for group in shown))
    head = [
        f"#{name.capitalize()}{'s' if name != 'all' else ''} ({words.count(groups[name].n)})"
        for name in shown
    ]
    return table(("", *head), [none, *rows])


def drivers(report: Report) -> str:
    """Touchpoints by what they do to the score."""
    found = sorted(
        (item for item in report.drivers if item.touchpoint != NONE and item.impact_leave_out is not None),
        key=lambda item: -abs(item.impact_leave_out or 0),
    )[:_MOST]
    if not found:
        return missing("What drives it", "No text of this period names a touchpoint.")
    top = max(abs(item.impact_leave_out or 0) for item in found) or 1.0
    rows = [
        Bar(item.touchpoint, impact, impact, impact, words.signed(impact, 1),
            LIGHT.classes["promoter" if impact > 0 else "detractor"], item.too_few)
        for item in found
        if (impact := item.impact_leave_out) is not None
    ]  # fmt: skip
    drawn = drawings.bars(
        rows, LIGHT, low=-top * 1.05, high=top * 1.05, alt="Impact of each touchpoint on the NPS"
    )
    cells = [
        (
            escape(item.touchpoint) + (' <span class="few">(too few)</span>' if item.too_few else ""),
            words.percent(item.share), words.signed(item.nps), _span(item.low, item.high),
            words.signed(item.impact_leave_out or 0, 1), words.signed(item.impact_additive, 1),
            words.count(item.n),
        )
        for item in found
    ]  # fmt: skip
    head = ("", "#Spoken of", "#Its NPS", "#95 %", "#Impact", "#Its part", "#Authors")
    note = (
        "Impact: the NPS less the NPS without the mentions that touch it. Its part: what it adds to the NPS "
        "when each vote is shared among the touchpoints it names; all parts and what names none add up."
    )
    return f'<section><h2>What drives it</h2>{drawn}{table(head, cells)}<p class="note">{note}</p></section>'


def benchmarks(report: Report) -> str:
    """Published survey figures of the industry: context, another instrument."""
    rows = [
        (
            escape(row["name"]), words.signed(row["nps"]), escape(row["instrument"] or ""),
            escape(" ".join(str(row[name]) for name in ("year", "country") if row[name])),
            escape(row["note"] or ""),
        )
        for row in report.benchmarks
    ]  # fmt: skip
    if not rows:
        return ""
    shown = table(("Industry", "#NPS", "Instrument", "When, where", "Note"), rows)
    return f"<h3>Published survey figures: context, another instrument</h3>{shown}"
