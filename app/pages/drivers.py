"""Drivers: which touchpoints lift the score, which pull it down, and what people say of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app import address, cards, charts, data, figures, frames, sections, words
from app.blocks import chart_card
from app.blocks import figures as table_of
from app.i18n import N_, _
from app.stage import Stage
from pipeline import topics
from pipeline.drivers import NONE, Driver
from pipeline.grid import Place, grid

_TOPICS = 12
_GROWING = 1.5
_ADVICE = {
    "invest": N_("Mend first: it matters, and others do better"),
    "keep": N_("Keep: it matters, and the brand does as well or better"),
    "save": N_("Fine: it matters little, and the brand is ahead"),
    "watch": N_("Watch: it matters little yet, and others are ahead"),
    "too few": N_("Too few mentions to say"),
}


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
    _advice(stage, found)
    _topics(stage)
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


def _advice(stage: Stage, found: Sequence[Driver]) -> None:
    others = [driver for driver in figures.driven(stage.at, stage.all) if driver.brand != stage.brand]
    score = sum(driver.impact_additive for driver in found)
    places = grid(found, others, score)
    with st.container(border=True, key="card-advice"):
        below = _("How much each matters to the score, and how the brand does there beside its competitors")
        st.html(cards.title(_("What to do about it"), below))
        said = {driver.touchpoint: words.many(driver.n, "mention") for driver in found}
        st.html(cards.pairs(
            (f"{words.touchpoint(place.touchpoint)} · {said[place.touchpoint]}", _placed(place))
            for place in places
        ))  # fmt: skip
        table_of("advice", pd.DataFrame(
            {N_("Touchpoint"): words.touchpoint(place.touchpoint), N_("Advice"): _(_ADVICE[place.advice]),
             N_("Share"): place.spoken, N_("Impact"): place.impact, N_("Against others"): place.performance}
            for place in places
        ))  # fmt: skip


def _placed(place: Place) -> str:
    advice = _(_ADVICE[place.advice])
    if place.performance is None:
        return advice
    return _("{advice}; {points} points against competitors", advice=advice,
             points=words.signed(place.performance, 1))  # fmt: skip


def _topics(stage: Stage) -> None:
    rows = figures.topics(stage.at, stage.brand)
    if stage.filters.touchpoint:
        rows = [row for row in rows if row["touchpoint"] == stage.filters.touchpoint]
    with st.container(border=True, key="card-topics"):
        below = _("Over all time and sources: groups of texts alike, named by the words that set them apart")
        st.html(cards.title(_("Topics inside each touchpoint"), below))
        if not rows:
            few = _(
                "None yet: a touchpoint needs {n} texts before its topics are told apart", n=topics.FEWEST
            )
            st.html(cards.nothing(few))
            return
        st.html(cards.topics(map(_topic, rows[:_TOPICS])))
        table_of("topics", pd.DataFrame(
            {N_("Touchpoint"): words.touchpoint(row["touchpoint"]), N_("Topic"): row["topic"],
             N_("Mentions"): row["n"], N_("Grew, times"): row["grew"],
             N_("Text"): words.plain(row["text"] or row["title"] or "", 300)}
            for row in rows
        ))  # fmt: skip


def _topic(row: Mapping[str, Any]) -> cards.Topic:
    return cards.Topic(
        name=words.plain(row["topic"], 80), touchpoint=words.touchpoint(row["touchpoint"]),
        facts=" · ".join([words.many(row["n"], "mention"), *_grew(row["grew"])]),
        example=row["text"] or row["title"] or "", lang=row["lang"],
    )  # fmt: skip


def _grew(times: float | None) -> list[str]:
    if times is None:
        return []
    if times >= _GROWING:
        return [_("{times} times as often as before", times=words.decimal(times))]
    return [_("fading")] if times <= 1 / _GROWING else [_("as often as before")]


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
