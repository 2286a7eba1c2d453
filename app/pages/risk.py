"""At risk: whom to answer first and why, and how people stand to the brand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import cards, data, figures, inbox, words
from app.blocks import figures as table_of
from app.cards import MentionCard
from app.stage import Stage
from pipeline.answers import Answer
from pipeline.relations import Relation

_LIMIT = 200
_SHOWN = 10
_STANDS = {
    "leaving": "Left, leave or would rather have another",
    "at_risk": "Call a competitor better",
    "recommends": "Recommend it",
    "discourages": "Tell others to stay away",
    "struggle": "Struggled to get something done",
    "easy": "Found it easy",
    "strong": "Strong ties",
    "medium": "Ties in between",
    "weak": "Weak ties",
}


def show(stage: Stage) -> None:
    """Draw the page."""
    done = inbox.read(data.home()).answered
    found = figures.to_answer(stage.at, stage.own, _LIMIT)
    waiting = [answer for answer in found if (answer.mention_id, answer.brand) not in done]
    period = words.days(stage.filters.first, stage.filters.last)
    st.html(
        cards.head(_sentence(waiting), f"{period} · {words.count(len(found) - len(waiting))} marked answered")
    )
    left, right = st.columns([3, 2], gap="small")
    with left:
        _queue(waiting)
    with right:
        _stands(stage)


def _sentence(waiting: Sequence[Answer]) -> str:
    if not waiting:
        return "Nobody waits for an answer"
    at_least = "At least " if len(waiting) >= _LIMIT else ""
    return f"{at_least}{words.many(len(waiting), 'person', 'people')} to answer"


def _queue(waiting: Sequence[Answer]) -> None:
    if not waiting:
        text = "Nobody in this cut leaves, warns others or calls a competitor better. Choose a longer period."
        st.html(cards.empty("All quiet", text))
        return
    for answer in waiting[:_SHOWN]:
        _person(answer)
    if len(waiting) > _SHOWN:
        st.html(cards.nothing(f"{words.count(len(waiting) - _SHOWN)} more wait; the table has them all"))
    table_of("to-answer", pd.DataFrame(_row(answer) for answer in waiting))


def _person(answer: Answer) -> None:
    key = f"{answer.mention_id}-{answer.brand}"
    with st.container(border=True, key=f"card-answer-{answer.mention_id}"):
        st.html(cards.answer(_reason(answer), _card(answer), answer.opening, answer.opening_lang))
        if st.button("Mark answered", key=f"answered-{key}", icon=":material/done:"):
            inbox.mark_answered(data.home(), answer.mention_id, answer.brand)
            st.rerun()


def _reason(answer: Answer) -> str:
    rival = f": {answer.rival}" if answer.rival and answer.reason == "prefers" else ""
    about = f" · {answer.touchpoint}" if answer.touchpoint else ""
    return f"{words.REASONS[answer.reason]}{rival}{about}"


def _card(answer: Answer) -> MentionCard:
    return MentionCard(
        title=answer.title or "", text=answer.text or "(a rating without words)", url=answer.url,
        at=answer.at, source=answer.source, lang=answer.lang, brand=answer.brand, kind=None, heard="",
        emotions=(), set_aside=False,
    )  # fmt: skip


def _row(answer: Answer) -> dict[str, object]:
    return {
        "Reason": _reason(answer), "Said": answer.at, "Source": answer.source,
        "Language": words.language(answer.lang), "Text": words.plain(answer.text or answer.title or "", 300),
        "Address": words.link(answer.url),
    }  # fmt: skip


def _stands(stage: Stage) -> None:
    with st.container(border=True, key="card-stands"):
        st.html(cards.title("How people stand to the brand", "Shares of authors, with 95% intervals"))
        found = figures.related(stage.at, stage.own)
        if not found or found[0].too_few:
            st.html(cards.nothing("Too few texts to say"))
            return
        rows = _shares(found[0])
        st.html(cards.bars(
            (name, f"{words.percent(value)} ({words.percent(low)} to {words.percent(high)})", value)
            for name, value, low, high in rows
        ))  # fmt: skip
        st.html(cards.nothing(f"{words.many(found[0].votes, 'author')}; a signal from words, not churn"))
        table_of("stands", pd.DataFrame(rows, columns=["What", "Share", "Low", "High"]))


def _shares(relation: Relation) -> list[tuple[str, float, float, float]]:
    scores = [(told, getattr(relation, name)) for name, told in _STANDS.items()]
    return [(told, score.value, score.low, score.high) for told, score in scores if score is not None]
