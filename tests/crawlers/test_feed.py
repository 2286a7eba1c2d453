"""What RSS and Atom mean, entry by entry, and how their spider walks."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.registry import parse as parse_kind
from crawlers.sources.feed import parse
from crawlers.target import Target

MakePage = Callable[..., Page]
EXPECTED = json.loads((Path(__file__).parent / "expected" / "discourse_feed_recorded.json").read_text())


def digest_of(text: str | None) -> str:
    return hashlib.sha256((text or "").encode()).hexdigest()


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded_pages_come_out_whole(name: str, make_page: MakePage, shared: Path) -> None:
    want = EXPECTED[name]
    parsed = parse_kind(
        want["kind"], make_page((shared / "samples" / want["from"] / name).read_bytes(), want["url"])
    )
    mentions = {mention.native_id: mention for mention in parsed.mentions}
    assert [mention.native_id for mention in parsed.mentions] == want["ids"]
    assert (parsed.found, parsed.rejects) == (want["found"], [])
    if not want["ids"]:
        return
    first = parsed.mentions[0]
    assert Counter(mention.kind for mention in parsed.mentions) == want["kinds"]
    assert {m.native_id: m.parent_id for m in parsed.mentions if m.parent_id} == want["parents"]
    assert (digest_of(first.title), first.url) == (want["title_sha256"], want["first_url"])
    assert first.published_at is not None
    assert first.published_at == datetime.fromisoformat(want["first_published"])
    assert all(mention.author_hash and mention.rating is None for mention in parsed.mentions)
    if "authors" in want:
        assert len({mention.author_hash for mention in parsed.mentions}) == want["authors"]
    if "first_text_sha256" in want:
        assert digest_of(first.text) == want["first_text_sha256"]
    for native_id, digest in want.get("texts_sha256", {}).items():
        assert digest_of(mentions[native_id].text) == digest
    for native_id, count in want.get("replies", {}).items():
        assert mentions[native_id].replies == count


def rss(*items: str, channel: str = "") -> str:
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
        'xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    )
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {spaces}><channel>{channel}{body}</channel></rss>'


def test_a_post_becomes_a_mention(make_page: MakePage) -> None:
    item = """<title>Šifrēts &amp; ātrs</title><link>/raksti/1</link><guid isPermaLink="false">x-1</guid>
      <dc:creator>Līga Bērziņa</dc:creator><pubDate>Tue, 03 Feb 2026 10:00:00 +0200</pubDate>
      <description>short</description><slash:comments>4</slash:comments>
      <content:encoded><![CDATA[<p>Mūsu tests: <b>labs</b> tālrunis.</p><script>x()</script>]]></content:encoded>"""
    (mention,) = parse(
        make_page(rss(item, channel="<language>lv-LV</language>"), "https://blog.example/feed")
    ).mentions
    assert (mention.source, mention.kind, mention.native_id) == ("feed:blog.example", "post", "x-1")
    assert (mention.title, mention.text) == ("Šifrēts & ātrs", "Mūsu tests: labs tālrunis.")
    assert (mention.url, mention.lang, mention.replies) == ("https://blog.example/raksti/1", "lv", 4)
    assert mention.published_at is not None and mention.published_at.hour == 8
    assert "Līga" not in mention.to_json() and mention.author_hash


def test_atom_is_read_with_its_edits_and_threads(make_page: MakePage) -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="et">
      <entry><id>tag:a,1</id><title>Re</title><author><name>Mart</name></author><published>2026-01-01T10:00:00Z</published>
      <updated>2026-01-02T10:00:00Z</updated><content type="html">&lt;p&gt;Nõus @mart, väga hea&lt;/p&gt;</content>
      <thr:in-reply-to ref="tag:a,0" href="https://a.example/0"/></entry></feed>"""
    (mention,) = parse(make_page(body, "https://a.example/atom")).mentions
    assert (mention.kind, mention.parent_id, mention.text) == ("comment", "tag:a,0", "Nõus @user, väga hea")
    assert mention.edited_at is not None and mention.edited_at.day == 2
    assert mention.title is None


@pytest.mark.parametrize(
    "content",
    [
        '<p>In reply to <a href="https://b.example/p/#comment-7">Jonas &amp; Co</a>.</p><p>Sutinku su kaina.</p>',
        '<p>В ответ на <a href="https://b.example/p/comment-page-2/#comment-7">Иван</a>.</p>\n<p>Sutinku su kaina.</p>',
        'In reply to <a href="https://b.example/p/#comment-7">Jonas</a>.\n\nSutinku su kaina.',
    ],
)
def test_the_line_that_wordpress_puts_before_a_reply_becomes_the_parent(
    make_page: MakePage, content: str
) -> None:
    item = f"""<title>By: Rasa</title><link>https://b.example/p/#comment-9</link><dc:creator>Rasa</dc:creator>
      <content:encoded><![CDATA[{content}]]></content:encoded>"""
    head = "<title>Comments on: Naujas planas</title><link>https://b.example/p/</link>"
    (mention,) = parse(make_page(rss(item, channel=head), "https://b.example/p/feed/")).mentions
    assert (mention.kind, mention.native_id, mention.parent_id) == ("reply", "comment-9", "comment-7")
    assert (mention.text, mention.title) == ("Sutinku su kaina.", "Naujas planas")


def test_a_link_to_a_comment_further_down_is_no_reply_line(make_page: MakePage) -> None:
    text = "I waited three weeks for my parcel and nobody ever answered, quite unlike what was promised "
    item = f"""<link>https://b.example/p/#comment-9</link>
      <description><![CDATA[<p>{text}<a href="https://b.example/p/#comment-7">here</a>.</p>]]></description>"""
    (mention,) = parse(make_page(rss(item), "https://b.example/comments/feed/")).mentions
    assert (mention.parent_id, mention.text) == (None, f"{text}here.")


def test_a_comments_title_never_carries_its_author(make_page: MakePage) -> None:
    for title in ("By: Ozols", "Autors: Ozols", "Comment on Ozols is right by Ozols", "Ozols"):
        item = f"<title>{title}</title><link>https://b.example/p/#comment-3</link><dc:creator>Ozols</dc:creator><description>jā</description>"
        (mention,) = parse(make_page(rss(item), "https://b.example/comments/feed/")).mentions
        assert mention.title in (None, "Ozols is right")


def test_an_entry_without_an_id_keeps_one_identity(make_page: MakePage) -> None:
    items = ["<description>viens</description>", "<description>divi</description>"]
    first = parse(make_page(rss(*items))).mentions
    again = parse(make_page(rss(*reversed(items)))).mentions
    assert {mention.native_id for mention in first} == {mention.native_id for mention in again}
    assert len({mention.native_id for mention in first}) == 2


def test_empty_entries_are_rejected_and_the_others_taken(make_page: MakePage) -> None:
    parsed = parse(make_page(rss("<guid>1</guid>", "<guid>2</guid><title>jest</title>")))
    assert [mention.native_id for mention in parsed.mentions] == ["2"]
    assert parsed.rejects[0].reason == "a mention needs a text or a rating"


def test_a_feed_that_breaks_off_gives_all_but_its_last_entry(make_page: MakePage) -> None:
    body = rss("<guid>1</guid><title>whole</title>", "<guid>2</guid><title>cut in the mid")
    parsed = parse(make_page(body[: body.index(" in the mid")]))
    assert [mention.native_id for mention in parsed.mentions] == ["1"]
    assert parsed.rejects[0].reason == "the feed breaks off in this entry"


def test_an_empty_feed_is_a_feed(make_page: MakePage) -> None:
    assert parse(make_page(rss())) == Parsed()


@pytest.mark.parametrize("body", ["", "   ", "<html><body>hi</body></html>", "{}", "plain words", "\0" * 50])
def test_what_is_no_feed_is_said_so(make_page: MakePage, body: str) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


def test_nothing_is_fetched_or_opened_while_parsing(make_page: MakePage, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(rss("<title>stolen</title>"))
    for body in (str(secret), f"file://{secret}", "http://127.0.0.1:9/"):
        with pytest.raises(ParseError):
            parse(make_page(body))
    entity = f'<!DOCTYPE r [<!ENTITY a SYSTEM "file://{secret}">]>'
    parsed = parse(
        make_page(entity + "<rss version='2.0'><channel><item><title>x &a; y</title></item></channel></rss>")
    )
    assert "stolen" not in str(parsed)


def test_no_page_takes_long(make_page: MakePage, within: Callable[..., None]) -> None:
    def safely(body: bytes) -> None:
        with contextlib.suppress(ParseError):
            parse(make_page(body))

    item = b"<item><guid>%d</guid><title>T</title><description>&lt;p&gt;hei <b>x</b>&lt;/p&gt;</description></item>"
    start = b"<rss version='2.0'><channel>"
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    many = start + b"".join(item % number for number in range(40_000)) + b"</channel></rss>"
    for body in (
        many,
        many[:-20],
        start + b"<a>" * 200_000,
        start + b"<item>" + b"<" * 1_000_000,
        start + b"<item><title>" + b"&" * 1_000_000,
        b'<!DOCTYPE r [<!ENTITY a0 "ha">'
        + laughs
        + b"]>"
        + start
        + b"<item><title>&a11;</title></item></channel></rss>",
        b"<html><body>" + b"<p>x" * 200_000,
    ):
        within(2.0, safely, body)


def test_a_huge_feed_gives_its_newest_entries_and_says_so(make_page: MakePage) -> None:
    item = "<item><guid>%d</guid><title>T</title><description><![CDATA[<p>hei</p>]]></description></item>"
    parsed = parse(make_page(rss(channel="".join(item % number for number in range(12_000)))))
    assert [mention.native_id for mention in parsed.mentions[:2]] == ["0", "1"]
    assert parsed.mentions[0].text == "hei"
    assert parsed.rejects[0].reason == f"only the newest {len(parsed.mentions)} entries are read"


words = st.text(max_size=30)


@settings(max_examples=100, deadline=None)
@given(
    items=st.lists(st.tuples(words, words, words), max_size=4),
    cut=st.integers(0, 400),
    flip=st.binary(max_size=3),
)
def test_any_feed_is_read_or_refused_by_name(
    items: list[tuple[str, str, str]], cut: int, flip: bytes, make_page: MakePage
) -> None:
    body = rss(*(f"<guid>{a}</guid><title>{b}</title><description>{c}</description>" for a, b, c in items))
    raw = body.encode("utf-8", "replace")
    raw = raw[:-cut] + flip if cut else raw
    try:
        parsed = parse(make_page(raw))
    except ParseError:
        return
    for mention in parsed.mentions:
        assert mention.text or mention.title
        mention.to_json().encode()


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_by_name(body: bytes, make_page: MakePage) -> None:
    try:
        parse(make_page(body))
    except ParseError as error:
        assert "example.com" in str(error)


class Blog:
    """A blog with WordPress's feeds: posts page by page, a comment feed a post."""

    def __init__(self, site: Any, reply: Any) -> None:
        self.site, self.reply = site, reply
        self.posts: list[tuple[int, list[str]]] = []
        self.words: dict[int, str] = {}
        site.serve("/feed/", self._posts)

    def post(self, number: int, *comments: str) -> None:
        self.posts.insert(0, (number, list(comments)))
        self.site.serve(f"/p{number}/feed/", lambda asked: self._comments(asked, number))

    def _posts(self, asked: Any) -> Any:
        page = int(asked.query.get("paged", ["1"])[0])
        shown = self.posts[(page - 1) * 3 : page * 3]
        if not shown and page > 1:
            return self.reply(b"", 404)
        head = f'<atom:link rel="self" href="http://127.0.0.1/feed/"/><generator>https://wordpress.org/?v=6.1</generator><link>{self.site.url}</link>'
        items = [
            f"<guid>{self.site.url}/?p={number}</guid><link>{self.site.url}/p{number}/</link><title>Post {number}</title>"
            f"<description>{self.words.get(number, 'body')} {number}</description><slash:comments>{len(comments)}</slash:comments>"
            f"<wfw:commentRss>{self.site.url}/p{number}/feed/</wfw:commentRss>"
            for number, comments in shown
        ]
        return self._conditional(asked, rss(*items, channel=head))

    def _comments(self, asked: Any, number: int) -> Any:
        comments = next(comments for each, comments in self.posts if each == number)
        items = [
            f"<title>By: R{index}</title><link>{self.site.url}/p{number}/#comment-{number}00{index}</link>"
            f"<dc:creator>R{index}</dc:creator><description>{text}</description>"
            for index, text in enumerate(comments)
        ]
        return self._conditional(asked, rss(*items, channel=f"<title>Comments on: Post {number}</title>"))

    def _conditional(self, asked: Any, body: str) -> Any:
        tag = f'"{hash(body)}"'
        if asked.headers.get("if-none-match") == tag:
            return self.reply(b"", 304)
        return self.reply(
            body.encode(), headers={"ETag": tag, "Content-Type": "application/rss+xml; charset=UTF-8"}
        )


@pytest.fixture
def blog(site: Any, reply: Any) -> Blog:
    made = Blog(site, reply)
    for number in range(1, 8):
        made.post(number, *(f"komentārs {number}.{index}" for index in range(number % 3)))
    return made


def test_the_spider_reads_all_pages_and_all_comments_once(site: Any, home: Any, blog: Blog) -> None:
    target = Target("blog", "feed", f"{site.url}/feed/")
    (first,) = home.crawl(target).targets
    assert (first.outcome, first.new, first.errors) == ("done", 14, [])
    assert Counter(record["kind"] for record in home.landed()) == {"post": 7, "comment": 7}
    assert {r["title"] for r in home.landed() if r["kind"] == "comment"} == {
        f"Post {n}" for n in (1, 2, 4, 5, 7)
    }
    site.asked.clear()
    (second,) = home.crawl(target).targets
    assert (second.new, second.edited) == (0, 0)
    assert second.pages == second.not_modified
    blog.posts[6][1].append("late comment on the oldest post")
    blog.post(8, "first!")
    (third,) = home.crawl(target).targets
    assert (third.new, third.edited) == (3, 0)


def test_what_is_new_behind_a_break_is_found_behind_what_is_known_by_now(
    site: Any, home: Any, blog: Blog
) -> None:
    target = Target("blog", "feed", f"{site.url}/feed/", options={"comments": False})
    (first,) = home.crawl(target).targets
    for number in range(8, 14):
        blog.post(number)
    site.first_answer("/feed/", [{"status": 500}] * 3, lambda asked: asked.query.get("paged") == ["2"])
    (broken,) = home.crawl(target).targets
    assert (first.new, broken.outcome, broken.new) == (7, "partial", 3)
    (second,) = home.crawl(target).targets
    assert (second.outcome, second.new) == ("done", 3)
    (third,) = home.crawl(target).targets
    assert (third.new, third.pages, third.not_modified) == (0, 1, 1)


def test_comments_can_be_left_out(site: Any, home: Any, blog: Blog) -> None:
    (report,) = home.crawl(Target("blog", "feed", f"{site.url}/feed/", options={"comments": False})).targets
    assert report.new == 7
    assert not any(path.startswith("/p") for path in site.paths())


def test_a_page_that_names_its_feed_is_enough(site: Any, home: Any, blog: Blog) -> None:
    link = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed/"></head><body>hi</body></html>'
    site.serve("/", link, content_type="text/html; charset=utf-8")
    (report,) = home.crawl(Target("blog", "feed", f"{site.url}/")).targets
    assert report.new == 14


def test_a_feed_does_not_send_us_elsewhere(site: Any, home: Any, reply: Any) -> None:
    item = "<guid>1</guid><title>t</title><wfw:commentRss>http://other.example/feed</wfw:commentRss>"
    site.serve("/feed", rss(item, channel='<atom:link rel="next" href="http://other.example/2"/>'))
    (report,) = home.crawl(Target("f", "feed", f"{site.url}/feed")).targets
    assert (report.outcome, report.new, report.pages) == ("done", 1, 1)
