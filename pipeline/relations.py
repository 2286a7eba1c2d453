"""How people stand to a brand: who recommends, who warns others, who leaves, for whom, how hard it was.

Each vote is a text (one an author, brand and period: the latest); shares and scores are means of the
reader's probabilities, with the intervals of `pipeline.estimate`: sampling, clustering, the reader's own
uncertainty and its error between domains. That was measured for the NPS and stands in for the other
questions: a share moves the NPS by at least as much as itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from models.readings import SPEAKERS
from pipeline import estimate, tallies
from pipeline.cells import cells
from pipeline.estimate import Score
from pipeline.facts import KEYS, Cut, Facts, ReaderError
from pipeline.numbers import Figure, natural_nps
from pipeline.question import Question, Split
from pipeline.sql import query

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rival:
    """How votes weigh the brand against one competitor: `balance` = % for the brand - % for the other, among
    those who call one of the two better (`ours` and `theirs` votes)."""

    name: str
    ours: int
    theirs: int
    balance: Score


@dataclass(frozen=True, slots=True)
class Relation:
    """One cell. Shares in 0..1 and scores in -100..100, each with interval and n; None where the reader has
    no such head.

    - `womi`: % recommends - % discourages (ForeSee's word-of-mouth index, without the survey); `effort`:
      % easy - % struggle. The reader gives each text's balance of the two, so each share is its net part.
    - `detractors` beside `active_detractors`, those of them who tell others to stay away.
    - `csat`: the share with a score of 7 or more. A good one is 0.75 to 0.85.
    - `leaving`: left, will leave or would rather have another. A signal, not churn.
    - `strong`, `medium`, `weak` (after TRI*M): weak is a detractor, leaves or warns others, whichever the
      text says most clearly; strong is a promoter who does neither.
    - `at_risk`: of any strength, with a competitor called better.
    """

    brand: str | None
    product: str | None
    source: str | None
    source_kind: str | None
    kind: str | None
    lang: str | None
    period: date | None
    votes: int
    too_few: bool
    csat: Score
    detractors: Score
    womi: Score | None
    recommends: Score | None
    discourages: Score | None
    active_detractors: Score | None
    leaving: Score | None
    effort: Score | None
    easy: Score | None
    struggle: Score | None
    strong: Score | None
    medium: Score | None
    weak: Score | None
    at_risk: Score
    rivals: tuple[Rival, ...]
    speakers: dict[str, Figure]
    """NPS of each of SPEAKERS that was heard; empty where the reader does not tell them apart."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, dates as ISO text."""
        speakers = {name: figure.to_dict() for name, figure in self.speakers.items()}
        period = self.period.isoformat() if self.period else None
        return asdict(self) | {"period": period, "speakers": speakers}


def relations(
    facts: Facts,
    asked: Cut | Question = Question(),  # noqa: B008 (immutable)
    **split: Unpack[Split],
) -> list[Relation]:
    """Relations of every cell of the question with readings, in the order of the keys."""
    question = Question.of(asked, split)
    params = question.params(facts.meta, spoken=True)
    rivals = _rivals(facts, params)
    spoken = _speakers(facts, question)
    found = [
        _relation(
            keys,
            _Votes(votes, facts.meta.reader_error),
            rivals.get(_key(keys), ()),
            spoken.get(_key(keys), {}),
        )
        for keys, votes in _heard(facts, params)
    ]
    return sorted(
        found, key=lambda item: (*(getattr(item, name) or "" for name in KEYS), item.period or date.min)
    )


def _heard(facts: Facts, params: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Heard]]:
    """The keys and votes of each cell: from memory where facts are held there, else by SQL."""
    columns = tallies.held(facts, params)
    if columns is not None:
        for stance in tallies.stances(columns, params):
            yield dict(zip((*KEYS, "period"), stance.keys, strict=True)), stance.of
        return
    asked = query("numbers.votes") + query("relations.heard")
    table = facts.cursor().sql(asked, params=params).to_arrow_table()
    told = {name: table.column(name).to_numpy(zero_copy_only=False) for name in _HEARD}
    for keys, rows in cells(table):
        yield keys, {name: values[rows] for name, values in told.items()}


def _key(keys: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(keys[name] for name in (*KEYS, "period"))


def _relation(
    keys: dict[str, Any], votes: _Votes, rivals: Sequence[Rival], speakers: dict[str, Figure]
) -> Relation:
    shares = votes.shares()
    shared: dict[str, Any] = {name: shares.get(name) for name in _SHARES}
    return Relation(
        **keys, votes=len(votes), too_few=len(votes) < estimate.TOO_FEW, rivals=tuple(rivals),
        speakers=speakers, womi=votes.balance("recommends", "discourages"),
        effort=votes.balance("easy", "struggle"),
        **shared,
    )  # fmt: skip


_SHARES = (
    "csat", "detractors", "recommends", "discourages", "active_detractors", "leaving", "easy", "struggle",
    "strong", "medium", "weak", "at_risk",
)  # fmt: skip


Heard = Mapping[str, NDArray[Any]]
_HEARD = ("native", "cluster", "p", "d", "advocacy", "leaving", "effort", "swayed")


class _Votes:
    """The probabilities of one cell's votes, (n,) each, by name; only those that the reader gave."""

    def __init__(self, heard: Heard, error: ReaderError | None) -> None:
        self._error = error
        self._estimated = 1 - float(np.mean(heard["native"]))
        self._clusters = heard["cluster"]
        self._of = {name: _said(heard[name]) for name in ("p", "d", "advocacy", "leaving", "effort")}
        self.values: dict[str, Floats] = {
            "csat": 1 - self._given("d"),
            "detractors": self._given("d"),
            "at_risk": heard["swayed"].astype(float),
        }
        self._split("advocacy", "recommends", "discourages")
        self._split("effort", "easy", "struggle")
        if (leaving := self._of["leaving"]) is not None:
            self.values["leaving"] = leaving
        self._strength()

    def __len__(self) -> int:
        return len(self._clusters)

    def _given(self, name: str) -> Floats:
        values = self._of[name]
        return np.zeros(len(self._clusters)) if values is None else values

    def _split(self, balance: str, plus: str, minus: str) -> None:
        values = self._of[balance]
        if values is not None:
            self.values |= {plus: np.clip(values, 0, 1), minus: np.clip(-values, 0, 1)}

    def _strength(self) -> None:
        """One text says these things together, so the clearest of them counts, not their product."""
        if not {"leaving", "discourages"} <= self.values.keys():
            return
        away = np.maximum(self.values["leaving"], self.values["discourages"])
        weak, strong = np.maximum(self._given("d"), away), np.minimum(self._given("p"), 1 - away)
        self.values |= {"strong": strong, "weak": weak, "medium": np.clip(1 - strong - weak, 0, 1)}
        self.values["active_detractors"] = np.minimum(self._given("d"), self.values["discourages"])

    def shares(self) -> dict[str, Score]:
        found = estimate.shares(np.column_stack(list(self.values.values())), None, self._clusters)
        return {name: self._whole(name, share) for name, share in zip(self.values, found, strict=True)}

    def _whole(self, name: str, score: Score, points: float = 1.0) -> Score:
        """With the error between domains. Ratings are not read; who is called better is told by words."""
        read = {"csat": self._estimated, "detractors": self._estimated, "at_risk": 0.0}.get(name, 1.0)
        sd = read * self._error.points / 100 * points if self._error else 0.0
        scale = (0.0, 1.0) if points == 1 else (-points, points)
        domains = self._error.domains if self._error else None
        return estimate.settled(_widened(score, sd, domains, scale))

    def balance(self, plus: str, minus: str) -> Score | None:
        if plus not in self.values:
            return None
        sums = estimate.moments(self.values[plus], self.values[minus], self._clusters)
        return self._whole(f"{plus} - {minus}", estimate.score(sums), points=100.0)


def _widened(score: Score, sd: float, domains: int | None, scale: tuple[float, float]) -> Score:
    """The score with the reader's error between domains in its interval, which stays on its scale; `sd` in
    the score's own units."""
    half = estimate.reader_half(0.95, sd, domains)
    if not half or math.isnan(score.value):
        return score
    low = score.value - math.hypot(score.value - score.low, half)
    high = score.value + math.hypot(score.high - score.value, half)
    return replace(score, low=max(low, scale[0]), high=min(high, scale[1]), se=math.hypot(score.se, sd))


def _said(values: NDArray[Any]) -> Floats | None:
    """None where no vote has it. A vote read by a model without that head says nothing: 0."""
    floats = values.astype(float)
    missing = np.isnan(floats)
    return None if missing.all() else np.where(missing, 0.0, floats)


def _rivals(facts: Facts, params: dict[str, Any]) -> dict[tuple[Any, ...], list[Rival]]:
    rows = tallies.rows(facts, "relations.rivals", params)
    found: dict[tuple[Any, ...], list[Rival]] = {}
    for *keys, name, ours, theirs in rows:
        balance = estimate.settled(estimate.adjusted_wald(ours, 0, theirs))
        found.setdefault(tuple(keys), []).append(Rival(name, ours, theirs, balance))
    return {keys: sorted(rivals, key=lambda rival: -rival.theirs) for keys, rivals in found.items()}


def _speakers(facts: Facts, asked: Question) -> dict[tuple[Any, ...], dict[str, Figure]]:
    found: dict[tuple[Any, ...], dict[str, Figure]] = {}
    for speaker in SPEAKERS:
        for figure in natural_nps(facts, asked.within(speakers=(speaker,))):
            key = tuple(getattr(figure, name) for name in (*KEYS, "period"))
            found.setdefault(key, {})[speaker] = figure
    return found
