"""Drivers: which touchpoints lift the score, which pull it down, and what people say of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from app import address, cards, charts, data, figures, frames, sections, words
from app.blocks import chart_card
from app.i18n import _
from app.stage import Stage
from pipeline.drivers import NONE, Driver


def show(stage: Stage) -> None:
    """Draw the page."""
    found = figures.driven(stage.at, stage.own)
    period = words.days(stage.filters.first, stage.filters.last)
    if not found:
        st.html(cards.head(_("What drives the score of {brand} is not known yet", brand=stage.brand), period))
        text = _("No text of this cut names a touchpoint. Choose a longer period, or read the texts:")
        st.html(cards.empty(_("No touchpoints"), text, "sayso run"))
        return
    frame = frames.drivers(found)
    st.html(cards.head(_sentence(stage.brand, found), period))
    left, right = st.columns(2, gap="small")
    with left:
        _impact(stage, frame)
    with right:
        _grid(stage, frame)
    _quotes(stage, [driver.touchpoint for driver in found if driver.touchpoint != NONE])


def _sentence(brand: str, found: Sequence[Driver]) -> str:
    sure = [driver for driver in found if driver.touchpoint != NONE and not driver.too_few]
    if not sure:
        return _("Too few mentions to say what drives the score of {brand}", brand=brand)
    worst, best = (pick(sure, key=lambda item: item.impact_additive) for pick in (min, max))
    fields = {
        "brand": brand,
        "best": words.touchpoint(best.touchpoint), "up": words.signed(best.impact_additive, 1),
        "worst": words.touchpoint(worst.touchpoint), "down": words.signed(worst.impact_additive, 1),
    }  # fmt: skip
    if worst.impact_additive >= 0:
        return _("{best} lifts {brand} most ({up}); nothing pulls it down", **fields)
    if best.impact_additive <= 0:
        return _("{worst} pulls {brand} down most ({down}); nothing lifts it", **fields)
    return _("{best} lifts {brand} most ({up}), {worst} pulls it down most ({down})", **fields)


def _impact(stage: Stage, frame: pd.DataFrame) -> None:
    told = [f"{name} {label}" for name, label in zip(frame["touchpoint"], frame["label"], strict=True)]
    chart_card(
        "impact", _("What it does to the score"),
        _("NPS points; all of them and the mentions that name none add up to the score"),
        frame=frame, draw=charts.impact, look=stage.look,
        alt=_(
            "Impact of touchpoints on the score of {brand}: {impacts}", brand=stage.brand,
            impacts=words.listed(told),
        ),
    )  # fmt: skip


def _grid(stage: Stage, frame: pd.DataFrame) -> None:
    chart_card(
        "grid", _("Mend or keep"), _("Low and far to the right: mend first. High and far to the right: keep"),
        frame=frame, draw=charts.grid, look=stage.look,
        alt=_(
            "Touchpoints of {brand}: how often they are named against the score of who names them",
            brand=stage.brand,
        ),
    )  # fmt: skip


def _quotes(stage: Stage, touchpoints: Sequence[str]) -> None:
    with st.container(border=True, key="card-quotes"):
        st.html(cards.title(_("In their own words"), _("The newest mentions that name it")))
        chosen = st.segmented_control(
            _("Touchpoint"), touchpoints, default=touchpoints[0], required=True,
            format_func=address.labels(touchpoints, words.touchpoint),
            key="driver", label_visibility="collapsed",
        )  # fmt: skip
        use_native = data.meta(stage.name).native_ratings == "use"
        rows = figures.quotes(stage.at, replace(stage.own, touchpoint=chosen))
        st.html(cards.mentions([sections.mention_card(row, use_native) for row in rows]))
