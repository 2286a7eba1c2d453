"""The view's door: `streamlit run app/view.py` with SAYSO_HOME set, or `sayso serve`. Navigation only."""

from __future__ import annotations

import sys
from pathlib import Path

# Streamlit puts this folder on the path, where errors.py and others could stand in for modules of that name.
sys.path[:] = [entry for entry in sys.path if entry != str(Path(__file__).parent)]

import streamlit as st  # noqa: E402

from app import gate  # noqa: E402
from app.pages import overview  # noqa: E402

st.set_page_config(page_title="sayso", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
gate.pass_or_stop()
st.navigation(
    [
        st.Page(
            overview.show, title="Overview", icon=":material/monitoring:", url_path="overview", default=True
        )
    ],
    position="hidden",
).run()
