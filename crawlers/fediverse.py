"""What federated networks have in common: one post is seen on many servers under its one address."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawlers.items import web_address
from crawlers.jsonpage import string
from crawlers.mention import digest

_LONGEST = 200


def identity(uri: Any, seen_on: str, number: str) -> tuple[str, str]:
    """Host and native id of a post: those of its origin, so that it counts once wherever it is seen.

    An author's name in the address does not enter the id. `seen_on` and `number` (the server that was asked,
    and the post's number there) stand in where the address says nothing.
    """
    address = web_address(uri)
    if address is None:
        return seen_on, number
    parts = urlsplit(address)
    path = [part for part in parts.path.split("/") if part]
    native = path[-1] if path and names_somebody(address) else "/".join(path)
    native += f"?{parts.query}" if parts.query else ""
    if not native:
        return seen_on, number
    return parts.netloc.lower(), native if len(native) <= _LONGEST else digest(address)[:32]


def names_somebody(address: str) -> bool:
    """Whether an address carries its author's name, as `/users/NAME/...` and `/@NAME/...` do."""
    path = [part for part in urlsplit(address).path.split("/") if part]
    return any(part in ("users", "u", "user", "profile") or part.startswith("@") for part in path[:-1])


def handle(name: Any, home: str) -> str | None:
    """`name@host`, where the name alone is one of the server asked."""
    stated = string(name)
    if stated is None:
        return None
    return stated if "@" in stated.strip("@") else f"{stated}@{home}"


def next_cursor(link_header: str, parameter: str) -> str | None:
    """The value of `parameter` in the address that a Link header calls next."""
    for entry in link_header.split(",<"):
        address, _, rest = entry.strip().lstrip("<").partition(">")
        if 'rel="next"' in rest.replace(" ", "") or rest.replace(" ", "").endswith("rel=next"):
            return next(iter(parse_qs(urlsplit(address).query).get(parameter, [])), None)
    return None
