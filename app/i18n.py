"""The interface's languages: gettext catalogues in app/locale, compiled as they are read, Babel's locales.

What is said stands in English beside what says it; `_` and `n_` give it in the language of the running page.
Nothing of a mention passes through here: mentions keep their language.
"""

from __future__ import annotations

import gettext
import io
import re
import string
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["en", "lv", "lt", "cs", "ru"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""The languages of the interface; `en` is the language of the source and has no catalogue."""
NAMES = {"en": "English", "lv": "Latviešu", "lt": "Lietuvių", "cs": "Čeština", "ru": "Русский"}
"""Each language's name in itself."""
_LOCALES = {"en": "en_GB"}
_DOMAIN = "sayso.po"
_speaking: ContextVar[Language] = ContextVar("speaking", default="en")


def speak(language: Language) -> None:
    """From here on this thread's page is in that language."""
    _speaking.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Inside the block everything is said in that language."""
    token = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(token)


def spoken() -> Language:
    """The language of the running page."""
    return _speaking.get()


def known(code: str | None) -> Language | None:
    """The interface's language of that code, if it has one."""
    return next((language for language in LANGUAGES if language == code), None)


def locale(language: Language | None = None) -> Locale:
    """Babel's locale of a language, or of the running page's: day before month in every one."""
    return _locale(language or spoken())


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))


def _(message: str, /, **fields: object) -> str:
    """The message in the running page's language, its {fields} filled in."""
    told = catalogue(spoken()).gettext(message)
    return told.format(**fields) if fields else told


def n_(one: str, more: str, number: int, /, **fields: object) -> str:
    """The message in the form that this number takes, its {fields} filled in."""
    return catalogue(spoken()).ngettext(one, more, number).format(**fields)


def N_(message: str) -> str:  # noqa: N802 (gettext's own name)
    """Marks a message for the catalogues where it stands; it is said elsewhere, through `_`."""
    return message


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """What is said in that language. Raises FileNotFoundError where the package lacks a catalogue."""
    if language == "en":
        return gettext.NullTranslations()
    text = (files("app") / "locale" / language / "LC_MESSAGES" / _DOMAIN).read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def recast(told: str, templates: Sequence[str]) -> str:
    """A sentence of the pipeline, which speaks English, in the running page's language: by the template that
    it was made of, or as it is where none fits."""
    for template in templates:
        found = _pattern(template).fullmatch(told)
        if found:
            return _(template, **found.groupdict())
    return told


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = string.Formatter().parse(template)
    return re.compile(
        "".join(re.escape(text) + (f"(?P<{name}>.+)" if name else "") for text, name, *_rest in parts)
    )
