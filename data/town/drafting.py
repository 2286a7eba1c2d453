"""The ordinary year: who says what about which brand, where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from data.town.entries import Flag, Place
from data.town.phrases import TOUCHPOINTS, Brand, brands, rng

Key = TypeVar("Key", bound=str)

DAYS = 365
_LANGUAGES = {"en": 0.20, "lv": 0.20, "lt": 0.18, "cs": 0.15, "ru": 0.17, "et": 0.10}
_PLACES: dict[Place, float] = {"shop": 0.47, "forum": 0.33, "blog": 0.20}
_TOUCHPOINTS = dict(
    zip(TOUCHPOINTS, (0.17, 0.16, 0.16, 0.09, 0.14, 0.08, 0.07, 0.06, 0.07), strict=True),
)
_CUTS = (-1.75, -1.05, -0.5, 0.3)
"""Between the levels: most people are happy or furious, few are lukewarm."""
_HOURS = (1, 1, 0.5, 0.5, 0.5, 1, 2, 4, 6, 6, 6, 6, 7, 6, 6, 6, 6, 7, 8, 10, 11, 10, 6, 3)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mention before it is worded. `brand` and `touchpoint` are None where nobody speaks of one; `wording`
    picks the phrases of an event."""

    brand: Brand | None
    place: Place
    touchpoint: str | None
    lang: str
    level: int | None
    at: datetime
    flag: Flag = "ordinary"
    wording: str = ""


def drafts(seed: int, until: datetime, count: int) -> list[Draft]:
    """`count` drafts over the year before `until`, oldest first."""
    random = rng(seed, "drafts")
    made = [_draft(random, until) for _ in range(count)]
    return sorted(made, key=lambda draft: draft.at)


def _draft(random: Random, until: datetime) -> Draft:
    brand = random.choices(brands(), [each.share for each in brands()])[0]
    touchpoint = _one(_TOUCHPOINTS, random)
    at = moment(random, until)
    return Draft(
        brand=brand,
        place=_one(_PLACES, random),
        touchpoint=touchpoint,
        lang=_one(_LANGUAGES, random),
        level=level_of(brand, touchpoint, 1 - (until - at) / timedelta(days=DAYS), random),
        at=at,
    )


def language(random: Random) -> str:
    """A language as often as the town speaks it."""
    return _one(_LANGUAGES, random)


def level_of(brand: Brand, touchpoint: str, share_of_year: float, random: Random) -> int:
    """1..5: the brand's mean, its strength at the touchpoint, its trend, and the person."""
    mean = brand.mean + brand.offsets.get(touchpoint, 0.0) + brand.trend * (share_of_year - 0.5)
    felt = random.gauss(mean, 1.0)
    return 1 + sum(felt > cut for cut in _CUTS)


def moment(random: Random, until: datetime) -> datetime:
    """Some second of the year before `until`, more often in the evening."""
    day = random.randrange(1, DAYS)
    hour = random.choices(range(24), _HOURS)[0]
    start = until.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day)
    return start + timedelta(hours=hour, seconds=random.randrange(3600))


def stars_of(level: int, random: Random) -> int:
    """The stars that somebody of this level gives: the same number four times out of five."""
    return min(5, max(1, level + random.choices((-1, 0, 1), (0.1, 0.8, 0.1))[0]))


def _one(weights: dict[Key, float], random: Random) -> Key:
    return random.choices(list(weights), list(weights.values()))[0]
