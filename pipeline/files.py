"""Files that appear under their name when they are whole."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import InputError


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name only when it was written to the end. Raises InputError if it cannot be."""
    part = path.with_name(path.name + ".part")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("wb")
    except OSError as error:
        raise InputError(
            f"Cannot write the file: {error.strerror}", where=str(path), next_step="choose another --out"
        ) from error
    try:
        with file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
