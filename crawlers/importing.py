"""Rows of an owner's file made into mentions, by a mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crawlers import numbers
from crawlers.authors import AuthorHasher, features
from crawlers.columns import FIELDS
from crawlers.dates import Moment, any_moment, is_likely
from crawlers.mention import Mention, fallback_id
from crawlers.plaintext import from_value
from crawlers.reviews import is_anonymous
from crawlers.webpage import language

Kind = Literal["survey", "review", "post", "comment"]
_ABSENT = frozenset(
    {"", "-", "–", "—", "n/a", "na", "nan", "none", "null", "nil", ".", "?", "undefined", "#n/a"}
)
_NO_ANSWER = frozenset(
    {"don't know", "dont know", "no answer", "not applicable", "nezinu", "nav atbildes", "nežinau", "ei tea",
     "nevím", "nie wiem", "не знаю", "нет ответа", "weiß nicht", "keine angabe"}
)  # fmt: skip
_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_MOST_SEGMENTS, _LONGEST_SEGMENT = 20, 100


class ImportMapping(BaseModel):
    """How an owner's file is to be read. All is optional: what is missing is guessed from headers and
    values.

    `columns` maps fields (crawlers.columns.FIELDS) to columns, nested JSON with dots; an empty column says
    that the field is not there. `scale` is [min, max] of the ratings. `segments` names the columns kept
    beside a survey's answers (None: all that are left and hold nothing personal). `date_format` is
    strptime's. `name` names the source (`import:NAME`); without it, it comes from the file's name without
    its dates.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    brand: str | None = None
    kind: Kind | None = None
    columns: dict[str, str] = {}
    scale: tuple[float, float] | None = None
    segments: list[str] | None = None
    date_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None
    month_first: bool = False

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        unknown = sorted(set(self.columns) - set(FIELDS))
        if unknown:
            raise ValueError(f"unknown field {unknown[0]!r}; fields are {', '.join(FIELDS)}")
        if self.scale and not self.scale[0] < self.scale[1]:
            raise ValueError(f"scale {self.scale[0]:g}-{self.scale[1]:g} has no width")
        return self


class BadRowError(ValueError):
    """A row that cannot become a mention. `reason` is one of few, so that reasons can be counted; `detail`
    says what stood there."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


@dataclass(slots=True)
class RowReader:
    """Turns rows into mentions. `mapping` is complete: nothing is guessed any more."""

    mapping: ImportMapping
    source: str
    hasher: AuthorHasher
    collected_at: datetime
    private: frozenset[str] = frozenset()
    _columns: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._columns = {name: column for name, column in self.mapping.columns.items() if column}

    def read(self, row: Mapping[str, Any], ordinal: Ordinal) -> Mention:
        """The mention of a row. `ordinal` numbers rows that are alike and have no id.

        Raises BadRowError.
        """
        rating, low, high = self._rating(row)
        text, title = self._text(row, "text"), self._text(row, "title")
        pros, cons = self._notes(row, "pros", text), self._notes(row, "cons", text)
        if rating is None and not (text or title or pros or cons):
            raise BadRowError("neither text nor rating")
        when = self._date(row)
        author = self._text(row, "author")
        native_id = self._id(row) or self._digest(row, (author, rating, text, title), ordinal)
        author_hash, author_features = self._author(author, native_id)
        said = {"title": title or None, "text": text or None, "pros": pros, "cons": cons}
        rated = {"rating": rating, "rating_min": low, "rating_max": high}
        who = {"author_hash": author_hash, "author_features": author_features}
        dated = {"published_at": when.at, "published_precision": when.precision} if when else {}
        try:
            return Mention(native_id=native_id, **said, **rated, **who, **dated, **self._rest(row))
        except ValidationError as error:
            raise BadRowError(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from error

    def _rest(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that stand by themselves."""
        return {
            "source": self.source,
            "kind": self.mapping.kind or "review",
            "collected_at": self.collected_at,
            "url": self._url(row),
            "verified": _truth(self._value(row, "verified")),
            "likes": numbers.count(self._value(row, "likes")),
            "owner_reply": self._text(row, "owner_reply") or None,
            "lang": language(str(self._value(row, "lang") or "")),
            "brand_hint": self.mapping.brand or self._text(row, "brand") or None,
            "product": self._text(row, "product")[:500] or None,
            "segments": self._segments(row),
        }

    def shown(self, row: Mapping[str, Any]) -> str:
        """A row for the rejects: without its author and without personal columns."""
        hidden = self.private | {self._columns.get("author", "")}
        kept = {name: value for name, value in row.items() if name not in hidden and value not in (None, "")}
        return json.dumps(kept, ensure_ascii=False, default=str)

    def _value(self, row: Mapping[str, Any], name: str) -> Any:
        value = row.get(self._columns.get(name, ""))
        if isinstance(value, str) and value.strip().casefold() in _ABSENT:
            return None
        return value

    def _text(self, row: Mapping[str, Any], name: str) -> str:
        value = self._value(row, name)
        if value is None or isinstance(value, bool):
            return ""
        if isinstance(value, list):
            value = "\n".join(str(item) for item in value if item is not None)
        return from_value(str(value))

    def _notes(self, row: Mapping[str, Any], name: str, text: str) -> list[str] | None:
        """Pros or cons, unless the text holds them already."""
        value = self._value(row, name)
        items = value if isinstance(value, list) else [value]
        notes = [from_value(str(item)) for item in items if item is not None]
        lines = [line for note in notes for line in note.split("\n") if line and note not in text]
        return lines[:50] or None

    def _rating(self, row: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
        raw = self._value(row, "rating")
        if raw is None or (isinstance(raw, str) and raw.strip().casefold() in _NO_ANSWER):
            return None, None, None
        scaled = numbers.rating(raw)
        if scaled is None:
            raise BadRowError("the rating is no number", str(raw))
        low, high = self._scale(row, scaled)
        if low is None or high is None:
            raise BadRowError("the rating has no scale", str(raw))
        if not low <= scaled.value <= high:
            raise BadRowError("the rating lies outside its scale", f"{scaled.value:g} in {low:g}-{high:g}")
        return scaled.value, low, high

    def _scale(self, row: Mapping[str, Any], scaled: numbers.Scaled) -> tuple[float | None, float | None]:
        """What the row states, else the mapping, else what the rating's own words state ("4/5")."""
        stated = _pair(self._value(row, "scale"))
        if stated:
            return stated
        low, high = (numbers.number(self._value(row, name)) for name in ("rating_min", "rating_max"))
        if high is not None:
            return (low if low is not None else min(1.0, scaled.value)), high
        if scaled.best is not None:
            return (scaled.worst if scaled.worst is not None else min(1.0, scaled.value)), scaled.best
        return self.mapping.scale or (None, None)

    def _date(self, row: Mapping[str, Any]) -> Moment | None:
        raw = self._value(row, "date")
        if raw is None:
            return None
        languages = [str(self._value(row, "lang") or "")] if self._value(row, "lang") else []
        found = read_date(raw, self.mapping, self.collected_at, languages)
        if found is None:
            raise BadRowError("the date is not understood", str(raw))
        return found if is_likely(found, self.collected_at) else None

    def _id(self, row: Mapping[str, Any]) -> str | None:
        value = self._value(row, "id")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return (
            str(value).strip()[:500] or None
            if isinstance(value, str | int) and not isinstance(value, bool)
            else None
        )

    def _digest(
        self, row: Mapping[str, Any], said: tuple[str, float | None, str, str], ordinal: Ordinal
    ) -> str:
        """Stable over imports of the same file and of one that has grown."""
        author, *words = said
        hashed = self.hasher.hash(self.source, author) if author else ""
        segments = json.dumps(self._segments(row), sort_keys=True)
        parts = ("import", hashed, self._value(row, "date"), *words, self._text(row, "product"), segments)
        return fallback_id(*parts, ordinal.of(fallback_id(*parts)))

    def _author(self, author: str, native_id: str) -> tuple[str | None, dict[str, float] | None]:
        if not author:
            return None, None
        if is_anonymous(author):
            return self.hasher.hash(self.source, f"{author}\x1f{native_id}"), features(author) | {
                "anonymous": 1.0
            }
        return self.hasher.hash(self.source, author), features(author)

    def _url(self, row: Mapping[str, Any]) -> str | None:
        url = str(self._value(row, "url") or "").strip()
        return url[:2000] if re.match(r"https?://\S+\Z", url) else None

    def _segments(self, row: Mapping[str, Any]) -> dict[str, str] | None:
        found = {}
        for name in (self.mapping.segments or [])[:_MOST_SEGMENTS]:
            value = row.get(name)
            if isinstance(value, str | int | float) and str(value).strip().casefold() not in _ABSENT:
                found[name[:_LONGEST_SEGMENT]] = from_value(str(value))[:_LONGEST_SEGMENT]
        return found or None


class Ordinal:
    """Numbers things that are alike; where they are counted is the caller's."""

    def of(self, key: str) -> int:
        """How many of this key came before."""
        raise NotImplementedError


def read_date(raw: Any, mapping: ImportMapping, now: datetime, languages: list[str]) -> Moment | None:
    """A date cell: a date of a workbook, text in the mapping's format or in any form of crawlers.dates, or a
    workbook's day number."""
    if isinstance(raw, datetime):
        return Moment(
            (raw if raw.tzinfo else raw.replace(tzinfo=UTC)).astimezone(UTC),
            "second" if raw.time() != time() else "day",
        )
    if isinstance(raw, date):
        return Moment(datetime(raw.year, raw.month, raw.day, tzinfo=UTC), "day")
    if isinstance(raw, bool | time | list):
        return None
    if mapping.date_format:
        return _in_format(str(raw).strip(), mapping.date_format)
    order = ["en-us", *languages] if mapping.month_first else [tag for tag in languages if tag != "en"]
    return _day_number(raw) or any_moment(raw, order, now)


def _in_format(text: str, form: str) -> Moment | None:
    try:
        at = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set below
    except ValueError:
        return None
    precise = any(sign in form for sign in ("%H", "%I", "%T", "%X", "%c", "%s"))
    return Moment(
        (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), "second" if precise else "day"
    )


def _day_number(raw: Any) -> Moment | None:
    """Days since 1899-12-30, as workbooks save dates into CSV: 44141 is 2020-11-06."""
    value = (
        numbers.number(raw)
        if isinstance(raw, int | float) or re.fullmatch(r"\d{5}(?:[.,]\d+)?", str(raw).strip())
        else None
    )
    if value is None or not 32874 <= value <= 73050:
        return None
    return Moment(_EXCEL_EPOCH + timedelta(days=value), "day" if value.is_integer() else "minute")


def _pair(raw: Any) -> tuple[float, float] | None:
    """[min, max] from a list, "[0, 10]" or "0-10"."""
    if isinstance(raw, list):
        ends = [numbers.number(item) for item in raw]
    else:
        ends = [numbers.number(part) for part in re.findall(r"\d+(?:[.,]\d+)?", str(raw or ""))]
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None and ends[0] < ends[1]:
        return ends[0], ends[1]
    return None


def _truth(raw: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().casefold()
    if word in {"true", "1", "1.0", "yes", "y", "jā", "taip", "jah", "ano", "tak", "да", "ja", "oui"}:
        return True
    return (
        False
        if word in {"false", "0", "0.0", "no", "n", "nē", "ne", "ei", "nie", "нет", "nein", "non"}
        else None
    )
