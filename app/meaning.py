"""Search by meaning: what is looked for is read by the reader in this process, and held against the texts'
embeddings."""

from __future__ import annotations

import streamlit as st

from app import data
from app.figures import At
from app.i18n import _
from app.verbs.measure import model_version, reader_factory
from pipeline import search
from pipeline.facts import Cut
from pipeline.scoring import TextReader
from pipeline.search import Found, Search


@st.cache_data(max_entries=8, show_spinner=False)
def possible(at: At) -> bool:
    """Whether this snapshot has embeddings of the reader that the home names."""
    return model_version(data.home()) in search.meanings(data.opened(at[1]))


def found(at: At, cut: Cut, asked: Search, limit: int, offset: int) -> Found:
    """One page of the mentions nearest to what is looked for."""
    model = model_version(data.home())
    with st.spinner(_("Reading what you look for")):
        vector = _vector(at[0], model, asked.words)
    return _found(at, cut, asked, vector, model, limit, offset)


@st.cache_data(max_entries=128, show_spinner=False)
def _found(
    at: At, cut: Cut, asked: Search, vector: tuple[float, ...], model: str, limit: int, offset: int
) -> Found:
    return search.nearest(data.opened(at[1]), cut, asked, vector, model, limit=limit, offset=offset)


@st.cache_data(max_entries=256, show_spinner=False)
def _vector(root: str, model: str, text: str) -> tuple[float, ...]:
    """The embedding of what is looked for; `root` and `model` are for the cache."""
    return tuple(float(x) for x in _reader(root, model).read([text]).embedding[0])


@st.cache_resource(max_entries=1, show_spinner=False)
def _reader(root: str, model: str) -> TextReader:
    return reader_factory(data.home())()
