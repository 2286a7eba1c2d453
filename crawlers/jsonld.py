"""JSON-LD as pages hold it: wrapped in comments and CDATA, with control characters, trailing commas and
braces."""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator
from typing import Any

from crawlers.nodes import Node, local
from crawlers.surrogates import mend_surrogates

DEEPEST = 60
_LONGEST = 2_000_000
_MOST_OPEN = 900
"""Mending more open brackets is in vain: no value that nests so deep can be read."""
_WRAPPERS = ("/*<![CDATA[*/", "//<![CDATA[", "<![CDATA[", "<!--", "/*]]>*/", "//]]>", "]]>", "//-->", "-->")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|x([0-9a-fA-F]{2}))')
_WORD = re.compile(r"[A-Za-z_$@][\w$@-]*")
_LITERALS = {"None": "null", "undefined": "null", "True": "true", "False": "false"}
_INVISIBLE = "\ufeff\u200b\u2060"
_STARTS = '"{[-0123456789tfnNI'


class JsonLdError(ValueError):
    """A script that says it is JSON-LD and cannot be read, even leniently."""


def read(source: str) -> list[Any]:
    """All JSON values in the script, in order. Raises JsonLdError if there is none or it nests too deep."""
    text = _unwrapped(source)
    if not text:
        return []
    try:
        return _values(text)
    except RecursionError as error:
        raise JsonLdError("nested too deep to read") from error
    except ValueError as error:
        raise JsonLdError(f"not JSON: {error}") from error


def _values(text: str) -> list[Any]:
    """As it stands, else mended, else with its quotation marks mended too."""
    with contextlib.suppress(ValueError):
        return [json.loads(text, strict=False)]
    if len(text) > _LONGEST:
        raise ValueError(f"broken, and longer than the {_LONGEST} characters that are mended")
    with contextlib.suppress(ValueError):
        return list(_pieces(_mended(text, False)))
    return list(_pieces(_mended(text, True)))


def _unwrapped(source: str) -> str:
    text = source.replace("\x00", "").lstrip("\ufeff").strip()
    changed = True
    while changed:
        changed = False
        for mark in _WRAPPERS:
            bare = text.removeprefix(mark).removesuffix(mark).strip()
            changed, text = changed or bare != text, bare
    if "&quot;" in text and '"' not in text:
        text = html.unescape(text)
    return text.rstrip(";").strip()


def _pieces(text: str) -> Iterator[Any]:
    """Successive values; stray brackets, commas and semicolons between them are passed over."""
    decoder, place, found = json.JSONDecoder(strict=False), 0, 0
    while place < len(text):
        if text[place] not in "{[":
            place += 1
            continue
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError:
            if not found:
                raise
            return
        found += 1
        yield value
    if not found:
        raise ValueError("no object in it")


def _mended(text: str, quotes: bool) -> str:
    """Comments and trailing commas out, control characters and wrong escapes in strings put right, brackets
    that were left open closed. With `quotes`, also quotation marks inside strings that nobody escaped."""
    return _Mender(text, quotes).run()


class _Mender:
    """One pass over the characters; `out` is the mended text, `open` the closing brackets still owed."""

    def __init__(self, text: str, quotes: bool) -> None:
        self.text, self.quotes = text, quotes
        self.out: list[str] = []
        self.open: list[str] = []
        self.place = 0

    def run(self) -> str:
        while self.place < len(self.text):
            char = self.text[self.place]
            if char in "\"'":
                self._string(char)
            elif char == "/" and self.text[self.place + 1 : self.place + 2] in {"/", "*"}:
                self._comment()
            else:
                self._bare(char)
        self._drop_comma()
        self.out.extend(reversed(self.open))
        return "".join(self.out)

    def _bare(self, char: str) -> None:
        """Outside of strings: brackets, white space of any kind, and words of JavaScript and Python."""
        if word := _WORD.match(self.text, self.place):
            self._word(word)
            return
        self.place += 1
        char = " " if char.isspace() or char in _INVISIBLE else char
        if char in "{[":
            self._separate()
            self.open.append("}" if char == "{" else "]")
            if len(self.open) > _MOST_OPEN:
                raise RecursionError("more brackets stand open than a value can nest")
        elif char in "}]":
            if not self.open or self.open[-1] != char:
                return
            self._drop_comma()
            self.open.pop()
        self.out.append(char)

    def _word(self, word: re.Match[str]) -> None:
        """A name before a colon is a key that lacks its marks; of the others, what JSON has words for."""
        self.place = word.end()
        is_key = self.text[self.place : self.place + 20].lstrip().startswith(":")
        self.out.append(f'"{word[0]}"' if is_key else _LITERALS.get(word[0], word[0]))

    def _separate(self) -> None:
        """The comma that was forgotten between two values."""
        last = next((piece[-1] for piece in reversed(self.out) if not piece.isspace()), "")
        if self.open and last in {'"', "}", "]"}:
            self.out.append(",")

    def _drop_comma(self) -> None:
        while self.out and (self.out[-1].isspace() or self.out[-1] == ","):
            self.out.pop()

    def _comment(self) -> None:
        end = "\n" if self.text[self.place + 1] == "/" else "*/"
        stop = self.text.find(end, self.place + 2)
        self.place = len(self.text) if stop < 0 else stop + len(end)

    def _string(self, mark: str) -> None:
        """A string between these marks. Apostrophes stand within words too: only one that can end a string
        does."""
        self._separate()
        self.out.append('"')
        self.place += 1
        while self.place < len(self.text):
            char = self.text[self.place]
            if char == mark and ((mark == '"' and not self.quotes) or self._closes(mark)):
                break
            self._inside(char)
        self.out.append('"')
        self.place += 1

    def _inside(self, char: str) -> None:
        if char == "\\":
            self._escape()
            return
        if char == '"':
            self.out.append('\\"')
        else:
            self.out.append(char if char >= " " else f"\\u{ord(char):04x}")
        self.place += 1

    def _escape(self) -> None:
        """JSON's own escapes stay; `\\x26` is a character, `\\'` a quotation mark, any other a backslash."""
        found = _ESCAPE.match(self.text, self.place)
        if found:
            self.out.append(f"\\u00{found[1]}" if found[1] else found.group())
            self.place = found.end()
        else:
            self.out.append("" if self.text.startswith("\\'", self.place) else "\\\\")
            self.place += 1

    def _closes(self, mark: str) -> bool:
        """A quotation mark ends the string if what follows can follow a string."""
        rest = self.text[self.place + 1 : self.place + 200].lstrip()
        if not rest or rest[0] in ":}]":
            return True
        return rest[0] == "," and rest[1:].lstrip()[:1] in {*_STARTS, mark, "}", "]"}


def nodes(values: list[Any], group: str) -> list[Node]:
    """The items of a script, nested ones inside their parents' properties. References stay nodes with
    nothing but an id. What lies deeper than DEEPEST levels is left out."""
    return [node for value in values for node in _convert(value, None, group, 0)]


def _convert(value: Any, parent: Node | None, group: str, depth: int) -> list[Node]:
    if depth > DEEPEST:
        return []
    if isinstance(value, list):
        return [node for item in value for node in _convert(item, parent, group, depth + 1)]
    if not isinstance(value, dict):
        return []
    node = Node(_types(value.get("@type", value.get("type"))), group, _text(value.get("@id")), parent)
    for key, content in value.items():
        if key not in {"@type", "@context", "@id"}:
            _fill(node, key, content, depth + 1)
    return [node]


def _fill(node: Node, key: str, content: Any, depth: int) -> None:
    for item in content if isinstance(content, list) else [content]:
        if isinstance(item, dict) and not isinstance(item.get("@value", {}), dict | list):
            item = item["@value"]  # noqa: PLW2901 - a value with its language or type
        if isinstance(item, dict | list):
            for child in _convert(item, node, node.group, depth):
                node.add(key, child)
        elif isinstance(item, str):
            node.add(key, mend_surrogates(item))
        elif isinstance(item, bool | int | float):
            node.add(key, item)


def _types(stated: Any) -> tuple[str, ...]:
    names = stated if isinstance(stated, list) else [stated]
    return tuple(local(name) for name in names if isinstance(name, str))


def _text(stated: Any) -> str | None:
    return mend_surrogates(stated).strip() or None if isinstance(stated, str) else None
