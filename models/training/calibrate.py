"""Fit what turns logits into probabilities: a temperature, Platt lines, thresholds.

Probabilities are fitted on `dev` rows of the training sets; the thresholds at which a label counts as
present are fitted on a sample of `train` rows, so that F1 on dev stays an honest figure. Test rows and
non-commercial sets play no part.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models import checkpoint
from models.checkpoint import Calibration, Storage
from models.reader import FILE, Reader, sigmoid
from models.training.batches import stance, targets, touchpoint_labels
from models.training.corpora import OWN, Cell, Policy, Row, Source, joined, read_rows, trainable
from models.training.export import LEXICON, export, load_trained
from models.training.labels import INVENTORIES, SCORES, STANCES, footprint_labels, footprint_of, head_of
from models.training.lexicon import learn
from models.training.lexicon import load as load_lexicon
from models.training.lexicon import save as save_lexicon
from models.training.metrics import auc, best_threshold
from models.training.objectives import interval_loss
from models.training.ranges import measure, stamp

ROWS = 600
"""Rows of a set that take part in a fit: large sets do not drown small ones."""
THRESHOLD_ROWS = 5000
MATCHED = 100
TELLS_APART = 0.8
FALSE_ALARMS = 0.05
TELLS_MORE = 0.85
"""A question is shown if its loss on dev is at most this part of the loss of knowing the shares only."""


def sample(source: Source, root: Path, split: str, limit: int) -> list[Row]:
    """A seeded sample of a set's rows of one split."""
    rows = list(read_rows(source.path(root), split)) if source.path(root).exists() else []
    order = np.random.default_rng(len(rows)).permutation(len(rows))[:limit]
    return [rows[i] for i in order]


def calibrate(reader: Reader, root: Path, policy: Policy = "all") -> Calibration:
    """The calibration of a reader's weights on the corpora under `root`."""
    sources = trainable(policy)
    slope, offset = _fit_emotions(reader, root, sources)
    score = _fit_score(reader, root, sources)
    found = Calibration(
        score_temperature=score.temperature,
        score_offset=list(score.offset),
        lexicon=score.lexicon,
        emotion_slope=slope,
        emotion_offset=offset,
    )
    found = replace(found, generated=_fit_generated(reader, root, sources))
    found = replace(found, stances=_fit_stances(reader, root, sources))
    return replace(found, thresholds=_fit_thresholds(reader, root, sources, found))


def _logits(reader: Reader, rows: Sequence[Row]) -> dict[str, NDArray[np.float32]]:
    return reader.logits([joined(row) for row in rows])[0]


@dataclass(frozen=True)
class ScoreFit:
    """The weight of the lexicon, and what makes logits probabilities: temperature and offsets (11,)."""

    lexicon: float = 0.0
    temperature: float = 1.0
    offset: tuple[float, ...] = ()


def _fit_score(reader: Reader, root: Path, sources: Sequence[Source]) -> ScoreFit:
    """For each weight of the lexicon the temperature and offsets with the least loss on
    rated dev rows; of the weights the one with the least loss, the mean over all sets with a rating or a
    sentiment.

    Offsets are needed beside a temperature: seven of eleven scores are a detractor's, so flattening alone
    would make more detractors.
    """
    scored = {s: sample(s, root, "dev", ROWS) for s in sources if s.task == "score"}
    drawn = [Evidence.of(reader, source, rows) for source, rows in scored.items() if rows]
    rated = [each for each in drawn if each.rated]
    if not rated:
        return ScoreFit()
    weights = LEXICON_WEIGHTS if reader.lexicon is not None else [0.0]
    fits = [_scaled(rated, weight) for weight in weights]
    return min(fits, key=lambda fit: float(np.mean([float(each.loss(*_tensors(fit))) for each in drawn])))


LEXICON_WEIGHTS = [round(0.04 * step, 2) for step in range(11)]
BY_PLACE = 0.95
PLACES = torch.eye(3)[[0] * 7 + [1] * 2 + [2] * 2]
"""(11, 3): which scores are a detractor's, a passive's and a promoter's."""
STEADY = 0.003
"""How strongly offsets are held to zero and to their neighbours."""


def _scaled(rated: Sequence[Evidence], weight: float) -> ScoreFit:
    lexicon, heat, offset = torch.tensor(weight), torch.zeros((), requires_grad=True), torch.zeros(SCORES)
    offset.requires_grad_()
    optim = torch.optim.LBFGS([heat, offset], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optim.zero_grad()
        fit = torch.stack([each.loss(lexicon, heat.exp(), offset) for each in rated]).mean()
        total = fit + STEADY * (offset.square().sum() + offset.diff().square().sum())
        torch.autograd.backward(total)
        return total

    optim.step(loss)  # type: ignore[no-untyped-call]
    centred = offset.detach() - offset.detach().mean()
    return ScoreFit(weight, round(float(heat.detach().exp()), 4), tuple(round(float(v), 4) for v in centred))


def _tensors(fit: ScoreFit) -> tuple[Tensor, Tensor, Tensor]:
    return torch.tensor(fit.lexicon), torch.tensor(fit.temperature), torch.tensor(fit.offset)


@dataclass(frozen=True)
class Evidence:
    """Dev rows of one set: logits and what the lexicon would add, (n, 11), and what the labels allow."""

    rated: bool
    logits: Tensor
    tilt: Tensor
    allowed: Tensor
    noise: Tensor

    @classmethod
    def of(cls, reader: Reader, source: Source, rows: Sequence[Row]) -> Evidence:
        """Read the rows once; the reader must not have a lexicon weight yet."""
        texts = [joined(row) for row in rows]
        goal = targets([(row, Cell(source, "", [], 0.0)) for row in rows])
        logits, tilt = reader.logits(texts)[0]["score"], reader.tilt(texts)
        both = torch.from_numpy(logits), torch.from_numpy(tilt)
        return cls(source.folder == "score", *both, goal.allowed, goal.noise)

    def loss(self, weight: Tensor, temperature: Tensor, offset: Tensor) -> Tensor:
        """Mean loss of a text: mostly of its place among detractors, passives and promoters, which every
        figure rests on; a little of the single score, which keeps the shape between them."""
        logits = (self.logits + weight * self.tilt) / temperature + offset
        single = interval_loss(logits, self.allowed, self.noise).mean()
        return BY_PLACE * self._misplaced(logits) + (1 - BY_PLACE) * single

    def _misplaced(self, logits: Tensor) -> Tensor:
        """Mean -log of the probability of the places (detractor, passive, promoter) that a label allows."""
        allowed = self.allowed.to(torch.float32) @ PLACES > 0
        p = (logits.softmax(-1) @ PLACES * allowed).sum(-1)
        return -p.clamp(min=1e-6).log().mean()


def platt(logits: Tensor, truth: Tensor, steps: int = 60) -> tuple[list[float], list[float]]:
    """Slope and offset for each column of (n, k) logits: logistic regression with a mild prior at (1, 0)."""
    slope = torch.ones(logits.shape[1], requires_grad=True)
    offset = torch.zeros(logits.shape[1], requires_grad=True)
    optim = torch.optim.LBFGS([slope, offset], max_iter=steps, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optim.zero_grad()
        fit = functional.binary_cross_entropy_with_logits(logits * slope + offset, truth, reduction="sum")
        total = fit + (slope - 1).square().sum() + 0.1 * offset.square().sum()
        torch.autograd.backward(total)
        return total

    optim.step(loss)  # type: ignore[no-untyped-call]
    return [round(float(v), 4) for v in slope.detach()], [round(float(v), 4) for v in offset.detach()]


def _fit_emotions(reader: Reader, root: Path, sources: Sequence[Source]) -> tuple[list[float], list[float]]:
    """Platt lines of the footprint on the corpora whose labels fold into it."""
    fine = [s for s in sources if s.name in ("goemotions", "ru_goemotions_mt") or s.folder == OWN]
    drawn = [row for s in fine for row in sample(s, root, "dev", THRESHOLD_ROWS)]
    rows = [row for row in drawn if row.get("taxonomy") in ("goemotions28", "footprint12")]
    if not rows:
        return [], []
    truth = torch.tensor([[float(v) for v in footprint_labels(row)] for row in rows])
    return platt(torch.from_numpy(_logits(reader, rows)["footprint"]), truth)


def _fit_stances(reader: Reader, root: Path, sources: Sequence[Source]) -> dict[str, float]:
    """A temperature for each question, left out where dev answers are hardly likelier than their shares."""
    own = [row for s in sources if s.folder == OWN for row in sample(s, root, "dev", 10 * ROWS)]
    logits = _logits(reader, own) if own else {}
    found = {}
    for question in STANCES:
        answers = torch.tensor([stance(row, question) for row in own])
        if question not in logits or (answers >= 0).sum() < MATCHED:
            continue
        known = torch.from_numpy(logits[question])[answers >= 0]
        temperature, loss = _least_loss(known, answers[answers >= 0])
        if loss < TELLS_MORE * _loss_of_shares(answers[answers >= 0]):
            found[question] = temperature
    return found


def _least_loss(logits: Tensor, answers: Tensor) -> tuple[float, float]:
    grid = torch.exp(torch.linspace(-0.7, 1.2, 81))
    losses = [float(functional.cross_entropy(logits / t, answers)) for t in grid]
    best = int(np.argmin(losses))
    return round(float(grid[best]), 4), losses[best]


def _loss_of_shares(answers: Tensor) -> float:
    """The loss of always giving the shares of the answers: their entropy, in nats."""
    shares = torch.bincount(answers).float() / len(answers)
    return float(-(shares[shares > 0] * shares[shares > 0].log()).sum())


def _fit_generated(reader: Reader, root: Path, sources: Sequence[Source]) -> list[float] | None:
    """A Platt line, or None where the head cannot tell authors apart among texts of equal length.

    Generated texts of the corpus are longer, so rows are paired by length before the head is judged. It
    knows hotels only, so it is also None where it suspects too many of the rated texts of other kinds,
    all written by people.
    """
    rows = [row for s in sources if s.task == "authenticity" for row in sample(s, root, "dev", 10 * ROWS)]
    paired = length_matched(rows)
    if len(paired) < MATCHED:
        return None
    logits = _logits(reader, paired)["generated"]
    truth = np.array([[float(row["label"] == "generated")] for row in paired])
    if auc(truth[:, 0] > 0, logits[:, 0]) < TELLS_APART:
        return None
    slope, offset = platt(torch.from_numpy(logits), torch.from_numpy(truth).float())
    human = [row for s in sources if s.folder == "score" for row in sample(s, root, "dev", ROWS // 4)]
    elsewhere = sigmoid(_logits(reader, human)["generated"] * slope[0] + offset[0])
    return [slope[0], offset[0]] if (elsewhere > 0.5).mean() <= FALSE_ALARMS else None


def length_matched(rows: Sequence[Row], step: int = 20) -> list[Row]:
    """As many generated as genuine rows of every language and length (in steps of characters)."""
    bins: dict[tuple[str, int], dict[str, list[Row]]] = {}
    for row in rows:
        key = (str(row.get("lang")), len(row["text"]) // step)
        bins.setdefault(key, {"generated": [], "genuine": []})[str(row["label"])].append(row)
    paired = [zip(kinds["generated"], kinds["genuine"], strict=False) for kinds in bins.values()]
    return [row for pairs in paired for pair in pairs for row in pair]


def _fit_thresholds(
    reader: Reader, root: Path, sources: Sequence[Source], found: Calibration
) -> dict[str, list[float]]:
    """Best-F1 thresholds by head on train rows; a label without positives keeps 0.5."""
    thresholds: dict[str, list[float]] = {}
    by_head: dict[str, list[Row]] = {}
    for source in sources:
        for row in sample(source, root, "train", THRESHOLD_ROWS) if source.folder == "emotion" else []:
            by_head.setdefault(head_of(str(row["taxonomy"])), []).append(row)
    for head, rows in by_head.items():
        logits = _logits(reader, rows)
        truth = np.array([[name in row["labels"] for name in INVENTORIES[head]] for row in rows])
        thresholds[head] = _best(truth, sigmoid(logits[head]))
        if head == "goemotions28":
            lines = np.asarray(found.emotion_slope), np.asarray(found.emotion_offset)
            twelve = np.array([footprint_of(row["labels"]) for row in rows], dtype=bool)
            thresholds["footprint"] = _best(twelve, sigmoid(logits["footprint"] * lines[0] + lines[1]))
    told = [s for s in sources if s.folder in ("touchpoint", OWN)]
    spoken = [row for s in told for row in sample(s, root, "train", ROWS)]
    return thresholds | ({"touchpoints": _touchpoint_thresholds(reader, spoken)} if spoken else {})


def _best(truth: NDArray[np.bool_], p: NDArray[np.float32]) -> list[float]:
    return [round(best_threshold(truth[:, k], p[:, k]), 4) for k in range(truth.shape[1])]


def _touchpoint_thresholds(reader: Reader, rows: Sequence[Row]) -> list[float]:
    p = sigmoid(_logits(reader, rows)["touchpoints"])
    present, known = (np.array([touchpoint_labels(row)[k] for row in rows]) > 0 for k in range(2))
    return [
        round(best_threshold(present[known[:, k], k], p[known[:, k], k]), 4) if known[:, k].any() else 0.5
        for k in range(p.shape[1])
    ]


def finish(
    run: Path,
    base: Path,
    out: Path,
    data: Path,
    *,
    policy: Policy = "all",
    storage: Storage = "int8",
    window: int = 160,
) -> None:
    """Export a run into `out` with its lexicon, calibrate it, and write it again with its calibration.

    The lexicon is learnt if the run has none yet.
    """
    if not (run / LEXICON).exists():
        save_lexicon(learn(data, policy), run / LEXICON)
    export(run, base, out, storage=storage, window=window)
    measure(out)
    reader = Reader(out)
    description = replace(reader.description, calibration=calibrate(reader, data, policy))
    checkpoint.save(out / FILE, load_trained(run), description, storage, load_lexicon(run / LEXICON))
    stamp(out)


def main() -> None:
    """Export and calibrate a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("run", "base", "out", "data"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--storage", choices=("int8", "fp16"), default="int8")
    parser.add_argument("--licences", choices=("all", "open"), default="all", dest="policy")
    parser.add_argument("--window", type=int, default=160)
    finish(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
