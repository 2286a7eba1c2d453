"""Cards of the page: a heading, a chart or list, and behind it its table and the same table as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app import cards, frames
from app.charts import Chart
from app.i18n import _
from app.palette import Palette

_SHARES = ("Share", "Estimated", "Promoters", "Passives", "Detractors")
_SCORES = ("Score", "Impact", "Score gained or lost by it", "Before", "Now", "Change", "Against others")
_MOMENT = "D MMM YYYY, HH:mm"


Draw = Callable[[pd.DataFrame, Palette], Chart]


def chart_card(
    key: str, title: str, below: str, *, frame: pd.DataFrame, draw: Draw, look: Palette, alt: str
) -> None:
    """A chart of a frame with its description for those who cannot see it, its table and its file."""
    with st.container(border=True, key=f"card-{key}", height="stretch"):
        st.html(cards.title(title, below))
        chart(key, frame=frame, draw=draw, look=look, alt=alt)


def chart(key: str, *, frame: pd.DataFrame, draw: Draw, look: Palette, alt: str) -> None:
    """The same without the card, or a line that says there is nothing to draw."""
    if frame.empty:
        st.html(cards.nothing(_("Nothing to draw with these filters")))
        return
    st.altair_chart(draw(frame, look), theme=None, alt=alt)
    figures(key, frames.table(frame))


def figures(key: str, table: pd.DataFrame) -> None:
    """The table behind a chart, closed at first, and the same table as a CSV file. Its columns have English
    names, which are shown in the page's language."""
    shown = table.rename(columns=_)
    with st.expander(_("Figures"), icon=":material/table_rows:", type="compact"):
        st.dataframe(shown, hide_index=True, column_config=_formats(table), alt=_("The figures as a table"))
        st.download_button(
            "CSV", frames.csv(shown), f"sayso-{key}.csv", "text/csv", key=f"csv-{key}", on_click="ignore",
            icon=":material/download:", help=_("The same table as a file"),
        )  # fmt: skip


def _formats(table: pd.DataFrame) -> Mapping[str, ColumnConfig]:
    score = st.column_config.NumberColumn(format="%+.1f")
    share = st.column_config.NumberColumn(format="percent")
    spans = score if "Score" in table or "Change" in table else share
    day, moment = (
        st.column_config.DateColumn(format="D MMM YYYY"),
        st.column_config.DatetimeColumn(format=_MOMENT),
    )
    dated = {"From": day} | dict.fromkeys(("Newest mention", "Last crawl"), moment)
    known = (
        dated | dict.fromkeys(_SHARES, share) | dict.fromkeys(_SCORES, score) | {"Low": spans, "High": spans}
    )
    return {_(name): form for name, form in known.items() if name in table}
