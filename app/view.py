"""The view: who may come in, which pages there are, and the filters that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import cards, data, gate
from app.filters import sidebar
from app.pages import audit, competitors, drivers, footprint, mentions, method, overview, risk, sources
from app.palette import Palette, palette
from app.stage import Stage
from pipeline.errors import SnapshotMissing

_ICON = Path(__file__).with_name("icon.svg")
_WATCH_SECONDS = 10
Show = Callable[[Stage], None]
PAGES: tuple[tuple[str, str, Show], ...] = (
    ("overview", "Overview", overview.show),
    ("mentions", "Mentions", mentions.show),
    ("footprint", "Footprint", footprint.show),
    ("drivers", "Drivers", drivers.show),
    ("competitors", "Competitors", competitors.show),
    ("at-risk", "At risk", risk.show),
    ("audit", "Audit", audit.show),
    ("sources", "Sources", sources.show),
    ("method", "Method", method.show),
)
"""Address, name and what draws it."""


def draw() -> None:
    """Draw the page that the address asks for."""
    st.set_page_config(page_title="sayso", page_icon=str(_ICON), layout="wide")
    gate.pass_or_stop()
    look = palette(st.context.theme.type)
    st.html(cards.style(look))
    with st.sidebar:
        st.html(cards.mark())
    # Pages share the widgets that stand here, so what was chosen stays from page to page.
    stage = _stage(look)
    st.navigation([_page(stage, *page) for page in PAGES], position="top").run()


def _page(stage: Stage | None, path: str, title: str, show: Show) -> StreamlitPage:
    def page() -> None:
        if stage:
            show(stage)

    return st.Page(page, title=title, url_path=path, default=path == PAGES[0][0])


def _stage(look: Palette) -> Stage | None:
    """What the pages stand on; None where there is nothing yet, and the page says what to do."""
    try:
        name = data.published()
        choices = data.choices(name)
    except SnapshotMissing as error:
        st.html(cards.empty(error.what, "Collect mentions, read them and publish:", "sayso run"))
        _watch(None)
        return None
    _watch(name)
    if choices is None:
        st.html(
            cards.empty(
                "No mentions yet", "Name sources in sayso.toml, or bring a file in:", "sayso import FILE"
            )
        )
        return None
    return Stage(name, choices, sidebar(choices), look)


@st.fragment(run_every=_WATCH_SECONDS)
def _watch(seen: str | None) -> None:
    """Draw the page anew when a newer snapshot is published."""
    try:
        newest: str | None = data.published()
    except SnapshotMissing:
        newest = None
    if newest != seen:
        st.rerun()
