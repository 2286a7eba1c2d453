"""All source kinds. A module in crawlers/sources/ that defines `SOURCE` is registered by being there."""

from __future__ import annotations

import functools
import importlib
import pkgutil

import crawlers.sources
from crawlers.errors import UnknownKind
from crawlers.parsing import Page, Parsed
from crawlers.source import Source


@functools.cache
def sources() -> dict[str, Source]:
    """Every registered source by its kind, in alphabetical order."""
    found: dict[str, Source] = {}
    for module in pkgutil.iter_modules(crawlers.sources.__path__):
        source = getattr(importlib.import_module(f"crawlers.sources.{module.name}"), "SOURCE", None)
        if isinstance(source, Source):
            found[source.kind] = source
    return dict(sorted(found.items()))


def source(kind: str) -> Source:
    """The source of this kind.

    Raises UnknownKind.
    """
    try:
        return sources()[kind]
    except KeyError as error:
        known = ", ".join(sources())
        raise UnknownKind(
            f"no source is called {kind!r}", where=kind, next_step=f"use one of {known}"
        ) from error


def parse(kind: str, page: Page) -> Parsed:
    """Reads one page as a page of this kind. No network.

    Raises UnknownKind or ParseError.
    """
    return source(kind).parser(page)
