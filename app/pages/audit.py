"""Audit: draw a random sample, label it, and see how far the reader errs on this brand's texts."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from app import cards, data, figures, inbox, words
from app.blocks import figures as table_of
from app.i18n import N_, _, n_
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
            cards.head(
                _("{brand} is not in the config any more", brand=stage.brand),
                _("Audits are of brands named there"),
            )
        )
        st.html(cards.empty(_("Nothing to audit"), _("Name the brand in sayso.toml, then:"), "sayso run"))
        return
    found = figures.audited(stage.at, stage.brand)
    st.html(cards.head(_sentence(found), _("All of the brand's texts, whatever the filters say")))
    damaged = inbox.read(data.home()).damaged
    if damaged:
        st.html(cards.note(_("Not readable"), _("In the inbox: {files}", files=words.listed(damaged[:5]))))
    if stage.acts:
        left, right = st.columns(2, gap="small")
        with left:
            _draw(stage)
        with right:
            _take()
    else:
        st.html(cards.nothing(_("Analysts and admins draw samples and bring them back; you may read")))
    if found.labelled >= FEWEST:
        _errors(found)
        _emotions(found)
    if stage.governs:
        _journal()


def _journal() -> None:
    """Who did what, newest first: of this home's inbox."""
    box = inbox.read(data.home())
    rows = [
        (item.labelled_at, item.by, _("a text labelled or set aside"), item.mention_id) for item in box.labels
    ]
    rows += [
        (item.at, item.by, _("a mention marked answered"), item.mention_id) for item in box.answered.values()
    ]
    rows += [(item.said_at, item.who, _("a campaign decided"), item.campaign_id) for item in box.verdicts]
    rows.sort(key=lambda row: row[0], reverse=True)
    with st.container(border=True, key="card-journal"):
        st.html(
            cards.title(_("Who did what"), _("Everything people did in this view, as the inbox keeps it"))
        )
        if not rows:
            st.html(cards.nothing(_("Nothing yet")))
            return
        st.html(
            cards.pairs(
                (f"{words.moment(at)}, {who or _('A sheet')}", what) for at, who, what, _id in rows[:10]
            )
        )
        columns = [N_("When"), N_("Who"), N_("What"), N_("Of")]
        table_of("journal", pd.DataFrame(rows, columns=columns))


def _sentence(found: Audit) -> str:
    if found.labelled < FEWEST:
        rest = FEWEST - found.labelled
        return n_(
            "{n} more label of a sample tells how far the reader errs",
            "{n} more labels of a sample tell how far the reader errs", rest, n=words.count(rest),
        )  # fmt: skip
    if found.error is None:
        return _("Labelled: {texts}, too few of them with a score", texts=words.many(found.labelled, "text"))
    if found.error.clear:
        fields = {"brand": found.brand, "points": words.decimal(abs(found.error.value))}
        if found.error.value > 0:
            return _("The reader scores {brand} {points} points too high", **fields)
        return _("The reader scores {brand} {points} points too low", **fields)
    return _("No clear error of the reader on the texts of {brand}", brand=found.brand)


def _draw(stage: Stage) -> None:
    with st.container(border=True, key="card-draw"):
        below = _("A random sample of its texts as a sheet to fill in: score, emotions, touchpoints, bot")
        st.html(cards.title(_("1. Draw a sample"), below))
        size = st.number_input(_("Texts"), 1, _MOST, _SIZE, key="audit-size")
        if st.button(_("Draw"), key="audit-draw", icon=":material/casino:"):
            try:
                drawn = audit.sample(data.home(), int(size), stage.brand)
            except InputError as error:
                st.html(cards.note(error.what, error.next_step or ""))
                return
            told = _(
                "{texts} of {all}, also in exports/{file}",
                texts=words.many(drawn.size, "text"), all=words.count(drawn.population),
                file=Path(drawn.path).name,
            )  # fmt: skip
            st.html(cards.nothing(told))
            st.download_button(
                _("Sheet"), Path(drawn.path).read_bytes(), Path(drawn.path).name, "text/csv",
                on_click="ignore",
                key="audit-sheet", icon=":material/download:",
            )  # fmt: skip


def _take() -> None:
    with st.container(border=True, key="card-take"):
        st.html(
            cards.title(
                _("2. Bring it back"), _("The next `sayso run` takes the labels in; bad rows are named")
            )
        )
        sheet = st.file_uploader(_("Filled sheet"), ["csv", "xlsx"], key="audit-file")
        if sheet is not None and st.button(_("Lay the labels in the inbox"), key="audit-take"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"sheet{Path(sheet.name).suffix.lower()}"
                path.write_bytes(sheet.getvalue())
                try:
                    report = audit.take_sheet(data.home(), path)
                except InputError as error:
                    st.html(cards.note(error.what, error.next_step or ""))
                    return
            told = _(
                "Taken: {labels}; left empty: {rows}",
                labels=words.many(report.labels, "label"), rows=words.many(report.empty, "row"),
            )  # fmt: skip
            st.html(cards.nothing(told))
            for line in report.rejected[:20]:
                st.html(cards.nothing(line))


def _errors(found: Audit) -> None:
    with st.container(border=True, key="card-errors"):
        st.html(cards.title(_("How far the reader errs"), words.many(found.labelled, "labelled text")))
        st.html(cards.pairs(_lines(found)))


def _lines(found: Audit) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    if found.mean_error is not None and found.absolute_error is not None:
        lines.append((_("Score, read less labelled (0 to 10)"), words.signed(found.mean_error, 2)))
        lines.append((_("Mean size of that"), words.decimal(found.absolute_error, 2)))
    if found.class_agreement:
        agreed = found.class_agreement
        span = words.share_span(agreed.low, agreed.high)
        lines.append((_("Same class as the label"), f"{words.percent(agreed.value)} ({span})"))
    if found.error:
        span = words.span(found.error.low, found.error.high, 1)
        lines.append((_("NPS, read less labelled"), f"{words.signed(found.error.value, 1)} ({span})"))
    if found.corrected is not None and found.corrected_low is not None and found.corrected_high is not None:
        span = words.span(found.corrected_low, found.corrected_high)
        lines.append(
            (_("NPS of all texts, mended by the labels"), f"{words.signed(found.corrected)} ({span})")
        )
    if found.read:
        lines.append((_("NPS of all texts as read"), words.signed(found.read.nps)))
    lines.append((_("Automated texts that still count"), words.count(found.missed_bots)))
    lines.append((_("Corrections of single readings (never part of this)"), words.count(found.corrections)))
    lines.append((_("Labels of texts that changed since"), words.count(found.stale)))
    return lines


def _emotions(found: Audit) -> None:
    if not found.emotions:
        return
    with st.container(border=True, key="card-emotions"):
        st.html(cards.title(_("Emotions"), _("Share labelled with it, and what the reader gave on average")))
        shares = [(item, words.percent(item.said), words.percent(item.read)) for item in found.emotions]
        st.html(cards.pairs(
            (words.emotion(item.emotion), _("{said} labelled, {read} read", said=a, read=b))
            for item, a, b in shares
        ))  # fmt: skip
        table_of("audit-emotions", pd.DataFrame(
            {
                N_("Emotion"): words.emotion(item.emotion), N_("Labelled"): item.said,
                N_("Read"): item.read, N_("Texts"): item.n,
            }
            for item in found.emotions
        ))  # fmt: skip
