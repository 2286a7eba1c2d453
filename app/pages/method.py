"""Method: how each figure is made, how far the reader errs, in which languages it was measured."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd
import streamlit as st

from app import cards, data, words
from app.blocks import figures
from app.i18n import N_, _
from app.stage import Stage
from pipeline.estimate import TOO_FEW
from pipeline.facts import Meta
from pipeline.reader_languages import measured_languages

_FIGURES = (
    (
        N_("Natural NPS"),
        N_(
            "The share of promoters less the share of detractors. A rating counts by the star map, a text by "
            "the reader's probabilities. One vote an author and period: the latest."
        ),
    ),
    (
        N_("95% interval"),
        N_(
            "Holds sampling error, clustering by thread, the reader's uncertainty and, where measured, its "
            "error between domains."
        ),
    ),
    (
        N_("Correction"),
        N_(
            "What was read is corrected for the usual mix of the kind of text it came from; the score as "
            "read stands in the exports."
        ),
    ),
    (
        N_("Ahead, behind, level"),
        N_("The interval of the difference leaves out zero, or does not."),
    ),
    (
        N_("Ringed months"),
        N_(
            "Clear steps; of those ringed, at most one in twenty is expected to be none (Benjamini-Hochberg)."
        ),
    ),
    (
        N_("Emotional footprint"),
        N_("Mean probability of each emotion over the latest text of each author."),
    ),
    (
        N_("Drivers"),
        N_("Each vote's points split evenly over the touchpoints it names: they add up to the score."),
    ),
    (
        N_("At risk"),
        N_("Who says they leave, calls a competitor better, warns others or struggled; most urgent first."),
    ),
    (
        N_("Set aside"),
        N_("What looks coordinated or automated does not count; the score with it stands beside."),
    ),
    (
        N_("Three things that changed"),
        N_(
            "The last days against as many before: the score, each emotion, each touchpoint. Named only if "
            "clear among all that was compared; at most one in twenty of those is expected to be none."
        ),
    ),
    (
        N_("Campaigns"),
        N_(
            "Wording, waves in time, accounts and their company, weighed together, with evidence both ways. "
            "Never more than “coordinated” or “unusual”."
        ),
    ),
    (
        N_("Reweighted"),
        N_(
            "As if everybody posted as often as they answer surveys; by how much is learned from other "
            "brands that have both."
        ),
    ),
    (N_("Too few"), N_("Fewer than {n} authors: grey, and no verdict.")),
)
_AGAINST = {
    "score": N_("customers' ratings"),
    "sentiment": N_("sentiment labels only"),
    "emotion": N_("emotion labels only"),
}


def show(stage: Stage) -> None:
    """Draw the page."""
    meta = data.meta(stage.name)
    st.html(cards.head(_("How these figures are made"), _made(meta)))
    with st.container(border=True, key="card-figures"):
        st.html(cards.title(_("Each figure"), _("In one or two sentences; docs/numbers.md has the formulas")))
        st.html(cards.terms((_(name), _(text, n=TOO_FEW)) for name, text in _FIGURES))
    left, right = st.columns(2, gap="small")
    with left:
        _reader(meta)
    with right:
        _languages(stage)
    _card()


def _made(meta: Meta) -> str:
    told = _("Snapshot {number}", number=meta.generation)
    return f"{told} · {_('published {at}', at=words.moment(meta.made_at))}" if meta.made_at else told


def _reader(meta: Meta) -> None:
    error = meta.reader_error
    told = (
        _(
            "{points} NPS points (standard deviation, {domains})",
            points=words.decimal(error.points),
            domains=words.many(error.domains, "domain"),
        )
        if error
        else _("not measured: intervals hold the reader's own uncertainty alone")
    )
    corrected = sorted(name for name, kind in meta.kinds.items() if kind.usable)
    with st.container(border=True, key="card-reader"):
        st.html(cards.title(_("The reader"), _("What turns a text into probabilities")))
        st.html(cards.pairs([
            (_("Version"), meta.model or _("nothing was read yet")),
            (_("Its error between domains"), told),
            (
                _("Ratings"),
                _("used where given") if meta.native_ratings == "use" else _("hidden by the config"),
            ),
            (_("Star map"), meta.star_map),
            (_("Corrected for the usual mix of"), words.listed(corrected) or _("no source: too few texts")),
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
            cards.title(
                _("Languages"), _("What the reader was measured against; marked: without measured data")
            )
        )
        st.html(cards.pairs((name, against) for name, against, here in rows if here))
        frame = pd.DataFrame(rows, columns=[N_("Language"), N_("Measured against"), N_("In this snapshot")])
        figures("languages", frame)


def _measure(kind: str | None) -> str:
    against = _AGAINST.get(kind or "")
    return _(against) if against else _("⚠ without measured data")


def _card() -> None:
    path = files("models") / "weights" / "MODEL_CARD.md"
    with st.container(border=True, key="card-model"):
        st.html(cards.title(_("The model card"), _("As it ships with the reader; in English")))
        if not path.is_file():
            st.html(cards.nothing(_("No model card is installed")))
            return
        with st.expander(_("Read it"), icon=":material/description:"):
            # Our own file: nothing that a mention says stands in it.
            st.markdown(_lowered(path.read_text(encoding="utf-8")))


def _lowered(card: str) -> str:
    """The card with its title one level down: the page has its own."""
    return f"#{card}" if card.startswith("# ") else card
