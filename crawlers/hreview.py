"""hReview and h-review: reviews marked by class names, turned into the same nodes as schema.org items."""

from __future__ import annotations

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
_NUMBERS = {
    "ratingvalue": ("p-average", "average", "value", "p-rating", "p-value", "rating"),
    "bestrating": ("p-best", "best"),
    "worstrating": ("p-worst", "worst"),
    "reviewcount": ("p-count", "count"),
    "ratingcount": ("p-votes", "votes"),
}


def nodes(root: HtmlElement) -> list[Node]:
    """Review and AggregateRating nodes, in document order."""
    found = []
    for element in root.iter():
        classes = tokens(element)
        if any(name in classes for name in _AGGREGATES):
            found.append(_aggregate(element))
        elif any(name in classes for name in _ROOTS):
            found.append(_review(element))
    return found


def tokens(element: HtmlElement) -> list[str]:
    """The class names of an element; none for comments."""
    return (element.get("class") or "").split() if isinstance(element.tag, str) else []


def _review(element: HtmlElement) -> Node:
    node = Node(("review",), "hreview", element=element)
    for name, classes in _FIELDS.items():
        _give(node, name, _inside(element, classes))
    _give(node, "url", None if "url" in node.props else _bookmark(element))
    author = _inside(element, _PEOPLE)
    if author is not None:
        node.add("author", _named(author, "person"))
    item = _inside(element, _THINGS)
    if item is not None:
        node.add("itemreviewed", _named(item, "thing"))
    node.add("reviewrating", _scale(element, "rating"))
    return node


def _aggregate(element: HtmlElement) -> Node:
    node = _scale(element, "aggregaterating")
    item = _inside(element, _THINGS)
    if item is not None:
        node.add("itemreviewed", _named(item, "thing"))
    return node


def _named(element: HtmlElement, kind: str) -> Node:
    """The person or the thing: its name is marked inside, or is the element's own text."""
    node = Node((kind,), "hreview", element=element)
    _give(
        node, "name", _inside(element, _NAMES) if not any(n in tokens(element) for n in _NAMES) else element
    )
    if "name" not in node.props:
        node.add("name", Field(element))
    return node


def _scale(element: HtmlElement, kind: str) -> Node:
    node = Node((kind,), "hreview")
    for name, classes in _NUMBERS.items():
        _give(node, name, _inside(element, classes))
    return node


def _give(node: Node, name: str, element: HtmlElement | None) -> None:
    if element is not None:
        node.add(name, Field(_value_part(element)))


def _value_part(element: HtmlElement) -> HtmlElement:
    """The value-title pattern: `<span class="dtreviewed"><span class="value-title"
    title="2020-01-02"></span>`."""
    for child in element.iterdescendants():
        names = tokens(child)
        if "value-title" in names and child.get("title"):
            child.set("content", child.get("title"))
            return child
        if "value" in names:
            return child
    return element


def _inside(element: HtmlElement, classes: tuple[str, ...]) -> HtmlElement | None:
    """The element for the first of `classes` that is there, not looking into a nested person, thing or review
    for what belongs to them."""
    candidates: dict[str, HtmlElement] = {}
    for child in element.iterdescendants():
        for name in tokens(child):
            if name in classes and name not in candidates and not _foreign(child, element, name):
                candidates[name] = child
    return next((candidates[name] for name in classes if name in candidates), None)


def _foreign(child: HtmlElement, root: HtmlElement, name: str) -> bool:
    for around in child.iterancestors():
        if around is root:
            return False
        names = tokens(around)
        if any(mark in names for mark in (*_ROOTS, *_AGGREGATES)):
            return True
        if name in _NAMES and any(
            mark in names for mark in (*_PEOPLE, *_THINGS, "vcard", "h-card", "h-item")
        ):
            return True
    return False


def _bookmark(element: HtmlElement) -> HtmlElement | None:
    for child in element.iterdescendants("a"):
        rel = (child.get("rel") or "").split()
        if "bookmark" in rel and child.get("href"):
            return child
    return None
