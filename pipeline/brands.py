"""Which brands a text speaks of: names and aliases in their inflected forms, whole words, in one pass."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from pipeline.aliases import JOINED, WORD, Alias, Seen, aliases, everyday_words, plain
from pipeline.config import Brand
from pipeline.inflection import fold

_URL = re.compile(r"(?:https?://|www\.)(?:[^\s/@]*@)?([^\s/?#]*)\S*", re.IGNORECASE)
_ZONES = (
    "com|net|org|info|eu|io|app|shop|biz|lv|lt|ee|cz|sk|pl|de|at|ch|ru|by|ua|uk|fi|se|no|dk|fr|es|it|nl|рф"
)
_DOMAIN = re.compile(rf"(?<![\w@.-])((?:[\w-]{{1,63}}\.){{1,8}}(?:{_ZONES}))(?![\w-])(?:/\S*)?")
_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?=[\w-]{1,63}\.\w)")
_TAG = re.compile(r"[#@]([^\W_]\w*)")
_HUMPS = re.compile(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])")
_GAP = re.compile(r"\s?[-'’&+/_‐‑–]?\s?|\.|\s{1,3}")
_GLUE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]+")
"""Invisible characters inside words."""
_OPENERS = " \t\"'“”„«»‘’([*>-–—•"
_GOES_ON = frozenset(",;/&+%€$£")

How = Literal["hint", "alias", "thread"]


class Hit(NamedTuple):
    """A brand and how it was told: by the mention's `hint`, an `alias` in its words, or its `thread`."""

    brand: str
    how: How


class BrandMatcher:
    """Finds brands in texts. Built once from the config's brands; `match` is linear in the text.

    Names are matched as whole words in any case form, whatever their diacritics. Short acronyms and names
    that are everyday words need the evidence of a capital letter; see docs/brands.md for the rules.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        self._names = [brand.name for brand in brands]
        self._hints: dict[str, str] = {}
        self._first: dict[str, list[Alias]] = {}
        self._prefixes: list[tuple[str, int]] = []
        for number, brand in enumerate(brands):
            for name in dict.fromkeys([brand.name, *brand.aliases]):
                self._hints.setdefault(plain(name), brand.name)
                self._add(number, name)

    def match(
        self, hint: str | None, texts: Iterable[str | None], thread: Iterable[str | None] = ()
    ) -> list[Hit]:
        """Brands of a mention: its hint alone where it has one, else all that its own texts name.

        Where those name none, what `thread` names: the title of what it answers.
        """
        if hint:
            return [Hit(self._hints.get(plain(hint), hint), "hint")]
        return self._named(texts, "alias") or self._named(thread, "thread")

    def _named(self, texts: Iterable[str | None], how: How) -> list[Hit]:
        found: set[int] = set()
        for text in texts:
            if text and self._may_name(text):
                found |= self._find(unicodedata.normalize("NFC", _GLUE.sub("", text)))
        return [Hit(self._names[number], how) for number in sorted(found)]

    def _add(self, brand: int, name: str) -> None:
        for alias in aliases(unicodedata.normalize("NFC", name), brand):
            for form in alias.words[0].forms:
                self._first.setdefault(form, []).append(alias)
        whole = plain(name)
        if len(whole) >= JOINED and whole not in everyday_words() and not name.startswith("="):
            self._prefixes.append((whole, brand))

    def _may_name(self, text: str) -> bool:
        """Whether it is worth a closer look: most texts name nobody, and are done with here."""
        folded = fold(text).casefold()
        return not self._first.keys().isdisjoint(WORD.findall(folded)) or "#" in folded or "@" in folded

    def _find(self, text: str) -> set[int]:
        said, hosts, tags = _without_addresses(text)
        found = self._scan(said)
        for host in hosts:
            found |= self._scan(host, name_only=True)
        for tag in tags:
            found |= self._in_tag(tag)
        return found

    def spots(self, text: str) -> list[tuple[int, str]]:
        """Where each brand is named in an NFC text: (offset, brand), in order, addresses and tags too."""
        return sorted((start, self._names[number]) for start, number in self._hits(text, name_only=False))

    def _scan(self, text: str, *, name_only: bool = False) -> set[int]:
        """Brands among the words. In a host name, tag or handle (`name_only`) case says nothing."""
        return {number for _, number in self._hits(text, name_only=name_only)}

    def _hits(self, text: str, *, name_only: bool) -> Iterator[tuple[int, int]]:
        places = list(WORD.finditer(text))
        keys = [fold(place[0]).casefold() for place in places]
        for at, key in enumerate(keys):
            for alias in self._first.get(key, ()):
                stands = _stands(alias, text, places, keys, at)
                if stands and (name_only or _shows(alias, text, places, keys, at)):
                    yield places[at].start(), alias.brand

    def _in_tag(self, tag: str) -> set[int]:
        """Brands that a #tag or @handle begins with or holds as a hump: #swedbankfail, #PaldiesSwedbank."""
        humps = _HUMPS.split(tag)
        found = self._scan(" ".join(humps), name_only=True) | self._scan(tag, name_only=True)
        lowered = plain(tag)
        return found | {brand for whole, brand in self._prefixes if lowered.startswith(whole)}


_RULES = 3
"""Counted up when the rules of matching change, so that stored mentions are matched anew."""


def fingerprint(brands: Sequence[Brand]) -> str:
    """Changes when what the matcher would find changes: names and aliases, and the rules themselves."""
    known = [_RULES, [[brand.name, *brand.aliases] for brand in brands]]
    return hashlib.sha256(json.dumps(known, ensure_ascii=False).encode()).hexdigest()


Places = list[re.Match[str]]


def _stands(alias: Alias, text: str, places: Places, keys: list[str], at: int) -> bool:
    """Whether the words from this one on are forms of the alias, with nothing but a joint between them."""
    if at + len(alias.words) > len(places):
        return False
    for offset, word in enumerate(alias.words):
        if keys[at + offset] not in word.forms:
            return False
        here = places[at + offset]
        if offset and not _GAP.fullmatch(text, places[at + offset - 1].end(), here.start()):
            return False
    return True


def _shows(alias: Alias, text: str, places: Places, keys: list[str], at: int) -> bool:
    """Whether those words are written as the alias asks."""
    return all(word.is_in(_seen(text, places, keys, at + offset)) for offset, word in enumerate(alias.words))


def _seen(text: str, places: Places, keys: list[str], at: int) -> Seen:
    written = places[at][0]
    before = text[max(places[at].start() - 8, 0) : places[at].start()].rstrip(_OPENERS)
    starts = not before or not (before[-1].isalnum() or before[-1] in _GOES_ON)
    beside = [places[i][0] for i in (at - 1, at + 1) if 0 <= i < len(places)]
    shouted = _is_shouted(written) and any(_is_shouted(word) for word in beside)
    return Seen(written, keys[at], starts, shouted)


def _is_shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _without_addresses(text: str) -> tuple[str, list[str], list[str]]:
    """The text without addresses, tags and handles; the host names; the tags and handles.

    The path of an address and the mailbox of a mail address say nothing of who is spoken of.
    """
    hosts: list[str] = []
    tags: list[str] = []

    def keep(found: re.Match[str], kept: list[str]) -> str:
        kept.append(found[1])
        return " "

    if "." in text:
        text = _URL.sub(lambda found: keep(found, hosts), _MAILBOX.sub(" ", text))
        text = _DOMAIN.sub(lambda found: keep(found, hosts), text)
    if "#" in text or "@" in text:
        text = _TAG.sub(lambda found: keep(found, tags), text)
    return text, hosts, tags
