"""Posteriors of texts kept between runs, by model version and text: measuring again costs no reading."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.readings import Readings
from pipeline.content import content_hash
from pipeline.errors import InputError
from pipeline.progress import Progress, silent

Floats = NDArray[np.float64]
CLASSES = ("detractor", "passive", "promoter")
"""The columns of posteriors, in this order everywhere."""
CHUNK = 500
"""Texts that are read before they are kept: a run that is ended loses so many at most."""
CACHE_ENV = "SAYSO_CACHE"


class Posteriors(Protocol):
    """Who tells the classes of texts; `models.reader.Reader` is one."""

    @property
    def model(self) -> str:
        """Version of its weights."""

    def read(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> Readings:
        """Row i of every column belongs to texts[i]."""


def cache_folder() -> Path:
    """Where readings of corpora are kept: SAYSO_CACHE, else the user's cache folder."""
    given = os.environ.get(CACHE_ENV)
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sayso"


@dataclass(frozen=True, slots=True)
class ReadingCache:
    """Files under `folder/MODEL/`: one a chunk that was read, whole or not there. Holds no text."""

    folder: Path
    model: str
    load: Callable[[], Posteriors]
    """Makes the reader; called only if a text is new."""

    def posteriors(self, texts: Sequence[str], progress: Progress = silent) -> Floats:
        """(n, 3) probabilities of CLASSES. Raises InputError if the folder cannot be written."""
        keys = [content_hash(text) for text in texts]
        known = self._known()
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        known |= self._read(missing, progress)
        return np.array([known[key] for key in keys], dtype=np.float64).reshape(-1, 3)

    def _read(self, missing: dict[str, str], progress: Progress) -> dict[str, tuple[float, ...]]:
        found: dict[str, tuple[float, ...]] = {}
        if not missing:
            return found
        reader = self.load()
        # Even lengths fill the reader's batches best.
        order = sorted(missing, key=lambda key: len(missing[key]))
        for first in range(0, len(order), CHUNK):
            keys = order[first : first + CHUNK]
            found |= self._keep(keys, reader.read([missing[key] for key in keys]))
            progress("texts read", len(found), len(order))
        return found

    def _known(self) -> dict[str, tuple[float, ...]]:
        found: dict[str, tuple[float, ...]] = {}
        for path in sorted((self.folder / self.model).glob("*.parquet")):
            columns = pq.read_table(path).to_pydict()
            rows = zip(*(columns[name] for name in CLASSES), strict=True)
            found |= dict(zip(columns["key"], rows, strict=True))
        return found

    def _keep(self, keys: list[str], readings: Readings) -> dict[str, tuple[float, ...]]:
        columns = {name: np.asarray(getattr(readings, f"p_{name}"), dtype=np.float64) for name in CLASSES}
        folder = self.folder / self.model
        path = folder / f"{uuid.uuid4().hex}.parquet"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table({"key": keys, **columns}), path.with_suffix(".part"))
            path.with_suffix(".part").replace(path)
        except OSError as error:
            raise InputError(
                f"Cannot keep readings: {error.strerror}",
                where=str(folder),
                next_step="name another folder with --cache",
            ) from error
        return dict(zip(keys, zip(*columns.values(), strict=True), strict=True))
