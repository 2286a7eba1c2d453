"""Ratings that a page shows without writing them out: class words, widths of star bars, words for numbers."""

from __future__ import annotations

import re

from crawlers.numbers import Scaled, rating

_WORDS = (
    "zero nulle nulis null nula ноль",
    "one viens vienas üks jeden jedna jedno один eins",
    "two divi du kaks dva dvě два zwei dwa",
    "three trīs tris trys kolm tři tri три drei trzy",
    "four četri cetri keturi neli čtyři ctyri четыре vier cztery",
    "five pieci penki viis pět pet пять fünf fuenf pięć piec",
    "six seši šeši kuus šest шесть sechs sześć",
    "seven septiņi septyni seitse sedm семь sieben siedem",
    "eight astoņi aštuoni kaheksa osm восемь acht osiem",
    "nine deviņi devyni üheksa devět девять neun dziewięć",
    "ten desmit dešimt kümme deset десять zehn dziesięć",
)
WORDS = {word: float(number) for number, words in enumerate(_WORDS) for word in words.split()}
"""Numbers as words of the eight languages, case folded."""

_RATES = re.compile(
    r"star|rat(?:e|ing)|scor|rank|note|vote|grade|point|hodnoc|hvezd|hvězd|ocen|gwiazd|bewert|stern|vertej|zvaigz"
    r"|ivertin|zvaigzd|hinn|tarn|täht|reit|balls|ball",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?<![\d.,])(\d{1,3})(?:[-_.,](\d))?(?:[-_]?(half|5))?\Z")
_WIDTH = re.compile(r"width\s*:\s*(\d{1,3}(?:[.,]\d+)?)\s*%", re.IGNORECASE)
_PARTS = re.compile(r"[-_]+")
_MOST = 2_000


def from_class(classes: str, best: float | None = None) -> Scaled | None:
    """The rating that a class attribute tells: `star-rating Five`, `rating-4-5`, `stars s45`.

    `best` is the scale's upper end, 5 if not known: `45` is then 4.5, and `80` is 80 % of it.
    """
    tokens = classes[:_MOST].split()
    named = [token for token in tokens if _RATES.search(token)]
    for token in (*named, *tokens):
        value = _word(token) if named or len(tokens) == 1 else None
        value = value if value is not None else _numbered(token, best or 5.0, free=token not in named)
        if value is not None:
            return Scaled(value)
    return None


def _word(token: str) -> float | None:
    parts = [part.casefold() for part in _PARTS.split(token)]
    found = next((WORDS[part] for part in parts if part in WORDS), None)
    return found + 0.5 if found is not None and "half" in parts else found


def _numbered(token: str, best: float, *, free: bool) -> float | None:
    """The number at a class's end. One whose name does not speak of ratings counts only where it is short."""
    found = _TAIL.search(token)
    if found is None or (free and len(token) - len(found[0]) > 2):
        return None
    value = float(f"{found[1]}.{found[2]}") if found[2] else float(found[1])
    return _on_scale(value + (0.5 if found[3] == "half" else 0.0), best)


def _on_scale(value: float, best: float) -> float | None:
    if value <= best:
        return value
    if value <= best * 10:
        return value / 10
    return value * best / 100 if value <= 100 else None


def from_style(style: str) -> Scaled | None:
    """The share that a bar of stars is filled: `width: 80%`."""
    found = _WIDTH.search(style[:_MOST])
    return Scaled(min(float(found[1].replace(",", ".")), 100.0), 100.0, 0.0) if found else None


def from_text(text: str) -> Scaled | None:
    """A rating as written: "4,5", "8/10", "★★★☆☆", or a number as a word ("pieci")."""
    found = rating(text)
    if found is not None:
        return found
    words = (word.strip(".,:;!()").casefold() for word in text[:200].split())
    value = next((WORDS[word] for word in words if word in WORDS), None)
    return None if value is None else Scaled(value)
