"""sayso.toml: read once, validated once. Every key of the file is documented here and in docs/config.md."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.errors import ConfigError

SourceKind = Literal[
    "structured", "discourse", "feed", "selectors", "nodebb", "wordpress", "woocommerce", "appstore", "steam",
    "hackernews", "stackexchange", "mastodon", "lemmy", "gdelt", "xenforo", "phpbb", "vbulletin", "heureka",
    "yandexmarket", "youtube", "trustpilot", "googlebusiness", "bluesky", "reddit",
]  # fmt: skip
StarMap = Literal["standard", "strict", "lenient"]
Language = Literal["en", "lv", "lt", "cs", "ru"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class General(_Strict):
    """`[sayso]`: what holds for the whole home."""

    language: Language = "en"
    industry: str | None = None
    timezone: str = "UTC"
    star_map: StarMap = "standard"
    native_ratings: Literal["use", "hide"] = "use"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not a time zone name such as Europe/Riga") from error
        return value


class Brand(_Strict):
    """`[[brands]]`: a brand and the names it goes by. `competitor`: watched for comparison."""

    name: str = Field(min_length=1)
    aliases: list[str] = []
    queries: list[str] = []
    industry: str | None = None
    competitor: bool = False
    products: list[str] = []


class Target(BaseModel):
    """`[[targets]]`: one thing to collect. Keys beyond these belong to the kind and go to its spider."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: SourceKind
    name: str | None = None
    url: str | None = None
    brand: str | None = None
    every: str = "1d"
    recheck_days: int = Field(default=30, ge=1)

    @property
    def options(self) -> dict[str, Any]:
        """The kind's own keys."""
        return dict(self.model_extra or {})


class TouchpointConfig(_Strict):
    """`[[touchpoints]]`: where people meet the brand; `describes` is plain words for the reader."""

    name: str = Field(min_length=1)
    describes: str = ""
    weight: float = Field(default=1.0, ge=0)


AlertRule = Literal["campaign", "nps", "emotion", "topic", "volume", "silent"]
AlertLanguage = Literal["en", "lv", "lt", "et", "cs", "ru"]


class Alerts(_Strict):
    """`[alerts]`: where warnings go, of what, and when they wait.

    `urls` and `operator` name apprise addresses of secrets.toml; one without a secret may stand here itself.
    """

    urls: list[str] = []
    operator: list[str] | None = None
    rules: list[AlertRule] = list(get_args(AlertRule))
    quiet_hours: str | None = None
    language: AlertLanguage | None = None
    link: str | None = None
    competitors: bool = False
    growth: float = Field(default=0.5, gt=0)
    nps_points: float = Field(default=5, ge=1)
    share_points: float = Field(default=5, ge=1)
    volume_times: float = Field(default=2, ge=1)
    silent_days: float = Field(default=3, gt=0)

    @field_validator("quiet_hours")
    @classmethod
    def _two_hours(cls, value: str | None) -> str | None:
        if value is not None:
            quiet_span(value)
        return value

    @field_validator("urls", "operator")
    @classmethod
    def _without_secrets(cls, value: list[str] | None) -> list[str] | None:
        for entry in value or ():
            if "://" in entry and not _plain_address(entry):
                raise ValueError(
                    "an address that may hold a secret: put it into secrets.toml under [alerts] as NAME = "
                    '"...", and write NAME here'
                )
        return value

    @field_validator("link")
    @classmethod
    def _web(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
            raise ValueError("not an address such as https://sayso.example.com")
        return value


_OPEN_KINDS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"})
"""Kinds of apprise addresses whose parts are a host and a path; those of other kinds are made of keys."""


def _plain_address(entry: str) -> bool:
    """Whether an address shows no password and no key: `from=` and the like may stand in it, headers not."""
    parts = urlsplit(entry)
    named = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    secret = any(name[:1] in "+-:" or name in ("pass", "password", "token", "key") for name in named)
    return parts.scheme in _OPEN_KINDS and parts.password is None and not secret


def quiet_span(text: str) -> tuple[time, time]:
    """'22-7' or '22:30-06:45' as two times of the day. Raises ValueError for anything else."""
    match = re.fullmatch(r"\s*(\d{1,2})(?::(\d\d))?\s*[-–]\s*(\d{1,2})(?::(\d\d))?\s*", text)
    if match is None:
        raise ValueError(f"{text!r} is no span such as 22-7 or 22:30-06:45")
    begin, end = (int(match[1]), int(match[2] or 0)), (int(match[3]), int(match[4] or 0))
    if begin == end:
        raise ValueError(f"{text!r} is empty: leave quiet_hours out")
    return time(*begin), time(*end)


class Privacy(_Strict):
    """`[privacy]`: how long texts are kept; `sources` overrides it per source kind."""

    retention_days: int | None = Field(default=None, ge=1)
    sources: dict[str, int] = {}


class View(_Strict):
    """`[view]`: where the view listens. Sharing it needs OIDC and lists of who may enter: `viewers` read,
    `analysts` also correct and decide, `admins` also dismiss campaigns and see who did what."""

    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65535)
    public: bool = False
    viewers: list[str] = []
    analysts: list[str] = []
    admins: list[str] = []


class ReaderConfig(_Strict):
    """`[reader]`: which weights read the texts and how. `set_aside` is the p_bot over which a mention
    does not count in the estimates."""

    model: str | None = None
    threads: int | None = Field(default=None, ge=1)
    batch: int = Field(default=64, ge=1)
    set_aside: float = Field(default=0.8, ge=0, le=1)


class Crawl(_Strict):
    """`[crawl]`: manners. `allow_private` names hosts on private addresses that may be fetched."""

    user_agent: str | None = None
    contact: str | None = None
    delay: float = Field(default=1.0, ge=0)
    concurrency_per_host: int = Field(default=1, ge=1)
    max_pages_per_target: int = Field(default=10_000, ge=1)
    max_page_mb: float = Field(default=10.0, gt=0)
    allow_private: list[str] = []


class Import(_Strict):
    """`[imports.NAME]`: a named column mapping for `sayso import --mapping NAME`; see docs/imports.md."""

    brand: str | None = None
    kind: Literal["survey", "review", "post", "comment"] | None = None
    columns: dict[str, str] = {}
    scale: tuple[float, float] | None = None
    segments: list[str] | None = None
    date_format: str | None = None
    month_first: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


class Config(_Strict):
    """The whole of sayso.toml."""

    sayso: General = General()
    brands: list[Brand] = []
    targets: list[Target] = []
    touchpoints: list[TouchpointConfig] = []
    alerts: Alerts = Alerts()
    privacy: Privacy = Privacy()
    view: View = View()
    reader: ReaderConfig = ReaderConfig()
    crawl: Crawl = Crawl()
    imports: dict[str, Import] = {}

    @model_validator(mode="after")
    def _names_fit(self) -> Config:
        names = [brand.name for brand in self.brands]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"brands named twice: {', '.join(sorted(doubled))}")
        for target in self.targets:
            if target.brand is not None and target.brand not in names:
                what = target.url or target.kind
                raise ValueError(f"target {what} names brand {target.brand!r}, not in [[brands]]")
        return self


def load(path: Path) -> Config:
    """Read and validate a sayso.toml.

    Raises ConfigError that names the key and the line of each fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return Config.model_validate(tomllib.loads(text))
    except FileNotFoundError as error:
        raise _error("No sayso.toml here", path, "run `sayso init` or pass --home") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _error(f"Not valid TOML: {error}", path, "mend that line") from error
    except ValidationError as error:
        faults = "\n".join(_fault(text, dict(item)) for item in error.errors())
        raise _error(f"sayso.toml has faults:\n{faults}", path, "see docs/config.md") from error


def _error(what: str, path: Path, next_step: str) -> ConfigError:
    return ConfigError(what, where=str(path), next_step=next_step)


def _fault(text: str, item: dict[str, Any]) -> str:
    place = tuple(item["loc"])
    line = line_of(text, place)
    key = ".".join(str(part) for part in place) or "(whole file)"
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"  line {line}: {key}: {message}" if line else f"  {key}: {message}"


def line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """The 1-based line on which the key at `place` (tables, indexes, key) stands, or None if it is absent."""
    table, index, key = _split_place(place)
    current, seen, header_line = "", -1, None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("["):
            current = line.split("#")[0].strip().strip("[]").strip()
            seen += current == table
            header_line = number if current == table and seen in (index, 0) else header_line
        elif current == table and index in (None, seen) and _key_of(line) == key:
            return number
    return header_line


def _key_of(line: str) -> str:
    return line.partition("=")[0].strip().strip('"')


def _split_place(place: tuple[str | int, ...]) -> tuple[str, int | None, str | None]:
    index = next((part for part in place if isinstance(part, int)), None)
    names = [part for part in place if isinstance(part, str)]
    if index is not None:
        return names[0], index, (names[1] if len(names) > 1 else None)
    return ".".join(names[:-1]) or (names[0] if names else ""), None, (names[-1] if len(names) > 1 else None)
