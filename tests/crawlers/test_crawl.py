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
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.report import CrawlReport, TargetReport
from crawlers.target import Target


def whats(report: TargetReport) -> str:
    return " | ".join(count.what for count in [*report.errors, *report.skipped])


def one(report: CrawlReport) -> TargetReport:
    (target,) = report.targets
    return target


def forum_target(site: Any, path: str = "/", **more: Any) -> Target:
    return Target("forum", "discourse", site.url + path, **more)


def test_every_page_is_read_once_and_a_second_crawl_lands_nothing(site: Any, forum: Any, home: Any) -> None:
    for number in range(130):
        forum.add(f"Ziņa {number}: tīkls rūk 📶")
    first = one(home.crawl(forum_target(site, brand="Nordtel")))
    assert (first.outcome, first.new, first.known, first.pages) == ("done", 130, 0, 4)
    records = home.landed()
    assert len({record["native_id"] for record in records}) == 130
    assert {record["brand_hint"] for record in records} == {"Nordtel"}
    assert {record["target"] for record in records} == {"forum"}
    second = one(home.crawl(forum_target(site, brand="Nordtel")))
    assert (second.new, second.edited, second.known, second.pages) == (0, 0, 50, 1)
    assert len(home.landed()) == 130


def test_new_posts_are_fetched_down_to_the_watermark_only(site: Any, forum: Any, home: Any) -> None:
    for number in range(130):
        forum.add(f"post {number}")
    home.crawl(forum_target(site))
    for number in range(3):
        forum.add(f"later {number}")
    site.asked.clear()
    report = one(home.crawl(forum_target(site)))
    assert (report.new, report.pages) == (3, 1)
    assert report.watermark["top"] == forum.posts[-1]["id"]


def test_an_edit_lands_again_and_an_old_one_is_found_by_the_sweep(site: Any, forum: Any, home: Any) -> None:
    for number in range(130):
        forum.add(f"post {number}")
    home.crawl(forum_target(site))
    forum.posts[-1] |= {"cooked": "<p>new words</p>", "version": 2, "updated_at": "2026-04-01T10:00:00.000Z"}
    forum.posts[0] |= {"cooked": "<p>old, edited</p>", "version": 2, "updated_at": "2026-04-01T10:00:00.000Z"}
    report = one(home.crawl(forum_target(site)))
    assert (report.new, report.edited) == (0, 1)
    swept = one(home.crawl(forum_target(site, recheck_days=0)))
    assert (swept.new, swept.edited, swept.pages) == (0, 1, 4)
    edited = [record for record in home.landed() if record["edited_at"]]
    assert sorted(record["text"] for record in edited) == ["new words", "old, edited"]


def test_pages_of_one_run_are_capped_and_the_next_run_goes_on(site: Any, forum: Any, home: Any) -> None:
    for number in range(230):
        forum.add(f"post {number}")
    target = forum_target(site)
    first = one(home.crawl(target, max_pages_per_target=2))
    assert first.outcome == "partial" and "PageCapReached" in whats(first)
    forum.add("meanwhile")
    second = one(home.crawl(target, max_pages_per_target=10))
    assert second.outcome == "done"
    assert len(home.landed()) == len({r["native_id"] for r in home.landed()}) == 231


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


def test_a_target_is_left_alone_until_it_is_due(site: Any, forum: Any, home: Any) -> None:
    forum.add("one")
    target = forum_target(site, every_seconds=3600)
    home.crawl(target)
    site.asked.clear()
    assert one(home.crawl(target)).outcome == "not due"
    assert site.asked == []
    assert one(home.crawl(target, force=True)).outcome == "done"


def test_robots_txt_is_obeyed(site: Any, forum: Any, home: Any) -> None:
    forum.add("private talk")
    site.serve("/robots.txt", "User-agent: *\nDisallow: /\n")
    report = one(home.crawl(forum_target(site)))
    assert "RobotsForbidden" in whats(report)
    assert (report.new, site.paths()) == (0, [])


def test_robots_txt_that_cannot_be_read_forbids_all(site: Any, forum: Any, home: Any, reply: Any) -> None:
    forum.add("private talk")
    site.serve("/robots.txt", lambda _: reply(b"", 503))
    report = one(home.crawl(forum_target(site)))
    assert "RobotsForbidden: robots.txt answered 503" in whats(report)
    assert site.paths() == []


def test_crawl_delay_is_kept_and_an_absurd_one_is_capped_and_reported(
    site: Any, forum: Any, home: Any
) -> None:
    for number in range(120):
        forum.add(f"post {number}")
    site.serve("/robots.txt", "User-agent: sayso\nCrawl-delay: 100\n")
    report = one(home.crawl(forum_target(site), max_crawl_delay=0.6))
    at = [asked.at for asked in site.asked]
    assert len(at) >= 4
    assert min(later - earlier for earlier, later in itertools.pairwise(at)) >= 0.55
    assert any("asks for 100 s" in warning for warning in report.warnings)


def test_the_delay_of_the_manners_is_kept(site: Any, forum: Any, home: Any) -> None:
    for number in range(120):
        forum.add(f"post {number}")
    home.crawl(forum_target(site), delay=0.4)
    at = [asked.at for asked in site.asked]
    assert min(later - earlier for earlier, later in itertools.pairwise(at)) >= 0.35


def test_who_we_are_is_said_and_cookies_are_not_kept(site: Any, forum: Any, home: Any) -> None:
    for number in range(60):
        forum.add(f"post {number}")
    home.crawl(forum_target(site), contact="insights@example.com")
    agents = {asked.headers["user-agent"] for asked in site.asked}
    assert agents == {"sayso/0.1 (insights@example.com)"}
    assert not any("cookie" in asked.headers or "referer" in asked.headers for asked in site.asked)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_out(site: Any, forum: Any, home: Any, reply: Any, status: int) -> None:
    forum.add("patience")
    inner, answers = site.routes["/posts.json"], [reply(b"slow down", status, {"Retry-After": "1"})]
    site.serve("/posts.json", lambda asked: answers.pop() if answers else inner(asked))
    report = one(home.crawl(forum_target(site)))
    assert (report.outcome, report.new) == ("done", 1)
    first, second, *_ = [asked.at for asked in site.asked if asked.path == "/posts.json"]
    assert second - first >= 0.95


def test_a_wait_that_is_too_long_ends_the_target_for_now(
    site: Any, forum: Any, home: Any, reply: Any
) -> None:
    forum.add("later")
    inner = site.routes["/posts.json"]
    site.serve("/posts.json", lambda _: reply(b"", 429, {"Retry-After": "7200"}))
    report = one(home.crawl(forum_target(site)))
    assert "RateLimited" in whats(report) and report.outcome == "failed"
    site.serve("/posts.json", inner)
    assert one(home.crawl(forum_target(site))).new == 1


def test_a_server_that_stumbles_is_asked_again(site: Any, forum: Any, home: Any, reply: Any) -> None:
    for number in range(60):
        forum.add(f"post {number}")
    inner, answers = site.routes["/posts.json"], [reply(b"", 500), reply(b"", 502)]
    site.serve("/posts.json", lambda asked: answers.pop() if answers and asked.query else inner(asked))
    report = one(home.crawl(forum_target(site)))
    assert (report.outcome, report.new, report.errors) == ("done", 60, [])


def test_a_server_that_stays_down_is_named_and_nothing_is_lost(
    site: Any, forum: Any, home: Any, reply: Any
) -> None:
    for number in range(120):
        forum.add(f"post {number}")
    inner = site.routes["/posts.json"]
    site.serve("/posts.json", lambda asked: reply(b"", 500) if asked.query else inner(asked))
    report = one(home.crawl(forum_target(site)))
    assert report.outcome == "partial" and "HttpError: answered 500" in whats(report)
    site.serve("/posts.json", inner)
    assert one(home.crawl(forum_target(site))).new == 70
    assert len(home.landed()) == 120


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


def test_a_private_host_that_the_config_does_not_name_is_refused(site: Any, forum: Any, home: Any) -> None:
    forum.add("inside")
    for allow in ((), ("127.0.0.1:1",), ("localhost",)):
        report = one(home.crawl(forum_target(site), allow_private=allow))
        assert "ForbiddenAddress" in whats(report)
    assert site.asked == []


def test_a_name_is_allowed_only_as_named(site: Any, forum: Any, home: Any) -> None:
    forum.add("by name")
    port = site.host.rpartition(":")[2]
    target = Target("forum", "discourse", f"http://localhost:{port}/")
    assert "ForbiddenAddress" in whats(one(home.crawl(target, retries=0)))
    assert one(home.crawl(target, allow_private=(f"localhost:{port}",))).new == 1


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


def test_an_unchanged_page_is_not_sent_again(site: Any, home: Any, reply: Any) -> None:
    body = b'<rss version="2.0"><channel><item><guid>1</guid><description>hei</description></item></channel></rss>'

    def route(asked: Any) -> Any:
        if asked.headers.get("if-none-match") == '"v1"':
            return reply(b"", 304)
        return reply(body, headers={"ETag": '"v1"', "Content-Type": "application/rss+xml"})

    site.serve("/feed", route)
    target = Target("feed", "feed", f"{site.url}/feed")
    assert one(home.crawl(target)).new == 1
    report = one(home.crawl(target))
    assert (report.new, report.not_modified, report.warnings) == (0, 1, [])
    assert one(home.crawl(Target("feed", "feed", f"{site.url}/feed", recheck_days=0))).known == 1


def test_silence_is_reported(site: Any, forum: Any, home: Any) -> None:
    site.json("/t/9.json", {"post_stream": {"posts": [], "stream": []}})
    never = one(home.crawl(Target("topic", "discourse", f"{site.url}/t/x/9")))
    assert any("nothing in them looks like a mention" in warning for warning in never.warnings)
    forum.add("words")
    home.crawl(forum_target(site))
    forum.posts.clear()
    silent = one(home.crawl(forum_target(site)))
    assert any(warning.startswith("silent: 1 mentions") for warning in silent.warnings)


def test_a_forum_without_posts_json_is_read_by_its_topics(site: Any, forum: Any, home: Any) -> None:
    forum.has_posts_json = False
    for number in range(95):
        forum.add(f"post {number}", topic=1 + number % 5 if number < 50 else 1)
    first = one(home.crawl(forum_target(site)))
    assert (first.outcome, first.new) == ("done", 95)
    forum.add("one more", topic=2)
    site.asked.clear()
    second = one(home.crawl(forum_target(site)))
    assert second.new == 1
    assert [path for path in site.paths() if path.startswith("/t/")] == ["/t/2.json"]


def test_a_category_gives_only_its_topics(site: Any, forum: Any, home: Any) -> None:
    for number in range(45):
        forum.add(f"post {number}", topic=1 + number % 3)
    report = one(home.crawl(forum_target(site, "/c/phones/7/l/latest")))
    assert (report.outcome, report.new) == ("done", 45)
    assert "/posts.json" not in site.paths()


def test_one_topic_is_read_to_its_last_post(site: Any, forum: Any, home: Any) -> None:
    for number in range(66):
        forum.add(f"post {number}", topic=3)
    report = one(home.crawl(forum_target(site, "/t/topic-3/3/12")))
    assert (report.outcome, report.new) == ("done", 66)
    forum.add("the 67th", topic=3)
    again = one(home.crawl(forum_target(site, "/t/topic-3/3/12")))
    assert (again.new, again.edited) == (1, 0)


def test_withdrawn_posts_are_rejected_without_their_text_and_only_once(
    site: Any, forum: Any, home: Any
) -> None:
    forum.add("kept")
    forum.add("secret one", hidden=True)
    forum.add("secret two", deleted_at="2026-03-02T00:00:00Z")
    forum.add("", post_type=3, action_code="closed.enabled")
    report = one(home.crawl(forum_target(site)))
    assert (report.new, report.rejected) == (1, 3)
    assert {record["reason"] for record in home.rejected()} == {"hidden", "deleted", "system post"}
    assert "secret" not in json.dumps(home.rejected())
    assert "anis" not in json.dumps(home.rejected())
    home.crawl(forum_target(site))
    assert len(home.rejected()) == 3


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


@pytest.mark.parametrize("pages", [3, 9])
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
