"""The view: who may come in, and which pages there are."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import gate
from app.pages import overview

_ICON = Path(__file__).with_name("icon.svg")


def draw() -> None:
    """Draw the page that the address asks for."""
    st.set_page_config(page_title="sayso", page_icon=str(_ICON), layout="wide")
    gate.pass_or_stop()
    pages = [
        st.Page(
            overview.show, title="Overview", icon=":material/monitoring:", url_path="overview", default=True
        )
    ]
    st.navigation(pages, position="hidden").run()
