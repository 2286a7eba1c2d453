"""The town's words: phrase banks and brands, read from TOML and turned into sentences."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
LANGUAGES = ("en", "lv", "lt", "cs", "ru", "et")
TOUCHPOINTS = ("signal", "internet", "billing", "shop", "support", "app", "delivery", "roaming", "contract")
LEVELS = (1, 2, 3, 4, 5)

_CHOICE = re.compile(r"<([^<>]*\|[^<>]*)>")
_GENDER = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")
_NAMED = re.compile(r"\{(nom|gen|dat|acc|ins|loc|voc|par|ill|ine|ela|all|ade|abl|com)\}")
_EURO = ("12", "15", "18", "24", "27", "35", "39")


@dataclass(frozen=True, slots=True)
class Brand:
    """`share` of all mentions; `mean`, `trend` over the year and `offsets` by touchpoint shape its levels."""

    key: str
    name: str
    share: float
    mean: float
    trend: float
    offsets: Mapping[str, float]
    cases: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Bank:
    """All phrases of one language. `tree` is the TOML as it stands."""

    lang: str
    tree: Mapping[str, Any]

    def leveled(self, part: str, level: int) -> list[str]:
        """`part` is openings, closings, titles or `bodies.<touchpoint>`."""
        node: Any = self.tree
        for key in part.split("."):
            node = node[key]
        return list(node[str(level)])

    def listed(self, part: str, key: str) -> list[str]:
        """A plain list such as `speech`, `details`."""
        return list(self.tree[part][key])


@cache
def bank(lang: str) -> Bank:
    """The bank of a language of LANGUAGES."""
    return Bank(lang, tomllib.loads((HERE / "phrases" / f"{lang}.toml").read_text(encoding="utf-8")))


@cache
def brands() -> tuple[Brand, ...]:
    """The three operators, in the order of the file."""
    tree = tomllib.loads((HERE / "brands.toml").read_text(encoding="utf-8"))
    return tuple(Brand(key=key, **fields) for key, fields in tree.items())


def brand(key: str) -> Brand:
    """A brand by its key; KeyError if the town has no such brand."""
    return {each.key: each for each in brands()}[key]


def rng(*seeds: object) -> Random:
    """A generator that depends only on its seeds. Sample data, not secrets."""
    return Random(":".join(map(str, seeds)))  # noqa: S311


def names_brand(template: str) -> bool:
    """Does the phrase hold a slot for the brand?"""
    return bool(_NAMED.search(template))


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, of what and in which language: everything a phrase needs to become a sentence."""

    lang: str
    brand: Brand | None
    female: bool
    random: Random
    latin: bool = False
    """Russian speakers write foreign names in Latin letters too, and then do not inflect them."""
    details: dict[str, str] = field(default_factory=dict)
    """Place, device, numbers: chosen once, so that one text does not contradict itself."""

    def say(self, template: str, **extra: str) -> str:
        """The phrase with its choices made and its slots filled."""
        text = _GENDER.sub(lambda match: match[2 if self.female else 1], template)
        text = _CHOICE.sub(lambda match: self.random.choice(match[1].split("|")), text)
        text = text.format_map(self._slots() | extra)
        return text[:1].upper() + text[1:]

    def _slots(self) -> dict[str, str]:
        if not self.details:
            self.details.update(self._details())
        return self._cases() | self.details

    def _details(self) -> dict[str, str]:
        pick, own = self.random.choice, bank(self.lang).tree["details"]
        return {
            "place": pick(own["place"]),
            "device": pick(own["device"]),
            "euro": pick(own.get("euro", _EURO)),
            "minutes": pick(("20", "30", "40", "50")),
            "days": pick(("5", "6", "7", "8", "9")),
            "years": pick(("5", "6", "7", "8", "9")),
            "mbit": str(self.random.randrange(110, 640, 10)),
        }

    def _cases(self) -> dict[str, str]:
        if self.brand is None:
            return {}
        cases = dict(self.brand.cases[self.lang])
        if self.latin:
            return dict.fromkeys(cases, self.brand.name)
        return cases


def bare(text: str) -> str:
    """The text without diacritics, as typed on a foreign keyboard; `ё` becomes `е`, other Cyrillic stays."""
    kept = "йЙ"
    return "".join(char if char in kept else unicodedata.normalize("NFD", char)[0] for char in text)


def typo(text: str, random: Random) -> str:
    """Two neighbouring letters of one longer lower-case word change places."""
    words = text.split(" ")
    places = [
        index for index, word in enumerate(words) if len(word) > 5 and word.islower() and word.isalpha()
    ]
    if places:
        at = random.choice(places)
        cut = random.randrange(1, len(words[at]) - 2)
        word = words[at]
        words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)


def other(options: Sequence[str], than: str, random: Random) -> str:
    """One of `options` that is not `than`."""
    return random.choice([option for option in options if option != than])
