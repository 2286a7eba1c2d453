"""Cached figures of the pages beside the overview: what the pipeline's functions give, nothing computed here.
Where nothing but surveys speaks, their comments do.

As in app/data.py every cache is keyed by the home and the file name of its snapshot.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import data
from app.filters import Filters
from pipeline import answers, audit, changes, footprint, relations, search, selection
from pipeline import dossier as evidence
from pipeline import drivers as driving
from pipeline.answers import Answer
from pipeline.audit import Audit
from pipeline.changes import Change
from pipeline.dossier import Dossier
from pipeline.drivers import Driver
from pipeline.facts import Cut, Period
from pipeline.footprint import GROUPS, Footprint, Group
from pipeline.numbers import Instrument
from pipeline.relations import Relation
from pipeline.search import Found, Search
from pipeline.selection import Sides

_KEPT = 128
_QUOTES = 6
At = tuple[str, str]
"""A home's folder and the file name of its snapshot."""


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def found(at: At, cut: Cut, asked: Search, limit: int, offset: int) -> Found:
    """One page of the mentions that a search lets through."""
    return search.find(data.opened(at[1]), cut, asked, limit=limit, offset=offset)


def one(name: str, mention_id: str, brand: str) -> dict[str, Any] | None:
    """A mention with all that was read of it."""
    return search.one(data.opened(name), mention_id, brand)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def felt(
    at: At, cut: Cut, period: Period = "all", groups: tuple[Group, ...] = GROUPS
) -> tuple[Footprint, ...]:
    """Footprints of each brand of the cut."""
    facts = data.opened(at[1])
    return tuple(
        footprint.footprint(facts, cut, period=period, groups=groups)
        or footprint.footprint(facts, cut, period=period, groups=groups, instrument="survey_text")
    )


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def driven(at: At, cut: Cut) -> tuple[Driver, ...]:
    """The touchpoints of each brand of the cut."""
    facts = data.opened(at[1])
    return tuple(driving.drivers(facts, cut) or driving.drivers(facts, cut, instrument="survey_text"))


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def related(at: At, cut: Cut) -> tuple[Relation, ...]:
    """How people stand to each brand of the cut."""
    facts = data.opened(at[1])
    return tuple(relations.relations(facts, cut) or relations.relations(facts, cut, instrument="survey_text"))


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def quotes(at: At, cut: Cut) -> tuple[dict[str, Any], ...]:
    """The newest mentions of a cut."""
    return search.find(data.opened(at[1]), cut, Search(), limit=_QUOTES).rows


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def to_answer(at: At, cut: Cut, limit: int) -> tuple[Answer, ...]:
    """Whom to answer first."""
    return tuple(answers.to_answer(data.opened(at[1]), cut, limit=limit))


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def changed(at: At, filters: Filters, instrument: Instrument) -> tuple[Change, ...]:
    """What changed for the chosen brand in the last days, against as many before."""
    before, after = (filters.cut(filters.brand, days=days) for days in (filters.before, filters.recent))
    return tuple(changes.changes(data.opened(at[1]), before, after, instrument=instrument))


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def sides(at: At, cut: Cut) -> Sides | None:
    """The chosen brand's score with everything, without coordination, and reweighted for who posts at all."""
    found = selection.sides(data.opened(at[1]), cut)
    return found[0] if found else None


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def topics(at: At, brand: str) -> list[dict[str, Any]]:
    """What is spoken of inside each touchpoint, over all time."""
    return data.opened(at[1]).rows("snapshot.topics", {"brand": brand})


@st.cache_data(max_entries=8, show_spinner=False)
def campaigns(at: At, brand: str) -> list[dict[str, Any]]:
    """Groups of mentions of a brand that look coordinated, the newest first."""
    return data.opened(at[1]).rows("snapshot.campaigns", {"brands": [brand]})


@st.cache_data(max_entries=16, show_spinner=False)
def dossier(at: At, campaign_id: str) -> Dossier:
    """The evidence of one campaign, without its originals. Raises InputError for one that is not known."""
    return evidence.dossier(data.opened(at[1]), campaign_id)


@st.cache_data(max_entries=8, show_spinner=False)
def audited(at: At, brand: str) -> Audit:
    """What people's labels say of the reader."""
    return audit.report(data.opened(at[1]), brand)[0]


@st.cache_data(max_entries=8, show_spinner=False)
def benchmarks(at: At) -> list[dict[str, Any]]:
    """Published figures to hold a score against."""
    return data.opened(at[1]).rows("snapshot.benchmarks")
