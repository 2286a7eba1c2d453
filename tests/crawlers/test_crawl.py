"""A whole crawl over real HTTP: the manners, the guard, the watermark, and what the report says."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.report import CrawlReport, TargetReport
from crawlers.target import Target

Play = Generator[Target, TargetReport, None]


def whats(report: TargetReport) -> str:
    return " | ".join(count.what for count in [*report.errors, *report.skipped])


def one(report: CrawlReport) -> TargetReport:
    (target,) = report.targets
    return target


def forum_target(site: Any, path: str = "/", **more: Any) -> Target:
    return Target("forum", "discourse", site.url + path, **more)


SCENARIOS: dict[str, Callable[[Any], Play]] = {}


def scenario(function: Callable[[Any], Play]) -> Callable[[Any], Play]:
    SCENARIOS[function.__name__] = function
    return function


@pytest.fixture(scope="module")
def played(
    play: Any, make_home: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Exception | None]:
    ended: dict[str, Exception | None] = play(
        SCENARIOS, make_home(tmp_path_factory.mktemp("stage") / "landing")
    )
    return ended


@scenario
def every_page_is_read_once_and_a_second_crawl_lands_nothing(stage: Any) -> Play:
    for number in range(130):
        stage.forum.add(f"Ziņa {number}: tīkls rūk 📶")
    first = yield stage.target(brand="Nordtel")
    assert (first.outcome, first.new, first.known, first.pages) == ("done", 130, 0, 4)
    records = stage.landed()
    assert len({record["native_id"] for record in records}) == 130
    assert {record["brand_hint"] for record in records} == {"Nordtel"}
    second = yield stage.target(brand="Nordtel")
    assert (second.new, second.edited, second.known, second.pages) == (0, 0, 50, 1)
    assert len(stage.landed()) == 130


@scenario
def new_posts_are_fetched_down_to_the_watermark_only(stage: Any) -> Play:
    for number in range(130):
        stage.forum.add(f"post {number}")
    yield stage.target()
    for number in range(3):
        stage.forum.add(f"later {number}")
    report = yield stage.target()
    assert (report.new, report.pages) == (3, 1)
    assert report.watermark["top"] == stage.forum.posts[-1]["id"]


@scenario
def an_edit_lands_again_and_an_old_one_is_found_by_the_sweep(stage: Any) -> Play:
    for number in range(130):
        stage.forum.add(f"post {number}")
    yield stage.target()
    edit = {"version": 2, "updated_at": "2026-04-01T10:00:00.000Z"}
    stage.forum.posts[-1] |= edit | {"cooked": "<p>new words</p>"}
    stage.forum.posts[0] |= edit | {"cooked": "<p>old, edited</p>"}
    report = yield stage.target()
    assert (report.new, report.edited) == (0, 1)
    swept = yield stage.target(recheck_days=0)
    assert (swept.new, swept.edited, swept.pages) == (0, 1, 4)
    edited = [record for record in stage.landed() if record["edited_at"]]
    assert sorted(record["text"] for record in edited) == ["new words", "old, edited"]


@scenario
def pages_of_one_run_are_capped_and_the_next_run_goes_on(stage: Any) -> Play:
    for number in range(230):
        stage.forum.add(f"post {number}")
    first = yield stage.target(options={"max_pages": 2})
    assert first.outcome == "partial" and "PageCapReached" in whats(first)
    stage.forum.add("meanwhile")
    second = yield stage.target()
    assert second.outcome == "done"
    assert len(stage.landed()) == len({r["native_id"] for r in stage.landed()}) == 231


@scenario
def a_target_is_left_alone_until_it_is_due(stage: Any) -> Play:
    stage.forum.add("one")
    yield stage.target(every_seconds=3600)
    stage.site.asked.clear()
    report = yield stage.target(every_seconds=3600)
    assert (report.outcome, stage.site.asked) == ("not due", [])


@scenario
def robots_txt_is_obeyed(stage: Any) -> Play:
    stage.forum.add("private talk")
    stage.site.serve("/robots.txt", "User-agent: *\nDisallow: /\n")
    report = yield stage.target()
    assert "RobotsForbidden" in whats(report)
    assert (report.new, stage.site.paths()) == (0, [])


@scenario
def robots_txt_that_cannot_be_read_forbids_all(stage: Any) -> Play:
    stage.forum.add("private talk")
    stage.site.answer("/robots.txt", status=503)
    report = yield stage.target()
    assert "RobotsForbidden: robots.txt answered 503" in whats(report)
    assert stage.site.paths() == []


@scenario
def robots_txt_of_a_redirects_goal_is_obeyed_too(stage: Any) -> Play:
    stage.site.serve("/robots.txt", "User-agent: *\nDisallow: /inner\n")
    stage.site.answer("/t/4.json", status=302, headers={"Location": "/inner/t/4.json"})
    report = yield stage.target("/t/x/4")
    assert "RobotsForbidden" in whats(report)
    assert stage.site.paths() == ["/t/4.json"]


@scenario
def retry_after_is_waited_out(stage: Any) -> Play:
    stage.forum.add("patience")
    waits = [
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"status": 503, "headers": {"Retry-After": "1"}},
    ]
    stage.site.first_answer("/posts.json", waits)
    report = yield stage.target()
    assert (report.outcome, report.new) == ("done", 1)
    at = [asked.at for asked in stage.site.asked if asked.path == "/posts.json"][:3]
    assert all(later - earlier >= 0.95 for earlier, later in itertools.pairwise(at))


@scenario
def a_wait_that_is_too_long_ends_the_target_for_now(stage: Any) -> Play:
    stage.forum.add("later")
    inner = stage.site.routes["/posts.json"]
    stage.site.answer("/posts.json", status=429, headers={"Retry-After": "7200"})
    report = yield stage.target()
    assert "RateLimited" in whats(report) and report.outcome == "failed"
    stage.site.routes["/posts.json"] = inner
    assert (yield stage.target()).new == 1


@scenario
def a_server_that_stumbles_is_asked_again(stage: Any) -> Play:
    for number in range(60):
        stage.forum.add(f"post {number}")
    stage.site.first_answer("/posts.json", [{"status": 500}, {"status": 502}], when=lambda asked: asked.query)
    report = yield stage.target()
    assert (report.outcome, report.new, report.errors) == ("done", 60, [])


@scenario
def a_server_that_stays_down_is_named_and_nothing_is_lost(stage: Any) -> Play:
    for number in range(120):
        stage.forum.add(f"post {number}")
    inner = stage.site.routes["/posts.json"]
    stage.site.first_answer("/posts.json", [{"status": 500}] * 9, when=lambda asked: asked.query)
    report = yield stage.target()
    assert report.outcome == "partial" and "HttpError: answered 500" in whats(report)
    stage.site.routes["/posts.json"] = inner
    assert (yield stage.target()).new == 70
    assert len(stage.landed()) == 120


@scenario
def an_unchanged_page_is_not_sent_again(stage: Any) -> Play:
    stage.site.serve_tagged(
        "/feed", '<rss version="2.0"><channel><item><guid>1</guid><title>hei</title></item></channel></rss>'
    )
    assert (yield stage.target("/feed", "feed")).new == 1
    report = yield stage.target("/feed", "feed")
    assert (report.new, report.not_modified, report.warnings) == (0, 1, [])
    assert (yield stage.target("/feed", "feed", recheck_days=0)).known == 1


@scenario
def a_source_that_falls_silent_is_reported(stage: Any) -> Play:
    stage.forum.add("words")
    yield stage.target()
    stage.forum.posts.clear()
    report = yield stage.target()
    assert any(warning.startswith("silent: 1 mentions") for warning in report.warnings)


@scenario
def pages_without_a_mention_are_reported(stage: Any) -> Play:
    stage.site.json("/t/9.json", {"post_stream": {"posts": [], "stream": []}})
    report = yield stage.target("/t/x/9")
    assert any("nothing in them looks like a mention" in warning for warning in report.warnings)


@scenario
def a_forum_without_posts_json_is_read_by_its_topics(stage: Any) -> Play:
    stage.forum.has_posts_json = False
    for number in range(95):
        stage.forum.add(f"post {number}", topic=1 + number % 5 if number < 50 else 1)
    first = yield stage.target()
    assert (first.outcome, first.new) == ("done", 95)
    stage.forum.add("one more", topic=2)
    stage.site.asked.clear()
    second = yield stage.target()
    assert second.new == 1
    assert [path for path in stage.site.paths() if path.startswith("/t/")] == ["/t/2.json"]


@scenario
def an_old_edit_is_found_in_the_topics_of_a_category_by_the_sweep(stage: Any) -> Play:
    for number in range(45):
        stage.forum.add(f"post {number}", topic=1 + number % 3)
    report = yield stage.target("/c/phones/7/l/latest")
    assert (report.outcome, report.new) == ("done", 45)
    assert "/posts.json" not in stage.site.paths()
    stage.forum.posts[0]["cooked"] = "<p>edited</p>"
    assert (yield stage.target("/c/phones/7/l/latest")).edited == 0
    assert (yield stage.target("/c/phones/7/l/latest", recheck_days=0)).edited == 1


@scenario
def topics_that_moved_behind_a_break_are_found_behind_those_known_by_now(stage: Any) -> Play:
    for number in range(60):
        stage.forum.add(f"post {number}", topic=1 + number % 6)
    yield stage.target("/c/phones/7")
    for topic in range(1, 7):
        stage.forum.add("one more", topic=topic)
    report = yield stage.target("/c/phones/7", options={"max_pages": 4})
    assert (report.outcome, report.new) == ("partial", 2)
    report = yield stage.target("/c/phones/7")
    assert (report.outcome, report.new) == ("done", 4)


@scenario
def one_topic_is_read_to_its_last_post(stage: Any) -> Play:
    for number in range(66):
        stage.forum.add(f"post {number}", topic=3)
    report = yield stage.target("/t/topic-3/3/12")
    assert (report.outcome, report.new) == ("done", 66)
    stage.forum.add("the 67th", topic=3)
    again = yield stage.target("/t/topic-3/3/12")
    assert (again.new, again.edited) == (1, 0)


@scenario
def withdrawn_posts_are_rejected_without_their_text_and_only_once(stage: Any) -> Play:
    stage.forum.add("kept")
    stage.forum.add("secret one", hidden=True)
    stage.forum.add("secret two", deleted_at="2026-03-02T00:00:00Z")
    stage.forum.add("", post_type=3, action_code="closed.enabled")
    report = yield stage.target()
    assert (report.new, report.rejected) == (1, 3)
    assert {record["reason"] for record in stage.rejected()} == {"hidden", "deleted", "system post"}
    assert "secret" not in json.dumps(stage.rejected())
    assert "anis" not in json.dumps(stage.rejected())
    yield stage.target()
    assert len(stage.rejected()) == 3


@pytest.mark.parametrize("name", SCENARIOS)
def test_in_one_crawl_with_others(name: str, played: dict[str, Exception | None]) -> None:
    error = played[name]
    if error is not None:
        raise error


def test_a_failing_target_never_stops_the_others(site: Any, forum: Any, home: Any) -> None:
    forum.add("still here")
    targets = [
        Target("dead", "discourse", "http://127.0.0.1:9/"),
        Target("odd", "telepathy", site.url),
        Target("bare", "feed"),
        Target("crooked", "discourse", "http://[::1"),
        forum_target(site),
    ]
    report = home.crawl(*targets)
    by_name = {target.target: target for target in report.targets}
    assert "Unreachable" in whats(by_name["dead"])
    assert "UnknownKind" in whats(by_name["odd"])
    assert "BadTarget" in whats(by_name["bare"])
    assert by_name["crooked"].outcome == "failed"
    assert by_name["forum"].new == 1
    assert {target.target for target in report.failed} == {"dead", "odd", "bare", "crooked"}
    written = json.loads(next((home.root / "reports").glob("*.json")).read_text())
    assert {target["target"] for target in written["targets"]} == set(by_name)


def test_crawl_delay_is_kept_and_an_absurd_one_is_capped_and_reported(
    site: Any, forum: Any, home: Any
) -> None:
    for number in range(120):
        forum.add(f"post {number}")
    site.serve("/robots.txt", "User-agent: sayso\nCrawl-delay: 100\n")
    report = one(home.crawl(forum_target(site), max_crawl_delay=0.6))
    at = [asked.at for asked in site.asked]
    assert len(at) >= 4
    assert at[-1] - at[0] >= 0.6 * (len(at) - 2)  # the server may notice the first one late
    assert any("asks for 100 s" in warning for warning in report.warnings)


def test_the_delay_of_the_manners_is_kept_and_we_say_who_we_are(site: Any, forum: Any, home: Any) -> None:
    for number in range(120):
        forum.add(f"post {number}")
    home.crawl(forum_target(site), delay=0.4, contact="insights@example.com")
    at = [asked.at for asked in site.asked]
    assert at[-1] - at[0] >= 0.4 * (len(at) - 2)
    assert {asked.headers["user-agent"] for asked in site.asked} == {"sayso/0.1 (insights@example.com)"}
    assert not any("cookie" in asked.headers or "referer" in asked.headers for asked in site.asked)


REFUSED = [
    ("file:///etc/passwd", "ForbiddenUrl"),
    ("http://169.254.169.254/latest/meta-data/", "ForbiddenAddress"),
    ("http://127.0.0.1.nip.invalid/", "Unreachable"),
    ("http://[::ffff:169.254.169.254]/", "ForbiddenAddress"),
    ("http://localhost/", "ForbiddenAddress"),
    ("http://0x7f000001/", "ForbiddenAddress"),
    ("http://10.0.0.1/", "ForbiddenAddress"),
    ("ftp://example.com/", "ForbiddenUrl"),
    ("http://user:hunter2@127.0.0.1/", "ForbiddenUrl"),
]


def test_redirects_lead_nowhere_they_should_not(site: Any, home: Any, reply: Any) -> None:
    for number, (location, _) in enumerate(REFUSED):
        site.serve(f"/{number}", lambda _, to=location: reply(b"", 302, {"Location": to}))
    site.serve("/circle", lambda _: reply(b"", 302, {"Location": "/circle?again"}))
    names = [*(str(number) for number in range(len(REFUSED))), "circle"]
    report = home.crawl(*(Target(name, "feed", f"{site.url}/{name}") for name in names), retries=0)
    found = [whats(target) for target in report.targets]
    for (location, name), what in zip([*REFUSED, ("a circle", "TooManyRedirects")], found, strict=True):
        assert what.startswith(name), (location, what)
    assert "hunter2" not in report.model_dump_json()


def test_a_private_host_is_fetched_only_as_the_config_names_it(site: Any, forum: Any, home: Any) -> None:
    forum.add("by name")
    port = site.host.rpartition(":")[2]
    targets = [
        Target(host, "discourse", f"http://{host}:{port}/")
        for host in ("localhost", "127.0.0.1", "127.0.0.2")
    ]
    report = home.crawl(*targets, allow_private=(f"localhost:{port}", "127.0.0.1:1", "127.0.0"), retries=0)
    assert report.targets[0].new == 1
    assert all("ForbiddenAddress" in whats(target) for target in report.targets[1:])
    assert {asked.headers["host"] for asked in site.asked} == {f"localhost:{port}"}


def big() -> Any:
    for _ in range(50):
        yield b"x" * 1_000_000


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(300)) + packer.flush()


HOSTILE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "50 MB": (lambda reply: reply(chunks=big()), "PageTooLarge"),
    "50 MB, announced": (lambda reply: reply(b"x" * 50_000_000), "PageTooLarge"),
    "a gzip bomb": (lambda reply: reply(bomb(), headers={"Content-Encoding": "gzip"}), "PageTooLarge"),
    "a truncated gzip": (
        lambda reply: reply(gzip.compress(os.urandom(5_000))[:3_000], headers={"Content-Encoding": "gzip"}),
        "BrokenAnswer",
    ),
    "a damaged gzip": (
        lambda reply: reply(b"\x1f\x8b nonsense", headers={"Content-Encoding": "gzip"}),
        "BrokenAnswer",
    ),
    "an encoding not offered": (lambda reply: reply(b"x", headers={"Content-Encoding": "br"}), "WrongType"),
    "an answer that breaks off": (lambda reply: reply(b"{", length=500), "BrokenAnswer"),
    "a picture": (lambda reply: reply(b"\x89PNG", headers={"Content-Type": "image/png"}), "WrongType"),
    "invalid UTF-8": (lambda reply: reply(b'{"latest_posts": \xff\xfe}'), "ParseError"),
    "10,000 levels of JSON": (lambda reply: reply(b"[" * 10_000 + b"]" * 10_000), "JsonDepthError"),
    "400 levels of JSON": (lambda reply: reply(b"[" * 400 + b"]" * 400), "JsonDepthError"),
    "nothing": (lambda reply: reply(b""), "ParseError"),
    "a page not found": (lambda reply: reply(b"", 404), "HttpError"),
}


def test_hostile_pages_end_in_named_errors_and_spare_the_other_targets(
    site: Any, forum: Any, home: Any, reply: Any
) -> None:
    forum.add("sane")
    for number, (make, _) in enumerate(HOSTILE.values()):
        site.serve(f"/t/{number}.json", lambda _, make=make: make(reply))
    topics = [Target(name, "discourse", f"{site.url}/t/x/{number}") for number, name in enumerate(HOSTILE)]
    report = home.crawl(*topics, forum_target(site), retries=1)
    for target in report.targets[:-1]:
        assert HOSTILE[target.target][1] in whats(target), target.target
        assert target.new == 0
    assert (report.targets[-1].outcome, report.targets[-1].new) == ("done", 1)


JOB = """
import sys
from pathlib import Path
from crawlers.authors import AuthorHasher
from crawlers.run import crawl
from crawlers.settings import Manners
from crawlers.target import Target
manners = Manners(delay=0.05, allow_private=("127.0.0.1",))
report = crawl([Target("forum", "discourse", sys.argv[1])], Path(sys.argv[2]), AuthorHasher(b"test"), manners)
print(report.model_dump_json())
"""


def start(site: Any, home: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", JOB, site.url + "/", str(home.root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


TENFOLD = [pytest.param(pages, marks=pytest.mark.long) for pages in (1, 2, 4, 5, 6, 7, 8, 10, 12, 14)]


@pytest.mark.parametrize("pages", [3, 9, *TENFOLD])
def test_a_kill_in_the_middle_loses_nothing_and_lands_nothing_twice(
    site: Any, forum: Any, home: Any, pages: int
) -> None:
    for number in range(800):
        forum.add(f"post {number} ☎")
    child = start(site, home)
    wait_for(lambda: len(site.asked) > pages)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    report = home.crawl(forum_target(site))
    ids = [record["native_id"] for record in home.landed()]
    assert len(ids) == len(set(ids)) == 800
    assert one(report).outcome == "done"
    assert not list(home.root.rglob("*.part"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_asked_to_stop_seals_and_reports(site: Any, forum: Any, home: Any, number: int) -> None:
    for index in range(2_000):
        forum.add(f"post {index}")
    child = start(site, home)
    wait_for(lambda: len(site.asked) > 4)
    os.killpg(child.pid, number)
    out, _ = child.communicate(timeout=20)
    report = CrawlReport.model_validate_json(out)
    assert report.interrupted and one(report).outcome == "interrupted"
    assert len(home.landed()) == one(report).new > 0
    assert one(home.crawl(forum_target(site))).outcome == "done"
    assert len(home.landed()) == 2_000


def test_a_crawl_whose_caller_dies_ends_by_itself(site: Any, forum: Any, home: Any) -> None:
    for number in range(2_000):
        forum.add(f"post {number}")
    child = start(site, home)
    wait_for(lambda: len(site.asked) > 4)
    child.kill()
    child.wait()
    assert one(home.crawl(forum_target(site))).outcome == "done"
    assert len(home.landed()) == 2_000


def test_a_crawl_that_dies_is_reported_with_what_it_last_said(
    site: Any, forum: Any, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start_and_note(*args: Any, **more: Any) -> Any:
        children.append(real(*args, **more))
        return children[-1]

    for number in range(200):
        forum.add(f"post {number}")
    inner = site.routes["/posts.json"]

    def kill(asked: Any) -> Any:
        if len(site.paths()) == 4:
            children[0].kill()
        return inner(asked)

    site.serve("/posts.json", kill)
    monkeypatch.setattr(subprocess, "Popen", start_and_note)
    report = home.crawl(forum_target(site))
    assert report.interrupted and "CrawlDied: the crawling process ended with code -9" in whats(one(report))
    assert report.path and CrawlReport.model_validate_json(report.path.read_text()).failed
    monkeypatch.undo()
    assert one(home.crawl(forum_target(site))).outcome == "done"
    assert len(home.landed()) == len({record["native_id"] for record in home.landed()}) == 200


def test_two_crawls_do_not_share_a_landing(site: Any, forum: Any, home: Any) -> None:
    from crawlers.errors import CrawlBusy
    from crawlers.state import lock

    with lock(home.root), pytest.raises(CrawlBusy), lock(home.root, patience=0.0):
        pass


def test_a_damaged_memory_is_set_aside_and_rebuilt_from_what_landed(site: Any, forum: Any, home: Any) -> None:
    for number in range(60):
        forum.add(f"post {number}")
    home.crawl(forum_target(site))
    (home.root / "state" / "state.sqlite").write_bytes(b"not a database" * 100)
    report = home.crawl(forum_target(site))
    assert one(report).new == 0 and len(home.landed()) == 60
    assert "set aside" in report.warnings[0]


def test_progress_is_told_while_it_runs(site: Any, forum: Any, home: Any) -> None:
    from crawlers.authors import AuthorHasher
    from crawlers.run import crawl

    forum.add("one")
    seen: list[Any] = []
    log = Path(home.root).parent / "logs" / "crawl.log"
    crawl([forum_target(site)], home.root, AuthorHasher(), home.manners(), progress=seen.append, log=log)
    assert [(event.target, event.state) for event in seen][-1] == ("forum", "done")
    assert "Žanis" not in log.read_text() and "target forum: done" in log.read_text()


def self_signed(folder: Path) -> Path:
    """A key and a certificate for localhost that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "localhost.pem"
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


def test_a_certificate_that_nobody_vouches_for_is_named(make_site: Any, home: Any, tmp_path: Path) -> None:
    secure = make_site(certificate=self_signed(tmp_path))
    port = secure.host.rpartition(":")[2]
    target = Target("forum", "discourse", f"https://localhost:{port}/")
    report = one(home.crawl(target, allow_private=("localhost",)))
    secure.close()
    assert whats(report).startswith("UntrustedCertificate")
    assert secure.asked == []
