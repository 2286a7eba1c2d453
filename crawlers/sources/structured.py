"""Kind `structured`: schema.org reviews in JSON-LD, microdata and RDFa Lite, hReview and h-review, on any
page."""

from __future__ import annotations

from lxml.html import HtmlElement

from crawlers import hreview, jsonld, microdata, numbers
from crawlers.drafts import Draft, Reader, Scale, is_review, read_scale
from crawlers.nodes import Node
from crawlers.parsing import Page, Parsed, RatingSnapshot, Reject
from crawlers.reviews import settle_scales, to_mentions, unite
from crawlers.webpage import WebPage, open_page

MOST_REVIEWS = 5_000
"""Reviews of one page that are read; the rest is told as a reject."""
_NESTED = 2


def parse(page: Page) -> Parsed:
    """Every individual review of the page once; aggregate ratings as snapshots. Raises ParseError."""
    web, parsed = open_page(page), Parsed()
    nodes = collect(web.root, parsed)
    reader = Reader(web, nodes)
    drafts = unite(_drafts(reader, nodes, parsed))
    parsed.found = len(drafts)
    aggregates = _aggregates(page, reader, nodes, parsed)
    parsed.rejects += settle_scales(drafts, aggregates)
    to_mentions(page, drafts, parsed)
    return parsed


def collect(root: HtmlElement, parsed: Parsed) -> list[Node]:
    """All items of the page, whatever the markup; scripts that cannot be read become rejects."""
    found = _scripts(root, parsed)
    if root.find(".//*[@itemscope]") is not None or "itemscope" in root.attrib:
        found += microdata.nodes(root, microdata.MICRODATA)
    if root.find(".//*[@typeof]") is not None:
        found += microdata.nodes(root, microdata.RDFA)
    return found + hreview.nodes(root)


def _scripts(root: HtmlElement, parsed: Parsed) -> list[Node]:
    found: list[Node] = []
    for number, script in enumerate(root.iter("script"), 1):
        kind = (script.get("type") or "").lower()
        if "ld+json" not in kind and "json+ld" not in kind:
            continue
        group = f"JSON-LD script {number}"
        try:
            found += _flat(jsonld.nodes(jsonld.read(script.text or ""), group))
        except jsonld.JsonLdError as error:
            parsed.rejects.append(Reject(f"unreadable JSON-LD: {error}", group, (script.text or "")[:500]))
    return found


def _flat(nodes: list[Node]) -> list[Node]:
    """The nodes and all inside them, in document order."""
    found, waiting = [], list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        found.append(node)
        children = [value for values in node.props.values() for value in values if isinstance(value, Node)]
        waiting.extend(reversed(children))
    return found


def _drafts(reader: Reader, nodes: list[Node], parsed: Parsed) -> list[Draft]:
    """Drafts of all reviews that say something."""
    reviews = [node for node in nodes if is_review(node) and _depth(node) <= _NESTED]
    if len(reviews) > MOST_REVIEWS:
        reason = f"more than {MOST_REVIEWS} reviews on one page, the rest is not read"
        parsed.rejects.append(Reject(reason, "page", ""))
    drafts = [reader.read(node, place) for place, node in enumerate(reviews[:MOST_REVIEWS], 1)]
    return [draft for draft in drafts if draft.says_something()]


def _depth(node: Node) -> int:
    """Reviews around a review. Honest pages nest them once at most; unclosed tags nest them without end."""
    return sum(is_review(around) for around in node.ancestors())


def _aggregates(page: Page, reader: Reader, nodes: list[Node], parsed: Parsed) -> dict[str, Scale]:
    """Snapshots of the page's aggregate ratings, each once; returns the stated scale by product name."""
    scales: dict[str, Scale] = {}
    seen: set[RatingSnapshot] = set()
    for node in nodes:
        if not node.is_a("aggregaterating", "review-aggregate"):
            continue
        product = _subject(reader, node)
        scale = read_scale(node)
        snapshot = _snapshot(page, reader.page, node, product, scale)
        if snapshot and snapshot not in seen:
            seen.add(snapshot)
            parsed.ratings.append(snapshot)
        if scale and scale.best is not None and product:
            scales.setdefault(product, scale)
    return scales


def _subject(reader: Reader, node: Node) -> str:
    for value in node.nodes("itemreviewed"):
        name = reader.name_of(reader.by_id.get(value.id or "", value))
        if name:
            return name
    owner = reader.product_around(node) or reader.main_product
    return reader.name_of(owner) if owner else ""


def _snapshot(
    page: Page, web: WebPage, node: Node, product: str, scale: Scale | None
) -> RatingSnapshot | None:
    ratings = numbers.count(next(node.raws("ratingcount"), None))
    reviews = numbers.count(next(node.raws("reviewcount"), None))
    if scale is None and ratings is None and reviews is None:
        return None
    return RatingSnapshot(
        url=web.url,
        seen_at=page.collected_at,
        product=product or None,
        rating=scale.value if scale else None,
        rating_min=scale.worst if scale else None,
        rating_max=scale.best if scale else None,
        ratings=ratings,
        reviews=reviews,
    )
