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

from models.texts import PREFIX, calmed
from models.training.corpora import Cell, Row, joined
from models.training.labels import (
    INVENTORIES,
    OWN_TOUCHPOINTS,
    POLARITIES,
    SCORES,
    SENTIMENT_SCORES,
    STANCES,
    TOUCHPOINTS,
    allowed_scores,
    known_labels,
    known_touchpoints,
    overall_sentiment,
    spoken_of,
)

PAD = 1
POOL = 2048
HUMAN_WEIGHT = 0.2
_TYPOS = 0.04
_LATINISED = 0.06
_SPELLINGS = {c: (way,) for c, way in zip("абвгдезиклмнопрстуф", "abvgdeziklmnoprstuf", strict=True)} | {
    "ё": ("yo", "e", "jo"), "ж": ("zh", "j", "g"), "й": ("y", "j", "i"), "х": ("h", "kh", "x"),
    "ц": ("c", "ts"), "ч": ("ch", "4"), "ш": ("sh", "w"), "щ": ("sch", "shch", "sh"), "ъ": ("",),
    "ы": ("y", "i"), "ь": ("", "'"), "э": ("e",), "ю": ("yu", "ju", "u"), "я": ("ya", "ja", "ia"),
}  # fmt: skip
_PLAIN = {"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "đ": "d"}


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
    """How much the text counts for the authorship head: 0 where nobody knows."""
    stances: dict[str, Tensor]
    """By question: the place of the answer (n,), -1 where unknown."""


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
        ids: list[int] = self.tokenizer.encode(PREFIX + calmed(text)).ids
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
    """The text, or now and then what hurried people write: no capitals, no diacritics, Russian in Latin
    letters, neighbouring letters swapped."""
    for chance, change in _CHANGES:
        if dice.random() < chance:
            text = change(text)
    text = latinised(text, dice) if dice.random() < _LATINISED else text
    return mistyped(text, dice) if dice.random() < _TYPOS else text


def latinised(text: str, dice: random.Random) -> str:
    """Russian as it is written on a Latin keyboard, in one of the usual spellings; the rest as it is."""
    spelt = {letter: dice.choice(ways) for letter, ways in _SPELLINGS.items()}
    capitals = {letter.upper(): way.capitalize() for letter, way in spelt.items()}
    return text.translate({ord(letter): way for letter, way in (spelt | capitals).items()})


def mistyped(text: str, dice: random.Random) -> str:
    """The text with about one slip in forty characters: two neighbours swapped."""
    letters = list(text)
    for _ in range(1 + len(letters) // 40):
        at = dice.randrange(max(len(letters) - 1, 1))
        letters[at : at + 2] = reversed(letters[at : at + 2])
    return "".join(letters)


def without_diacritics(text: str) -> str:
    """Latin letters without their marks; other scripts as they are."""
    return "".join(_bare(c) for c in text)


def _bare(character: str) -> str:
    if character.isascii() or character in _PLAIN:
        return _PLAIN.get(character, character)
    parts = unicodedata.normalize("NFD", character)
    return parts[0] if parts[0].isascii() else character


_CHANGES = ((0.05, str.lower), (0.08, without_diacritics))


def targets(rows: Sequence[tuple[Row, Cell]]) -> Targets:
    """The labels of a batch, from corpus rows."""
    scores = [_scores(row) for row, _ in rows]
    points = [touchpoint_labels(row) for row, _ in rows]
    labelled = [scored is not None for scored in scores]
    noise = [cell.source.noise if has else 0.0 for (_, cell), has in zip(rows, labelled, strict=True)]
    return Targets(
        allowed=torch.tensor([[s is None or k in s for k in range(SCORES)] for s in scores]),
        noise=torch.tensor(noise),
        emotions=_emotions([row for row, _ in rows]),
        touchpoints=torch.tensor([p[0] for p in points]),
        touchpoints_known=torch.tensor([p[1] for p in points]),
        polarities=torch.tensor([p[2] for p in points]),
        generated=torch.tensor([float(row.get("label") == "generated") for row, _ in rows]),
        generated_known=torch.tensor([_authorship_weight(cell) for _, cell in rows]),
        stances={name: torch.tensor([stance(row, name) for row, _ in rows]) for name in STANCES},
    )


def _authorship_weight(cell: Cell) -> float:
    """Rated texts of every domain were written by people: without them the head only learns hotels."""
    if cell.source.task == "authenticity":
        return 1.0
    return HUMAN_WEIGHT if cell.source.folder == "score" else 0.0


def stance(row: Row, question: str) -> int:
    """The place of a row's answer to a question of STANCES, -1 where it has none."""
    answer = (row.get("meta") or {}).get(question)
    if isinstance(answer, bool):
        answer = "yes" if answer else "no"
    return STANCES[question].index(answer) if answer in STANCES[question] else -1


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
    taxonomy, aspects = _aspects(row)
    if aspects is None:
        return present, known, polarity
    for name in known_touchpoints(taxonomy):
        known[TOUCHPOINTS.index(name)] = 1.0
    for item in aspects:
        for name in spoken_of(taxonomy, str(item["aspect"])):
            place = TOUCHPOINTS.index(name)
            present[place] = known[place]
            polarity[place] = _merged(polarity[place], item.get("polarity")) if known[place] else -1
    return present, known, polarity


def _aspects(row: Row) -> tuple[str, list[dict[str, str | None]] | None]:
    """The inventory and the aspects of a row: its labels, or those beside the emotions of our own sets."""
    own = (row.get("meta") or {}).get(OWN_TOUCHPOINTS)
    if own is not None:
        return OWN_TOUCHPOINTS, own
    taxonomy = str(row.get("taxonomy") or "")
    return taxonomy, None if taxonomy in INVENTORIES or not _is_aspects(row) else row["labels"]


def _merged(before: int, polarity: str | None) -> int:
    """Two aspects of one touchpoint: equal polarities stay, different ones are mixed (neutral)."""
    if polarity is None:
        return before
    now = POLARITIES.index(polarity) if polarity in POLARITIES else POLARITIES.index("neutral")
    return now if before in (-1, now) else POLARITIES.index("neutral")
