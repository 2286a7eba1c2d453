"""One record of an owner's file, whatever its format, and what makes a file unusable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class ImportFileError(ValueError):
    """A file that cannot be imported at all: what is wrong, where, and what to do next."""

    def __init__(self, what: str, *, where: str, next_step: str) -> None:
        self.what, self.where, self.next_step = what, where, next_step
        super().__init__(f"{where}: {what}; {next_step}")


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its line (or its number in a sheet), and its values by column; `fault` says why it cannot
    be read, `raw` is then what stands there."""

    line: int
    values: dict[str, Any]
    fault: str | None = None
    raw: str = ""


def header_of(record: list[str]) -> list[str] | None:
    """Names of the columns, none empty, none twice; None for a line that is no header (`sep=;`, blank)."""
    if len(record) <= 2 and record and record[0].lstrip("\ufeff").lower().startswith("sep="):
        return None
    if not any(name.strip() for name in record):
        return None
    names: list[str] = []
    for place, name in enumerate(record, 1):
        plain = " ".join(name.lstrip("\ufeff").split()) or f"column {place}"
        names.append(plain if plain not in names else f"{plain} ({place})")
    return names
