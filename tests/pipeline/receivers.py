"""Receivers of warnings on loopback, over real sockets: each behaves as told, one word a request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

SLOW = 1.5
"""Seconds: more than the tests' addresses wait for an answer."""


@dataclass
class Hook:
    """A webhook. `script`: a status, `drop` (closed without an answer), `late` (taken, then no answer in time),
    or `hang` (no answer and not taken); after the script everything is taken with 200."""

    script: list[Any]
    taken: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    seen: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook?rto=0.5&cto=2"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        act = self.script[self.seen] if self.seen < len(self.script) else 200
        self.seen += 1
        self.ids.append(handler.headers["Idempotency-Key"])
        if act in (200, "late"):
            self.taken.append(body)
        if act in ("late", "hang"):
            time.sleep(SLOW)
        if act == "drop":
            handler.close_connection = True
            handler.connection.close()
        elif act != "hang":
            handler.send_response(200 if act == "late" else int(act))
            handler.end_headers()


@contextmanager
def hook(*script: Any, port: int = 0) -> Iterator[Hook]:
    """An HTTP receiver, on any free port or a given one."""
    found = Hook(list(script))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(BrokenPipeError):  # whoever asked has gone
                found.answer(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Mailbox:
    """A mail server. `script`: the reply to each message's end (`451 ...`), `late` or nothing; then 250."""

    script: list[str]
    taken: list[Any] = field(default_factory=list)
    seen: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=sayso@example.org&to=pr@example.org&cto=1"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        act = self.script[self.seen] if self.seen < len(self.script) else "250 OK"
        self.seen += 1
        if act[:3] in ("250", "lat"):
            self.taken.append(message_from_bytes(envelope.content))
        if act == "late":
            import asyncio

            await asyncio.sleep(SLOW)
            return "250 OK"
        return act

    def subject(self, number: int = 0) -> str:
        return str(make_header(decode_header(self.taken[number]["Subject"])))


class _Controller(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailbox(*script: str) -> Iterator[Mailbox]:
    """An SMTP receiver."""
    found = Mailbox(list(script))
    controller = _Controller(found, hostname="127.0.0.1", port=0)
    controller.start()
    found.port = controller.port
    try:
        yield found
    finally:
        controller.stop()
