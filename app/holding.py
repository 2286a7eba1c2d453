"""Snapshots as the view holds them: open, their facts in memory, shared by all sessions.

A newer snapshot is taken into memory beside the one that is shown and shown when it is ready, so that nobody
waits for it. What was opened stays until two newer ones were: a page that is being drawn may still ask it.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from pipeline import snapshot
from pipeline.home import Home
from pipeline.snapshot import Snapshot

_KEPT = 3
_PATIENCE = 1.0
"""Seconds that a page waits for a newer snapshot before it shows the one it has."""
_log = logging.getLogger(__name__)


@dataclass
class _Shelf:
    """The snapshots of one home: by file name, the newest last, and which of them is shown."""

    root: Path
    found: dict[str, Future[Snapshot]] = field(default_factory=dict)
    shown: str | None = None


_lock = RLock()
_shelves: dict[str, _Shelf] = {}
_loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="holding")


def newest(home: Home) -> str:
    """The file name of the snapshot to show: the newest that is ready. Raises SnapshotMissing."""
    name = snapshot.current(home).name
    with _lock:
        shelf = _shelves.setdefault(str(home.root), _Shelf(home.root))
        opened = _begun(shelf, name)
    if shelf.shown is None:
        opened.result()
    else:
        try:
            opened.result(timeout=_PATIENCE)
        except NotYet:
            return shelf.shown
    shelf.shown = name
    return name


def held(home: Home, name: str) -> Snapshot:
    """The snapshot of that file name. Raises SnapshotMissing."""
    with _lock:
        shelf = _shelves.setdefault(str(home.root), _Shelf(home.root))
        opened = _begun(shelf, name)
    return opened.result()


def _begun(shelf: _Shelf, name: str) -> Future[Snapshot]:
    """The snapshot, or what will be it. A failed try is not kept."""
    opened = shelf.found.get(name)
    if opened is None or (opened.done() and opened.exception() is not None):
        opened = shelf.found[name] = _loader.submit(_taken, shelf.root, name)
        for old in list(shelf.found)[:-_KEPT]:
            del shelf.found[old]
    return opened


def _taken(root: Path, name: str) -> Snapshot:
    found = Snapshot.named(Home(root), name)
    try:
        found.hold()
    except MemoryError:
        _log.warning("too little memory to hold %s: figures are read from the disk", name)
    return found
