"""In which languages the shipped reader was measured, and against what."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import InputError
from pipeline.reader_error import METRICS

Measured = Literal["score", "sentiment", "emotion"]
"""The strongest kind of label: customers' ratings, positive and negative, or emotions alone."""


@cache
def measured_languages(path: Path = METRICS) -> dict[str, Measured]:
    """What the reader was measured against, by language (ISO 639-1); a language that is not here: nothing.

    Raises InputError if the metrics beside the weights are in another form.
    """
    if not path.is_file():
        return {}
    try:
        metrics: Any = json.loads(path.read_text(encoding="utf-8"))
        return dict(metrics.get("languages", {}))
    except (ValueError, AttributeError, TypeError) as error:
        raise InputError(
            f"The reader's metrics are not in the documented form: {error!r}",
            where=str(path),
            next_step="run `sayso evaluate reader` again, or install sayso again",
        ) from error
