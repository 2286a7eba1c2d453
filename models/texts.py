"""Texts as the reader takes them: any string in, something the tokenizer can read out."""

from __future__ import annotations

import re

PREFIX = "query: "
"""What the encoder was pretrained to see before a text."""

HEAD_CHARACTERS = 24_000
TAIL_CHARACTERS = 12_000
SHORTEST_SHOUT = 8
SHOUTED = 0.7
_SENTENCE = re.compile(r"(?:^|[.!?…]\s+)\W*\w")


def readable(text: str) -> str:
    """The text as valid Unicode, shortened in the middle if it is huge.

    Surrogate pairs become the character they spell, lone surrogates a replacement sign. Of more than
    36,000 characters the first 24,000 and the last 12,000 are read. A text in capitals is read in small
    letters: the encoder met few capitals, and a shout says the same words.
    """
    if len(text) > HEAD_CHARACTERS + TAIL_CHARACTERS:
        text = f"{text[:HEAD_CHARACTERS]} {text[-TAIL_CHARACTERS:]}"
    return calmed(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def calmed(text: str) -> str:
    """A text that is mostly capitals in small letters, each sentence with its capital; others as they are."""
    cased = [c for c in text if c.isupper() or c.islower()]
    shouted = sum(c.isupper() for c in cased)
    if len(cased) < SHORTEST_SHOUT or shouted < SHOUTED * len(cased):
        return text
    return _SENTENCE.sub(lambda found: found[0].upper(), text.lower())


def with_title(title: str | None, text: str) -> str:
    """Title and text in one, as the reader was trained: the title first, closed by a full stop."""
    title, text = (title or "").strip(), text.strip()
    if not title or not text:
        return title or text
    return f"{title} {text}" if title[-1] in ".!?…:" else f"{title}. {text}"
