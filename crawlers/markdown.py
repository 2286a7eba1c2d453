"""Markdown as people write it in forums, to plain text."""

from __future__ import annotations

import re

from crawlers.items import own_lines
from crawlers.text import clean, mask_handles

_LONGEST = 100_000
_IMAGE = re.compile(r"!\[([^\]\[]{0,300})\]\([^()\s]{0,2000}(?:\s[^()]{0,300})?\)")
_LINK = re.compile(r"\[([^\]\[]{1,500})\]\([^()\s]{0,2000}(?:\s[^()]{0,300})?\)")


def markdown_words(markdown: str | None) -> str:
    """Plain text: quotes of others out, links and pictures by their words, handles masked."""
    text = own_lines((markdown or "")[:_LONGEST])
    return mask_handles(clean(_LINK.sub(r"\1", _IMAGE.sub(r"\1", text))))
