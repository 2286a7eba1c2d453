"""Other people's classifiers as the score of our reader, so that a user can compare them on their own texts.

A folder as transformers saves it: config.json, safetensors, tokenizer. Labels are sentiments (negative,
neutral, positive, with or without "very"), stars ("1 star" .. "5 stars") or LABEL_0, LABEL_1, ... from worst
to best, of which there are 2, 3 or 5. What each label says of the score is what it says in training.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.doors import DoorError, version_of
from models.reader import SCORES, Progress, Reader, softmax
from models.readings import Floats, Readings
from models.texts import readable
from models.training.labels import SENTIMENT_SCORES, allowed_scores

BATCH = 16
LONGEST = 512
"""Tokens of a text that are read at most, fewer if the model says so."""
FIVE = ("very negative", "negative", "neutral", "positive", "very positive")
_SHORT = {"neg": "negative", "neu": "neutral", "pos": "positive"}
_STARS = re.compile(r"(\d{1,2})\s*(?:stars?|★|⭐)?")
_NUMBERED = re.compile(r"label (\d{1,2})")
_FROM_WORST = {2: ("negative", "positive"), 3: ("negative", "neutral", "positive"), 5: FIVE}
"""What numbered labels mean, by how many there are."""


def score_ranges(labels: Sequence[str]) -> list[range]:
    """The scores 0..10 that each label stands for. Raises DoorError for labels that say no such thing."""
    words = [label.strip().casefold().replace("_", " ") for label in labels]
    plain = [_SHORT.get(word, word) for word in words]
    count = len(plain)
    if count > 1 and _numbers(_STARS, plain) == list(range(1, count + 1)):
        return [allowed_scores(star, 1, count) for star in _found(_STARS, plain)]
    if _numbers(_NUMBERED, plain) == list(range(count)) and count in _FROM_WORST:
        plain = [_FROM_WORST[count][place] for place in _found(_NUMBERED, plain)]
    if len(set(plain)) == count and {"negative", "positive"} <= set(plain) <= set(FIVE):
        return [_sentiment(name, count) for name in plain]
    raise DoorError(
        f"labels {', '.join(map(repr, labels))} are neither sentiments nor stars; rename them in config.json "
        "(id2label) to negative, neutral, positive or 1 star .. 5 stars"
    )


def _found(shape: re.Pattern[str], words: Sequence[str]) -> list[int]:
    return [int(found[1]) for found in map(shape.fullmatch, words) if found]


def _numbers(shape: re.Pattern[str], words: Sequence[str]) -> list[int]:
    return sorted(_found(shape, words))


def _sentiment(name: str, count: int) -> range:
    if count <= len(SENTIMENT_SCORES) and name in SENTIMENT_SCORES:
        return SENTIMENT_SCORES[name]
    return allowed_scores(FIVE.index(name) + 1, 1, len(FIVE))


class ScoreHead:
    """A sequence classifier in a folder, as a distribution over the scores 0..10."""

    def __init__(self, folder: Path) -> None:
        config = _checked_config(folder)
        names = config.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
        labels = [str(names[key]) for key in sorted(names, key=int)]
        self._spread = np.zeros((len(labels), len(SCORES)), dtype=np.float32)
        for row, scores in zip(self._spread, score_ranges(labels), strict=True):
            row[list(scores)] = 1 / len(scores)
        self._model, self._tokenizer = _loaded(folder)
        limits = (LONGEST, self._tokenizer.model_max_length, _positions(config))
        self._longest = min(int(limit) for limit in limits if limit)

    def scores(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """(n, 11): what the model makes of each text, spread evenly over the scores a label stands for."""
        import torch

        result = np.zeros((len(texts), len(SCORES)), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for first in range(0, len(order), BATCH):
            places = order[first : first + BATCH]
            batch = self._tokenizer(
                [texts[place] for place in places],
                padding=True, truncation=True, max_length=self._longest, return_tensors="pt",
            )  # fmt: skip
            with torch.inference_mode():
                logits = self._model(**batch).logits.float().numpy()
            result[places] = softmax(logits) @ self._spread
            if progress is not None:
                progress(first + len(places), len(texts))
        return result


def _checked_config(folder: Path) -> dict[str, Any]:
    """config.json of a folder that holds a classifier in safetensors and no code."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DoorError(f"{folder}/config.json cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise DoorError(f"{folder}/config.json is not an object; is this a folder of transformers?")
    if "auto_map" in config:
        raise DoorError(f"{folder} brings code of its own (auto_map), which is never run")
    if not any(folder.glob("*.safetensors")):
        raise DoorError(
            f"{folder} holds no .safetensors; pickled weights are never opened: convert them first"
        )
    kinds = config.get("architectures") or []
    if not any(str(kind).endswith("ForSequenceClassification") for kind in kinds):
        raise DoorError(f"{folder} is {', '.join(map(str, kinds)) or 'a model'}, not a sequence classifier")
    if config.get("problem_type") in ("multi_label_classification", "regression"):
        raise DoorError(f"{folder} does {config['problem_type']}; one label a text is needed")
    return config


def _loaded(folder: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **given)
        model = AutoModelForSequenceClassification.from_pretrained(
            str(folder), use_safetensors=True, dtype=torch.float32, **given
        )
    except Exception as error:  # transformers raises whatever the file at fault made it stumble over
        raise DoorError(f"{folder} cannot be loaded by transformers: {error}") from error
    if tokenizer.pad_token is None:
        raise DoorError(f"the tokenizer in {folder} names no pad_token; add one to tokenizer_config.json")
    return model.eval(), tokenizer


def _positions(config: dict[str, Any]) -> int | None:
    """Tokens that the model has positions for; RoBERTa's begin behind its padding."""
    known = config.get("max_position_embeddings")
    if known is None:
        return None
    roberta = "roberta" in str(config.get("model_type"))
    return int(known) - (int(config.get("pad_token_id") or 1) + 1 if roberta else 0)


class BorrowedReader(Reader):
    """Our reader with the score of another model; emotions, touchpoints and the rest stay ours."""

    def __init__(self, folder: Path, *, threads: int | None = None, precision: str | None = None) -> None:
        self._head, self._folder = ScoreHead(folder), folder
        super().__init__(threads=threads, precision=precision)

    @cached_property
    def model(self) -> str:
        """Both versions: equal versions give equal readings."""
        return version_of(self._folder)

    def examine(
        self,
        texts: Sequence[str],
        langs: Sequence[str | None] | None = None,
        progress: Progress | None = None,
    ) -> tuple[Readings, dict[str, Floats]]:
        """As Reader.examine, with scores, classes and abstention of the other model."""
        readings, inventories = super().examine(texts, langs, progress)
        distinct = list(dict.fromkeys(texts))
        places = {text: place for place, text in enumerate(distinct)}
        found = self._head.scores([readable(text) for text in distinct], progress)
        scores = found[[places[text] for text in texts]].reshape(len(texts), len(SCORES))
        silent = ~readings.embedding.any(1)
        scores[silent] = 1 / len(SCORES)
        return _with_scores(readings, scores, silent, self.description.calibration.certain), inventories


def _with_scores(readings: Readings, scores: Floats, silent: Any, certain: float) -> Readings:
    classes = np.stack([scores[:, :7].sum(1), scores[:, 7:9].sum(1), scores[:, 9:].sum(1)], axis=1)
    return replace(
        readings,
        scores=scores,
        score=(scores @ SCORES).astype(np.float32),
        p_detractor=classes[:, 0],
        p_passive=classes[:, 1],
        p_promoter=classes[:, 2],
        abstain=silent | (classes.max(1) < certain),
    )
