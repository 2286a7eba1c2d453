"""Which encoding a file has: byte order marks, valid UTF-8, else the Windows code page whose letters fit."""

from __future__ import annotations

import codecs
import math
from collections import Counter

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Letters beyond ASCII in running text, commonest first, by language; only the order is used.
_LETTERS = {
    "cp1257": ("āīšēūņļķžģč", "ėšžųįąčęū", "äõüöšž"),
    "cp1250": ("íáéěřčýžšůúťďň", "łęąóżśćńź", "áéíčýžšúľťňôďäóĺŕ", "áéőöóíűüú"),
    "cp1251": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаниівретслкудмпязьбгйчхцїюжщфшєґ"),
    "cp1252": ("äüöß", "éèàêçâîôùûëï", "áóéíñú", "ãçáéíóêõú", "åäöéø æ"),
}
_COMMON = "„“”–—…’«»№€°§·"
_NEVER = math.log(1e-5)


def sniff(sample: bytes) -> str:
    """The name of the encoding of a file that begins with `sample`; UTF-8 if nothing speaks against it."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    wide = _without_mark(sample)
    if wide:
        return wide
    return "utf-8" if _is_utf8(sample) else max(_LETTERS, key=lambda name: _likelihood(sample, name))


def _without_mark(sample: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    size = len(sample) // 2
    if size < 2:
        return None
    if sample[1::2].count(0) > 0.6 * size:
        return "utf-16-le"
    return "utf-16-be" if sample[0::2].count(0) > 0.6 * size else None


def _is_utf8(sample: bytes) -> bool:
    """Valid UTF-8, though the sample may end inside a character; few wrong bytes among characters of several
    bytes are slips, since other encodings hardly ever look like those."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(sample)
    wide = sum(ch > "\x7f" for ch in text)
    wrong = text.count("\ufffd")
    return wrong * 3 <= wide


def _likelihood(sample: bytes, name: str) -> float:
    """How well the letters beyond ASCII fit the best language of a code page: mean log frequency by rank."""
    counts = Counter(ch for ch in sample.decode(name, "replace").lower() if ch > "\x7f" and ch not in _COMMON)
    total = sum(counts.values()) or 1
    best = -math.inf
    for letters in _LETTERS[name]:
        norm = sum(1 / (rank + 1) for rank in range(len(letters)))
        odds = {letter: math.log(1 / ((rank + 1) * norm)) for rank, letter in enumerate(letters)}
        best = max(best, sum(odds.get(ch, _NEVER) * n for ch, n in counts.items()) / total)
    return best
