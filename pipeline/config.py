"""sayso.toml: read once, validated once. Every key of the file is documented here and in docs/config.md."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal
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


class Alerts(_Strict):
    """`[alerts]`: where warnings go (apprise addresses) and when they stay silent."""

    urls: list[str] = []
    rules: list[str] = []
    quiet_hours: str | None = None


class Privacy(_Strict):
    """`[privacy]`: how long texts are kept; `sources` overrides it per source kind."""

    retention_days: int | None = Field(default=None, ge=1)
    sources: dict[str, int] = {}


class View(_Strict):
    """`[view]`: where the view listens. Sharing it needs OIDC and a list of who may enter."""

    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65535)
    public: bool = False
    viewers: list[str] = []


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
