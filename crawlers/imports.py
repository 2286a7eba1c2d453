"""Owner's files into landing: survey answers and reviews that a brand exports itself. Format:
docs/imports.md."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from crawlers import columns
from crawlers.authors import AuthorHasher
from crawlers.importing import BadRowError, ImportMapping, Ordinal, RowReader, read_date
from crawlers.landing import Landing
from crawlers.mention import Mention, digest, mention_id
from crawlers.parsing import Reject
from crawlers.rows import ImportFileError, Row
from crawlers.tables import Table, open_table

__all__ = ["ImportFileError", "ImportMapping", "ImportReport", "import_file"]

_SAMPLE = 2_000
_NEEDED = "text, title, rating, pros or cons"


class ImportReport(BaseModel):
    """What became of a file.

    `rows` were read; each is `new`, `edited` (its id was known with other content), `known` or rejected.
    `mapping` is what was used, `guessed` names the fields of it that were not given. `columns` are those of
    the file, `left_out` those not kept because they are personal or differ in every row. `broken` says where
    the file broke off; the rows before that have landed.
    """

    file: str
    source: str
    format: str
    encoding: str | None = None
    delimiter: str | None = None
    rows: int = 0
    new: int = 0
    edited: int = 0
    known: int = 0
    rejected: dict[str, int] = {}
    mapping: ImportMapping
    guessed: list[str] = []
    columns: list[str] = []
    left_out: list[str] = []
    broken: str | None = None
    started_at: datetime
    finished_at: datetime

    @property
    def landed(self) -> int:
        """Mentions put down."""
        return self.new + self.edited


def import_file(
    path: Path,
    mapping: ImportMapping,
    landing: Landing,
    hasher: AuthorHasher,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Lands every row of `path` that can become a mention; the others go to the rejects with line and reason.

    Streams: memory does not grow with the file. The same file again lands nothing, a grown one only what is
    new. `progress` is told bytes read and bytes in all.

    Raises ImportFileError if the file cannot be read at all or has neither a text nor a rating column.
    """
    started = datetime.now(UTC)
    table = open_table(path, encoding=mapping.encoding, delimiter=mapping.delimiter, sheet=mapping.sheet)
    plan = _Plan(table, mapping, started)
    source = f"import:{mapping.name or source_name(path)}"
    reader = RowReader(plan.mapping, source, hasher, started, frozenset(plan.left_out))
    table.told = progress
    with Memory(landing.root) as memory:
        counts, rejected = _land(table, reader, landing, memory)
        landing.seal()
        memory.commit()
    return _report(plan, source, counts, rejected)


def _report(plan: _Plan, source: str, counts: Counter[str], rejected: Counter[str]) -> ImportReport:
    table = plan.table
    return ImportReport(
        file=table.path.name,
        source=source,
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        rows=counts.total() + rejected.total(),
        new=counts["new"],
        edited=counts["edited"],
        known=counts["known"],
        rejected=dict(rejected.most_common()),
        mapping=plan.mapping,
        guessed=plan.guessed,
        columns=plan.names,
        left_out=plan.left_out,
        broken=table.broken,
        started_at=plan.now,
        finished_at=datetime.now(UTC),
    )


def source_name(path: Path) -> str:
    """A source's name from a file's: without endings, dates, numbers and "(1)", so that next month's export
    of the same survey is the same source."""
    stem = path.name
    for _ in range(3):
        stem = re.sub(r"\.(?:gz|csv|tsv|txt|xlsx|jsonl|ndjson|json)\Z", "", stem, flags=re.IGNORECASE)
    plain = re.sub(r"[\W_]*(?:\d[\d\W_]*|copy|kopija|kopie|kopia|копия)+\Z", "", stem, flags=re.IGNORECASE)
    return "-".join(re.findall(r"\w+", (plain or stem).casefold()))[:100] or "file"


def _land(
    table: Table, reader: RowReader, landing: Landing, memory: Memory
) -> tuple[Counter[str], Counter[str]]:
    counts: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for row in table.rows():
        try:
            if row.fault:
                raise BadRowError(row.fault)
            mention = reader.read(row.values, memory)
            verdict = "known" if landing.forgotten.covers(mention) else memory.judge(mention)
        except BadRowError as bad:
            rejected[bad.reason] += 1
            landing.reject(_reject(table, row, bad, reader), source=reader.source)
            continue
        counts[verdict] += 1
        if verdict != "known":
            landing.add(mention)
    return counts, rejected


def _reject(table: Table, row: Row, bad: BadRowError, reader: RowReader) -> Reject:
    """What was wrong, where; the raw row without its author."""
    reason = f"{bad.reason} ({bad.detail[:100]})" if bad.detail else bad.reason
    raw = reader.shown(row.values) if row.values else row.raw
    return Reject(reason, f"{table.path.name}:{row.line}", raw)


class _Plan:
    """The mapping made complete: what was not given is guessed from the headers and the first rows."""

    def __init__(self, table: Table, given: ImportMapping, now: datetime) -> None:
        rows = [row.values for row in islice(table.rows(), _SAMPLE) if not row.fault]
        self.table, self.now, self.rows = table, now, rows
        self.names = list(dict.fromkeys(name for row in rows for name in row))
        self._check_names(given)
        guess = {
            name: column
            for name, column in columns.detect(self._free(given)).items()
            if name not in given.columns
        }
        guess = self._content(given, guess) | guess
        self.mapping = given.model_copy(update={"columns": guess | given.columns})
        self.guessed = sorted(guess)
        self.left_out: list[str] = []
        self._check_needed()
        self._settle_dates(given)
        self._settle_scale(given)
        self._settle_kind(given)
        self._settle_segments(given)

    def _content(self, given: ImportMapping, guess: dict[str, str]) -> dict[str, str]:
        """Text and rating by their values, where no header and nobody named them."""
        used = {*given.columns.values(), *guess.values()}
        held = {name: self.values(name) for name in self.names if name not in used}
        missing = {"text", "rating"} - set(given.columns) - set(guess)
        return {name: column for name, column in columns.by_content(held).items() if name in missing}

    def _free(self, given: ImportMapping) -> list[str]:
        return [name for name in self.names if name not in given.columns.values()]

    def sample(self, field: str) -> list[Any]:
        """Values of a field's column in the first rows."""
        return self.values(self.mapping.columns.get(field, ""))

    def values(self, column: str) -> list[Any]:
        found = (row.get(column) for row in self.rows)
        return [value for value in found if value not in (None, "", [])]

    def _check_names(self, given: ImportMapping) -> None:
        wanted = [*filter(None, given.columns.values()), *(given.segments or [])]
        missing = next((column for column in wanted if column not in self.names), None)
        if missing and self.rows:
            raise self._error(f"no column {missing!r}", "name one of these columns")

    def _check_needed(self) -> None:
        if any(self.mapping.columns.get(name) for name in ("text", "title", "rating", "pros", "cons")):
            return
        self_help = "say which it is: --column text=NAME, --column rating=NAME"
        raise self._error(f"no column for {_NEEDED} found", self_help)

    def _error(self, what: str, next_step: str) -> ImportFileError:
        seen = ", ".join(map(repr, self.names[:40])) or "none"
        return ImportFileError(
            f"{what}; its columns are {seen}", where=self.table.path.name, next_step=next_step
        )

    def _settle_dates(self, given: ImportMapping) -> None:
        """A guessed date column must hold dates; the order of day and month is the one that all dates
        allow."""
        values = self.sample("date")
        parts = [re.match(r"\s*(\d{1,2})/(\d{1,2})/", str(value)) for value in values]
        if (
            not given.month_first
            and any(int(p[2]) > 12 for p in parts if p)
            and not any(int(p[1]) > 12 for p in parts if p)
        ):
            self._set(month_first=True)
            self.guessed.append("month_first")
        read = [read_date(value, self.mapping, self.now, []) for value in values[:200]]
        if "date" not in given.columns and values and sum(found is None for found in read) > len(read) / 2:
            self._drop("date")

    def _settle_scale(self, given: ImportMapping) -> None:
        column = self.mapping.columns.get("rating", "")
        if (
            given.scale
            or not column
            or self.mapping.columns.get("scale")
            or self.mapping.columns.get("rating_max")
        ):
            return
        scale = columns.guess_scale(self.sample("rating"), column)
        self._set(scale=scale)
        self.guessed.append("scale")

    def _settle_kind(self, given: ImportMapping) -> None:
        """Answers on 0-10 are a survey's; all else is taken for reviews."""
        if given.kind:
            return
        stated = self.sample("scale")
        ends = re.findall(r"\d+", str(stated[0])) if stated else []
        scale = self.mapping.scale or (tuple(map(float, ends)) if len(ends) == 2 else None)
        self._set(kind="survey" if scale == (0.0, 10.0) else "review")
        self.guessed.append("kind")

    def _settle_segments(self, given: ImportMapping) -> None:
        used = set(self.mapping.columns.values())
        free = [name for name in self.names if name not in used]
        private = [name for name in free if columns.is_personal(name, self.values(name)[:200])]
        unique = [name for name in free if columns.is_label(name, self.values(name))]
        if given.segments is None:
            self.left_out = sorted({*private, *unique})
            kept = [name for name in free if name not in self.left_out and self._groups(name)]
            self._set(segments=kept[:20] if self.mapping.kind == "survey" else [])
        else:
            self.left_out = [name for name in private if name not in given.segments]

    def _groups(self, column: str) -> bool:
        return any(isinstance(value, str | int | float) for value in self.values(column))

    def _set(self, **values: Any) -> None:
        self.mapping = self.mapping.model_copy(update=values)

    def _drop(self, field: str) -> None:
        kept = {name: column for name, column in self.mapping.columns.items() if name != field}
        self._set(columns=kept)
        self.guessed.remove(field)


def _statements() -> dict[str, str]:
    text = files("crawlers").joinpath("imports.sql").read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split("-- name: ")[1:])
    return {name.strip(): body.strip() for name, _, body in parts}


SQL = _statements()
_CONTENT = ("title", "text", "pros", "cons", "rating", "rating_min", "rating_max", "owner_reply", "segments")


class Memory(Ordinal):
    """What imports have landed: `landing/state/imports.sqlite`. Committed after the segments are sealed; if
    it is lost, rows land again and the pipeline knows them by their ids."""

    def __init__(self, landing_root: Path) -> None:
        folder = landing_root / "state"
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "imports.sqlite", isolation_level="IMMEDIATE", timeout=30)
        self._db.executescript(SQL["schema"])

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.rollback()
        self._db.close()

    def commit(self) -> None:
        """Makes it durable."""
        self._db.commit()

    def drop(self, ids: Iterable[str]) -> None:
        """Forgets that these mentions have landed."""
        self._db.executemany(SQL["drop"], ({"key": bytes.fromhex(found)[:16]} for found in ids))

    def of(self, key: str) -> int:
        """How many rows of this file with the same key came before."""
        row = self._db.execute(SQL["count"], {"key": bytes.fromhex(digest(key))[:16]}).fetchone()
        return int(row[0]) - 1

    def judge(self, mention: Mention) -> str:
        """`new`, `edited` or `known`. Raises BadRowError if the id stands in this file already with other
        content."""
        key = bytes.fromhex(mention_id(mention.source, mention.native_id))[:16]
        content = bytes.fromhex(digest(*(repr(getattr(mention, name)) for name in _CONTENT)))[:16]
        met = self._db.execute(SQL["met"], {"key": key}).fetchone()
        if met and met[0] != content:
            raise BadRowError("its id stands in this file twice, with other content", mention.native_id)
        self._db.execute(SQL["meet"], {"key": key, "content": content})
        before = self._db.execute(SQL["find"], {"key": key}).fetchone()
        if before and before[0] == content:
            return "known"
        self._db.execute(SQL["put"], {"key": key, "content": content})
        return "edited" if before else "new"


def unsee(landing_root: Path, ids: Iterable[str]) -> None:
    """Forgets that rows with these mention ids have landed, so that their file may be imported anew."""
    with Memory(landing_root) as memory:
        memory.drop(ids)
        memory.commit()
