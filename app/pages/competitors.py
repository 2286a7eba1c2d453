"""Competitors: scores, camps and feelings side by side, who is called better, and published benchmarks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import cards, data, figures, frames, sections, words
from app.blocks import figures as table_of
from app.data import Board, Standing
from app.i18n import N_, _
from app.stage import Stage

_BENCHMARKS = {
    "level": N_("Kind"), "name": N_("Name"), "nps": N_("Score"), "instrument": N_("Instrument"),
    "year": N_("Year"), "country": N_("Country"), "note": N_("Note"), "origin": N_("Origin"),
}  # fmt: skip


def show(stage: Stage) -> None:
    """Draw the page."""
    board = data.board(stage.name, stage.filters, "month", stage.choices.brands)
    period = words.days(stage.filters.first, stage.filters.last)
    if len(stage.choices.brands) < 2:
        st.html(cards.head(_("{brand} stands alone here", brand=stage.brand), period))
        st.html(
            cards.empty(
                _("No competitors"), _("Name them in sayso.toml with `competitor = true`, then:"), "sayso run"
            )
        )
        _benchmarks(stage)
        return
    st.html(cards.head(_sentence(board), period))
    left, right = st.columns(2, gap="small")
    with left:
        sections.standing(board, stage.places, stage.look)
        _gaps(board)
    with right:
        sections.split(board, stage.look)
        _preferred(stage)
    sections.footprint(board, stage.places, stage.look)
    sections.voice(board, stage.places, stage.look)
    _benchmarks(stage)


def _sentence(board: Board) -> str:
    ranked = [item for item in board.standings if item.figure and not item.figure.too_few]
    ranked.sort(key=lambda item: -(item.figure.nps if item.figure else 0))
    names = [item.brand for item in ranked]
    if board.own.brand not in names:
        return _("Too few mentions to say where {brand} stands", brand=board.own.brand)
    place = names.index(board.own.brand) + 1
    return _("{brand} is number {place} of {all}", brand=board.own.brand, place=place, all=len(names))


def _gaps(board: Board) -> None:
    with st.container(border=True, key="card-gaps"):
        below = _("A gap is clear where its 95% interval leaves out zero")
        st.html(cards.title(_("How far {brand} is ahead or behind", brand=board.own.brand), below))
        lines = [_gap(item) for item in board.standings[1:]]
        st.html(cards.pairs(lines))
        table_of("gaps", pd.DataFrame(_gap_row(item) for item in board.standings[1:]))


def _gap(item: Standing) -> tuple[str, str]:
    gap = item.versus
    if gap is None:
        return item.brand, _("too few mentions to say")
    state = _("ahead") if gap.low > 0 else _("behind") if gap.high < 0 else _("level")
    n = words.many(item.figure.n if item.figure else 0, "mention")
    return item.brand, f"{words.signed(gap.value)} ({words.span(gap.low, gap.high)}): {state} · {n}"


def _gap_row(item: Standing) -> dict[str, object]:
    gap = item.versus
    return {
        N_("Brand"): item.brand, N_("Score"): gap.value if gap else None, N_("Low"): gap.low if gap else None,
        N_("High"): gap.high if gap else None, N_("Mentions"): item.figure.n if item.figure else 0,
    }  # fmt: skip


def _preferred(stage: Stage) -> None:
    with st.container(border=True, key="card-preferred"):
        below = _("Counted where people say so in words, such as “switched to” or “better than”")
        st.html(cards.title(_("Who is called better"), below))
        found = [rival for item in figures.related(stage.at, stage.own) for rival in item.rivals]
        if not found:
            st.html(cards.nothing(_("Nobody here compares the brand with a competitor in words")))
            return
        told = [
            _(
                "{ours} for {brand}, {theirs} for {rival}",
                ours=words.count(rival.ours),
                brand=stage.brand,
                theirs=words.count(rival.theirs),
                rival=rival.name,
            )
            for rival in found
        ]
        st.html(cards.pairs(zip((rival.name for rival in found), told, strict=True)))
        table_of("preferred", pd.DataFrame(
            {N_("Competitor"): rival.name, N_("Call the brand better"): rival.ours,
             N_("Call it better"): rival.theirs, N_("Score"): rival.balance.value,
             N_("Low"): rival.balance.low, N_("High"): rival.balance.high}
            for rival in found
        ))  # fmt: skip


def _benchmarks(stage: Stage) -> None:
    with st.container(border=True, key="card-benchmarks"):
        below = _(
            "Mostly from surveys, another instrument: context, not a target. Add your own in benchmarks.csv"
        )
        st.html(cards.title(_("Published scores"), below))
        rows = figures.benchmarks(stage.at)
        industry = data.meta(stage.name).industry
        near = [row for row in rows if industry and industry.casefold() in str(row["name"]).casefold()]
        if not rows:
            st.html(
                cards.nothing(
                    _(
                        "No benchmark is known here. Write benchmarks.csv in the home, "
                        "then run `sayso publish`"
                    )
                )
            )
            return
        st.html(cards.pairs((_cited(row), words.signed(row["nps"])) for row in (near or rows)[:8]))
        table = frames.known(rows, _BENCHMARKS)
        table_of("benchmarks", table)


def _cited(row: dict[str, object]) -> str:
    told = [str(row[name]) for name in ("instrument", "country", "year") if row[name]]
    return f"{row['name']} ({', '.join(told)})" if told else str(row["name"])
