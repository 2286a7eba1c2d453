"""What a spider wants to know of a page: where it leads, and whether to go there. No network."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from crawlers import links
from crawlers.nodes import Node
from crawlers.parsing import Parsed
from crawlers.webpage import WebPage


class Leads(NamedTuple):
    """Plain values, so that they travel between processes.

    `found` counts review-like nodes, `ids` are those of the mentions; `newest_first` says that their dates
    fall, so that nothing new can follow what is known. Addresses: the page after this one, what the option
    `follow` picks, products that are shown, the lists of the navigation, the page of all reviews.
    """

    is_product: bool
    found: int
    ids: frozenset[str]
    newest_first: bool
    following: str | None
    picked: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    all_reviews: tuple[str, ...] = ()


def next_lead(web: WebPage, parsed: Parsed, *, is_product: bool) -> Leads:
    """Of a further page of reviews, which leads to the next one only."""
    ids = frozenset(mention.native_id for mention in parsed.mentions)
    return Leads(is_product, parsed.found, ids, _newest_first(parsed), links.next_page(web))


def all_leads(web: WebPage, parsed: Parsed, nodes: list[Node], follow: str, *, is_product: bool) -> Leads:
    """Of a page that may be a list, a product or neither."""
    return next_lead(web, parsed, is_product=is_product)._replace(
        picked=tuple(links.wanted(web, follow)) if follow else (),
        shown=() if follow or is_product else tuple(links.products(web, nodes)),
        categories=() if follow or is_product else tuple(links.categories(web)),
        all_reviews=tuple(links.all_reviews(web)),
    )


def _newest_first(parsed: Parsed) -> bool:
    """Whether the page's dates fall. No dates: taken for so."""
    times = [mention.published_at for mention in parsed.mentions if mention.published_at]
    return all(later >= earlier for later, earlier in itertools.pairwise(times))
