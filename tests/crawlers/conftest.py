"""A web server on loopback that does what a test tells it to, and a crawl against it."""

from __future__ import annotations

import contextlib
import http.server
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawlers.authors import AuthorHasher
from crawlers.landing import read_segment, segments
from crawlers.parsing import Page
from crawlers.report import CrawlReport, TargetReport
from crawlers.run import crawl
from crawlers.settings import Manners
from crawlers.target import Target

sys.path.insert(0, str(Path(__file__).resolve().parent))


@dataclass
class Asked:
    """One request as the server saw it."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    at: float
    method: str = "GET"
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Reply:
    """One answer. `raw` is written as it stands behind the headers, whatever they promise."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    chunks: Iterator[bytes] | None = None


Route = Callable[[Asked], Reply]


class Site:
    """Routes by path; `asked` is everything that was asked for, in order."""

    reply = Reply

    def __init__(self, certificate: Path | None = None) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[Asked] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a crawler that was killed
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def serve(self, path: str, body: bytes | str | Route, **headers: str) -> None:
        """A fixed page, or a function of what was asked."""
        if callable(body):
            self.routes[path] = body
        else:
            data = body.encode() if isinstance(body, str) else body
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            self.routes[path] = lambda _: Reply(data, headers=named)

    def answer(self, path: str, **reply: Any) -> None:
        """Always the same answer, whatever its status."""
        self.routes[path] = lambda _: Reply(**reply)

    def first_answer(
        self, path: str, replies: list[dict[str, Any]], when: Callable[[Asked], Any] = lambda _: True
    ) -> None:
        """These answers first, one a request for which `when` holds, then the route as it was."""
        inner, left = self.routes[path], [Reply(**reply) for reply in reversed(replies)]
        self.routes[path] = lambda asked: left.pop() if left and when(asked) else inner(asked)

    def serve_tagged(self, path: str, body: str) -> None:
        """A page with an ETag, which answers 304 to whoever has it."""

        def route(asked: Asked) -> Reply:
            if asked.headers.get("if-none-match") == '"v1"':
                return Reply(status=304)
            return Reply(body.encode(), headers={"ETag": '"v1"'})

        self.routes[path] = route

    def json(self, path: str, value: Any) -> None:
        """A fixed value as JSON, or what a function of the request gives: a value, or a whole Reply. A path
        that ends in `*` stands for all that begin so."""
        if not callable(value):
            self.serve(path, json.dumps(value), content_type="application/json")
            return

        def route(asked: Asked) -> Reply:
            given = value(asked)
            return given if isinstance(given, Reply) else _json(given)

        self.routes[path] = route

    def route(self, path: str) -> Route:
        """What answers at a path: the route of exactly this path, else one for paths that begin like it."""
        begun = [known for known in self.routes if known.endswith("*") and path.startswith(known[:-1])]
        chosen = path if path in self.routes else max(begun, key=len, default="")
        return self.routes.get(chosen, lambda _: Reply(b"not here", 404))

    def paths(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                at = time.monotonic()
                asked = Asked(parts.path, parse_qs(parts.query), headers, at, self.command, body)
                site.asked.append(asked)
                route = site.route(parts.path)
                with contextlib.suppress(ConnectionError):
                    self._answer(route(asked))

            do_POST = do_GET  # noqa: N815 - the name that http.server calls

            def _answer(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.chunks is not None:
                    self.send_header("Connection", "close")
                    self.end_headers()
                    for chunk in reply.chunks:
                        self.wfile.write(chunk)
                    self.close_connection = True
                    return
                if reply.status != 304:
                    self.send_header(
                        "Content-Length", str(len(reply.body) if reply.length is None else reply.length)
                    )
                self.end_headers()
                self.wfile.write(reply.body)
                if reply.length is not None:
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    yield server
    server.close()


@pytest.fixture(scope="session")
def make_site() -> type[Site]:
    return Site


@pytest.fixture(scope="session")
def reply() -> type[Reply]:
    return Reply


@pytest.fixture(scope="session")
def quick() -> Callable[..., Manners]:
    """Manners without pauses, for loopback."""

    def make(**changes: Any) -> Manners:
        rushed = {"delay": 0, "backoff": 0.01, "retries": 2, "timeout": 10, "allow_private": ("127.0.0.1",)}
        return Manners(**(rushed | changes))

    return make


@dataclass
class Home:
    """A landing folder and what stands in it. `secrets` are the keys of its sources, by kind."""

    root: Path
    manners: Callable[..., Manners]
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    _read: dict[Path, list[dict[str, Any]]] = field(default_factory=dict)

    def crawl(self, *targets: Target, force: bool = False, **manners: Any) -> CrawlReport:
        asked = self.manners(**manners)
        return crawl(
            list(targets), self.root, AuthorHasher(b"test"), asked, force=force, secrets=self.secrets
        )

    def landed(self) -> list[dict[str, Any]]:
        return self._records(self.root)

    def rejected(self) -> list[dict[str, Any]]:
        return self._records(self.root / "rejected")

    def _records(self, root: Path) -> list[dict[str, Any]]:
        """What stands in the segments of a folder; a sealed one is read once."""
        for path in segments(root):
            if path not in self._read:
                self._read[path] = list(read_segment(path))
        return [record for path in segments(root) for record in self._read[path]]

    def texts(self) -> list[str]:
        return [record["text"] for record in self.landed()]


@pytest.fixture
def home(tmp_path: Path, quick: Callable[..., Manners]) -> Home:
    return Home(tmp_path / "landing", quick)


@dataclass
class Forum:
    """A forum with Discourse's JSON; posts can be added, edited and hidden while it runs."""

    site: Site
    posts: list[dict[str, Any]] = field(default_factory=list)
    per_page: int = 50
    has_posts_json: bool = True

    def __post_init__(self) -> None:
        self.site.serve("/posts.json", self._latest)
        self.site.serve("/latest.json", self._topics)
        self.site.serve("/c/phones/7.json", self._topics)

    def add(self, text: str, *, topic: int = 1, **changes: Any) -> dict[str, Any]:
        number = 1 + sum(post["topic_id"] == topic for post in self.posts)
        post = {
            "id": 10 + 2 * len(self.posts),
            "topic_id": topic,
            "topic_slug": f"topic-{topic}",
            "topic_title": f"Topic {topic}",
            "post_number": number,
            "post_type": 1,
            "username": f"Žanis_{len(self.posts) % 5}",
            "cooked": f"<p>{text}</p>",
            "created_at": "2026-03-01T10:00:00.000Z",
            "updated_at": "2026-03-01T10:00:00.000Z",
            "version": 1,
            "reply_to_post_number": None,
            "actions_summary": [],
            "hidden": False,
        } | changes
        self.posts.append(post)
        self.site.serve(f"/t/{topic}.json", lambda asked: self._topic(asked, topic))
        self.site.serve(f"/t/{topic}/posts.json", lambda asked: self._some(asked, topic))
        return post

    def _latest(self, asked: Asked) -> Reply:
        if not self.has_posts_json:
            return Reply(b"{}", 404)
        before = int(asked.query.get("before", ["999999999"])[0])
        page = [post for post in reversed(self.posts) if post["id"] <= before][: self.per_page]
        return _json({"latest_posts": page})

    def _topics(self, asked: Asked) -> Reply:
        page = int(asked.query.get("page", ["0"])[0])
        ids = sorted({post["topic_id"] for post in self.posts}, key=lambda topic: -self._last(topic))
        shown = [self._summary(topic) for topic in ids[page * 2 : page * 2 + 2]]
        more = {"more_topics_url": f"/latest?page={page + 1}"} if len(ids) > page * 2 + 2 else {}
        return _json({"topic_list": {"topics": shown} | more})

    def _summary(self, topic: int) -> dict[str, Any]:
        count = sum(post["topic_id"] == topic for post in self.posts)
        return {
            "id": topic,
            "slug": f"topic-{topic}",
            "bumped_at": f"t{self._last(topic)}",
            "posts_count": count,
        }

    def _last(self, topic: int) -> int:
        return max(int(post["id"]) for post in self.posts if post["topic_id"] == topic)

    def _topic(self, asked: Asked, topic: int) -> Reply:
        posts = [post for post in self.posts if post["topic_id"] == topic]
        stream = {"posts": posts[:20], "stream": [post["id"] for post in posts]}
        return _json(
            {"id": topic, "title": f"Topic {topic}", "slug": f"topic-{topic}", "post_stream": stream}
        )

    def _some(self, asked: Asked, topic: int) -> Reply:
        wanted = {int(number) for number in asked.query["post_ids[]"]}
        return _json({"id": topic, "post_stream": {"posts": [p for p in self.posts if p["id"] in wanted]}})


def _json(value: Any) -> Reply:
    return Reply(json.dumps(value).encode(), headers={"Content-Type": "application/json; charset=utf-8"})


@pytest.fixture(scope="session")
def make_home(quick: Callable[..., Manners]) -> Callable[[Path], Home]:
    return lambda root: Home(root, quick)


@pytest.fixture
def forum(site: Site) -> Forum:
    return Forum(site)


@dataclass
class Stage:
    """What one scenario has to itself in a crawl that it shares with others: a site, a forum, its own records."""

    name: str
    site: Site
    forum: Forum
    home: Home

    def target(self, path: str = "/", kind: str = "discourse", **more: Any) -> Target:
        return Target(self.name, kind, self.site.url + path, **more)

    def landed(self) -> list[dict[str, Any]]:
        return [record for record in self.home.landed() if record["target"] == self.name]

    def rejected(self) -> list[dict[str, Any]]:
        return [record for record in self.home.rejected() if record["target"] == self.name]


Scenario = Callable[[Stage], Generator[Target, TargetReport, None]]
"""Yields the target of the next crawl and is sent its report, until it has seen enough."""


@pytest.fixture(scope="session")
def play() -> Callable[..., dict[str, Exception | None]]:
    """Plays scenarios side by side, all targets of a round in one crawl: a process per crawl is dear. Returns
    what each one failed with."""

    def run(scenarios: dict[str, Scenario], home: Home) -> dict[str, Exception | None]:
        sites = {name: Site() for name in scenarios}
        stages = {name: Stage(name, site, Forum(site), home) for name, site in sites.items()}
        plays = {name: scenario(stages[name]) for name, scenario in scenarios.items()}
        ended: dict[str, Exception | None] = {}
        reports: dict[str, TargetReport] = {}
        while plays.keys() - ended.keys():
            targets = [
                target
                for name in plays
                if name not in ended and (target := _step(plays[name], reports.get(name), name, ended))
            ]
            if targets:
                reports = {
                    report.target: report for report in home.crawl(*targets, concurrency_per_host=8).targets
                }
        for site in sites.values():
            site.close()
        return ended

    return run


def _step(
    playing: Generator[Target, TargetReport, None],
    report: TargetReport | None,
    name: str,
    ended: dict[str, Exception | None],
) -> Target | None:
    try:
        return playing.send(report) if report else next(playing)
    except StopIteration:
        ended[name] = None
    except Exception as error:  # noqa: BLE001 - a failed assertion of one scenario is raised by its own test
        ended[name] = error
    return None


@pytest.fixture(scope="session")
def make_page() -> Callable[..., Page]:
    """A page as a parser takes it."""

    def make(body: bytes | str, url: str = "https://example.com/", **more: Any) -> Page:
        data = body.encode() if isinstance(body, str) else body
        at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
        return Page(data, url, at, AuthorHasher(b"test"), **more)

    return make


@pytest.fixture(scope="session")
def http_date() -> Callable[[float], str]:
    """A date header `seconds` from now."""
    return lambda seconds: format_datetime(datetime.fromtimestamp(time.time() + seconds, UTC), usegmt=True)


@pytest.fixture(scope="session")
def within() -> Callable[..., None]:
    """Calls a function and fails if it took more processor time than allowed."""

    def run(seconds: float, function: Callable[..., Any], *args: Any) -> None:
        start = time.process_time()
        function(*args)
        spent = time.process_time() - start
        assert spent < seconds, f"took {spent:.1f} s"

    return run
