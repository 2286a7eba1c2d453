"""Kind `structured`: what pages mark up for machines. Schema.org reviews, forum postings, comments, questions
and answers in JSON-LD, microdata and RDFa Lite; hReview and h-review."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawlers import hreview, jsonld, links, microdata, numbers
from crawlers.discussions import is_posting, read_posting
from crawlers.drafts import Draft, Reader, Scale, is_review, read_scale
from crawlers.errors import BadTarget
from crawlers.leads import Leads, all_leads, next_lead
from crawlers.nodes import Node
from crawlers.parsing import Page, Parsed, RatingSnapshot, Reject
from crawlers.reviews import settle_scales, to_mentions, unite
from crawlers.shopwalks import LEVELS, Step, Walk, from_sitemaps
from crawlers.source import Source
from crawlers.visit import Visit
from crawlers.webpage import WebPage, open_page

MOST_REVIEWS = 5_000
"""Reviews of one page that are read; the rest is told as a reject."""
_MOST_AGGREGATES, _MOST_NODES = 500, 200_000
_NESTED = 2
_AGGREGATES = ("aggregaterating", "employeraggregaterating", "review-aggregate")


@dataclass(slots=True)
class Reading:
    """All that one page gave: its tree, its items and what was parsed."""

    web: WebPage
    nodes: list[Node]
    parsed: Parsed
    is_product: bool


def parse(page: Page) -> Parsed:
    """Every individual review of the page once; aggregate ratings as snapshots. Raises ParseError."""
    return look(page).parsed


def look(page: Page) -> Reading:
    """As `parse`, with the tree for those who follow its links. Raises ParseError."""
    web, parsed = open_page(page), Parsed()
    nodes = collect(web.root, parsed)
    reader = Reader(web, nodes)
    drafts = unite(_drafts(reader, nodes, parsed))
    parsed.found = len(drafts)
    aggregates = _aggregates(page, reader, nodes, parsed)
    parsed.rejects += settle_scales(drafts, aggregates)
    to_mentions(page, drafts, parsed)
    parsed.rejects = [replace(r, where=f"{page.url} ({r.where})") for r in parsed.rejects]
    return Reading(web, nodes, parsed, _is_product_page(reader, drafts))


def survey(page: Page, follow: str | None = None) -> tuple[Parsed, Leads]:
    """What a page gives and where it leads: to the next page of reviews, and, with the option `follow`, empty
    or not, wherever a walk may go. Raises ParseError."""
    found = look(page)
    if follow is None:
        return found.parsed, next_lead(found.web, found.parsed, is_product=found.is_product)
    everywhere = all_leads(found.web, found.parsed, found.nodes, follow, is_product=found.is_product)
    return found.parsed, everywhere


def _is_product_page(reader: Reader, drafts: list[Draft]) -> bool:
    """Whether the page is one product's own: then the other products that it shows are only related."""
    product = reader.main_product
    about = {draft.product for draft in drafts}
    return len(about) == 1 or (product is not None and product.is_a("product", "productgroup"))


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
        if len(found) > _MOST_NODES:
            parsed.rejects.append(Reject(f"more than {_MOST_NODES} items on one page", "page", ""))
            break
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
    """Drafts of all reviews and postings that say something."""
    reviews = [node for node in nodes if is_review(node) and _depth(node) <= _NESTED]
    postings = [node for node in nodes if is_posting(node)]
    if len(reviews) + len(postings) > MOST_REVIEWS:
        reason = f"more than {MOST_REVIEWS} reviews on one page, the rest is not read"
        parsed.rejects.append(Reject(reason, "page", ""))
    drafts = [reader.read(node, place) for place, node in enumerate(reviews[:MOST_REVIEWS], 1)]
    posted: dict[Node, Draft] = {}
    for place, node in enumerate(postings[: MOST_REVIEWS - len(drafts)], 1):
        posted[node] = read_posting(reader, node, place, posted)
    return [draft for draft in (*drafts, *posted.values()) if draft.says_something()]


def _depth(node: Node) -> int:
    """Reviews around a review. Honest pages nest them once at most; unclosed tags nest them without end."""
    return sum(is_review(around) for around in node.ancestors())


def _aggregates(page: Page, reader: Reader, nodes: list[Node], parsed: Parsed) -> dict[str, Scale]:
    """Snapshots of the page's aggregate ratings, each once; returns the stated scale by product name."""
    scales: dict[str, Scale] = {}
    seen: set[RatingSnapshot] = set()
    for node in nodes:
        if not node.is_a(*_AGGREGATES) or len(seen) >= _MOST_AGGREGATES:
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


# --- the spider -------------------------------------------------------------------------------------------


async def spider(visit: Visit) -> None:
    """Walks a product page, a listing or a whole shop; with `sitemap = true`, what its sitemaps name."""
    front = urlsplit(visit.url).path in {"", "/"}
    walk = Walk(visit, survey, _follow(visit), visit.option("depth", LEVELS if front else 0))
    if visit.option("sitemap", default=False):
        await from_sitemaps(visit, walk)
    else:
        walk.seen.add(visit.url)
        await walk.page(Step(visit.url), start=True)
        await walk.run()


def _follow(visit: Visit) -> str:
    """The option `follow`. Raises BadTarget if it is neither a path pattern nor a CSS selector."""
    follow = visit.option("follow", "")
    try:
        links.check(follow)
    except ValueError as error:
        raise BadTarget(str(error), where=visit.target.name, next_step="mend it in sayso.toml") from error
    return str(follow)


SOURCE = Source(
    kind="structured",
    summary="Reviews, forum posts and comments that a page marks up for machines: schema.org, hReview.",
    spider=spider,
    parser=parse,
    terms="Only where robots.txt allows. Reviews stay their authors' works: keep them short and linked.",
    options={
        "sitemap": "true: read the site's sitemaps and visit what changed, instead of following links",
        "follow": "which links lead to products: a path pattern (/product/*) or a CSS selector",
        "depth": "how many levels of categories to go through: 2 from a front page or an index, else 0",
        "max_pages": "at most so many pages in one run",
    },
)
