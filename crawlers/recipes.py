"""The recipe of a `selectors` target: its keys of sayso.toml, checked once, with every selector compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawlers import links
from crawlers.mention import Kind
from crawlers.picking import Pick

FIELDS = (
    "text", "title", "pros", "cons", "rating", "author", "published_at", "edited_at", "url", "native_id",
    "parent_id", "likes", "replies", "owner_reply", "verified", "lang", "product",
)  # fmt: skip
_ALIASES = {"date": "published_at", "id": "native_id", "parent": "parent_id", "name": "author"}
_COMMON = {"brand", "home_timezone"}
_SAYING = frozenset({"text", "title", "pros", "cons", "rating"})

OPTIONS = {
    "url": "where to begin: a list of products or topics, or the page of reviews itself",
    "follow": "links to go through before the reviews, one CSS selector (or path pattern /p/*) a level",
    "changed": "what in a list's row tells that something was added; rows that say the same are passed over",
    "item": "what holds one review; without it the whole page is one",
    "fields": "a table: what stands where in an item, e.g. text = 'p.body', rating = 'h3::attr(class)'",
    "next": "the link to the next page; found by itself if absent, '' where lists have one page",
    "pages": "the address of a further page where no link leads there, e.g. '?page={page}'",
    "detail": "the link in an item to its own page, where the rest of it stands",
    "detail_fields": "a table as fields: what stands on that page; it wins over the list",
    "publishes": "review (if absent), post, comment or reply",
    "rating_min": "the scale's lower end; 1 if absent",
    "rating_max": "the scale's upper end; 5, 10 or 100 if absent: the least that holds the page's ratings",
    "timezone": "of dates that name none, e.g. Europe/Riga; if absent, the home's",
    "month_first": "true: 03/04/2026 is 4 March",
    "language": "of the page, if it does not say: dates in words are read in it",
    "newest_first": "true: a page of known reviews ends the walk; if absent, the dates on the page tell",
    "max_pages": "pages of one run at most",
}
"""Every key of a target of this kind, as `sayso sources` lists them."""


class BadRecipe(ValueError):
    """A key of the target that cannot be used: says which, and why."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the pages of one site are read and walked. See OPTIONS for the keys."""

    fields: Mapping[str, Pick]
    item: Pick | None = None
    detail: Pick | None = None
    detail_fields: Mapping[str, Pick] = field(default_factory=dict)
    follow: tuple[str, ...] = ()
    changed: Pick | None = None
    next: Pick | None = None
    paged: bool = True
    pages: str = ""
    publishes: Kind = "review"
    low: float | None = None
    high: float | None = None
    zone: tzinfo | None = None
    month_first: bool = False
    language: str = ""
    newest_first: bool | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Recipe:
        """The recipe that a target's keys give.

        Raises BadRecipe.
        """
        unknown = set(options) - set(OPTIONS) - _COMMON
        if unknown:
            raise BadRecipe(f"{min(unknown)!r} is none of the keys: {', '.join(OPTIONS)}")
        given = _Keys(options)
        recipe = cls(
            fields=_fields(options, "fields"),
            item=given.pick("item"),
            detail=given.pick("detail"),
            detail_fields=_fields(options, "detail_fields"),
            follow=_follow(options.get("follow", [])),
            changed=given.pick("changed"),
            next=given.pick("next"),
            paged=options.get("next") != "",
            pages=_pages(given.text("pages")),
            publishes=_kind(given.text("publishes", "review")),
            low=given.number("rating_min"),
            high=given.number("rating_max"),
            zone=_zone(given.text("timezone") or given.text("home_timezone")),
            month_first=bool(given.flag("month_first")),
            language=given.text("language"),
            newest_first=given.flag("newest_first"),
        )
        return recipe._checked()

    def _checked(self) -> Recipe:
        if not _SAYING & {*self.fields, *self.detail_fields}:
            raise BadRecipe("fields: say at least where the text or the rating stands")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise BadRecipe(f"rating_min {self.low:g} is not below rating_max {self.high:g}")
        if self.changed is not None and not self.follow:
            raise BadRecipe("changed: there is no list without follow")
        if self.detail_fields and self.detail is None and self.item is not None:
            raise BadRecipe("detail_fields: detail, the link to that page, is missing")
        return self


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys of a target by their types. Raises BadRecipe."""

    options: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.options.get(name, default)
        if isinstance(value, str):
            return value
        raise BadRecipe(f"{name} = {value!r} must be a text")

    def number(self, name: str) -> float | None:
        value = self.options.get(name)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise BadRecipe(f"{name} = {value!r} must be a number")

    def flag(self, name: str) -> bool | None:
        value = self.options.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise BadRecipe(f"{name} = {value!r} must be true or false")

    def pick(self, name: str) -> Pick | None:
        return _pick(name, self.options[name]) if self.options.get(name) else None


def _pick(name: str, given: object) -> Pick:
    try:
        return Pick.of(given)
    except (ValueError, TypeError) as error:
        raise BadRecipe(f"{name}: {error}") from error


def _fields(options: Mapping[str, Any], key: str) -> dict[str, Pick]:
    given = options.get(key, {})
    if not isinstance(given, Mapping):
        raise BadRecipe(f"{key} = {given!r} must be a table of selectors")
    named = {_ALIASES.get(str(name), str(name)): value for name, value in given.items()}
    unknown = set(named) - set(FIELDS)
    if unknown:
        raise BadRecipe(f"{key}: {min(unknown)!r} is none of {', '.join(FIELDS)}")
    return {name: _pick(f"{key}.{name}", value) for name, value in named.items()}


def _follow(given: object) -> tuple[str, ...]:
    levels = [given] if isinstance(given, str) else given
    if not isinstance(levels, list) or not all(isinstance(level, str) and level for level in levels):
        raise BadRecipe(f"follow = {given!r} must be a selector or a list of them")
    try:
        for level in levels:
            links.check(level)
    except ValueError as error:
        raise BadRecipe(str(error)) from error
    return tuple(levels)


def _pages(written: str) -> str:
    if written and "{page}" not in written:
        raise BadRecipe(f"pages = {written!r} must hold {{page}}, where the number goes")
    return written


def _kind(written: str) -> Kind:
    kinds: tuple[Kind, ...] = get_args(Kind)
    found = next((kind for kind in kinds if kind == written), None)
    if found is None:
        raise BadRecipe(f"publishes = {written!r} is none of {', '.join(kinds)}")
    return found


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRecipe(f"timezone = {name!r} is no zone such as Europe/Riga") from error
