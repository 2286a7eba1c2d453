"""Overview: where the brand stands, whether it moved, against whom, what people feel, what they said last."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import streamlit as st

from app import cards, changed, data, figures, frames, sections, words
from app.cards import Hero, Tile
from app.data import Board, Grain
from app.filters import Filters
from app.i18n import _, n_
from app.stage import Stage
from pipeline.estimate import Score
from pipeline.numbers import Figure
from pipeline.selection import Reweighted, Sides


def show(stage: Stage) -> None:
    """Draw the page."""
    name, filters, look, places = stage.name, stage.filters, stage.look, stage.places
    board = data.board(name, filters, _grain(), stage.choices.brands)
    st.html(cards.head(_headline(board), _period(filters, data.meta(name).made_at)))
    if board.own.volume is None:
        st.html(
            cards.empty(
                _("Nothing passes these filters"), _("Choose a longer period, or more sources and languages.")
            )
        )
        return
    if board.own.volume.set_aside and filters.hearing != "raw":
        st.html(cards.note(_("Unusual activity"), _unusual(board)))
    asked = filters.hearing == "reweighted" or any(way.instrument == "survey" for way in board.ways)
    sides = figures.sides(stage.at, stage.own) if asked else None
    if filters.hearing == "reweighted" and (sides is None or sides.reweighted is None):
        why = words.unweighted(sides.why_not if sides else None)
        st.html(cards.note(_("Not reweighted"), why))
    st.html(cards.tiles(_hero(board, filters, sides), _tiles(board)))
    found = figures.changed(stage.at, filters, board.own.figure.instrument if board.own.figure else "natural")
    attacks = figures.campaigns(stage.at, filters.brand)
    changed.card(found, changed.fresh(attacks, filters.recent[0]), filters.step, filters.brand)
    left, right = st.columns(2, gap="small")
    with left:
        sections.standing(board, places, look)
    with right:
        sections.split(board, look)
    events = frames.events(attacks, board.levels, filters.first)
    sections.trend(board, places, look, _moved(board, filters), events)
    left, right = st.columns([3, 2], gap="small")
    with left:
        sections.footprint(board, places, look)
    with right:
        sections.voice(board, places, look)
        sections.ways(board, sides)
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
    period = words.days(filters.first, filters.last)
    return f"{period} · {_('published {at}', at=words.moment(made_at))}" if made_at else period


def _unusual(board: Board) -> str:
    volume = board.own.volume
    aside = volume.set_aside if volume else 0
    told = n_(
        "{n} mention of {brand} looks coordinated or automated and does not count below.",
        "{n} mentions of {brand} look coordinated or automated and do not count below.",
        aside, n=words.count(aside), brand=board.own.brand,
    )  # fmt: skip
    if board.raw is None:
        return told
    return f"{told} {_('With them the score would be {score}.', score=words.signed(board.raw.nps))}"


def _hero(board: Board, filters: Filters, sides: Sides | None) -> Hero:
    if filters.hearing == "reweighted" and sides and sides.natural and sides.reweighted:
        return _reweighted(sides.natural, sides.reweighted, board.own.brand)
    figure, brand = board.own.figure, board.own.brand
    if figure is None:
        nothing = _("No mention here has a rating or a text that was read")
        label = _("{instrument} of {brand}", instrument=words.instrument("natural"), brand=brand)
        return Hero(label, None, 0, 0, True, nothing, (0, 0, 0), None, _("Run `sayso score`"))
    return Hero(
        label=_("{instrument} of {brand}", instrument=words.instrument(figure.instrument), brand=brand),
        nps=figure.nps,
        low=figure.low,
        high=figure.high,
        too_few=figure.too_few,
        verdict=_verdict(figure, figure.score),
        shares=(figure.promoters, figure.passives, figure.detractors),
        movement=_moved(board, filters),
        foot=_rests_on(figure),
    )


def _verdict(figure: Figure, score: Score) -> str:
    if figure.too_few:
        return words.too_few(figure.votes)
    return words.verdict(score.value, score.low, score.high)


def _reweighted(figure: Figure, found: Reweighted, brand: str) -> Hero:
    """As if everybody posted as often as they answer surveys; the shares behind it are not drawn."""
    score = found.score
    weights = _(
        "Weights: detractor {detractor}, passive 1, promoter {promoter}; learned from {n} periods of others",
        detractor=words.decimal(found.weights[0], 2),
        promoter=words.decimal(found.weights[2], 2),
        n=found.pairs,
    )
    return Hero(
        label=_("{instrument} of {brand}", instrument=_("Natural NPS, reweighted"), brand=brand),
        nps=score.value, low=score.low, high=score.high, too_few=figure.too_few,
        verdict=_verdict(figure, score),
        shares=None, movement=None, foot=weights,
    )  # fmt: skip


def _rests_on(figure: Figure) -> str:
    estimated = _("{share} estimated from the text", share=words.percent(figure.estimated))
    return " · ".join([words.many(figure.n, "mention"), words.many(figure.votes, "author"), estimated])


def _moved(board: Board, filters: Filters) -> tuple[str, str] | None:
    if board.movement is None:
        return None
    return words.movement(board.movement.value, board.movement.low, board.movement.high, filters.step)


def _tiles(board: Board) -> list[Tile]:
    return [_unmoved_tile(board), _voice_tile(board), _mentions_tile(board)]


def _unmoved_tile(board: Board) -> Tile:
    label = _("Felt no positive emotion")
    own = board.feelings.get(board.own.brand)
    if own is None:
        return Tile(label, "–", _("No text was read yet"), [], "", True)
    rest = [
        (brand, words.percent(felt.no_positive.value), felt.no_positive.value)
        for brand, felt in board.feelings.items()
    ]
    share = own.no_positive
    span = _("95% interval: {span}", span=words.share_span(share.low, share.high))
    return Tile(label, words.percent(share.value), span, rest, words.many(own.n, "reading"), own.too_few)


def _voice_tile(board: Board) -> Tile:
    rows = {brand: share for brand, share, _ in board.voice}
    rest = [(brand, words.percent(share), share) for brand, share in rows.items()]
    total = words.many(sum(n for _, _, n in board.voice), "mention")
    own = words.percent(rows.get(board.own.brand, 0.0))
    return Tile(_("Share of voice"), own, _("of all that is said of these brands"), rest, total)


def _mentions_tile(board: Board) -> Tile:
    volume = board.own.volume
    n, aside = (volume.mentions - volume.set_aside, volume.set_aside) if volume else (0, 0)
    rows = [(words.kind(kind), words.count(number), number / max(n, 1)) for kind, number in board.kinds]
    foot = _("{n} set aside", n=words.count(aside))
    return Tile(_("Mentions"), words.count(n), _("count in these figures"), rows, foot)
