"""One town for all tests that only look at it, and a client that asks it over HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from data.town import Running, Town, serve


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Keeps one connection to a running town."""

    running: Running
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.running.origin.removeprefix("http://"), timeout=10)

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path.removeprefix(self.running.origin), headers=named)
        answer = self.connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())


@pytest.fixture(scope="session")
def town() -> Town:
    return Town()


@pytest.fixture(scope="session")
def web(town: Town) -> Iterator[Client]:
    with serve(town) as running:
        yield Client(running)


@pytest.fixture
def small() -> Iterator[Client]:
    """A small town of one's own, to change."""
    with serve(Town(seed=3, ordinary=200)) as running:
        yield Client(running)


ROOT_PATHS = (
    "/robots.txt",
    "/sitemap-shop.xml",
    "/shop/nordvila/",
    "/shop/kometra/p/plan-family/?page=2",
    "/shop/vintrel/p/plan-senior/",
    "/forum/latest.json",
    "/forum/posts.json?before=300",
    "/forum/t/3.json",
    "/blog/feed/",
    "/blog/atom/",
)
