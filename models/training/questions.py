"""Fit the heads of the questions (advocacy, leaving, speaker, effort) anew on an encoder that stands still.

An averaged network has heads that were fitted to the encoder of one of its parts. The questions are learnt
from the sets of this project alone, so fitting their heads takes minutes; nothing else changes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from models.network import Head
from models.reader import Reader
from models.training.batches import stance
from models.training.corpora import OWN, Row, joined, read_rows, trainable
from models.training.export import load_trained
from models.training.labels import STANCES

SEED, HELD_BACK = 7, 10
"""One training row in ten is held back: the pass over the rest that tells it best is kept."""
PASSES, RATE, DROPOUT, DECAY, BATCH = 12, 3e-4, 0.3, 0.05, 64


@dataclass(frozen=True)
class Told:
    """n texts as the heads see them, (n, 2d), and the place of each one's answer, (n,)."""

    seen: Tensor
    answers: Tensor

    @classmethod
    def of(cls, seen: Tensor, rows: Sequence[Row], question: str) -> Self:
        """The rows that have an answer to the question."""
        answers = torch.tensor([stance(row, question) for row in rows])
        return cls(seen[answers >= 0], answers[answers >= 0])

    def part(self, chosen: Tensor) -> Told:
        """Some of the texts."""
        return Told(self.seen[chosen], self.answers[chosen])

    def loss(self, head: Head, dropout: float = 0.0) -> Tensor:
        """Mean cross-entropy of a text, in nats."""
        return functional.cross_entropy(head(functional.dropout(self.seen, dropout)), self.answers)


def fit(head: Head, told: Told) -> float:
    """Train a head in place, and keep the weights that tell the held-back texts best; their mean loss."""
    torch.manual_seed(SEED)
    places = torch.randperm(len(told.answers))
    held = told.part(places[: len(places) // HELD_BACK])
    rest = told.part(places[len(places) // HELD_BACK :])
    optim = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    best = (held.loss(head).item(), _weights(head))
    for _ in range(PASSES):
        order = torch.randperm(len(rest.answers))
        for start in range(0, len(order), BATCH):
            optim.zero_grad()
            torch.autograd.backward(rest.part(order[start : start + BATCH]).loss(head, DROPOUT))
            optim.step()
        best = min(best, (held.loss(head).item(), _weights(head)), key=lambda found: found[0])
    head.load_state_dict(best[1])
    return best[0]


def _weights(head: Head) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in head.state_dict().items()}


def refit(run: Path, weights: Path, data: Path) -> dict[str, float]:
    """Fit the questions' heads of a run on what its exported weights see; held-back losses by question."""
    sources = [source for source in trainable("open") if source.folder == OWN]
    rows = [row for source in sources for row in read_rows(source.path(data), "train")]
    seen = torch.from_numpy(Reader(weights).pooled([joined(row) for row in rows])[0])
    heads = load_trained(run).heads
    losses, tensors = {}, load_file(str(run / "network.safetensors"))
    for question in (name for name in STANCES if name in heads):
        head = cast(Head, heads[question])
        losses[question] = fit(head, Told.of(seen, rows, question))
        tensors |= {f"heads.{question}.{name}": value for name, value in _weights(head).items()}
    save_file(tensors, str(run / "network.safetensors"))
    return losses


def main() -> None:
    """Refit the heads of a run in place."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("run", "weights", "data"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for question, loss in refit(**vars(parser.parse_args())).items():
        sys.stdout.write(f"{question}: {loss:.4f} nats on held-back rows\n")


if __name__ == "__main__":
    main()
