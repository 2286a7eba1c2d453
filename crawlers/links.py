"""Where a shop's page leads: to its products, to more of the same list, to more reviews. No network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from crawlers.drafts import absolute
from crawlers.nodes import Node
from crawlers.plaintext import visible
from crawlers.webpage import WebPage, bare_url, page_number

MOST_LINKS = 5_000
"""Links of one page that are looked at."""

_NEXT_WORDS = frozenset((
    "next", "next page", "older", "older reviews", "more", "more reviews", "load more", "show more",
    "další", "následující", "další stránka", "starší", "nākamā", "nākamais", "tālāk", "nākamā lapa",
    "vairāk", "kitas", "toliau", "kitas puslapis", "daugiau", "järgmine", "edasi", "rohkem", "następna",
    "następny", "dalej", "następna strona", "więcej", "weiter", "nächste", "nächste seite", "mehr",
    "следующая", "далее", "вперёд", "вперед", "дальше", "ещё", "suivant", "suivante", "page suivante",
    "siguiente", "seguinte", "próxima", "próximo", "successivo", "avanti", "volgende", "nästa",
    "seuraava", "næste", "neste", "›", "»", "→", ">", ">>", "&raquo;",
))  # fmt: skip
_PAGER = re.compile(r"pagin|pager|(?:\A|[\s_-])pages?(?:\Z|[\s_-])|load-?more", re.IGNORECASE)
_CARD = re.compile(
    r"(?:\A|[\s_-])(?:product|item|goods|catalog|tovar|produkt|prece|preke|toode)[_-]?"
    r"(?:card|tile|item|pod|box|cell|teaser|preview|link|name|title|grid|list|thumb|summary|miniature|block)?s?"
    r"(?:\Z|[\s_-])",
    re.IGNORECASE,
)
_REVIEWS = re.compile(
    r"review|recenz|opini|otzyv|отзыв|atsauksm|atsiliepim|arvustus|bewertung|rezension|avis\b|hodnocen|hodnoten"
    r"|ulasan|recension|anmeldelse|arvostelu|beoordeling|comentario|valutazion|feedback|testimonial",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"cart|basket|checkout|wish|compare|login|log-in|signin|sign-in|register|account|password|logout|/add|add-|write"
    r"|/new\b|vote|report|share|mailto|tel:|javascript|print|cookie|privacy|terms|rss|feed\b|/api/|i18n|setlang"
    r"|\.(?:jpe?g|png|gif|svg|webp|pdf|zip|css|js|ico|mp4|xml|gz)\Z",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(r"nav|menu|categor|kategor|catalog|department|sidebar|aside|browse", re.IGNORECASE)


def next_page(web: WebPage) -> str | None:
    """The page after this one of the same list, by rel=next, by a link's words inside a pager or with the
    same address but for the page number, or by the number that follows this page's."""
    for element in web.root.iter("link", "a"):
        if "next" in (element.get("rel") or "").lower().split():
            found = here(web, element.get("href"))
            if found and found != web.url:
                return found
    links = list(_anchors(web))
    return _by_words(web, links) or _by_number(web, links)


def _by_words(web: WebPage, links: list[tuple[HtmlElement, str]]) -> str | None:
    for element, url in links:
        if _same_list(web, url) and _says_next(element) and page_number(url) != page_number(web.url):
            return url
        if _in_pager(element) and _says_next(element) and url != web.url:
            return url
    return None


def _by_number(web: WebPage, links: list[tuple[HtmlElement, str]]) -> str | None:
    wanted = (page_number(web.url) or 1) + 1
    for _, url in links:
        if page_number(url) == wanted and _same_list(web, url):
            return url
    return None


def _same_list(web: WebPage, url: str) -> bool:
    return bare_url(url) == bare_url(web.url)


def _says_next(element: HtmlElement) -> bool:
    words = (visible(element)[:60], element.get("aria-label") or "", element.get("title") or "")
    if any(word.strip(" .…:").casefold() in _NEXT_WORDS for word in words if word):
        return True
    classes = (element.get("class") or "").lower().split()
    return any(name == "next" or name.endswith(("-next", "_next")) for name in classes)


def _in_pager(element: HtmlElement) -> bool:
    around: HtmlElement | None = element
    for _ in range(4):
        if around is None:
            return False
        name = f"{around.get('class') or ''} {around.get('id') or ''} {around.get('aria-label') or ''}"
        if _PAGER.search(name):
            return True
        around = around.getparent()
    return False


def products(web: WebPage, nodes: list[Node]) -> list[str]:
    """Addresses of the products that a listing shows: its ItemList, its Product items, links in product
    cards."""
    found = dict.fromkeys(_listed(web, nodes))
    for element, url in _anchors(web):
        if not _ELSEWHERE.search(urlsplit(url).path) and _in_card(element) and not _same_list(web, url):
            found.setdefault(url)
    return list(found)


def _listed(web: WebPage, nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if node.is_a("listitem") and not any(around.is_a("breadcrumblist") for around in node.ancestors()):
            items = node.nodes("item")
            stated = items[0].address("url") or items[0].id or "" if items else node.address("item")
            yield from filter(None, [here(web, node.address("url") or stated)])
        elif node.is_a("product") and node.address("url"):
            found = here(web, node.address("url"))
            if found and not _same_list(web, found):
                yield found


def _in_card(element: HtmlElement) -> bool:
    around: HtmlElement | None = element
    for _ in range(5):
        if around is None:
            return False
        if around.tag == "article" or _CARD.search(around.get("class") or ""):
            return True
        if "/Product" in (around.get("itemtype") or ""):
            return True
        around = around.getparent()
    return False


def check(follow: str) -> None:
    """Raises ValueError if the option `follow` is neither empty, a path pattern nor a CSS selector."""
    if follow and not follow.startswith("/"):
        try:
            CSSSelector(follow, translator="html")
        except SelectorError as error:
            raise ValueError(f"follow = {follow!r} is no CSS selector: {error}") from error


def wanted(web: WebPage, follow: str) -> list[str]:
    """Links that the option `follow` picks: a path pattern (`/product/*`), or a CSS selector of links or of
    what holds them."""
    return list(dict.fromkeys(url for _, url in wanted_links(web, follow)))


def wanted_links(web: WebPage, follow: str) -> list[tuple[HtmlElement, str]]:
    """As `wanted`, with the elements that link."""
    if follow.startswith("/"):
        return [(link, url) for link, url in _anchors(web) if fnmatchcase(urlsplit(url).path, follow)]
    picked = CSSSelector(follow, translator="html")(web.root)
    elements = [
        link for element in picked for link in ([element] if element.tag == "a" else element.iter("a"))
    ]
    return [(link, url) for link in elements if (url := here(web, link.get("href")))]


def all_reviews(web: WebPage) -> list[str]:
    """Links from a product to the page of all its reviews: below the product's own address, named so."""
    stem = re.sub(r"\.\w{2,5}\Z", "", urlsplit(bare_url(web.url)).path).rstrip("/")
    if not stem:
        return []
    found: dict[str, str] = {}
    for element, url in _anchors(web):
        path = urlsplit(url).path
        deeper = path.startswith(stem) and path.rstrip("/") != urlsplit(web.url).path.rstrip("/")
        tail = path[len(stem) :]
        named = tail.count("/") <= 2 and _REVIEWS.search(tail) and not _ELSEWHERE.search(tail)
        if deeper and named and not _one_review(element, tail):
            found.setdefault(bare_url(url), url)
    return list(found.values())[:3]


def _one_review(element: HtmlElement, tail: str) -> bool:
    """A permalink of one review (`/reviews/17/`) is not the list."""
    return tail.rstrip("/").rpartition("/")[2].isdigit() or "bookmark" in (element.get("rel") or "")


def categories(web: WebPage) -> list[str]:
    """Links of the page's navigation, to go from a shop's front page to its lists; all links if it has
    none."""
    links = [
        (e, url) for e, url in _anchors(web) if not _ELSEWHERE.search(urlsplit(url).path) and url != web.url
    ]
    navigation = [url for element, url in links if _in_navigation(element)]
    return list(dict.fromkeys(navigation or [url for _, url in links]))


def _in_navigation(element: HtmlElement) -> bool:
    around: HtmlElement | None = element
    for _ in range(6):
        if around is None:
            return False
        if around.tag == "nav" or _NAVIGATION.search(f"{around.get('class') or ''} {around.get('id') or ''}"):
            return True
        around = around.getparent()
    return False


def _anchors(web: WebPage) -> Iterator[tuple[HtmlElement, str]]:
    """Links to the same host, made absolute, without fragments."""
    for number, element in enumerate(web.root.iter("a")):
        if number >= MOST_LINKS:
            return
        url = here(web, element.get("href"))
        if url:
            yield element, url


def here(web: WebPage, address: str | None) -> str | None:
    """The address made absolute if it lies on the page's own host, without fragment; else None."""
    if not address or address.startswith("#"):
        return None
    url = absolute(web.base, address)
    if url is None or _host(url) != _host(web.url):
        return None
    return url.partition("#")[0]


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")


def same_host(url: str, other: str) -> bool:
    """Whether two addresses lie on one host, `www.` aside."""
    try:
        return _host(url) == _host(other)
    except ValueError:
        return False


def fits(url: str, follow: str) -> bool:
    """Whether an address has the shape of a path pattern; without one, whether it may be a page at all."""
    path = urlsplit(url).path
    return fnmatchcase(path, follow) if follow.startswith("/") else not _ELSEWHERE.search(path)
