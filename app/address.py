"""What the address asks for. What a page chooses lives there, so that a view can be sent to a colleague.

A value that this snapshot does not have is left out, and the page says so: an address may be old, mistyped or
made up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app import words
from app.i18n import N_, _

_REFUSED = "address-refused"
_LONGEST = 60
_MOST = 5
NAMES = {
    "brand": N_("Brand"), "period": N_("Period"), "source": N_("Source"), "language": N_("Language"),
    "touchpoint": N_("Touchpoint"), "hearing": N_("Authenticity"), "segment": N_("Segment"),
    "lang": N_("Interface language"), "class": N_("How they stand"), "emotion": N_("Emotion"),
    "aside": N_("Set aside or not"), "page": N_("Page"), "campaign": N_("Campaign"), "by": N_("Search"),
}  # fmt: skip
"""Parameters of the address as a person reads them."""


def one(key: str, options: Sequence[str], default: str) -> str:
    """Put what the address asks for into the widget of that key, once; give what it holds."""
    state = st.session_state
    if key not in state:
        asked = st.query_params.get(key, default)
        if asked not in options:
            refuse(key, asked)
        state[key] = asked
    # Assigned in every run: Streamlit forgets a widget's value where it was not drawn.
    state[key] = state[key] if state[key] in options else default
    return str(state[key])


def several(key: str, options: Sequence[str]) -> list[str]:
    """The same for a widget that takes many."""
    state = st.session_state
    if key not in state:
        asked = st.query_params.get_all(key)
        for value in asked:
            if value not in options:
                refuse(key, value)
        state[key] = asked
    state[key] = [value for value in state[key] if value in options]
    return list(state[key])


def keep(key: str, value: str | list[str], default: str = "") -> None:
    """Write a value into the address, or take it out where it is the default."""
    if value and value != default:
        if st.query_params.get_all(key) != ([value] if isinstance(value, str) else value):
            st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]


def refuse(key: str, value: str) -> None:
    """Remember that this value of the address was left out."""
    told: list[tuple[str, str]] = st.session_state.setdefault(_REFUSED, [])
    told.append((key, value))


def labels(options: Sequence[Any], told: Callable[[Any], str]) -> Callable[[Any], str]:
    """For `format_func`: names in the language of this run, whenever Streamlit asks for them."""
    return {option: told(option) for option in options}.__getitem__


def forget() -> None:
    """Something else was chosen: what the address asked for is history."""
    st.session_state.pop(_REFUSED, None)


def refused() -> list[str]:
    """What was left out, in words."""
    told: list[tuple[str, str]] = st.session_state.get(_REFUSED, [])
    return [f"{_(NAMES[key])} “{words.plain(value, _LONGEST)}”" for key, value in told[:_MOST]]
