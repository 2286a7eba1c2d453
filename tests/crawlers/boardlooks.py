"""A board as eight looks show it: XenForo 2 and 1, phpBB 3.3, 3.0 and its table style, vBulletin 3, 4 and 5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from crawlers.target import Target

BEGAN = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
TEXTS = (
    "The signal is fine in the village 👍", "Labs tīkls, bet lēns atbalsts", "Ačiū, viskas veikia puikiai!",
    "Levi on olnud kehv, kõned katkevad", "Příšerně dlouhé čekání na technika", "Счёт опять пришёл не тот 😡",
    "Łączę się szybko, żadnych zastrzeżeń", "Größer als gedacht, für den Preis gut", "=1+1 <script>x</script>",
)  # fmt: skip


@dataclass
class Post:
    """What somebody wrote; `quotes` is the id of the post that it quotes."""

    number: int
    author: str
    text: str
    at: datetime
    quotes: int | None = None


@dataclass
class Board:
    """Forums of threads of posts. The newest post's thread stands first."""

    per_page: int = 3
    per_list: int = 2
    forums: dict[int, list[int]] = field(default_factory=dict)
    threads: dict[int, list[Post]] = field(default_factory=dict)
    pinned: set[int] = field(default_factory=set)
    written: int = 0

    def add(self, forum: int, thread: int, count: int = 1) -> None:
        """More posts in a thread."""
        if thread not in self.forums.setdefault(forum, []):
            self.forums[forum].append(thread)
        posts = self.threads.setdefault(thread, [])
        for _ in range(count):
            self.written += 1
            text = TEXTS[self.written % len(TEXTS)] + f" #{self.written}"
            at = BEGAN + timedelta(hours=7 * self.written)
            quotes = posts[-1].number if posts and self.written % 2 else None
            posts.append(Post(100 + self.written, f"Žanis_{self.written % 4}", text, at, quotes))

    def listed(self, forum: int) -> list[int]:
        """Threads as a list shows them."""
        return sorted(
            self.forums[forum], key=lambda one: (one not in self.pinned, -self.threads[one][-1].number)
        )


@dataclass(frozen=True)
class Look:
    """How one version of an engine shows a board. `address` gives (path, query) of a page of "thread" or
    "forum"; `post`, `row` and `forum` give their markup; `frame` puts pages and a pager around them."""

    kind: str
    address: Callable[[str, int, int, Board], str]
    post: Callable[[Post, int], str]
    row: Callable[[int, Board, str], str]
    forum: Callable[[str], str]
    frame: Callable[[str, str, str | None, str | None, dict[int, str]], str]

    def page(self, board: Board, what: str, number: int, page: int) -> str:
        """A page of a thread ("thread"), of a list ("forum") or the index ("index")."""
        if what == "index":
            rows = "".join(self.forum(self.address("forum", one, 1, board)) for one in board.forums)
            return self.frame("Board", rows, None, None, {})
        items: list[Any] = board.threads[number] if what == "thread" else board.listed(number)
        size = board.per_page if what == "thread" else board.per_list
        last = max(1, -(-len(items) // size))
        page = min(page, last)
        shown = items[(page - 1) * size : page * size]
        parts = (
            [self.post(one, (page - 1) * size + place) for place, one in enumerate(shown, 1)]
            if what == "thread"
            else [self.row(one, board, self.address("thread", one, 1, board)) for one in shown]
        )
        to = {n: self.address(what, number, n, board) for n in range(1, last + 1) if n != page}
        title = f"Pavediens {number}" if what == "thread" else "Forums"
        return self.frame(title, "".join(parts), to.get(page + 1), to.get(page - 1), to)


def numbers(to: dict[int, str]) -> str:
    return "".join(f'<a href="{escape(url)}">{number}</a> ' for number, url in to.items())


def american(at: datetime) -> str:
    return at.strftime("%m-%d-%Y, %I:%M %p")


# --- XenForo ----------------------------------------------------------------------------------------------


def _xf(what: str, number: int, page: int, board: Board) -> str:
    stem = f"/threads/pavediens.{number}/" if what == "thread" else f"/forums/runas.{number}/"
    return stem + (f"page-{page}" if page > 1 else "")


def _xf2_time(at: datetime, name: str = "u-dt") -> str:
    return (
        f'<time class="{name}" dir="auto" datetime="{at.isoformat()}" data-timestamp="{int(at.timestamp())}"'
        f' data-time="9:30 AM" title="x">kādu laiku atpakaļ</time>'
    )


def _xf2_post(post: Post, place: int) -> str:
    quote = (
        f'<blockquote class="bbCodeBlock bbCodeBlock--quote" data-source="post: {post.quotes}">'
        '<div class="bbCodeBlock-title">Cits said:</div>sveši vārdi</blockquote>'
        if post.quotes
        else ""
    )
    return f"""<article class="message message--post js-post js-inlineModContainer" data-author="{post.author}"
      data-content="post-{post.number}" id="js-post-{post.number}"><div class="message-cell message-cell--user">
      <h4 class="message-name"><a class="username" data-user-id="7">{post.author}</a></h4>
      <dl><dt>Joined</dt><dd><time datetime="2011-01-01">2011</time></dd></dl></div>
      <header class="message-attribution"><ul class="message-attribution-main"><li class="u-concealed">
      <a href="/threads/pavediens.1/post-{post.number}" rel="nofollow">{_xf2_time(post.at)}</a></li></ul>
      <ul class="message-attribution-opposite"><li><a href="/threads/pavediens.1/post-{post.number}">#{place}</a></li></ul>
      </header><div class="message-content"><div class="message-userContent"><article class="message-body">
      <div class="bbWrapper">{quote}{escape(post.text)} <a class="username" data-username="@Ilze">@Ilze</a></div>
      </article></div><aside class="message-signature"><div class="bbWrapper">paraksts</div></aside></div>
      <a class="reactionsBar-link" href="/r"><bdi>Ona</bdi>, <bdi>Jan</bdi> and 3 others</a></article>"""


def _xf2_row(thread: int, board: Board, url: str) -> str:
    posts = board.threads[thread]
    status = '<i class="structItem-status structItem-status--sticky"></i>' if thread in board.pinned else ""
    return f"""<div class="structItem structItem--thread js-inlineModContainer js-threadListItem-{thread}"
      data-author="x">{status}<div class="structItem-title"><a class="labelLink" href="/forums/x.1/?prefix_id=2">Q</a>
      <a href="{url}unread" data-preview-url="{url}preview">Pavediens {thread}</a></div>
      <div class="structItem-cell structItem-cell--meta"><dl><dt>Replies</dt><dd>{len(posts) - 1}</dd></dl></div>
      <a href="{url}latest">{_xf2_time(posts[-1].at, "structItem-latestDate u-dt")}</a></div>"""


def _xf2_forum(url: str) -> str:
    return f'<div class="node node--forum"><h3 class="node-title"><a href="{url}">Runas</a></h3></div>'


def _xf2(title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]) -> str:
    jumps = "".join(
        f'<a class="pageNav-jump pageNav-jump--{name}" href="{url}">{name}</a>'
        for name, url in (("prev", preceding), ("next", following))
        if url
    )
    return f"""<html lang="lv"><body><h1 class="p-title-value"><span class="label">Q</span> {title}</h1>
      <nav class="pageNav"><ul class="pageNav-main"><li class="pageNav-page">{numbers(to)}</li></ul>{jumps}</nav>
      {body}</body></html>"""


def _xf1_post(post: Post, place: int) -> str:
    quote = (
        f'<div class="bbCodeBlock bbCodeQuote"><aside><div class="attribution"><a class="AttributionLink"'
        f' href="goto/post?id={post.quotes}#post-{post.quotes}">↑</a></div><blockquote>sveši vārdi</blockquote></aside></div>'
        if post.quotes
        else ""
    )
    return f"""<li id="post-{post.number}" class="message" data-author="{post.author}"><div class="messageContent">
      <article><blockquote class="messageText ugc baseHtml">{quote}{escape(post.text)}</blockquote></article></div>
      <div class="messageMeta"><a class="item muted postNumber hashPermalink" href="threads/p.1/#post-{post.number}">#{place}</a>
      <a class="datePermalink" href="posts/{post.number}/"><abbr class="DateTime" data-time="{int(post.at.timestamp())}"
      data-timestring="9:30 AM">Mar 14, 2026</abbr></a></div></li>"""


def _xf1_row(thread: int, board: Board, url: str) -> str:
    posts = board.threads[thread]
    sticky = "sticky" if thread in board.pinned else ""
    return f"""<li id="thread-{thread}" class="discussionListItem visible {sticky}"><h3 class="title">
      <a class="PreviewTooltip" href="{url}" data-previewurl="{url}preview">Pavediens {thread}</a></h3>
      <div class="stats"><dl class="major"><dt>Replies:</dt><dd>{len(posts) - 1}</dd></dl></div>
      <dl class="lastPostInfo"><dd><abbr class="DateTime" data-time="{int(posts[-1].at.timestamp())}">x</abbr></dd></dl></li>"""


def _xf1(title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]) -> str:
    related = f'<link rel="next" href="{following}">' if following else ""
    related += f'<link rel="prev" href="{preceding}">' if preceding else ""
    return f"""<html lang="lv"><head>{related}</head><body><div class="titleBar"><h1>{title}</h1></div>
      <div class="PageNav"><nav>{numbers(to)}</nav></div><ol class="messageList">{body}</ol></body></html>"""


# --- phpBB ------------------------------------------------------------------------------------------------

SID = "sid=0123456789abcdef0123456789abcdef"


def _phpbb(what: str, number: int, page: int, board: Board) -> str:
    size = board.per_page if what == "thread" else board.per_list
    script = f"viewtopic.php?f=1&t={number}" if what == "thread" else f"viewforum.php?f={number}"
    return f"./{script}&{SID}" + (f"&start={(page - 1) * size}" if page > 1 else "")


def _prosilver(post: Post, quote: str, author: str, date: str) -> str:
    return f"""<div id="p{post.number}" class="post has-profile bg2"><div class="inner"><dl class="postprofile">
      <dt><a class="username" href="./memberlist.php?u=7">{post.author}</a></dt><dd>Joined: Mon Jan 01, 2011</dd></dl>
      <div class="postbody"><div id="post_content{post.number}"><h3><a href="#p{post.number}">Re: temats</a></h3>
      <p class="author"><a href="./viewtopic.php?p={post.number}&amp;{SID}#p{post.number}"></a>
      <span class="responsive-hide">by <strong>{author}</strong> &raquo; </span>{date}</p>
      <div class="content">{quote}{escape(post.text)}</div>
      <div class="notice">Last edited by <a class="username">Admin</a> on Sat May 16, 2026 1:05 pm, edited 1 time in total.</div>
      <div class="signature">paraksts</div></div></div></div></div>"""


def _phpbb33_post(post: Post, place: int) -> str:
    quote = (
        f'<blockquote cite="./viewtopic.php?p={post.quotes}#p{post.quotes}"><div><cite>Cits wrote:</cite>sveši vārdi</div></blockquote>'
        if post.quotes
        else ""
    )
    author = f'<a class="username-coloured" href="./memberlist.php?u=7">{post.author}</a>'
    shown = f'<time datetime="{post.at.isoformat()}">Sat Mar 14, 2026 11:30 am</time>'
    return _prosilver(post, quote, author, shown)


def _phpbb30_post(post: Post, place: int) -> str:
    quote = "<blockquote><div><cite>Cits wrote:</cite>sveši vārdi</div></blockquote>" if post.quotes else ""
    local = post.at + timedelta(hours=2)
    return _prosilver(
        post, quote, f"<a href='#'>{post.author}</a>", local.strftime("%a %b %d, %Y %I:%M %p").lower()
    )


def _phpbb_row(thread: int, board: Board, url: str) -> str:
    posts = board.threads[thread]
    sticky = "sticky" if thread in board.pinned else ""
    return f"""<li class="row bg1 {sticky}"><dl class="icon topic_read"><dt><a href="{escape(url)}" class="topictitle">Pavediens</a></dt>
      <dd class="posts">{len(posts) - 1} <dfn>Replies</dfn></dd><dd class="lastpost"><span>by x
      <a href="./viewtopic.php?f=1&amp;t={thread}&amp;p={posts[-1].number}&amp;{SID}#p{posts[-1].number}">»</a></span></dd></dl></li>"""


def _phpbb_forum(url: str) -> str:
    out = '<li class="row"><dl class="icon forum_link"><a class="forumtitle" href="./viewforum.php?f=99">Ads</a></dl></li>'
    return (
        out
        + f'<li class="row"><dl class="icon forum_read"><a class="forumtitle" href="{escape(url)}">Runas</a></dl></li>'
    )


def _phpbb33(title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]) -> str:
    arrows = (
        f'<li class="arrow next"><a rel="next" href="{escape(following)}">Next</a></li>' if following else ""
    )
    return f"""<html lang="lv"><body><h2 class="topic-title"><a href="./viewtopic.php?t=1">{title}</a></h2>
      <div class="pagination">5 posts <ul>{numbers(to)}{arrows}</ul></div>{body}
      <div id="page-footer"><ul class="nav-footer"><li>All times are <span title="UTC">UTC</span></li></ul></div></body></html>"""


def _phpbb30(title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]) -> str:
    return f"""<html lang="en-gb"><body><h2><a href="./viewtopic.php?f=1&amp;t=1">{title}</a></h2>
      <div class="pagination">5 posts &bull; Page <strong>1</strong> of <strong>2</strong> <span>{numbers(to)}</span></div>
      {body}<div id="page-footer"><div class="navbar"><ul><li>All times are UTC + 2 hours </li></ul></div></div></body></html>"""


def _subsilver_post(post: Post, place: int) -> str:
    local = (post.at + timedelta(hours=2)).strftime("%a %b %d, %Y %I:%M %p").lower()
    quote = (
        '<div class="quotetitle">Cits wrote:</div><div class="quotecontent">sveši vārdi</div>'
        if post.quotes
        else ""
    )
    return f"""<table class="tablebg"><tr><td><a name="p{post.number}"></a><b class="postauthor">{post.author}</b></td>
      <td><table><tr><td class="gensmall"><div><b>Post subject:</b> <a href="#p{post.number}">Re: x</a></div>
      <div><a href="./viewtopic.php?p={post.number}#p{post.number}">»</a><b>Posted:</b> {local}&nbsp;</div></td></tr></table></td></tr>
      <tr><td class="profile"><span class="postdetails"><b>Joined:</b> Mon Jan 01, 2011</span></td>
      <td><div class="postbody">{quote}{escape(post.text)}</div><div class="postbody">_____<br>paraksts</div></td></tr></table>"""


def _subsilver_row(thread: int, board: Board, url: str) -> str:
    posts = board.threads[thread]
    return f"""<tr><td class="row1"><a class="topictitle" href="{escape(url)}">Pavediens</a></td>
      <td><p class="topicdetails">{len(posts) - 1}</p></td><td><p class="topicdetails"><a
      href="./viewtopic.php?f=1&amp;p={posts[-1].number}#p{posts[-1].number}">»</a></p></td></tr>"""


def _subsilver_forum(url: str) -> str:
    return f'<tr><td><a class="forumlink" href="{escape(url)}">Runas</a></td></tr>'


def _subsilver(
    title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]
) -> str:
    rows = body if body.startswith("<table") else f"<table class='tablebg'>{body}</table>"
    return f"""<html lang="en"><body><h2><a class="titles" href="./viewtopic.php?t=1">{title}</a></h2>
      <table><tr><td class="gensmall">Go to page {numbers(to)}</td></tr></table>{rows}
      <p class="datetime">All times are UTC + 2 hours</p></body></html>"""


# --- vBulletin --------------------------------------------------------------------------------------------


def _vb3_address(what: str, number: int, page: int, board: Board) -> str:
    script = f"showthread.php?t={number}" if what == "thread" else f"forumdisplay.php?f={number}"
    return script + (f"&page={page}" if page > 1 else "")


def _vb4_address(what: str, number: int, page: int, board: Board) -> str:
    stem = f"threads/{number}-pavediens" if what == "thread" else f"forums/{number}-runas"
    return f"/{stem}" + (f"/page{page}" if page > 1 else "")


def _vb3_post(post: Post, place: int) -> str:
    quote = (
        f"""<div style="margin:20px; margin-top:5px;"><div class="smallfont">Quote:</div><table><tr><td class="alt2">
        <div>Originally Posted by <strong>Cits</strong> <a href="showthread.php?p={post.quotes}#post{post.quotes}">»</a></div>
        <div>sveši vārdi</div></td></tr></table></div>"""
        if post.quotes
        else ""
    )
    return f"""<table class="tborder" id="post{post.number}"><tr><td class="thead"><a name="post{post.number}"><img alt="Old"></a>
      {american(post.at + timedelta(hours=2))}</td><td class="thead" align="right">#<a href="showthread.php?p={post.number}#post{post.number}"
      id="postcount{post.number}"><strong>{place}</strong></a></td></tr><tr><td class="alt2"><div id="postmenu_{post.number}">
      <a class="bigusername" href="member.php?u=7">{post.author}</a><script>menu()</script></div><div class="smallfont">Join Date: Jan 2011</div></td>
      <td class="alt1" id="td_post_{post.number}"><div id="post_message_{post.number}">{quote}{escape(post.text)}</div>
      <div>__________________<br>paraksts</div></td></tr></table>"""


def _vb3_row(thread: int, board: Board, url: str) -> str:
    posts = board.threads[thread]
    pinned = '<img src="images/misc/sticky.gif">Sticky: ' if thread in board.pinned else ""
    return f"""<tr><td class="alt1" id="td_threadtitle_{thread}">{pinned}<a href="{escape(url)}" id="thread_title_{thread}">Pavediens</a></td>
      <td class="alt2" title="Replies: {len(posts) - 1}, Views: 55"><div class="smallfont">Today <a
      href="showthread.php?p={posts[-1].number}#post{posts[-1].number}">»</a></div></td>
      <td><a href="#" onclick="who({thread})">{len(posts) - 1}</a></td></tr>"""


def _vb3_forum(url: str) -> str:
    return f'<tr><td class="alt1Active" id="f12"><a href="{escape(url)}"><strong>Runas</strong></a></td></tr>'


def _vb3(title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]) -> str:
    rows = body if body.startswith("<table") else f"<table id='threadslist'>{body}</table>"
    arrow = f'<td class="alt1"><a rel="next" href="{escape(following)}">&gt;</a></td>' if following else ""
    arrow += f'<td class="alt1"><a rel="prev" href="{escape(preceding)}">&lt;</a></td>' if preceding else ""
    return f"""<html lang="en"><body><table><tr><td class="navbar"><strong>{title}</strong></td></tr></table>
      <div class="pagenav"><table><tr><td class="vbmenu_control">Page 1 of 2</td><td>{numbers(to)}</td>{arrow}</tr></table></div>
      {rows}<div class="smallfont" align="center">All times are GMT +2. The time now is <span class="time">10:11 AM</span>.</div></body></html>"""


def _vb4_post(post: Post, place: int) -> str:
    quote = (
        f"""<div class="bbcode_container"><div class="bbcode_quote"><div class="quote_container"><div class="bbcode_postedby">
        Originally Posted by <strong>Cits</strong> <a href="threads/1?p={post.quotes}#post{post.quotes}">»</a></div>
        <div class="message">sveši vārdi</div></div></div></div>"""
        if post.quotes
        else ""
    )
    local = american(post.at + timedelta(hours=2)).split(", ")
    return f"""<li class="postbitlegacy postbitim postcontainer old" id="post_{post.number}"><div class="posthead">
      <span class="postdate old"><span class="date">{local[0]},&nbsp;<span class="time">{local[1]}</span></span></span>
      <span class="nodecontrols"><a name="post{post.number}" href="threads/1-p?p={post.number}&amp;viewfull=1#post{post.number}"
      class="postcounter">#{place}</a></span></div><div class="postdetails"><div class="userinfo"><div class="username_container">
      <a class="username offline popupctrl" href="members/7-x"><strong>{post.author}</strong></a></div>
      <dl class="userinfo_extra"><dt>Join Date</dt><dd>Jan 2011</dd></dl></div><div class="postbody"><div class="content">
      <div id="post_message_{post.number}"><blockquote class="postcontent restore">{quote}{escape(post.text)}</blockquote></div></div>
      <blockquote class="signature restore">paraksts</blockquote></div></div></li>"""


def _vb4_row(thread: int, board: Board, url: str) -> str:
    posts = board.threads[thread]
    sticky = "sticky" if thread in board.pinned else ""
    return f"""<li class="threadbit {sticky}" id="thread_{thread}"><h3 class="threadtitle"><a class="title" href="{url}"
      id="thread_title_{thread}">Pavediens</a></h3><ul class="threadstats"><li>Replies: <a class="understate">{len(posts) - 1}</a></li></ul>
      <dl class="threadlastpost"><dd>Today <a class="lastpostdate" href="{url}?p={posts[-1].number}#post{posts[-1].number}">»</a></dd></dl></li>"""


def _vb4_forum(url: str) -> str:
    return (
        f'<li class="forumbit_post" id="forum12"><h2 class="forumtitle"><a href="{url}">Runas</a></h2></li>'
    )


def _vb4(title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]) -> str:
    arrow = f'<span class="prev_next"><a rel="next" href="{following}">»</a></span>' if following else ""
    return f"""<html lang="en"><body><div id="pagetitle"><h1><span class="threadtitle"><a href="#">{title}</a></span></h1></div>
      <div class="pagination_top"><form class="pagination"><span>{numbers(to)}</span>{arrow}</form></div><ol id="posts">{body}</ol>
      <div class="below_body"><div id="footer_time" class="shade footer_time">All times are GMT +2. The time now is
      <span class="time">10:11 AM</span>.</div></div></body></html>"""


def _vb5_post(post: Post, place: int) -> str:
    quote = (
        f"""<div class="bbcode_container"><div class="bbcode_quote"><div class="quote_container">Originally posted by <strong>Cits</strong>
        <a href="filedata/x#post{post.quotes}">»</a><div class="message">sveši vārdi</div></div></div></div>"""
        if post.quotes
        else ""
    )
    return f"""<li data-node-id="{post.number}" data-node-publishdate="{int(post.at.timestamp())}"
      class="b-post js-post js-comment-entry__parent" itemscope itemtype="http://schema.org/Comment">
      <a id="post{post.number}" class="anchor"></a><div class="userinfo b-userinfo" itemprop="author" itemscope><div class="author">
      <strong><a href="/member/7-x" data-vbnamecard="7"><span itemprop="name">{post.author}</span></a></strong></div></div>
      <div class="b-post__timestamp"><time itemprop="dateCreated" datetime="{post.at:%Y-%m-%dT%H:%M:%S}">x</time></div>
      <a class="b-post__count js-show-post-link" href="/forum/runas/1-pavediens?p={post.number}#post{post.number}">#{place}</a>
      <div class="js-post__content-text OLD__post-content-text restore h-wordwrap" itemprop="text">{quote}{escape(post.text)}</div>
      <span class="votecount js-post__vote-count">5</span><div class="signature">paraksts</div></li>"""


def _vb5_row(thread: int, board: Board, url: str) -> str:
    posts = board.threads[thread]
    sticky = "sticky" if thread in board.pinned else ""
    return f"""<tr class="topic-item js-topic-item {sticky}" data-node-id="{thread}"><td class="cell-topic"><a
      class="topic-title js-topic-title" href="{url}">Pavediens</a></td><td class="cell-count"><div class="posts-count">{len(posts) - 1} responses</div></td>
      <td class="cell-lastpost"><span class="post-date">Today, 10:11 AM</span></td></tr>"""


def _vb5_forum(url: str) -> str:
    return f'<tr class="forum-item"><td><a class="forum-title" href="{url}">Runas</a></td></tr>'


def _vb5(title: str, body: str, following: str | None, preceding: str | None, to: dict[int, str]) -> str:
    rows = body if body.startswith("<li") else f"<table class='topic-list'>{body}</table>"
    related = f'<link rel="next" href="{following}">' if following else ""
    related += f'<link rel="prev" href="{preceding}">' if preceding else ""
    return f"""<html lang="en"><head>{related}</head><body><h1 class="main-title js-main-title">{title}</h1>
      <div class="js-pagenav pagenav">{numbers(to)}</div><ul class="conversation-list">{rows}</ul></body></html>"""


LOOKS = {
    "xenforo 2": Look("xenforo", _xf, _xf2_post, _xf2_row, _xf2_forum, _xf2),
    "xenforo 1": Look("xenforo", _xf, _xf1_post, _xf1_row, _xf2_forum, _xf1),
    "phpbb 3.3": Look("phpbb", _phpbb, _phpbb33_post, _phpbb_row, _phpbb_forum, _phpbb33),
    "phpbb 3.0": Look("phpbb", _phpbb, _phpbb30_post, _phpbb_row, _phpbb_forum, _phpbb30),
    "phpbb in tables": Look("phpbb", _phpbb, _subsilver_post, _subsilver_row, _subsilver_forum, _subsilver),
    "vbulletin 3": Look("vbulletin", _vb3_address, _vb3_post, _vb3_row, _vb3_forum, _vb3),
    "vbulletin 4": Look("vbulletin", _vb4_address, _vb4_post, _vb4_row, _vb4_forum, _vb4),
    "vbulletin 5": Look("vbulletin", _vb4_address, _vb5_post, _vb5_row, _vb5_forum, _vb5),
}  # fmt: skip


class Server:
    """Serves a board in one look. Sessions in addresses make no difference."""

    def __init__(self, stage: Any, look: Look, made: Board) -> None:
        self.stage, self.look, self.board = stage, look, made
        self.reply = type(stage.site.route("/nowhere")(None))
        stage.site.serve("/*", self.answer)
        stage.site.serve("/robots.txt", "User-agent: *\nDisallow: /private")

    def answer(self, asked: Any) -> Any:
        where = self.place(asked.path, asked.query)
        if where is None:
            return self.reply(b"none", 404)
        body = self.look.page(self.board, *where)
        return self.reply(body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    def place(self, path: str, query: dict[str, list[str]]) -> tuple[str, int, int] | None:
        if path == "/":
            return ("index", 0, 1)
        for what, numbers in (("thread", self.board.threads), ("forum", self.board.forums)):
            for number in numbers:
                for page in range(1, 9):
                    parts = urlsplit(urljoin("/", self.look.address(what, number, page, self.board)))
                    stated = {key: value for key, value in parse_qs(parts.query).items() if key != "sid"}
                    if (parts.path, stated) == (path, query):
                        return (what, number, page)
        return None

    def threads_asked(self, since: int) -> list[int]:
        places = (self.place(asked.path, asked.query) for asked in self.stage.site.asked[since:])
        return [place[1] for place in places if place and place[0] == "thread"]

    def target(self, path: str = "/", **more: Any) -> Target:
        return Target(self.stage.name, self.look.kind, urljoin(self.stage.site.url + "/", path), **more)
