"""The forms that a name takes in running text: case endings of Latvian, Lithuanian, Estonian, Czech, Polish,
Russian, German and English, chosen by how the name ends.

Words are folded first (no diacritics, lower case), so one ending stands for several (lv -ā, lt -ą, pl -ą are
all `a`). The tables are generous: a form that no language has costs nothing, unless it is a word; brands.py
asks such forms for a capital letter.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = {
    "ß": "ss", "ẞ": "SS", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE",
    "œ": "oe", "Œ": "OE", "ı": "i", "ħ": "h", "þ": "th", "ð": "d", "’": "'", "‘": "'", "ʼ": "'", "`": "'",
    "´": "'", "‐": "-", "‑": "-", "–": "-",
}  # fmt: skip
_DROPPED = frozenset({"Mn", "Cf", "Me"})
_INVISIBLE = "".join(chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) in _DROPPED)
_HIDDEN = re.compile(f"[{re.escape(_INVISIBLE)}]+")
_LETTERED = re.compile(f"[{re.escape(''.join(_LETTERS))}]")
_ACCENTS = re.compile("[ʼ`´]")
"""Before NFKD, which would make a space of an acute accent."""


def fold(text: str) -> str:
    """Text without diacritics and invisible characters, its case kept, its compatibility forms made plain."""
    if text.isascii():
        return text
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKD", _ACCENTS.sub("'", text)))
    return _LETTERED.sub(lambda found: _LETTERS[found[0]], plain)


def _set(words: str) -> frozenset[str]:
    return frozenset(fold(words).split())


# Latin script.
_AFTER_CONSONANT = _set(
    "s es en a as ai am ams ais ami ach e ei em ech i ie iem iem ich is im io iui iu o os om ove ovi owi ow "
    "u ui um us uose uje y ys yje it ile il ilt ist isse iga iks ini ina ita id ide el ele elt est esse ega"
)
_AFTER_VOWEL = _set("s t le l lt st sse ga ks ni na ta d de m")
_FOR_A = _set("a as ai am ams ach ami y i e ei ej iej ie u o ou os oje oj om omis ose")
_FOR_E = _set("e es ei ej i eje ems em en er u um ese emis")
_FOR_O = _set("o a u em ie om y ow os")
_FOR_Y = _set("y eho emu ym em a e ou ych ymi iego emu iemu im ego ej iej")
_FOR_I = _set("i iho imu im ich ho mu m eho ego emu")
_BALTIC = _set("s a am as ai u i ie iem us os o e ui ams ais uose is io iui yje ys im em")
_FOR_AIS = _set("ais a am o aja ajam ajai ajas ie os iem as ai ajos ajiem u")
# Consonants that change before -e in Czech and Polish: banka, bance; Praha, Praze; Poczta, Poczcie.
_SOFTENED = (("ch", ("s",)), ("k", ("c",)), ("g", ("z", "dz")), ("h", ("z",)), ("r", ("r", "rz")),
             ("t", ("ci",)), ("d", ("dzi",)))  # fmt: skip

# Cyrillic.
_RU_CONSONANT = _set("а у ом ем е ы и ов ев ей ам ами ах я ю ям ями ях")
_RU_A = _set("а ы и е у ой ою ей ам ами ах ую ого")
_RU_IA = _set("я и е ю ей ею ям ями ях ии ию ией иею иям ую юю")
_RU_O = _set("о а у ом е ам ами ах ого ому ым")
_RU_E = _set("е я ю ем и ии ия ию ием иям иями ого ому ым ом его ему им")
_RU_SOFT = _set("ь я ю ем е и ью ей ям ями ях")
_RU_ADJECTIVE = _set("ого ему его ому ым им ом ем ая ой ей ую юю ое ее ые ие ых их ыми ими")
_RU_SHORT_I = _set("й я ю ем е и ев ям ями ях")


def forms(word: str) -> frozenset[str]:
    """Every form of a folded lower-case word that a text may use, the word itself among them."""
    if not word or not word[-1].isalpha():
        return frozenset({word}) | (
            {word + end for end in _AFTER_VOWEL} if word[:1].isalpha() else frozenset()
        )
    if _is_cyrillic(word):
        return frozenset({word}) | _cyrillic(word)
    return frozenset({word}) | _latin(word)


def _is_cyrillic(word: str) -> bool:
    return any("Ѐ" <= char <= "ӿ" for char in word)


def _with(stem: str, endings: frozenset[str]) -> set[str]:
    return {stem + end for end in endings}


_LEAST_STEM = {"y": 4}
"""Letters that must stay when a vowel goes (3 for others): Kia has no *Ki, and Sony is no adjective."""
_BY_VOWEL = {"a": _FOR_A, "e": _FOR_E, "o": _FOR_O, "y": _FOR_Y, "i": _FOR_I, "u": frozenset[str]()}


def _latin(word: str) -> set[str]:
    stem, last = word[:-1], word[-1]
    if last not in _BY_VOWEL:
        return _with(word, _AFTER_CONSONANT) | _baltic(word) | _fleeting(word) | _softened(word)
    if len(stem) < _LEAST_STEM.get(last, 3):
        return _with(word, _AFTER_VOWEL)
    found = _with(stem, _BY_VOWEL[last]) | _with(word, _AFTER_VOWEL)
    return found | _softened(stem) | _plural_of_ka(stem) if last == "a" else found


def _softened(stem: str) -> set[str]:
    return {
        stem[: -len(end)] + soft + "e" for end, softs in _SOFTENED if stem.endswith(end) for soft in softs
    }  # fmt: skip


def _plural_of_ka(stem: str) -> set[str]:
    return {stem[:-1] + "ek"} if stem.endswith("k") else set()


def _fleeting(word: str) -> set[str]:
    """Czech and Polish -ek, -ec: Hájek, Hájka; Zamojec, Zamojca."""
    if len(word) > 4 and word[-2:] in ("ek", "ec"):
        return _with(word[:-2] + word[-1], frozenset(("a", "u", "em", "ovi", "owi", "y", "iem")))
    return set()


def _baltic(word: str) -> set[str]:
    """Baltic nominatives give up their -s: Telefons, Telefona; Centras, Centro; Ignitis, Igničio."""
    if not word.endswith("s") or len(word) < 5:
        return set()
    found: set[str] = set()
    if word.endswith("ais"):
        found |= _with(word[:-3], _FOR_AIS)
    if word[-2] in "aiuy":
        stem = word[:-2]
        found |= _with(stem, _BALTIC - {""})
        if word[-2] in "iy" and stem[-1] in "td":
            soft = stem[:-1] + ("c" if stem[-1] == "t" else "dz")
            found |= _with(soft, frozenset(("io", "iui", "iu", "iams", "iais")))
        if word[-2] == "u":
            found |= _with(stem, frozenset(("aus", "ui", "umi", "uje")))
    elif word[-2] not in "aeiouy":
        found |= _with(word[:-1], _BALTIC)
    return found


def _cyrillic(word: str) -> set[str]:
    stem, last = word[:-1], word[-1]
    if word[-2:] in ("ыи", "ии", "ои") and len(word) > 4:
        # A folded й is и: -ый, -ий, -ой.
        return _with(word[:-2], _RU_ADJECTIVE) | _with(stem, _RU_SHORT_I) | _with(word[:-1], _RU_SHORT_I)
    if word[-2:] in ("ая", "яя") and len(word) > 4:
        return _with(word[:-2], _RU_ADJECTIVE) | _with(stem, _RU_IA)
    if word[-2:] in ("ое", "ее") and len(word) > 4:
        return _with(word[:-2], _RU_ADJECTIVE)
    tables = {"а": _RU_A, "я": _RU_IA, "о": _RU_O, "е": _RU_E, "ь": _RU_SOFT, "и": _RU_SHORT_I}
    if last in tables:
        return _with(stem, tables[last]) | _russian_plural(word)
    if last in "уыэю":
        return set()
    return _with(word, _RU_CONSONANT) | _russian_fleeting(word)


def _russian_plural(word: str) -> set[str]:
    return {word[:-2] + "ек", word[:-2] + "ок"} if word.endswith("ка") else set()


def _russian_fleeting(word: str) -> set[str]:
    """-ок, -ек, -ец lose their vowel: перекресток, перекрестка."""
    if len(word) > 4 and word[-2:] in ("ок", "ек", "ец"):
        return _with(word[:-2] + word[-1], _set("а у ом ем е и ы ов ам ами ах"))
    return set()
