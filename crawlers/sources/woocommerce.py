"""Kind `woocommerce`: reviews of the products of shops that run WooCommerce, through its public Store API.

Format: the plugin's own description of its answers, not yet seen from a shop. A review without stars has a
rating of null, or 0 from older versions: stars begin at 1.
"""

from __future__ import annotations

from typing import Any

from crawlers.items import authorship, iso_time, published, rated, read_items, truth, web_address
from crawlers.jsonpage import integer, load_json, string
from crawlers.mention import Mention
from crawlers.numbers import number
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.text import Element, Words, mask_handles
from crawlers.visit import Visit
from crawlers.walks import texts
from crawlers.wordpress import SIZE, discover, walk_list

_WORST, _BEST = 1.0, 5.0


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Reviews of the Store API.

    Raises ParseError for anything else.
    """
    reviews = load_json(page)
    if not isinstance(reviews, list):
        raise ParseError(f"{page.url}: expected reviews of WooCommerce")
    words, needs = Words(), ("id", "date_created_gmt", "product_id", "review", "rating", "reviewer")
    return read_items(
        page, reviews, lambda review: _mention(page, review, words), ids=("id", "product_id"), needs=needs
    )


def _mention(page: Page, review: dict[str, Any], words: Words) -> Mention:
    """Raises ValueError for a review without an id, or with neither words nor stars."""
    native, source = integer(review.get("id")), f"woocommerce:{page.host}"
    if not native:
        raise ValueError("review without an id")
    product = web_address(review.get("product_permalink"))
    return Mention(
        source=source,
        kind="review",
        target=page.target,
        native_id=str(native),
        url=f"{product.partition('#')[0]}#comment-{native}" if product else None,
        text=mask_handles(words.of(string(review.get("review")) or "", _foreign)) or None,
        **rated(number(review.get("rating")), _WORST, _BEST),
        **authorship(page, source, string(review.get("reviewer"))),
        verified=truth(review.get("verified")),
        **published(iso_time(review.get("date_created_gmt"), page.collected_at)),
        collected_at=page.collected_at,
        product=words.of(string(review.get("product_name")) or "")[:500] or None,
    )


def _foreign(element: Element) -> bool:
    """Quotes are not the author's words."""
    return element.tag == "blockquote"


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """The reviews of the shop, or of the products or categories asked for, newest first."""
    api = await discover(visit)
    here = str(api.number) if api.kind == "product" else None
    products = ",".join(texts(visit, "product_id", "product_ids")) or here
    categories = ",".join(texts(visit, "category_id", "category_ids")) or None

    def address(page: int) -> str:
        asked = {"product_id": products, "category_id": categories, "orderby": "date", "order": "desc"}
        return api.at("wc/store/v1/products/reviews", per_page=SIZE, page=page, **asked)

    await walk_list(visit, f"{products or ''} {categories or ''}", address)


SOURCE = Source(
    kind="woocommerce",
    summary="WooCommerce: product reviews of a shop, or of one product",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="experimental",
    terms="A public API without a key; each shop has its own terms, robots.txt is obeyed.",
    options={
        "url": "the shop, one of its products, or its API (/wp-json)",
        "product_id": "only reviews of the product with this number",
        "product_ids": "of several products",
        "category_id": "only reviews of the products in this category",
        "category_ids": "in several categories",
        "max_pages": "pages of one run at most",
    },
)
