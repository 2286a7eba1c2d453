"""Serves a town over HTTP on loopback: keep-alive, threads, conditional requests, HEAD."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any

from data.town.site import Answer, Site
from data.town.town import Town


class _Handler(BaseHTTPRequestHandler):
    """One connection; the site to serve is set on a subclass."""

    protocol_version = "HTTP/1.1"
    server_version = "Town/1"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True
    site: Site
    log: IO[str] | None = None

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def _serve(self, with_body: bool) -> None:
        if self.log:
            self.log.write(self.path + "\n")
            self.log.flush()
        answer = self.site.get(self.path)
        if answer is None:
            self._send(
                HTTPStatus.NOT_FOUND, b"Nothing here\n" if with_body else b"", "text/plain; charset=utf-8"
            )
        elif self._unchanged(answer):
            self._send(HTTPStatus.NOT_MODIFIED, b"", None, answer)
        else:
            self._send(HTTPStatus.OK, answer.body, answer.content_type, answer, with_body)

    def _unchanged(self, answer: Answer) -> bool:
        """ETag decides where the client names one; else the date, to the second."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or answer.etag in [
                tag.strip().removeprefix("W/") for tag in tags.split(",")
            ]
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            return parsedate_to_datetime(answer.last_modified) <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False

    def _send(
        self,
        status: HTTPStatus,
        body: bytes,
        kind: str | None,
        answer: Answer | None = None,
        with_body: bool = True,
    ) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if answer:
            self.send_header("ETag", answer.etag)
            self.send_header("Last-Modified", answer.last_modified)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent: the demo's own progress is what a person wants to see."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Running:
    """A town that answers. `origin` is its address; `town.edit` and `town.add` change what it serves."""

    def __init__(self, town: Town, server: ThreadingHTTPServer, origin: str) -> None:
        self.town, self.server, self.origin = town, server, origin


def bind(town: Town, port: int = 0, host: str = "127.0.0.1", *, log: IO[str] | None = None) -> Running:
    """A server bound to the port (0: any free one), not yet answering. OSError if the port is taken.

    What it is asked for goes to `log`, a path a line.
    """
    handler = type("TownHandler", (_Handler,), {"log": log})
    server = _Server((host, port), handler)
    origin = f"http://{host}:{server.server_address[1]}"
    handler.site = Site(town, origin)  # type: ignore[attr-defined]
    return Running(town, server, origin)


@contextmanager
def serve(town: Town, port: int = 0) -> Iterator[Running]:
    """Answers from a background thread until the block ends."""
    running = bind(town, port)
    thread = threading.Thread(
        target=running.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield running
    finally:
        running.server.shutdown()
        running.server.server_close()
        thread.join(5)
