"""What the mentions page looks for. It lives in the URL, so a search can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app import cards
from models.readings import EMOTIONS
from pipeline.search import Search

PAGE = 20
_ASIDE = {"all": "All", "counts": "Counts", "aside": "Set aside"}
_FLAGS: Mapping[str, bool | None] = {"all": None, "counts": False, "aside": True}
_NO_EMOTION = "any"


def asked() -> Search:
    """Draw the fields, take their first state from the URL, keep the URL up to date, give what is asked."""
    _from_url()
    left, middle, right = st.columns([3, 2, 2], gap="small", vertical_alignment="bottom")
    with left:
        text = st.text_input(
            "Words", key="q", placeholder="Every word must occur", icon=":material/search:",
            max_chars=300, on_change=first_page,
        )  # fmt: skip
    with middle:
        classes = st.multiselect(
            "How they stand", list(cards.CLASS_NAMES), format_func=cards.CLASS_NAMES.__getitem__, key="class",
            placeholder="All", on_change=first_page,
        )  # fmt: skip
    with right:
        emotion = st.selectbox(
            "Emotion",
            [_NO_EMOTION, *EMOTIONS],
            format_func=str.capitalize,
            key="emotion",
            on_change=first_page,
        )
    aside = st.segmented_control(
        "Authenticity", list(_ASIDE), format_func=_ASIDE.__getitem__, key="aside", required=True,
        label_visibility="collapsed", on_change=first_page,
    )  # fmt: skip
    _to_url()
    return Search(
        words=text.strip(),
        classes=tuple(classes),
        emotion=None if emotion == _NO_EMOTION else emotion,
        aside=_FLAGS[aside or "all"],
    )


def page() -> int:
    """Which page of the list is asked for, from 0."""
    given = st.query_params.get("page", "1")
    return int(given) - 1 if given.isascii() and given.isdigit() and 0 < int(given[:7]) < 1_000_000 else 0


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


def _from_url() -> None:
    given, state = st.query_params, st.session_state
    if "q" not in state:
        state["q"] = given.get("q", "")[:300]
    if "class" not in state:
        state["class"] = [name for name in given.get_all("class") if name in cards.CLASS_NAMES]
    for key, options, default in _SINGLE:
        if key not in state:
            state[key] = given[key] if given.get(key) in options else default


def _to_url() -> None:
    params, state = st.query_params, st.session_state
    now: dict[str, str | list[str]] = {
        key: state[key] for key, _, default in _SINGLE if state[key] not in (default, None)
    }
    now |= {"q": state["q"]} if state["q"] else {}
    now |= {"class": list(state["class"])} if state["class"] else {}
    for key in ("q", "class", "emotion", "aside"):
        if key in now:
            params[key] = now[key]
        elif key in params:
            del params[key]
