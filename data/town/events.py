"""What does not belong to an ordinary year: an outage, an attack, and the noise of every public place."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from data.town.drafting import Draft, language, moment
from data.town.entries import Flag, Place
from data.town.phrases import brand, brands, rng

OUTAGE_BRAND, OUTAGE_DAYS_AGO, OUTAGE_HOURS, OUTAGE_SIZE = "vintrel", 108, 36, 140
CAMPAIGN_BRAND, CAMPAIGN_DAYS_AGO, CAMPAIGN_HOURS = "nordvila", 40, 72
CAMPAIGN_WORDING = {"copy": 26, "template": 24, "paraphrase": 10}
_CAMPAIGN_LANGUAGES = {"en": 0.4, "ru": 0.35, "lv": 0.25}
_NOISE: tuple[tuple[Flag, Place, int], ...] = (
    ("off-topic", "forum", 56),
    ("spam", "forum", 10),
    ("spam", "blog", 10),
    ("owner", "forum", 34),
)


def outage(seed: int, until: datetime) -> list[Draft]:
    """People of all kinds, with accounts of all ages, in all places: the network was really down."""
    random, target = rng(seed, "outage"), brand(OUTAGE_BRAND)
    began = outage_began(until)
    made = []
    for _ in range(OUTAGE_SIZE):
        place: Place = random.choices(("forum", "blog", "shop"), (0.6, 0.25, 0.15))[0]
        at = began + timedelta(hours=random.betavariate(1.6, 2.2) * OUTAGE_HOURS)
        touchpoint = random.choices(("signal", "internet"), (0.6, 0.4))[0]
        level = random.choices((1, 2), (0.65, 0.35))[0]
        made.append(Draft(target, place, touchpoint, language(random), level, _whole(at), "outage"))
    return made


def outage_began(until: datetime) -> datetime:
    """The hour in which the network went down."""
    return until.replace(hour=5, minute=0, second=0, microsecond=0) - timedelta(days=OUTAGE_DAYS_AGO)


def campaign(seed: int, until: datetime) -> list[Draft]:
    """Accounts made for one mention each copy, fill in and reword one accusation, within three days."""
    random, target = rng(seed, "campaign"), brand(CAMPAIGN_BRAND)
    began = campaign_began(until)
    made = []
    for wording, count in CAMPAIGN_WORDING.items():
        for _ in range(count):
            place: Place = random.choices(("shop", "forum", "blog"), (0.74, 0.13, 0.13))[0]
            at = began + timedelta(hours=random.triangular(0, CAMPAIGN_HOURS, CAMPAIGN_HOURS / 3))
            lang = random.choices(list(_CAMPAIGN_LANGUAGES), list(_CAMPAIGN_LANGUAGES.values()))[0]
            made.append(Draft(target, place, "billing", lang, 1, _whole(at), "campaign", wording))
    return made


def campaign_began(until: datetime) -> datetime:
    """The hour of the first planted mention, at the earliest."""
    return until.replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=CAMPAIGN_DAYS_AGO)


def noise(seed: int, until: datetime) -> list[Draft]:
    """Off-topic posts, advertising and what the operators' own people write."""
    random = rng(seed, "noise")
    return [_noise(flag, place, random, until) for flag, place, count in _NOISE for _ in range(count)]


def _noise(flag: Flag, place: Place, random: Random, until: datetime) -> Draft:
    owner = random.choice(brands()) if flag == "owner" else None
    return Draft(owner, place, None, language(random), None, moment(random, until), flag)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
