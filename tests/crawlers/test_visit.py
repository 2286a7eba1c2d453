"""What a spider may count on: every page is read once, counted, landed or named; defects stay small."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from crawlers.authors import AuthorHasher
from crawlers.errors import (
    BadTarget,
    CrawlError,
    ForbiddenUrl,
    HttpError,
    PageCapReached,
    PageTooLarge,
    Unreachable,
)
from crawlers.fetch import Answer, Fetcher
from crawlers.landing import Landing, read_segment, segments
from crawlers.mention import Mention
from crawlers.parsers import Parsers
from crawlers.parsing import Page, Parsed, ParseError, RatingSnapshot, Reject
from crawlers.report import TargetReport
from crawlers.robots import Rules
from crawlers.settings import Manners
from crawlers.sheets import Defect, Died, Outcome, Task, Unread
from crawlers.state import CrawlState
from crawlers.target import Target
from crawlers.visit import Taken, Tools, Visit

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class Canned:
    """A fetcher that answers what it is told, or raises it."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | CrawlError] = {}
        self.headers: list[dict[str, str]] = []

    async def get(self, url: str, *, headers: dict[str, str], **how: Any) -> Answer:
        self.headers.append(dict(headers))
        found = self.answers[url]
        if isinstance(found, CrawlError):
            raise found
        return found

    async def rules(self, url: str) -> Rules:
        return Rules()


def answer(
    url: str = "https://x.example/1", body: bytes = b"page", status: int = 200, **headers: str
) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(url, url, status, body, named, NOW)


def mention(native_id: str, text: str = "Hea teenus", **more: Any) -> Mention:
    return Mention(
        source="discourse:x.example", kind="post", native_id=native_id, text=text, collected_at=NOW, **more
    )


@pytest.fixture
def fetcher() -> Canned:
    return Canned()


@pytest.fixture
def make_visit(tmp_path: Path, fetcher: Canned) -> Iterator[Callable[..., Visit]]:
    state, landing = CrawlState(tmp_path), Landing(tmp_path)

    def make(parser: Callable[[Page], Parsed] = lambda _: Parsed(), **target: Any) -> Visit:
        given = {"name": "t", "kind": "discourse", "url": "https://x.example/", "brand": "Nordtel"} | target
        manners = Manners(max_pages_per_target=3)
        tools = Tools(cast(Fetcher, fetcher), landing, AuthorHasher(), manners, {}, lambda *_: None)
        report = TargetReport(target=given["name"], kind=given["kind"])
        return Visit(Target(**given), state.target(Target(**given)), parser, tools, report)

    yield make
    landing.seal()
    state.close()


def test_a_page_is_counted_and_landed_with_its_brand(make_visit: Callable[..., Visit]) -> None:
    rating = RatingSnapshot("https://x.example/1", NOW, rating=4.5)
    parsed = Parsed(
        [mention("1"), mention("2")], [rating], [Reject("no text", "https://x.example/1", "raw")], 3
    )
    visit = make_visit(lambda _: parsed)
    taken = visit.read(answer())
    assert (taken.new, taken.fresh, taken.only_known) == (2, 2, False)
    report = visit.report
    assert (report.new, report.known, report.rejected, len(report.ratings)) == (2, 0, 1, 1)
    again = visit.read(answer())
    assert (again.repeated, again.fresh, report.new, report.known) == (2, 0, 2, 0)


def test_a_brand_that_the_source_names_gives_way_to_the_targets(
    make_visit: Callable[..., Visit], tmp_path: Path
) -> None:
    visit = make_visit(lambda _: Parsed([mention("1", brand_hint="Other")], found=1))
    visit.read(answer())
    bare = make_visit(lambda _: Parsed([mention("2", brand_hint="Other")], found=1), name="bare", brand=None)
    bare.read(answer())
    visit._tools.landing.seal()
    records = [record for path in segments(tmp_path) for record in read_segment(path)]
    assert [(record["target"], record["brand_hint"]) for record in records] == [
        ("t", "Nordtel"),
        ("bare", "Other"),
    ]


def test_a_page_that_does_not_parse_is_named_and_leaves_the_walk_incomplete(
    make_visit: Callable[..., Visit],
) -> None:
    def parser(page: Page) -> Parsed:
        raise ParseError(f"{page.url}: expected something else")

    visit = make_visit(parser)
    assert visit.read(answer()).failed and not visit.complete
    assert visit.report.errors[0].what.startswith("ParseError")
    assert visit.report.errors[0].where == "https://x.example/1"


def test_a_parsers_defect_costs_one_page_and_quotes_nobody(
    make_visit: Callable[..., Visit], caplog: pytest.LogCaptureFixture
) -> None:
    def parser(page: Page) -> Parsed:
        raise KeyError(page.body.decode())

    visit = make_visit(parser)
    assert visit.read(answer(body="Jānis wrote this".encode())).failed and not visit.complete
    assert visit.report.errors[0].what == "SpiderFault: KeyError in the parser"
    assert "Jānis" not in caplog.text and "test_visit.py" in caplog.text


def run(awaitable: Any) -> Any:
    return asyncio.run(awaitable)


@pytest.mark.parametrize("how", [{"granted": True}, {"hidden": {"key": "k3y"}}])
def test_a_key_is_sent_over_https_only(
    make_visit: Callable[..., Visit], fetcher: Canned, how: dict[str, Any]
) -> None:
    for url in ("https://api.example/x", "https://api.example/x?key=k3y"):
        fetcher.answers[url] = answer("https://api.example/x")
    visit = make_visit()
    run(visit.fetch("https://api.example/x", **how))
    with pytest.raises(ForbiddenUrl, match="over https only"):
        run(visit.fetch("http://api.example/x", **how))
    assert len(fetcher.headers) == 1


def test_pages_are_capped(make_visit: Callable[..., Visit], fetcher: Canned) -> None:
    visit = make_visit(options={"max_pages": 2})
    fetcher.answers["u"] = answer("u")
    for _ in range(2):
        run(visit.fetch("u"))
    with pytest.raises(PageCapReached):
        run(visit.fetch("u"))
    with pytest.raises(PageCapReached):
        run(visit.try_fetch("u"))
    assert visit.report.pages == 2


@pytest.mark.parametrize(
    ("error", "complete", "skipped"),
    [
        (HttpError(404, where="u"), True, False),
        (HttpError(500, where="u"), False, False),
        (Unreachable("gone", where="u"), False, False),
        (PageTooLarge("big", where="u"), True, True),
    ],
)
def test_a_page_that_the_walk_can_do_without_is_counted(
    make_visit: Callable[..., Visit], fetcher: Canned, error: CrawlError, complete: bool, skipped: bool
) -> None:
    visit = make_visit()
    fetcher.answers["u"] = error
    assert run(visit.try_fetch("u")) is None
    assert visit.complete is complete
    assert bool(visit.report.skipped) is skipped and bool(visit.report.errors) is not skipped
    with pytest.raises(CrawlError):
        run(visit.fetch("u"))


def test_conditions_are_sent_for_pages_that_were_read_whole_and_never_in_a_sweep(
    make_visit: Callable[..., Visit], fetcher: Canned
) -> None:
    visit = make_visit()
    fetcher.answers["u"] = answer("u", etag='"7"', last_modified="Sun, 22 Nov 2026 08:00:00 GMT")
    visit.read(run(visit.fetch("u", conditional=True)))
    visit.state.done(whole=True)
    fetcher.answers["u"] = answer("u", b"", 304)
    later = make_visit()
    found = run(later.fetch("u", conditional=True))
    assert fetcher.headers == [
        {},
        {"If-None-Match": '"7"', "If-Modified-Since": "Sun, 22 Nov 2026 08:00:00 GMT"},
    ]
    assert found.not_modified and later.read(found).fresh == 0 and later.report.not_modified == 1
    assert not later.whole
    sweep = make_visit(recheck_days=0)
    run(sweep.fetch("u", conditional=True))
    assert sweep.whole and fetcher.headers[-1] == {}


def test_a_page_that_did_not_parse_is_sent_again(make_visit: Callable[..., Visit], fetcher: Canned) -> None:
    def parser(page: Page) -> Parsed:
        raise ParseError("no")

    visit = make_visit(parser)
    fetcher.answers["u"] = answer("u", etag='"7"')
    visit.read(run(visit.fetch("u", conditional=True)))
    run(visit.fetch("u", conditional=True))
    assert fetcher.headers[-1] == {}


def test_parts_that_are_done_are_forgotten_by_a_sweep_and_kept_by_one_that_broke_off(
    make_visit: Callable[..., Visit],
) -> None:
    visit = make_visit()
    visit.note_done("topic 1")
    assert visit.done_before("topic 1")
    visit.state.done(whole=True)
    sweep = make_visit(recheck_days=0)
    assert not sweep.done_before("topic 1")
    sweep.note_done("topic 1")
    assert make_visit(recheck_days=0).done_before("topic 1")
    sweep.state.done(whole=True)
    assert not make_visit(recheck_days=0).done_before("topic 1")


def test_options_are_of_the_type_of_their_default(make_visit: Callable[..., Visit]) -> None:
    visit = make_visit(options={"comments": "yes", "depth": 2}, url=None)
    assert visit.option("depth", 0) == 2 and visit.option("other", "x") == "x"
    with pytest.raises(BadTarget, match="comments must be a bool"):
        visit.option("comments", default=True)
    with pytest.raises(BadTarget):
        _ = visit.url


def test_marks_are_added_to_and_not_replaced(make_visit: Callable[..., Visit]) -> None:
    visit = make_visit()
    visit.mark(top=5)
    visit.mark(gaps=[[3, 0]])
    assert visit.marks == {"top": 5, "gaps": [[3, 0]]}


def test_a_sweep_is_due_after_recheck_days(
    make_visit: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = make_visit()
    assert visit.whole
    visit.state.done(whole=True)
    assert not make_visit().whole
    assert make_visit(recheck_days=0).whole
    import crawlers.visit as module

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=31)

    monkeypatch.setattr(module, "datetime", Later)
    assert make_visit().whole


DOCS = Path(__file__).resolve().parents[2] / "docs" / "crawling.md"


def test_the_documented_example_of_a_source_works(make_visit: Callable[..., Visit], fetcher: Canned) -> None:
    code = DOCS.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    module: dict[str, Any] = {"__name__": "guestbook"}
    exec(compile(code, "guestbook.py", "exec"), module)
    source = module["SOURCE"]
    entries = [
        {"id": number, "author": "Zane", "html": f"<p>labi {number}, @anna</p>"} for number in range(1, 5)
    ]
    for page, shown in enumerate((entries[:2], entries[2:], []), 1):
        url = f"https://x.example/?page={page}"
        fetcher.answers[url] = answer(url, json.dumps({"entries": shown}).encode())
    visit = make_visit(source.parser, kind=source.kind)
    run(source.spider(visit))
    assert (visit.report.new, visit.report.pages, visit.report.rejected) == (4, 3, 0)
    visit.state.done(whole=True)
    again = make_visit(source.parser, kind=source.kind)
    run(source.spider(again))
    assert (again.report.new, again.report.edited, again.report.pages) == (0, 0, 1)
    for body in (b"", b"[]", b"{}", b'{"entries": 5}'):
        try:
            assert source.parser(again.page(answer(body=body))) == Parsed()
        except ParseError:
            continue


class Aside:
    """Parsers whose outcome a test knows."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    async def read(self, task: Task) -> Outcome:
        return self.outcome


def two(page: Page, word: str) -> tuple[Parsed, str]:
    return Parsed([mention("1"), mention("2", "Viss kārtībā 👍")], found=2), f"{word} {page.body.decode()}"


def test_a_page_that_is_read_aside_lands_as_one_that_is_read(
    make_visit: Callable[..., Visit], tmp_path: Path
) -> None:
    visit = make_visit()
    taken, seen = asyncio.run(visit.read_aside(answer(etag='"v1"'), two, "tālāk"))
    assert (taken.new, seen, visit.found, visit.report.new) == (2, "tālāk page", 2, 2)
    assert taken.parsed == Parsed()  # it stays where it was read
    assert visit.state.validators("https://x.example/1").etag == '"v1"'
    assert visit.read(answer()).fresh == 0
    visit._tools.landing.seal()
    records = [record for path in segments(tmp_path) for record in read_segment(path)]
    assert [(one["target"], one["brand_hint"], one["text"]) for one in records] == [
        ("t", "Nordtel", "Hea teenus"), ("t", "Nordtel", "Viss kārtībā 👍"),
    ]  # fmt: skip
    unchanged = asyncio.run(visit.read_aside(answer(status=304), two, "x"))
    assert unchanged == (Taken(), None)


@pytest.mark.parametrize(
    ("outcome", "what"),
    [
        (Unread("https://x.example/1: expected a page"), "ParseError: https://x.example/1: expected a page"),
        (Defect("KeyError", "line 7"), "SpiderFault: KeyError in the parser"),
        (Died("its parser crashed (signal 11)"), "ParserDied: its parser crashed (signal 11)"),
    ],
)
def test_a_page_that_is_not_read_aside_is_named_and_leaves_the_walk_incomplete(
    outcome: Outcome, what: str, make_visit: Callable[..., Visit]
) -> None:
    visit = make_visit()
    visit._tools.parsers = cast(Parsers, Aside(outcome))
    taken, seen = asyncio.run(visit.read_aside(answer(), two, "x"))
    (error,) = visit.report.errors
    assert (taken.failed, seen, visit.complete) == (True, None, False)
    assert (error.what, error.where) == (what, "https://x.example/1")
    assert not visit.report.skipped
