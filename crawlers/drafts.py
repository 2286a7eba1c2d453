"""Review nodes read into drafts: the fields of a review before it has an identity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from crawlers import fallbacks, numbers, reactions
from crawlers.dates import Moment
from crawlers.mention import Kind
from crawlers.nodes import Field, Node, plain
from crawlers.webpage import WebPage

REVIEWS = frozenset(
    {"review", "userreview", "criticreview", "employerreview", "recommendation", "reviewnewsarticle"}
)
NOT_REVIEWS = frozenset({"claimreview", "mediareview", "aggregaterating", "review-aggregate", "reviewaction"})
_NO_PRODUCTS = frozenset((
    "webpage", "itempage", "website", "breadcrumblist", "listitem", "itemlist", "offer", "aggregateoffer",
    "rating", "aggregaterating", "person", "collectionpage", "profilepage", "aboutpage", "searchaction",
    "imageobject", "imagegallery", "comment", "question", "answer", "faqpage", "wpheader", "wpfooter",
    "wpsidebar", "sitenavigationelement", "productgroup",
))  # fmt: skip
MOST_PRODUCTS = 500
_UNKNOWN_NAMES = frozenset({"", "-", "null", "none", "undefined", "n/a", "nan", "?"})
_PARTIES = (
    "publisher",
    "author",
    "creator",
    "provider",
    "seller",
    "brand",
    "manufacturer",
    "sourceorganization",
)
_BARE_ID = re.compile(r"[\W\d_]*(?:[a-z]{0,4}[-_ ]?\d[\w-]*)?", re.IGNORECASE)


@dataclass(slots=True)
class Scale:
    """A rating with its scale; `stated` tells whether the page gave the best or it is still to be found."""

    value: float
    best: float | None = None
    worst: float | None = None


@dataclass(slots=True)
class Draft:
    """One review or post as read from one piece of markup. Texts are "" where absent; `ids` are the markup's
    own claims and may turn out to be none. `answers` is the draft that a comment was written under."""

    group: str
    where: str
    text: str = ""
    title: str = ""
    pros: list[str] = field(default_factory=list)
    cons: list[str] = field(default_factory=list)
    rating: Scale | None = None
    author: str = ""
    date: Moment | None = None
    raw_date: str = ""
    edited: Moment | None = None
    likes: int | None = None
    replies: int | None = None
    owner_reply: str = ""
    verified: bool | None = None
    lang: str | None = None
    url: str | None = None
    ids: tuple[str, ...] = ()
    product: str = ""
    product_url: str | None = None
    copied: bool = False
    kind: Kind = "review"
    parent: str | None = None
    answers: Draft | None = None

    def says_something(self) -> bool:
        return bool(self.text or self.title or self.pros or self.cons or self.rating)


def is_review(node: Node) -> bool:
    """A review by its type, or an untyped item under a `review` property that holds what a review holds."""
    if any(name in NOT_REVIEWS for name in node.types):
        return False
    if any(name in REVIEWS for name in node.types):
        return True
    if node.types or node.parent is None or not node.values("reviewbody", "reviewrating", "author"):
        return False
    return node in node.parent.nodes("review", "reviews")


class Reader:
    """Reads the review nodes of one page into drafts."""

    def __init__(self, page: WebPage, nodes: list[Node]) -> None:
        self.page = page
        told = sorted((n for n in nodes if n.id and n.props), key=lambda n: ("name" in n.props, len(n.props)))
        self.by_id = {node.id or "": node for node in told}
        self.shops = reactions.shop_names(nodes)
        self.products = [node for node in nodes if _is_product(node)][:MOST_PRODUCTS]
        self.codes = _codes(self.products)
        self.owners = _owners(nodes)
        self.main_product = self._main_product()
        self._names: dict[Node, str] = {}

    def read(self, node: Node, place: int) -> Draft:
        """The draft of a review node; `place` is its number on the page, for messages."""
        product = self._product_node(node)
        draft = Draft(group=node.group, where=f"{node.group} review {place}")
        draft.author = self._author(node)
        draft.product = self._product_name(node, product)
        self._words(node, draft)
        draft.rating = read_rating(node, self.by_id)
        self._times(node, draft)
        self._counts(node, draft)
        draft.lang = self.page.language_of(node.text("inlanguage"))
        draft.url = self.absolute(node.address("url"))
        draft.ids = tuple(claims(node))
        draft.product_url = self.absolute(product.address("url")) if product else None
        draft.copied = node.element is not None and fallbacks.is_copy(node.element)
        return draft

    def _words(self, node: Node, draft: Draft) -> None:
        draft.text = node.whole_text("reviewbody") or node.text("description", "text", "articlebody")
        name, headline = node.text("name"), node.text("headline")
        if not draft.text and node.element is not None and node.group != "hreview":
            draft.text = fallbacks.text(node.element)
        draft.title = name or headline
        if not draft.text and headline:
            draft.text, draft.title = headline, name if name != headline else ""
        if draft.title == draft.text:
            draft.title = ""
        draft.title = without_name(draft.title, draft.author)
        draft.title = "" if _written_by_site(draft.title, draft.product) else draft.title
        draft.pros, draft.cons = (
            _notes(node, "positivenotes", "pros", "pro", "advantages"),
            _notes(node, "negativenotes", "cons", "contra", "disadvantages"),
        )

    def _times(self, node: Node, draft: Draft) -> None:
        raws = node.raws("datepublished", "datecreated", "dtreviewed", "reviewed", "uploaddate", "date")
        shown = fallbacks.dates(node.element) if node.element is not None else iter(())
        for raw in (*raws, *shown):
            found = self.page.moment(raw)
            if found:
                draft.date, draft.raw_date = found, "" if found.relative else str(raw).strip()
                break
        for raw in node.raws("datemodified", "dateupdated"):
            found = self.page.moment(raw)
            if found and (draft.date is None or found.at > draft.date.at):
                draft.edited = found
        if draft.date is None and draft.edited is not None:
            draft.date, draft.edited = draft.edited, None

    def _counts(self, node: Node, draft: Draft) -> None:
        draft.likes = reactions.likes(node)
        comments = node.nodes("comment", "comments", "reply", "replies")
        stated = next(node.raws("commentcount", "replycount"), None)
        draft.replies = numbers.count(stated) if stated is not None else len(comments) or None
        draft.owner_reply = reactions.owner_reply(node, comments, self.shops)
        stated = next(
            node.raws("verified", "isverified", "verifiedpurchase", "verifiedbuyer", "isverifiedpurchase"),
            None,
        )
        draft.verified = _truth(stated)
        if draft.verified is None and node.element is not None and fallbacks.says_verified(node.element):
            draft.verified = True

    def _author(self, node: Node) -> str:
        for value in node.values("author", "creator", "reviewer"):
            person = self.by_id.get(value.id or "", value) if isinstance(value, Node) else value
            name = reactions.person(person)
            if name.casefold() not in _UNKNOWN_NAMES:
                return name[:200]
        return ""

    def _product_node(self, node: Node) -> Node | None:
        """The product reviewed: stated, or the one around, or the one whose `review` refers here, or the
        page's."""
        for value in node.nodes("itemreviewed", "about"):
            full = self.by_id.get(value.id or "", value)
            if full.text("name"):
                return full
        for raw in node.raws("itemreviewed"):
            if str(raw).strip() in self.codes:
                return self.codes[str(raw).strip()]
        return self.product_around(node) or self.owners.get(node.id or "") or self.main_product

    def product_around(self, node: Node) -> Node | None:
        """The innermost product in whose item the node stands."""
        return next((item for item in node.ancestors() if _is_product(item)), None)

    def _product_name(self, node: Node, product: Node | None) -> str:
        stated = next(
            (plain(value) for value in node.values("itemreviewed") if not isinstance(value, Node)), ""
        )
        if stated and not _BARE_ID.fullmatch(stated) and not stated.startswith(("http://", "https://", "#")):
            return stated[:500]
        return self.name_of(product) if product else ""

    def name_of(self, product: Node) -> str:
        """The product's name, read once."""
        if product not in self._names:
            self._names[product] = " ".join(product.text("name").split())[:500]
        return self._names[product]

    def _main_product(self) -> Node | None:
        """The only product of the page, or the one that the page's title or address names."""
        tops = [
            node for node in self.products if not (_is_party(node) or any(map(_is_product, node.ancestors())))
        ]
        goods = [node for node in tops if node.is_a("product", "productgroup")]
        tops = goods or [node for node in tops if node.values("aggregaterating", "review", "reviews")] or tops
        if len(tops) == 1:
            return tops[0]
        title = self.page.title.casefold()
        here = [node for node in tops if self.page.is_here(self.absolute(node.address("url")))]
        return next(iter(here or [node for node in tops if node.text("name").casefold() in title]), None)

    def absolute(self, address: str) -> str | None:
        """An http(s) address made absolute, or None."""
        return absolute(self.page.base, address)


def _is_party(node: Node) -> bool:
    """Whether an item stands for who wrote, published or sells something, and not for what is spoken of."""
    parent = node.parent
    return parent is not None and any(node in parent.nodes(name) for name in _PARTIES)


def absolute(base: str, address: str) -> str | None:
    """`address` resolved against `base` if that is an http(s) address, else None."""
    if not address or len(address) > 2000:
        return None
    try:
        joined = urljoin(base, address.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in {"http", "https"} and parts.netloc else None


def read_rating(node: Node, by_id: dict[str, Node]) -> Scale | None:
    """The rating of a review, from its Rating item or from a bare value."""
    for value in node.values("reviewrating", "rating", "ratingvalue", "starrating"):
        found = (
            read_scale(by_id.get(value.id or "", value)) if isinstance(value, Node) else _bare_scale(value)
        )
        if found:
            return found
    return None


def read_scale(node: Node) -> Scale | None:
    """Value, best and worst of a Rating or AggregateRating item."""
    for raw in node.raws("ratingvalue", "value", "average", "rating"):
        written = numbers.rating(raw)
        if written is None:
            continue
        stated = (numbers.number(next(node.raws(name), None)) for name in ("bestrating", "worstrating"))
        best, worst = stated
        if best is None:
            best = numbers.number(next(node.raws("best"), None))
        if worst is None:
            worst = numbers.number(next(node.raws("worst"), None))
        if best is not None and worst is not None and worst > best:
            best, worst = worst, best
        if written.best is not None and (best is None or best == written.best or written.value > best):
            return Scale(written.value, written.best, worst if worst is not None else written.worst)
        return Scale(written.value, best, worst)
    return None


def _bare_scale(value: str | int | float | bool | Field | Node) -> Scale | None:
    raw = value.raw() if isinstance(value, Field) else value
    written = numbers.rating(raw)
    return Scale(written.value, written.best, written.worst) if written else None


def without_name(title: str, author: str) -> str:
    """A title in which a site wrote the author's name ("review by NAME") with the name masked."""
    if len(author) < 3 or author.casefold() not in title.casefold():
        return title
    return re.sub(rf"(?<!\w){re.escape(author)}(?!\w)", "@user", title, flags=re.IGNORECASE)


def _written_by_site(title: str, product: str) -> bool:
    """ "PRODUCT - review by NAME" is no title that a person gave; neither is the product's name."""
    if not product:
        return False
    return title == product or ("@user" in title and product.casefold() in title.casefold())


def _is_product(node: Node) -> bool:
    return (
        not any(name in _NO_PRODUCTS or name in REVIEWS for name in node.types)
        and bool(node.types)
        and bool(node.values("name"))
    )


def _codes(products: list[Node]) -> dict[str, Node]:
    """Products by what a bare id string may name: @id, sku, mpn, gtin, address."""
    found: dict[str, Node] = {}
    names = ("sku", "mpn", "productid", "identifier", "gtin", "gtin8", "gtin13", "gtin14", "url")
    for node in reversed(products):
        for raw in (*node.raws(*names), node.id or ""):
            if str(raw).strip():
                found[str(raw).strip()] = node
    return found


def _owners(nodes: list[Node]) -> dict[str, Node]:
    """Which product refers to a review that stands elsewhere: `"review": {"@id": "#r1"}`."""
    return {
        review.id: node
        for node in nodes
        if _is_product(node)
        for review in node.nodes("review", "reviews")
        if review.id and not review.props
    }


def _notes(node: Node, *names: str) -> list[str]:
    """Pros or cons: an ItemList, a list of texts, or one text with a line each."""
    found: list[str] = []
    for value in node.values(*names):
        if isinstance(value, Node):
            items = value.values("itemlistelement") or [value]
            found.extend(_note(item) for item in items)
        else:
            found.extend(plain(value).split("\n"))
    return [note for note in found if note][:50]


def _note(item: str | int | float | bool | Field | Node) -> str:
    if not isinstance(item, Node):
        return plain(item)
    inner = item.nodes("item")
    return item.text("name", "text", "@value") or (inner[0].text("name") if inner else item.text("item"))


def _truth(raw: object) -> bool | None:
    if isinstance(raw, bool):
        return raw
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
        str(raw).strip().lower()
    )


def claims(node: Node) -> Iterator[str]:
    """What may be the review's own id, surest first."""
    if node.id and not node.id.startswith("_:"):
        yield node.id
    for value in node.values("identifier", "reviewid", "productreviewid"):
        stated = value.text("value", "@value") if isinstance(value, Node) else plain(value)
        if stated and len(stated) <= 200:
            yield f"id:{stated}"
    if node.element is not None:
        yield from fallbacks.ids(node.element)
