"""The blog: articles, an RSS and an Atom feed of them, and a feed of comments for each."""

from __future__ import annotations

from html import escape

from data.town.entries import Article, Entry
from data.town.pages.markup import document, iso, rfc822
from data.town.town import Town

ROOT = "/blog"
TITLE = "Operator Watch"
_RSS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/">\n<channel>\n'
)
_ATOM = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:thr="http://purl.org/syndication/thread/1.0">\n'
)


def path(article: Article) -> str:
    """Where the article stands; its comment feed is `feed/` below."""
    return f"{ROOT}/{article.at:%Y/%m}/{article.id}-{article.slug}/"


def by_path(town: Town) -> dict[str, Article]:
    """All articles by their paths."""
    return {path(each): each for each in town.articles.values()}


def _newest(town: Town) -> list[Article]:
    return sorted(town.articles.values(), key=lambda each: each.at, reverse=True)


def _comments(town: Town, article: Article) -> list[Entry]:
    return town.thread("blog", article.key)[1:]


def _own(town: Town, article: Article) -> Entry:
    return town.thread("blog", article.key)[0]


# --- feeds of articles


def rss(town: Town, origin: str) -> str:
    """`/blog/feed/`: every article, newest first."""
    items = "".join(_item(town, origin, each) for each in _newest(town))
    return f"{_RSS}{_channel(TITLE, origin)}{items}</channel>\n</rss>\n"


def _channel(title: str, origin: str) -> str:
    about = "<description>Three operators, read closely</description>"
    return f"<title>{escape(title)}</title>\n<link>{origin}{ROOT}/</link>\n{about}\n"


def _item(town: Town, origin: str, article: Article) -> str:
    entry, link = _own(town, article), origin + path(article)
    return (
        f"<item>\n<title>{escape(article.title)}</title>\n<link>{link}</link>\n<comments>{link}#comments</comments>\n"
        f"<dc:creator>{_cdata(entry.author.handle)}</dc:creator>\n<dc:language>{article.lang}</dc:language>\n"
        f'<pubDate>{rfc822(article.at)}</pubDate>\n<guid isPermaLink="false">{entry.native_id}</guid>\n'
        f"<description>{_cdata(entry.text)}</description>\n"
        f"<content:encoded>{_cdata(f'<p>{escape(entry.text)}</p>')}</content:encoded>\n"
        f"<wfw:commentRss>{link}feed/</wfw:commentRss>\n"
        f"<slash:comments>{len(_comments(town, article))}</slash:comments>\n</item>\n"
    )


def atom(town: Town, origin: str) -> str:
    """`/blog/atom/`: the same in Atom, with RFC 4685 links to the comments."""
    entries = "".join(_atom_article(town, origin, each) for each in _newest(town))
    return f"{_ATOM}{_atom_head(TITLE, f'{origin}{ROOT}/atom/', town)}{entries}</feed>\n"


def _atom_head(title: str, address: str, town: Town) -> str:
    updated = iso(max(entry.edited_at or entry.at for entry in town.entries if entry.place == "blog"))
    return (
        f"<id>urn:town:{escape(address.partition('/blog')[2])}</id>\n<title>{escape(title)}</title>\n"
        f'<link rel="self" href="{address}"/>\n<updated>{updated}</updated>\n'
    )


def _atom_article(town: Town, origin: str, article: Article) -> str:
    entry, link, count = _own(town, article), origin + path(article), len(_comments(town, article))
    return (
        f'<entry xml:lang="{article.lang}">\n<id>{entry.native_id}</id>\n'
        f"<title>{escape(article.title)}</title>\n"
        f'<link rel="alternate" href="{link}"/>\n'
        f'<link rel="replies" type="application/rss+xml" href="{link}feed/" thr:count="{count}"/>\n'
        f"<thr:total>{count}</thr:total>\n<author><name>{escape(entry.author.handle)}</name></author>\n"
        f"<published>{iso(article.at)}</published>\n<updated>{iso(entry.edited_at or article.at)}</updated>\n"
        f'<content type="html">{escape(f"<p>{escape(entry.text)}</p>")}</content>\n</entry>\n'
    )


# --- feeds of comments


def comment_feed(town: Town, origin: str, article: Article) -> str:
    """All comments of an article, newest first: Atom where its number is odd, else RSS."""
    comments = list(reversed(_comments(town, article)))
    if article.id % 2:
        head = _atom_head(f"Comments on {article.title}", f"{origin}{path(article)}feed/", town)
        entries = "".join(_atom_comment(town, origin, article, entry) for entry in comments)
        return f"{_ATOM}{head}{entries}</feed>\n"
    items = "".join(_rss_comment(origin, article, entry) for entry in comments)
    return f"{_RSS}{_channel(f'Comments on {article.title}', origin)}{items}</channel>\n</rss>\n"


def _rss_comment(origin: str, article: Article, entry: Entry) -> str:
    link = f"{origin}{path(article)}#comment-{entry.id}"
    return (
        f"<item>\n<title>By: {escape(entry.author.handle)}</title>\n<link>{link}</link>\n"
        f"<dc:creator>{_cdata(entry.author.handle)}</dc:creator>\n<pubDate>{rfc822(entry.at)}</pubDate>\n"
        f'<guid isPermaLink="false">urn:town:comment:{entry.id}</guid>\n'
        f"<content:encoded>{_cdata(_comment_html(origin, article, entry))}</content:encoded>\n</item>\n"
    )


def _comment_html(origin: str, article: Article, entry: Entry) -> str:
    reply = ""
    if entry.reply_to:
        reply = (
            f'<p>In reply to <a href="{origin}{path(article)}#comment-{entry.reply_to}">a comment</a>.</p>\n'
        )
    return f"{reply}<p>{escape(entry.text)}</p>"


def _atom_comment(town: Town, origin: str, article: Article, entry: Entry) -> str:
    link = f"{origin}{path(article)}#comment-{entry.id}"
    parent = f"urn:town:comment:{entry.reply_to}" if entry.reply_to else _own(town, article).native_id
    target = f"{origin}{path(article)}" + (f"#comment-{entry.reply_to}" if entry.reply_to else "")
    return (
        f'<entry xml:lang="{entry.lang}">\n<id>urn:town:comment:{entry.id}</id>\n'
        f"<title>By: {escape(entry.author.handle)}</title>\n"
        f'<link rel="alternate" href="{link}"/>\n<thr:in-reply-to ref="{parent}" href="{target}"/>\n'
        f"<author><name>{escape(entry.author.handle)}</name></author>\n<published>{iso(entry.at)}</published>\n"
        f"<updated>{iso(entry.edited_at or entry.at)}</updated>\n"
        f'<content type="html">{escape(f"<p>{escape(entry.text)}</p>")}</content>\n</entry>\n'
    )


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


# --- HTML


def front(town: Town) -> str:
    """All articles, newest first, and where the feeds are."""
    links = "".join(
        f'<li lang="{each.lang}"><a href="{path(each)}">{escape(each.title)}</a></li>'
        for each in _newest(town)
    )
    head = (
        f'<link rel="alternate" type="application/rss+xml" href="{ROOT}/feed/">\n'
        f'<link rel="alternate" type="application/atom+xml" href="{ROOT}/atom/">\n'
    )
    return document(TITLE, f"<h1>{TITLE}</h1><ul>{links}</ul>", head=head)


def page(town: Town, article: Article) -> str:
    """An article with its comments."""
    own = _own(town, article)
    shown = "".join(
        f'<article id="comment-{entry.id}" lang="{entry.lang}"><small>{escape(entry.author.handle)}, '
        f'<time datetime="{iso(entry.at)}">{entry.at:%Y-%m-%d %H:%M}</time></small>'
        f"<p>{escape(entry.text)}</p></article>\n"
        for entry in _comments(town, article)
    )
    head = f'<link rel="alternate" type="application/rss+xml" href="{path(article)}feed/">\n'
    body = (
        f'<header><a href="{ROOT}/">{TITLE}</a></header><h1>{escape(article.title)}</h1>'
        f'<p>{escape(own.text)}</p><section id="comments">{shown}</section>'
    )
    return document(article.title, body, article.lang, head)
