"""Dates as sites write them: ISO, numbers, unix time, words in the European languages, "3 days ago"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateparser.date import DateDataParser

from crawlers.mention import Precision
from crawlers.months import month_of, months

EUROPEAN = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "lv", "lt", "et", "fi", "sv", "da", "nb",
    "ru", "uk", "ro", "hu", "bg", "hr", "sl", "el", "tr", "he",
)  # fmt: skip
"""Languages tried, in this order, after those the page states."""

_LONGEST = 80
_MONTH_FIRST = frozenset({"en", "en-us", "en-ph"})
_EARLIEST, _AHEAD = datetime(1990, 1, 1, tzinfo=UTC), timedelta(days=2)
_CLOCK = (
    r"(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
    r"\s*(?P<zone>(?:UTC|GMT)?[+-]\d{2}:?\d{2}|(?:UTC|GMT)?[+-]\d{2}\b|Z|UTC|GMT)?"
)
_ISO = re.compile(
    r"(?P<year>\d{4})(?:(?:\s*[-./]\s*|\s)(?P<month>\d{1,2})(?:(?:\s*[-./]\s*|\s)(?P<day>\d{1,2})\.?)?)?"
    r"(?:[T ,]\s*" + _CLOCK + r")?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"(?<![\d-])(?P<first>\d{1,2})\s*(?P<mark>[-./])\s*(?P<second_>\d{1,2})\s*[-./]\s*(?P<year>\d{4}|\d{2})\b\.?"
    r"(?:[\s,.@]*[^\W\d]{0,4}[\s,.@]*" + _CLOCK + r")?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})Z?)?"
)
_TIME_IN_WORDS = re.compile(_CLOCK, re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_AGO = re.compile(
    r"(?:pirms|prieš)\s+(?:(\d+)\s+)?([^\W\d]+)|(?:(\d+)\s+)?([^\W\d]+)\s+(?:aega\s+)?(?:tagasi|atpakaļ|eest|temu)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s*[(\[]?([A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?)[)\]]?")
_JUST_NOW = re.compile(
    r"just now|tikko|nupat|ką tik|äsja|just praegu|právě teď|před chvílí|только что|przed chwilą|gerade eben",
    re.IGNORECASE,
)
_BARE_HOUR = re.compile(r"(?<![:\d.])(\d{1,2})\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)
_NAMED_HOURS = (
    (re.compile(r"\bnoon\b", re.IGNORECASE), "12:00"),
    (re.compile(r"\bmidnight\b", re.IGNORECASE), "00:00"),
)
_OCLOCK = re.compile(r"\b(?:plkst|kell|godz|val|kl)\b\.?\s*(\d{1,2})[.:](\d{2})(?!\d)", re.IGNORECASE)
_HALF = re.compile(r"\d\s*[ap]\.?m\b", re.IGNORECASE)
_ZONED = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\)?\s*\Z|\A\d+\Z", re.IGNORECASE)
_DAY_OR_MONTH = re.compile(r"\b(\d{1,2})\s?[-./]\s?(\d{1,2})\s?[-./]\s?(\d{4}|\d{2})\b")
_UNITS = {
    "minu": "minute", "min": "minute", "stund": "hour", "valand": "hour", "tun": "hour", "dien": "day",
    "päev": "day", "nedēļ": "week", "savait": "week", "nädal": "week", "mēne": "month", "mėn": "month",
    "kuu": "month", "gad": "year", "met": "year", "aasta": "year", "miesi": "month", "tydzie": "week",
    "godzin": "hour", "dzie": "day", "rok": "year",
}  # fmt: skip
_LENGTHS: dict[str, tuple[timedelta, Precision]] = {
    "minute": (timedelta(minutes=1), "minute"),
    "hour": (timedelta(hours=1), "hour"),
    "day": (timedelta(days=1), "day"),
    "week": (timedelta(weeks=1), "day"),
    "month": (timedelta(days=30.44), "month"),
    "year": (timedelta(days=365.25), "year"),
}
_RELATIVE = re.compile(
    r"\b(?:ago|yesterday|today|now|il y a|hier|aujourd'hui|vor|gestern|heute|temu|wczoraj|dzisiaj|dziś|před"
    r"|včera|dnes|назад|вчера|сегодня|тому|вчора|сьогодні|pirms|atpakaļ|vakar|šodien|prieš"
    r"|šiandien|tagasi|eest|eile|täna|sitten"
    r"|eilen|tänään|hace|ayer|hoy|há|ontem|hoje|fa|ieri|oggi|geleden|gisteren|vandaag|sedan|igår"
    r"|idag|siden|acum|azi|pred"
    r"|včeraj|lalu|önce|dün|bugün|לפני|אתמול|היום)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC, how exact it is, and whether the page counted it back from its own now ("3 days ago"),
    so that its words change from day to day."""

    at: datetime
    precision: Precision
    relative: bool = False


def moment(raw: object, languages: Sequence[str] = (), now: datetime | None = None) -> Moment | None:
    """The time that `raw` names, or None if it names none between 1990 and two days after `now` (aware).

    `languages` are those of the page, best first, with the region where stated ("en-US" puts the month
    first). A time without a zone is taken as UTC.
    """
    present = now or datetime.now(UTC)
    found = any_moment(raw, languages, present)
    return found if found and is_likely(found, present) else None


def is_likely(found: Moment, now: datetime) -> bool:
    """Whether somebody may have written at that time: not a placeholder such as 1970, not in the future."""
    return _EARLIEST <= found.at <= now + _AHEAD


def any_moment(raw: object, languages: Sequence[str], now: datetime) -> Moment | None:
    """As `moment`, at whatever time."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int | float):
        return _unix(float(raw))
    text = _settled(" ".join(str(raw)[: _LONGEST * 4].split()))
    if not text or len(text) > _LONGEST:
        return None
    return _written(text, tuple(tag.lower().replace("_", "-") for tag in languages), now)


def _settled(text: str) -> str:
    """Hours as the other forms write them: "1 p.m." is 1:00 pm, "noon" 12:00, "kell 13.05" 13:05."""
    text = _BARE_HOUR.sub(r"\1:00 \2m", text)
    for name, hour in _NAMED_HOURS:
        text = name.sub(hour, text)
    return _OCLOCK.sub(r"\1:\2", text)


def in_zone(found: Moment, raw: object, zone: tzinfo | None) -> Moment:
    """The moment where `raw` was written in local time of `zone`: only clocks without a zone of their own."""
    local = found.precision in ("second", "minute") and not found.relative
    if zone is None or not local or not isinstance(raw, str) or _ZONED.search(raw.strip()):
        return found
    try:
        return replace(found, at=found.at.replace(tzinfo=zone).astimezone(UTC))
    except (ValueError, OverflowError):
        return found


def leads_with_month(texts: Iterable[str]) -> bool | None:
    """Whether numeric dates of one page put the month first; None where none of them tells."""
    pairs = [(int(found[1]), int(found[2])) for text in texts for found in _DAY_OR_MONTH.finditer(text[:200])]
    if any(first > 12 >= second for first, second in pairs):
        return False
    return True if any(second > 12 >= first for first, second in pairs) else None


def month_first(text: str) -> str:
    """A text whose numeric dates put the month first, with these as ISO: "03-31-2026" is 2026-03-31."""
    return _DAY_OR_MONTH.sub(lambda found: f"{_full_year(found[3])}-{found[1]:0>2}-{found[2]:0>2}", text)


def _full_year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def _written(text: str, languages: tuple[str, ...], now: datetime) -> Moment | None:
    return (
        _digits(text)
        or _iso(text)
        or _numbers(text, languages)
        or _mail(text)
        or _in_words(text, languages, now)
    )


def _in_words(text: str, languages: tuple[str, ...], now: datetime) -> Moment | None:
    """A stated year settles it; without one "2 months ago" is tried before "6 November"."""
    if _YEAR.search(text):
        return _words(text, _order(languages), now)
    return _counted_back(text, languages, now) or _words(text, _order(languages)[: len(languages) + 1], now)


def _unix(value: float) -> Moment | None:
    for scale in (1.0, 1e3, 1e6):
        if 3e8 <= value / scale <= 4.2e9:
            return Moment(datetime.fromtimestamp(value / scale, UTC), "second")
    return None


def _digits(text: str) -> Moment | None:
    found = _COMPACT.fullmatch(text)
    if found:
        return _build(found.groupdict())
    return _unix(float(text)) if text.isascii() and text.isdigit() and 9 <= len(text) <= 16 else None


def _iso(text: str) -> Moment | None:
    found = _ISO.match(text)
    if not found or not _ends_well(text, found):
        return None
    built, place = _build(found.groupdict()), _PLACE.fullmatch(text[found.end() :])
    if built and place and found["hour"] and not found["zone"]:
        return in_zone(built, text, _zone_named(place[1]))
    return built


def _zone_named(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _ends_well(text: str, found: re.Match[str]) -> bool:
    """After a whole date there may be words, after a part of one a full stop at most: the words could say the
    rest of it."""
    rest = text[found.end() :]
    return not any(ch.isdigit() for ch in rest) and (bool(found["day"]) or len(rest.strip(" .,;()")) <= 4)


def _numbers(text: str, languages: tuple[str, ...]) -> Moment | None:
    found = _NUMBERS.search(text)
    if not found:
        return None
    parts = found.groupdict()
    month_first = parts["mark"] == "/" and bool(languages) and languages[0] in _MONTH_FIRST
    first, second = int(parts["first"]), int(parts["second_"])
    day, month = (second, first) if month_first else (first, second)
    if month > 12 >= day:
        day, month = month, day
    return _build({**parts, "day": str(day), "month": str(month), "year": str(_full_year(parts["year"]))})


def _mail(text: str) -> Moment | None:
    """RFC 2822, as feeds write it."""
    if ":" not in text or "GMT+" in text or "GMT-" in text or _HALF.search(text):
        return None
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    written: Precision = "second" if text.count(":") > 1 else "minute"
    return Moment((at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), written)


def _build(parts: dict[str, str | None]) -> Moment | None:
    """A moment from matched groups; the parts that are there tell the precision. None for a zero among them:
    databases write 0000-00-00 where they know nothing."""
    if any(parts[key] and not int(parts[key] or 0) for key in ("year", "month", "day")):
        return None
    year, month, day = (int(parts[key] or 0) for key in ("year", "month", "day"))
    hour = _hour(parts) if parts.get("hour") else None
    precision: Precision = "day" if day else "month" if month else "year"
    if hour is not None and day:
        precision = "second" if parts.get("second") else "minute"
    try:
        zone = _zone(parts.get("zone"))
        at = datetime(year, month or 1, day or 1, tzinfo=zone)
        if hour is not None:
            at = at.replace(
                hour=hour, minute=int(parts.get("minute") or 0), second=int(parts.get("second") or 0)
            )
        return Moment(at.astimezone(UTC), precision)
    except (ValueError, OverflowError):
        return None


def _hour(parts: dict[str, str | None]) -> int:
    hour, half = int(parts["hour"] or 0), (parts.get("half") or "").lower()
    if half.startswith("p") and hour < 12:
        return hour + 12
    return 0 if half.startswith("a") and hour == 12 else hour


def _zone(written: str | None) -> timezone:
    offset = (written or "").upper().removeprefix("UTC").removeprefix("GMT")
    if not offset.startswith(("+", "-")):
        return UTC
    digits = offset[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
    return timezone(-ahead if offset[0] == "-" else ahead)


def _words(text: str, languages: Sequence[str], now: datetime) -> Moment | None:
    clock = _TIME_IN_WORDS.search(text)
    rest = text[: clock.start()] + " " + text[clock.end() :] if clock else text
    tokens = _TOKEN.findall(rest.casefold())
    for language in languages:
        for place, token in enumerate(tokens):
            month = None if token.isdigit() else month_of(token, language)
            if month:
                found = _around(tokens, place, month, clock.groupdict() if clock else {}, now)
                if found:
                    return found
    return None


def _order(languages: tuple[str, ...]) -> list[str]:
    """The page's languages without regions first, then the European ones."""
    return list(dict.fromkeys([*(tag.partition("-")[0] for tag in languages), *EUROPEAN]))


def _around(
    tokens: list[str], place: int, month: int, clock: dict[str, str | None], now: datetime
) -> Moment | None:
    """Day and year among the numbers beside the month's name; without a year, the latest such day."""
    numbers = [
        (abs(i - place), int(token)) for i, token in enumerate(tokens) if token.isdigit() and len(token) <= 4
    ]
    years = [value for _, value in numbers if 1990 <= value <= 2100]
    days = [value for _, value in sorted(numbers) if 1 <= value <= 31]
    if not years and (not days or len(tokens) > 4):
        return None
    day = str(days[0]) if days else None
    year = years[0] if years else now.year
    found = _build({**clock, "year": str(year), "month": str(month), "day": day})
    if found and not years and found.at > now + _AHEAD:
        return _build({**clock, "year": str(year - 1), "month": str(month), "day": day})
    return found


def _counted_back(text: str, languages: tuple[str, ...], now: datetime) -> Moment | None:
    if _JUST_NOW.fullmatch(text.strip(" .!")):
        return Moment(now, "minute", relative=True)
    if not _RELATIVE.search(text):
        return None
    found = _AGO.search(text)
    if found:
        ago = _ago(int((found[1] or found[3] or "1")[:6]), found[2] or found[4], now)
        if ago:
            return ago
    return _parsed(text, tuple(_order(languages)[:3]), now) or _parsed(text, EUROPEAN, now)


def _ago(amount: int, word: str, now: datetime) -> Moment | None:
    unit = next((unit for stem, unit in _UNITS.items() if word.casefold().startswith(stem)), None)
    if unit is None:
        return None
    length, precision = _LENGTHS[unit]
    try:
        return Moment(now - amount * length, precision, relative=True)
    except OverflowError:
        return None


def _parsed(text: str, languages: tuple[str, ...], now: datetime) -> Moment | None:
    known = tuple(language for language in languages if months(language)[0])
    found = _parser(known, now.replace(minute=0, second=0, microsecond=0)).get_date_data(text)
    if found.date_obj is None:
        return None
    at = found.date_obj if found.date_obj.tzinfo else found.date_obj.replace(tzinfo=UTC)
    precisions: dict[str, Precision] = {
        "time": "hour",
        "day": "day",
        "week": "day",
        "month": "month",
        "year": "year",
    }
    return Moment(at.astimezone(UTC), precisions.get(found.period, "day"), relative=True)


@lru_cache(maxsize=8)
def _parser(languages: tuple[str, ...], now: datetime) -> DateDataParser:
    settings = {
        "RELATIVE_BASE": now.replace(tzinfo=None),
        "RETURN_TIME_AS_PERIOD": True,
        "TIMEZONE": "UTC",
        "TO_TIMEZONE": "UTC",
        "RETURN_AS_TIMEZONE_AWARE": True,
        "PREFER_DATES_FROM": "past",
    }
    return DateDataParser(languages=list(languages), settings=settings)
