"""Method: how each figure is made, how far the reader errs, in which languages it was measured."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd
import streamlit as st

from app import cards, data, words
from app.blocks import figures
from app.stage import Stage
from pipeline.estimate import TOO_FEW
from pipeline.facts import Meta
from pipeline.reader_languages import measured_languages

_FIGURES = (
    (
        "Natural NPS",
        "The share of promoters less the share of detractors. A rating counts by the star map, a text by the "
        "reader's probabilities. One vote an author and period: the latest.",
    ),
    (
        "95% interval",
        "Holds sampling error, clustering by thread, the reader's uncertainty and, where measured, its "
        "error between domains.",
    ),
    (
        "Correction",
        "What was read is corrected for the usual mix of the kind of text it came from; the score as read "
        "stands in the exports.",
    ),
    ("Ahead, behind, level", "The interval of the difference leaves out zero, or does not."),
    (
        "Ringed months",
        "Clear steps; of those ringed, at most one in twenty is expected to be none (Benjamini-Hochberg).",
    ),
    ("Emotional footprint", "Mean probability of each emotion over the latest text of each author."),
    (
        "Drivers",
        "Each vote's points split evenly over the touchpoints it names: they add up to the score.",
    ),
    (
        "At risk",
        "Who says they leave, calls a competitor better, warns others or struggled; most urgent first.",
    ),
    (
        "Set aside",
        "What looks coordinated or automated does not count; the score with it stands beside.",
    ),
    ("Too few", f"Fewer than {TOO_FEW} authors: grey, and no verdict."),
)
_AGAINST = {
    "score": "customers' ratings",
    "sentiment": "sentiment labels only",
    "emotion": "emotion labels only",
}


def show(stage: Stage) -> None:
    """Draw the page."""
    meta = data.meta(stage.name)
    st.html(cards.head("How these figures are made", _made(meta)))
    with st.container(border=True, key="card-figures"):
        st.html(cards.title("Each figure", "In one or two sentences; docs/numbers.md has the formulas"))
        st.html(cards.terms(_FIGURES))
    left, right = st.columns(2, gap="small")
    with left:
        _reader(meta)
    with right:
        _languages(stage)
    _card()


def _made(meta: Meta) -> str:
    at = f", published {words.moment(meta.made_at)}" if meta.made_at else ""
    return f"Snapshot {meta.generation}{at}"


def _reader(meta: Meta) -> None:
    error = meta.reader_error
    told = (
        f"{error.points:.1f} NPS points (standard deviation over {words.many(error.domains, 'domain')})"
        if error
        else "not measured: intervals hold the reader's own uncertainty alone"
    )
    corrected = sorted(name for name, kind in meta.kinds.items() if kind.usable)
    with st.container(border=True, key="card-reader"):
        st.html(cards.title("The reader", "What turns a text into probabilities"))
        st.html(cards.pairs([
            ("Version", meta.model or "nothing was read yet"),
            ("Its error between domains", told),
            ("Ratings", "used where given" if meta.native_ratings == "use" else "hidden by the config"),
            ("Star map", meta.star_map),
            ("Corrected for the usual mix of", words.listed(corrected) or "no source: too few texts"),
        ]))  # fmt: skip


def _languages(stage: Stage) -> None:
    measured = measured_languages()
    spoken = list(dict.fromkeys([*stage.choices.languages, *measured]))
    rows = [
        (words.language(code), _measure(measured.get(code)), code in stage.choices.languages)
        for code in spoken
    ]
    with st.container(border=True, key="card-languages"):
        st.html(
            cards.title("Languages", "What the reader was measured against; marked: without measured data")
        )
        st.html(cards.pairs((name, against) for name, against, here in rows if here))
        frame = pd.DataFrame(rows, columns=["Language", "Measured against", "In this snapshot"])
        figures("languages", frame)


def _measure(kind: str | None) -> str:
    return _AGAINST.get(kind or "", "⚠ without measured data")


def _card() -> None:
    path = files("models") / "weights" / "MODEL_CARD.md"
    with st.container(border=True, key="card-model"):
        st.html(cards.title("The model card", "As it ships with the reader"))
        if not path.is_file():
            st.html(cards.nothing("No model card is installed"))
            return
        with st.expander("Read it", icon=":material/description:"):
            # Our own file: nothing that a mention says stands in it.
            st.markdown(path.read_text(encoding="utf-8"))
