"""The filters in the sidebar. They live in the URL, so a view can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from app import words
from pipeline.facts import Cut

PERIODS = {"30d": 30, "90d": 90, "1y": 365, "all": None}
_PERIOD_NAMES = {"30d": "30 d", "90d": "90 d", "1y": "1 y", "all": "All"}
DEFAULT_PERIOD = "1y"
QUARTER = 90


@dataclass(frozen=True)
class Choices:
    """What there is to choose from in this snapshot."""

    brands: tuple[str, ...]
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    first: date
    last: date


@dataclass(frozen=True)
class Filters:
    """What was chosen. Empty sources or languages mean all; days are whole and inclusive."""

    brand: str
    first: date
    last: date
    sources: tuple[str, ...]
    languages: tuple[str, ...]

    def cut(self, brand: str | None = None, authentic: bool = True) -> Cut:
        """What passes these filters, of one brand or of all."""
        return Cut(
            brands=(brand,) if brand else None,
            sources=self.sources or None,
            langs=self.languages or None,
            since=self.first,
            until=self.last,
            authentic=authentic,
        )

    @property
    def step(self) -> int:
        """Days on each side of "is it moving": the period, but not more than a quarter, so that a year of
        mentions has something to be compared with."""
        return min((self.last - self.first).days + 1, QUARTER)

    @property
    def recent(self) -> tuple[date, date]:
        """The last `step` days."""
        return self.last - timedelta(days=self.step - 1), self.last

    @property
    def before(self) -> tuple[date, date]:
        """The `step` days before those."""
        begin, _ = self.recent
        return begin - timedelta(days=self.step), begin - timedelta(days=1)


def sidebar(choices: Choices) -> Filters:
    """Draw the filters, take their first state from the URL, keep the URL up to date, give what is chosen."""
    _from_url(choices)
    with st.sidebar:
        brand = st.selectbox("Brand", choices.brands, key="brand")
        period = st.segmented_control(
            "Period",
            list(PERIODS),
            format_func=_PERIOD_NAMES.__getitem__,
            required=True,
            key="period",
            width="stretch",
        )
        sources = st.multiselect(
            "Sources", choices.sources, format_func=words.source, placeholder="All", key="source"
        )
        languages = st.multiselect(
            "Languages", choices.languages, format_func=words.language, placeholder="All", key="language"
        )
    _to_url(choices)
    return chosen(choices, brand, period or DEFAULT_PERIOD, sources, languages)


def _from_url(choices: Choices) -> None:
    """Put what the URL asks for into the widgets once; what this snapshot does not have is left out."""
    asked, state = st.query_params, st.session_state
    for key, options, default in _single(choices):
        given = asked.get(key, default)
        if state.get(key) not in options:
            state[key] = given if given in options else default
    for key, options in _multiple(choices):
        kept = state[key] if key in state else asked.get_all(key)
        state[key] = [value for value in kept if value in options]


def _to_url(choices: Choices) -> None:
    """Write what differs from the defaults into the URL."""
    params = st.query_params
    chosen_now: dict[str, str | list[str]] = {
        key: st.session_state[key] for key, _, default in _single(choices) if st.session_state[key] != default
    }
    chosen_now |= {key: list(st.session_state[key]) for key, _ in _multiple(choices) if st.session_state[key]}
    for key in ("brand", "period", "source", "language"):
        if key in chosen_now:
            params[key] = chosen_now[key]
        elif key in params:
            del params[key]


def _single(choices: Choices) -> list[tuple[str, tuple[str, ...], str]]:
    return [("brand", choices.brands, choices.brands[0]), ("period", tuple(PERIODS), DEFAULT_PERIOD)]


def _multiple(choices: Choices) -> list[tuple[str, tuple[str, ...]]]:
    return [("source", choices.sources), ("language", choices.languages)]


def chosen(
    choices: Choices, brand: str | None, period: str, sources: Sequence[str], languages: Sequence[str]
) -> Filters:
    """The filters that these answers mean. A period ends with the newest mention, not with today: an old
    snapshot is not an empty one."""
    length = PERIODS[period]
    first = choices.first if length is None else max(choices.first, choices.last - timedelta(days=length - 1))
    return Filters(
        brand=brand or choices.brands[0],
        first=first,
        last=choices.last,
        sources=tuple(sources),
        languages=tuple(languages),
    )
