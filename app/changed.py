"""Three things that changed, in plain words, and the table of all that was compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from app import cards, words
from app.blocks import figures
from app.i18n import N_, _, n_
from models.readings import POSITIVE_EMOTIONS
from pipeline.changes import Change
from pipeline.footprint import NO_POSITIVE

THINGS = 3
_WHATS = {
    "score": N_("Score"),
    "felt": N_("Felt"),
    "spoken": N_("Spoken of"),
    "touchpoint": N_("Score of those who name it"),
}


def card(found: Sequence[Change], campaigns: Sequence[Mapping[str, Any]], step: int, brand: str) -> None:
    """The card of the overview."""
    with st.container(border=True, key="card-changed"):
        below = n_(
            "The last day against the day before; each stands out of the noise",
            "The last {n} days against the {n} before; each stands out of the noise", step, n=step,
        )  # fmt: skip
        st.html(cards.title(_("Three things that changed"), below))
        things = [*map(_campaign, campaigns), *_told(found, brand)][:THINGS]
        if things:
            st.html(cards.things(things))
        else:
            st.html(cards.nothing(_nothing(found)))
        if found:
            figures("changed", pd.DataFrame(_row(change, brand) for change in found))


def fresh(campaigns: Sequence[Mapping[str, Any]], since: date) -> list[Mapping[str, Any]]:
    """Campaigns that somebody should know of: not dismissed, and active since that day."""
    return [
        row for row in campaigns
        if row["state"] != "dismissed" and row["ended_at"] is not None and row["ended_at"].date() >= since
    ]  # fmt: skip


def _nothing(found: Sequence[Change]) -> str:
    if not found:
        return _("Too few mentions in either stretch of days to say what changed")
    return n_(
        "Nothing changed clearly: {n} thing was compared, and it is within the noise",
        "Nothing changed clearly: {n} things were compared, and all are within the noise",
        len(found), n=len(found),
    )  # fmt: skip


def _told(found: Sequence[Change], brand: str) -> list[cards.Thing]:
    """The clear ones, in words; of one touchpoint or emotion one thing is enough."""
    seen: set[str | None] = set()
    kept = []
    for change in found:
        if change.clear and change.name not in seen:
            seen.add(change.name)
            kept.append(_thing(change, brand))
    return kept


def _thing(change: Change, brand: str) -> cards.Thing:
    up = change.difference.value > 0
    good = up if change.what in ("score", "touchpoint") else _good(change, up)
    points = change.what in ("score", "touchpoint")
    before, after = (
        words.signed(value) if points else words.percent(value / 100)
        for value in (change.before, change.after)
    )
    span = words.span(change.difference.low, change.difference.high, 1)
    detail = _("{before} before, {after} now; change {span} points, {votes}",
               before=before, after=after, span=span, votes=words.many(change.n, "author"))  # fmt: skip
    return cards.Thing("up" if up else "down", good, _sentence(change, up, brand), detail)


def _good(change: Change, up: bool) -> bool | None:
    """Whether it is good news; None where it is neither."""
    if change.what != "felt" or change.name in ("surprise", "confusion"):
        return None
    return up == (change.name in POSITIVE_EMOTIONS)


def _sentence(change: Change, up: bool, brand: str) -> str:
    name = _name(change)
    if change.what == "score":
        return (
            _("The score of {brand} rose", brand=brand) if up else _("The score of {brand} fell", brand=brand)
        )
    if change.what == "touchpoint":
        told = (
            N_("{touchpoint}: those who name it score higher")
            if up
            else N_("{touchpoint}: those who name it score lower")
        )
        return _(told, touchpoint=name)
    if change.what == "spoken":
        told = N_("{touchpoint} is spoken of more") if up else N_("{touchpoint} is spoken of less")
        return _(told, touchpoint=name)
    if change.name == NO_POSITIVE:
        return _("More people feel nothing positive") if up else _("Fewer people feel nothing positive")
    return _("{emotion} is felt more", emotion=name) if up else _("{emotion} is felt less", emotion=name)


def _name(change: Change) -> str:
    if change.name is None:
        return ""
    if change.name == NO_POSITIVE:
        return _("Nothing positive")
    return words.emotion(change.name) if change.what == "felt" else words.touchpoint(change.name)


def _campaign(row: Mapping[str, Any]) -> cards.Thing:
    n = row["mentions"]
    if row["verdict"] == "coordinated":
        told = n_("{n} mention looks coordinated", "{n} mentions look coordinated", n, n=words.count(n))
    elif row["verdict"] == "unusual":
        told = n_("{n} mention is unusual", "{n} mentions are unusual", n, n=words.count(n))
    else:
        told = n_("A wave of {n} mention", "A wave of {n} mentions", n, n=words.count(n))
    since = _("since {day}", day=words.day(row["started_at"].date()))
    authors = words.many(row["authors"] or 0, "author")
    return cards.Thing("alert", False, told, " · ".join([since, authors, _("see Campaigns")]))


def _row(change: Change, brand: str) -> dict[str, object]:
    return {
        N_("Measure"): _(_WHATS[change.what]), N_("Of"): _name(change) or brand, N_("Before"): change.before,
        N_("Now"): change.after, N_("Change"): change.difference.value, N_("Low"): change.difference.low,
        N_("High"): change.difference.high, N_("Clear"): change.clear, N_("Authors"): change.n,
    }  # fmt: skip
