"""Posts, comments, questions and answers that a page marks up as schema.org items, into drafts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crawlers.drafts import Draft, Reader, is_review
from crawlers.nodes import Node
from crawlers.text import mask_handles
from crawlers.webpage import bare_url

_OPENING = frozenset({"discussionforumposting", "question"})
_UNDER = frozenset({"comment", "usercomments", "answer"})
_NOT_PEOPLE = frozenset({"faqpage", "quiz", "howto", "quotation"})
_DEEPEST = 16
_COMMENTS = ("comment", "comments", "suggestedanswer", "acceptedanswer", "answer")


def is_posting(node: Node) -> bool:
    """A post or a comment by somebody: not the site's own questions, which nobody signs, and not what was
    written under a review (that is the review's affair)."""
    if not any(name in _OPENING or name in _UNDER for name in node.types) or is_review(node):
        return False
    if node.is_a("question", "answer") and not node.values("author", "creator"):
        return False
    around = list(node.ancestors())
    if any(is_review(one) or one.is_a(*_NOT_PEOPLE) for one in around):
        return False
    return sum(1 for one in around if _posted(one)) <= _DEEPEST


def read_posting(reader: Reader, node: Node, place: int, read: Mapping[Node, Draft]) -> Draft:
    """The draft of a posting; `read` holds those before it, so that it can say what it was written under.

    A posting has no rating, and no product but the one in whose item it stands. Under something, it goes by
    the title of that.
    """
    draft = reader.read(node, place)
    draft.text = node.text("text", "articlebody", "commenttext") or draft.text
    draft.where = f"{node.group} posting {place}"
    draft.rating, draft.owner_reply, draft.pros, draft.cons = None, "", [], []
    product = reader.product_around(node)
    draft.product = reader.name_of(product) if product else ""
    draft.product_url = reader.absolute(product.address("url")) if product else None
    above = next(_above(node), None)
    draft.kind = "post" if above is None else "reply" if above.is_a(*_UNDER, "question") else "comment"
    draft.answers = read.get(above) if above is not None else None
    draft.title = mask_handles(draft.title or _title_above(node))
    draft.text = mask_handles(draft.text) or (draft.title if draft.kind == "post" else "")
    draft.title = "" if draft.title == draft.text else draft.title
    if draft.kind == "post":  # where it is alone, a page's own address names it
        draft.ids = (*draft.ids, bare_url(draft.url or reader.page.url))
    if draft.replies is None:
        draft.replies = len([one for name in _COMMENTS for one in node.nodes(name)]) or None
    return draft


def _posted(node: Node) -> bool:
    return any(name in _OPENING or name in _UNDER for name in node.types)


def _above(node: Node) -> Iterator[Node]:
    """Postings around a node, the nearest first; an article around counts as one."""
    return (
        one for one in node.ancestors() if _posted(one) or one.is_a("article", "newsarticle", "blogposting")
    )


def _title_above(node: Node) -> str:
    return next((title for one in _above(node) if (title := one.text("headline", "name"))), "")
