"""The charts of a campaign: when it came beside what is usual, and which accounts posted when."""

from __future__ import annotations

from typing import Literal

import altair as alt
import pandas as pd

from app.charts import Chart, legend, styled
from app.i18n import _
from app.palette import Palette


def timeline(frame: pd.DataFrame, palette: Palette, step: Literal["hour", "day"] = "day") -> Chart:
    """Mentions by hour or day, those of the campaign on top of all others.

    Columns: start, group (its name), member (whether of the campaign), n.
    """
    names = list(dict.fromkeys(frame.sort_values("member")["group"]))
    form = "%d %b, %H:%M" if step == "hour" else "%d %b %Y"
    unit: Literal["yearmonthdatehours", "yearmonthdate"] = (
        "yearmonthdatehours" if step == "hour" else "yearmonthdate"
    )
    bars = alt.Chart(frame).mark_bar().encode(
        x=alt.X("start:T", timeUnit=unit, title=None, axis=alt.Axis(format=form, labelOverlap="greedy")),
        y=alt.Y("n:Q", title=_("Mentions"), axis=alt.Axis(format="d", tickMinStep=1)),
        color=alt.Color(
            "group:N", scale=alt.Scale(domain=names, range=[palette.faint, palette.warn][: len(names)]),
            legend=legend(),
        ),
        order=alt.Order("member:N"),
        tooltip=[
            alt.Tooltip("start:T", title=_("From"), format=form), alt.Tooltip("group:N", title=_("Whose")),
            alt.Tooltip("n:Q", title=_("Mentions"), format=","),
        ],
    )  # fmt: skip
    return styled(bars, palette, height=240)


def accounts(frame: pd.DataFrame, palette: Palette) -> Chart:
    """A row an account, a point a mention of the campaign. Columns: account, at."""
    order = list(dict.fromkeys(frame["account"]))
    points = alt.Chart(frame).mark_point(filled=True, size=60, color=palette.warn, opacity=0.8).encode(
        x=alt.X(
            "at:T", title=None, scale=alt.Scale(padding=14),
            axis=alt.Axis(format="%d %b, %H:%M", tickCount=5, labelOverlap="greedy"),
        ),
        y=alt.Y("account:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("account:N", title=_("Account")),
            alt.Tooltip("at:T", title=_("Said"), format="%d %b %Y, %H:%M"),
        ],
    )  # fmt: skip
    return styled(points, palette, height=18 * len(order) + 40)
