"""Measure what the inputs of every matrix product range over, so that the reader can run on bytes.

    python -m models.training.ranges --weights models/weights

Runs the finished weights in float32 over texts of our own in eight languages, short ones and ones as long
as a window, and writes the ranges beside them. No labels are used.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from safetensors import safe_open

from models import checkpoint
from models.int8 import RANGES, observe, save_ranges
from models.reader import FILE, TOKENIZER, Windows
from models.runtime import batches, padded
from models.training.corpora import OWN

SETS = ("own_reviews", "own_voices")
SINGLE, LONG, JOINED = 240, 60, 8
"""Texts as they are, texts made by joining, and of how many each of those is made."""


def own_texts() -> list[str]:
    """A seeded sample of our own texts: single ones, then long ones made of several."""
    folder = Path(__file__).parent / OWN
    lines = [line for name in SETS for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]
    order = np.random.default_rng(1).choice(len(lines), SINGLE + LONG * JOINED)
    texts = [str(json.loads(lines[place])["text"]) for place in order]
    joined = [" ".join(texts[SINGLE + i * JOINED : SINGLE + (i + 1) * JOINED]) for i in range(LONG)]
    return texts[:SINGLE] + joined


def measure(folder: Path) -> None:
    """Write the ranges of the weights in a folder that a Reader loads."""
    network, description = checkpoint.load(folder / FILE)
    windows, _ = Windows(folder / TOKENIZER, description.window).of(own_texts())
    taken = (padded([windows[place] for place in places]) for places in batches(windows))
    save_ranges(folder / RANGES, observe(network, taken), checkpoint.version(folder / FILE))


def stamp(folder: Path) -> None:
    """Say that the ranges belong to the weights as they are now: only their calibration has changed."""
    with safe_open(str(folder / RANGES), "pt") as file:
        found = {name: file.get_tensor(name) for name in sorted(file.keys())}
    save_ranges(folder / RANGES, found, checkpoint.version(folder / FILE))


def main() -> None:
    """Measure the ranges of a weights folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    measure(parser.parse_args().weights)


if __name__ == "__main__":
    main()
