"""Campaigns: groups that look coordinated, the evidence both ways, and what somebody decides about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import address, campaign, cards, figures, words
from app import dossier_words as told
from app.blocks import figures as table_of
from app.i18n import N_, _, n_
from app.stage import Stage

_STATES = {
    "open": N_("Open"), "over": N_("Over"), "acknowledged": N_("Acknowledged"), "snoozed": N_("Snoozed"),
    "dismissed": N_("Dismissed"),
}  # fmt: skip
_NONE = ""
ORGANIC = "organic crisis"
"""The verdict on a wave of many people who do not look organised."""


def show(stage: Stage) -> None:
    """Draw the list, and under it the campaign that is open."""
    rows = figures.campaigns(stage.at, stage.brand)
    attacks = [row for row in rows if row["verdict"] != ORGANIC]
    standing = [row for row in attacks if row["state"] in ("open", "acknowledged")]
    st.html(
        cards.head(_sentence(stage.brand, attacks, standing), _("Over all time, whatever the filters say"))
    )
    if not rows:
        text = _("Nothing in this snapshot looks coordinated. Detection looks anew in every run:")
        st.html(cards.empty(_("No campaign"), text, "sayso run"))
        return
    _list(rows)
    ids = [row["campaign_id"] for row in rows]
    address.one("campaign", [_NONE, *ids], ids[0])
    names = {row["campaign_id"]: _name(row) for row in rows} | {_NONE: _("None")}
    with st.container(border=True, key="card-open"):
        st.html(cards.title(_("Dossier"), _("The evidence of one campaign, for those who must be convinced")))
        chosen = st.selectbox(
            _("Campaign"), [_NONE, *ids], key="campaign", format_func=names.__getitem__,
            on_change=address.forget,
        )  # fmt: skip
    address.keep("campaign", chosen)
    if chosen:
        campaign.show(stage, chosen)


def _sentence(brand: str, rows: Sequence[object], standing: Sequence[object]) -> str:
    if not rows:
        return _("No campaign for or against {brand} was found", brand=brand)
    if not standing:
        return n_(
            "{brand}: {n} campaign, and it is over", "{brand}: {n} campaigns, and all are over", len(rows),
            brand=brand, n=len(rows),
        )  # fmt: skip
    return n_(
        "{brand}: {n} campaign stands open", "{brand}: {n} campaigns stand open", len(standing), brand=brand,
        n=len(standing),
    )  # fmt: skip


def _name(row: Mapping[str, Any]) -> str:
    period = words.days(row["started_at"].date(), row["ended_at"].date())
    return f"{period} · {words.many(row['mentions'], 'mention')} · {state(row)}"


def state(row: Mapping[str, Any]) -> str:
    """Where it stands, in words."""
    return _(_STATES.get(row["state"], row["state"]))


def _list(rows: Sequence[Mapping[str, Any]]) -> None:
    with st.container(border=True, key="card-campaigns"):
        st.html(
            cards.title(
                _("Every campaign"), _("Coordinated or unusual, never “fake”: behaviour is seen, not intent")
            )
        )
        st.html(cards.pairs((_name(row), _about(row)) for row in rows))
        table_of("campaigns", pd.DataFrame(_row(row) for row in rows))


def _about(row: Mapping[str, Any]) -> str:
    parts = [_(told.verdict(row["verdict"]))]
    direction = told.DIRECTIONS.get(row["direction"])
    parts += [_(direction)] if direction and row["verdict"] != "organic crisis" else []
    return " · ".join(parts)


def _row(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        N_("Campaign"): row["campaign_id"], N_("From"): row["started_at"].date(),
        N_("Until"): row["ended_at"].date(), N_("Verdict"): _(told.verdict(row["verdict"])),
        N_("Mentions"): row["mentions"], N_("Authors"): row["authors"],
        N_("Set aside"): row["set_aside"], N_("Score with it"): row["nps_with"],
        N_("Score without it"): row["nps_without"], N_("p"): row["p_value"], N_("q"): row["q_value"],
        N_("State"): state(row),
    }  # fmt: skip
