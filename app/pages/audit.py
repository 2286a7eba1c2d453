"""Audit: draw a random sample, label it, and see how far the reader errs on this brand's texts."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from app import cards, data, figures, inbox, words
from app.blocks import figures as table_of
from app.stage import Stage
from pipeline import audit
from pipeline.audit import FEWEST, Audit
from pipeline.errors import InputError

_SIZE = 200
_MOST = 5_000


def show(stage: Stage) -> None:
    """Draw the page."""
    if stage.brand not in {note.name for note in data.meta(stage.name).brands}:
        st.html(
            cards.head(f"{stage.brand} is not in the config any more", "Audits are of brands named there")
        )
        st.html(cards.empty("Nothing to audit", "Name the brand in sayso.toml, then:", "sayso run"))
        return
    found = figures.audited(stage.at, stage.brand)
    st.html(cards.head(_sentence(found), "All of the brand's texts, whatever the filters say"))
    damaged = inbox.read(data.home()).damaged
    if damaged:
        st.html(cards.note("Not readable", f"In the inbox: {words.listed(damaged[:5])}"))
    left, right = st.columns(2, gap="small")
    with left:
        _draw(stage)
    with right:
        _take()
    if found.labelled >= FEWEST:
        _errors(found)
        _emotions(found)


def _sentence(found: Audit) -> str:
    if found.labelled < FEWEST:
        rest = FEWEST - found.labelled
        return f"{words.many(rest, 'more label', 'more labels')} of a sample tell how far the reader errs"
    if found.error is None:
        return f"{words.many(found.labelled, 'text')} were labelled, too few of them with a score"
    if found.error.clear:
        way = "too high" if found.error.value > 0 else "too low"
        return f"The reader scores {found.brand} {abs(found.error.value):.1f} points {way}"
    return f"No clear error of the reader on {found.brand}'s texts"


def _draw(stage: Stage) -> None:
    with st.container(border=True, key="card-draw"):
        below = "A random sample of its texts as a sheet to fill in: score, emotions, touchpoints, bot"
        st.html(cards.title("1. Draw a sample", below))
        size = st.number_input("Texts", 1, _MOST, _SIZE, key="audit-size")
        if st.button("Draw", key="audit-draw", icon=":material/casino:"):
            try:
                drawn = audit.sample(data.home(), int(size), stage.brand)
            except InputError as error:
                st.html(cards.note(error.what, error.next_step or ""))
                return
            of = words.count(drawn.population)
            told = f"{words.many(drawn.size, 'text')} of {of}, also in exports/{Path(drawn.path).name}"
            st.html(cards.nothing(told))
            st.download_button(
                "Sheet", Path(drawn.path).read_bytes(), Path(drawn.path).name, "text/csv", on_click="ignore",
                key="audit-sheet", icon=":material/download:",
            )  # fmt: skip


def _take() -> None:
    with st.container(border=True, key="card-take"):
        st.html(
            cards.title("2. Bring it back", "The next `sayso run` takes the labels in; bad rows are named")
        )
        sheet = st.file_uploader("Filled sheet", ["csv", "xlsx"], key="audit-file")
        if sheet is not None and st.button("Lay the labels in the inbox", key="audit-take"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"sheet{Path(sheet.name).suffix.lower()}"
                path.write_bytes(sheet.getvalue())
                try:
                    report = audit.take_sheet(data.home(), path)
                except InputError as error:
                    st.html(cards.note(error.what, error.next_step or ""))
                    return
            told = f"{words.many(report.labels, 'label')} taken, {words.many(report.empty, 'row')} left empty"
            st.html(cards.nothing(told))
            for line in report.rejected[:20]:
                st.html(cards.nothing(line))


def _errors(found: Audit) -> None:
    with st.container(border=True, key="card-errors"):
        st.html(cards.title("How far the reader errs", f"On {words.many(found.labelled, 'labelled text')}"))
        st.html(cards.pairs(_lines(found)))


def _lines(found: Audit) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    if found.mean_error is not None and found.absolute_error is not None:
        lines.append(("Score, read less labelled (0 to 10)", words.signed(found.mean_error, 2)))
        lines.append(("Mean size of that", f"{found.absolute_error:.2f}"))
    if found.class_agreement:
        agreed = found.class_agreement
        span = f"{words.percent(agreed.low)} to {words.percent(agreed.high)}"
        lines.append(("Same class as the label", f"{words.percent(agreed.value)} ({span})"))
    if found.error:
        span = f"{words.signed(found.error.low, 1)} to {words.signed(found.error.high, 1)}"
        lines.append(("NPS, read less labelled", f"{words.signed(found.error.value, 1)} ({span})"))
    if found.corrected is not None and found.corrected_low is not None and found.corrected_high is not None:
        span = f"{words.signed(found.corrected_low)} to {words.signed(found.corrected_high)}"
        lines.append(("NPS of all texts, mended by the labels", f"{words.signed(found.corrected)} ({span})"))
    if found.read:
        lines.append(("NPS of all texts as read", words.signed(found.read.nps)))
    lines.append(("Automated texts that still count", words.count(found.missed_bots)))
    lines.append(("Corrections of single readings (never part of this)", words.count(found.corrections)))
    lines.append(("Labels of texts that changed since", words.count(found.stale)))
    return lines


def _emotions(found: Audit) -> None:
    if not found.emotions:
        return
    with st.container(border=True, key="card-emotions"):
        st.html(cards.title("Emotions", "Share labelled with it, and what the reader gave on average"))
        shares = [(item, words.percent(item.said), words.percent(item.read)) for item in found.emotions]
        st.html(cards.pairs((item.emotion.capitalize(), f"{a} labelled, {b} read") for item, a, b in shares))
        table_of("audit-emotions", pd.DataFrame(
            {"Emotion": item.emotion, "Labelled": item.said, "Read": item.read, "Texts": item.n}
            for item in found.emotions
        ))  # fmt: skip
