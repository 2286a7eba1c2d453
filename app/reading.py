"""One mention: its whole text, why it was read so, and what a person may say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import address, cards, data, figures, finding, inbox, sections, words
from app.i18n import _
from app.stage import Stage
from models.readings import EMOTIONS
from pipeline.actions import Answered
from pipeline.errors import InputError
from pipeline.labels import Label

_CLASSES = ("promoter", "passive", "detractor")
_UNTOLD = "–"


def show(stage: Stage, mention_id: str, brand: str) -> None:
    """Draw the mention, or say that this snapshot does not have it."""
    st.button(_("Back to the list"), on_click=finding.close, key="back", icon=":material/arrow_back:")
    mention = figures.one(stage.at[1], mention_id, brand)
    if mention is None:
        text = _("It may have been deleted, or it belongs to another home. Go back and look for it.")
        st.html(cards.empty(_("No such mention in this snapshot"), text))
        return
    st.html(cards.head(_("A mention of {brand}", brand=brand), words.source(mention["source"])))
    use_native = data.meta(stage.name).native_ratings == "use"
    with st.container(border=True, key="card-mention"):
        st.html(cards.whole_mention(sections.mention_card(mention, use_native)))
        if mention["owner_reply"]:
            st.html(cards.pairs([(_("Its owner answered"), words.plain(mention["owner_reply"], 2_000))]))
    left, right = st.columns(2, gap="small")
    with left:
        _why(mention, use_native)
    with right:
        _say(mention, acts=stage.acts)


def _why(mention: Mapping[str, Any], use_native: bool) -> None:
    with st.container(border=True, key="card-why"):
        st.html(cards.title(_("Why this reading"), _counted(mention, use_native)))
        if mention["p_promoter"] is None:
            st.html(cards.nothing(_("It has no text to read")))
            return
        st.html(cards.bars(
            (words.group(name), words.percent(mention[f"p_{name}"]), mention[f"p_{name}"])
            for name in _CLASSES
        ))  # fmt: skip
        st.html(cards.title("", _("Emotions: how likely each is felt, by the text")))
        likely = sorted(zip(EMOTIONS, mention["emotions"] or (), strict=False), key=lambda pair: -pair[1])
        st.html(cards.bars((words.emotion(name), words.percent(p), p) for name, p in likely[:6]))
        st.html(cards.pairs(_lines(mention)))


def _counted(mention: Mapping[str, Any], use_native: bool) -> str:
    if mention["set_aside"]:
        return _("It looks coordinated or automated: it does not count")
    if use_native and mention["native_class"] is not None:
        return _("A rating was given: it counts by that, whatever the text says")
    if mention["p_promoter"] is None:
        return _("Neither a rating nor a text: it counts in volumes alone")
    if mention["abstain"]:
        return _("It counts with these probabilities, not as one class; the reader was unsure")
    return _("It counts with these probabilities, not as one class")


def _lines(mention: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = zip(mention["touchpoints"] or (), mention["polarities"] or (), strict=False)
    told = [f"{words.touchpoint(name)} ({words.signed(polarity, 1)})" for name, polarity in named]
    balances = (
        (_("Recommends (+) or warns (−)"), "advocacy"), (_("Easy (+) or a struggle (−)"), "effort"),
    )  # fmt: skip
    lines = [
        (_("Read as, 0 to 10"), words.decimal(mention["score"])),
        (_("Touchpoints"), words.listed(told) or _UNTOLD),
    ]
    lines += [(name, _balance(mention[column])) for name, column in balances]
    speaker = words.SPEAKERS.get(mention["speaker"])
    lines.append((_("Leaves"), _share(mention["leaving"])))
    lines.append((_("Speaks as"), _(speaker) if speaker else _UNTOLD))
    lines.append((_("Automated or coordinated"), _share(mention["p_bot"])))
    return lines


def _balance(value: float | None) -> str:
    return _UNTOLD if value is None else words.signed(value, 1)


def _share(value: float | None) -> str:
    return _UNTOLD if value is None else words.percent(value)


def _say(mention: Mapping[str, Any], *, acts: bool) -> None:
    key = (mention["mention_id"], mention["brand"])
    box = inbox.read(data.home())
    with st.container(border=True, key="card-say"):
        st.html(
            cards.title(_("What you say"), _("Kept with your name and the time; the next run takes it in"))
        )
        if acts:
            _act(mention)
            box = inbox.read(data.home())
        else:
            st.html(cards.nothing(_("Analysts and admins correct here; you may read")))
        _history(box.said(*key), box.answered.get(key))


def _act(mention: Mapping[str, Any]) -> None:
    _correct(mention)
    with st.container(horizontal=True):
        if mention["set_aside"]:
            if st.button(_("Put back"), key="put-back", icon=":material/undo:"):
                _lay(mention, bot=False)
        elif st.button(_("Set it aside"), key="set-aside", icon=":material/block:"):
            _lay(mention, bot=True)
        if st.button(_("Mark answered"), key="answered", icon=":material/done:"):
            inbox.mark_answered(data.home(), mention["mention_id"], mention["brand"])
    st.html(
        cards.nothing(_("All of it moves the figures from the next run on: a score replaces the reader's."))
    )


def _correct(mention: Mapping[str, Any]) -> None:
    with st.form("correct", border=False, clear_on_submit=True):
        score = st.select_slider(_("Score, 0 to 10"), [_UNTOLD, *map(str, range(11))], key="say-score")
        emotions = st.multiselect(
            _("Emotions"),
            EMOTIONS,
            format_func=address.labels(EMOTIONS, words.emotion),
            key="say-emotions",
            placeholder=_("Choose"),
        )
        note = st.text_input(_("Note"), key="say-note", max_chars=2_000)
        if st.form_submit_button(_("Correct the reading"), icon=":material/edit:", key="say-correct"):
            said: dict[str, Any] = {"score": None if score == _UNTOLD else int(score)}
            said |= {"emotions": list(emotions) or None, "note": note.strip() or None}
            if any(value is not None for value in said.values()):
                _lay(mention, **said)
            else:
                st.html(cards.note(_("Nothing was said"), _("Choose a score or emotions, or write a note.")))


def _lay(mention: Mapping[str, Any], **said: Any) -> None:
    try:
        inbox.say(data.home(), mention, **said)
    except InputError as error:
        st.html(cards.note(error.what, error.next_step or ""))


def _history(said: Sequence[Label], answered: Answered | None) -> None:
    lines = [
        (f"{label.by or _('A sheet')}, {words.moment(label.labelled_at)}", _told(label)) for label in said
    ]
    if answered:
        lines.append((f"{answered.by}, {words.moment(answered.at)}", _("answered it")))
    if lines:
        st.html(cards.pairs(lines))


def _told(label: Label) -> str:
    parts = [] if label.score is None else [_("score {score}", score=label.score)]
    felt = [words.emotion(name) for name in label.emotions or ()]
    parts += [words.listed(felt) or _("no emotion")] if label.emotions is not None else []
    parts += [] if label.bot is None else [_("set aside") if label.bot else _("put back")]
    parts += [f"“{words.plain(label.note, 300)}”"] if label.note else []
    return "; ".join(parts)
