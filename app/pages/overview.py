"""Overview: where the brand stands, whether it moved, against whom, what people feel, what they said last."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import streamlit as st

from app import cards, data, sections, words
from app.cards import Hero, Tile
from app.data import Board, Grain
from app.filters import Filters
from app.stage import Stage
from pipeline.numbers import Figure


def show(stage: Stage) -> None:
    """Draw the page."""
    name, filters, look, places = stage.name, stage.filters, stage.look, stage.places
    board = data.board(name, filters, _grain(), stage.choices.brands)
    st.html(cards.head(_headline(board), _period(filters, data.meta(name).made_at)))
    if board.own.volume is None:
        st.html(
            cards.empty(
                "Nothing passes these filters", "Choose a longer period, or more sources and languages."
            )
        )
        return
    if board.own.volume.set_aside:
        st.html(cards.note("Unusual activity", _unusual(board)))
    st.html(cards.tiles(_hero(board, filters), _tiles(board)))
    left, right = st.columns(2, gap="small")
    with left:
        sections.standing(board, places, look)
    with right:
        sections.split(board, look)
    sections.trend(board, places, look, _moved(board, filters))
    left, right = st.columns([3, 2], gap="small")
    with left:
        sections.footprint(board, places, look)
    with right:
        sections.voice(board, places, look)
        sections.ways(board)
    sections.newest(board.newest, use_native=data.meta(name).native_ratings == "use")
    sections.sources(data.sources(name))


def _grain() -> Grain:
    return cast(Grain, st.session_state.get("grain") or "month")


def _headline(board: Board) -> str:
    clear = [(item.brand, item.versus) for item in board.standings if item.versus]
    return words.headline(
        board.own.brand,
        None if board.own.figure is None or board.own.figure.too_few else board.own.figure.nps,
        ahead=[brand for brand, versus in clear if versus.low > 0],
        behind=[brand for brand, versus in clear if versus.high < 0],
        level=[brand for brand, versus in clear if not versus.clear],
    )


def _period(filters: Filters, made_at: datetime | None) -> str:
    published = f" · published {words.moment(made_at)}" if made_at else ""
    return words.days(filters.first, filters.last) + published


def _unusual(board: Board) -> str:
    volume = board.own.volume
    many = words.many(volume.set_aside if volume else 0, "mention")
    told = f"{many} of {board.own.brand} look coordinated or automated. They do not count below"
    return f"{told}; with them the score would be {words.signed(board.raw.nps)}." if board.raw else f"{told}."


def _hero(board: Board, filters: Filters) -> Hero:
    figure, brand = board.own.figure, board.own.brand
    if figure is None:
        nothing = "No mention here has a rating or a text that was read"
        return Hero(
            f"Natural NPS of {brand}", None, 0, 0, True, nothing, (0, 0, 0), None, "Run `sayso score`"
        )
    verdict = words.verdict(figure.nps, figure.low, figure.high)
    return Hero(
        label=f"{words.INSTRUMENTS[figure.instrument]} of {brand}",
        nps=figure.nps,
        low=figure.low,
        high=figure.high,
        too_few=figure.too_few,
        verdict=words.too_few(figure.votes) if figure.too_few else verdict,
        shares=(figure.promoters, figure.passives, figure.detractors),
        movement=_moved(board, filters),
        foot=_rests_on(figure),
    )


def _rests_on(figure: Figure) -> str:
    by = f"{words.many(figure.n, 'mention')} by {words.many(figure.votes, 'author')}"
    return f"{by}, {words.percent(figure.estimated)} estimated from the text"


def _moved(board: Board, filters: Filters) -> tuple[str, str] | None:
    if board.movement is None:
        return None
    return words.movement(board.movement.value, board.movement.low, board.movement.high, filters.step)


def _tiles(board: Board) -> list[Tile]:
    return [_unmoved_tile(board), _voice_tile(board), _mentions_tile(board)]


def _unmoved_tile(board: Board) -> Tile:
    label = "Felt no positive emotion"
    own = board.feelings.get(board.own.brand)
    if own is None:
        return Tile(label, "–", "No text was read yet", [], "", True)
    rest = [
        (brand, words.percent(felt.no_positive.value), felt.no_positive.value)
        for brand, felt in board.feelings.items()
    ]
    share = own.no_positive
    span = f"95% interval: {words.percent(share.low)} to {words.percent(share.high)}"
    return Tile(label, words.percent(share.value), span, rest, words.many(own.n, "reading"), own.too_few)


def _voice_tile(board: Board) -> Tile:
    rows = {brand: share for brand, share, _ in board.voice}
    rest = [(brand, words.percent(share), share) for brand, share in rows.items()]
    total = words.many(sum(n for _, _, n in board.voice), "mention")
    own = words.percent(rows.get(board.own.brand, 0.0))
    return Tile("Share of voice", own, "of all that is said of these brands", rest, total)


def _mentions_tile(board: Board) -> Tile:
    volume = board.own.volume
    n, aside = (volume.mentions - volume.set_aside, volume.set_aside) if volume else (0, 0)
    rows = [
        (words.KINDS.get(kind, kind), words.count(number), number / max(n, 1)) for kind, number in board.kinds
    ]
    return Tile("Mentions", words.count(n), "count in these figures", rows, f"{words.count(aside)} set aside")
