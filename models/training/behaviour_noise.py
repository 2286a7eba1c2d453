"""What happens to a text on the way to a page: slips of the finger, missing marks, Latin Russian, capitals.

Written apart from what training does to its texts, and more varied: a reader that has learnt one spelling
of the noise is still tested. Each change is a pure function of the text.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping

Change = Callable[[str], str]

_SHORTEST = 4
"""Words with fewer letters are left whole: one slip would make another word of them."""
_SLIP_EVERY = 6

_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_STROKED = str.maketrans("łŁ", "lL")

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "а": ("a",), "б": ("b",), "в": ("v",), "г": ("g",), "д": ("d",), "е": ("e",), "ё": ("e", "jo", "yo"),
    "ж": ("zh", "j"), "з": ("z",), "и": ("i",), "й": ("j", "y", "i"), "к": ("k",), "л": ("l",), "м": ("m",),
    "н": ("n",), "о": ("o",), "п": ("p",), "р": ("r",), "с": ("s",), "т": ("t",), "у": ("u",), "ф": ("f",),
    "х": ("h", "kh", "x"), "ц": ("c", "ts"), "ч": ("ch", "4"), "ш": ("sh", "w"), "щ": ("sch", "shch", "sh"),
    "ъ": ("",), "ы": ("y", "i"), "ь": ("", "'"), "э": ("e",), "ю": ("ju", "yu", "u"), "я": ("ja", "ya", "ia"),
}  # fmt: skip
"""Russian letters as people spell them on a Latin keyboard; nobody keeps to a standard."""


def mistyped(text: str) -> str:
    """About one word in six with one slip: two neighbours swapped, a letter lost or doubled."""
    dice = random.Random(text)  # noqa: S311 - noise, not a secret
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if _letters(word) >= _SHORTEST]
    for place in dice.sample(long, min(len(long), max(1, round(len(words) / _SLIP_EVERY)))):
        words[place] = _slip(words[place], dice)
    return " ".join(words)


def _letters(word: str) -> int:
    return sum(c.isalpha() for c in word)


def _slip(word: str, dice: random.Random) -> str:
    """One slip behind the first letter, where most slips are."""
    at = dice.choice([i for i in range(1, len(word)) if word[i].isalpha()])
    kind = dice.randrange(3)
    if kind == 0:
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    return word[:at] + word[at] * (2 * (kind - 1)) + word[at + 1 :]


def without_marks(text: str) -> str:
    """Latin letters without diacritics and strokes; other scripts as they are."""
    return "".join(_bare(c) for c in text.translate(_STROKED))


def _bare(character: str) -> str:
    first = unicodedata.normalize("NFD", character)[0]
    return first if first.isascii() else character


def spelt_out(text: str) -> str:
    """German umlauts and ß as two letters."""
    return text.translate(_SPELT_OUT)


def latin_russian(text: str) -> str:
    """Russian in Latin letters; one writer keeps to one spelling of a letter, writers differ."""
    dice = random.Random(text)  # noqa: S311 - noise, not a secret
    habits = {letter: dice.choice(spellings) for letter, spellings in _SPELLINGS.items()}
    habits |= {letter.upper(): spelling.capitalize() for letter, spelling in habits.items()}
    return "".join(habits.get(c, c) for c in text)


def shouted(text: str) -> str:
    """All capitals."""
    return text.upper()


NOISES: Mapping[str, Mapping[str, Change]] = {
    "typos": dict.fromkeys(("en", "lv", "lt", "et", "cs", "ru", "pl", "de"), mistyped),
    "missing_diacritics": dict.fromkeys(("lv", "lt", "et", "cs", "pl"), without_marks) | {"de": spelt_out},
    "transliteration": {"ru": latin_russian},
    "capitals": dict.fromkeys(("en", "lv", "lt", "et", "cs", "ru", "pl", "de"), shouted),
}
"""By capability and language: the change that must not move a reading."""
