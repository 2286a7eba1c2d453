"""Parsers beside the crawl: pages go out, what was read in them comes back, while the crawl fetches on."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from socket import socket
from typing import cast

from crawlers.parserprocess import LENGTH, Keeper, packed
from crawlers.sheets import Died, Outcome, Task

MOST_PARSERS = 4
"""Parsers of one crawl: fetching is one processor's work, and feeds no more of them than a few."""
_QUEUE = 2
"""Pages that wait for a parser before another one is started."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A page on its way."""

    message: bytes
    answer: asyncio.Future[Outcome]

    def settle(self, outcome: Outcome) -> None:
        if not self.answer.done():  # its walk may have been stopped meanwhile
            self.answer.set_result(outcome)


class Parsers:
    """Reads pages side by side, each one's outcome to whoever asked. A page that its parser dies of has the
    outcome Died; the pages behind it go to another parser."""

    def __init__(self, keeper: Keeper, most: int | None = None) -> None:
        self._keeper = keeper
        self._most = most or max(1, min(MOST_PARSERS, _processors() - 1))
        self._parsers: list[_Parser] = []

    async def read(self, task: Task) -> Outcome:
        """The page's outcome."""
        sent = _Sent(packed(task.flat()), asyncio.get_running_loop().create_future())
        self._hand_out(sent)
        return await sent.answer

    def close(self) -> None:
        """Hears nothing more of pages that are still out; their walks have ended."""
        parsers, self._parsers = self._parsers, []
        for parser in parsers:
            parser.close()

    def _hand_out(self, sent: _Sent) -> None:
        parser = min(self._parsers, key=_load, default=None)
        if parser is None or (_load(parser) >= _QUEUE and len(self._parsers) < self._most):
            try:
                parser = self._start()
            except OSError as error:
                sent.settle(Died(f"no parser could be started ({error})"))
                return
        parser.send(sent)

    def _start(self) -> _Parser:
        pid, link = self._keeper.parser()
        parser = _Parser(pid, link, self._lost)
        self._parsers.append(parser)
        return parser

    def _lost(self, parser: _Parser) -> None:
        """A parser reads in the order in which pages came: the first without an answer is what it died of."""
        if parser not in self._parsers:
            return
        self._parsers.remove(parser)
        how, waiting = self._keeper.fate(parser.pid), parser.waiting
        if waiting and not parser.spent:
            waiting.popleft().settle(Died(how))
        for sent in waiting:
            self._hand_out(sent)


class _Parser(asyncio.Protocol):
    """One parser: pages that it has not answered yet, oldest first. `spent` says that it ended by itself
    after its last answer."""

    def __init__(self, pid: int, link: socket, lost: Callable[[_Parser], None]) -> None:
        self.pid, self.waiting, self.spent = pid, deque[_Sent](), False
        self._lost, self._came = lost, bytearray()
        self._transport: asyncio.Transport | None = None
        connected = asyncio.get_running_loop().create_connection(lambda: self, sock=link)
        self._connecting = asyncio.ensure_future(connected)

    def send(self, sent: _Sent) -> None:
        """Queues a page."""
        self.waiting.append(sent)
        if self._transport:
            self._transport.write(sent.message)

    def close(self) -> None:
        """Closes the socket, at which the parser ends."""
        self._connecting.cancel()
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.writelines([sent.message for sent in self.waiting])

    def data_received(self, data: bytes) -> None:
        came, place = self._came, 0
        came += data
        while len(came) >= (start := place + LENGTH.size):
            end = start + LENGTH.unpack_from(came, place)[0]
            if len(came) < end:
                break
            self._heard(bytes(came[start:end]))
            place = end
        del came[:place]

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self)

    def _heard(self, message: bytes) -> None:
        outcome, self.spent = pickle.loads(message)  # noqa: S301 - written by our own process
        self.waiting.popleft().settle(outcome)


def _load(parser: _Parser) -> int:
    return len(parser.waiting)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
