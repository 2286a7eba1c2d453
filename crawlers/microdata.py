"""Microdata and RDFa Lite: items that are marked on the elements of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from crawlers.nodes import Field, Node, local

_REFERENCES, _ADOPTED = 500, 20_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """Attribute names of one syntax: what opens an item, names its type, its property and its id."""

    name: str
    scope: str
    kind: str
    prop: str
    id: str


MICRODATA = Dialect("microdata", "itemscope", "itemtype", "itemprop", "itemid")
RDFA = Dialect("rdfa", "typeof", "typeof", "property", "resource")
_PREFIXES = frozenset({"", "schema", "v", "http", "https"})


def nodes(root: HtmlElement, dialect: Dialect) -> list[Node]:
    """All items of the page in document order. An item that is no property of another still knows, as its
    parent, the item in which it stands."""
    walker = _Walker(dialect)
    walker.walk(root, None)
    if dialect is MICRODATA:
        _follow_references(root, walker)
    return walker.found


class _Walker:
    def __init__(self, dialect: Dialect, most: float = math.inf) -> None:
        self.dialect, self.most, self.steps = dialect, most, 0
        self.found: list[Node] = []
        self._known: dict[int, Node] = {}

    def walk(self, root: HtmlElement, owner: Node | None) -> None:
        """One pass over the elements below `root`; their properties go to `owner` until an item opens."""
        stack: list[tuple[HtmlElement | None, Node | None]] = [(None, owner)]
        for event, element in etree.iterwalk(root, events=("start", "end")):
            self.steps += 1
            if self.steps > self.most:
                return
            if event == "end":
                if stack[-1][0] is element:
                    stack.pop()
                continue
            node = self._item(element, stack[-1][1])
            if node is not None:
                stack.append((element, node))

    def by_element(self) -> dict[int, Node]:
        """Items by their element, made once."""
        if not self._known:
            self._known = {id(item.element): item for item in self.found}
        return self._known

    def _item(self, element: HtmlElement, owner: Node | None) -> Node | None:
        """Gives the element's property to its owner; returns the item that the element opens, if any."""
        attributes = element.attrib
        names = self._names(element) if owner is not None else []
        if self.dialect.scope not in attributes:
            for name in names:
                owner.add(name, Field(element))  # type: ignore[union-attr]
            return None
        types = tuple(local(name) for name in (element.get(self.dialect.kind) or "").split())
        node = Node(types, self.dialect.name, element.get(self.dialect.id), owner, element)
        for name in names:
            owner.add(name, node)  # type: ignore[union-attr]
        self.found.append(node)
        return node

    def _names(self, element: HtmlElement) -> list[str]:
        stated = element.get(self.dialect.prop)
        if stated is None and self.dialect is RDFA and "typeof" in element.attrib:
            stated = element.get("rel") or _rel_around(element)
        return [
            name for name in (stated or "").split() if name.partition(":")[0] in _PREFIXES or ":" not in name
        ]


def _rel_around(element: HtmlElement) -> str | None:
    """`<div rel="v:rating"><div typeof="v:Rating">`: the link stands on the element around."""
    around = element.getparent()
    return around.get("rel") if around is not None and "typeof" not in around.attrib else None


def _follow_references(root: HtmlElement, walker: _Walker) -> None:
    """`itemref` names elements elsewhere in the page whose properties belong to the item too."""
    referring = [node for node in walker.found if node.element is not None and node.element.get("itemref")]
    if not referring:
        return
    places = {element.get("id"): element for element in root.iter(etree.Element) if element.get("id")}
    left = _ADOPTED
    for node in referring[:_REFERENCES]:
        names = (node.element.get("itemref") if node.element is not None else None) or ""
        for name in names.split()[:20]:
            place = places.get(name)
            if place is not None and (node.element is None or place not in node.element.iterancestors()):
                left -= _adopt(walker, place, node, left)


def _adopt(walker: _Walker, place: HtmlElement, node: Node, most: int) -> int:
    """Properties below `place` become the node's; items that were found there already are taken, not
    doubled. Looks at no more than `most` elements; returns how many these were."""
    known = walker.by_element()
    fresh = _Walker(walker.dialect, most)
    fresh.walk(place, node)
    for item in fresh.found:
        first = known.get(id(item.element))
        if first is None:
            walker.found.append(item)
            known[id(item.element)] = item
            continue
        for values in node.props.values() if item.parent is node else ():
            values[:] = [first if value is item else value for value in values]
        if first.parent is None and item.parent is node:
            first.parent = node
    return fresh.steps
