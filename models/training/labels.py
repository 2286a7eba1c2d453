"""What each kind of label says: which scores it allows, which emotions, which touchpoints.

The tables follow the method notes: ratings are intervals of 0..10, a coarse emotion means one of its
footprint children, and whatever a corpus cannot give is unknown, never absent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.readings import EMOTIONS

SCORES = 11
SENTIMENTS = ("negative", "neutral", "positive")
SENTIMENT_SCORES: Mapping[str, range] = {
    "negative": range(5),
    "neutral": range(5, 8),
    "positive": range(8, 11),
}
_STARS = {1: range(3), 2: range(3, 5), 3: range(5, 7), 4: range(7, 9), 5: range(9, 11)}


def allowed_scores(value: float, low: float, high: float) -> range:
    """The scores 0..10 that a published rating allows, by its scale."""
    if not low <= value <= high or low >= high:
        raise ValueError(f"rating {value} is not on its scale {low}..{high}; give the scale as published")
    step = math.floor(value + 0.5)
    if (low, high) == (0, 10):
        return range(step, step + 1)
    if (low, high) == (1, 10):
        return range(step, step + 1) if step > 1 else range(2)
    if high == 5 and low in (0, 0.5, 1):
        return _STARS[max(step, 1)]
    return _interval(value, low, high)


def _interval(value: float, low: float, high: float) -> range:
    """Another scale: rescaled; a coarse scale has one step cover several scores."""
    steps, share = max(round(high - low), 1), (value - low) / (high - low)
    if steps >= SCORES - 1:
        score = math.floor(share * (SCORES - 1) + 0.5)
        return range(score, score + 1)
    index = math.floor(share * steps + 0.5)
    first, last = (math.ceil(edge * SCORES / (steps + 1)) for edge in (index, index + 1))
    return range(first, last)


GOEMOTIONS = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity",
    "desire", "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear",
    "gratitude", "grief", "joy", "love", "nervousness", "optimism", "pride", "realization", "relief",
    "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip

INVENTORIES: Mapping[str, tuple[str, ...]] = {
    "goemotions28": GOEMOTIONS,
    "plutchik8": (
        "anger",
        "anticipation",
        "disgust",
        "fear",
        "joy",
        "sadness",
        "surprise",
        "trust",
        "neutral",
    ),
    "cedr5": ("joy", "sadness", "surprise", "fear", "anger"),
    "brighter6": ("anger", "disgust", "fear", "joy", "sadness", "surprise"),
    "brighter5": ("anger", "fear", "joy", "sadness", "surprise"),
    "tweeteval4": ("anger", "joy", "optimism", "sadness"),
    "footprint12": EMOTIONS,
}
SINGLE_LABEL = frozenset({"tweeteval4"})

FOOTPRINT_OF_GOEMOTIONS: Mapping[str, tuple[str, ...]] = {
    "delight": ("joy", "excitement", "amusement", "love"),
    "gratitude": ("gratitude", "relief"),
    "trust": ("admiration", "approval", "caring", "pride"),
    "hope": ("optimism", "desire"),
    "surprise": ("surprise", "realization"),
    "confusion": ("confusion", "curiosity"),
    "worry": ("fear", "nervousness"),
    "disappointment": ("disappointment", "sadness", "grief", "remorse", "embarrassment"),
    "irritation": ("annoyance", "disapproval"),
    "anger": ("anger",),
    "disgust": ("disgust",),
    "neutral": ("neutral",),
}
_PLUTCHIK: Mapping[str, tuple[str, ...]] = {
    "joy": ("delight", "gratitude"),
    "trust": ("trust",),
    "anticipation": ("hope",),
    "surprise": ("surprise",),
    "fear": ("worry",),
    "sadness": ("disappointment",),
    "anger": ("irritation", "anger"),
    "disgust": ("disgust",),
    "neutral": ("neutral",),
    "optimism": ("hope",),
}
_EKMAN: Mapping[str, tuple[str, ...]] = {
    **_PLUTCHIK,
    "joy": ("delight", "gratitude", "trust", "hope"),
    "surprise": ("surprise", "confusion"),
}


def footprint_children(taxonomy: str) -> dict[str, tuple[str, ...]]:
    """For each label of an inventory, the footprint emotions one of which it means."""
    if taxonomy == "goemotions28":
        return {
            label: tuple(e for e, members in FOOTPRINT_OF_GOEMOTIONS.items() if label in members)
            for label in GOEMOTIONS
        }
    if taxonomy == "footprint12":
        return {emotion: (emotion,) for emotion in EMOTIONS}
    parents = _EKMAN if taxonomy in ("cedr5", "brighter5", "brighter6") else _PLUTCHIK
    return {label: parents[label] for label in INVENTORIES[taxonomy]}


def footprint_of(labels: Iterable[str]) -> list[int]:
    """GoEmotions labels as the 12 footprint emotions, 1 where any member is present."""
    present = set(labels)
    return [int(bool(present.intersection(FOOTPRINT_OF_GOEMOTIONS[emotion]))) for emotion in EMOTIONS]


def footprint_labels(row: Mapping[str, Any]) -> list[int]:
    """The 12 footprint emotions of a row of goemotions28 or footprint12, 1 where present."""
    if row["taxonomy"] == "footprint12":
        return [int(emotion in row["labels"]) for emotion in EMOTIONS]
    return footprint_of(row["labels"])


def head_of(taxonomy: str) -> str:
    """The head that answers in the words of an inventory."""
    return {"brighter5": "brighter6", "footprint12": "footprint"}.get(taxonomy, taxonomy)


def known_labels(taxonomy: str, lang: str) -> list[bool]:
    """Which labels a row of this language can deny: XED has neutral rows in English only."""
    return [
        not (taxonomy == "plutchik8" and name == "neutral" and lang != "en") for name in INVENTORIES[taxonomy]
    ]


TOUCHPOINTS = (
    "service",
    "product",
    "quality",
    "price",
    "delivery",
    "support",
    "billing",
    "shop",
    "website/app",
)
POLARITIES = ("negative", "neutral", "positive")
STANCES: Mapping[str, tuple[str, ...]] = {
    "advocacy": ("discourages", "none", "recommends"),
    "leaving": ("no", "yes"),
    "speaker": ("customer", "prospect", "former", "unclear"),
    "effort": ("struggle", "none", "easy"),
}
"""What a text says beside its score, one answer to each question; only our own sets are labelled so."""

_BY_WORD: Sequence[tuple[str, tuple[str, ...]]] = (
    ("after-sales", ("support",)),
    ("warranty", ("support",)),
    ("support#", ("support",)),
    ("shipping#price", ("delivery", "price")),
    ("shipment prices", ("delivery", "price")),
    ("shipping", ("delivery",)),
    ("shipment", ("delivery",)),
    ("logistics", ("delivery",)),
    ("timeliness", ("delivery", "service")),
    ("packaging", ("delivery",)),
    ("seller service", ("service",)),
    ("service", ("service",)),
    ("faculty", ("service",)),
    ("price", ("price",)),
    ("costs", ("price",)),
    ("course value", ("price",)),
    ("shopping experiences", ("shop",)),
    ("availability", ("shop",)),
    ("inventory", ("shop",)),
    ("location", ("shop",)),
    ("ambience", ("shop",)),
    ("product quality", ("quality",)),
    ("reliability", ("quality",)),
    ("quality", ("quality", "product")),
    ("cleanliness", ("quality", "product")),
    ("bugs", ("quality",)),
)
_OVERALL = ("overall", "whole", "buyer attitude", "hotel general", "restaurant general", "restaurant#general",
            "restaurant miscellaneous", "restaurant#miscellaneous", "company#", "course general", "branding",
            "polarity ", "food recommendation", "grades general", "reviews", "sarcasm")  # fmt: skip
_BILLING = ("charge", "fee", "refund", "exchange_rate", "not_recognised", "charged")
_CARD_DELIVERY = ("card_arrival", "card_delivery_estimate")
OWN_TOUCHPOINTS = "touchpoints"
"""The key under `meta` where our own sets name touchpoints in the reader's own words."""
_SILENT = frozenset({"terms", "m_absa_sight", "germeval20"})


def touchpoints_of(aspect: str) -> tuple[str, ...]:
    """The touchpoints that an aspect of a review corpus speaks of; empty for the thing as a whole."""
    name = aspect.lower()
    for word, found in _BY_WORD:
        if word in name:
            return found
    return () if name.startswith(_OVERALL) else ("product",)


def spoken_of(taxonomy: str, aspect: str) -> tuple[str, ...]:
    """The touchpoints that a label of an inventory speaks of."""
    if taxonomy == OWN_TOUCHPOINTS:
        return (aspect,)
    return intent_touchpoints(aspect) if taxonomy == "banking77" else touchpoints_of(aspect)


def intent_touchpoints(intent: str) -> tuple[str, ...]:
    """Billing or delivery, where a support intent (banking77) speaks of one."""
    if intent in _CARD_DELIVERY:
        return ("delivery",)
    return ("billing",) if any(word in intent for word in _BILLING) else ()


def known_touchpoints(taxonomy: str) -> tuple[str, ...]:
    """The touchpoints whose absence a row of this inventory states."""
    if taxonomy in _SILENT:
        return ()
    if taxonomy == "banking77":
        return ("billing", "delivery")
    if taxonomy == OWN_TOUCHPOINTS:
        return TOUCHPOINTS
    found = {"service", "product", "quality", "price"}
    extra = {
        "m_absa_phone": {"delivery", "support", "shop"},
        "m_absa_food": {"delivery", "shop"},
        "m_absa_laptop": {"delivery", "support"},
        "acos_laptop": {"delivery", "support"},
        "sentirueval_car7": set(),
        "cs_steam": set(),
    }
    known = found | extra.get(taxonomy, {"shop"})
    return tuple(name for name in TOUCHPOINTS if name in known)


def overall_sentiment(polarities: Iterable[str | None]) -> str | None:
    """The sentiment of a text all of whose aspects agree; None where they differ or none is given."""
    found = set(polarities)
    only = found.pop() if len(found) == 1 else None
    return only if only in SENTIMENTS else None
