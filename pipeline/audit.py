"""Audits: a random sample that a person labels, and what the labels say of the reader on this brand's texts.

Labels of random samples debias the estimate (PPI++, `pipeline.quantify`), and the natural NPS with it
(`pipeline.powered`). Corrections of single readings are chosen by a person, not by chance: each is its
mention's score, and never part of an estimate from samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.readings import EMOTIONS
from pipeline import estimate, labels, quantify, tables
from pipeline.errors import InputError
from pipeline.estimate import Difference, Score
from pipeline.facts import Cut, Facts
from pipeline.files import file_name, whole
from pipeline.home import Home
from pipeline.labels import ImportReport, Sample
from pipeline.numbers import Figure, natural_nps
from pipeline.question import Question
from pipeline.snapshot import Snapshot
from pipeline.sql import query

FEWEST = 10
"""With fewer labels the reader's error is not told."""
_SHEET = (
    "id", "sample", "version", "brand", "source", "lang", "published_at", "url", "title", "text", "score",
    "emotions", "touchpoints", "bot", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample that was drawn: `size` of `population` votes of a brand, in a sheet."""

    sample: str
    brand: str
    seed: int
    population: int
    size: int
    path: str


def sample(
    home: Home, size: int, brand: str | None = None, *, seed: int = 0, out: Path | None = None
) -> Drawn:
    """Draw a stratified random sample of a brand's votes and write the sheet to fill in, by default in
    `exports/`; the sample itself goes to the inbox.

    Strata are source kind, language and likeliest class, each in its share: every vote is as likely to be
    drawn as any other. Raises InputError for an unknown brand, a brand without texts or a size below 1.
    """
    with Snapshot.open(home) as snapshot:
        name = _brand(snapshot, brand)
        population = _population(snapshot, name)
        if size < 1 or not population:
            what = f"{name} has no texts to sample" if size >= 1 else f"A sample of {size} is none"
            raise InputError(
                what, where="audit sample", next_step="collect first, or ask for one text or more"
            )
        ids = systematic([row[0] for row in population], [row[2:] for row in population], size, seed)
        mark = f"{file_name(name)}-{snapshot.generation}-{seed}-{len(ids)}"
        path = out or home.exports / f"audit-{mark}.csv"
        _write_sheet(path, mark, _texts(snapshot, name, ids))
        made = snapshot.meta.made_at or datetime.now(UTC)
    drawn = Sample(
        sample=mark, brand=name, seed=seed, population=len(population), mention_ids=ids, made_at=made
    )
    labels.lay(home, sample=drawn)
    return Drawn(mark, name, seed, len(population), len(ids), str(path))


def _brand(snapshot: Snapshot, brand: str | None) -> str:
    notes = snapshot.meta.brands
    own = [note.name for note in notes if not note.competitor] or [note.name for note in notes]
    if brand is None and own:
        return own[0]
    if brand in {note.name for note in notes} and brand is not None:
        return brand
    names = ", ".join(note.name for note in notes)
    raise InputError(f"No brand is called {brand!r}", where="--brand", next_step=f"there are: {names}")


def _population(facts: Facts, brand: str) -> list[tuple[Any, ...]]:
    return (
        facts.cursor()
        .execute(query("numbers.votes") + query("audit.population"), _asked(facts, brand))
        .fetchall()
    )


def _asked(facts: Facts, brand: str) -> dict[str, Any]:
    return Question(Cut(brands=(brand,)), instrument="text").params(facts.meta, spoken=True)


def systematic(ids: Sequence[str], strata: Sequence[Any], size: int, seed: int) -> list[str]:
    """A random sample of `size` ids without replacement, spread over the strata in their shares.

    Systematic sampling from a random start through a list that is shuffled inside each stratum (Madow 1949):
    each id is drawn with probability size / n. All of them where `size` is not smaller than n.
    """
    n = len(ids)
    if size >= n:
        return sorted(ids)
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(n)
    order = sorted(shuffled, key=lambda place: str(strata[place]))
    step = n / size
    places = np.floor(rng.uniform(0, step) + step * np.arange(size)).astype(int)
    return sorted(ids[order[min(place, n - 1)]] for place in places)


def _texts(snapshot: Snapshot, brand: str, ids: list[str]) -> list[dict[str, Any]]:
    return snapshot.rows("audit.texts", {"brand": brand, "ids": ids})


def _write_sheet(path: Path, mark: str, rows: Iterable[dict[str, Any]]) -> None:
    schema = pa.schema([(name, pa.string()) for name in _SHEET])
    filled = [
        {**{name: None if row.get(name) is None else str(row[name]) for name in _SHEET},
         "id": row["mention_id"], "sample": mark, "text": _whole_text(row)}
        for row in rows
    ]  # fmt: skip
    with whole(path) as file:
        tables.write(pa.Table.from_pylist(filled, schema=schema).to_batches(), schema, file, "csv", bom=True)


def _whole_text(row: dict[str, Any]) -> str:
    marked = [f"+ {line}" for line in row["pros"] or ()] + [f"- {line}" for line in row["cons"] or ()]
    return "\n".join(filter(None, [row["text"], *marked]))


def take_sheet(home: Home, path: Path) -> ImportReport:
    """Read a filled sheet and lay its labels in the inbox. Rows without a `sample` are corrections.

    Raises InputError if the file cannot be read or no row of it says anything.
    """
    report = ImportReport()
    found = list(labels.labels_of(labels.read_sheet(path), datetime.now(UTC), report))
    if not found:
        why = f": {report.rejected[0]}" if report.rejected else ""
        raise InputError(
            f"No row says anything{why}", where=str(path), next_step="fill in score, emotions or bot"
        )
    labels.lay(home, labels=found)
    return report


@dataclass(frozen=True, slots=True)
class EmotionError:
    """Of the texts labelled for emotions: the share labelled with this one, and the mean the reader gave."""

    emotion: str
    said: float
    read: float
    n: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What the labels of random samples say of the reader on one brand's texts; None where too few say it.

    `mean_error` is read - labelled score in points of 0..10, `absolute_error` its mean size. `error` is read
    - labelled NPS on the labelled texts. `class_agreement` is the share whose likeliest class is the labelled
    one. `corrected` is the NPS of all texts by PPI++, beside `read`, that of the readings, and `label_nps`,
    that of the labels alone; `weight` is how far the reader's word counted.
    """

    brand: str
    samples: tuple[str, ...]
    labelled: int
    scored: int
    mean_error: float | None
    absolute_error: float | None
    class_agreement: Score | None
    error: Difference | None
    label_nps: Score | None
    read: Figure | None
    corrected: float | None
    corrected_low: float | None
    corrected_high: float | None
    weight: float | None
    emotions: tuple[EmotionError, ...]
    bots: Score | None
    missed_bots: int
    corrections: int
    stale: int


def report(snapshot: Snapshot, brand: str | None = None) -> list[Audit]:
    """The audit of each brand that has labels, or of one."""
    names = [brand] if brand else [note.name for note in snapshot.meta.brands]
    found = [_audit(snapshot, _brand(snapshot, name)) for name in names]
    return [item for item in found if item.labelled or item.corrections or item.stale or brand]


def _audit(snapshot: Snapshot, brand: str) -> Audit:
    rows = snapshot.rows("audit.labelled", {"brand": brand})
    drawn = _newest_of_each([row for row in rows if row["sample"] is not None])
    scored = [row for row in drawn if row["said_score"] is not None and row["p_promoter"] is not None]
    bots = [row["said_bot"] for row in drawn if row["said_bot"] is not None]
    everything = snapshot.rows("audit.count", {"brand": brand})[0]
    return Audit(
        brand=brand,
        samples=tuple(sorted({row["sample"] for row in drawn})),
        labelled=len(drawn),
        scored=len(scored),
        **_errors(scored),
        **_corrected(snapshot, brand, scored),
        emotions=_emotions(drawn),
        bots=estimate.share(np.asarray(bots, dtype=float)) if len(bots) >= FEWEST else None,
        missed_bots=sum(bool(row["said_bot"]) and not row["set_aside"] for row in drawn),
        corrections=sum(row["sample"] is None for row in rows),
        stale=int(everything["labels"]) - len(rows),
    )


def _newest_of_each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A text in two samples counts once, by its newest label; rows come in order of time."""
    return list({row["mention_id"]: row for row in rows}.values())


def _class(score: int) -> int:
    return 1 if score >= 9 else 0 if score >= 7 else -1


def _errors(rows: list[dict[str, Any]]) -> dict[str, Any]:
    if len(rows) < FEWEST:
        return dict.fromkeys(("mean_error", "absolute_error", "class_agreement", "error", "label_nps"))
    off = np.array([row["score"] - row["said_score"] for row in rows])
    said = np.array([_class(row["said_score"]) for row in rows])
    likely = np.array([_likely(row) for row in rows])
    f = _balance(rows)
    clusters = np.array([row["cluster"] for row in rows])
    return {
        "mean_error": float(off.mean()),
        "absolute_error": float(np.abs(off).mean()),
        "class_agreement": estimate.share((said == likely).astype(float), None, clusters),
        "error": _mean(100 * (f - said), clusters),
        "label_nps": estimate.score(estimate.moments(said == 1, said == -1, clusters)),
    }


def _likely(row: dict[str, Any]) -> int:
    return int(np.argmax([row["p_detractor"], row["p_passive"], row["p_promoter"]])) - 1


def _balance(rows: list[dict[str, Any]]) -> NDArray[np.float64]:
    return np.array([row["p_promoter"] - row["p_detractor"] for row in rows])


def _mean(values: NDArray[np.float64], clusters: NDArray[np.uint64]) -> Difference:
    """A mean with its 95 % interval: PPI with nothing to lean on is the clustered mean."""
    found = quantify.prediction_powered(values, np.zeros(len(values)), [], clusters=clusters)
    return _interval(found.value, found.se)


def _interval(value: float, se: float) -> Difference:
    """A value against zero."""
    zero = Score(0.0, 0.0, 0.0, 0.0, 0.0, 0, 0.0)
    return estimate.difference(zero, Score(value, value, value, se, se, 0, 0.0))


def _corrected(snapshot: Snapshot, brand: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    figures = natural_nps(snapshot, Cut(brands=(brand,)), instrument="text")
    read = figures[0] if figures else None
    empty = dict.fromkeys(("corrected", "corrected_low", "corrected_high", "weight"))
    if len(rows) < FEWEST:
        return {"read": read, **empty}
    asked = query("numbers.votes") + query("audit.unlabelled")
    rest = [row[0] for row in snapshot.cursor().execute(asked, _asked(snapshot, brand)).fetchall()]
    said = np.array([_class(row["said_score"]) for row in rows], dtype=float)
    clusters = np.array([row["cluster"] for row in rows])
    found = quantify.prediction_powered(said, _balance(rows), rest, clusters=clusters)
    span = _interval(100 * found.value, 100 * found.se)
    low, high = max(span.low, -100.0), min(span.high, 100.0)
    value = min(max(100 * found.value, -100.0), 100.0)
    return {
        "read": read,
        "corrected": value,
        "corrected_low": low,
        "corrected_high": high,
        "weight": found.weight,
    }


def _emotions(rows: list[dict[str, Any]]) -> tuple[EmotionError, ...]:
    told = [row for row in rows if row["said_emotions"] is not None and row["emotions"] is not None]
    if len(told) < FEWEST:
        return ()
    read = np.array([list(row["emotions"]) for row in told]).mean(axis=0)
    return tuple(
        EmotionError(
            name, float(np.mean([name in row["said_emotions"] for row in told])), float(mean), len(told)
        )
        for name, mean in zip(EMOTIONS, read, strict=True)
    )


def to_dict(audit: Audit) -> dict[str, Any]:
    """JSON-able."""
    return asdict(audit) | {"read": audit.read.to_dict() if audit.read else None}
