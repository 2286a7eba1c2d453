"""From flags and config to an import: what the person said wins over the config, the config over guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app import keys
from app.progress import Report
from pipeline.config import Config
from pipeline.errors import ConfigError, InputError
from pipeline.home import Home

if TYPE_CHECKING:
    from crawlers.imports import ImportMapping, ImportReport


def import_home(home: Home, file: Path, mapping: ImportMapping, report: Report) -> ImportReport:
    """Land a file's rows in a home. Raises InputError if nothing can be taken from it."""
    from crawlers.imports import ImportFileError, import_file
    from crawlers.landing import Landing

    def told(done: int, total: int) -> None:
        report("bytes read", done, total)

    try:
        with Landing(home.landing) as landing:
            return import_file(file, mapping, landing, keys.author_hasher(home), told)
    except ImportFileError as error:
        raise InputError(error.what, where=error.where, next_step=error.next_step) from error


def mapping_of(
    config: Config,
    named: str | None,
    *,
    brand: str | None,
    kind: str | None,
    columns: Sequence[str] | None,
    scale: str | None,
    segments: Sequence[str] | None,
    date_format: str | None,
    name: str | None,
) -> ImportMapping:
    """The mapping that flags and `[imports.NAME]` ask for. Raises ConfigError, InputError."""
    from crawlers.imports import ImportMapping

    base = _named(config, named)
    said = {
        "kind": kind, "date_format": date_format, "name": name or named,
        "scale": _scale(scale) if scale else None, "segments": list(segments) if segments else None,
    }  # fmt: skip
    merged = base | {key: value for key, value in said.items() if value is not None}
    merged["columns"] = {**base.get("columns", {}), **dict(_pair(text) for text in columns or ())}
    merged["brand"] = _brand(config, brand or base.get("brand"))
    try:
        return ImportMapping.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "mapping"
        raise InputError(
            first["msg"].removeprefix("Value error, "), where=where, next_step="see docs/imports.md"
        ) from error


def _named(config: Config, named: str | None) -> dict[str, Any]:
    if named is None:
        return {}
    if named not in config.imports:
        known = ", ".join(sorted(config.imports)) or "none yet"
        raise ConfigError(
            f"No mapping is called {named!r}", where="[imports]", next_step=f"there are: {known}"
        )
    return config.imports[named].model_dump(exclude_defaults=True)


def _brand(config: Config, brand: str | None) -> str:
    names = [known.name for known in config.brands]
    own = [known.name for known in config.brands if not known.competitor]
    if brand is None and len(own) == 1:
        return own[0]
    if brand is None or brand not in names:
        what = (
            "It is not clear which brand the rows speak of"
            if brand is None
            else f"No brand is called {brand!r}"
        )
        raise ConfigError(
            what,
            where="--brand",
            next_step="use one of: " + ", ".join(names) if names else "add [[brands]] to sayso.toml",
        )
    return brand


def _scale(text: str) -> tuple[float, float]:
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*[-:–]\s*(-?\d+(?:\.\d+)?)\s*", text)
    if match is None:
        raise InputError(f"{text!r} is no scale", where="--scale", next_step="write 0-10 or 1-5")
    return float(match[1]), float(match[2])


def _pair(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not equals:
        raise InputError(f"{text!r} is no FIELD=COLUMN", where="--column", next_step="write e.g. rating=Q1")
    return field.strip(), column
