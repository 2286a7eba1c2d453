"""How a mention is worded: opening, details, bodies, closing, and the small faults of real typing."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from data.town.phrases import TOUCHPOINTS, Voice, bank, bare, names_brand, other, typo

_EMOJI = {
    1: ("😡", "🤬", "👎", "😤"),
    2: ("😕", "😒", "🙄", "😞"),
    3: ("🤷", "😐", "🤔"),
    4: ("🙂", "👍", "😊"),
    5: ("😍", "🔥", "❤️", "👏", "🥳"),
}
_OPENS = {1: 0.7, 2: 0.6, 3: 0.55, 4: 0.6, 5: 0.75}
"""How often a mention of each level says at once how its author feels: who feels strongly says so."""


def opinion(
    voice: Voice, touchpoint: str, level: int, must_name: bool, among: tuple[str, ...] = TOUCHPOINTS
) -> str:
    """What somebody thinks of the brand at a touchpoint. `must_name`: the brand's name stands in the text;
    `among`: touchpoints that a second sentence may turn to."""
    random = voice.random
    voice = replace(voice, latin=voice.lang == "ru" and random.random() < 0.2, details={})
    parts = _parts(voice, touchpoint, level, among)
    if must_name and not any(map(names_brand, parts)):
        parts = _with_name(voice.lang, level, parts, random)
    return finish(" ".join(voice.say(part) for part in parts), voice.lang, level, random)


def _parts(voice: Voice, touchpoint: str, level: int, among: tuple[str, ...]) -> list[str]:
    random, own = voice.random, bank(voice.lang)
    middle = _middle(voice, touchpoint, level, among)
    if random.random() < 0.1:
        return middle
    opening = [random.choice(own.leveled("openings", level))] if random.random() < _OPENS[level] else []
    detail = [random.choice(own.listed("speech", "details"))] if random.random() < 0.3 else []
    closing = [random.choice(own.leveled("closings", level))] if random.random() < 0.55 else []
    return opening + (detail + middle if random.random() < 0.6 else middle + detail) + closing


def _middle(voice: Voice, touchpoint: str, level: int, among: tuple[str, ...]) -> list[str]:
    random, own = voice.random, bank(voice.lang)
    if level <= 2 and random.random() < 0.05:
        return [random.choice(own.listed("speech", "irony"))]
    second = other(among, touchpoint, random)
    if level == 3 and random.random() < 0.5:
        return [
            random.choice(own.leveled(f"bodies.{touchpoint}", 4)),
            random.choice(own.listed("speech", "turns")),
            random.choice(own.leveled(f"bodies.{second}", 2)),
        ]
    first = random.choice(own.leveled(f"bodies.{touchpoint}", level))
    if random.random() < 0.65:
        return [first]
    return [first, random.choice(own.leveled(f"bodies.{second}", level))]


def _with_name(lang: str, level: int, parts: list[str], random: Random) -> list[str]:
    openings = [phrase for phrase in bank(lang).leveled("openings", level) if names_brand(phrase)]
    own = set(bank(lang).leveled("openings", level))
    return [random.choice(openings), *(part for part in parts if part not in own)]


def finish(text: str, lang: str, level: int, random: Random) -> str:
    """The text as typed: now and then an emoji, no diacritics, a slip of the fingers, no capitals."""
    if random.random() < 0.12:
        text = f"{text} {random.choice(_EMOJI[level]) * random.choice((1, 1, 1, 2, 3))}"
    if lang == "ru" and random.random() < 0.6:
        text = text.replace("ё", "е").replace("Ё", "Е")
    if lang in {"lv", "lt", "cs", "et"} and random.random() < 0.08:
        text = bare(text)
    if random.random() < 0.06:
        text = typo(text, random)
    if random.random() < 0.05:
        text = text.lower()
    if level == 1 and random.random() < 0.08:
        text = text.rstrip(".") + "!!!"
    return text
