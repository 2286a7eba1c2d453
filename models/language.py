"""The language of a text: py3langid's bundled model with a prior for what this reader meets."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"
READ_CHARACTERS = 2000

_PRIOR: dict[str, float] = {
    **dict.fromkeys(("en", "ru"), 8.0),
    **dict.fromkeys(("lv", "lt", "et", "cs", "pl", "de"), 6.0),
    **dict.fromkeys(("sk", "uk", "fr", "es", "it", "ro", "sv", "fi", "nl", "pt", "be"), 3.0),
    **dict.fromkeys(("bg", "hr", "sr", "sl", "hu", "da", "no", "el", "tr"), 0.0),
}
"""Log-prior of the languages considered for Latin and Cyrillic texts, in the units of the identifier."""

_LETTERS = {
    "lv": "ļņķģāīū",
    "lt": "ėųįūą",
    "et": "õ",
    "cs": "řěů",
    "pl": "łśćżź",
    "de": "ß",
    "ru": "ыэъё",
    "uk": "їєґі",
    "sk": "ľĺŕ",
}
_LETTER_BONUS = 5.0


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def detect(texts: Sequence[str]) -> list[str]:
    """ISO 639-1 code of each text, `und` where there is nothing to tell it from."""
    return [language(text) for text in texts]


@lru_cache(maxsize=4096)
def language(text: str) -> str:
    """ISO 639-1 code of one text: `und` without letters, else the likeliest language."""
    text = text[:READ_CHARACTERS].encode("utf-8", "replace").decode()
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return UNKNOWN
    ranked: list[tuple[str, float]] = _identifier().rank(text)
    if 2 * sum(map(_european, letters)) < len(letters):
        return ranked[0][0] if ranked[0][0] != "zxx" else UNKNOWN
    scores = {lang: score for lang, score in ranked if lang in _PRIOR}
    if min(scores.values()) < -1e30:
        return _by_script(letters)
    weighed = {lang: s + _PRIOR[lang] + _letter_bonus(lang, letters) for lang, s in scores.items()}
    return max(weighed, key=lambda lang: weighed[lang])


def _european(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("LATIN", "CYRILLIC"))


def _letter_bonus(lang: str, letters: Sequence[str]) -> float:
    own = _LETTERS.get(lang)
    return _LETTER_BONUS if own and any(c.lower() in own for c in letters) else 0.0


def _by_script(letters: Sequence[str]) -> str:
    """A text without a known n-gram ("ok"): nothing but its script speaks."""
    cyrillic = sum(unicodedata.name(c, "").startswith("CYRILLIC") for c in letters)
    return "ru" if 2 * cyrillic > len(letters) else UNKNOWN
