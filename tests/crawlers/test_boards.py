"""The kinds `xenforo`, `phpbb` and `vbulletin`: what posts mean in eight looks, and how boards are walked."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urljoin

import pytest
from boardlooks import LOOKS, Board, Look, Post, Server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers import registry
from crawlers.boards import steady
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
BASE = "https://board.example/"
KINDS = ("xenforo", "phpbb", "vbulletin")


def board() -> Board:
    made = Board()
    for thread, count in ((1, 7), (2, 2), (3, 1)):
        made.add(1, thread, count)
    made.add(2, 4)
    return made


def read(
    make_page: MakePage, look: Look, made: Board, what: str, number: int, page: int, **options: Any
) -> Parsed:
    url = urljoin(BASE, look.address(what, number, page, made)) if what != "index" else BASE
    return registry.parse(look.kind, make_page(look.page(made, what, number, page), url, options=options))


# --- pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("page", [1, 3])
def test_posts_of_a_thread(name: str, page: int, make_page: MakePage) -> None:
    look, made = LOOKS[name], board()
    posts = made.threads[1][(page - 1) * 3 : page * 3]
    mentions = read(make_page, look, made, "thread", 1, page).mentions
    assert [mention.native_id for mention in mentions] == [str(post.number) for post in posts]
    assert [mention.kind for mention in mentions] == [
        "post" if page == 1 and post is posts[0] else "reply" for post in posts
    ]
    for mention, post in zip(mentions, posts, strict=True):
        assert mention.text is not None and mention.text.removesuffix(" @user") == post.text
        assert (mention.source, mention.title) == (f"{look.kind}:board.example", "Pavediens 1")
        assert mention.published_at == post.at and mention.rating is None
        assert mention.author_hash and "anis_" not in mention.to_json()
        assert mention.url and str(post.number) in mention.url and "sid=" not in mention.url
    again = read(make_page, look, made, "thread", 1, 1).mentions
    assert {m.author_hash for m in mentions} <= {m.author_hash for m in again} | {
        m.author_hash for m in mentions
    }


@pytest.mark.parametrize("name", [name for name in LOOKS if name not in ("phpbb 3.0", "phpbb in tables")])
def test_whom_a_post_answers(name: str, make_page: MakePage) -> None:
    mentions = read(make_page, LOOKS[name], board(), "thread", 1, 1).mentions
    assert [mention.parent_id for mention in mentions] == [None, None, "102"]


@pytest.mark.parametrize("name", LOOKS)
def test_lists_give_no_mention_and_are_no_error(name: str, make_page: MakePage) -> None:
    for what in ("forum", "index"):
        parsed = read(make_page, LOOKS[name], board(), what, 1, 1)
        assert (parsed.mentions, parsed.found, parsed.rejects) == ([], 0, [])


def test_likes_and_edits(make_page: MakePage) -> None:
    made = board()
    assert read(make_page, LOOKS["xenforo 2"], made, "thread", 1, 1).mentions[0].likes == 5
    assert read(make_page, LOOKS["vbulletin 5"], made, "thread", 1, 1).mentions[0].likes == 5
    edited = read(make_page, LOOKS["phpbb 3.0"], made, "thread", 1, 1).mentions[0].edited_at
    assert edited is not None and edited.isoformat() == "2026-05-16T11:05:00+00:00"


def test_times_are_those_of_the_boards_zone(make_page: MakePage) -> None:
    made = board()
    local = read(make_page, LOOKS["phpbb 3.0"], made, "thread", 1, 1, timezone="America/New_York").mentions[0]
    assert local.published_at is not None
    assert local.published_at - made.threads[1][0].at == timedelta(hours=6)
    with pytest.raises(ParseError, match="timezone"):
        read(make_page, LOOKS["phpbb 3.0"], made, "thread", 1, 1, timezone="Nowhere")


@pytest.mark.parametrize("options", [{}, {"month_first": True}, {"month_first": False}])
def test_the_order_of_day_and_month(options: dict[str, Any], make_page: MakePage) -> None:
    made = Board()
    made.add(1, 1)
    made.threads[1][0].at = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # 03-04-2026: the page does not tell
    (mention,) = read(make_page, LOOKS["vbulletin 4"], made, "thread", 1, 1, **options).mentions
    assert mention.published_at is not None
    swapped = options.get("month_first") is False
    assert mention.published_at.date().isoformat() == ("2026-04-03" if swapped else "2026-03-04")


def test_deleted_and_wordless_posts_are_rejected_without_their_words(make_page: MakePage) -> None:
    made = Board()
    made.add(1, 1, 3)
    made.threads[1][1].text = " "
    page = (
        LOOKS["phpbb 3.3"]
        .page(made, "thread", 1, 1)
        .replace('id="p101" class="post', 'id="p101" class="deleted post')
    )
    parsed = registry.parse("phpbb", make_page(page, BASE + "viewtopic.php?t=1"))
    assert [reject.reason for reject in parsed.rejects] == ["deleted", "no text of its own"]
    assert [mention.native_id for mention in parsed.mentions] == ["103"]
    assert all("tīkls" not in reject.raw and "anis" not in reject.raw for reject in parsed.rejects)


def test_guests_are_not_one_person(make_page: MakePage) -> None:
    made = Board()
    made.add(1, 1, 2)
    for post in made.threads[1]:
        post.author = "Guest"
    first, second = read(make_page, LOOKS["vbulletin 4"], made, "thread", 1, 1).mentions
    assert first.author_hash != second.author_hash


def test_a_theme_that_names_its_boxes_otherwise(make_page: MakePage) -> None:
    made = board()
    page = LOOKS["vbulletin 3"].page(made, "thread", 1, 1).replace('id="post1', 'id="box1')
    mentions = registry.parse("vbulletin", make_page(page, BASE + "showthread.php?t=1")).mentions
    assert [mention.native_id for mention in mentions] == ["101", "102", "103"]
    assert [mention.published_at for mention in mentions] == [post.at for post in made.threads[1][:3]]
    assert all(mention.author_hash and "sveši" not in (mention.text or "") for mention in mentions)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://b.example/viewtopic.php?t=1&sid=" + "a" * 32, "https://b.example/viewtopic.php?t=1"),
        ("https://b.example/showthread.php?s=" + "0f" * 16 + "&t=1#post5", "https://b.example/showthread.php?t=1"),
        ("https://b.example/showthread.php?12-title", "https://b.example/showthread.php?12-title"),
        ("https://b.example/index.php?threads/x.1/page-2", "https://b.example/index.php?threads/x.1/page-2"),
        ("https://b.example/viewtopic.php?s=5&t=1", "https://b.example/viewtopic.php?s=5&t=1"),
    ],
)  # fmt: skip
def test_addresses_without_sessions(url: str, clean: str) -> None:
    assert steady(url) == clean


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "body", ["", "x", "<p>hello</p>", '{"posts": []}', "<article class='review'>x</article>"]
)
def test_what_is_no_board_is_said_so(kind: str, body: str, make_page: MakePage) -> None:
    with pytest.raises(ParseError, match=r"board\.example"):
        registry.parse(kind, make_page(body, BASE))


def sound(kind: str, page: Page) -> None:
    try:
        parsed = registry.parse(kind, page)
    except ParseError:
        return
    ids = [mention.native_id for mention in parsed.mentions]
    assert len(set(ids)) == len(ids)
    for mention in parsed.mentions:
        assert mention.text
        mention.to_json().encode()


QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(body=st.binary(max_size=300), kind=st.sampled_from(KINDS))
def test_any_bytes(body: bytes, kind: str, make_page: MakePage) -> None:
    sound(kind, make_page(body, BASE))


@QUICK
@given(name=st.sampled_from(sorted(LOOKS)), text=st.text(max_size=60), author=st.text(max_size=20))
def test_any_words(name: str, text: str, author: str, make_page: MakePage) -> None:
    made = Board()
    made.threads[1] = [Post(5, author.replace('"', ""), text, datetime(2026, 3, 14, tzinfo=UTC))]
    sound(LOOKS[name].kind, make_page(LOOKS[name].page(made, "thread", 1, 1), BASE))


@pytest.mark.parametrize("name", LOOKS)
def test_mutated_pages(name: str, make_page: MakePage) -> None:
    look, chance = LOOKS[name], random.Random(name)
    whole = look.page(board(), "thread", 1, 1)
    for _ in range(25):
        cut, start = chance.randrange(200), chance.randrange(len(whole))
        odd = chance.choice(['"', "<", "</div>", "\x00", "<article class=message>", "&#0;", "999999999999"])
        sound(look.kind, make_page(whole[:start] + odd + whole[start + cut :], BASE))


HOSTILE = {
    "xenforo": '<article class="message message--post" data-content="post-{n}"><div class="message-body"><div class="bbWrapper">x',
    "phpbb": '<div class="post" id="p{n}"><p class="author">by <strong>x</strong> » xx {n} ago<div class="content">x',
    "vbulletin": '<li class="postcontainer" id="post_{n}"><div class="postdate"><span class="date">xx {n} ago<div id="post_message_{n}">x',
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_takes_two_seconds(kind: str, make_page: MakePage, within: Callable[..., None]) -> None:
    sound(
        kind, make_page(HOSTILE[kind].replace("{n}", "1"), BASE)
    )  # what is loaded once is not the page's cost
    post = HOSTILE[kind]
    never_closed = "".join(post.replace("{n}", str(n)) for n in range(3_000))
    many = "".join(post.replace("{n}", str(n)) + "</div></div></article></li>" for n in range(5_000))
    long = post.replace("{n}", "1") + "@a.-" * 400_000
    deep = post.replace("{n}", "1") + "<blockquote>" * 30_000
    for body in (never_closed, many, long, deep):
        within(2.0, sound, kind, make_page(body, BASE))


# --- the spider -------------------------------------------------------------------------------------------


def ids(stage: Any) -> list[str]:
    return sorted(record["native_id"] for record in stage.landed())


def written(made: Board) -> list[str]:
    return sorted(str(post.number) for posts in made.threads.values() for post in posts)


def whole(stage: Any, look: Look) -> Play:
    """Every post of every forum once, through a pause and a failure; then only what moved; edits by a sweep."""
    made = board()
    made.pinned = {3}
    server = Server(stage, look, made)
    stage.site.first_answer("/*", [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 503}])
    report = yield server.target()
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 11, [], [])
    assert ids(stage) == written(made)
    since = len(stage.site.asked)
    report = yield server.target()
    assert (report.outcome, report.new, report.warnings, server.threads_asked(since)) == ("done", 0, [], [])
    made.add(1, 1, 4)
    made.add(2, 5, 4)
    since = len(stage.site.asked)
    report = yield server.target()
    assert (report.outcome, report.new, report.edited) == ("done", 8, 0)
    assert ids(stage) == written(made) and set(server.threads_asked(since)) == {1, 5}
    made.threads[1][0].text = "Mainīts teksts"
    report = yield server.target(recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 0, 1)


def long_thread(stage: Any) -> Play:
    """Of a long thread only the pages with something new are read, from its end."""
    made = Board()
    made.add(1, 1, 21)
    server = Server(stage, LOOKS["xenforo 2"], made)
    report = yield server.target()
    assert report.new == 21
    made.add(1, 1, 1)
    since = len(stage.site.asked)
    report = yield server.target()
    assert (report.new, len(server.threads_asked(since))) == (1, 3)  # its first page, its last, one known


def broken_off(stage: Any) -> Play:
    """New posts on a page that failed are read by the next run, though those after them are known by then."""
    made = Board()
    made.add(1, 1, 6)
    server = Server(stage, LOOKS["xenforo 2"], made)
    yield server.target()
    made.add(1, 1, 6)
    third = [{"status": 500}] * 3
    stage.site.first_answer("/*", third, lambda asked: asked.path.endswith("/page-3"))
    report = yield server.target()
    assert (report.outcome, report.new) == ("partial", 3)
    report = yield server.target()
    assert (report.outcome, report.new) == ("done", 3)
    assert ids(stage) == written(made)


def moved_behind_a_break(stage: Any) -> Play:
    """Threads that moved are found behind those that a walk which had to stop has made known."""
    made = Board()
    for thread in range(1, 7):
        made.add(1, thread, 1)
    server = Server(stage, LOOKS["vbulletin 4"], made)
    yield server.target()
    for thread in range(1, 7):
        made.add(1, thread, 1)
    report = yield server.target(options={"max_pages": 4})
    assert report.outcome == "partial" and 0 < report.new < 6
    report = yield server.target()
    assert report.outcome == "done" and ids(stage) == written(made)


def capped(stage: Any) -> Play:
    """A walk that had to stop goes on where it was."""
    made = board()
    server = Server(stage, LOOKS["phpbb 3.3"], made)
    report = yield server.target(options={"max_pages": 6})
    assert report.outcome == "partial" and 0 < report.new < 11
    since = len(stage.site.asked)
    report = yield server.target()
    assert report.outcome == "done" and ids(stage) == written(made)
    assert 3 not in server.threads_asked(since)


def one_thread(stage: Any) -> Play:
    """A thread as a target: to its end, then what is new."""
    made = board()
    server = Server(stage, LOOKS["vbulletin 4"], made)
    path = server.look.address("thread", 1, 1, made)
    report = yield server.target(path)
    assert (report.outcome, report.new, report.pages) == ("done", 7, 3)
    made.add(1, 1, 1)
    report = yield server.target(path)
    assert (report.outcome, report.new) == ("done", 1)


def one_forum(stage: Any) -> Play:
    """A forum as a target leaves the others alone; a thread that is gone is no reason to stop."""
    made = board()
    server = Server(stage, LOOKS["vbulletin 3"], made)
    gone = [{"status": 404}]
    stage.site.first_answer("/*", gone, lambda asked: asked.query.get("t") == ["2"])
    report = yield server.target(server.look.address("forum", 1, 1, made))
    assert (report.outcome, report.new) == ("done", 8)


def no_board(stage: Any) -> Play:
    """A page that is no board's is an error, not an end."""
    stage.site.serve("/", "<html><p>Welcome</p></html>")
    report = yield Target(stage.name, "phpbb", stage.site.url + "/")
    assert report.outcome == "partial" and report.errors[0].what.startswith("ParseError")


SCENARIOS: dict[str, Callable[[Any], Play]] = {
    **{f"whole {name}": partial(whole, look=look) for name, look in LOOKS.items()},
    **{
        one.__name__: one
        for one in (long_thread, broken_off, moved_behind_a_break, capped, one_thread, one_forum, no_board)
    },
}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    found: dict[str, Exception | None] = play(
        SCENARIOS, make_home(tmp_path_factory.mktemp("boards") / "landing")
    )
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error


def phpbb_page(written: str, foot: str) -> str:
    return f"""<html lang="lv"><body id="phpbb"><div id="p7" class="post"><p class="author">by <a class="username">A</a>
      &raquo; {written}</p><div class="content">Labs</div></div><div id="page-footer"><p>{foot}</p></div></body></html>"""


@pytest.mark.parametrize(
    ("written", "foot", "options", "expected"),
    [  # pages are read in November, when Riga is two hours ahead
        ("28 Mar 2026, 12:00", "", {}, "12:00"),
        ("28 Mar 2026, 12:00", "", {"home_timezone": "Europe/Riga"}, "10:00"),
        ("29 Mar 2026, 12:00", "", {"home_timezone": "Europe/Riga"}, "09:00"),
        ("24 Oct 2026, 12:00", "", {"home_timezone": "Europe/Riga"}, "09:00"),
        ("25 Oct 2026, 12:00", "", {"home_timezone": "Europe/Riga"}, "10:00"),
        ("29 Mar 2026, 12:00", "All times are UTC+02:00", {}, "10:00"),
        ("29 Mar 2026, 12:00", "All times are UTC+02:00", {"home_timezone": "Europe/Riga"}, "09:00"),
        ("29 Mar 2026, 12:00", "All times are UTC+01:00", {"home_timezone": "Europe/Riga"}, "11:00"),
        ("29 Mar 2026, 12:00", "All times are UTC+01:00", {"timezone": "Europe/Riga"}, "09:00"),
        ("29 Mar 2026, 03:30", "", {"home_timezone": "Europe/Riga"}, "01:30"),  # an hour that was not
    ],
)
def test_clocks_follow_summer_and_winter(
    written: str, foot: str, options: dict[str, str], expected: str, make_page: MakePage
) -> None:
    page = make_page(phpbb_page(written, foot), "https://forum.example/viewtopic.php?t=1", options=options)
    (mention,) = registry.parse("phpbb", page).mentions
    assert mention.published_at and mention.published_at.strftime("%H:%M") == expected
