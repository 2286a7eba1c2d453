"""The weighted index: the score with votes weighed by the touchpoints they name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Unpack

from pipeline import estimate
from pipeline.estimate import Moments, Score
from pipeline.facts import KEYS, Cut, Facts, Meta
from pipeline.question import Question, Split
from pipeline.sql import query


@dataclass(frozen=True, slots=True)
class Index:
    """The weighted index of one cell in NPS points, beside the score of the same votes with no weights."""

    brand: str | None
    product: str | None
    source: str | None
    source_kind: str | None
    kind: str | None
    lang: str | None
    period: date | None
    index: Score
    unweighted: float


def weights(meta: Meta) -> dict[str, float]:
    """Touchpoints of the config with their weights."""
    found = json.loads(meta.values.get("touchpoints") or "{}")
    return {str(name): float(weight) for name, weight in found.items()}


def weighted_index(
    facts: Facts,
    asked: Cut | Question = Question(),  # noqa: B008 (immutable)
    **split: Unpack[Split],
) -> list[Index]:
    """Indices of every cell of the question; empty where the config gives every touchpoint the weight 1.

    A vote weighs the mean of the weights of the touchpoints it names, 1 if it names none or one without a
    weight. `100 sum(w (p - d)) / sum(w)`; the interval is adjusted Wald on `sum(w)^2 / sum(w^2)` votes (Kish)
    over the design effect of threads. Read votes are as read.
    """
    named = weights(facts.meta)
    if all(weight == 1 for weight in named.values()):
        return []
    params = Question.of(asked, split).params(facts.meta)
    params |= {"names": list(named), "weights": list(named.values())}
    rows = facts.cursor().execute(query("numbers.votes") + query("numbers.weighed"), params).fetchall()
    return [index for row in rows if (index := _index(row))]


def _index(row: tuple[Any, ...]) -> Index | None:
    *keys, votes, total, squares, promoters, detractors, clusters, ff, fn, nn, plain = row
    if not total:
        return None
    kish = total * total / squares
    # Sums of weights stand for counts: scaled so that they add up to what the votes are worth.
    scale = kish / total
    sums = Moments(
        n=round(kish) or 1,
        promoters=promoters / total * (round(kish) or 1),
        detractors=detractors / total * (round(kish) or 1),
        noise=0.0,
        clusters=clusters,
        ff=ff * scale**2,
        fn=fn * scale**2,
        nn=nn * scale**2,
    )
    effect = 1.0
    if 1 < clusters < votes:
        value = (promoters - detractors) / total
        spread = max(ff - 2 * value * fn + value**2 * nn, 0.0) / total**2 * clusters / (clusters - 1)
        effect = max(spread / max(estimate.simple_variance(sums), 1e-12), 1.0)
    cell: dict[str, Any] = dict(zip((*KEYS, "period"), keys, strict=True))
    found = estimate.settled(estimate.score(sums, effect=effect))
    return Index(**cell, index=found, unweighted=round(100 * plain / votes, 9))
