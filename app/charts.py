"""The charts: pure functions from a frame of figures and a palette to an Altair chart.

No figure is computed here. Frames have one row a mark. Shares are 0..1, scores and their ends -100..100.
`rival` is a competitor's place in the config, or null for the brand itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

import altair as alt
import pandas as pd

from app import words
from app.i18n import N_, _, spoken
from app.numerals import numerals
from app.palette import CLASSES, Palette

FONT = '"Source Sans", "Source Sans Pro", system-ui, sans-serif'
ROW = 46
"""Height in pixels of one row of a bar chart."""
LEGEND = 44
"""Height in pixels that a legend takes from a chart."""
Chart = alt.LayerChart | alt.Chart | alt.FacetChart

_SHARE, _MENTIONS = (N_("Share"), ".1%"), (N_("Mentions"), ",")
_LOW, _HIGH = N_("Low"), N_("High")
_DASHES: tuple[list[int], ...] = ([6, 3], [2, 3], [8, 3, 2, 3], [12, 3], [4, 6], [1, 2])
_SHAPES = ("diamond", "circle", "square", "triangle-up", "cross", "triangle-down", "triangle-right")


def standing(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Each brand's score as a point on its interval.

    Columns: brand, rival, nps, low, high, n, too_few, label.
    """
    base = alt.Chart(frame).encode(y=_brand_axis(frame), tooltip=_score_tips())
    colour = _brand_colour(frame, palette)
    scale = alt.Scale(domain=_score_domain(frame), nice=False)
    x = alt.X("nps:Q", scale=scale, title=None, axis=_score_axis())
    span = base.mark_rule(strokeWidth=9, strokeCap="round").encode(
        x=alt.X("low:Q", scale=scale, title=None),
        x2="high:Q",
        color=colour,
        opacity=alt.condition("datum.too_few", alt.value(0.15), alt.value(0.28)),
    )
    point = base.mark_point(filled=True, size=190, stroke=palette.surface, strokeWidth=1.5).encode(
        x=x, color=colour, shape=_brand_shape(frame), opacity=_faded(0.4)
    )
    label = base.mark_text(dy=-17, fontSize=14, fontWeight=700, color=palette.text).encode(
        x=x, text="label:N"
    )
    zero = _zero(palette).encode(x=alt.X("zero:Q", scale=scale))
    return styled(alt.layer(zero, span, point, label), palette, height=(ROW + 14) * len(frame))


def split(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Promoters, passives and detractors of each brand as one bar, so that equal scores of unlike brands
    look unlike.

    Columns: brand, key (promoter, passive, detractor), class (its name), share, label, place (0 = leftmost),
    too_few.
    """
    shown = frame.sort_values(["brand", "place"]).copy()
    shown["end"] = shown.groupby("brand", sort=False)["share"].cumsum()
    shown["start"] = shown["end"] - shown["share"]
    shown["middle"] = (shown["start"] + shown["end"]) / 2
    shown["ink"] = shown["key"].map(palette.on_classes)
    names = dict(zip(shown["key"], shown["class"], strict=True))
    colours = {names[key]: palette.classes[key] for key in reversed(CLASSES) if key in names}
    base = alt.Chart(shown).encode(y=_brand_axis(frame))
    bars = base.mark_bar(height=28, stroke=palette.surface, strokeWidth=2).encode(
        x=alt.X("start:Q", scale=alt.Scale(domain=[0, 1]), axis=None),
        x2="end:Q",
        color=_named_colours("class", colours, legend=legend()),
        opacity=_faded(0.4),
        tooltip=[
            *_tips(brand=N_("Brand")),
            alt.Tooltip("class:N", title=_("Class")),
            *_tips(share=_SHARE),
        ],
    )
    numbers = base.mark_text(fontSize=13, fontWeight=600).encode(
        x="middle:Q", text="label:N", fill=alt.Fill("ink:N", scale=None)
    )
    return styled(alt.layer(bars, numbers), palette, height=ROW * frame["brand"].nunique() + LEGEND)


def trend(frame: pd.DataFrame, palette: Palette, events: pd.DataFrame | None = None) -> Chart:
    """Scores over time: the brand as a line on its interval, competitors as dashed lines.

    Periods with too few mentions are pale points at which lines and the interval's band break.

    Columns: brand, rival, start (first day of the period), nps, low, high, n, too_few, moved (ringed).
    `events` are drawn as upright lines; their columns: at, told.
    """
    sure = frame[~frame["too_few"]]
    scale = alt.Scale(domain=_score_domain(sure if len(sure) else frame), nice=False, clamp=True)
    x = alt.X("start:T", title=None, axis=_time_axis(frame["start"]))
    y = alt.Y("nps:Q", scale=scale, title=None, axis=_score_axis())
    low = alt.Y("low:Q", scale=scale, title=None)
    broken = frame.assign(**{name: frame[name].where(~frame["too_few"]) for name in ("nps", "low", "high")})
    spans = alt.Chart(broken[broken["rival"].isna()]).encode(x=x, y=low, y2="high:Q")
    own = alt.Chart(frame[frame["rival"].isna()]).encode(x=x, y=y)
    colour = _brand_colour(frame, palette, legend=legend())
    layers = [
        _zero(palette).encode(y=alt.Y("zero:Q", scale=scale)),
        spans.mark_area(color=palette.accent, opacity=0.16, clip=True),
        spans.mark_rule(color=palette.accent, opacity=0.3, strokeWidth=1.5),
        *(line.encode(x=x, y=y, color=colour) for line in _lines(broken)),
        *_events(events, palette),
        *([_rings(own, palette)] if frame["moved"][frame["rival"].isna()].any() else []),
        _points(frame, palette).encode(x=x, y=y, color=colour),
    ]
    return styled(alt.layer(*layers), palette, height=320)


def _rings(own: alt.Chart, palette: Palette) -> alt.Chart:
    """Only where there are any: a screen reader would be told of marks that have no name."""
    rings: alt.Chart = own.transform_filter("datum.moved").mark_point(
        size=330, strokeWidth=2, color=palette.warn
    )
    return rings


def _events(events: pd.DataFrame | None, palette: Palette) -> list[alt.Chart]:
    if events is None or events.empty:
        return []
    tips = [alt.Tooltip("at:T", title=_("Day"), format="%d %b %Y"), alt.Tooltip("told:N", title=_("Event"))]
    rules = alt.Chart(events).mark_rule(color=palette.warn, strokeWidth=2, strokeDash=[4, 3])
    return [rules.encode(x=alt.X("at:T", title=None), tooltip=tips)]


def _lines(frame: pd.DataFrame) -> list[alt.Chart]:
    """A line a brand: the brand itself thick, competitors thin and each with its dashes."""
    groups = [group for _, group in frame.groupby("brand", sort=False)]
    places = [group["rival"].iloc[0] for group in groups]
    return [
        alt.Chart(group).mark_line(
            clip=True, strokeDash=_dash(place), strokeWidth=3 if pd.isna(place) else 1.6
        )
        for group, place in zip(groups, places, strict=True)
    ]


def _points(frame: pd.DataFrame, palette: Palette) -> alt.Chart:
    points: alt.Chart = alt.Chart(frame).mark_point(filled=True, stroke=palette.surface, strokeWidth=1)
    drawn: alt.Chart = points.encode(
        shape=_brand_shape(frame, legend=legend()),
        tooltip=_score_tips(start=(N_("Period from"), "%d %b %Y")),
        size=alt.condition("datum.rival === null", alt.value(80), alt.value(34)),
        opacity=_faded(0.25),
    )
    return drawn


def footprint(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Each emotion's share of mentions as a bar with its interval, competitors as marks beside it.

    Columns: brand, rival, emotion, name (as shown), share, low, high, n, too_few; sorted as drawn.
    """
    inked = frame.assign(ink=frame["emotion"].map(palette.emotions))
    order = list(dict.fromkeys(frame["name"]))
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    top = float(frame[["share", "high"]].max().max())
    scale = alt.Scale(domain=[0, min(1.0, max(0.1, top * 1.08))], nice=False)
    x = alt.X("share:Q", scale=scale, axis=alt.Axis(format=".0%", tickCount=5), title=None)
    tips = _tips(
        brand=N_("Brand"), name=N_("Emotion"), share=_SHARE, low=(_LOW, ".1%"), high=(_HIGH, ".1%"),
        n=_MENTIONS,
    )  # fmt: skip
    own = alt.Chart(inked[inked["rival"].isna()]).encode(y=y, tooltip=tips)
    bars = own.mark_bar(height=17, cornerRadiusEnd=3).encode(
        x=x, fill=alt.Fill("ink:N", scale=None), opacity=_faded(0.35)
    )
    whiskers = own.mark_rule(color=palette.text, strokeWidth=1.4).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    others = alt.Chart(inked[inked["rival"].notna()]).encode(x=x, y=y, tooltip=tips)
    marks = others.mark_point(
        filled=True, size=75, opacity=1, stroke=palette.surface, strokeWidth=1.2
    ).encode(
        color=_brand_colour(frame, palette, legend=legend(), rivals_only=True),
        shape=_brand_shape(frame, legend=legend(), rivals_only=True),
    )
    # Without competitors no empty group of marks, which would have no name for a screen reader.
    beside = [marks] if inked["rival"].notna().any() else []
    return styled(alt.layer(bars, whiskers, *beside), palette, height=40 * len(order))


def voice(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Each brand's share of all mentions. Columns: brand, rival, share, n, label."""
    base = alt.Chart(frame).encode(y=_brand_axis(frame))
    scale = alt.Scale(domain=[0, max(0.2, float(frame["share"].max()) * 1.6)], nice=False)
    x = alt.X("share:Q", scale=scale, axis=None)
    tips = _tips(brand=N_("Brand"), share=(N_("Share of voice"), ".1%"), n=_MENTIONS)
    bars = base.mark_bar(height=20, cornerRadiusEnd=3).encode(
        x=x, color=_brand_colour(frame, palette), tooltip=tips
    )
    numbers = base.mark_text(align="left", dx=7, fontSize=13, fontWeight=600, color=palette.text).encode(
        x=x, text="label:N"
    )
    return styled(alt.layer(bars, numbers), palette, height=ROW * len(frame))


def heat(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Emotions (rows) by groups, months or touchpoints (columns): the share as a number on its shade.

    Columns: name (the emotion as shown), column, share, low, high, n, too_few; sorted as drawn.
    """
    rows, columns = (list(dict.fromkeys(frame[name])) for name in ("name", "column"))
    axis = alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False, labelFontSize=13, labelPadding=8)
    top = float(frame["share"].max())
    shown = frame.assign(
        label=[words.percent(share) for share in frame["share"]], dark=frame["share"] > 0.6 * max(top, 0.1)
    )
    tips = [
        alt.Tooltip("column:N", title=_("Among")),
        *_tips(name=N_("Emotion"), share=_SHARE, low=(_LOW, ".1%"), high=(_HIGH, ".1%"), n=_MENTIONS),
    ]
    base = alt.Chart(shown).encode(
        x=alt.X("column:N", sort=columns, title=None, axis=axis),
        y=alt.Y("name:N", sort=rows, title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8)),
        tooltip=tips,
    )
    shade = alt.Scale(domain=[0, max(top, 0.1)], range=[palette.surface, palette.accent], interpolate="rgb")
    cells = base.mark_rect(stroke=palette.surface, strokeWidth=2, cornerRadius=3).encode(
        color=alt.Color("share:Q", scale=shade, legend=None), opacity=_faded(0.35)
    )
    ink = alt.condition("datum.dark && !datum.too_few", alt.value(palette.surface), alt.value(palette.text))
    numbers = base.mark_text(fontSize=13).encode(text="label:N", color=ink)
    return styled(alt.layer(cells, numbers), palette, height=32 * len(rows) + 30)


def impact(frame: pd.DataFrame, palette: Palette) -> Chart:
    """What each touchpoint adds to the score or takes from it, in NPS points.

    Columns: touchpoint, impact, label, n, too_few; sorted as drawn.
    """
    axis = alt.Axis(ticks=False, domain=False, labelFontSize=14, labelPadding=10)
    y = alt.Y("touchpoint:N", sort=list(frame["touchpoint"]), title=None, axis=axis)
    edge = max(2.0, float(frame["impact"].abs().max())) * 1.25
    scale = alt.Scale(domain=[-edge, edge], nice=False)
    base = alt.Chart(frame).encode(y=y)
    plus = alt.value(palette.classes["promoter"])
    colour = alt.condition("datum.impact >= 0", plus, alt.value(palette.classes["detractor"]))
    tips = _tips(touchpoint=N_("Touchpoint"), impact=(N_("Impact"), "+.1f"), n=_MENTIONS)
    x = alt.X("impact:Q", scale=scale, title=None, axis=_score_axis())
    bars = base.mark_bar(height=20).encode(x=x, color=colour, opacity=_faded(0.35), tooltip=tips)
    style: dict[str, Any] = {"fontSize": 13, "fontWeight": 600, "color": palette.text}
    right = base.transform_filter("datum.impact >= 0").mark_text(align="left", dx=6, **style)
    left = base.transform_filter("datum.impact < 0").mark_text(align="right", dx=-6, **style)
    zero = _zero(palette).encode(x=alt.X("zero:Q", scale=scale))
    labels = [side.encode(x=x, text="label:N") for side in (right, left)]
    return styled(alt.layer(zero, bars, *labels), palette, height=ROW * len(frame))


def grid(frame: pd.DataFrame, palette: Palette) -> Chart:
    """How often a touchpoint is named against how people who name it score.

    Columns: touchpoint, share, nps, low, high, n, too_few.
    """
    scale = alt.Scale(domain=_score_domain(frame), nice=False)
    wide = alt.Scale(domain=[0, max(0.1, float(frame["share"].max()) * 1.2)], nice=False)
    x = alt.X("share:Q", scale=wide, title=_("Share of votes that name it"), axis=alt.Axis(format=".0%"))
    told = _("Score of those votes")
    y = alt.Y("nps:Q", scale=scale, title=told, axis=_score_axis())
    form = "+.1f"
    tips = _tips(
        touchpoint=N_("Touchpoint"), nps=(N_("Score"), form), low=(_LOW, form), high=(_HIGH, form),
        share=_SHARE, n=_MENTIONS,
    )  # fmt: skip
    base = alt.Chart(frame).encode(x=x, opacity=_faded(0.35), tooltip=tips)
    low = alt.Y("low:Q", scale=scale, title=told)
    spans = base.mark_rule(color=palette.faint).encode(y=low, y2="high:Q")
    points = base.mark_point(filled=True, size=140, color=palette.accent).encode(y=y)
    names = base.mark_text(align="left", dx=10, fontSize=13, color=palette.text).encode(
        y=y, text="touchpoint:N"
    )
    zero = _zero(palette).encode(y=alt.Y("zero:Q", scale=scale))
    return styled(alt.layer(zero, spans, points, names), palette, height=340)


def styled(chart: Chart, palette: Palette, *, height: int) -> Chart:
    """The chart in the house's look, as wide as its place."""
    sized = chart.properties(width="container", height=height, background="transparent")
    styled = (
        sized.configure(
            font=FONT,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            locale=numerals(spoken()),
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=palette.muted, labelFontSize=13, gridColor=palette.line, domainColor=palette.line,
            tickColor=palette.line, titleColor=palette.muted, labelLimit=170,
        )
        .configure_axisY(labelColor=palette.text)
        .configure_legend(
            labelColor=palette.text, titleColor=palette.muted, labelFontSize=13, orient="top", title=None,
            symbolStrokeWidth=2, symbolSize=110, labelLimit=170,
        )
    )  # fmt: skip
    return cast(Chart, styled)


def legend() -> alt.Legend:
    """A legend above the chart."""
    return alt.Legend(title=None, orient="top", direction="horizontal", columns=3)


def _faded(pale: float) -> Any:
    """Opacity: pale where there are too few mentions to say anything."""
    return alt.condition("datum.too_few", alt.value(pale), alt.value(1.0))


def _brand_axis(frame: pd.DataFrame) -> alt.Y:
    order = list(dict.fromkeys(frame["brand"]))
    axis = alt.Axis(ticks=False, domain=False, labelFontSize=14, labelPadding=10, labelFontWeight=600)
    return alt.Y("brand:N", sort=order, title=None, axis=axis)


def _brands(frame: pd.DataFrame, rivals_only: bool = False) -> dict[str, int | None]:
    pairs = frame[["brand", "rival"]].drop_duplicates()
    places = {
        str(brand): None if pd.isna(rival) else int(rival)
        for brand, rival in zip(pairs["brand"], pairs["rival"], strict=True)
    }
    return {name: place for name, place in places.items() if place is not None or not rivals_only}


def _brand_colour(
    frame: pd.DataFrame, palette: Palette, *, legend: alt.Legend | None = None, rivals_only: bool = False
) -> alt.Color:
    colours = {name: palette.brand(place) for name, place in _brands(frame, rivals_only).items()}
    return _named_colours("brand", colours, legend=legend)


def _named_colours(field: str, colours: Mapping[str, str], *, legend: alt.Legend | None) -> alt.Color:
    names = list(colours)
    return alt.Color(
        f"{field}:N", scale=alt.Scale(domain=names, range=[colours[name] for name in names]), legend=legend
    )


def _brand_shape(
    frame: pd.DataFrame, *, legend: alt.Legend | None = None, rivals_only: bool = False
) -> alt.Shape:
    places = _brands(frame, rivals_only)
    shapes = [_SHAPES[0 if place is None else 1 + place % (len(_SHAPES) - 1)] for place in places.values()]
    return alt.Shape("brand:N", scale=alt.Scale(domain=list(places), range=shapes), legend=legend)


def _dash(rival: Any) -> list[int]:
    return [1, 0] if pd.isna(rival) else _DASHES[int(rival) % len(_DASHES)]


def _time_axis(starts: pd.Series[pd.Timestamp]) -> alt.Axis:
    """Ticks at the periods themselves, a dozen at most; with the day where periods are under a month."""
    days = sorted(set(starts))
    every = -(-len(days) // 12)
    short = any((later - earlier).days < 28 for earlier, later in pairwise(days))
    values = [{"year": day.year, "month": day.month, "date": day.day} for day in days[::-every]][::-1]
    return alt.Axis(format="%-d %b %y" if short else "%b %Y", values=values, labelOverlap="greedy")


def _score_axis() -> alt.Axis:
    return alt.Axis(labelExpr="datum.value === 0 ? '0' : format(datum.value, '+d')", tickCount=6)


def _score_domain(frame: pd.DataFrame) -> list[float]:
    """The ends of the score axis: all intervals and zero, with some air, inside -100..100."""
    low, high = float(frame["low"].min()), float(frame["high"].max())
    air = max(5.0, (high - low) * 0.08)
    return [max(-100.0, min(low - air, -5.0)), min(100.0, max(high + air, 5.0))]


def _zero(palette: Palette) -> alt.Chart:
    rule: alt.Chart = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=palette.faint, strokeDash=[3, 3])
    return rule


def _score_tips(**more: tuple[str, str]) -> list[alt.Tooltip]:
    form = "+.1f"
    return _tips(
        brand=N_("Brand"), **more, nps=(N_("Score"), form), low=(_LOW, form), high=(_HIGH, form), n=_MENTIONS
    )


def _tips(**fields: str | tuple[str, str]) -> list[alt.Tooltip]:
    tips: list[alt.Tooltip] = []
    for name, told in fields.items():
        title, form = told if isinstance(told, tuple) else (told, "")
        options: dict[str, Any] = {"format": form} if form else {}
        kind = "T" if "%b" in form else ("Q" if form else "N")
        tips.append(alt.Tooltip(f"{name}:{kind}", title=_(title), **options))
    return tips
