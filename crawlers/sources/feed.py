"""Kind `feed`: RSS and Atom, posts and comments.

Format: the specifications, and recorded answers of WordPress. A feed is only ever parsed from the bytes that
were fetched under guard; `rel=self` is never followed (it loses the port behind some servers).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from pydantic import ValidationError

from crawlers.errors import HttpError
from crawlers.feedreader import Feed, entry_time, read_feed
from crawlers.fetch import Answer
from crawlers.items import authorship, language_code, later, published
from crawlers.jsonpage import integer, mapping, string
from crawlers.mention import Mention, Precision, digest, fallback_id
from crawlers.parsing import Page, Parsed, Reject
from crawlers.source import Source
from crawlers.text import Element, Words, clean, element_text, fragment, html_to_text, mask_handles
from crawlers.visit import Visit
from crawlers.walks import to_the_end

_LONGEST_ID, _LONGEST_TITLE = 300, 1_000
_REPLY_WORDS = 60
"""Characters that may stand around the link in "In reply to NAME." in any language."""
_COMMENT = re.compile(r"#(comment-\d+)\Z")
_END = re.compile(rb"</\s*(?:\w+:)?(?:rss|feed|rdf)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.IGNORECASE | re.DOTALL)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml")
_REMEMBERED = 100
"""Comment feeds that are asked again after their post has left the feed."""


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Entries of an RSS or Atom feed, of posts or of comments.

    Raises ParseError for what is blank, broken or no feed.
    """
    return read_entries(page, read_feed(page))


def read_entries(page: Page, feed: Feed, kind: str = "feed") -> Parsed:
    """The mentions of a feed already read, of this kind. The last entry of one that breaks off is left."""
    parsed, words = Parsed(found=len(feed.entries)), Words()
    whole = feed.cut or not feed.broken or _END.search(page.body[-2_000:]) is not None
    entries = feed.entries if whole else feed.entries[:-1]
    if not whole and feed.entries:
        parsed.rejects.append(Reject("the feed breaks off in this entry", page.url, _bare(feed.entries[-1])))
    if feed.cut:
        parsed.rejects.append(Reject(f"only the newest {len(entries)} entries are read", page.url, ""))
    for entry in entries:
        try:
            parsed.mentions.append(_Entry(page, feed.head, entry, words, kind).mention())
        except (ValidationError, ValueError, OverflowError) as error:
            parsed.rejects.append(Reject(_reason(error), page.url, _bare(entry)))
    return parsed


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return str(error)


def _bare(entry: Any) -> str:
    """What is kept of a rejected entry: where it stands, not who wrote it."""
    return f"id={entry.get('id')} link={entry.get('link')}"[:500]


@dataclass(slots=True)
class _Entry:
    """One entry on its way to a mention."""

    page: Page
    head: Any
    raw: Any
    words: Words
    kind: str = "feed"

    def mention(self) -> Mention:
        """Raises ValueError for an entry that says nothing."""
        source, author = f"{self.kind}:{self.page.host}", string(self.raw.get("author"))
        markup, is_html, lang = self._content()
        own = _comment_number(self._link()) or _comment_number(string(self.raw.get("id")))
        parent, text = _without_reply_line(markup) if is_html and own else (None, None)
        if text is None:
            text = self.words.of(markup) if is_html else clean(self.words.spend(markup))
        comment = bool(own) or self._in_comments()
        (at, precision), edited = self._times()
        parent = parent or self._thread_parent()
        return Mention(
            source=source,
            kind=("reply" if parent and _COMMENT.search(f"#{parent}") else "comment") if comment else "post",
            target=self.page.target,
            native_id=self._id(own, author, text),
            parent_id=parent,
            url=self._link(),
            title=self._title(author, comment=comment),
            text=mask_handles(text) or None,
            **authorship(self.page, source, author),
            **published(at, precision),
            collected_at=self.page.collected_at,
            edited_at=edited,
            replies=comment_count(self.raw),
            lang=language_code(lang or string(mapping(self.head).get("language"))),
        )

    def _content(self) -> tuple[str, bool, str | None]:
        """The fullest text there is, whether it is HTML, and its language."""
        parts = [part for part in self.raw.get("content") or [] if string(part.get("value"))]
        detail = self.raw.get("summary_detail")
        parts += [detail] if detail and string(detail.get("value")) else []
        if not parts:
            return string(self.raw.get("summary")) or "", True, None
        return str(parts[0]["value"]), parts[0].get("type") != "text/plain", string(parts[0].get("language"))

    def _link(self) -> str | None:
        link = string(self.raw.get("link"))
        try:
            url = urljoin(self.page.url, link) if link else None
        except ValueError:
            return None
        return url if url and urlsplit(url).scheme in ("http", "https") else None

    def _id(self, own: str | None, author: str | None, text: str) -> str:
        """A WordPress comment's number, else the entry's id or link, else a digest of what it says."""
        stated = own or string(self.raw.get("id")) or self._link()
        if stated:
            return stated if len(stated) <= _LONGEST_ID else digest(stated)
        hashed = self.page.hasher.hash(self.page.host, author) if author else None
        return fallback_id(
            self.page.url, hashed, self.raw.get("published"), None, text or self.raw.get("title"), 0
        )

    def _in_comments(self) -> bool:
        """Whether the whole feed is one of comments: the spider says so, or its address, or its threads."""
        path = urlsplit(self.page.url).path.rstrip("/")
        told = bool(self.page.options.get("comments_of"))
        return (
            told
            or path.endswith(("/comments/feed", "/comments/default"))
            or self._thread_parent() is not None
        )

    def _thread_parent(self) -> str | None:
        """RFC 4685 `thr:in-reply-to`."""
        thread = mapping(self.raw.get("thr_in-reply-to"))
        stated = string(thread.get("ref")) or string(thread.get("href"))
        return (_comment_number(stated) or stated) if stated else None

    def _title(self, author: str | None, *, comment: bool) -> str | None:
        """The entry's title; of a comment, its post's title, for its own ("By: NAME") holds a handle."""
        stated = string(self.raw.get("title"))
        title = html_to_text(stated[:_LONGEST_TITLE]) if stated else ""
        if comment:
            told = string(self.page.options.get("comments_of"))
            title = _post_title(title, author) or told or self._feed_of() or ""
        return mask_handles(title) or None

    def _feed_of(self) -> str | None:
        """The post whose comments this feed holds: POST of "Comments on: POST", in any language."""
        stated, link = string(self.head.get("title")) or "", string(self.head.get("link")) or ""
        of_one_post = urlsplit(link).path.strip("/") != "" or urlsplit(link).query != ""
        return clean(stated.partition(":")[2]) or None if of_one_post else None

    def _times(self) -> tuple[tuple[datetime | None, Precision], datetime | None]:
        """When it was published, how exactly that is said, and when it was edited after that."""
        entry = dict(self.raw)  # a plain one: feedparser's own makes up an update from the publication
        stated = string(mapping(self.head).get("language"))
        said, updated = (
            entry_time(entry, name, [stated] if stated else [], self.page.collected_at)
            for name in ("published", "updated")
        )
        if said is None:
            return (updated.at, updated.precision) if updated else (None, "second"), None
        return (said.at, said.precision), later(updated.at if updated else None, said.at)


def _comment_number(address: str | None) -> str | None:
    found = _COMMENT.search(address or "")
    return found[1] if found else None


def _post_title(title: str, author: str | None) -> str | None:
    """POST of "Comment on POST by NAME"; nothing of any other title that may name the author."""
    tail = f" by {author}" if author else ""
    if title.startswith("Comment on ") and tail and title.endswith(tail):
        return title.removeprefix("Comment on ").removesuffix(tail)
    return None


def _without_reply_line(markup: str) -> tuple[str | None, str | None]:
    """WordPress puts "In reply to NAME." with a link before a reply: the parent, and the text without it."""
    root = fragment(markup)
    link = next(root.iter("a"), None) if root is not None else None
    if root is None or link is None:
        return None, None
    parent = _comment_number(link.get("href"))
    if parent is None or not _opens(root, link):
        return None, None
    paragraph = link.getparent()
    if paragraph is not None and paragraph.tag == "p" and len(paragraph.text_content()) < _around(link):
        paragraph.drop_tree()
    else:
        _cut_leading(link)
    return parent, element_text(root)


def _around(link: Element) -> int:
    return len(link.text_content()) + _REPLY_WORDS


def _opens(root: Element, link: Element) -> bool:
    """Whether nothing but a few words stands before the link."""
    before = root.text_content().find(link.text_content() or "\0")
    return 0 <= before < _REPLY_WORDS


def _cut_leading(link: Element) -> None:
    """Takes the words before the link, the link and the full stop behind it out of its element."""
    parent = link.getparent()
    if parent is not None:
        parent.text = ""
        link.tail = (link.tail or "").lstrip(" .:…\u00a0")
        link.drop_tree()


def comment_count(entry: Any) -> int | None:
    """How many comments a post has, by slash:comments or thr:total."""
    for key in ("slash_comments", "thr_total"):
        count = integer(entry.get(key))
        if count is not None and count >= 0:
            return count
    return None


# --- spider -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Kept:
    """A parser that keeps the feed for the spider, so that nothing is parsed twice."""

    kind: str = "feed"
    feed: Feed | None = None

    def __call__(self, page: Page) -> Parsed:
        self.feed = read_feed(page)
        return read_entries(page, self.feed, self.kind)


async def walk(visit: Visit) -> None:
    """The feed, its older pages, and the comment feeds of its posts."""
    wanted = visit.option("comments", default=True)
    known: dict[str, Any] = mapping(visit.marks.get("comment_feeds"))
    found: dict[str, list[Any]] = {}
    with to_the_end(visit) as to_end:
        async for feed in pages(visit, visit.url, {}, to_end=to_end):
            found |= _comment_feeds(visit.url, feed) if wanted else {}
        gone = {url: known[url] for url in sorted(known.keys() - found.keys())} if wanted else {}
        for url, (count, title) in (found | gone).items():
            if to_end or url in gone or count is None or known.get(url) != [count, title]:
                told = {"comments_of": title or " "}
                async for _ in pages(visit, url, told, to_end=to_end, needed=False):
                    pass
                _remember(visit, url, [count, title])


def _remember(visit: Visit, url: str, state: list[Any]) -> None:
    """Keeps what is known of a comment feed, of the newest feeds only."""
    feeds = mapping(visit.marks.get("comment_feeds"))
    feeds[url] = state
    visit.mark(comment_feeds=dict(list(feeds.items())[-_REMEMBERED:]))


async def pages(
    visit: Visit,
    url: str,
    options: dict[str, Any],
    *,
    to_end: bool,
    needed: bool = True,
    kind: str = "feed",
) -> AsyncIterator[Feed]:
    """Yields the feed of every page that was read: all, or down to the first with nothing unknown in it."""
    number, address, first = 1, url, url
    while True:
        answer = await _page(visit, address, first=number == 1, needed=needed, conditional=not to_end)
        if answer is None or answer.not_modified:
            return
        if number == 1 and first == url and (named := _discovered(answer)) and named != url:
            address = first = named
            continue
        kept = _Kept(kind)
        taken = visit.read(answer, parser=kept, options=options)
        if kept.feed is None:
            return
        yield kept.feed
        number += 1
        following = _next_page(answer.url, kept.feed, first, number)
        enough = taken.fresh == 0 or (taken.only_known and not to_end)
        if following is None or enough:
            return
        address = following


async def _page(visit: Visit, url: str, *, first: bool, needed: bool, conditional: bool) -> Answer | None:
    """A page of a feed. Beyond the last one, blogs answer 404: that is the end, not an error."""
    if first and not needed:
        return await visit.try_fetch(url, conditional=conditional)
    try:
        return await visit.fetch(url, conditional=conditional and first)
    except HttpError as error:
        if first or error.status not in (400, 404, 410):
            raise
        return None


def _next_page(here: str, feed: Feed, first: str, number: int) -> str | None:
    """`rel=next` (RFC 5005), or the next page of a WordPress feed."""
    for link in feed.head.get("links") or []:
        if link.get("rel") == "next" and string(link.get("href")):
            return _same_host(here, link["href"])
    if "wordpress.org" in str(feed.head.get("generator") or "") + str(
        feed.head.get("generator_detail") or ""
    ):
        parts = urlsplit(first)
        query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
        return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(number))])))
    return None


def _comment_feeds(base: str, feed: Feed) -> dict[str, list[Any]]:
    """Addresses of the comment feeds of a feed's posts, with the number of comments and the post's title."""
    found: dict[str, list[Any]] = {}
    for entry in feed.entries:
        count = comment_count(entry)
        url = next((address for link in _reply_links(entry) if (address := _same_host(base, link))), None)
        if url and count != 0:
            found[url] = [count, html_to_text((string(entry.get("title")) or "")[:_LONGEST_TITLE])]
    return found


def _reply_links(entry: Any) -> Iterator[str]:
    stated = string(entry.get("wfw_commentrss"))
    if stated:
        yield stated
    for link in entry.get("links") or []:
        if link.get("rel") == "replies" and link.get("type") in _FEED_TYPES and string(link.get("href")):
            yield link["href"]


def _same_host(base: str, link: str) -> str | None:
    """The link, made absolute, if it stays on the host: a feed does not send us elsewhere."""
    try:
        url = urljoin(base, link.strip())
        return url if urlsplit(url).hostname == urlsplit(base).hostname else None
    except ValueError:
        return None


def _discovered(answer: Answer) -> str | None:
    """The feed that an HTML page names in its head."""
    root = (
        fragment(answer.body[:500_000].decode("utf-8", "replace")) if "html" in answer.content_type else None
    )
    for link in root.getroottree().iter("link") if root is not None else ():
        if link.get("type") in _FEED_TYPES and link.get("href"):
            return _same_host(answer.url, str(link.get("href")))
    return None


SOURCE = Source(
    kind="feed",
    summary="RSS and Atom: posts of blogs and news, and their comments",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="proven",
    terms="Feeds are published for machines; the texts stay their authors' works.",
    options={
        "url": "the feed, or a page that names one in its head",
        "comments": "true (default): follow the comment feeds of the posts",
        "max_pages": "pages of one run at most",
    },
)
