"""Named errors: what happened, where, and what to do next. Only the CLI turns them into exit codes."""

from __future__ import annotations


class SaysoError(Exception):
    """Base of all errors that a person may see.

    `what` happened, `where` (a file, key, line or address) and `next_step`, in plain words.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        self.what, self.where, self.next_step = what, where, next_step
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole error on one to three lines."""
        parts = [self.what + (f" ({self.where})" if self.where else "")]
        return "\n".join(parts + ([f"Next: {self.next_step}"] if self.next_step else []))


class ConfigError(SaysoError):
    """The home's sayso.toml or secrets cannot be used."""

    exit_code = 3


class HomeError(SaysoError):
    """The folder is not a sayso home, or it cannot be written."""

    exit_code = 3


class WarehouseBusy(SaysoError):
    """Another process holds the warehouse."""

    exit_code = 4


class WarehouseError(SaysoError):
    """The warehouse cannot be opened, migrated or trusted."""

    exit_code = 5


class SnapshotMissing(SaysoError):
    """There is no published snapshot to read."""

    exit_code = 6


class InputError(SaysoError):
    """A file given by the user cannot be read as what it was said to be."""

    exit_code = 7
