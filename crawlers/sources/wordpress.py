"""Kind `wordpress`: comments below the posts of a blog, a paper, a magazine that runs WordPress.

Format: recorded answers of the software. The REST API is asked first; where it is closed, the comments' feed,
which holds the newest ones only. A comment has the same id either way, so nothing lands twice.
"""

from __future__ import annotations

from typing import Any

from crawlers.errors import CrawlError
from crawlers.feedreader import read_feed
from crawlers.items import authorship, iso_time, published, read_items, web_address
from crawlers.jsonpage import integer, listing, load_json, mapping, string
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.source import Source
from crawlers.sources.feed import pages, read_entries
from crawlers.text import Element, Words, mask_handles
from crawlers.visit import Visit
from crawlers.walks import texts, to_the_end, with_query
from crawlers.wordpress import SIZE, Api, discover, is_closed, walk_list

_KIND = "wordpress"
_FIELDS = "id,post,parent,author_name,date_gmt,content,link,status,type,_links,_embedded"


# --- parser -----------------------------------------------------------------------------------------------


def parse(page: Page) -> Parsed:
    """Comments of the REST API, or of a feed of comments.

    Raises ParseError for anything else.
    """
    if page.body[:500].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return read_entries(page, read_feed(page), _KIND)
    comments = load_json(page)
    if not isinstance(comments, list):
        raise ParseError(f"{page.url}: expected comments of WordPress")
    words, needs = Words(), ("id", "post", "date_gmt", "content", "author_name")
    return read_items(
        page, comments, lambda comment: _mention(page, comment, words), ids=("id", "post"), needs=needs
    )


def _mention(page: Page, comment: dict[str, Any], words: Words) -> Mention:
    """Raises ValueError for what is no comment, not public, or without an id or words."""
    number, parent, post = (integer(comment.get(name)) for name in ("id", "parent", "post"))
    if not number:
        raise ValueError("comment without an id")
    if comment.get("type", "comment") not in ("comment", "review", ""):
        raise ValueError("a link from another site, not a comment")
    if comment.get("status", "approved") not in ("approved", "approve"):
        raise ValueError("not public")
    text = mask_handles(words.of(string(mapping(comment.get("content")).get("rendered")) or "", _foreign))
    if not text:
        raise ValueError("no text of its own")
    source = f"{_KIND}:{page.host}"
    return Mention(
        source=source,
        kind="reply" if parent else "comment",
        target=page.target,
        native_id=f"comment-{number}",
        parent_id=f"comment-{parent}" if parent else f"post-{post}" if post else None,
        url=web_address(comment.get("link")),
        title=mask_handles(words.of(_post_title(comment))) or None,
        text=text,
        **authorship(page, source, string(comment.get("author_name"))),
        **published(iso_time(comment.get("date_gmt"), page.collected_at)),
        collected_at=page.collected_at,
    )


def _post_title(comment: dict[str, Any]) -> str:
    """The title of the post, which the API embeds where it is asked to."""
    above = listing(mapping(comment.get("_embedded")).get("up"))
    title = mapping(mapping(above[0] if above else None).get("title"))
    return string(title.get("rendered")) or ""


def _foreign(element: Element) -> bool:
    """Quotes and code are not the author's words."""
    return element.tag in ("blockquote", "pre")


# --- spider -----------------------------------------------------------------------------------------------


async def walk(visit: Visit) -> None:
    """The comments of the site, of the posts asked for, or of those that a search finds, newest first."""
    api = await discover(visit)
    stated = texts(visit, "post", "posts")
    posts = ",".join(stated) or (str(api.number) if api.number is not None else None)
    before = visit.report.pages
    try:
        for term in texts(visit, "query", "queries") or [""]:
            await _comments(visit, api, posts, term)
    except CrawlError as error:
        if visit.report.pages > before or not is_closed(error):
            raise
        visit.report.warn(
            f"the API of comments is closed ({error.what}): their feed is read, the newest only"
        )
        await _feed(visit, api)


async def _comments(visit: Visit, api: Api, posts: str | None, term: str) -> None:
    def address(page: int) -> str:
        asked = {
            "search": term or None,
            "post": posts,
            "orderby": "date_gmt",
            "order": "desc",
            "_embed": "up",
        }
        return api.at("wp/v2/comments", per_page=SIZE, page=page, **asked, _fields=_FIELDS)

    await walk_list(visit, f"{posts or ''} {term}", address)


async def _feed(visit: Visit, api: Api) -> None:
    """The feed of comments of the site, or of the one post that the target's page is."""
    plain = "rest_route" in api.root
    if api.number is not None:
        url = with_query(api.site, p=api.number, feed="rss2") if plain else f"{api.page.rstrip('/')}/feed/"
    else:
        url = with_query(api.site, feed="comments-rss2") if plain else f"{api.site}comments/feed/"
    with to_the_end(visit) as to_end:
        async for _ in pages(visit, url, {"comments_of": " "}, to_end=to_end, kind=_KIND):
            pass


SOURCE = Source(
    kind=_KIND,
    summary="WordPress: comments of a site or of one post",
    spider=walk,
    parser=parse,
    needs="nothing",
    standing="proven",
    terms="Each site has its own terms; robots.txt is obeyed, a closed API is not tried twice in a run.",
    options={
        "url": "the site, one of its posts, or its API (/wp-json)",
        "post": "only comments of the post with this number",
        "posts": "of several posts",
        "query": "only comments that this search finds",
        "queries": "several searches",
        "max_pages": "pages of one run at most",
    },
)
