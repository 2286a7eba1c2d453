"""Text as a person reads it: markup, entities, control characters and hidden parts out."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from crawlers.surrogates import mend_surrogates

LONGEST = 100_000
"""Characters of one text that are kept; nobody writes longer reviews, and hostile pages do."""

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "td", "th", "tr", "ul",
))  # fmt: skip
_UNSEEN = frozenset((
    "script", "style", "template", "noscript", "svg", "select", "option", "button", "input", "textarea",
    "iframe", "object",
))  # fmt: skip
_HIDDEN_CLASSES = ("sr-only", "visually-hidden", "visuallyhidden", "off-screen", "offscreen", "screen-reader")
_MORE_CLASSES = ("show-more", "showmore", "read-more", "readmore", "more-link", "see-more", "load-more")
_TAG = re.compile(
    r"</?(?:a|b|i|u|s|p|br|em|li|ol|ul|hr|h[1-6]|div|pre|sub|sup|del|ins|font|span|strong|small|img|table|tr|td|th"
    r"|tbody|blockquote|code|center|script|style|iframe|svg|video|form|input)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_REPLACED: dict[int, str | None] = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), " ")
_REPLACED |= {0x85: "\n", 0x2028: "\n", 0x2029: "\n"} | dict.fromkeys((0x200B, 0xFEFF, 0x00AD, 0x2060))
_ODD = re.compile("[" + re.escape("".join(map(chr, _REPLACED))) + "]")
_SPACES = re.compile(r"[^\S\n]+")
_MORE = (
    "afficher plus|afficher la suite|lire la suite|voir plus|read more|show more|see more"
    "|read full review|more|mehr anzeigen|mehr lesen|weiterlesen|więcej|czytaj więcej|pokaż więcej|rozwiń"
    "|číst více|číst dál|zobrazit více|zobrazit celé|více|lasīt vairāk|rādīt vairāk|vairāk"
    "|skaityti daugiau|rodyti daugiau|daugiau|loe edasi|loe rohkem|näita rohkem|читать далее"
    "|читать дальше|читать полностью|показать полностью|показать ещё|ещё|еще|näytä lisää|lue lisää"
    "|leer más|ver más|ver mais|ler mais|leia mais|mostra altro|leggi tutto|lees meer|läs mer|visa mer"
    "|les mer|læs mere"
)
_MORE_TAIL = re.compile(rf"(?P<cut>…|\.\.\.)\s*[\[(]?(?:{_MORE})[\])]?\s*[.…›»>]*\s*\Z", re.IGNORECASE)


def clean(text: str) -> str:
    """NFC, no control or zero-width characters, no lone surrogates, spaces single, lines trimmed, none
    blank."""
    text = mend_surrogates(text[: LONGEST * 2]).replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text.translate(_REPLACED) if _ODD.search(text) else text)
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)[:LONGEST]


def from_value(raw: str) -> str:
    """A string property as plain text: entities (also doubly escaped) resolved, tags turned into line
    breaks."""
    text = raw[: LONGEST * 4]
    for _ in range(3):
        resolved = html.unescape(text) if "&" in text else text
        if resolved == text:
            break
        text = resolved
    if _TAG.search(text) or "<!--" in text:
        text = _without_tags(text)
    return without_more(clean(text))


def without_more(text: str) -> str:
    """A cut text without the words of its "read more" link; the ellipsis stays, it says that text is
    missing."""
    return _MORE_TAIL.sub(lambda found: found["cut"], text)


def _without_tags(text: str) -> str:
    parser = HTMLParser(encoding="utf-8", recover=True, huge_tree=True, remove_comments=True)
    body = mend_surrogates(text).replace("\x00", " ")
    try:
        root = etree.fromstring(f"<div>{body}</div>".encode(), parser)
    except (etree.LxmlError, ValueError):
        return _COMMENT.sub(" ", text)
    return "" if root is None else visible(root, source_breaks=True)


def visible(
    root: HtmlElement, skip: Callable[[HtmlElement], bool] | None = None, *, source_breaks: bool = False
) -> str:
    """The text of an element as shown: block elements break lines, scripts, buttons, hidden labels and
    "read more" links are left out, and so is what `skip` says. `source_breaks` keeps line breaks of the
    source, which a browser would not show."""
    parts: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            if element is not root and (_unseen(element) or (skip is not None and skip(element))):
                walk.skip_subtree()
                continue
            parts.append("\n" if element.tag in _BLOCKS else "")
            parts.append(_shown(element.text, source_breaks))
            continue
        if event == "end" and element.tag in _BLOCKS:
            parts.append("\n")
        if element is not root:
            parts.append(_shown(element.tail, source_breaks))
    return without_more(clean("".join(parts)))


def _shown(text: str | None, source_breaks: bool) -> str:
    if not text:
        return ""
    return text if source_breaks else text.replace("\n", " ").replace("\r", " ")


def _unseen(element: HtmlElement) -> bool:
    if element.tag in _UNSEEN:
        return True
    classes = (element.get("class") or "").lower()
    if not classes:
        return False
    return any(name in classes for name in _HIDDEN_CLASSES) or (
        element.tag in {"a", "span", "label"} and any(name in classes for name in _MORE_CLASSES)
    )
