"""HTML fragments that people wrote, to plain text; handles masked. The words themselves: plaintext.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

import lxml.html
from lxml import etree

from crawlers.plaintext import clean, visible, without_more
from crawlers.surrogates import mend_surrogates

MAX_FRAGMENT = 2_000_000
"""Characters of one fragment that are looked at; what a person writes is far below."""
PAGE_BUDGET = 2_000_000
"""Characters of markup that are turned into words on one page; the rest is rejected."""
MASK = "@user"
Element: TypeAlias = lxml.html.HtmlElement
_HANDLE = re.compile(r"(?<![\w@/.])@[\w](?:[\w.-]*\w)?(?:@\w(?:[\w.-]*\w)?)?")


class TooMuchText(ValueError):
    """A page holds more markup than people write in one place."""


class Words:
    """Turns the fragments of one page into words, until the page's budget is used up."""

    def __init__(self, budget: int = PAGE_BUDGET) -> None:
        self._left = budget

    def spend(self, markup: str) -> str:
        """The markup itself.

        Raises TooMuchText when this page has had its share.
        """
        self._left -= len(markup)
        if self._left < 0:
            raise TooMuchText(f"the page holds more than {PAGE_BUDGET} characters of markup")
        return markup

    def of(self, markup: str, skip: Callable[[Element], bool] | None = None) -> str:
        """The words of a fragment; see html_to_text. Raises TooMuchText."""
        return html_to_text(self.spend(markup), skip)


def html_to_text(markup: str, skip: Callable[[Element], bool] | None = None) -> str:
    """The words of an HTML fragment; elements for which `skip` is true are left out. Emoji pictures give
    their name."""
    if "<" not in markup and "&" not in markup:  # plain words: a title, a short comment
        return without_more(clean(markup[:MAX_FRAGMENT].replace("\r", " ").replace("\n", " ")))
    root = fragment(markup)
    return "" if root is None else element_text(root, skip)


def element_text(root: Element, skip: Callable[[Element], bool] | None = None) -> str:
    """The words of an element already parsed."""
    for image in root.iter("img"):
        named = f"{image.get('class') or ''} {(image.get('src') or '')[:200]}"
        if "emoji" in named or "smil" in named:
            image.tail = (image.get("alt") or "") + (image.tail or "")
    return visible(root, skip)


def fragment(markup: str) -> Element | None:
    """An element that holds the fragment, or None where there is nothing to parse."""
    text = mend_surrogates(markup[:MAX_FRAGMENT]).replace("\x00", " ")
    if not text.strip():
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        return lxml.html.document_fromstring(f"<div>{text}</div>".encode(), parser=parser).body
    except (etree.LxmlError, ValueError, IndexError):
        return None  # nothing but comments or processing instructions: no words


def mask_handles(text: str) -> str:
    """`@name` becomes `@user`: a handle inside a text is personal data. Mail addresses are left alone."""
    return _HANDLE.sub(MASK, text)


__all__ = [
    "MASK",
    "Element",
    "TooMuchText",
    "Words",
    "clean",
    "element_text",
    "fragment",
    "html_to_text",
    "mask_handles",
]
