"""A page as a tree: decoded, parsed leniently, and what it says of itself (language, title, address)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser
from w3lib.encoding import html_to_unicode

from crawlers.dates import Moment, moment
from crawlers.encodings import sniff
from crawlers.parsing import Page, ParseError

_SAMPLE = 200_000
LARGEST = 20_000_000
"""Bytes of a page that are read at most; the largest shop pages have two million."""

_TRACKING = re.compile(
    r"utm_\w+|gclid|dclid|fbclid|msclkid|yclid|ysclid|_openstat|mc_[ce]id|igshid|ref|ref_|referrer|srsltid|from"
    r"|sid|phpsessid|jsessionid|sessionid|_ga|_gl|spm|scm|pk_\w+|mtm_\w+|cmpid|partner|aff\w*|bvstate|bvroute",
    re.IGNORECASE,
)
_PAGING = re.compile(
    r"page|p|pg|paged|pagina|strana|stranka|strona|str|seite|sivu|leht|lehekulg|lapa|puslapis"
    r"|reviewpage|review_page|reviewspage|cpage|pagenumber|page_no|pageno|currentpage",
    re.IGNORECASE,
)
_PAGED_PATH = re.compile(
    r"/(?:page|strana|stranka|strona|seite|lapa|puslapis|leht|sivu|pagina|stranica)[-_/]?\d{1,3}/?\Z",
    re.IGNORECASE,
)
_DOMAIN_LANGUAGES = {
    "lv": "lv", "lt": "lt", "ee": "et", "cz": "cs", "sk": "sk", "pl": "pl", "ru": "ru", "by": "ru",
    "kz": "ru", "de": "de", "at": "de", "ch": "de", "fr": "fr", "be": "nl", "nl": "nl", "es": "es",
    "pt": "pt", "br": "pt", "it": "it", "fi": "fi", "se": "sv", "dk": "da", "no": "nb", "ua": "uk",
    "ro": "ro", "hu": "hu", "bg": "bg", "hr": "hr", "si": "sl", "gr": "el", "tr": "tr", "il": "he",
    "uk": "en-gb", "ie": "en-ie", "au": "en-au", "us": "en-us",
}  # fmt: skip
_OLD_CODES = {
    "iw": "he", "in": "id", "ji": "yi", "no": "nb", "eng": "en", "deu": "de", "ger": "de", "rus": "ru",
    "lav": "lv", "lit": "lt", "est": "et", "ces": "cs", "cze": "cs", "pol": "pl",
}  # fmt: skip


@dataclass(slots=True)
class WebPage:
    """`root` is the document's tree, `base` what relative addresses resolve against, `languages` what the
    page says of itself, best first, with regions ("de-at")."""

    url: str
    root: HtmlElement
    base: str
    title: str
    now: datetime
    stated: str | None
    languages: tuple[str, ...] = ()
    _failed: dict[str, None] = field(default_factory=dict)

    def moment(self, raw: object) -> Moment | None:
        """A date in the page's languages. What failed once is not tried again, and after many failures only
        cheap forms are tried, so that a hostile page cannot hold the parser up."""
        key = str(raw)[:200]
        if key in self._failed or len(self._failed) > 40:
            return None
        found = moment(raw, self.languages, self.now)
        if found is None:
            self._failed[key] = None
        return found

    def language_of(self, stated: str) -> str | None:
        """ISO 639-1 of what a review states, else of what the page states."""
        return language(stated) or self.stated

    def is_here(self, url: str | None) -> bool:
        """Whether an address is this page's, tracking and paging aside."""
        return url is not None and bare_url(url) == bare_url(self.url)


def open_page(page: Page) -> WebPage:
    """Decodes by BOM, HTTP header, meta and content, in this order, and parses as browsers do.

    Raises ParseError if there is nothing to parse.
    """
    _check_bytes(page)
    text = _decode(page)
    if "<" not in text:
        raise ParseError(f"{page.url}: expected a web page, found no markup")
    root = _tree(text, page.url)
    title = " ".join((root.findtext(".//title") or "").split())[:500]
    tags = _language_tags(root, page.url)
    stated = next((found for tag, sure in tags if sure and (found := language(tag))), None)
    return WebPage(
        page.url, root, _base(root, page.url), title, page.collected_at, stated, tuple(t for t, _ in tags)
    )


def _check_bytes(page: Page) -> None:
    """Raises ParseError for what is no text, or more of it than a page of reviews can be."""
    head = page.body[:1024]
    if not page.body.strip():
        raise ParseError(f"{page.url}: expected a web page, got an empty body")
    if len(page.body) > LARGEST:
        raise ParseError(f"{page.url}: {len(page.body)} bytes are more than the {LARGEST} that are read")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if head.startswith(b"\x1f\x8b") or (head.count(b"\x00") > len(head) // 4 and not wide):
        raise ParseError(f"{page.url}: expected a web page, got binary data")


def _decode(page: Page) -> str:
    header = f"text/html; charset={page.charset}" if page.charset else None
    try:
        encoding, text = html_to_unicode(header, page.body, auto_detect_fun=_told_by_bytes)
    except (LookupError, ValueError):
        encoding, text = "utf-8", page.body.decode("utf-8", "replace")
    found = _told_by_bytes(page.body) if encoding.startswith("utf-8") and "\ufffd" in text else "utf-8"
    text = text if found.startswith("utf") else page.body.decode(found, "replace")
    return str(text).replace("\x00", "")


def _told_by_bytes(body: bytes) -> str:
    """For pages that do not say, or that say UTF-8 and are not: the code page whose letters fit."""
    return sniff(body[:_SAMPLE])


def _tree(text: str, url: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", recover=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"{url}: expected a web page, {error}") from error
    if root is None:
        raise ParseError(f"{url}: expected a web page, found no element")
    return root


def _base(root: HtmlElement, url: str) -> str:
    stated = root.find(".//base[@href]")
    try:
        joined = urljoin(url, stated.get("href") or "") if stated is not None else url
        return joined if urlsplit(joined).scheme in {"http", "https"} else url
    except ValueError:
        return url


def _language_tags(root: HtmlElement, url: str) -> list[tuple[str, bool]]:
    """Language tags, and whether the page states them itself; the country of its domain is a guess."""
    metas = {
        (meta.get("property") or meta.get("name") or meta.get("http-equiv") or "").lower(): meta.get(
            "content"
        )
        or ""
        for meta in root.iter("meta")
    }
    html = (
        root.get("lang")
        or root.get("{http://www.w3.org/XML/1998/namespace}lang")
        or root.get("xml:lang")
        or ""
    )
    stated = [html, metas.get("content-language", ""), metas.get("og:locale", ""), metas.get("language", "")]
    found = [(tag.strip().lower().replace("_", "-"), True) for tag in stated if language(tag)]
    try:
        domain = (urlsplit(url).hostname or "").rpartition(".")[2]
    except ValueError:
        domain = ""
    guess = _DOMAIN_LANGUAGES.get(domain)
    if guess:
        found.append((guess, False))
    if guess and guess.startswith("en-") and found[0][0] == "en":
        found.insert(0, (guess, True))
    return found


def language(tag: str) -> str | None:
    """ISO 639-1 code of a language tag, or None."""
    head = tag.strip().lower().replace("_", "-").partition("-")[0]
    head = _OLD_CODES.get(head, head)
    return head if len(head) == 2 and head.isascii() and head.isalpha() else None


@lru_cache(maxsize=4096)
def bare_url(url: str) -> str:
    """The address of what a page is about: without fragment, tracking, session and page number."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return url
    kept = [(k, v) for k, v in query if not _TRACKING.fullmatch(k) and not _is_page(k, v)]
    path = _PAGED_PATH.sub("/", parts.path) or "/"
    netloc = parts.netloc.rpartition("@")[2].lower()
    return urlunsplit((parts.scheme.lower(), netloc, path, urlencode(sorted(kept)), ""))


def _is_page(name: str, value: str) -> bool:
    """A page's number, not the number of a product or a post, which is longer."""
    return bool(_PAGING.fullmatch(name)) and value.isdigit() and len(value) <= 3


def page_number(url: str) -> int | None:
    """The page number in an address (`?page=3`, `/page/3/`), or None."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, max_num_fields=100)
    except ValueError:
        return None
    stated = next((value for name, value in query if _is_page(name, value)), None)
    if stated is None:
        found = _PAGED_PATH.search(parts.path)
        stated = "".join(ch for ch in found.group() if ch.isdigit()) if found else None
    return int(stated) if stated else None
