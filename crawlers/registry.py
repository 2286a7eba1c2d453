"""All source kinds. A module in crawlers/sources/ that defines `SOURCE` is registered by being there."""

from __future__ import annotations

import contextlib
import functools
import importlib
import pkgutil
from collections.abc import Iterable

import crawlers.sources
from crawlers.errors import UnknownKind
from crawlers.parsing import Page, Parsed
from crawlers.source import Source


@functools.cache
def sources() -> dict[str, Source]:
    """Every registered source by its kind, in alphabetical order."""
    found = {each.kind: each for name in _modules() if (each := _load(name)) is not None}
    return dict(sorted(found.items()))


@functools.cache
def _modules() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(crawlers.sources.__path__))


def _load(name: str) -> Source | None:
    found = getattr(importlib.import_module(f"crawlers.sources.{name}"), "SOURCE", None)
    return found if isinstance(found, Source) else None


def load(kinds: Iterable[str]) -> None:
    """Imports what these kinds need, ahead of their use; unknown ones are passed over."""
    for kind in set(kinds) & _modules():
        with contextlib.suppress(Exception):  # its walk meets the same, and tells it
            _load(kind)


def source(kind: str) -> Source:
    """The source of this kind.

    Raises UnknownKind.
    """
    own = _load(kind) if kind in _modules() else None  # a file of the kind's name spares loading the others
    found = own if own and own.kind == kind else sources().get(kind)
    if found is None:
        known = ", ".join(sources())
        raise UnknownKind(f"no source is called {kind!r}", where=kind, next_step=f"use one of {known}")
    return found


def parse(kind: str, page: Page) -> Parsed:
    """Reads one page as a page of this kind. No network.

    Raises UnknownKind or ParseError.
    """
    return source(kind).parser(page)
