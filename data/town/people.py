"""The people of the town: handles, ages of accounts, who writes often and who writes once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from data.town.phrases import bank, bare

_CYRILLIC = "абвгдеёзийклмнопрстуфхцыэ"
_LATIN = dict(zip(_CYRILLIC, "abvgdeeziyklmnoprstufhcye", strict=True))
_LATIN |= {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
_WORDS = ("home", "fox", "dad", "trip", "river", "moto", "garden", "sky", "north", "tea", "cat", "bike")


@dataclass(frozen=True, slots=True)
class Author:
    """`handle` is unique on its site; `created_at` is when the account was opened."""

    handle: str
    lang: str
    female: bool
    created_at: datetime
    staff: bool = False


@dataclass
class Crowd:
    """Authors of one site. With probability `again` a mention comes from somebody who wrote before."""

    random: Random
    until: datetime
    again: float
    latin: bool = False

    def __post_init__(self) -> None:
        self._taken: set[str] = set()
        self._known: dict[str, list[Author]] = {}

    def somebody(self, lang: str, at: datetime) -> Author:
        """A person who speaks `lang` and whose account existed well before `at`."""
        known = self._known.setdefault(lang, [])
        if known and self.random.random() < self.again:
            old = self.random.choice(known)
            if old.created_at < at:
                return old
        author = self._new(lang, at - timedelta(days=self.random.randrange(40, 3000)))
        known.append(author)
        return author

    def one_shot(self, lang: str, at: datetime) -> Author:
        """An account opened hours before its only mention, with digits at the end of its handle."""
        female = self.random.random() < 0.5
        stem = self.random.choice((plain(self._first(lang, female)), "user", "client", "guest"))
        handle = f"{stem}{self.random.randrange(10_000, 99_999)}"
        self._taken.add(handle)
        return Author(handle, lang, female, at - timedelta(minutes=self.random.randrange(20, 1500)))

    def _new(self, lang: str, created_at: datetime) -> Author:
        female = self.random.random() < 0.5
        while (handle := self._handle(self._first(lang, female))) in self._taken:
            pass
        self._taken.add(handle)
        return Author(handle, lang, female, created_at)

    def _first(self, lang: str, female: bool) -> str:
        return self.random.choice(bank(lang).listed("names", "f" if female else "m"))

    def _handle(self, first: str) -> str:
        name = plain(first) if self.latin else first
        style = self.random.random()
        if style < 0.4 and not self.latin:
            return f"{name} {self.random.choice('ABDEGIKLMNOPRSTVZ')}."
        if style < 0.6:
            return f"{plain(first)}{self.random.randrange(60, 100)}"
        if style < 0.8:
            return f"{plain(first)}_{self.random.choice(_WORDS)}"
        word, link = self.random.choice(_WORDS), self.random.choice((".", "_", ""))
        return f"{word}{link}{plain(first)}{self.random.choice('abcdefgh')}"


def plain(name: str) -> str:
    """A name in lower-case ASCII letters: `Jānis` -> `janis`, `Юлия` -> `yuliya`."""
    latin = "".join(_LATIN.get(char, char) for char in name.lower())
    return "".join(char for char in bare(latin) if char.isascii() and char.isalnum())
