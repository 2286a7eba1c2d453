"""Sources: what is collected from where, whether it is fresh, and what went wrong last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app import cards, data, sections, words
from app.blocks import figures
from app.stage import Stage


def show(stage: Stage) -> None:
    """Draw the page."""
    rows, now = data.sources(stage.name), datetime.now(UTC)
    if not rows:
        st.html(cards.head("No crawl is recorded", "Mentions came from files, or from an older version"))
        st.html(cards.empty("No sources", "Name targets in sayso.toml, then:", "sayso crawl"))
        return
    sick = [row for row in rows if row["errors"] or row["warnings"]]
    sentence = (
        f"{words.many(len(sick), 'source')} of {len(rows)} to look at" if sick else "All sources are well"
    )
    st.html(cards.head(sentence, sections.health(rows, now)))
    for place, row in enumerate(sick):
        _sick(place, row, now)
    with st.container(border=True, key="card-targets"):
        st.html(cards.title("Every source", "The last crawl, and how many mentions it gave in all"))
        st.html(cards.pairs((f"{row['target']} ({row['kind']})", _state(row, now)) for row in rows))
        figures("targets", sections.sources_table(rows))


def _sick(place: int, row: Mapping[str, Any], now: datetime) -> None:
    with st.container(border=True, key=f"card-sick-{place}"):
        st.html(cards.title(str(row["target"]), _state(row, now)))
        lines = [("Warning", str(warning)) for warning in row["warnings"] or ()]
        if row["errors"]:
            errors = f"{words.many(row['errors'], 'error')} in the last crawl; logs/crawl.log names each page"
            lines = [("Errors", errors), *lines]
        st.html(cards.pairs((name, words.plain(text, 300)) for name, text in lines))


def _state(row: Mapping[str, Any], now: datetime) -> str:
    crawled = f"crawled {words.ago(row['last_crawl'], now)}" if row["last_crawl"] else "never crawled"
    newest = row["newest_mention"]
    last = f", the newest from {words.ago(newest, now)}" if newest else ""
    return f"{crawled}; {words.many(row['mentions'] or 0, 'mention')}{last}"
