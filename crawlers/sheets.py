"""What one page gave, made ready to be landed: it travels between processes, so it holds no trees.

Named tuples, not data classes: they are packed and unpacked in a third of the time, which every page pays.
"""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from crawlers.authors import AuthorHasher
from crawlers.mention import Mention, digest, mention_id
from crawlers.parsing import Page, Parsed, ParseError, RatingSnapshot, Reject

_CONTENT = ("title", "text", "pros", "cons", "rating", "rating_min", "rating_max", "owner_reply")

Look = Callable[..., tuple[Parsed, Any]]
"""A function of a module, of a page and of whatever else travels with it: what it parsed, and what the spider
wants to know of the page (its links). Raises only ParseError."""


class Ready(NamedTuple):
    """One mention as it lands: its id (sha256) and its author's hash, a hash of its content, and its line
    without the end."""

    identity: bytes
    author_hash: str | None
    content: bytes
    line: bytes


class Sheet(NamedTuple):
    """As Parsed, with mentions that are ready to be landed."""

    ready: list[Ready]
    ratings: list[RatingSnapshot]
    rejects: list[Reject]
    found: int
    warnings: list[str]


class Task(NamedTuple):
    """A page to be read by `look(page, *extra)`, and whose mentions these are."""

    look: Look
    page: Page
    extra: tuple[Any, ...]
    target: str
    brand: str | None

    def flat(self) -> tuple[Any, ...]:
        """As plain values, which are packed for another process in a fourth of the time."""
        page = self.page
        answer = (page.body, page.url, page.collected_at, page.hasher.key, page.charset)
        look = (self.look.__module__, self.look.__qualname__)
        return (look, answer, page.target, page.options, self.extra, self.target, self.brand)

    @classmethod
    def from_flat(cls, flat: tuple[Any, ...]) -> Task:
        """What `flat` gave."""
        (module, name), (body, url, collected_at, key, charset), asked_for, options, *ours = flat
        page = Page(body, url, collected_at, AuthorHasher(key), charset, asked_for, options)
        return cls(getattr(importlib.import_module(module), name), page, *ours)


class Read(NamedTuple):
    """The page was read: what it gave, and what the spider wants to know of it."""

    sheet: Sheet
    seen: Any


class Unread(NamedTuple):
    """The page is none of its kind: the message of the ParseError."""

    reason: str


class Defect(NamedTuple):
    """The parser raised something it should not: the exception's name and where in the code it lies, without
    its message, which may quote what a person wrote."""

    name: str
    trace: str


class Died(NamedTuple):
    """The page took the process that read it with it: how that ended."""

    how: str


Outcome = Read | Unread | Defect | Died


def run(task: Task) -> Outcome:
    """Reads one page. Raises nothing: what a parser raises is an outcome too."""
    try:
        parsed, seen = task.look(task.page, *task.extra)
        return Read(prepared(parsed, task.target, task.brand), seen)
    except ParseError as error:
        return Unread(str(error))
    except Exception as error:  # noqa: BLE001 - a parser's defect costs its page, not the whole target
        return defect_of(error)


def defect_of(error: Exception) -> Defect:
    """What is told of a defect."""
    return Defect(type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))


def prepared(parsed: Parsed, target: str, brand: str | None) -> Sheet:
    """What was parsed for this target. Its brand, where it has one, goes before what the source names."""
    ready = [_ready(mention, target, brand) for mention in parsed.mentions]
    return Sheet(ready, parsed.ratings, parsed.rejects, parsed.found, parsed.warnings)


def _ready(mention: Mention, target: str, brand: str | None) -> Ready:
    ours = {"target": target, "brand_hint": brand or mention.brand_hint}
    line = mention.model_copy(update=ours).to_json().encode()
    identity = bytes.fromhex(mention_id(mention.source, mention.native_id))
    return Ready(identity, mention.author_hash, content_hash(mention), line)


def content_hash(mention: Mention) -> bytes:
    """Hash of what a person would call the content: likes and replies may grow without an edit."""
    return bytes.fromhex(digest(*(repr(getattr(mention, name)) for name in _CONTENT)))[:16]
