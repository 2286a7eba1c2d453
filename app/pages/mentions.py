"""Mentions: find what was said, in their own words, and open one to see why it was read so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app import cards, data, figures, finding, meaning, reading, sections, words
from app.blocks import figures as table_of
from app.i18n import N_, _, n_
from app.stage import Stage
from pipeline.search import Found


def show(stage: Stage) -> None:
    """Draw the list, or the mention that is open."""
    opened = finding.chosen()
    if opened is not None:
        reading.show(stage, *opened)
        return
    period = words.days(stage.filters.first, stage.filters.last)
    head = st.empty()
    search = finding.asked(by_meaning=meaning.possible(stage.at))
    cut = replace(stage.own, authentic=False)
    number = finding.page()
    near = bool(finding.meant() and search.words)
    find = meaning.found if near else figures.found
    found = find(stage.at, cut, search, finding.PAGE, number * finding.PAGE)
    head.html(cards.head(_sentence(stage.brand, found.total, near=near), f"{period} · {_order(near=near)}"))
    if not found.rows:
        text = _("Look for fewer words, take a filter away, or choose a longer period.")
        st.html(cards.empty(_("Nothing found"), text))
        return
    _list(stage, found)
    _turning(number, found)
    table_of("mentions", pd.DataFrame(_row(row) for row in found.rows))


def _sentence(brand: str, n: int, *, near: bool) -> str:
    fields = {"n": words.count(n), "brand": brand}
    if near:
        return n_(
            "{brand}: the {n} mention nearest in meaning", "{brand}: the {n} mentions nearest in meaning", n,
            **fields,
        )  # fmt: skip
    return n_("{n} mention of {brand}", "{n} mentions of {brand}", n, **fields)


def _order(*, near: bool) -> str:
    if near:
        return _("nearest first, in any language · of the newest 100,000 texts")
    return _("newest first · every text as it was written")


def _list(stage: Stage, found: Found) -> None:
    use_native = data.meta(stage.name).native_ratings == "use"
    with st.container(border=True, key="card-found", gap="xxsmall"):
        for row in found.rows:
            st.html(cards.mentions([sections.mention_card(row, use_native)]))
            key = f"open-{row['mention_id']}-{row['brand']}"
            st.button(
                _("Why this reading · correct it"), key=key, type="tertiary", icon=":material/quiz:",
                on_click=finding.choose, args=(row["mention_id"], row["brand"]),
            )  # fmt: skip


def _turning(number: int, found: Found) -> None:
    last = max(0, (found.total - 1) // finding.PAGE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Newer"), key="newer", disabled=not number, on_click=finding.turn, args=(number - 1,),
            icon=":material/chevron_left:",
        )  # fmt: skip
        place = _("Page {page} of {all}", page=words.count(number + 1), all=words.count(last + 1))
        st.html(cards.nothing(place), width="content")
        st.button(
            _("Older"), key="older", disabled=number >= last, on_click=finding.turn, args=(number + 1,),
            icon=":material/chevron_right:",
        )  # fmt: skip


def _row(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        N_("Said"): row["at"], N_("Brand"): row["brand"], N_("Source"): row["source"],
        N_("Language"): words.language(row["lang"]), N_("Rating"): row["rating"], N_("Read as"): row["score"],
        N_("Set aside"): bool(row["set_aside"]),
        N_("Text"): words.plain(row["text"] or row["title"] or "", 1_000),
        N_("Address"): words.link(row["url"]),
    }  # fmt: skip
