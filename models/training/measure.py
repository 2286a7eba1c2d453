"""Measure exported weights once and write `metrics.json`: dev figures, own test set, provenance."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.checkpoint import storage_of
from models.reader import FILE, Reader
from models.training.behaviour import behaviour
from models.training.corpora import OWN
from models.training.evaluate import evaluate

LIMIT = 1500


def measure(weights: Path, data: Path, *, baselines: bool = True) -> dict[str, Any]:
    """Everything the model card shows."""
    reader = Reader(weights)
    described = asdict(reader.description) | {"storage": storage_of(weights / FILE)}
    written = Path(__file__).parent / OWN
    dev = evaluate(data, "dev", reader=reader, limit=LIMIT, baselines=baselines)
    return {
        "description": described,
        "limit": LIMIT,
        "languages": languages_measured(dev),
        "dev": dev,
        "own": evaluate(written, "test", reader=reader, baselines=False),
        "own_dev": evaluate(written, "dev", reader=reader, baselines=False),
        "behaviour": behaviour(reader),
    }


def languages_measured(report: Mapping[str, Any]) -> dict[str, str]:
    """The strongest kind of label that the reader was measured against, by language."""
    found: dict[str, str] = {}
    for kind in ("emotion", "sentiment", "score"):
        for part in (part for part in report["sets"].values() if kind in part):
            found |= dict.fromkeys(part["langs"], kind)
    return found


def main() -> None:
    """Write metrics.json into a weights folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    measured = measure(options.weights, options.data)
    (options.weights / "metrics.json").write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
