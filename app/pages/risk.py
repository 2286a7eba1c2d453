"""At risk: whom to answer first and why, and how people stand to the brand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import cards, data, figures, inbox, words
from app.blocks import figures as table_of
from app.cards import MentionCard
from app.i18n import N_, _, n_
from app.stage import Stage
from pipeline.answers import Answer
from pipeline.relations import Relation

_LIMIT = 200
_SHOWN = 10
_STANDS = {
    "leaving": N_("Left, leave or would rather have another"),
    "at_risk": N_("Call a competitor better"),
    "recommends": N_("Recommend it"),
    "discourages": N_("Tell others to stay away"),
    "struggle": N_("Struggled to get something done"),
    "easy": N_("Found it easy"),
    "strong": N_("Strong ties"),
    "medium": N_("Ties in between"),
    "weak": N_("Weak ties"),
}


def show(stage: Stage) -> None:
    """Draw the page."""
    done = inbox.read(data.home()).answered
    found = figures.to_answer(stage.at, stage.own, _LIMIT)
    waiting = [answer for answer in found if (answer.mention_id, answer.brand) not in done]
    period = words.days(stage.filters.first, stage.filters.last)
    marked = _("{n} marked answered", n=words.count(len(found) - len(waiting)))
    st.html(cards.head(_sentence(waiting), f"{period} · {marked}"))
    left, right = st.columns([3, 2], gap="small")
    with left:
        _queue(waiting, acts=stage.acts)
    with right:
        _stands(stage)


def _sentence(waiting: Sequence[Answer]) -> str:
    if not waiting:
        return _("Nobody waits for an answer")
    n = words.count(len(waiting))
    if len(waiting) >= _LIMIT:
        return n_("At least {n} person to answer", "At least {n} people to answer", len(waiting), n=n)
    return n_("{n} person to answer", "{n} people to answer", len(waiting), n=n)


def _queue(waiting: Sequence[Answer], *, acts: bool) -> None:
    if not waiting:
        text = _(
            "Nobody in this cut leaves, warns others or calls a competitor better. Choose a longer period."
        )
        st.html(cards.empty(_("All quiet"), text))
        return
    for answer in waiting[:_SHOWN]:
        _person(answer, acts=acts)
    if len(waiting) > _SHOWN:
        rest = words.count(len(waiting) - _SHOWN)
        st.html(cards.nothing(_("{n} more wait; the table has them all", n=rest)))
    table_of("to-answer", pd.DataFrame(_row(answer) for answer in waiting))


def _person(answer: Answer, *, acts: bool) -> None:
    key = f"{answer.mention_id}-{answer.brand}"
    with st.container(border=True, key=f"card-answer-{answer.mention_id}"):
        st.html(cards.answer(_reason(answer), _card(answer), answer.opening, answer.opening_lang))
        if acts and st.button(_("Mark answered"), key=f"answered-{key}", icon=":material/done:"):
            inbox.mark_answered(data.home(), answer.mention_id, answer.brand)
            st.rerun()


def _reason(answer: Answer) -> str:
    rival = f": {answer.rival}" if answer.rival and answer.reason == "prefers" else ""
    about = f" · {words.touchpoint(answer.touchpoint)}" if answer.touchpoint else ""
    return f"{_(words.REASONS[answer.reason])}{rival}{about}"


def _card(answer: Answer) -> MentionCard:
    return MentionCard(
        title=answer.title or "", text=answer.text or _("(a rating without words)"), url=answer.url,
        at=answer.at, source=answer.source, lang=answer.lang, brand=answer.brand, kind=None, heard="",
        emotions=(), set_aside=False,
    )  # fmt: skip


def _row(answer: Answer) -> dict[str, object]:
    return {
        N_("Reason"): _reason(answer), N_("Said"): answer.at, N_("Source"): answer.source,
        N_("Language"): words.language(answer.lang),
        N_("Text"): words.plain(answer.text or answer.title or "", 300),
        N_("Address"): words.link(answer.url),
    }  # fmt: skip


def _stands(stage: Stage) -> None:
    with st.container(border=True, key="card-stands"):
        st.html(cards.title(_("How people stand to the brand"), _("Shares of authors, with 95% intervals")))
        found = figures.related(stage.at, stage.own)
        if not found or found[0].too_few:
            st.html(cards.nothing(_("Too few texts to say")))
            return
        rows = _shares(found[0])
        st.html(cards.bars(
            (name, f"{words.percent(value)} ({words.share_span(low, high)})", value)
            for name, value, low, high in rows
        ))  # fmt: skip
        authors = words.many(found[0].votes, "author")
        st.html(cards.nothing(_("{authors}; a signal from words, not churn", authors=authors)))
        columns = [N_("What"), N_("Share"), N_("Low"), N_("High")]
        table_of("stands", pd.DataFrame(rows, columns=columns))


def _shares(relation: Relation) -> list[tuple[str, float, float, float]]:
    scores = [(_(told), getattr(relation, name)) for name, told in _STANDS.items()]
    return [(told, score.value, score.low, score.high) for told, score in scores if score is not None]
