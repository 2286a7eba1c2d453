"""hReview and h-review: reviews marked by class names, turned into the same nodes as schema.org items."""

from __future__ import annotations

from itertools import islice

from lxml.html import HtmlElement

from crawlers.nodes import Field, Node

_ROOTS = ("hreview", "h-review")
_AGGREGATES = ("hreview-aggregate", "h-review-aggregate")
_FIELDS = {
    "name": ("p-name", "summary"),
    "description": ("e-content", "e-description", "p-content", "p-description", "description"),
    "datepublished": ("dt-reviewed", "dt-published", "dtreviewed", "reviewed"),
    "url": ("u-url", "permalink"),
}
_PEOPLE, _THINGS = ("p-author", "u-author", "p-reviewer", "reviewer"), ("p-item", "item")
_NAMES = ("p-name", "fn", "p-nickname", "nickname", "p-org", "org")
_CARDS = ("vcard", "h-card", "h-item")
_MOST, _ELEMENTS = 10_000, 1_000
_NUMBERS = {
    "ratingvalue": ("p-average", "average", "value", "p-rating", "p-value", "rating"),
    "bestrating": ("p-best", "best"),
    "worstrating": ("p-worst", "worst"),
    "reviewcount": ("p-count", "count"),
    "ratingcount": ("p-votes", "votes"),
}


def nodes(root: HtmlElement) -> list[Node]:
    """Review and AggregateRating nodes, in document order, at most _MOST."""
    found = []
    for element in root.iterfind(".//*[@class]"):
        name = element.get("class") or ""
        if "review" not in name:
            continue
        if any(mark in name.split() for mark in _AGGREGATES):
            found.append(_aggregate(_Parts(element)))
        elif any(mark in name.split() for mark in _ROOTS) and not _buried(element):
            found.append(_review(_Parts(element)))
        if len(found) >= _MOST:
            break
    return found


def _buried(element: HtmlElement) -> bool:
    """Reviews inside reviews inside reviews are tags that nobody closed."""
    around = (part for part in islice(element.iterancestors(), 200) if any(m in tokens(part) for m in _ROOTS))
    return sum(1 for _ in islice(around, 2)) > 1


def tokens(element: HtmlElement) -> list[str]:
    """The class names of an element; none for comments."""
    return (element.get("class") or "").split() if isinstance(element.tag, str) else []


class _Parts:
    """The first element for each class name inside a review; what belongs to a nested review is left out, and
    the names inside a person or a thing are held apart."""

    def __init__(self, element: HtmlElement) -> None:
        self.element = element
        self.own: dict[str, HtmlElement] = {}
        self.bookmark: HtmlElement | None = None
        inside: dict[HtmlElement, str] = {element: ""}
        for child in islice(element.iterdescendants(), _ELEMENTS):
            around = child.getparent()
            kind = inside.get(around, "") if around is not None else ""
            names = tokens(child)
            if any(name in (*_ROOTS, *_AGGREGATES) for name in names):
                kind = "review"
            elif not kind and any(name in (*_PEOPLE, *_THINGS, *_CARDS) for name in names):
                kind = "card"
            inside[child] = kind
            self._take(child, names, kind)

    def _take(self, child: HtmlElement, names: list[str], kind: str) -> None:
        if kind == "review":
            return
        for name in names:
            if kind != "card" or name not in _NAMES:
                self.own.setdefault(name, child)
        if child.tag == "a" and child.get("href") and "bookmark" in (child.get("rel") or "").split():
            self.bookmark = self.bookmark if self.bookmark is not None else child

    def first(self, classes: tuple[str, ...]) -> HtmlElement | None:
        """The element for the first of `classes` that is there."""
        return next((self.own[name] for name in classes if name in self.own), None)


def _review(parts: _Parts) -> Node:
    node = Node(("review",), "hreview", element=parts.element)
    for name, classes in _FIELDS.items():
        _give(node, name, parts.first(classes))
    if "url" not in node.props:
        _give(node, "url", parts.bookmark)
    author, item = parts.first(_PEOPLE), parts.first(_THINGS)
    if author is not None:
        node.add("author", _named(author, "person"))
    if item is not None:
        node.add("itemreviewed", _named(item, "thing"))
    node.add("reviewrating", _scale(parts, "rating"))
    return node


def _aggregate(parts: _Parts) -> Node:
    node = _scale(parts, "aggregaterating")
    item = parts.first(_THINGS)
    if item is not None:
        node.add("itemreviewed", _named(item, "thing"))
    return node


def _named(element: HtmlElement, kind: str) -> Node:
    """The person or the thing: its name is marked inside, or is the element's own text."""
    node = Node((kind,), "hreview", element=element)
    inside = (
        child for child in islice(element.iterdescendants(), 50) if any(n in _NAMES for n in tokens(child))
    )
    named = element if any(n in tokens(element) for n in _NAMES) else next(inside, element)
    node.add("name", Field(_value_part(named)))
    return node


def _scale(parts: _Parts, kind: str) -> Node:
    node = Node((kind,), "hreview")
    for name, classes in _NUMBERS.items():
        _give(node, name, parts.first(classes))
    return node


def _give(node: Node, name: str, element: HtmlElement | None) -> None:
    if element is not None:
        node.add(name, Field(_value_part(element)))


def _value_part(element: HtmlElement) -> HtmlElement:
    """The value-title pattern: `<span class="dtreviewed"><span class="value-title" title="2020-01-02">`."""
    for child in islice(element.iterdescendants(), 20):
        names = tokens(child)
        if "value-title" in names and child.get("title"):
            child.set("content", child.get("title"))
            return child
        if "value" in names:
            return child
    return element
