"""The processes that read pages for a crawl: a keeper that starts them, and parsers that read what comes.

The crawl forks its keeper while it has no threads and no sockets yet. The keeper reads no page, so it stays
fit to fork parsers in a few milliseconds; a parser that a hostile page kills takes that page with it and
nothing else. When the crawl ends, however it ends, its keeper's socket closes: the keeper kills its parsers
and ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from typing import IO, Any, NoReturn, Self

from crawlers.sheets import Defect, Task, defect_of, run

MOST_SECONDS = 60.0
"""Processor time of one page: what takes longer hangs."""
MOST_MEMORY = 2 * 1024**3
"""Bytes of address space of a parser."""
_START, _FATE = b"s", b"f"
_NUMBER = struct.Struct("<q")
LENGTH = struct.Struct("<I")
"""Before every message between a crawl and its parser: how many bytes follow."""


@dataclass(slots=True)
class Keeper:
    """The crawl's side of its keeper."""

    pid: int
    _socket: socket.socket
    _seconds: float

    @classmethod
    def start(cls, seconds: float = MOST_SECONDS, memory: int = MOST_MEMORY) -> Self:
        """Forks a keeper. Only for a process that has one thread and nothing open that must close with it."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _keep(theirs, seconds, memory)
        theirs.close()
        return cls(pid, ours, seconds)

    def parser(self) -> tuple[int, socket.socket]:
        """A new parser: its process and the socket to it.

        Raises OSError if the keeper is gone.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._socket, [_START], [theirs.fileno()])
                return self._answer(), ours
            except OSError:
                ours.close()
                raise

    def fate(self, pid: int) -> str:
        """How a parser ended that has closed its socket."""
        try:
            self._socket.sendall(_FATE + _NUMBER.pack(pid))
            code = self._answer()
        except OSError:
            return "the process that keeps the parsers is gone"
        return _told(code, self._seconds)

    def stop(self) -> None:
        """Ends the keeper and its parsers, in the middle of a page too."""
        self._socket.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _answer(self) -> int:
        answer = self._socket.recv(_NUMBER.size, socket.MSG_WAITALL)
        if len(answer) < _NUMBER.size:
            raise ConnectionResetError("the process that keeps the parsers is gone")
        return int(_NUMBER.unpack(answer)[0])


def _told(code: int, seconds: float) -> str:
    """An exit code in words."""
    if code == -signal.SIGPROF:
        return f"reading it took more than {seconds:g} s of processor time"
    if code == -signal.SIGKILL:
        return "its parser was killed, perhaps for want of memory"
    return f"its parser crashed (signal {-code})" if code < 0 else f"its parser ended with code {code}"


# --- the keeper -------------------------------------------------------------------------------------------


def _keep(link: socket.socket, seconds: float, memory: int) -> NoReturn:
    """Starts parsers and tells how they ended, until the crawl is gone."""
    link = _alone(link)
    parsers: set[int] = set()
    try:
        while _serve(link, parsers, seconds, memory):
            pass
    finally:
        for pid in parsers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os._exit(0)


def _serve(link: socket.socket, parsers: set[int], seconds: float, memory: int) -> bool:
    """Does what the crawl asks for; False when it is gone."""
    asked, handles, _, _ = socket.recv_fds(link, 1, 1)
    if asked == _START:
        pid = os.fork()
        if pid == 0:
            _work(socket.socket(fileno=handles[0]), seconds, memory)
        os.close(handles[0])
        parsers.add(pid)
        link.sendall(_NUMBER.pack(pid))
    elif asked == _FATE:
        pid = _NUMBER.unpack(link.recv(_NUMBER.size, socket.MSG_WAITALL))[0]
        _, status = os.waitpid(pid, 0)
        parsers.discard(pid)
        link.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(status)))
    return bool(asked)


def _alone(link: socket.socket) -> socket.socket:
    """Lets go of all that was open in the crawl (its locks too) but this socket; deaf to Ctrl-C and SIGTERM,
    which go to whole groups of processes: the crawl's end is what ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    number = link.fileno()
    os.closerange(3, number)
    os.closerange(number + 1, os.sysconf("SC_OPEN_MAX"))
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    return link


# --- a parser ---------------------------------------------------------------------------------------------


def _work(link: socket.socket, seconds: float, memory: int) -> NoReturn:
    """Reads pages in the order in which they come, until the crawl is gone."""
    link = _alone(link)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    gc.freeze()  # what the crawl had loaded stays shared with it
    try:
        with contextlib.suppress(OSError), link.makefile("rb") as sent:  # where the crawl is gone
            while (message := _received(sent)) is not None and _read(link, message, seconds):
                pass
        os._exit(0)
    finally:
        os._exit(1)


def _received(sent: IO[bytes]) -> bytes | None:
    """The next message, or None at the end."""
    head = sent.read(LENGTH.size)
    return sent.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def packed(value: Any) -> bytes:
    """A value as a message."""
    body = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def _read(link: socket.socket, message: bytes, seconds: float) -> bool:
    """Reads one page; False if this parser should read no more."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # at its end the process dies, even inside a C library
    outcome = run(Task.from_flat(pickle.loads(message)))  # noqa: S301 - written by the crawl
    spent = isinstance(outcome, Defect) and outcome.name == MemoryError.__name__
    try:
        answer = packed((outcome, spent))
    except Exception as error:  # noqa: BLE001 - what a look gives must travel: a defect of that look
        answer = packed((defect_of(error), spent))
    signal.setitimer(signal.ITIMER_PROF, 0)
    link.sendall(answer)
    return not spent  # after want of memory a fresh process has all of it again
