"""Things that a page describes (schema.org items), in one shape whatever markup they came in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml.html import HtmlElement

from crawlers.plaintext import from_value, visible

_URL_ATTRIBUTES = {
    "a": "href", "area": "href", "link": "href", "img": "src", "audio": "src", "embed": "src",
    "iframe": "src", "source": "src", "track": "src", "video": "src", "object": "data",
}  # fmt: skip
_MOST_PARTS = 50
_CUT = re.compile(r"\s?(?:…|\.\.\.).{0,30}\Z", re.DOTALL)
_FURNITURE = re.compile(
    r"(?:\A|[\s_-])(?:recommend\w*|helpful\w*|usefulness|votes?|voting|report(?:-\w+)?|share|badges?)(?:\Z|[\s_-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A property that stands in the page itself: its text is read only when asked for."""

    element: HtmlElement

    def raw(self) -> str:
        """The machine-readable value if the element has one, else its text."""
        for name in ("content", "datetime", "value"):
            value = self.element.get(name)
            if value is not None:
                return str(value)
        title = self.element.get("title") if self.element.tag == "abbr" else None
        return (
            title
            or visible(self.element)
            or self.element.get("title")
            or self.element.get("aria-label")
            or self.element.get("alt")
            or ""
        )

    def text(self) -> str:
        """The text as shown, without what a site puts into it beside the author's words; `content` counts
        only where nothing is shown."""
        return visible(self.element, _is_furniture) or from_value(self.element.get("content") or "")

    def url(self) -> str:
        """The address it holds, or its text."""
        attribute = _URL_ATTRIBUTES.get(str(self.element.tag))
        return (self.element.get(attribute) if attribute else None) or self.raw()


@dataclass(slots=True, eq=False)
class Node:
    """One item. `types` and the keys of `props` are local names in lower case; `group` tells the block of
    markup that it came from, `element` is there for items that are parts of the page itself."""

    types: tuple[str, ...]
    group: str
    id: str | None = None
    parent: Node | None = None
    element: HtmlElement | None = None
    props: dict[str, list[str | int | float | bool | Field | Node]] = field(default_factory=dict)

    def add(self, name: str, value: str | int | float | bool | Field | Node) -> None:
        self.props.setdefault(local(name), []).append(value)

    def values(self, *names: str) -> list[str | int | float | bool | Field | Node]:
        """All values of the first of `names` that has any."""
        return next((self.props[name] for name in names if self.props.get(name)), [])

    def nodes(self, *names: str) -> list[Node]:
        return [value for name in names for value in self.props.get(name, []) if isinstance(value, Node)]

    def raws(self, *names: str) -> Iterator[str | int | float | bool]:
        """Scalar values of all `names`, in their order."""
        for name in names:
            for value in self.props.get(name, []):
                if isinstance(value, Field):
                    yield value.raw()
                elif not isinstance(value, Node):
                    yield value

    def text(self, *names: str) -> str:
        """The first of `names` that reads as some text, as plain text; "" if none does."""
        for name in names:
            for value in self.props.get(name, []):
                found = plain(value)
                if found:
                    return found
        return ""

    def whole_text(self, name: str) -> str:
        """All values of a name as one plain text, a paragraph each. What another value says whole ("Read
        more...") is left out."""
        parts = dict.fromkeys(filter(None, map(plain, self.props.get(name, [])[:_MOST_PARTS])))
        flat = {part: " ".join(part.split()) for part in parts}
        cut = {part: _CUT.sub("", text) for part, text in flat.items()}
        return "\n".join(
            part
            for part in parts
            if not any(len(cut[part]) < len(flat[of]) and cut[part] in flat[of] for of in parts if of != part)
        )

    def address(self, *names: str) -> str:
        """The first of `names` that is an address, as written."""
        for name in names:
            for value in self.props.get(name, []):
                if isinstance(value, Field):
                    return value.url().strip()
                if isinstance(value, str) and value.strip():
                    return value.strip()
                if isinstance(value, Node) and value.id:
                    return value.id
        return ""

    def is_a(self, *types: str) -> bool:
        return any(name in types for name in self.types)

    def ancestors(self) -> Iterator[Node]:
        seen, node = 0, self.parent
        while node is not None and seen < 64:
            yield node
            seen, node = seen + 1, node.parent


def _is_furniture(element: HtmlElement) -> bool:
    """ "I recommend this", "12 found this helpful", badges and share links inside a review's text."""
    return bool(_FURNITURE.search(element.get("class") or ""))


def plain(value: str | int | float | bool | Field | Node) -> str:
    """A value as plain text. A node stands for its name; a list of paragraphs is not looked into."""
    if isinstance(value, Field):
        return value.text()
    if isinstance(value, Node):
        return value.text("@value", "name")
    return "" if isinstance(value, bool) else from_value(str(value))


@lru_cache(maxsize=4096)
def local(name: str) -> str:
    """`http://schema.org/Review`, `schema:Review`, `v:Review` and `Review` are one name."""
    tail = name.strip().rstrip("/#").rpartition("/")[2].rpartition("#")[2]
    return tail.rpartition(":")[2].lower()
