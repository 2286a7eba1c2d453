"""Forgetting on a home: nobody else works on it meanwhile, and what is shown changes with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import duckdb

from app import keys
from app.progress import Report
from pipeline.errors import InputError, SnapshotMissing
from pipeline.home import Home
from pipeline.privacy import Removed, Request


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person said: handles as they stand at the source, or hashes of them."""

    handles: Sequence[str] = ()
    author_hashes: Sequence[str] = ()
    mentions: Sequence[str] = ()
    source: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, what still holds it, and which targets would collect it again."""

    removed: Removed
    elsewhere: list[str]
    asking: list[str]


def forget_home(home: Home, asked: Asked, report: Report) -> Forgotten:
    """Remove what is asked for from everything in the home.

    Raises InputError where nothing was named, RunBusyError and CrawlBusy while others work on the home.
    """
    from crawlers import imports, state
    from pipeline import privacy
    from pipeline.packing import tidy

    with _alone(home, report) as con:
        request = _request(home, con, asked)
        ids = privacy.find(con, request)
        removed = privacy.forget(home, con, request)
        _show_without(home, con, report)
    tidy(home)
    if not request.is_for_good:
        state.unsee(home.landing, ids)
        imports.unsee(home.landing, ids)
    return Forgotten(removed, privacy.elsewhere(home, ids), _asking(home, asked))


def count_home(home: Home, asked: Asked, report: Report) -> int:
    """How many mentions would go. Raises as `forget_home`."""
    from pipeline import privacy

    with _alone(home, report) as con:
        return len(privacy.find(con, _request(home, con, asked)))


@contextmanager
def _alone(home: Home, report: Report) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse with all that has landed in it, while neither a run nor a crawl works on the home."""
    from crawlers.landing import salvage
    from crawlers.state import lock
    from pipeline.ingest import ingest
    from pipeline.run import only_run
    from pipeline.warehouse import open_warehouse

    with only_run(home), lock(home.landing):
        salvage(home.landing)
        with open_warehouse(home) as con:
            ingest(home, con, report)
            yield con


def _request(home: Home, con: duckdb.DuckDBPyConnection, asked: Asked) -> Request:
    """A handle is hashed with each source's name: the same name on two sites is two people."""
    from pipeline import privacy

    hasher = keys.author_hasher(home)
    sources = privacy.sources(con)
    hashed = [hasher.hash(source, handle) for handle in asked.handles for source in sources]
    if not (hashed or asked.author_hashes or asked.mentions or asked.source or asked.brand):
        advice = "name an author, a mention, a source or a brand; --help shows how"
        raise InputError("Nothing to forget was named", next_step=advice)
    return Request(
        mentions=tuple(asked.mentions),
        authors=(*hashed, *asked.author_hashes),
        handles=tuple(asked.handles),
        source=asked.source,
        brand=asked.brand,
    )


def _show_without(home: Home, con: duckdb.DuckDBPyConnection, report: Report) -> None:
    """Figures and snapshot anew, where something was published."""
    from pipeline.aggregate import aggregate
    from pipeline.authenticity import detect
    from pipeline.publish import publish
    from pipeline.snapshot import current

    try:
        current(home)
    except SnapshotMissing:
        return
    detect(con, home.config, report)
    aggregate(con, home.config, home.root)
    publish(home, con, home.config)


def _asking(home: Home, asked: Asked) -> list[str]:
    """Names of targets that collect what was just forgotten: of that brand, or of that source."""
    from app.collecting import targets_of

    kind, _, host = (asked.source or "").partition(":")
    found = []
    for target in targets_of(home.config):
        of_source = target.kind == kind and (
            not host or not target.url or urlsplit(target.url).netloc == host
        )
        if of_source or (asked.brand is not None and target.brand == asked.brand):
            found.append(target.name)
    return found
