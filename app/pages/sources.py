"""Sources: what is collected from where, whether it is fresh, and what went wrong last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app import cards, data, sections, words
from app.blocks import figures
from app.i18n import _, n_
from app.stage import Stage


def show(stage: Stage) -> None:
    """Draw the page."""
    rows, now = data.sources(stage.name), datetime.now(UTC)
    if not rows:
        st.html(
            cards.head(_("No crawl is recorded"), _("Mentions came from files, or from an older version"))
        )
        st.html(cards.empty(_("No sources"), _("Name targets in sayso.toml, then:"), "sayso crawl"))
        return
    sick = [row for row in rows if row["errors"] or row["warnings"]]
    sentence = (
        n_(
            "{n} source of {all} to look at",
            "{n} sources of {all} to look at",
            len(sick),
            n=len(sick),
            all=len(rows),
        )
        if sick
        else _("All sources are well")
    )
    st.html(cards.head(sentence, sections.health(rows, now)))
    for place, row in enumerate(sick):
        _sick(place, row, now)
    with st.container(border=True, key="card-targets"):
        st.html(cards.title(_("Every source"), _("The last crawl, and how many mentions it gave in all")))
        st.html(cards.pairs((f"{row['target']} ({row['kind']})", _state(row, now)) for row in rows))
        figures("targets", sections.sources_table(rows))


def _sick(place: int, row: Mapping[str, Any], now: datetime) -> None:
    with st.container(border=True, key=f"card-sick-{place}"):
        st.html(cards.title(str(row["target"]), _state(row, now)))
        lines = [(_("Warning"), str(warning)) for warning in row["warnings"] or ()]
        if row["errors"]:
            errors = _(
                "{errors} in the last crawl; logs/crawl.log names each page",
                errors=words.many(row["errors"], "error"),
            )
            lines = [(_("Errors"), errors), *lines]
        st.html(cards.pairs((name, words.plain(text, 300)) for name, text in lines))


def _state(row: Mapping[str, Any], now: datetime) -> str:
    crawl, newest = row["last_crawl"], row["newest_mention"]
    parts = [_("crawled {ago}", ago=words.ago(crawl, now)) if crawl else _("never crawled")]
    parts.append(words.many(row["mentions"] or 0, "mention"))
    parts += [_("the newest {ago}", ago=words.ago(newest, now))] if newest else []
    return "; ".join(parts)
