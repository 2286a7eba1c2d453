"""Figures as the frames that the charts draw and the tables and CSV files show. Nothing is computed here."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

import pandas as pd
import pyarrow as pa

from app import words
from app.data import Board, Standing
from app.i18n import N_, _
from app.palette import CLASSES
from pipeline import tables
from pipeline.drivers import NONE, Driver
from pipeline.footprint import Footprint
from pipeline.numbers import Figure, Move
from pipeline.selection import Sides
from pipeline.trend import ChangePoint

COLUMNS = {
    "brand": N_("Brand"), "way": N_("Way of hearing"), "start": N_("From"), "touchpoint": N_("Touchpoint"),
    "column": N_("Among"), "name": N_("Emotion"), "class": N_("Class"),
    "impact": N_("Impact"), "without": N_("Score gained or lost by it"), "nps": N_("Score"),
    "share": N_("Share"), "low": N_("Low"), "high": N_("High"), "n": N_("Mentions"), "votes": N_("Authors"),
    "estimated": N_("Estimated"), "promoters": N_("Promoters"), "passives": N_("Passives"),
    "detractors": N_("Detractors"), "moved": N_("Moved"), "star_map": N_("Star map"),
    "too_few": N_("Too few"), "basis": N_("The interval holds"),
}  # fmt: skip
"""Columns of frames as tables name them, in English; `blocks.figures` translates them."""

_EVENTS = {True: N_("Wave: {mentions}"), False: N_("Campaign: {mentions}")}
Rivals = Mapping[str, int | None]
"""A competitor's place among all brands; None for the chosen brand."""


def rivals(brands: Sequence[str], own: str) -> Rivals:
    """Each brand's place, so that it keeps its colour whichever brand is chosen."""
    return {brand: None if brand == own else place for place, brand in enumerate(brands)}


def standing(standings: Iterable[Standing], places: Rivals) -> pd.DataFrame:
    """Rows for `charts.standing`; brands without votes are left out."""
    return _frame(
        {
            **_score(item.figure, item.brand, places),
            "label": words.signed(item.figure.nps),
            "estimated": item.figure.estimated,
            "promoters": item.figure.promoters,
            "passives": item.figure.passives,
            "detractors": item.figure.detractors,
            "basis": words.basis(item.figure.basis),
        }
        for item in standings
        if item.figure
    )


def split(standings: Iterable[Standing]) -> pd.DataFrame:
    """Rows for `charts.split`: detractors to the left, promoters to the right."""
    rows = []
    for item in standings:
        if item.figure:
            shares = [getattr(item.figure, f"{name}s") for name in reversed(CLASSES)]
            whole = words.whole_percents(shares)
            for place, name in enumerate(reversed(CLASSES)):
                told = words.percent(whole[place] / 100) if shares[place] >= 0.05 else ""
                rows.append(
                    {
                        "brand": item.brand, "key": name, "class": words.group(name), "share": shares[place],
                        "label": told, "place": place, "too_few": item.figure.too_few,
                    }
                )  # fmt: skip
    return _frame(rows)


def trend(figures: Iterable[Figure], steps: Iterable[Move], places: Rivals) -> pd.DataFrame:
    """Rows for `charts.trend`, the chosen brand's first; `moved` marks the periods it clearly moved to."""
    moved = {step.after.period for step in steps if step.moved}
    rows = [
        {
            **_score(figure, figure.brand, places),
            "start": pd.Timestamp(figure.period),
            "moved": figure.period in moved and places[figure.brand] is None,
        }
        for figure in figures
        if figure.brand and figure.brand in places and figure.period
    ]
    return _frame(sorted(rows, key=lambda row: (row["rival"] is not None, row["rival"] or 0, row["start"])))


def footprint(feelings: Mapping[str, Footprint], places: Rivals) -> pd.DataFrame:
    """Rows for `charts.footprint`, emotions in their own order, the chosen brand's rows first."""
    rows = [
        {
            "brand": brand, "rival": places[brand], "emotion": emotion, "name": words.emotion(emotion),
            "share": score.value, "low": score.low, "high": score.high, "n": felt.n, "too_few": felt.too_few,
        }
        for brand, felt in feelings.items()
        for emotion, score in felt.emotions.items()
    ]  # fmt: skip
    return _frame(sorted(rows, key=lambda row: row["rival"] is not None))


def heat(groups: Iterable[tuple[str, Footprint]]) -> pd.DataFrame:
    """Rows for `charts.heat`, one an emotion and group, the emotions in their own order."""
    return _frame(
        {
            "name": words.emotion(emotion), "column": column, "share": score.value, "low": score.low,
            "high": score.high, "n": felt.n, "too_few": felt.too_few,
        }
        for column, felt in groups
        for emotion, score in felt.emotions.items()
    )  # fmt: skip


def drivers(found: Iterable[Driver]) -> pd.DataFrame:
    """Rows for `charts.impact` and `charts.grid`, the strongest first."""
    named = [driver for driver in found if driver.touchpoint != NONE]
    return _frame(
        {
            "touchpoint": words.touchpoint(driver.touchpoint), "impact": driver.impact_additive,
            "label": words.signed(driver.impact_additive, 1), "without": driver.impact_leave_out,
            "nps": driver.nps, "low": driver.low, "high": driver.high, "share": driver.share, "n": driver.n,
            "too_few": driver.too_few,
        }
        for driver in sorted(named, key=lambda item: -abs(item.impact_additive))
    )  # fmt: skip


def voice(shares: Iterable[tuple[str, float, int]], places: Rivals) -> pd.DataFrame:
    """Rows for `charts.voice`."""
    return _frame(
        {
            "brand": brand, "rival": places[brand], "n": n, "share": share,
            "label": f"{words.percent(share)} · {words.count(n)}",
        }
        for brand, share, n in shares
    )  # fmt: skip


def ways(board: Board, sides: Sides | None = None) -> pd.DataFrame:
    """One row a way of hearing the same brand, the headline first, reweighted last."""
    told = [
        (words.instrument(figure.instrument), figure) for figure in (board.own.figure, *board.ways) if figure
    ]
    told += [(_("Texts of those who also rated"), board.same_people)] if board.same_people else []
    told += [(_("With what was set aside"), board.raw)] if board.raw else []
    rows = [
        {
            "way": way, "nps": figure.nps, "low": figure.low, "high": figure.high, "n": figure.n,
            "votes": figure.votes, "estimated": figure.estimated, "star_map": figure.star_map,
            "too_few": figure.too_few, "basis": words.basis(figure.basis),
        }
        for way, figure in told
    ]  # fmt: skip
    if sides and sides.reweighted and rows:
        score = sides.reweighted.score
        rows.append(rows[0] | {
            "way": _("Reweighted for who posts at all"), "nps": score.value, "low": score.low,
            "high": score.high, "too_few": score.too_few, "basis": "",
        })  # fmt: skip
    return _frame(rows)


def events(
    campaigns: Iterable[Mapping[str, Any]], levels: Iterable[ChangePoint], first: date
) -> pd.DataFrame:
    """Rows for the trend, (at, told): campaigns, and the periods from which the score stands elsewhere."""
    rows: list[dict[str, Any]] = [
        {
            "at": pd.Timestamp(row["started_at"].date()),
            "told": _(
                _EVENTS[row["verdict"] == "organic crisis"], mentions=words.many(row["mentions"], "mention")
            ),
        }
        for row in campaigns
        if row["state"] != "dismissed" and row["started_at"].date() >= first
    ]
    rows += [
        {
            "at": pd.Timestamp(level.period),
            "told": _(
                "The score stands at {after} from here on, {before} before",
                after=words.signed(level.after), before=words.signed(level.before),
            ),
        }
        for level in levels
    ]  # fmt: skip
    rows.sort(key=itemgetter("at"))
    return pd.DataFrame(rows, columns=["at", "told"])


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """What a person reads of a chart's frame: named columns, nothing that only the drawing needs."""
    kept = {name: shown for name, shown in COLUMNS.items() if name in frame}
    shown = frame[list(kept)].rename(columns=kept)
    return shown.assign(From=shown["From"].dt.date) if "From" in shown else shown


def csv(frame: pd.DataFrame) -> bytes:
    """The table as CSV in UTF-8 with a byte order mark, written as exports are: no cell is a formula."""
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    file = io.BytesIO()
    tables.write(rows.to_batches(), rows.schema, file, "csv", bom=True)
    return file.getvalue()


def _score(figure: Figure, brand: str, places: Rivals) -> dict[str, object]:
    return {
        "brand": brand, "rival": places[brand], "nps": figure.nps, "low": figure.low, "high": figure.high,
        "n": figure.n, "too_few": figure.too_few,
    }  # fmt: skip


def _frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    if "rival" in frame:
        frame["rival"] = frame["rival"].astype("Float64")
    return frame


def known(rows: Iterable[Mapping[str, object]], names: Mapping[str, str]) -> pd.DataFrame:
    """Rows as a table with the columns that have a name here, in that order."""
    return pd.DataFrame([{shown: row[name] for name, shown in names.items()} for row in rows])
