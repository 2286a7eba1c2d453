"""Kind `phpbb`: forums that run phpBB 3, by the markup of its styles prosilver and subsilver2.

Format: the engine's published templates of 3.0 to 3.3 and selectors seen in clients, not checked against live
boards. Times are local to the board where its theme gives no `datetime`: its foot states the zone, or the
target's `timezone` does. Session ids in addresses are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

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
    "blockquote, .quotetitle, .quotecontent, .attachbox, .inline-attachment, .notice, .signature, cite"
    ", .quote"
)
_PEOPLE = "a.username, a.username-coloured, a.mention"
_LAST = "dd.lastpost a[href*='p='], .lastpost a[href*='p='], td a[href*='#p'], td a[href*='view=latest']"


class PhpBB(Engine):
    """Markup of phpBB 3. Posts are numbered from 0 on in `start`, whatever a page holds."""

    kind = "phpbb"
    posts = "div.post[id^='p'], article.post[id^='p'], table.tablebg:has(a[name^='p']):has(.postbody)"
    pagers = ".pagination a, .topic-actions a, fieldset a, td.gensmall a, .gensmall a, .nav a"
    nexts = "li.next a, a.right-box[class*=right], a.arrow-right"
    prevs = "li.previous a, a.left-box[class*=left], a.arrow-left"
    smallest = 0

    def draft(self, board: Board, post: HtmlElement) -> Draft | None:
        number = _number(post)
        if number is None:
            return None
        if has_class(post, "deleted", "post-deleted"):
            raise Deleted(number)
        draft = Draft(group="post", where=f"post {number}", ids=(number,))
        names = (".author .username, .author .username-coloured", "p.author strong", "b.postauthor")
        draft.author = label(one(post, *names, ".postprofile [class^=username]", ".postprofile dt strong a"))
        body = one(post, "div.postbody .content", ".content", "div.postbody")
        quoted = None if body is None else attribute(body, "cite", "blockquote[cite*='p=']")
        quoted = quoted or (None if body is None else attribute(body, "href", "cite a[href*='p=']"))
        draft.parent = digits(query(quoted, "p")) or None
        draft.text = words(body, _QUOTES, _PEOPLE)
        board.date(draft, self.when(post))
        note = one(post, ".notice:not(.post_deleted_msg)", ".edited")
        edited = label(
            note, without="a, em, strong"
        )  # "Last edited by NAME on DATE, edited 1 time in total."
        board.edit(draft, [edited.rpartition(",")[0], edited])
        draft.url = self.permalink(board.web, number)
        return draft

    def permalink(self, web: WebPage, number: str) -> str:
        """Where the post is shown, whatever page it moves to; with rewritten addresses, the page's anchor."""
        if urlsplit(web.url).path.endswith("viewtopic.php"):
            return urljoin(steady(web.url), f"viewtopic.php?p={number}#p{number}")
        return f"{steady(web.url)}#p{number}"

    def when(self, post: HtmlElement) -> Iterator[str]:
        yield from (time.get("datetime") or label(time) for time in css(".author time, .postdate time")(post))
        for line in each(post, "p.author", ".author", ".postdate"):
            yield label(line, without="a, strong, .username").rpartition("»")[2].strip()
            yield label(line).rpartition("»")[2].strip()
        for name in each(post, "td.gensmall b"):  # subsilver2: "Posted: Wed Mar 04, 2021 10:11 am"
            yield " ".join((name.tail or "").split())

    def title(self, web: WebPage) -> str:
        return label(one(web.root, ".topic-title", "h2 a[href*='viewtopic']", "a.titles", "h2.topic", "h2"))

    def threads(self, web: WebPage) -> list[Thread]:
        found: list[Thread] = []
        for link in css("a.topictitle")(web.root):
            url = links.here(web, link.get("href"))
            if url is not None:
                found.append(self.thread(steady(url), link))
        return found

    def thread(self, url: str, link: HtmlElement) -> Thread:
        """A row of a list, by the link of its title."""
        row = around(link, lambda element: element.tag in ("li", "tr"))
        if row is None:
            return Thread(url, query(url, "t") or url, "")
        classes = (row.get("class") or "") + " " + (attribute(row, "class", "dl") or "")
        pinned = any(word in classes for word in ("sticky", "announce"))
        last = next((query(a.get("href"), "p") or digits(_anchor(a)) for a in css(_LAST)(row)), "")
        at = attribute(row, "datetime", ".lastpost time") or ""
        replies = count(label(one(row, "dd.posts", "td.posts", ".topicdetails"), without="dfn"))
        moved = f"{last} {at} {'' if replies is None else replies}".strip()
        return Thread(url, query(url, "t") or url, moved, pinned)

    def forums(self, web: WebPage) -> list[str]:
        found: list[str] = []
        for link in css("a.forumtitle, a.forumlink, a.subforum")(web.root):
            row = around(link, lambda element: element.tag in ("li", "tr"))
            leads_out = row is not None and "forum_link" in (attribute(row, "class", "dl") or "")
            url = links.here(web, link.get("href"))
            if url and not leads_out:
                found.append(steady(url))
        return found

    def number(self, url: str) -> int | None:
        stated = query(url, "start")
        return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 8 else None

    def same(self, url: str, other: str) -> bool:
        pairs = [(query(url, key), query(other, key)) for key in ("t", "f")]
        alike = all(mine == theirs for mine, theirs in pairs if mine and theirs)
        return alike and urlsplit(url).path == urlsplit(other).path


def _number(post: HtmlElement) -> str | None:
    """The post's id: of its element, or of the anchor that older styles put before it."""
    stated = post.get("id") or attribute(post, "name", "a[name^='p']") or ""
    number = stated[1:]
    return number if stated.startswith("p") and number.isascii() and number.isdigit() else None


def _anchor(link: HtmlElement) -> str:
    return (link.get("href") or "").partition("#p")[2]


SOURCE = board_source(
    PhpBB(),
    "phpBB forums: the whole board, a forum or one topic",
    url="the board, a forum (viewforum.php?f=) or a topic (viewtopic.php?t=)",
    timezone="of the board's times, e.g. Europe/Riga; if absent, what its foot states, else the home's",
)
