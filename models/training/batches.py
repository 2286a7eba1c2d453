"""Draws from the corpora, balanced over sets and languages, as batches of similar length.

A draw is a pure function of the seed and the number of draws so far, so a resumed run continues the
stream it left.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.training.corpora import Cell, Row, joined
from models.training.labels import (
    INVENTORIES,
    POLARITIES,
    SCORES,
    SENTIMENT_SCORES,
    TOUCHPOINTS,
    allowed_scores,
    intent_touchpoints,
    known_labels,
    known_touchpoints,
    overall_sentiment,
    touchpoints_of,
)

PREFIX = "query: "
"""What the encoder was pretrained to see before a text."""
PAD = 1
POOL = 2048
_CASES = ((0.03, str.upper), (0.05, str.lower))
_BARE = 0.06


@dataclass
class Targets:
    """Labels of a batch of n texts; what a text does not say is masked or left open."""

    allowed: Tensor
    noise: Tensor
    emotions: dict[str, tuple[Tensor, Tensor, Tensor]]
    """By inventory: indices of the texts, targets (m, k), known (m, k)."""
    touchpoints: Tensor
    touchpoints_known: Tensor
    polarities: Tensor
    generated: Tensor
    generated_known: Tensor


@dataclass
class Batch:
    """Token ids and mask (n, l), and the labels."""

    ids: Tensor
    mask: Tensor
    targets: Targets


@dataclass
class Stream:
    """An endless, seeded stream of batches. `drawn` is its whole state."""

    cells: Sequence[Cell]
    tokenizer: Tokenizer
    seed: int
    max_length: int
    batch_tokens: int
    drawn: int = 0
    _orders: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def pools(self) -> Iterator[list[Batch]]:
        """Pools of batches: draw POOL texts, sort by length, cut by tokens, shuffle."""
        while True:
            dice = random.Random(f"{self.seed} {self.drawn}")  # noqa: S311 - draws, not secrets
            draws = self._draw(dice)
            encoded = [(self._ids(text), row, cell) for text, row, cell in draws]
            encoded.sort(key=lambda e: len(e[0]))
            batches = [self._batch(part) for part in _cut(encoded, self.batch_tokens)]
            dice.shuffle(batches)
            self.drawn += POOL
            yield batches

    def _draw(self, dice: random.Random) -> list[tuple[str, Row, Cell]]:
        """Systematic draws: each cell gets its share of the stream, its rows in shuffled turns."""
        found = []
        for index, cell in enumerate(self.cells):
            first, last = (int(cell.share * n) for n in (self.drawn, self.drawn + POOL))
            for place in range(first, last):
                row = cell.rows[self._turn(index, place)]
                found.append((varied(joined(row), dice), row, cell))
        return found

    def _turn(self, index: int, place: int) -> int:
        size = len(self.cells[index].rows)
        epoch, at = divmod(place, size)
        if (index, epoch) not in self._orders:
            order = list(range(size))
            random.Random(f"{self.seed} {index} {epoch}").shuffle(order)  # noqa: S311
            self._orders.pop((index, epoch - 2), None)
            self._orders[index, epoch] = order
        return self._orders[index, epoch][at]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(PREFIX + text).ids
        return head_and_tail(ids, self.max_length)

    def _batch(self, part: Sequence[tuple[list[int], Row, Cell]]) -> Batch:
        longest = max(len(ids) for ids, _, _ in part)
        ids = torch.full((len(part), longest), PAD)
        for place, (tokens, _, _) in enumerate(part):
            ids[place, : len(tokens)] = torch.tensor(tokens)
        return Batch(ids, ids != PAD, targets([(row, cell) for _, row, cell in part]))


def head_and_tail(ids: list[int], limit: int) -> list[int]:
    """A long text as its first two thirds and its last third of `limit` tokens."""
    if len(ids) <= limit:
        return ids
    head = limit * 2 // 3
    return ids[:head] + ids[len(ids) - (limit - head) :]


def _cut(
    encoded: list[tuple[list[int], Row, Cell]], budget: int
) -> Iterator[list[tuple[list[int], Row, Cell]]]:
    part: list[tuple[list[int], Row, Cell]] = []
    for item in encoded:
        if part and (len(part) + 1) * len(item[0]) > budget:
            yield part
            part = []
        part.append(item)
    if part:
        yield part


def varied(text: str, dice: random.Random) -> str:
    """The text, or now and then what hurried people write: capitals, no capitals, no diacritics."""
    for chance, change in _CASES:
        if dice.random() < chance:
            text = change(text)
    return without_diacritics(text) if dice.random() < _BARE else text


def without_diacritics(text: str) -> str:
    """Latin letters without their marks; other scripts as they are."""
    return "".join(_bare(c) for c in text)


def _bare(character: str) -> str:
    if character.isascii():
        return character
    parts = unicodedata.normalize("NFD", character)
    return parts[0] if parts[0].isascii() else character


def targets(rows: Sequence[tuple[Row, Cell]]) -> Targets:
    """The labels of a batch, from corpus rows."""
    scores = [_scores(row) for row, _ in rows]
    points = [touchpoint_labels(row) for row, _ in rows]
    generated = [row.get("label") if cell.source.task == "authenticity" else None for row, cell in rows]
    labelled = [scored is not None for scored in scores]
    noise = [cell.source.noise if has else 0.0 for (_, cell), has in zip(rows, labelled, strict=True)]
    return Targets(
        allowed=torch.tensor([[s is None or k in s for k in range(SCORES)] for s in scores]),
        noise=torch.tensor(noise),
        emotions=_emotions([row for row, _ in rows]),
        touchpoints=torch.tensor([p[0] for p in points]),
        touchpoints_known=torch.tensor([p[1] for p in points]),
        polarities=torch.tensor([p[2] for p in points]),
        generated=torch.tensor([float(g == "generated") for g in generated]),
        generated_known=torch.tensor([float(g is not None) for g in generated]),
    )


def _scores(row: Row) -> range | None:
    if row.get("value") is not None and row.get("scale"):
        return allowed_scores(float(row["value"]), *(float(end) for end in row["scale"]))
    label = row.get("label")
    if row.get("taxonomy") and _is_aspects(row):
        label = overall_sentiment(item.get("polarity") for item in row["labels"])
    return SENTIMENT_SCORES.get(str(label))


def _is_aspects(row: Row) -> bool:
    return isinstance(row.get("labels"), list) and all(isinstance(item, dict) for item in row["labels"])


def _emotions(rows: Sequence[Row]) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
    found: dict[str, tuple[Tensor, Tensor, Tensor]] = {}
    for taxonomy, inventory in INVENTORIES.items():
        places = [i for i, row in enumerate(rows) if row.get("taxonomy") == taxonomy]
        if places:
            target = [[float(name in rows[i]["labels"]) for name in inventory] for i in places]
            known = [[float(k) for k in known_labels(taxonomy, str(rows[i].get("lang")))] for i in places]
            found[taxonomy] = (torch.tensor(places), torch.tensor(target), torch.tensor(known))
    return found


def touchpoint_labels(row: Row) -> tuple[list[float], list[float], list[int]]:
    """Present, known and polarity (-1: unknown) of each touchpoint."""
    size = len(TOUCHPOINTS)
    present, known, polarity = [0.0] * size, [0.0] * size, [-1] * size
    taxonomy = str(row.get("taxonomy") or "")
    if taxonomy in INVENTORIES or not _is_aspects(row):
        return present, known, polarity
    for name in known_touchpoints(taxonomy):
        known[TOUCHPOINTS.index(name)] = 1.0
    for item in row["labels"]:
        aspect = str(item["aspect"])
        for name in intent_touchpoints(aspect) if taxonomy == "banking77" else touchpoints_of(aspect):
            place = TOUCHPOINTS.index(name)
            present[place] = known[place]
            polarity[place] = _merged(polarity[place], item.get("polarity")) if known[place] else -1
    return present, known, polarity


def _merged(before: int, polarity: str | None) -> int:
    """Two aspects of one touchpoint: equal polarities stay, different ones are mixed (neutral)."""
    if polarity is None:
        return before
    now = POLARITIES.index(polarity) if polarity in POLARITIES else POLARITIES.index("neutral")
    return now if before in (-1, now) else POLARITIES.index("neutral")
