"""Drivers: which touchpoints lift the score, which pull it down, and what people say of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from app import cards, charts, data, figures, frames, sections, words
from app.blocks import chart_card
from app.stage import Stage
from pipeline.drivers import NONE, Driver


def show(stage: Stage) -> None:
    """Draw the page."""
    found = figures.driven(stage.at, stage.own)
    period = words.days(stage.filters.first, stage.filters.last)
    if not found:
        st.html(cards.head(f"What drives the score of {stage.brand} is not known yet", period))
        text = "No text of this cut names a touchpoint. Choose a longer period, or read the texts:"
        st.html(cards.empty("No touchpoints", text, "sayso run"))
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
        return f"Too few mentions to say what drives the score of {brand}"
    worst, best = (pick(sure, key=lambda item: item.impact_additive) for pick in (min, max))
    up = f"{best.touchpoint.capitalize()} lifts {brand} most ({words.signed(best.impact_additive, 1)})"
    down = f"{worst.touchpoint} pulls it down most ({words.signed(worst.impact_additive, 1)})"
    if worst.impact_additive >= 0:
        return f"{up}; nothing pulls it down"
    if best.impact_additive <= 0:
        return f"Nothing lifts {brand}; {down}"
    return f"{up}; {down}"


def _impact(stage: Stage, frame: pd.DataFrame) -> None:
    told = [f"{name} {label}" for name, label in zip(frame["touchpoint"], frame["label"], strict=True)]
    chart_card(
        "impact", "What it does to the score",
        "NPS points; all of them and the mentions that name none add up to the score",
        frame=frame, draw=charts.impact, look=stage.look,
        alt=f"Impact of touchpoints on the score of {stage.brand}: {words.listed(told)}",
    )  # fmt: skip


def _grid(stage: Stage, frame: pd.DataFrame) -> None:
    chart_card(
        "grid", "Mend or keep", "Low and far to the right: mend first. High and far to the right: keep",
        frame=frame, draw=charts.grid, look=stage.look,
        alt=f"Touchpoints of {stage.brand}: how often they are named against the score of who names them",
    )  # fmt: skip


def _quotes(stage: Stage, touchpoints: Sequence[str]) -> None:
    with st.container(border=True, key="card-quotes"):
        st.html(cards.title("In their own words", "The newest mentions that name it"))
        chosen = st.segmented_control(
            "Touchpoint", touchpoints, default=touchpoints[0], format_func=str.capitalize, required=True,
            key="driver", label_visibility="collapsed",
        )  # fmt: skip
        use_native = data.meta(stage.name).native_ratings == "use"
        rows = figures.quotes(stage.at, replace(stage.own, touchpoint=chosen))
        st.html(cards.mentions([sections.mention_card(row, use_native) for row in rows]))
