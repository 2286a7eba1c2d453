"""From a training checkpoint to the weights folder that a Reader loads."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from safetensors.torch import load_file

from models import checkpoint
from models.checkpoint import Calibration, Description, Storage
from models.network import Network
from models.reader import FILE
from models.training.labels import TOUCHPOINTS
from models.training.lexicon import load as load_lexicon
from models.training.train import architecture

LEXICON = "lexicon.safetensors"
"""Beside the checkpoint of a run, if it was learnt."""


def load_trained(run: Path, attention_heads: int = 12) -> Network:
    """The network of a training checkpoint, in full precision."""
    tensors = load_file(str(run / "network.safetensors"))
    network = Network(architecture(tensors, attention_heads))
    network.load_state_dict(tensors)
    return network


def export(
    run: Path,
    base: Path,
    out: Path,
    *,
    calibration: Calibration | None = None,
    storage: Storage = "int8",
    window: int = 160,
) -> None:
    """Write `model.safetensors` and `tokenizer.json` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    trained = json.loads((run / "provenance.json").read_text()) | json.loads((run / "state.json").read_text())
    description = Description(
        architecture=(network := load_trained(run)).shape,
        calibration=calibration or Calibration(),
        window=window,
        touchpoints=TOUCHPOINTS,
        trained=trained,
    )
    lexicon = load_lexicon(run / LEXICON) if (run / LEXICON).exists() else None
    checkpoint.save(out / FILE, network, description, storage, lexicon)
    shutil.copyfile(base / "tokenizer.json", out / "tokenizer.json")


def main() -> None:
    """Export a run; calibrate afterwards with models.training.calibrate."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("run", "base", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--storage", choices=("int8", "fp16"), default="int8")
    parser.add_argument("--window", type=int, default=160)
    options = parser.parse_args()
    export(options.run, options.base, options.out, storage=options.storage, window=options.window)


if __name__ == "__main__":
    main()
