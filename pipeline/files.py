"""Files that appear under their name when they are whole."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import InputError

_LONGEST_NAME = 80


def file_name(text: str) -> str:
    """A text as part of a file's name that every system takes: letters, digits, - and _, not too long."""
    return re.sub(r"[^\w-]+", "-", text.casefold())[:_LONGEST_NAME].strip("-") or "-"


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
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replaced(path: Path, suffix: str) -> Iterator[IO[bytes]]:
    """New content for a file, on the disk before it takes the place of the old one in one step."""
    part = path.with_name(path.name + suffix)
    with part.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Onto the disk, file or folder, so that a power cut cannot undo the order of the steps."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
