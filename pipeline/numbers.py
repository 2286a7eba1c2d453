"""The one place from which the view, the command line, exports and reports take scores and volumes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from itertools import pairwise
from typing import Any, Unpack

import numpy as np

from pipeline import estimate, powered, tallies
from pipeline.correction import Heard, corrected
from pipeline.estimate import Moments, Score
from pipeline.facts import KEYS, Cut, Facts, Key, Meta, Period
from pipeline.powered import Labelled
from pipeline.question import Instrument, Question, Split
from pipeline.sql import query

__all__ = (
    "TRAINING_MAP", "Figure", "Instrument", "Move", "Voice", "Volume", "compare", "moves", "natural_nps",
    "share_of_voice", "volume",
)  # fmt: skip

TRAINING_MAP = "standard"
"""The star map that the reader was trained on: another one is said beside the figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One score as it is shown: value and interval in NPS points, shares in 0..1, and what it rests on.

    `n` mentions gave `votes` (one an author, brand and period: the latest), worth `effective_n` independent
    ones. `estimated` is the share of votes read from text rather than given as a rating. `period` is its
    first day, None for all time. Keys that were not asked for are None. `as_read` is the score before what
    was read was corrected for the usual mix of its source (pipeline/correction.py), `corrected` the share of
    votes for which that could be done. `labels` of a random sample moved what was read (pipeline/powered.py).
    """

    instrument: Instrument
    brand: str | None
    product: str | None
    source: str | None
    source_kind: str | None
    kind: str | None
    lang: str | None
    period: date | None
    nps: float
    low: float
    high: float
    se: float
    sampling_se: float
    n: int
    votes: int
    effective_n: float
    promoters: float
    passives: float
    detractors: float
    estimated: float
    star_map: str | None
    authentic: bool
    too_few: bool
    as_read: float
    corrected: float
    labels: int
    basis: str

    @property
    def score(self) -> Score:
        """For `estimate.difference`."""
        return Score(self.nps, self.low, self.high, self.se, self.sampling_se, self.votes, self.effective_n)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, dates as ISO text."""
        row = {each.name: getattr(self, each.name) for each in fields(self)}
        return row | {"period": self.period.isoformat() if self.period else None}


@dataclass(frozen=True, slots=True)
class Volume:
    """How much was said in one cell. `authors` counts unknown authors one by one."""

    brand: str | None
    product: str | None
    source: str | None
    source_kind: str | None
    kind: str | None
    lang: str | None
    period: date | None
    mentions: int
    authors: int
    natives: int
    readings: int
    abstained: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Move:
    """From one period to the next: by how much the score moved, and whether that is clear."""

    before: Figure
    after: Figure
    change: estimate.Difference
    moved: bool


def natural_nps(
    facts: Facts,
    asked: Cut | Question = Question(),  # noqa: B008 (immutable)
    **split: Unpack[Split],
) -> list[Figure]:
    """Scores of every cell of the question that has votes, in the order of the keys.

    One vote an author, brand and period, the latest; 95 % intervals by `estimate.score`, clustered by thread.
    """
    question = Question.of(asked, split)
    params = question.params(facts.meta)
    rows = tallies.rows(facts, "numbers.moments", params)
    # Kinds were told from ratings too: what is read with ratings hidden must not be corrected by them.
    known = _known(facts, params) if question.instrument == "natural" else {}
    return [_figure(row, known.get(row[:_CELL], _Known()), facts.meta, question) for row in rows]


_CELL = len(KEYS) + 1
"""The keys of a cell and its period lead every row."""


@dataclass(slots=True)
class _Known:
    """Of one cell: its votes that were read, by kind of text, and those of them that an audit labelled."""

    heard: list[Heard] = field(default_factory=list)
    labelled: list[Labelled] = field(default_factory=list)


def _known(facts: Facts, params: dict[str, Any]) -> dict[tuple[Any, ...], _Known]:
    """By cell. Empty where neither a kind is known well enough nor a sample was labelled."""
    found: dict[tuple[Any, ...], _Known] = {}
    (sampled,) = facts.cursor().execute(query("numbers.sampled")).fetchone() or (0,)
    if not params["use_readings"] or not (sampled or any(k.usable for k in facts.meta.kinds.values())):
        return found
    for row in tallies.rows(facts, "numbers.heard", params):
        found.setdefault(row[:_CELL], _Known()).heard.append(Heard(*row[_CELL:]))
    for row in tallies.rows(facts, "numbers.labelled", params) if sampled else ():
        found[row[:_CELL]].labelled.append(Labelled(*row[_CELL:]))
    return found


def _figure(row: tuple[Any, ...], known: _Known, meta: Meta, asked: Question) -> Figure:
    (*keys, mentions, votes, natives, promoters, detractors, noise, clusters, ff, fn, nn) = row
    read = Moments(votes, promoters, detractors, noise, clusters, ff, fn, nn)
    estimated = 1 - natives / votes
    effect = estimate.design_effect(read)
    part = _read_part(known, votes - natives, effect, meta)
    heard = known.heard if part else ()
    sums = replace(
        read,
        promoters=promoters + (part.promoters if part else 0) - sum(each.promoters for each in heard),
        detractors=detractors + (part.detractors if part else 0) - sum(each.detractors for each in heard),
    )
    score = _score(sums, part, effect, estimated, meta)
    p, d = (max(round(total / votes, 9), 0.0) for total in (sums.promoters, sums.detractors))
    named_map = meta.star_map if natives and asked.instrument != "survey" else None
    cell: dict[str, Any] = dict(zip((*KEYS, "period"), keys, strict=True))
    return Figure(
        **cell, instrument=asked.instrument, authentic=asked.cut.authentic, star_map=named_map,
        nps=score.value, low=score.low, high=score.high, se=score.se, sampling_se=score.sampling_se,
        n=mentions, votes=votes, effective_n=score.effective_n, too_few=score.too_few,
        promoters=p, passives=max(round(1 - p - d, 9), 0.0), detractors=d, estimated=estimated,
        as_read=round(100 * read.value, 9), corrected=part.votes / votes if part else 0.0,
        labels=part.labels if part else 0,
        basis=_basis(estimated, meta, named_map, part, clustered=clusters < votes),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """The votes of a cell that were read, corrected: sums, the error left in P - D (votes), how many votes
    were of a known kind, how many labels had a say: then `error` holds the reader's error between domains.
    """

    promoters: float
    detractors: float
    error: float
    votes: int
    labels: int = 0


def _read_part(known: _Known, n: int, effect: float, meta: Meta) -> _Part | None:
    """None where nothing is known of the votes that were read."""
    if not known.heard:
        return None
    found = corrected(known.heard, meta.kinds)
    # Answers in one thread are misread alike, so what is left of the error grows with clustering too.
    error = found.error * effect**0.5
    if len(known.labelled) < powered.FEWEST:
        return _Part(found.promoters, found.detractors, error, found.votes)
    as_read = sum(part.promoters for part in known.heard), sum(part.detractors for part in known.heard)
    between = meta.reader_error.points / 100 if meta.reader_error else 0.0
    blind = float(np.hypot(error / n, between)) if between else 0.0
    shares = found.promoters / n, found.detractors / n
    told = powered.weighed(known.labelled, as_read, n, shares, blind)
    return _Part(n * told.promoters, n * told.detractors, n * told.error, found.votes, len(known.labelled))


def _score(sums: Moments, part: _Part | None, effect: float, estimated: float, meta: Meta) -> Score:
    """The design effect is that of the votes as they were read; the share of each class is corrected."""
    reader = meta.reader_error
    known = part is not None and part.labels > 0
    reader_sd, domains = (estimated * reader.points, reader.domains) if reader and not known else (0.0, None)
    left = 100 * part.error / sums.n if part else 0.0
    return estimate.settled(
        estimate.score(sums, reader_sd=reader_sd, domains=domains, effect=effect, correction_se=left)
    )


def _basis(estimated: float, meta: Meta, star_map: str | None, part: _Part | None, *, clustered: bool) -> str:
    """What the interval holds and what the figure rests on, in plain words."""
    parts = ["sampling error" + (" and clustering by thread" if clustered else "")]
    if part and part.labels:
        parts.append(f"{part.labels} labels of a random sample, weighed against the reader's error")
    elif estimated > 0:
        error = meta.reader_error
        parts.append(
            f"the reader's error between {error.domains} domains ({error.points:.1f} points)"
            if error
            else "the reader's own uncertainty, but not yet its error between domains"
        )
    if part and part.votes:
        parts.append("the error of correcting for the usual mix of each source")
    if star_map and star_map != TRAINING_MAP and estimated > 0:
        parts.append(f"ratings by the {star_map} star map, texts by the {TRAINING_MAP} one")
    return "; ".join(parts)


def volume(
    facts: Facts,
    cut: Cut = Cut(authentic=False),  # noqa: B008 (immutable)
    *,
    by: Sequence[Key] = ("brand",),
    period: Period = "all",
) -> list[Volume]:
    """Mentions of every cell of `by` x `period`, surveys and bare ratings included."""
    params = {**cut.params(), "by": list(by), "period": period}
    return [Volume(*row) for row in tallies.counted(facts, params)]


@dataclass(frozen=True, slots=True)
class Voice:
    """A brand's share of all mentions that count, in 0..1."""

    brand: str
    share: float
    mentions: int


def share_of_voice(volumes: Iterable[Volume]) -> list[Voice]:
    """Of the volumes of some brands in one cut: who is spoken of how much, what was set aside left out."""
    spoken: dict[str, int] = {}
    for cell in volumes:
        if cell.brand:
            spoken[cell.brand] = spoken.get(cell.brand, 0) + cell.mentions - cell.set_aside
    total = sum(spoken.values()) or 1
    return [Voice(brand, mentions / total, mentions) for brand, mentions in spoken.items()]


def moves(figures: Iterable[Figure], rate: float = 0.05) -> list[Move]:
    """Of the figures of one brand in time order: each step, and whether it moved clearly.

    All steps are judged together: at most `rate` of those called moves are expected to be none
    (Benjamini-Hochberg). A step from or to too few votes never moved.
    """
    ordered = sorted(figures, key=lambda figure: figure.period or date.min)
    pairs = list(pairwise(ordered))
    changes = [estimate.difference(a.score, b.score) for a, b in pairs]
    held = estimate.benjamini_hochberg([change.p_value for change in changes], rate)
    return [
        Move(a, b, change, hold and not (a.too_few or b.too_few))
        for (a, b), change, hold in zip(pairs, changes, held, strict=True)
    ]


def compare(a: Figure, b: Figure) -> estimate.Difference:
    """b - a with its interval. The reader's error cancels only where both lean on it alike."""
    alike = a.instrument == b.instrument and a.brand == b.brand and abs(a.estimated - b.estimated) < 0.1
    return estimate.difference(a.score, b.score, shared_reader=alike)
