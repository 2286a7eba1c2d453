"""Kind `xenforo`: forums that run XenForo 1 or 2, by their markup.

Format: selectors seen in clients and in the engine's templates, not checked against live boards: what a theme
changes is passed over and told. Reads lists of threads by their last post, threads page by page; quotes,
signatures and previews of links are left out. Where the owner gives an RSS feed, kind `feed` is lighter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawlers import links
from crawlers.boards import (
    Board,
    Engine,
    Thread,
    around,
    attribute,
    digits,
    each,
    has_class,
    label,
    one,
    steady,
    words,
)
from crawlers.boardwalks import board_source
from crawlers.drafts import Draft
from crawlers.numbers import count
from crawlers.parsing import Deleted
from crawlers.picking import css
from crawlers.webpage import WebPage

_QUOTES = (
    "blockquote, .bbCodeQuote, .bbCodeBlock--unfurl, .bbCodeBlock-expandLink, .attribution, aside"
    ", .message-lastEdit, .quoteExpand, .js-selectToQuoteEnd, .bbMediaWrapper"
)
_PEOPLE = "a.username, a[data-user-id], a[data-username]"
_DATES = (
    ".message-attribution time", "header time", "a.datePermalink .DateTime", ".messageMeta .DateTime",
    ".messageDetails .DateTime", "time", ".DateTime",
)  # fmt: skip
_PERMALINKS = (
    ".message-attribution a[href*='post-']", ".message-attribution a[href*='/posts/']", "a.datePermalink",
    "a.postNumber",
)  # fmt: skip
_ROWS = ".structItem--thread, li.discussionListItem"
_TITLES = ".structItem-title a, h3.title a"
_PAGE = re.compile(r"/page-(\d{1,6})\b|[?&/]page=(\d{1,6})\b")
_TAIL = re.compile(r"/(?:unread|latest|post-\d+)/?\Z")


class XenForo(Engine):
    """Markup of XenForo 2, and of XenForo 1 beside it."""

    kind = "xenforo"
    posts = (
        "article.message[data-content^='post-'], article.message--post, div.message--post"
        ", li.message[id^='post-']"
    )
    pagers = ".pageNav a, .pageNavSimple a, .PageNav a"
    nexts = "a.pageNav-jump--next, a.pageNavSimple-el--next"
    prevs = "a.pageNav-jump--prev, a.pageNavSimple-el--prev"

    def draft(self, board: Board, post: HtmlElement) -> Draft | None:
        number = digits(post.get("data-content") or post.get("id"))
        if not number:
            return None
        if has_class(post, "message--deleted", "deleted") or one(post, ".messageNotice--deleted") is not None:
            raise Deleted(number)
        draft = Draft(group="post", where=f"post {number}", ids=(number,))
        draft.author = post.get("data-author") or label(one(post, ".message-name, .username"))
        body = one(
            post, ".message-body .bbWrapper", ".message-userContent .bbWrapper", ".messageText", ".bbWrapper"
        )
        quoted = None if body is None else attribute(body, "data-source", "[data-source^='post']")
        quoted = quoted or (None if body is None else attribute(body, "href", "a.AttributionLink"))
        draft.parent = digits(quoted) or None
        draft.text = words(body, _QUOTES, _PEOPLE)
        board.date(draft, self.when(post))
        edited = one(post, ".message-lastEdit time, .editDate .DateTime")
        board.edit(draft, _times(edited) if edited is not None else ())
        draft.url = self.permalink(board.web, post, number)
        draft.likes = _likes(post)
        return draft

    def permalink(self, web: WebPage, post: HtmlElement, number: str) -> str:
        """The post's own address; the page's with the post's anchor where there is none."""
        for link in each(post, *_PERMALINKS):
            url = links.here(web, link.get("href"))
            if url and number in url:
                return url
        return f"{steady(web.url)}#post-{number}"

    def when(self, post: HtmlElement) -> Iterator[str]:
        for element in islice(each(post, *_DATES), 8):
            if (
                around(element, lambda found: has_class(found, "bbWrapper", "message-lastEdit", "editDate"))
                is None
            ):
                yield from _times(element)

    def title(self, web: WebPage) -> str:
        return label(
            one(web.root, "h1.p-title-value", ".titleBar h1", "h1"), without=".label, .label-append, .prefix"
        )

    def threads(self, web: WebPage) -> list[Thread]:
        found = (self.thread(web, row) for row in css(_ROWS)(web.root))
        return [thread for thread in found if thread is not None]

    def thread(self, web: WebPage, row: HtmlElement) -> Thread | None:
        """A row of a list; None for one that only says where a thread has gone."""
        if has_class(row, "redirect") or one(row, ".structItem-status--redirect") is not None:
            return None
        anchors = [link for link in css(_TITLES)(row) if not has_class(link, "labelLink", "prefixLink")]
        address = links.here(web, anchors[-1].get("href")) if anchors else None
        if address is None:
            return None
        url = _TAIL.sub("/", steady(address))
        key = digits(row.get("id")) or digits(_numbered_class(row)) or digits(url)
        pinned = (
            has_class(row, "sticky")
            or around(row, lambda e: "sticky" in (e.get("class") or ""), 3) is not None
        )
        pinned = pinned or one(row, ".structItem-status--sticky") is not None
        return Thread(url, key, _moved(row), pinned)

    def forums(self, web: WebPage) -> list[str]:
        nodes = (
            ".node--forum .node-title a, .node--category .node-title a, a.subNodeLink--forum"
            ", .nodeText .nodeTitle a, .subForumList .node.forum a"
        )
        found = (links.here(web, link.get("href")) for link in css(nodes)(web.root))
        return [url for url in found if url and "/link-forums/" not in url and "/pages/" not in url]

    def number(self, url: str) -> int | None:
        found = _PAGE.search(url)
        return int(found[1] or found[2]) if found else None

    def same(self, url: str, other: str) -> bool:
        return _PAGE.sub("", url).rstrip("/?&") == _PAGE.sub("", other).rstrip("/?&")


def _times(element: HtmlElement) -> Iterator[str]:
    """What an element says of a time, surest first; `data-time` is a number on older boards only."""
    stamp = element.get("data-timestamp") or element.get("data-time") or ""
    yield from (text for text in (stamp if stamp.isdigit() else "", element.get("datetime") or "") if text)
    yield element.get("title") or label(element)


def _numbered_class(row: HtmlElement) -> str:
    return next(
        (name for name in (row.get("class") or "").split() if name.startswith("js-threadListItem-")), ""
    )


def _moved(row: HtmlElement) -> str:
    """When the last post was written and how many replies there are, as far as the row tells."""
    last = one(row, "time.structItem-latestDate, .structItem-latestDate time, .lastPostInfo .DateTime")
    replies = label(one(row, ".structItem-cell--meta dd, .stats .major dd"))
    at = next(_times(last), "") if last is not None else ""
    return f"{at} {replies}".strip()


def _likes(post: HtmlElement) -> int | None:
    """Names of people who liked the post, and the others that the line counts ("A, B and 3 others")."""
    line = one(post, "a.reactionsBar-link, a.likesBar-link, .likesSummary .LikeText")
    if line is None:
        return None
    names = css("bdi, a.username")(line)
    others = count((names[-1].tail if names else "") or label(one(line, "a.OverlayTrigger"))) or 0
    return len(names) + others if names else count(label(line))


SOURCE = board_source(
    XenForo(),
    "XenForo forums: the whole board, a forum or one thread",
    url="the board, a forum or a thread",
    timezone="of times that name none, e.g. Europe/Riga; if absent, the home's",
)
