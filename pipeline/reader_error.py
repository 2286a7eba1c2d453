"""How far the shipped reader errs between domains, from the figures measured when it was trained."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.facts import ReaderError

METRICS = Path(str(files("models") / "weights" / "metrics.json"))


def shipped_reader_error(path: Path = METRICS) -> ReaderError | None:
    """`nps.between_domains` of the reader's metrics, `{"points": SD, "domains": K}`; None if not measured.

    The standard deviation, in NPS points, of the reader's bias over K dev domains (random-effects tau,
    DerSimonian and Laird 1986). Raises InputError if the file says it in another form.
    """
    if not path.is_file():
        return None
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8")).get("nps", {}).get("between_domains")
        return None if found is None else ReaderError(float(found["points"]), int(found["domains"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The reader's metrics are not in the documented form: {error}",
            where=str(path),
            next_step="run `sayso evaluate reader` again, or install sayso again",
        ) from error
