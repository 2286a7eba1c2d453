"""What the mentions page looks for. It lives in the address, so a search can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app import address, words
from app.i18n import N_, _
from models.readings import EMOTIONS
from pipeline.search import Search

PAGE = 20
_LONGEST = 300
"""Characters of what is looked for."""
_ASIDE = {"all": N_("All"), "counts": N_("Counts"), "aside": N_("Set aside")}
_WAYS = {"words": N_("By words"), "meaning": N_("By meaning")}
_FLAGS: Mapping[str, bool | None] = {"all": None, "counts": False, "aside": True}
_NO_EMOTION = "any"


def asked(*, by_meaning: bool) -> Search:
    """Draw the fields, take their first state from the address, keep it up to date, give what is asked.
    `by_meaning`: whether the snapshot can be searched so."""
    _from_address(by_meaning)
    left, middle, right = st.columns([3, 2, 2], gap="small", vertical_alignment="bottom")
    with left:
        text = st.text_input(
            _("What to look for"), key="q", placeholder=_("Words, or what was meant"),
            icon=":material/search:", max_chars=_LONGEST, on_change=first_page,
        )  # fmt: skip
    with middle:
        classes = st.multiselect(
            _("How they stand"), list(words.CLASSES), key="class",
            format_func=address.labels(list(words.CLASSES), words.group), placeholder=_("All"),
            on_change=first_page,
        )  # fmt: skip
    with right:
        emotion = st.selectbox(
            _("Emotion"),
            [_NO_EMOTION, *EMOTIONS],
            format_func=address.labels([_NO_EMOTION, *EMOTIONS], _emotion),
            key="emotion",
            on_change=first_page,
        )
    with st.container(horizontal=True):
        if by_meaning:
            st.segmented_control(
                _("Search"), list(_WAYS), key="by", required=True, label_visibility="collapsed",
                on_change=first_page, format_func=address.labels(list(_WAYS), lambda name: _(_WAYS[name])),
            )  # fmt: skip
        aside = _aside()
    _to_address()
    return Search(
        words=text.strip(),
        classes=tuple(classes),
        emotion=None if emotion == _NO_EMOTION else emotion,
        aside=_FLAGS[aside or "all"],
    )


def meant() -> bool:
    """Whether what is looked for is a meaning rather than words."""
    return bool(st.session_state.get("by") == "meaning")


def _aside() -> str | None:
    return st.segmented_control(
        _("Set aside or not"), list(_ASIDE), key="aside",
        format_func=address.labels(list(_ASIDE), lambda name: _(_ASIDE[name])),
        required=True, label_visibility="collapsed", on_change=first_page,
    )  # fmt: skip


def _emotion(name: str) -> str:
    return _("Any") if name == _NO_EMOTION else words.emotion(name)


def page() -> int:
    """Which page of the list is asked for, from 0."""
    given = st.query_params.get("page", "1")
    if given.isascii() and given.isdigit() and 0 < int(given[:7]) < 1_000_000:
        return int(given) - 1
    address.refuse("page", given)
    first_page()
    return 0


def turn(number: int) -> None:
    """Go to that page, from 0."""
    if number:
        st.query_params["page"] = str(number + 1)
    else:
        first_page()


def first_page() -> None:
    """What is looked for changed: begin at its beginning."""
    if "page" in st.query_params:
        del st.query_params["page"]


def chosen() -> tuple[str, str] | None:
    """(mention_id, brand) of the mention that is open, if one is."""
    mention, brand = st.query_params.get("mention"), st.query_params.get("of")
    return (mention, brand) if mention and brand else None


def choose(mention_id: str, brand: str) -> None:
    """Open a mention."""
    st.query_params["mention"], st.query_params["of"] = mention_id, brand


def close() -> None:
    """Back to the list."""
    for name in ("mention", "of"):
        if name in st.query_params:
            del st.query_params[name]


_SINGLE: Sequence[tuple[str, tuple[str, ...], str]] = (
    ("emotion", (_NO_EMOTION, *EMOTIONS), _NO_EMOTION),
    ("aside", tuple(_ASIDE), "all"),
)


def _from_address(by_meaning: bool) -> None:
    state = st.session_state
    address.one("by", list(_WAYS) if by_meaning else ["words"], "words")
    state["q"] = state.get("q", st.query_params.get("q", ""))[:_LONGEST]
    address.several("class", list(words.CLASSES))
    for key, options, default in _SINGLE:
        address.one(key, options, default)


def _to_address() -> None:
    state = st.session_state
    address.keep("q", state["q"])
    address.keep("by", state["by"] or "words", "words")
    address.keep("class", list(state["class"]))
    for key, _options, default in _SINGLE:
        address.keep(key, state[key] or default, default)
