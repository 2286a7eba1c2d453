"""How a reader behaves: small tests of one capability each, in eight languages.

In the manner of CheckList (Ribeiro et al. 2020, arXiv 2005.04118). Three types of test:

- MFT, minimum functionality: a short text whose side is beyond doubt is read on that side.
- DIR, directional: of two or three texts, each scores higher than the one before it.
- INV, invariance: a change that means nothing (a slip, capitals, a brand, the language) does not move
  the score by more than a point. A reader that says the same of every text passes that, so beside the
  rate stands `right`: unmoved and on the side of the author's score.

The texts were written for this project and are never trained on: `own/behaviour_<lang>.toml`, and for
the invariances the 100 reviews in eight languages of `own/test_swap.jsonl`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from models.training.behaviour_noise import NOISES
from models.training.corpora import OWN, CorpusError, Row, read_rows
from models.training.metrics import Estimate

Kind = Literal["MFT", "INV", "DIR"]
Side = Literal["negative", "neutral", "positive"]

LANGUAGES = ("en", "lv", "lt", "et", "cs", "ru", "pl", "de")
SIDES: Mapping[Side, tuple[float, float]] = {
    "negative": (0, 4.5),
    "neutral": (4.5, 7.5),
    "positive": (7.5, 10),
}
"""Where the mean score of a text must lie: the scores of SENTIMENT_SCORES, half a point to either side."""
TOLERANCE = 1.0
"""Points by which a change without meaning may move a score."""
MARGIN = 0.1
"""Points by which a score must rise where the text says more."""
BRANDS = ("Nordvik", "Telora", "Omnira", "Bravo", "Fiasco", "Paradise")
"""Made-up names; half of them are words with a ring, which is what a careless reader falls for."""
WORST = 3
FOLDER = Path(__file__).parent / OWN
SWAP = FOLDER / "test_swap.jsonl"
MEANINGS: Mapping[str, str] = {
    "negation": "a negated text is read on its true side",
    "idioms": "set phrases (`cannot praise it enough`) are read on their side",
    "irony": "ironic praise is read as blame, and the other way round",
    "code_switching": "two languages in one text are read on their side",
    "intensifiers": "`extremely` moves a score outwards, `somewhat` inwards",
    "contrast": "what follows `but` weighs more, in both orders",
    "emoji": "a plain text with a kind emoji scores above the same with an angry one",
    "mixed": "half good, half bad lies between all bad and all good",
    "brands": "another brand in the same text does not move the score",
    "typos": "slips in one word of six do not move the score",
    "missing_diacritics": "letters without their marks do not move the score",
    "transliteration": "Russian in Latin letters scores as in Cyrillic",
    "capitals": "all capitals do not move the score",
    "language_swap": "the same review lies within a point of its mean over eight languages",
}


class Scored(Protocol):
    """What a reader gives back: `score`, (n,) in 0..10."""

    @property
    def score(self) -> NDArray[np.float32]: ...


class ReadsTexts(Protocol):
    """A reader, as far as this module needs one."""

    def read(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> Scored: ...


@dataclass(frozen=True)
class Case:
    """One test. MFT: one text. DIR: texts from low to high. INV: the text judged, then what it is held to."""

    capability: str
    kind: Kind
    lang: str
    texts: tuple[str, ...]
    side: Side | None = None


@dataclass(frozen=True)
class Outcome:
    """A case with the scores of its texts."""

    case: Case
    scores: tuple[float, ...]

    @property
    def missed(self) -> float:
        """Points by which the case failed; 0 or less where it passed."""
        if self.case.kind == "MFT":
            return _outside(self.scores[0], self.case.side)
        if self.case.kind == "DIR":
            return MARGIN - float(np.diff(self.scores).min())
        return abs(self.scores[0] - float(np.mean(self.scores[1:]))) - TOLERANCE

    @property
    def passed(self) -> bool:
        """Whether the reader did what the case asks."""
        return self.missed <= 0

    @property
    def right(self) -> bool:
        """Whether it did, and read the text on its side."""
        return self.passed and _outside(self.scores[0], self.case.side) <= 0


def _outside(score: float, side: Side | None) -> float:
    if side is None:
        return 0.0
    low, high = SIDES[side]
    return max(low - score, score - high, 0.0)


def behaviour(reader: ReadsTexts, *, limit: int | None = None) -> dict[str, Any]:
    """Pass rates by capability and language, with the worst failures, as plain data that `json` can write.

    `limit` takes a seeded sample of at most so many cases of each capability and language. Rates have
    Wilson intervals that take cases for independent; those of the invariances share their meanings over
    the languages, so the true ones are wider.
    """
    cases = list(sampled(all_cases(), limit))
    langs = {text: case.lang for case in cases for text in case.texts}
    read = reader.read(list(langs), list(langs.values()))
    scores = dict(zip(langs, (float(score) for score in read.score), strict=True))
    outcomes = [Outcome(case, tuple(scores[text] for text in case.texts)) for case in cases]
    return {
        "sides": {side: list(ends) for side, ends in SIDES.items()},
        "tolerance": TOLERANCE,
        "margin": MARGIN,
        "texts": len(langs),
        "capabilities": {
            name: _capability(name, [o for o in outcomes if o.case.capability == name]) for name in MEANINGS
        },
    }


def _capability(name: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    by_lang = {lang: [o for o in outcomes if o.case.lang == lang] for lang in LANGUAGES}
    failed = sorted((o for o in outcomes if not o.passed), key=lambda o: -o.missed)
    return {
        "type": outcomes[0].case.kind,
        "means": MEANINGS[name],
        **_rates(outcomes),
        "languages": {lang: _rates(found) for lang, found in by_lang.items() if found},
        "worst": [_shown(outcome) for outcome in failed[:WORST]],
    }


def _rates(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    n = len(outcomes)
    rates: dict[str, Any] = {"n": n, "rate": wilson(sum(o.passed for o in outcomes), n).plain()}
    if outcomes[0].case.kind == "INV":
        rates["right"] = wilson(sum(o.right for o in outcomes), n).plain()
    return rates


def _shown(outcome: Outcome) -> dict[str, Any]:
    """A failure as a person needs it: of an invariance, the text and what it was held to."""
    scores = outcome.scores
    if outcome.case.kind == "INV":
        scores = (scores[0], float(np.mean(scores[1:])))
    return {
        "lang": outcome.case.lang,
        "texts": list(outcome.case.texts[: 1 if outcome.case.kind == "INV" else None]),
        "expected": outcome.case.side,
        "scores": [round(score, 2) for score in scores],
        "missed": round(outcome.missed, 2),
    }


def wilson(hits: int, n: int, z: float = 1.96) -> Estimate:
    """A share with its Wilson score interval (Wilson 1927), 95 % for z = 1.96."""
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * float(np.sqrt(share * (1 - share) / n + spread / (4 * n))) / (1 + spread)
    return Estimate(share, max(middle - half, 0.0), min(middle + half, 1.0))


def sampled(cases: Iterable[Case], limit: int | None) -> Iterator[Case]:
    """All cases, or a seeded sample of at most `limit` of each capability and language."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.capability, case.lang), []).append(case)
    for found in groups.values():
        order = np.random.default_rng(len(found)).permutation(len(found))
        yield from (found[i] for i in (sorted(order[:limit]) if limit else range(len(found))))


def all_cases() -> Iterator[Case]:
    """Every case of the suite."""
    for lang in LANGUAGES:
        yield from written_cases(lang)
    rows = list(read_rows(SWAP, "test"))
    yield from noisy_cases(rows)
    yield from swapped_cases(rows)


def written_cases(lang: str) -> Iterator[Case]:
    """Those written for one language; the name of a list says what it asks of its texts."""
    path = FOLDER / f"behaviour_{lang}.toml"
    for capability, lists in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for name, entries in lists.items():
            if name in SIDES:
                yield from _sided_cases(capability, lang, name, entries)
            elif name in ("rising", "between"):
                yield from (Case(capability, "DIR", lang, tuple(entry)) for entry in entries)
            else:
                known = ", ".join((*SIDES, "rising", "between"))
                raise CorpusError(f"{path.name} [{capability}] has a list {name!r}; name it one of {known}")


def _sided_cases(capability: str, lang: str, side: Side, entries: Iterable[str]) -> Iterator[Case]:
    for entry in entries:
        if capability != "brands":
            yield Case(capability, "MFT", lang, (entry,), side)
            continue
        named = [entry.format(brand=brand) for brand in BRANDS]
        yield from (Case(capability, "INV", lang, (text, *named), side) for text in named)


def noisy_cases(rows: Iterable[Row]) -> Iterator[Case]:
    """Each review with each noise of its language, held to the review as written."""
    for row in rows:
        for capability, changes in NOISES.items():
            change = changes.get(row["lang"])
            changed = change(row["text"]) if change else row["text"]
            if changed != row["text"]:
                yield Case(capability, "INV", row["lang"], (changed, row["text"]), side_of(row["value"]))


def swapped_cases(rows: Iterable[Row]) -> Iterator[Case]:
    """Each review, held to all versions of its meaning."""
    versions: dict[str, list[Row]] = {}
    for row in rows:
        versions.setdefault(row["group"], []).append(row)
    for group in versions.values():
        texts = tuple(row["text"] for row in group)
        for row in group:
            yield Case("language_swap", "INV", row["lang"], (row["text"], *texts), side_of(row["value"]))


def side_of(value: float) -> Side:
    """The side of an author's score 0..10: 0-4, 5-7, 8-10."""
    return next(side for side, (_, high) in SIDES.items() if value <= high)


def behaviour_table(report: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a table of pass rates, one row a capability, for the card."""
    head = ["capability", "type", "cases", "pass rate", "and right", *LANGUAGES]
    return head, [_table_row(name, found) for name, found in report["capabilities"].items()]


def _table_row(name: str, found: Mapping[str, Any]) -> list[str]:
    rates = [found["languages"].get(lang) for lang in LANGUAGES]
    each = ["-" if rate is None else f"{rate['rate']['value']:.2f}" for rate in rates]
    whole = [f"{{{key}[value]:.2f}} [{{{key}[low]:.2f}}, {{{key}[high]:.2f}}]" for key in ("rate", "right")]
    right = whole[1].format(**found) if "right" in found else "-"
    return [name.replace("_", " "), found["type"], str(found["n"]), whole[0].format(**found), right, *each]


def behaviour_failures(report: Mapping[str, Any]) -> list[str]:
    """The worst failure of each capability, one line each, for the card."""
    return [
        f"{name.replace('_', ' ')} ({worst['lang']}): {' | '.join(worst['texts'])} -> "
        f"{', '.join(f'{score:.1f}' for score in worst['scores'])}"
        for name, found in report["capabilities"].items()
        for worst in found["worst"][:1]
    ]
