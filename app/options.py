"""Options that many verbs share, and the home they mean."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import ConfigError
from pipeline.home import Home

HOME_ENV = "SAYSO_HOME"

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder with sayso.toml and its data.  [default: SAYSO_HOME, else this folder]"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        exists=True,
        help="Folder of other weights, or of a Hugging Face model of sentiment or stars.",
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]


def home_folder(given: Path | None) -> Path:
    """The folder meant: the verb's --home, SAYSO_HOME (a --home before the verb sets it), or this folder."""
    return Path(given or os.environ.get(HOME_ENV) or ".")


def existing_home(given: Path | None) -> Home:
    """An initialised home. Raises ConfigError where there is no sayso.toml or it has faults."""
    home = Home(home_folder(given))
    _ = home.config
    return home


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def seconds_of(every: str) -> int:
    """'30m', '6h', '1d', '1w' in seconds. Raises ConfigError."""
    match = re.fullmatch(r"(\d+)\s*([mhdw])", every.strip())
    if match is None:
        raise ConfigError(
            f"{every!r} is no interval", where="targets.every", next_step="write 30m, 6h, 1d or 1w"
        )
    return int(timedelta(**{_UNITS[match[2]]: int(match[1])}).total_seconds())
