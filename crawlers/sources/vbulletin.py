"""Kind `vbulletin`: forums that run vBulletin 3, 4 or 5, by their markup.

Format: selectors seen in clients and saved pages, not checked against live boards. Times are local to the
board: its foot states the zone (version 5 gives the second in which a post was published instead), or the
target's `timezone` does. Boards begin with the month first; where the dates of a page do not tell, AM and PM
do, or the target's `month_first`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawlers import links
from crawlers.boards import (
    MOST_POSTS,
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
    query,
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
    "[class*=quote]:not(.postcontent), .bbcode_container:has([class*=quote]), .lastedited, .signature"
    ", .sigblock, .attachments, fieldset, div[style*=margin]:has(table td.alt2):not(:has(pre)), .post-links"
)
_PEOPLE = "a.username, a.b-bbcode-user, a[data-vbnamecard]"
_BODIES = (
    "[id^=post_message_] .postcontent", ".postcontent", "[id^=post_message_]", ".js-post__content-text",
    ".post-content",
)  # fmt: skip
_AUTHORS = (
    ".username", "a.bigusername", "[id^=postmenu_] a", "[id^=postmenu_]", ".userinfo .author",
    "[itemprop=author] [itemprop=name]", ".author a", ".author",
)  # fmt: skip
_TITLES = (
    ".threadtitle a", ".threadtitle", "h1.main-title", ".js-main-title", "td.navbar strong", "h1 a", "h1",
)  # fmt: skip
_THREADS = "li.threadbit a.title, a[id^=thread_title_], a.topic-title, a.js-topic-title"
_FORUMS = (
    ".forumtitle a, .subforum a, .subforums a, a.forum-title, a.subforum-title"
    ", td[id^=f] a[href*=forumdisplay]"
)
_MESSAGES = etree.XPath("count(descendant::*[starts-with(@id, 'post_message_')])")
_LEVELS = 8
_PAGE = re.compile(r"/page-?(\d{1,6})\b|[?&](?:amp;)?page=(\d{1,6})\b")


class VBulletin(Engine):
    """Markup of vBulletin 3 (tables), 4 (lists) and 5 (nodes)."""

    kind = "vbulletin"
    posts = (
        "li.postcontainer[id^=post_], li.postbit[id^=post_], li.postbitlegacy[id^=post_], table[id^=post]"
        ", li.b-post[data-node-id], li.js-post[data-node-id]"
    )
    pagers = ".pagination a, [class^=pagination] a, .pagenav a, .js-pagenav a"
    nexts = "a.js-pagenav-next-button, .pagenav a.right-arrow"
    prevs = "a.js-pagenav-prev-button, .pagenav a.left-arrow"

    def elements(self, web: WebPage) -> list[HtmlElement]:
        """Posts by their boxes; in themes that name these otherwise, all that is around one message alone."""
        boxes = [one for one in css(self.posts)(web.root) if _number(one) is not None]
        return boxes or [_box(message) for message in css("[id^=post_message_]")(web.root)[:MOST_POSTS]]

    def draft(self, board: Board, post: HtmlElement) -> Draft | None:
        number = _number(post)
        if number is None:
            return None
        if has_class(post, "postbitdeleted", "b-post--deleted"):
            raise Deleted(number)
        if has_class(post, "postbitignored"):
            raise ValueError("not shown")
        draft = Draft(group="post", where=f"post {number}", ids=(number,))
        draft.author = label(one(post, *_AUTHORS), without="script, .shade")
        body = one(post, *_BODIES) if not (post.get("id") or "").startswith("post_message_") else post
        quoted = None if body is None else attribute(body, "href", "a[href*='#post']", "a[href*='?p=']")
        draft.parent = _named(quoted) or None
        draft.text = words(body, _QUOTES, _PEOPLE)
        board.date(draft, self.when(post))
        note = label(one(post, ".lastedited", ".b-post__edit-info", "td[id^=td_post_] > .smallfont em"))
        board.edit(draft, (note.rpartition(";")[2].strip(), note.rpartition(",")[0], note[-75:]))
        draft.url = self.permalink(board.web, post, number)
        draft.likes = count(label(one(post, ".js-post__vote-count", ".votecount")))
        return draft

    def permalink(self, web: WebPage, post: HtmlElement, number: str) -> str:
        """The post's own address; the page's with the post's anchor where there is none."""
        for link in each(post, "a.postcounter", "a[id^=postcount]", "a.b-post__count"):
            url = links.here(web, link.get("href"))
            if url and (number in url or "#" in (link.get("href") or "")):
                return f"{steady(url)}#post{number}"
        return f"{steady(web.url)}#post{number}"

    def when(self, post: HtmlElement) -> Iterator[str]:
        stamp = post.get("data-node-publishdate") or ""
        if stamp.isascii() and stamp.isdigit():
            yield stamp
        for time in each(post, "time[itemprop=dateCreated]", "time[datetime]"):
            yield time.get("datetime") or label(time)
        for shown in islice(each(post, ".postdate .date", ".postdate", ".posthead .date", "td.thead"), 4):
            yield label(shown)

    def title(self, web: WebPage) -> str:
        stated = label(one(web.root, *_TITLES))
        return stated or web.title.partition(" - ")[0]

    def threads(self, web: WebPage) -> list[Thread]:
        found: list[Thread] = []
        for link in css(_THREADS)(web.root):
            url = links.here(web, link.get("href"))
            if url is not None:
                found.append(self.thread(steady(url), link))
        return found

    def thread(self, url: str, link: HtmlElement) -> Thread:
        """A row of a list, by the link of its title."""
        row = around(link, lambda e: e.tag == "tr" or has_class(e, "threadbit", "topic-item"))
        stated = digits(link.get("id")) or _thread(url)
        if row is None:
            return Thread(url, stated or url, "")
        key = digits(row.get("id")) or row.get("data-node-id") or stated or url
        return Thread(url, key, _moved(row), _pinned(row))

    def forums(self, web: WebPage) -> list[str]:
        found = (links.here(web, link.get("href")) for link in css(_FORUMS)(web.root))
        return [steady(url) for url in found if url]

    def number(self, url: str) -> int | None:
        found = _PAGE.search(url)
        return next((int(part) for part in found.groups() if part), None) if found else None

    def same(self, url: str, other: str) -> bool:
        pairs = [(query(url, key), query(other, key)) for key in ("t", "f")]
        alike = all(mine == theirs for mine, theirs in pairs if mine and theirs)
        mine, theirs = (_PAGE.sub("", urlsplit(each_).path).removesuffix(".html") for each_ in (url, other))
        return alike and mine.rstrip("/") == theirs.rstrip("/")


def _number(post: HtmlElement) -> str | None:
    """The post's id, from its element, else from its message."""
    own = (post.get("id") or "").removeprefix("post").removeprefix("_").removeprefix("message_")
    inner = (attribute(post, "id", "[id^=post_message_]") or "").removeprefix("post_message_")
    stated = (post.get("data-node-id"), own, inner)
    return next((one for one in stated if one and one.isascii() and one.isdigit() and len(one) < 20), None)


def _box(message: HtmlElement) -> HtmlElement:
    """The largest element, a few levels up at most, in which this message stands alone."""
    box = message
    for _ in range(_LEVELS):
        around_it = box.getparent()
        if around_it is None or around_it.tag == "body" or _MESSAGES(around_it) > 1:
            return box
        box = around_it
    return box


def _named(href: str | None) -> str:
    """The post that an address names: `#post12`, `p=12`."""
    return digits((href or "").partition("#post")[2]) or query(href, "p")


def _thread(url: str) -> str:
    """The thread's number: `showthread.php?t=12`, `showthread.php?12-title`, `threads/12-title`."""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2] or urlsplit(url).query
    found = re.match(r"\d+", urlsplit(url).query) or re.match(r"(?:t|thread)?-?(\d+)", last)
    return query(url, "t") or (digits(found[0]) if found else "")


def _moved(row: HtmlElement) -> str:
    """The last post's id or its time, and how many replies there are, as far as the row tells."""
    named = (_named(link.get("href")) for link in css("a[href*='#post'], a[href*='p=']")(row))
    last = next((number for number in named if number), "")
    at = attribute(row, "datetime", "time") or ""
    replies = label(one(row, "a.understate", ".posts-count", ".threadstats li", "a[onclick*=who]"))
    stated = digits((attribute(row, "title", "td[title*=':']") or "").partition(",")[0])
    return f"{last or at} {replies or stated}".strip()


def _pinned(row: HtmlElement) -> bool:
    held = around(row, lambda e: "stick" in f"{e.get('id') or ''} {e.get('class') or ''}".lower(), 3)
    return held is not None or one(row, "img[src*=sticky], .sticky") is not None


SOURCE = board_source(
    VBulletin(),
    "vBulletin forums: the whole board, a forum or one thread",
    url="the board, a forum or a thread",
    timezone="of the board's times, e.g. Europe/Riga; if absent, what its foot states, else the home's",
)
