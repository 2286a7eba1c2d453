"""Names of months in the European languages, whole, cut short or in another case."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache(maxsize=64)
def months(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """All names of the months that CLDR knows in a language, and the long ones alone; case folded."""
    try:
        locale = Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError, TypeError):
        return {}, {}
    tables = {
        width: {
            str(name).casefold().rstrip("."): int(index)
            for context in ("format", "stand-alone")
            for index, name in locale.months.get(context, {}).get(width, {}).items()
            if not str(name)[:1].isdigit() and len(str(name)) >= 2
        }
        for width in ("abbreviated", "wide")
    }
    return tables["abbreviated"] | tables["wide"], tables["wide"]


@lru_cache(maxsize=4096)
def month_of(word: str, language: str) -> int | None:
    """The month a word names: exactly, cut short ("sept"), or in another case ("novembrī")."""
    names, long_names = months(language)
    if word in names:
        return names[word]
    best: dict[int, int] = {}
    for name, index in long_names.items():
        shared = _shared(word, name)
        cut = shared == len(word) >= 3
        inflected = shared >= 4 and max(len(name), len(word)) - shared <= 3
        if cut or inflected:
            best[index] = max(best.get(index, 0), shared)
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _shared(one: str, other: str) -> int:
    size = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        size += 1
    return size
