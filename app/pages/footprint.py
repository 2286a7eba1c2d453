"""Footprint: what people feel, by how they stand, by month, by touchpoint, and beside competitors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from app import cards, charts, figures, frames, words
from app.blocks import chart_card
from app.i18n import N_, _
from app.stage import Stage
from pipeline.drivers import NONE
from pipeline.footprint import Footprint

_GROUPS = {
    "all": N_("Everybody"),
    "promoter": N_("Promoters"),
    "passive": N_("Passives"),
    "detractor": N_("Detractors"),
}
_MONTHS = 12


def show(stage: Stage) -> None:
    """Draw the page."""
    groups = figures.felt(stage.at, stage.own)
    period = words.days(stage.filters.first, stage.filters.last)
    if not groups:
        st.html(cards.head(_("What people feel about {brand} is not known yet", brand=stage.brand), period))
        st.html(
            cards.empty(
                _("No text was read here"), _("Choose a longer period, or read the texts:"), "sayso run"
            )
        )
        return
    whole = next(item for item in groups if item.group == "all")
    st.html(cards.head(_sentence(stage.brand, whole), period))
    _heat(
        stage, "felt-class", _("By how they stand"),
        _("Share of each group's mentions that show the emotion"),
        [(_(_GROUPS[item.group]), item) for item in groups],
    )  # fmt: skip
    _against(stage)
    months = figures.felt(stage.at, stage.own, "month", ("all",))[-_MONTHS:]
    _heat(
        stage, "felt-month", _("Month by month"),
        _("The last {n} months at most; pale: too few mentions", n=_MONTHS),
        [(words.short_month(item.period), item) for item in months if item.period],
    )  # fmt: skip
    _heat(
        stage, "felt-touchpoint", _("By touchpoint"),
        _("Among mentions that name it; pale: too few mentions"),
        _by_touchpoint(stage),
    )  # fmt: skip


def _sentence(brand: str, whole: Footprint) -> str:
    if whole.too_few:
        return _("Too few texts to say what people feel about {brand}", brand=brand)
    strongest = max(
        (name for name in whole.emotions if name != "neutral"), key=lambda e: whole.emotions[e].value
    )
    share = words.percent(whole.emotions[strongest].value)
    none = words.percent(whole.no_positive.value)
    return _(
        "{emotion} is felt most ({share}); {none} felt nothing positive",
        emotion=words.emotion(strongest), share=share, none=none,
    )  # fmt: skip


def _heat(stage: Stage, key: str, title: str, below: str, groups: Iterable[tuple[str, Footprint]]) -> None:
    frame = frames.heat(groups)
    told = ""
    if len(frame):
        best = frame.iloc[int(frame["share"].to_numpy().argmax())]
        told = _(
            "highest: {emotion}, {group}, {share}", emotion=best["name"], group=best["column"],
            share=words.percent(best["share"]),
        )  # fmt: skip
    chart_card(
        key, title, below, frame=frame, draw=charts.heat, look=stage.look,
        alt=_("Emotions of {brand}, {title}: {told}", brand=stage.brand, title=title, told=told),
    )  # fmt: skip


def _against(stage: Stage) -> None:
    felt = {item.brand: item for item in figures.felt(stage.at, stage.all, "all", ("all",)) if item.brand}
    order = [stage.brand, *(brand for brand in stage.choices.brands if brand != stage.brand)]
    frame = frames.footprint({brand: felt[brand] for brand in order if brand in felt}, stage.places)
    chart_card(
        "felt-brands", _("Beside competitors"),
        _("Bars: the brand with its 95% interval; marks: competitors"),
        frame=frame, draw=charts.footprint, look=stage.look,
        alt=_(
            "Emotions of {brand} beside those of {rivals}", brand=stage.brand,
            rivals=words.listed(order[1:]),
        ),
    )  # fmt: skip


def _by_touchpoint(stage: Stage) -> list[tuple[str, Footprint]]:
    named = [driver.touchpoint for driver in figures.driven(stage.at, stage.own) if driver.touchpoint != NONE]
    found = []
    for touchpoint in named:
        felt = figures.felt(stage.at, replace(stage.own, touchpoint=touchpoint), "all", ("all",))
        found += [(words.touchpoint(touchpoint), item) for item in felt]
    return found
