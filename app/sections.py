"""The sections of the overview, top to bottom. Each takes figures and draws one card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app import address, cards, charts, frames, words
from app.blocks import chart, chart_card, figures
from app.cards import MentionCard
from app.data import Board
from app.frames import Rivals
from app.i18n import N_, _, n_
from app.palette import Palette
from models.readings import EMOTIONS
from pipeline.numbers import Figure
from pipeline.reader_languages import measured_languages
from pipeline.selection import Sides

_NATIVE = {1: "promoter", 0: "passive", -1: "detractor"}
_GRAINS = {"month": N_("Month"), "week": N_("Week")}
_FELT = 0.5
"""An emotion this likely is named beside a mention; three at most."""


def standing(board: Board, places: Rivals, look: Palette) -> None:
    """Each brand's score on its interval."""
    frame = frames.standing(board.standings, places)
    told = [f"{brand} {label}" for brand, label in _pairs(frame, "brand", "label")]
    chart_card(
        "standing", _("Against competitors"), _("The bar is the 95% interval; pale: too few mentions to say"),
        frame=frame, draw=charts.standing, look=look,
        alt=_("Score of each brand: {scores}", scores=words.listed(told)),
    )  # fmt: skip


def split(board: Board, look: Palette) -> None:
    """Promoters, passives and detractors of each brand."""
    frame = frames.split(board.standings)
    told = [f"{name} {words.percent(share)}" for name, share in _pairs(frame, "class", "share")]
    chart_card(
        "split", _("Who is behind the score"), _("Equal scores can hide calm customers or two camps"),
        frame=frame, draw=charts.split, look=look,
        alt=_("Shares brand by brand, in the order of the table: {shares}", shares=words.listed(told)),
    )  # fmt: skip


def trend(
    board: Board, places: Rivals, look: Palette, moved: tuple[str, str] | None, events: pd.DataFrame
) -> None:
    """Scores over time, by month or week, with what happened (`frames.events`)."""
    frame = frames.trend(board.trend, board.steps, places)
    own = frame[frame["rival"].isna()] if len(frame) else frame
    told = [f"{words.month(start)} {words.signed(nps)}" for start, nps in _pairs(own, "start", "nps")]
    with st.container(border=True, key="card-trend"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            below = moved[1] if moved else _("Too few mentions to say whether it moves")
            clear = _("Ringed: a clear step from the one before.") if len(own) and own["moved"].any() else ""
            st.html(cards.title(_("Is it moving?"), f"{below}. {clear}"), width="content")
            st.segmented_control(
                _("Step"), list(_GRAINS), default="month", key="grain", required=True,
                format_func=address.labels(list(_GRAINS), lambda grain: _(_GRAINS[grain])),
                label_visibility="collapsed",
            )  # fmt: skip
        told_all = _("{brand} over time: {scores}", brand=board.own.brand, scores=words.listed(told))
        draw = partial(charts.trend, events=events)
        chart("trend", frame=frame, draw=draw, look=look, alt=told_all)
        if len(events):
            st.html(
                cards.pairs((words.day(row["at"].date()), row["told"]) for row in events.to_dict("records"))
            )


def footprint(board: Board, places: Rivals, look: Palette) -> None:
    """What people feel, competitors beside."""
    frame = frames.footprint(board.feelings, places)
    own = frame[frame["rival"].isna()] if len(frame) else frame
    told = [f"{name} {words.percent(share)}" for name, share in _pairs(own, "name", "share")]
    below = _("Share of mentions that show each emotion, with its 95% interval; several may show at once")
    chart_card(
        "footprint", _("Emotional footprint"), below, frame=frame, draw=charts.footprint, look=look,
        alt=f"{board.own.brand}: {words.listed(told)}",
    )  # fmt: skip


def voice(board: Board, places: Rivals, look: Palette) -> None:
    """How much is said of each brand."""
    frame = frames.voice(board.voice, places)
    told = [f"{brand} {label}" for brand, label in _pairs(frame, "brand", "label")]
    chart_card(
        "voice", _("Share of voice"), _("Mentions of each brand in this period"), frame=frame,
        draw=charts.voice, look=look, alt=_("Share of voice: {shares}", shares=words.listed(told)),
    )  # fmt: skip


def ways(board: Board, sides: Sides | None = None) -> None:
    """The same brand heard in other ways, so that nobody has to trust one number."""
    frame = frames.ways(board, sides)
    with st.container(border=True, key="card-ways"):
        st.html(
            cards.title(
                _("The score, heard other ways"), _("Where these differ, ask why before you quote one")
            )
        )
        st.html(cards.rows([_way(row) for row in frame.to_dict("records")]))
        if board.own.figure:
            st.html(cards.nothing(_basis(board.own.figure)))
            if sides and sides.why_not:
                st.html(cards.nothing(words.unweighted(sides.why_not)))
            st.html(cards.nothing(words.unmeasured(board.languages, measured_languages())))
        figures("ways", frames.table(frame))


def _basis(figure: Figure) -> str:
    told = _("The headline's interval holds {parts}.", parts=words.basis(figure.basis))
    if not figure.star_map:
        return told
    return f"{told} {_('Ratings become classes by the {name} star map.', name=figure.star_map)}"


def _way(row: Mapping[Any, Any]) -> tuple[str, str, str, str]:
    if row["too_few"]:
        return row["way"], "–", _("too few"), words.count(row["n"])
    return row["way"], words.signed(row["nps"]), words.span(row["low"], row["high"]), words.count(row["n"])


def newest(mentions: Sequence[Mapping[str, Any]], *, use_native: bool) -> None:
    """What was said last, as plain text; `use_native` as in the figures."""
    with st.container(border=True, key="card-mentions"):
        st.html(
            cards.title(
                _("Newest mentions"), _("In their own words; the label says how the score counts them")
            )
        )
        if mentions:
            st.html(cards.mentions([mention_card(mention, use_native) for mention in mentions]))
        else:
            st.html(cards.nothing(_("No mention passes these filters")))


def mention_card(mention: Mapping[str, Any], use_native: bool) -> MentionCard:
    """A mention as the lists show it; `use_native` as in the figures."""
    parts = [mention["text"], *_said("+", mention["pros"]), *_said("−", mention["cons"])]
    kind, heard = _heard(mention, use_native)
    return MentionCard(
        title=mention["title"] or "",
        text="\n".join(part for part in parts if part)
        or ("" if mention["title"] else _("(a rating without words)")),
        url=mention["url"],
        at=mention["at"],
        source=mention["source"],
        lang=mention["lang"],
        brand=mention["brand"],
        kind=kind,
        heard=heard,
        emotions=_emotions(mention["emotions"]),
        set_aside=bool(mention["set_aside"]),
    )


def _said(sign: str, points: Sequence[str] | None) -> list[str]:
    return [f"{sign} {point}" for point in points or ()]


def _heard(mention: Mapping[str, Any], use_native: bool) -> tuple[str | None, str]:
    """(class, what told it): the rating that was given, or what the reader made of the words."""
    if use_native and mention["native_class"] is not None:
        given, top = mention["rating"], mention["rating_max"]
        told = (
            _("rated {rating}", rating=_rating(given))
            if top is None
            else _("rated {rating} of {top}", rating=_rating(given), top=_rating(top))
        )
        return _NATIVE[mention["native_class"]], told
    if mention["p_promoter"] is None:
        return None, ""
    kind = max(_NATIVE.values(), key=lambda name: float(mention[f"p_{name}"]))
    likely = words.percent(mention[f"p_{kind}"])
    if mention["abstain"]:
        return kind, _("{share} likely by its text, uncertain", share=likely)
    return kind, _("{share} likely by its text", share=likely)


def _rating(value: float) -> str:
    """4 or 4.5."""
    return words.decimal(value, 0 if value == round(value) else 1)


def _emotions(likely: Sequence[float] | None) -> list[str]:
    if likely is None:
        return []
    named = sorted(zip(likely, EMOTIONS, strict=True), reverse=True)
    return [name for p, name in named[:3] if p >= _FELT and name != "neutral"]


def sources(rows: Sequence[Mapping[str, Any]]) -> None:
    """One line on the health of the sources, and the table behind it."""
    with st.container(border=True, key="card-sources"):
        st.html(cards.title(_("Sources"), health(rows, datetime.now(UTC))))
        if rows:
            figures("sources", sources_table(rows))


def health(rows: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """The sources' state in one sentence."""
    if not rows:
        return _("No crawl is recorded: name targets in sayso.toml and run `sayso crawl`")
    sick = [str(row["target"]) for row in rows if row["errors"] or row["warnings"]]
    newest_at = max((row["newest_mention"] for row in rows if row["newest_mention"]), default=None)
    parts = [words.many(len(rows), "source")]
    parts += [_("the newest mention: {ago}", ago=words.ago(newest_at, now))] if newest_at else []
    if not sick:
        return "; ".join([*parts, _("all well")])
    look = n_(
        "{n} to look at: {names}",
        "{n} to look at: {names}",
        len(sick),
        n=len(sick),
        names=words.listed(sick[:3]),
    )
    return "; ".join([*parts, look])


def sources_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row a target, as a person reads it."""
    names = {
        "target": N_("Source"), "kind": N_("Kind"), "mentions": N_("Mentions"),
        "newest_mention": N_("Newest mention"), "last_crawl": N_("Last crawl"), "new": N_("New"),
        "edited": N_("Edited"), "rejected": N_("Rejected"), "errors": N_("Errors"),
    }  # fmt: skip
    return pd.DataFrame([
        {shown: row[name] for name, shown in names.items()}
        | {N_("Warnings"): "; ".join(row["warnings"] or ())}
        for row in rows
    ])  # fmt: skip


def _pairs(frame: pd.DataFrame, first: str, second: str) -> list[tuple[Any, Any]]:
    return list(zip(frame[first], frame[second], strict=True)) if len(frame) else []
