"""How long work tells where it is: the faces draw it, the pipeline only calls it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with what is going on, how much is done, and of how much (None: not known)."""


def silent(what: str, done: int, total: int | None) -> None:
    """A progress that says nothing."""
