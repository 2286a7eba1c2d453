"""Halves of characters: JSON can hold them, UTF-8 cannot."""

from __future__ import annotations

import re
from typing import Any

_SURROGATES = re.compile("[\ud800-\udfff]")


def mend_surrogates(text: str) -> str:
    """Joins surrogate pairs that JSON left apart and replaces lone ones, so that the text encodes to
    UTF-8."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mended(value: Any) -> Any:
    """The value with every text in it mended, however lists and objects hold it."""
    if isinstance(value, str):
        return mend_surrogates(value)
    if isinstance(value, list):
        return [mended(item) for item in value]
    return {mended(key): mended(item) for key, item in value.items()} if isinstance(value, dict) else value
