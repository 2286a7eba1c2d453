"""The view: who may come in, which pages there are, and the filters that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from app import address, cards, data, gate, i18n, words
from app.filters import sidebar
from app.i18n import N_, Language, _
from app.pages import (
    audit,
    campaigns,
    competitors,
    drivers,
    footprint,
    mentions,
    method,
    overview,
    risk,
    sources,
)
from app.palette import Palette, palette
from app.sharing import Role
from app.stage import Stage
from pipeline.errors import ConfigError, SnapshotMissing

_ICON = Path(__file__).with_name("icon.svg")
_WATCH_SECONDS = 10
Show = Callable[[Stage], None]
PAGES: tuple[tuple[str, str, Show], ...] = (
    ("overview", N_("Overview"), overview.show),
    ("mentions", N_("Mentions"), mentions.show),
    ("footprint", N_("Footprint"), footprint.show),
    ("drivers", N_("Drivers"), drivers.show),
    ("competitors", N_("Competitors"), competitors.show),
    ("campaigns", N_("Campaigns"), campaigns.show),
    ("at-risk", N_("At risk"), risk.show),
    ("audit", N_("Audit"), audit.show),
    ("sources", N_("Sources"), sources.show),
    ("method", N_("Method"), method.show),
)
"""Address, name and what draws it."""


def draw() -> None:
    """Draw the page that the address asks for."""
    st.set_page_config(page_title="sayso", page_icon=str(_ICON), layout="wide")
    default = _default_language()
    i18n.speak(i18n.known(address.one("lang", i18n.LANGUAGES, default)) or default)
    role = gate.pass_or_stop()
    look = palette(st.context.theme.type)
    st.html(cards.style(look))
    with st.sidebar:
        st.html(cards.mark())
    # Pages share the widgets that stand here, so what was chosen stays from page to page.
    stage = _stage(look, role)
    with st.sidebar:
        _language(default)
    named = st.Page(
        _drawn(stage, PAGES[0][2]), title=_(PAGES[0][1]), url_path=PAGES[0][0], visibility="hidden"
    )
    navigation = st.navigation([*(_page(stage, *page) for page in PAGES), named], position="top")
    above = st.empty()
    navigation.run()
    _refused(above)


def _default_language() -> Language:
    """The home's own. Where its config has a fault the gate says so, in English."""
    try:
        return data.home().config.sayso.language
    except ConfigError:
        return "en"


def _language(default: Language) -> None:
    st.selectbox(
        _("Interface language"), i18n.LANGUAGES, format_func=i18n.NAMES.__getitem__, key="lang",
        on_change=address.forget, help=_("Mentions keep the language they were written in"),
    )  # fmt: skip
    address.keep("lang", st.session_state["lang"], default)


def _refused(above: DeltaGenerator) -> None:
    """What of the address could not be followed, above the page, which may have found more of it."""
    told = address.refused()
    if told:
        text = _("{values}: shown without", values=words.listed(told))
        above.html(cards.note(_("Not in this snapshot"), text))


def _page(stage: Stage | None, path: str, title: str, show: Show) -> StreamlitPage:
    # The first stands at the bare address, and Streamlit gives no other to a page that does.
    first = path == PAGES[0][0]
    return st.Page(_drawn(stage, show), title=_(title), url_path="start" if first else path, default=first)


def _drawn(stage: Stage | None, show: Show) -> Callable[[], None]:
    def page() -> None:
        if stage:
            show(stage)

    return page


def _stage(look: Palette, role: Role) -> Stage | None:
    """What the pages stand on; None where there is nothing yet, and the page says what to do."""
    try:
        name = data.published()
        choices = data.choices(name)
    except SnapshotMissing as error:
        st.html(
            cards.empty(words.fault(error.what), _("Collect mentions, read them and publish:"), "sayso run")
        )
        _watch(None)
        return None
    _watch(name)
    if choices is None:
        st.html(
            cards.empty(
                _("No mentions yet"),
                _("Name sources in sayso.toml, or bring a file in:"),
                "sayso import FILE",
            )
        )
        return None
    return Stage(name, choices, sidebar(choices), look, role)


@st.fragment(run_every=_WATCH_SECONDS)
def _watch(seen: str | None) -> None:
    """Draw the page anew when a newer snapshot is published."""
    try:
        newest: str | None = data.published()
    except SnapshotMissing:
        newest = None
    if newest != seen:
        st.rerun()
