"""How far the shipped reader errs between domains, from the figures measured when it was trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pipeline.errors import InputError
from pipeline.facts import ReaderError

METRICS = Path(str(files("models") / "weights" / "metrics.json"))
SMALLEST_DOMAIN = 100
"""A domain with fewer rows says more of chance than of the reader."""
FEWEST_DOMAINS = 3


def shipped_reader_error(path: Path = METRICS) -> ReaderError | None:
    """The reader's error in NPS points over measured domains; None if it was not measured.

    Taken from `nps.between_domains`, `{"points": SD, "domains": K}`, if the metrics state it, else worked
    out from `sets.NAME.score` as `sayso evaluate reader` writes them (under `dev` in the shipped file): each
    set is a domain, its error the read NPS less the native one. Raises InputError if the file is in another
    form.
    """
    if not path.is_file():
        return None
    try:
        metrics: Any = json.loads(path.read_text(encoding="utf-8"))
        stated = metrics.get("nps", {}).get("between_domains")
        if stated is not None:
            return ReaderError(float(stated["points"]), int(stated["domains"]))
        sets = metrics.get("dev", metrics).get("sets", {})
        return _worked_out([part["score"] for part in sets.values() if "score" in part])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The reader's metrics are not in the documented form: {error!r}",
            where=str(path),
            next_step="run `sayso evaluate reader` again, or install sayso again",
        ) from error


def _worked_out(domains: list[Mapping[str, Any]]) -> ReaderError | None:
    found = [domain["metrics"] for domain in domains if domain["n"] >= SMALLEST_DOMAIN]
    if len(found) < FEWEST_DOMAINS:
        return None
    errors = [metrics["nps_read"]["value"] - metrics["nps_native"]["value"] for metrics in found]
    # No sampling noise is taken off: the domains measured are those of the training, and one that the reader
    # never met errs more, so the wide side is the honest one.
    return ReaderError(round(between_domains(errors, [0.0] * len(errors)), 2), len(found))


def between_domains(errors: ArrayLike, variances: ArrayLike) -> float:
    """Standard deviation of true errors over domains beyond sampling: random-effects tau about zero.

    The moment estimator of DerSimonian and Laird 1986, about zero in place of the mean: a bias common to all
    domains is an error too. `errors` (k,) in points with their sampling `variances` (k,).
    """
    e, v = np.asarray(errors, dtype=float), np.asarray(variances, dtype=float)
    weights = 1 / np.maximum(v, 1e-9)
    return float(np.sqrt(max((float((weights * e * e).sum()) - len(e)) / float(weights.sum()), 0.0)))
