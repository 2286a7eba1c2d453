"""Which brands a text speaks of: names and aliases in their inflected forms, whole words, in one pass."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from pipeline.config import Brand
from pipeline.inflection import fold, forms

# A word is a run of letters and digits in one script: `Swedbankом` is two, as are `Tele2-ga` and `@lmt_lv`.
_WORD = re.compile(r"[0-9Ѐ-ӿ]*[Ѐ-ӿ][0-9Ѐ-ӿ]*|[^\W_Ѐ-ӿ]+")
_URL = re.compile(r"(?:https?://|www\.)(?:[^\s/@]*@)?([^\s/?#]*)\S*", re.IGNORECASE)
_DOMAIN = re.compile(
    r"(?<![\w@.-])((?:[\w-]{1,63}\.){1,8}(?:com|net|org|info|eu|io|app|shop|biz|lv|lt|ee|cz|sk|pl|de|at|ch|ru|by|ua|uk|fi|se"
    r"|no|dk|fr|es|it|nl|рф))(?![\w-])(?:/\S*)?"
)
_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?=[\w-]{1,63}\.\w)")
_TAG = re.compile(r"[#@]([^\W_]\w*)")
_HUMPS = re.compile(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])")
_GAP = re.compile(r"\s?[-'&+/_]?\s?|\.|\s{1,3}")
_NUMBERED = re.compile(r"([^\W\d]{3,})(\d+)")
_VOWELS = frozenset("aeiouyаеиоуыэюя")
_TAG_PREFIX = 5
"""Letters that an alias needs before a longer #tag or @handle may begin with it: #swedbankfail."""


class Case(IntEnum):
    """What a form asks of the word in the text."""

    ANY = 0
    CAPITAL = 1
    UPPER = 2
    """The letters of the alias itself all capitals: LMT, LMTs, SEBis."""
    EXACT = 3


How = Literal["hint", "alias", "thread"]


class Hit(NamedTuple):
    """A brand and how it was told: by the mention's `hint`, an `alias` in its words, or its `thread`."""

    brand: str
    how: How


@dataclass(frozen=True, slots=True)
class _Alias:
    """One name of a brand as words: for each its forms, each with the case that it asks for."""

    brand: int
    size: tuple[int, ...]
    """Letters of each word as written, for UPPER."""
    words: tuple[dict[str, Case], ...]
    exact: tuple[str, ...] = ()


class _Line(NamedTuple):
    """A folded text as words. In a host name, tag or handle case says nothing."""

    text: str
    words: list[re.Match[str]]
    keys: list[str]
    host_name: bool


class BrandMatcher:
    """Finds brands in texts. Built once from the config's brands; `match` is linear in the text.

    An alias is matched as whole words in any case form, whatever its diacritics. Short acronyms (up to three
    letters with a vowel), short names and forms that are everyday words count only in capitals as written. An
    alias written `=Name` is matched exactly as it stands: no endings, that very case.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        self._names = [brand.name for brand in brands]
        self._hints: dict[str, str] = {}
        self._first: dict[str, list[_Alias]] = {}
        self._prefixes: list[tuple[str, int]] = []
        for number, brand in enumerate(brands):
            for alias in dict.fromkeys([brand.name, *brand.aliases]):
                self._hints.setdefault(_plain(alias), brand.name)
                self._add(number, alias)

    def match(
        self, hint: str | None, texts: Iterable[str | None], thread: Iterable[str | None] = ()
    ) -> list[Hit]:
        """Brands of a mention: its hint alone where it has one, else all that its own texts name.

        Where those name none, what `thread` names: the title of what it answers.
        """
        if hint:
            return [Hit(self._hints.get(_plain(hint), hint), "hint")]
        return self._named(texts, "alias") or self._named(thread, "thread")

    def _named(self, texts: Iterable[str | None], how: How) -> list[Hit]:
        found: set[int] = set()
        for text in texts:
            if text:
                found |= self._find(text)
        return [Hit(self._names[number], how) for number in sorted(found)]

    def _add(self, brand: int, written: str) -> None:
        for alias in _aliases(written, brand):
            for form in alias.words[0]:
                self._first.setdefault(form, []).append(alias)
        plain = _plain(written)
        if len(plain) >= _TAG_PREFIX and plain not in everyday_words() and not written.startswith("="):
            self._prefixes.append((plain, brand))

    def _find(self, text: str) -> set[int]:
        folded = fold(text)
        found = self._tagged(folded) if self._prefixes and ("#" in folded or "@" in folded) else set()
        plain, hosts = _without_addresses(folded)
        for host in hosts:
            found |= self._scan(host, host_name=True)
        return found | self._scan(plain, host_name=False)

    def _scan(self, text: str, *, host_name: bool) -> set[int]:
        if self._first.keys().isdisjoint(_WORD.findall(text.casefold())):
            return set()
        words = list(_WORD.finditer(text))
        line = _Line(text, words, [word[0].casefold() for word in words], host_name)
        return {
            alias.brand
            for at, key in enumerate(line.keys)
            for alias in self._first.get(key, ())
            if _fits(alias, line, at)
        }

    def _tagged(self, text: str) -> set[int]:
        """Brands that a #tag or @handle begins with or holds as a hump: #SwedbankFail, #swedbankfail."""
        found: set[int] = set()
        for tag in _TAG.findall(text):
            humps = " ".join(_HUMPS.split(tag))
            found |= self._scan(humps, host_name=True) if " " in humps else self._scan(tag, host_name=True)
            lowered = tag.replace("_", "").casefold()
            found |= {brand for plain, brand in self._prefixes if lowered.startswith(plain)}
        return found


def fingerprint(brands: Sequence[Brand]) -> str:
    """Changes when what the matcher would find changes: names and aliases, and the rules themselves."""
    known = [_RULES, [[brand.name, *brand.aliases] for brand in brands]]
    return hashlib.sha256(json.dumps(known, ensure_ascii=False).encode()).hexdigest()


_RULES = 2
"""Counted up when the rules of matching change, so that stored mentions are matched anew."""


def _fits(alias: _Alias, line: _Line, at: int) -> bool:
    """Whether the alias stands at this word and the ones after it, in the case it asks for."""
    if at + len(alias.words) > len(line.words):
        return False
    for offset, cases in enumerate(alias.words):
        case = cases.get(line.keys[at + offset])
        word = line.words[at + offset]
        if case is None or not (line.host_name or _case_fits(case, word[0], alias, offset)):
            return False
        if offset and not _GAP.fullmatch(line.text, line.words[at + offset - 1].end(), word.start()):
            return False
    return True


def _case_fits(case: Case, word: str, alias: _Alias, offset: int) -> bool:
    if case is Case.EXACT:
        return word == alias.exact[offset]
    if case is Case.ANY:
        return True
    if case is Case.UPPER:
        return word[: alias.size[offset]].isupper()
    return word[0].isupper() or word[0].isdigit()


def _aliases(written: str, brand: int) -> Iterator[_Alias]:
    """All ways to write an alias: as it stands, in one word, with its number apart, without an English 's."""
    words = _words(fold(written))
    if not words:
        return
    if written.startswith("="):
        exact = tuple({word.casefold(): Case.EXACT} for word in words)
        yield _Alias(brand, tuple(map(len, words)), exact, tuple(words))
        return
    for spelling in dict.fromkeys(_spellings(words, fold(written))):
        cases = tuple(_cases(word) for word in spelling) if len(spelling) == 1 else _phrase(spelling)
        yield _Alias(brand, tuple(map(len, spelling)), cases)


def _spellings(words: list[str], written: str) -> Iterator[tuple[str, ...]]:
    yield tuple(words)
    if len(words) > 1 and len("".join(words)) >= _TAG_PREFIX:
        yield ("".join(words),)
    numbered = _NUMBERED.fullmatch(words[-1])
    if numbered:
        yield (*words[:-1], *numbered.groups())
    if written.endswith("'s") and len(words) > 1:
        yield tuple(words[:-1])


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _plain(text: str) -> str:
    """A name for comparing names: its words without case, diacritics and separators."""
    return "".join(_words(fold(text))).casefold()


def _without_addresses(text: str) -> tuple[str, list[str]]:
    """The text without addresses, and the host names of those: a path says nothing of who is spoken of."""
    if "." not in text:
        return text, []
    hosts: list[str] = []

    def keep(found: re.Match[str]) -> str:
        hosts.append(found[1])
        return " "

    plain = _URL.sub(keep, _MAILBOX.sub(" @", text))
    return _DOMAIN.sub(keep, plain), hosts


@cache
def everyday_words() -> frozenset[str]:
    """Folded words of two to seven letters that people use every day in the languages sayso knows."""
    path = files("pipeline") / "words" / "everyday.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _phrase(spelling: Sequence[str]) -> tuple[dict[str, Case], ...]:
    """Words that stand together are evidence; if all are everyday words, the first asks for a capital."""
    plain = [word.casefold() for word in spelling]
    first = (
        Case.CAPITAL
        if everyday_words().issuperset(word for word in plain if not word.isdigit())
        else Case.ANY
    )
    return (
        dict.fromkeys(forms(plain[0]), first),
        *(dict.fromkeys(forms(word), Case.ANY) for word in plain[1:]),
    )


def _cases(word: str) -> dict[str, Case]:
    """Each form of a name of one word, and the case that it asks for."""
    plain = word.casefold()
    if word.isupper() and word.isalpha() and len(word) <= 3:
        ordinary = len(plain) < 3 or plain in everyday_words() or not _VOWELS.isdisjoint(plain)
        base = Case.UPPER if ordinary else Case.ANY
        return dict.fromkeys(_endings_of_acronym(plain), Case.UPPER) | {plain: base}
    guarded = plain in everyday_words() or (plain.isalpha() and len(plain) <= 3)
    return {
        form: Case.CAPITAL if guarded or form in everyday_words() else Case.ANY for form in forms(plain)
    }  # fmt: skip


def _endings_of_acronym(plain: str) -> frozenset[str]:
    """An acronym keeps its letters and takes endings: LMTs, SEBis, ВТБшный is another word."""
    return frozenset(form for form in forms(plain) if form.startswith(plain))
