"""The reader: texts in, readings out. The only door of this room.

    readings = Reader().read(["Laba apkalpošana, bet dārgi.", "Never again!"])

Torch is imported when a Reader is made, not when this module is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.language import detect
from models.readings import EMOTIONS, SPEAKERS, Floats, Readings, Touchpoint
from models.texts import PREFIX, readable

if TYPE_CHECKING:
    from models.checkpoint import Calibration
    from models.runtime import Runtime

WEIGHTS = Path(__file__).parent / "weights"
FILE = "model.safetensors"
TOKENIZER = "tokenizer.json"
MAX_WINDOWS = 24
OWN_HEADS = frozenset(
    {
        "score",
        "footprint",
        "touchpoints",
        "polarities",
        "generated",
        "advocacy",
        "leaving",
        "speaker",
        "effort",
    }
)
"""Heads that answer in columns of Readings; the others answer in the words of a corpus."""
UNKNOWN_ID = 3
"""The token of whatever the vocabulary cannot spell: control characters, other scripts."""
SCORES = np.arange(11, dtype=np.float32)

Progress = Callable[[int, int], None]
"""Called with (windows read, windows in all), in steps of a batch."""


class ReaderError(ModelError):
    """The reader was given what it cannot read, or its weights are not usable."""


class Reader:
    """Reads texts with the shipped weights, or with those in the folder `path`.

    `precision` (int8, bf16, fp32), `threads` and `device` override what suits the machine; the environment
    can too (SAYSO_PRECISION, SAYSO_THREADS, SAYSO_DEVICE). Nothing is ever fetched or executed from a
    weights folder: it holds `model.safetensors` and `tokenizer.json`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        precision: str | None = None,
        threads: int | None = None,
        device: str | None = None,
    ) -> None:
        from models import checkpoint
        from models.int8 import RANGES, load_ranges
        from models.runtime import Runtime

        folder = Path(path) if path is not None else WEIGHTS
        network, self.description = checkpoint.load(folder / FILE)
        self._version = checkpoint.version(folder / FILE)
        ranges = load_ranges(folder / RANGES, self._version)
        self._runtime: Runtime = Runtime(network, precision, device, threads, ranges)
        self._windows = Windows(folder / TOKENIZER, self.description.window)
        self.lexicon = checkpoint.load_lexicon(folder / FILE)

    @property
    def precision(self) -> str:
        """What the network runs in: int8, bf16 or fp32."""
        return self._runtime.precision

    @property
    def model(self) -> str:
        """The version of the weights: equal versions give equal readings."""
        return self._version

    def read(
        self,
        texts: Sequence[str],
        langs: Sequence[str | None] | None = None,
        progress: Progress | None = None,
    ) -> Readings:
        """Read n texts; row i of every column belongs to texts[i].

        `langs` gives known languages (ISO 639-1); None where one is to be detected. Each distinct text
        is read once. A text with nothing to read has a flat score distribution, no emotions, a zero
        embedding, and abstains. Raises ReaderError if `langs` is not as long as `texts`.
        """
        return self.examine(texts, langs, progress)[0]

    def examine(
        self,
        texts: Sequence[str],
        langs: Sequence[str | None] | None = None,
        progress: Progress | None = None,
    ) -> tuple[Readings, dict[str, Floats]]:
        """`read`, and beside it probabilities in the words of each label inventory, (n, labels) by inventory.

        The latter are uncalibrated, for evaluation and for people who want the fine labels. Their names
        are in models.training.labels.INVENTORIES, their thresholds in `description.calibration`.
        """
        known = _checked(texts, langs)
        places: dict[str, int] = {}
        rows = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.intp)
        distinct = [readable(text) for text in places]
        logits, embedding, empty = self.logits(distinct, progress)
        columns = Columns(logits, self.description.calibration, self.description.touchpoints, empty)
        readings = columns.readings(rows, _languages(distinct, rows, known), embedding, self.model)
        return readings, {name: p[rows] for name, p in columns.inventories().items()}

    def logits(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> tuple[dict[str, Floats], Floats, NDArray[np.bool_]]:
        """Raw outputs: logits by head (n, width), embeddings (n, d), whether a text has nothing to read (n,).

        For calibration and research; texts must be `readable` already.
        """
        joined, empty = self.pooled(texts, progress)
        import torch

        logits = {name: v.numpy() for name, v in self._runtime.judge(torch.from_numpy(joined)).items()}
        if weight := self.description.calibration.lexicon:
            logits["score"] = logits["score"] + weight * self.tilt(texts)
        return logits, _embedding(joined, empty), empty

    def pooled(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """What every head sees of n texts, (n, 2d), windows averaged by length; which have nothing."""
        windows, owners = self._windows.of(texts)
        pooled = self._runtime.pooled(windows, progress)
        return _joined(pooled.numpy(), owners, [len(w) for w in windows], len(texts))

    def tilt(self, texts: Sequence[str]) -> Floats:
        """What the lexicon would add to the logits of the score, (n, 11), before its weight.

        Its points push the distribution up or down in proportion to the distance from 5; zeros without one.
        """
        if self.lexicon is None:
            return np.zeros((len(texts), len(SCORES)), dtype=np.float32)
        return self.lexicon.points(texts)[:, None] * (SCORES - 5)


def _checked(texts: Sequence[str], langs: Sequence[str | None] | None) -> Sequence[str | None]:
    if isinstance(texts, str):
        raise ReaderError("texts is a single string; pass a list of texts")
    if langs is None:
        return [None] * len(texts)
    if len(langs) != len(texts):
        raise ReaderError(f"{len(langs)} langs for {len(texts)} texts; give one a text, or None")
    return langs


def _languages(distinct: Sequence[str], rows: NDArray[np.intp], known: Sequence[str | None]) -> list[str]:
    unknown = sorted({int(row) for row, lang in zip(rows, known, strict=True) if not lang})
    found = dict(zip(unknown, detect([distinct[row] for row in unknown]), strict=True))
    return [lang or found[int(row)] for row, lang in zip(rows, known, strict=True)]


class Windows:
    """Cuts texts into windows of tokens that the network reads at once."""

    def __init__(self, tokenizer: Path, size: int) -> None:
        from tokenizers import Tokenizer

        if not tokenizer.exists():
            raise ReaderError(f"no tokenizer at {tokenizer}; it belongs beside the weights")
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        frame: list[int] = self._tokenizer.encode(PREFIX).ids
        self._start, self._end = frame[:-1], frame[-1:]
        self._content = size - len(frame)
        blank = self._tokenizer.token_to_id("▁")
        self._silent = {UNKNOWN_ID} if blank is None else {UNKNOWN_ID, blank}

    def of(self, texts: Sequence[str]) -> tuple[list[list[int]], list[int]]:
        """Windows of token ids, and for each the place of its text. Texts without a known token have none."""
        windows: list[list[int]] = []
        owners: list[int] = []
        encoded = self._tokenizer.encode_batch([PREFIX + text for text in texts]) if texts else []
        for place, encoding in enumerate(encoded):
            content = encoding.ids[len(self._start) : -1]
            for part in self._parts(content):
                windows.append([*self._start, *part, *self._end])
                owners.append(place)
        return windows, owners

    def _parts(self, content: list[int]) -> list[list[int]]:
        """Equal parts of at most a window each; of very many, those spread evenly from first to last."""
        if self._silent.issuperset(content):
            return []
        count = -(-len(content) // self._content)
        edges = [round(i * len(content) / count) for i in range(count + 1)]
        parts = [content[a:b] for a, b in pairwise(edges)]
        if count <= MAX_WINDOWS:
            return parts
        return [parts[round(i * (count - 1) / (MAX_WINDOWS - 1))] for i in range(MAX_WINDOWS)]


def _joined(
    pooled: Floats, owners: Sequence[int], sizes: Sequence[int], count: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Window vectors (w, 2d) as text vectors (n, 2d), weighted by their tokens."""
    weights = np.zeros(count, dtype=np.float64)
    total = np.zeros((count, pooled.shape[1]), dtype=np.float64)
    size = np.asarray(sizes, dtype=np.float64)
    np.add.at(weights, owners, size)
    np.add.at(total, owners, pooled * size[:, None])
    empty = weights == 0
    total[~empty] /= weights[~empty, None]
    return total.astype(np.float32), empty


def _embedding(joined: Floats, empty: NDArray[np.bool_]) -> Floats:
    """The mean-pooled half, at unit length; zeros where there was nothing to read."""
    mean = joined[:, : joined.shape[1] // 2]
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return np.where(empty[:, None], 0.0, mean / np.maximum(length, 1e-12)).astype(np.float32)


class Columns:
    """Logits of distinct texts as the columns of Readings."""

    def __init__(
        self,
        logits: dict[str, Floats],
        calibration: Calibration,
        touchpoints: tuple[str, ...],
        empty: NDArray[np.bool_],
    ) -> None:
        self._logits, self._calibration = logits, calibration
        self._touchpoints, self._empty = touchpoints, empty

    def readings(self, rows: NDArray[np.intp], lang: list[str], embedding: Floats, model: str) -> Readings:
        """Spread over the given rows: rows[i] is the distinct text that text i is."""
        scores = self._scores()
        classes = np.stack([scores[:, :7].sum(1), scores[:, 7:9].sum(1), scores[:, 9:].sum(1)], axis=1)
        abstain = self._empty | (classes.max(1) < self._calibration.certain)
        points = self._spoken_of()
        generated = self._generated()
        return Readings(
            scores=scores[rows],
            score=(scores @ SCORES)[rows],
            p_detractor=classes[rows, 0],
            p_passive=classes[rows, 1],
            p_promoter=classes[rows, 2],
            emotions=self._emotions()[rows],
            touchpoints=None if points is None else [points[row] for row in rows],
            advocacy=self._balance("advocacy", rows),
            leaving=self._leaving(rows),
            speaker=self._speaker(rows),
            effort=self._balance("effort", rows),
            p_generated=None if generated is None else generated[rows],
            abstain=abstain[rows],
            lang=lang,
            model=model,
            embedding=embedding[rows],
        )

    def inventories(self) -> dict[str, Floats]:
        """Probabilities of the heads that answer in the words of a corpus."""
        heads = {name: logits for name, logits in self._logits.items() if name not in OWN_HEADS}
        return {name: self._silenced(sigmoid(logits)) for name, logits in heads.items()}

    def _scores(self) -> Floats:
        logits = self._logits["score"].astype(np.float64) / self._calibration.score_temperature
        logits += np.asarray(self._calibration.score_offset or [0.0] * len(SCORES))
        logits[self._empty] = 0.0
        return softmax(logits)

    def _emotions(self) -> Floats:
        slope = np.asarray(self._calibration.emotion_slope or [1.0] * len(EMOTIONS))
        offset = np.asarray(self._calibration.emotion_offset or [0.0] * len(EMOTIONS))
        return self._silenced(sigmoid(self._logits["footprint"] * slope + offset))

    def _generated(self) -> Floats | None:
        fit = self._calibration.generated
        if "generated" not in self._logits or fit is None:
            return None
        return self._silenced(sigmoid(self._logits["generated"] * fit[0] + fit[1]))[:, 0]

    def _stance(self, question: str) -> Floats | None:
        """Probabilities of the answers to a question, (texts, answers); None where not fit to show."""
        temperature = self._calibration.stances.get(question)
        if temperature is None or question not in self._logits:
            return None
        return softmax(self._logits[question] / temperature)

    def _balance(self, question: str, rows: NDArray[np.intp]) -> Floats | None:
        """Third answer minus first, -1..1; 0 for a text with nothing to read."""
        p = self._stance(question)
        return None if p is None else self._silenced(p[:, 2:3] - p[:, :1])[rows, 0]

    def _leaving(self, rows: NDArray[np.intp]) -> Floats | None:
        p = self._stance("leaving")
        return None if p is None else self._silenced(p[:, 1:])[rows, 0]

    def _speaker(self, rows: NDArray[np.intp]) -> list[str] | None:
        p = self._stance("speaker")
        if p is None:
            return None
        likeliest = np.where(self._empty, SPEAKERS.index("unclear"), p.argmax(1))
        return [SPEAKERS[place] for place in likeliest[rows]]

    def _silenced(self, p: Floats) -> Floats:
        """Nothing is said of a text with nothing to read."""
        return np.where(self._empty[:, None], 0.0, p).astype(np.float32)

    def _spoken_of(self) -> list[list[Touchpoint]] | None:
        if "touchpoints" not in self._logits or not self._touchpoints:
            return None
        p = self._silenced(sigmoid(self._logits["touchpoints"]))
        choices = self._logits["polarities"].reshape(len(p), len(self._touchpoints), 3).astype(np.float64)
        odds = softmax(choices)
        polarity = odds[..., 2] - odds[..., 0]
        found = p >= np.asarray(self._calibration.thresholds.get("touchpoints", self._calibration.certain))
        return [
            [
                Touchpoint(self._touchpoints[k], float(polarity[i, k]), float(p[i, k]))
                for k in np.flatnonzero(row)
            ]
            for i, row in enumerate(found)
        ]


def softmax(logits: Floats | NDArray[np.float64]) -> Floats:
    """Probabilities over the last axis, float32."""
    p = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(p / p.sum(-1, keepdims=True), dtype=np.float32)


def sigmoid(logits: Floats | NDArray[np.float64]) -> Floats:
    """Logistic function, stable at both ends, float32."""
    halved = 0.5 * np.asarray(logits, dtype=np.float64)
    return np.asarray(0.5 * (1.0 + np.tanh(halved)), dtype=np.float32)
