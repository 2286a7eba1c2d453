"""From a stream to what is suspected: wordings, waves, lockstep, p_bot and campaigns. Pure; the database is
outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.alike import Alike, alike
from pipeline.campaigns import Campaign, Suspicion, campaigns
from pipeline.lockstep import lockstep
from pipeline.near_copies import Ties
from pipeline.stream import Floats, Stream
from pipeline.suspicion import Weights, signals
from pipeline.waves import BOOST, SMEAR, Wave, waves


@dataclass(frozen=True, slots=True)
class Detection:
    """What is suspected of the n mentions of a stream."""

    p_bot: Floats
    signals: Mapping[str, Floats]
    wordings: Alike
    waves: Mapping[str, list[Wave]]
    lockstep: Ties
    campaigns: list[Campaign]


def detection(stream: Stream, weights: Weights, threshold: float, *, group: bool = True) -> Detection:
    """All that can be told of a stream as it stands. `group` False leaves the campaigns out."""
    wordings, found, together, ties = looked(stream)
    columns = signals(stream, wordings, found, together)
    p_bot = weights.p_bot(columns)
    suspicion = Suspicion(p_bot, columns, weights, threshold, wordings, found, ties)
    made = campaigns(stream, suspicion) if group and len(stream) else []
    return Detection(p_bot, columns, wordings, found, ties, made)


def looked(stream: Stream) -> tuple[Alike, dict[str, list[Wave]], Floats, Ties]:
    """The raw signals: wordings, waves by brand, lockstep of each mention's author and its ties."""
    found = {
        brand: [*waves(stream, rows, SMEAR), *waves(stream, rows, BOOST)]
        for brand, rows in stream.brands.items()
        if len(rows)
    }
    return alike(stream), found, *lockstep(stream)
