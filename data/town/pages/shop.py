"""The operators' shops: listings and product pages, reviews in JSON-LD or microdata, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from data.town.catalogue import products
from data.town.entries import Entry, Product
from data.town.pages.markup import document, iso, pages_of, paging, script
from data.town.phrases import brand, brands
from data.town.town import Town

REVIEWS_A_PAGE, PRODUCTS_A_PAGE = 12, 4


def front(town: Town, origin: str) -> str:
    """The shopping street: links to the three shops."""
    links = "".join(f'<li><a href="/shop/{each.key}/">{each.name}</a></li>' for each in brands())
    return document("Shops of the town", f"<h1>Shops</h1><ul>{links}</ul>")


def listing(town: Town, origin: str, key: str, number: int) -> str | None:
    """Products of a shop, a few a page, named in an ItemList too; None beyond the last page."""
    own = [each for each in products() if each.brand == key]
    last = pages_of(len(own), PRODUCTS_A_PAGE)
    shown = own[(number - 1) * PRODUCTS_A_PAGE : number * PRODUCTS_A_PAGE]
    if not shown:
        return None
    head, nav = paging(f"/shop/{key}/", number, last)
    items = [
        {"@type": "ListItem", "position": place, "url": origin + path(each), "name": each.name}
        for place, each in enumerate(shown, 1)
    ]
    head += script({"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items})
    cards = "".join(_card(town, each) for each in shown)
    title = f"{brand(key).name} shop"
    return document(
        title, f"<header><a href='/shop/'>Shops</a></header><h1>{title}</h1>{cards}{nav}", head=head
    )


def _card(town: Town, product: Product) -> str:
    count = len(town.thread("shop", product.key))
    return (
        f'<div class="product-card"><h2><a href="{path(product)}">{escape(product.name)}</a></h2>'
        f"<p>{product.price} € · {count} reviews</p></div>\n"
    )


def path(product: Product) -> str:
    """Where the product stands in the town."""
    return f"/shop/{product.brand}/p/{product.key.partition('/')[2]}/"


def page(town: Town, origin: str, product: Product, number: int) -> str | None:
    """A product with a page of its reviews; None beyond the last page."""
    reviews = sorted(town.thread("shop", product.key), key=lambda entry: (entry.at, entry.id), reverse=True)
    last = pages_of(len(reviews), REVIEWS_A_PAGE)
    if not 1 <= number <= last:
        return None
    shown = reviews[(number - 1) * REVIEWS_A_PAGE : number * REVIEWS_A_PAGE]
    head, nav = paging(path(product), number, last)
    head += f'<link rel="canonical" href="{origin}{path(product)}">\n'
    if product.markup == "json-ld":
        head += script(_product_json(origin, product, reviews, shown))
        body = "".join(map(_plain_review, shown))
    else:
        body = _microdata(product, reviews, shown)
    crumbs = f'<header><a href="/shop/{product.brand}/">{brand(product.brand).name}</a></header>'
    return document(product.name, f"{crumbs}<h1>{escape(product.name)}</h1>{body}{nav}", head=head)


# --- JSON-LD


def _product_json(origin: str, product: Product, reviews: list[Entry], shown: list[Entry]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": f"urn:town:product:{product.key.replace('/', ':')}",
        "name": product.name,
        "sku": product.key.replace("/", "-").upper(),
        "brand": {"@type": "Brand", "name": brand(product.brand).name},
        "url": origin + path(product),
        "offers": {"@type": "Offer", "price": product.price, "priceCurrency": "EUR"},
        "review": [_review_json(origin, product, entry) for entry in shown],
    }
    if reviews:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": average(reviews),
            "reviewCount": str(len(reviews)),
            "bestRating": "5",
            "worstRating": "1",
        }
    return data


def _review_json(origin: str, product: Product, entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@type": "Review",
        "@id": entry.native_id,
        "url": f"{origin}{path(product)}#review-{entry.id}",
        "author": {"@type": "Person", "name": entry.author.handle},
        "datePublished": iso(entry.at),
        "inLanguage": entry.lang,
        "reviewBody": entry.text,
        "reviewRating": {"@type": "Rating", "ratingValue": entry.stars, "bestRating": 5, "worstRating": 1},
    }
    return data | dict(_extras(entry))


def _extras(entry: Entry) -> Iterable[tuple[str, Any]]:
    """What only some reviews have."""
    if entry.title:
        yield "name", entry.title
    if entry.edited_at:
        yield "dateModified", iso(entry.edited_at)
    if entry.likes:
        action = {"@type": "LikeAction"}
        yield (
            "interactionStatistic",
            {
                "@type": "InteractionCounter",
                "interactionType": action,
                "userInteractionCount": entry.likes,
            },
        )
    if entry.tags:
        notes = [{"@type": "ListItem", "position": at, "name": tag} for at, tag in enumerate(entry.tags, 1)]
        name = "positiveNotes" if (entry.level or 0) > 3 else "negativeNotes"
        yield name, {"@type": "ItemList", "itemListElement": notes}
    if entry.owner_reply and entry.brand:
        author = {"@type": "Organization", "name": brand(entry.brand).name}
        yield "comment", {"@type": "Comment", "author": author, "text": entry.owner_reply}


def average(reviews: list[Entry]) -> str:
    """The mean of the stars with one decimal."""
    return f"{sum(entry.stars or 0 for entry in reviews) / len(reviews):.1f}"


def _plain_review(entry: Entry) -> str:
    title = f"<h3>{escape(entry.title)}</h3>" if entry.title else ""
    reply = f"<blockquote>{escape(entry.owner_reply)}</blockquote>" if entry.owner_reply else ""
    return (
        f'<article id="review-{entry.id}" lang="{entry.lang}">{title}<small>{"★" * (entry.stars or 0)} '
        f"{escape(entry.author.handle)}, {entry.at:%Y-%m-%d}</small>"
        f"<p>{escape(entry.text)}</p>{reply}</article>\n"
    )


# --- microdata


def _microdata(product: Product, reviews: list[Entry], shown: list[Entry]) -> str:
    aggregate = (
        '<p itemprop="aggregateRating" itemscope itemtype="https://schema.org/AggregateRating">'
        f'<span itemprop="ratingValue">{average(reviews).replace(".", ",")}</span> of '
        f'<span itemprop="bestRating">5</span>, <span itemprop="reviewCount">{len(reviews)}</span></p>'
        if reviews
        else ""
    )
    return (
        '<div itemscope itemtype="https://schema.org/Product">'
        f'<meta itemprop="name" content="{escape(product.name)}">'
        f'<meta itemprop="brand" content="{brand(product.brand).name}">{aggregate}\n'
        f"{''.join(map(_microdata_review, shown))}</div>"
    )


def _microdata_review(entry: Entry) -> str:
    title = f'<h3 itemprop="name">{escape(entry.title)}</h3>' if entry.title else ""
    return (
        f'<article id="review-{entry.id}" itemprop="review" itemscope itemtype="https://schema.org/Review" '
        f'itemid="{entry.native_id}" lang="{entry.lang}">{title}'
        '<span itemprop="reviewRating" itemscope itemtype="https://schema.org/Rating">'
        f'<meta itemprop="ratingValue" content="{entry.stars}"><meta itemprop="bestRating" content="5">'
        f'<meta itemprop="worstRating" content="1">{"★" * (entry.stars or 0)}</span> '
        f'<small><span itemprop="author">{escape(entry.author.handle)}</span>, '
        f'<time itemprop="datePublished" datetime="{iso(entry.at)}">{entry.at:%d.%m.%Y}</time></small>'
        f'<meta itemprop="inLanguage" content="{entry.lang}">'
        f'<p itemprop="reviewBody">{escape(entry.text)}</p></article>\n'
    )
