"""A warning in plain words, in the home's language: what, how big, how sure, since when, and where more is.

Words stand in words/alerts.toml. Nothing that a stranger wrote goes into a warning; names of brands and
sources are stripped of what a chat would run as a command.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from pipeline.alert_state import Warned

_VERDICTS = {"coordinated": "verdict_coordinated", "unusual": "verdict_unusual"}
_COMMANDS = str.maketrans({"<": "(", ">": ")", "@": "(at)", "`": "'", "\n": " ", "\r": " ", "\t": " "})
_MOST_NAMES = 5
_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Voice:
    """In which language and time zone, and where the view stands."""

    language: str
    zone: ZoneInfo
    link: str

    @property
    def locale(self) -> str:
        """Babel's name of it: day before month in every one."""
        return _LOCALES.get(self.language, self.language)

    def number(self, value: float) -> str:
        """A count as it is, anything else with one decimal."""
        form = "#,##0" if isinstance(value, int) else "#,##0.0"
        return format_decimal(value, format=form, locale=self.locale)

    def signed(self, value: float) -> str:
        """A score or a change, with a true minus sign."""
        return format_decimal(value, format="+#,##0.0;-#,##0.0", locale=self.locale).replace("-", "−")

    def moment(self, value: datetime | str) -> str:
        """A time by the home's clock."""
        at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(self.zone)
        day = format_date(at.date(), "medium", locale=self.locale)
        return f"{day} {format_time(at.time(), 'HH:mm', locale=self.locale)}"

    def day(self, value: datetime) -> str:
        """A day by the home's clock."""
        return format_date(value.astimezone(self.zone).date(), "medium", locale=self.locale)

    def chance(self, p: float) -> str:
        """A small probability, without false precision."""
        least = 0.0001
        shown = format_decimal(max(p, least), format="0.####", locale=self.locale)
        return f"< {shown}" if p < least else shown


@cache
def words() -> Mapping[str, Mapping[str, Any]]:
    """The sentences by language, and the names of emotions in each."""
    path = files("pipeline") / "words" / "alerts.toml"
    found: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def text(warned: Warned, voice: Voice, *, update: bool, reminder: bool) -> tuple[str, str]:
    """(title, body) of a warning as it stands now."""
    say = words()[voice.language]
    title = _title(warned, voice)
    if reminder:
        title = say["reminder"].format(title=title)
    elif update:
        title = say["update"].format(title=title)
    lines = [*_LINES[warned.finding.rule](warned, voice), *_foot(warned, voice)]
    return title, "\n".join(lines)


def headline(warned: Warned, voice: Voice) -> str:
    """What happened, in one line."""
    return _title(warned, voice)


def _title(warned: Warned, voice: Voice) -> str:
    say, found = words()[voice.language], warned.finding
    facts = found.facts
    named: dict[str, str] = {"brand": safe(found.brand or "")}
    if found.rule == "campaign":
        named["verdict"] = say[_VERDICTS.get(facts["verdict"], "verdict_organic")]
        named["direction"] = say.get(f"direction_{facts['direction']}", say["direction_unclear"])
    elif found.rule == "emotion":
        named["emotion"] = say["emotions"].get(facts["emotion"], facts["emotion"])
    elif found.rule == "topic":
        named["topic"] = safe(facts["topic"])
    for name in ("points", "times", "count"):
        if name in facts:
            named[name] = voice.number(facts[name])
    sentence: str = say[found.rule]
    return sentence.format(**named)


def _campaign(warned: Warned, voice: Voice) -> Iterator[str]:
    say, found = words()[voice.language], warned.finding
    facts = found.facts
    yield say["size"].format(
        mentions=voice.number(facts["mentions"]), accounts=voice.number(facts["authors"])
    )
    yield say["where"].format(sources=_names(facts["sources"]))
    yield say["since"].format(since=voice.moment(found.since), until=voice.moment(found.until))
    p = facts["q_value"] if facts["q_value"] is not None else facts["p_value"]
    yield say["sure_copies"] if p is None else say["sure_p"].format(p=voice.chance(p))
    if facts["nps_with"] is not None and facts["nps_without"] is not None:
        both = {"with": voice.signed(facts["nps_with"]), "without": voice.signed(facts["nps_without"])}
        yield say["effect"].format(**both)


def _compared(warned: Warned, voice: Voice) -> Iterator[str]:
    say, found = words()[voice.language], warned.finding
    facts, nps = found.facts, found.rule == "nps"

    def shown(value: float) -> str:
        return voice.signed(value) if nps else f"{voice.number(float(value))} %"

    yield say["was"].format(before=shown(facts["before"]), after=shown(facts["after"]))
    yield say["sure_span"].format(low=voice.signed(facts["low"]), high=voice.signed(facts["high"]))
    yield say["heard"].format(before=voice.number(facts["n_before"]), after=voice.number(facts["n_after"]))
    yield say["window"].format(days=facts["days"], until=voice.day(found.until))


def _volume(warned: Warned, voice: Voice) -> Iterator[str]:
    say, found = words()[voice.language], warned.finding
    facts = found.facts
    usual = voice.number(float(facts["usual"]))
    yield say["counted"].format(count=voice.number(facts["count"]), hours=facts["hours"], usual=usual)
    yield say["where"].format(sources=_names(facts["sources"]))
    yield say["since"].format(since=voice.moment(found.since), until=voice.moment(found.until))
    yield say["sure_p"].format(p=voice.chance(facts["p_value"]))


def _silent(warned: Warned, voice: Voice) -> Iterator[str]:
    say = words()[voice.language]
    for item in warned.finding.facts["sources"]:
        why = say[item["why"]].format(crawled=voice.moment(item["crawled"]))
        yield say["quiet"].format(
            source=safe(item["source"]), since=voice.moment(item["since"]),
            perweek=voice.number(float(item["perweek"])), why=why,
        )  # fmt: skip


def _test(warned: Warned, voice: Voice) -> Iterator[str]:
    yield words()[voice.language]["test_body"]


_LINES = {
    "campaign": _campaign,
    "nps": _compared,
    "emotion": _compared,
    "topic": _compared,
    "volume": _volume,
    "silent": _silent,
    "test": _test,
}
_PAGES = {"nps": "", "emotion": "footprint", "topic": "drivers", "volume": "mentions", "silent": "sources"}


def _foot(warned: Warned, voice: Voice) -> Iterator[str]:
    say, found = words()[voice.language], warned.finding
    if found.rule == "test":
        return
    if found.campaign_id:
        address = f"{voice.link}/campaigns?campaign={quote(found.campaign_id, safe='')}"
        yield say["dossier"].format(link=address)
    else:
        yield say["more"].format(link=f"{voice.link}/{_PAGES[found.rule]}")
    yield say["stop"].format(id=warned.id)


def _names(sources: list[str]) -> str:
    shown = [_place(safe(name)) for name in sources[:_MOST_NAMES]]
    return ", ".join(shown) + (f" +{len(sources) - _MOST_NAMES}" if len(sources) > _MOST_NAMES else "")


def _place(source: str) -> str:
    """forum.example.com (discourse)."""
    kind, _, host = source.partition(":")
    return f"{host} ({kind})" if host else kind


def safe(name: str) -> str:
    """A name that a chat neither runs as a command nor breaks lines at."""
    return "".join(c for c in name.translate(_COMMANDS) if c.isprintable())[:200]
