"""A brand's names as words, with the forms that each takes and the evidence that each needs in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pipeline.inflection import fold, forms

WORD = re.compile(r"[0-9Ѐ-ӿ]*[Ѐ-ӿ][0-9Ѐ-ӿ]*|[^\W_Ѐ-ӿ]+")
"""A run of letters and digits in one script: `Swedbankом` is two words, as are `Tele2-ga` and `lmt_lv`."""
JOINED = 5
"""Letters that a name of several words needs to be looked for as one word too."""
_NUMBERED = re.compile(r"([^\W\d]{3,})(\d+)")
_VOWELS = frozenset("aeiouyаеиоуыэюя")


class Rule(Enum):
    """What a word of a name asks of a word of the text that has one of its forms."""

    NAME = auto()
    """A capital if the word in the text is an everyday word; inside a sentence if it is a very common one."""
    GUARDED = auto()
    """The same, and always a capital: the name is an everyday word or very short."""
    ACRONYM = auto()
    """Its own letters as capitals: SEB, SEBis."""
    OPEN_ACRONYM = auto()
    """The same, or just the acronym in any case: LMT, LMTs, lmt."""
    PHRASE = auto()
    """Nothing: the words beside it are evidence enough."""
    EXACT = auto()
    """To be written just so."""


class Seen(NamedTuple):
    """A word of a text: as written, folded without case, and whether its capital shows anything."""

    written: str
    key: str
    starts: bool
    """At the start of a sentence, where every word has a capital."""
    shouted: bool
    """In capitals among words in capitals."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name."""

    written: str
    forms: frozenset[str]
    rule: Rule

    @property
    def key(self) -> str:
        """Its own form, folded without case."""
        return fold(self.written).casefold()

    def is_in(self, seen: Seen) -> bool:
        """Whether that word of a text is this one; its form is known to fit."""
        match self.rule:
            case Rule.PHRASE:
                return True
            case Rule.EXACT:
                return seen.written == self.written
            case Rule.ACRONYM | Rule.OPEN_ACRONYM:
                bare = self.rule is Rule.OPEN_ACRONYM and seen.key == self.key
                return bare or seen.written[: len(self.written)].isupper()
            case _:
                return self._is_name(seen)

    def _is_name(self, seen: Seen) -> bool:
        word = seen.written.lower()
        if self.rule is Rule.NAME and word not in everyday_words():
            return True
        shows = seen.written[0].isupper() and not seen.shouted
        return shows and not (seen.starts and word in commonest_words())


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write a name of the brand with that number."""

    brand: int
    words: tuple[Word, ...]


def aliases(written: str, brand: int) -> Iterator[Alias]:
    """All ways to write a name: as it stands, as one word, with its number apart, without an English 's.

    `=Name` is only itself: no endings, that very case.
    """
    words = words_of(written)
    if words and written.startswith("="):
        yield Alias(brand, tuple(Word(word, frozenset({_key(word)}), Rule.EXACT) for word in words))
    elif words:
        for spelling in dict.fromkeys(_spellings(words, fold(written))):
            yield Alias(brand, _word_alone(spelling[0]) if len(spelling) == 1 else _phrase(spelling))


def words_of(text: str) -> list[str]:
    """The words of a text as written, apart from their diacritics where those stand alone."""
    return WORD.findall(text)


def plain(text: str) -> str:
    """A name for comparing names: its words without case, diacritics and separators."""
    return "".join(words_of(fold(text))).casefold()


def _key(word: str) -> str:
    return fold(word).casefold()


def _spellings(words: list[str], written: str) -> Iterator[tuple[str, ...]]:
    yield tuple(words)
    if len(words) > 1 and len("".join(words)) >= JOINED:
        yield ("".join(words),)
    numbered = _NUMBERED.fullmatch(words[-1])
    if numbered:
        yield (*words[:-1], *numbered.groups())
    if written.endswith("'s") and len(words) > 1:
        yield tuple(words[:-1])


def _phrase(spelling: Sequence[str]) -> tuple[Word, ...]:
    """Words that stand together are evidence; if all are everyday words, the first asks for a capital."""
    everyday = everyday_words().issuperset(word.lower() for word in spelling if not word.isdigit())
    first = Rule.GUARDED if everyday else Rule.PHRASE
    rules = (first, *(Rule.PHRASE for _ in spelling[1:]))
    return tuple(Word(word, forms(_key(word)), rule) for word, rule in zip(spelling, rules, strict=True))


def _word_alone(written: str) -> tuple[Word, ...]:
    key = _key(written)
    if written.isupper() and written.isalpha() and len(key) <= 3:
        readable = len(key) < 3 or key in everyday_words() or not _VOWELS.isdisjoint(key)
        # An acronym keeps its letters: LMT, LMTs.
        kept = frozenset(form for form in forms(key) if form.startswith(key))
        return (Word(written, kept, Rule.ACRONYM if readable else Rule.OPEN_ACRONYM),)
    guarded = written.lower() in everyday_words() or (key.isalpha() and len(key) <= 3)
    return (Word(written, forms(key), Rule.GUARDED if guarded else Rule.NAME),)


def everyday_words() -> frozenset[str]:
    """Lower-case words of every day in the languages sayso knows, words that are also brands among them."""
    return _words()[0]


def commonest_words() -> frozenset[str]:
    """The most frequent of them: at the start of a sentence they are hardly ever a name."""
    return _words()[1]


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    path = files("pipeline") / "words" / "everyday.txt"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    starred = frozenset(line.removesuffix("*") for line in lines if line.endswith("*"))
    return starred | frozenset(lines), starred
