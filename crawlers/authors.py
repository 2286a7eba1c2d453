"""Authors without their names: a keyed hash of the handle, and features of the handle computed first."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass

PARSE_KEY = b"sayso parse: documented key, not a secret"
"""Used by `sayso parse` outside a home, so that its output is the same everywhere."""


@dataclass(frozen=True, slots=True)
class AuthorHasher:
    """Turns a handle into HMAC-SHA256 under the home's key: 32 hex digits, the same for the same person
    on the same source."""

    key: bytes = PARSE_KEY

    def hash(self, source: str, handle: str) -> str:
        """`source` is the mention's source (kind and host), so that equal names on two sites stay apart."""
        name = unicodedata.normalize("NFKC", handle).strip().casefold()
        message = f"{source}\x1f{name}".encode("utf-8", "surrogatepass")
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()[:32]


def features(handle: str) -> dict[str, float]:
    """Shape of a handle: length, spaces, digits at its end, shares of digits, letters and capitals.

    Kept instead of the handle: campaigns are told by such shapes.
    """
    name = handle.strip()
    size = max(len(name), 1)
    tail = len(name) - len(name.rstrip("0123456789"))
    return {
        "length": float(len(name)),
        "digits": sum(ch.isdigit() for ch in name) / size,
        "digit_tail": float(tail),
        "letters": sum(ch.isalpha() for ch in name) / size,
        "spaces": float(name.count(" ")),
        "upper": sum(ch.isupper() for ch in name) / size,
    }
