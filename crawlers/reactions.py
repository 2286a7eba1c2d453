"""Who wrote a review, and what others did with it: likes, replies, the shop's answer."""

from __future__ import annotations

import re

from crawlers import numbers
from crawlers.nodes import Field, Node, plain

_REPLIES = ("reviewreply", "ownerreply", "ownerresponse", "response", "merchantreply", "companyreply")
_ORGANISATIONS = frozenset({
    "organization", "corporation", "localbusiness", "store", "brand", "onlinestore", "onlinebusiness",
    "website",
})  # fmt: skip
_LIKE_ACTIONS = frozenset({"likeaction", "schema:likeaction", "userlikes"})
_LABEL = re.compile(
    r"\A(?:reviewer|reviewed by|review by|author|posted by|written by|by|by:)\s*:?\s+(?=\S)", re.IGNORECASE
)


def person(value: str | int | float | bool | Field | Node) -> str:
    """The name of an author, without "by" and the like before it."""
    if isinstance(value, Node):
        full = " ".join(filter(None, (value.text("givenname"), value.text("familyname"))))
        name = value.text("name") or full or value.text("alternatename", "@value")
    else:
        name = plain(value)
    name = _LABEL.sub("", " ".join(name.split()))
    return name.strip(" -–—:,|·")


def likes(node: Node) -> int | None:
    """How many liked it, or found it helpful."""
    for counter in node.nodes("interactionstatistic"):
        kinds = [
            *map(str, counter.raws("interactiontype")),
            *(t for n in counter.nodes("interactiontype") for t in n.types),
        ]
        kinds += [n.id or "" for n in counter.nodes("interactiontype")]
        if any(kind.rstrip("/").rpartition("/")[2].lower() in _LIKE_ACTIONS for kind in kinds):
            return numbers.count(next(counter.raws("userinteractioncount", "interactioncount"), None))
    return numbers.count(next(node.raws("upvotecount", "likecount", "helpfulvotes", "helpfulcount"), None))


def owner_reply(node: Node, comments: list[Node], shops: frozenset[str]) -> str:
    """What the shop answered: a reply property of its own, or a comment whose author is an organisation or
    goes by the name of one that the page names."""
    for value in node.values(*_REPLIES):
        text = (
            value.text("text", "description", "reviewbody", "name")
            if isinstance(value, Node)
            else plain(value)
        )
        if text:
            return text
    for comment in comments:
        authors = comment.nodes("author", "creator")
        names = {person(value).casefold() for value in comment.values("author", "creator")}
        if names & shops or any(set(author.types) & _ORGANISATIONS for author in authors):
            return comment.text("text", "description", "commenttext")
    return ""


def shop_names(nodes: list[Node]) -> frozenset[str]:
    """Who may answer for the shop: organisations, brands and sellers that the page names."""
    organisations = (node.text("name") for node in nodes if set(node.types) & _ORGANISATIONS)
    named = (
        plain(v)
        for node in nodes
        for v in (*node.values("brand"), *node.values("seller"), *node.values("publisher"))
    )
    return frozenset(name.casefold() for name in (*organisations, *named) if name)
