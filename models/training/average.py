"""Average the checkpoints of runs that began from one another: one network of the mean weights.

Runs of one ancestry lie in one valley of the loss, and their mean errs less than either where a later run has
learnt small sets by heart. Sources: Izmailov et al. 2018 (SWA), Wortsman et al. 2022 (model soups, WiSE-FT).
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from models.training.export import LEXICON


def mean(checkpoints: Sequence[dict[str, Tensor]], shares: Sequence[float]) -> dict[str, Tensor]:
    """The weighted mean of each tensor of numbers that all have in one shape; of others the last one.

    `shares` are not negative and sum to one. What only the last run has, or has anew, is its own.
    """
    fit = len(checkpoints) == len(shares) and abs(sum(shares) - 1.0) < 1e-6 and min(shares) >= 0
    if not fit:
        raise ValueError(
            f"{len(checkpoints)} checkpoints need as many shares that sum to one, not {list(shares)}"
        )
    found = dict(checkpoints[-1])
    for name, last in found.items():
        alike = all(name in each and each[name].shape == last.shape for each in checkpoints)
        if alike and last.is_floating_point():
            parts = [each[name].float() * share for each, share in zip(checkpoints, shares, strict=True)]
            found[name] = sum(parts[1:], parts[0]).to(last.dtype)
    return found


def average(runs: Sequence[Path], shares: Sequence[float], out: Path) -> None:
    """Write the mean of runs as a run of its own, with its ancestry; the last gives the lexicon."""
    out.mkdir(parents=True, exist_ok=True)
    tensors = mean([load_file(str(run / "network.safetensors")) for run in runs], shares)
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, str(out / "network.safetensors")
    )
    provenance = json.loads((runs[-1] / "provenance.json").read_text())
    provenance["averaged"] = [
        {"share": share, **json.loads((run / "state.json").read_text())}
        for run, share in zip(runs, shares, strict=True)
    ]
    (out / "provenance.json").write_text(json.dumps(provenance, indent=1) + "\n")
    shutil.copyfile(runs[-1] / "state.json", out / "state.json")
    if (runs[-1] / LEXICON).exists():
        shutil.copyfile(runs[-1] / LEXICON, out / LEXICON)


def main() -> None:
    """Average runs; `models.training.calibrate` then makes weights of the mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--shares", type=float, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    average(options.runs, options.shares, options.out)


if __name__ == "__main__":
    main()
