"""The filters in the sidebar. They hold on every page and live in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast, get_args

import streamlit as st

from app import address, words
from app.i18n import N_, _
from pipeline.facts import Cut

PERIODS = {"30d": 30, "90d": 90, "1y": 365, "all": None}
_PERIOD_NAMES = {"30d": N_("30 d"), "90d": N_("90 d"), "1y": N_("1 y"), "all": N_("All")}
DEFAULT_PERIOD = "1y"
QUARTER = 90
Hearing = Literal["counts", "raw", "reweighted"]
"""Whom figures hear. `counts`: what looks coordinated or automated is left out; `raw`: everybody;
`reweighted`: as `counts`, the score as if all posted as often as they answer surveys (`selection.sides`)."""
HEARINGS: tuple[Hearing, ...] = get_args(Hearing)
_HEARING_NAMES = {
    "counts": N_("Coordination removed"),
    "raw": N_("Everything"),
    "reweighted": N_("Reweighted"),
}
_EVERY = ""
"""No touchpoint was chosen."""


@dataclass(frozen=True)
class Choices:
    """What there is to choose from in this snapshot. `segments` are `column=answer` of imported surveys."""

    brands: tuple[str, ...]
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    first: date
    last: date
    touchpoints: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filters:
    """What was chosen. Empty sources, languages or segments mean all; days are whole and inclusive."""

    brand: str
    first: date
    last: date
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    touchpoint: str | None = None
    segments: tuple[str, ...] = ()
    hearing: Hearing = "counts"

    def cut(
        self,
        brand: str | None = None,
        authentic: bool | None = None,
        days: tuple[date, date] | None = None,
    ) -> Cut:
        """What passes these filters, of one brand or of all, over the chosen days or others; `authentic`
        None: as was chosen."""
        since, until = days or (self.first, self.last)
        return Cut(
            brands=(brand,) if brand else None,
            sources=self.sources or None,
            langs=self.languages or None,
            touchpoint=self.touchpoint,
            segments=tuple(_pair(segment) for segment in self.segments) or None,
            since=since,
            until=until,
            authentic=self.hearing != "raw" if authentic is None else authentic,
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
        begin, _end = self.recent
        return begin - timedelta(days=self.step), begin - timedelta(days=1)


def _pair(segment: str) -> tuple[str, str]:
    column, _sign, answer = segment.partition("=")
    return column, answer


def sidebar(choices: Choices) -> Filters:
    """Draw the filters, take their first state from the address, keep it up to date, give what is chosen."""
    singles, multiples = _single(choices), _multiple(choices)
    for key, options, default in singles:
        address.one(key, options, default)
    for key, options in multiples:
        address.several(key, options)
    with st.sidebar:
        _widgets(choices)
    state = st.session_state
    for key, _options, default in singles:
        address.keep(key, state[key] or default, default)
    for key, _options in multiples:
        address.keep(key, list(state[key]))
    return chosen(
        choices, state["brand"], state["period"] or DEFAULT_PERIOD, state["source"], state["language"],
        touchpoint=state["touchpoint"], segments=state["segment"], hearing=state["hearing"],
    )  # fmt: skip


def _widgets(choices: Choices) -> None:
    changed = address.forget
    st.selectbox(_("Brand"), choices.brands, key="brand", on_change=changed)
    st.segmented_control(
        _("Period"), list(PERIODS), required=True, key="period", width="stretch", on_change=changed,
        format_func=address.labels(list(PERIODS), lambda name: _(_PERIOD_NAMES[name])),
    )  # fmt: skip
    _several("source", _("Sources"), choices.sources)
    _several("language", _("Languages"), choices.languages)
    touchpoints = [_EVERY, *choices.touchpoints]
    st.selectbox(
        _("Touchpoint"), touchpoints, key="touchpoint", on_change=changed,
        format_func=address.labels(touchpoints, lambda name: words.touchpoint(name) if name else _("All")),
    )  # fmt: skip
    if choices.segments:
        _several("segment", _("Segments of the survey"), choices.segments)
    told = _("Whether figures hear what looks coordinated or automated, and who posts at all")
    st.selectbox(
        _("Authenticity"), HEARINGS, key="hearing", on_change=changed, help=told,
        format_func=address.labels(HEARINGS, lambda name: _(_HEARING_NAMES[name])),
    )  # fmt: skip


_SHOWN = {
    "source": words.source,
    "language": words.language,
    "segment": lambda pair: pair.replace("=", ": ", 1),
}


def _several(key: str, label: str, options: Sequence[str]) -> None:
    st.multiselect(
        label, options, format_func=address.labels(options, _SHOWN[key]), placeholder=_("All"), key=key,
        on_change=address.forget,
    )  # fmt: skip


def _single(choices: Choices) -> list[tuple[str, tuple[str, ...], str]]:
    return [
        ("brand", choices.brands, choices.brands[0]),
        ("period", tuple(PERIODS), DEFAULT_PERIOD),
        ("touchpoint", (_EVERY, *choices.touchpoints), _EVERY),
        ("hearing", HEARINGS, "counts"),
    ]


def _multiple(choices: Choices) -> list[tuple[str, tuple[str, ...]]]:
    return [("source", choices.sources), ("language", choices.languages), ("segment", choices.segments)]


def chosen(
    choices: Choices,
    brand: str | None,
    period: str,
    sources: Sequence[str],
    languages: Sequence[str],
    *,
    touchpoint: str | None = None,
    segments: Sequence[str] = (),
    hearing: str = "counts",
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
        touchpoint=None if touchpoint in (None, _EVERY) else touchpoint,
        segments=tuple(segments),
        hearing=cast(Hearing, hearing),
    )
