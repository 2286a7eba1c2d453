"""Starting the view: checks first, a free port, a server that answers, and one that ends with us."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app import sharing
from app.output import say
from pipeline.errors import SaysoError
from pipeline.home import Home

_SCRIPT = Path(__file__).parent / "entry" / "view.py"
_READY_SECONDS = 60.0
_NEXT_PORTS = 20
_LOG = "view.log"


class ViewError(SaysoError):
    """The view cannot be started."""

    exit_code = 9


@dataclass(frozen=True)
class Running:
    """A view that answers."""

    url: str
    port: int
    process: subprocess.Popen[bytes]


def serve(home: Home, port: int | None = None, open_browser: bool = True) -> None:
    """Serve the view of a home until interrupted.

    Without `port` the config's is taken, or the next free one. Raises ConfigError if the view would be shared
    without OIDC and a list of viewers, ViewError if the port is taken or the server does not come up.
    """
    with _interruptible(), running(home, port) as view:
        say(f"The view is at {view.url} (Ctrl-C ends it)")
        if open_browser:
            webbrowser.open(view.url)
        with suppress(KeyboardInterrupt):
            view.process.wait()
            raise ViewError("The view ended by itself", where=_tail(home), next_step=f"see logs/{_LOG}")


@contextmanager
def running(home: Home, port: int | None = None) -> Iterator[Running]:
    """A view that answers for as long as the block lasts. Raises as `serve` does."""
    sharing.check(home)
    host = home.config.view.host
    chosen = _port(host, port, home.config.view.port)
    log = home.logs / _LOG
    with log.open("wb") as sink:
        process = subprocess.Popen(
            _command(home, host, chosen),
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
        try:
            _wait(process, _reachable(host), chosen, home)
            yield Running(f"http://{_shown(host)}:{chosen}", chosen, process)
        finally:
            _end(process)


def _command(home: Home, host: str, port: int) -> list[str]:
    options: list[tuple[str, object]] = [
        ("server.address", host),
        ("server.port", port),
        ("server.headless", "true"),
        ("server.fileWatcherType", "none"),
        ("browser.gatherUsageStats", "false"),
        ("client.toolbarMode", "minimal"),
        ("client.showErrorDetails", "none"),
        # Tables have a file of ours, whose cells are no formulas.
        ("client.disableDataExport", "true"),
        ("secrets.files", home.secrets_file.resolve()),
    ]
    if not sharing.is_shared(home.config, host):
        # No web page can point a name of its own at the loopback and read along.
        options += [("server.allowedHosts", name) for name in ("localhost", "127.0.0.1", "::1")]
    flags = [f"--{name}={value}" for name, value in options]
    return [sys.executable, "-m", "app.entry.start", "run", str(_SCRIPT), *flags]


def _environment(home: Home) -> dict[str, str]:
    # Sessions are many and their sums small: threads inside each would wait for one another.
    alone = {"OPENBLAS_NUM_THREADS": "1"}
    return {**alone, **os.environ, "SAYSO_HOME": str(home.root.resolve())}


def _port(host: str, wanted: int | None, usual: int) -> int:
    """The wanted port if it is free; without a wish the usual one or the next that is free."""
    tried = [wanted] if wanted is not None else list(range(usual, min(usual + _NEXT_PORTS, 65536)))
    for port in tried:
        if _is_free(host, port):
            return port
    taken = str(tried[0]) if len(tried) == 1 else f"{tried[0]} to {tried[-1]}"
    raise ViewError(
        f"Port {taken} is taken", where=host, next_step="end what holds it, or pass another --port"
    )


def _is_free(host: str, port: int) -> bool:
    """Raises ViewError if this machine has no such address."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise ViewError(f"No such address: {error}", where=host, next_step="mend view.host") from error
    with socket.socket(family, kind, proto) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise ViewError("No such address here", where=host, next_step="mend view.host") from error
            return False
    return True


def _wait(process: subprocess.Popen[bytes], host: str, port: int, home: Home) -> None:
    """Until the server says it is well. Raises ViewError if it ends or stays silent."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ViewError("The view did not start", where=_tail(home), next_step=f"see {home.logs / _LOG}")
        if _answers(host, port):
            return
        time.sleep(0.1)
    raise ViewError(
        f"No answer from the view within {_READY_SECONDS:.0f} s",
        where=f"{host}:{port}",
        next_step="try again",
    )


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(home: Home) -> str:
    lines = (home.logs / _LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "no output"


def _reachable(host: str) -> str:
    """Where this machine itself finds a server that listens there."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host.strip("[]"), host.strip("[]"))  # noqa: S104


def _shown(host: str) -> str:
    name = _reachable(host)
    return f"[{name}]" if ":" in name else name


@contextmanager
def _interruptible() -> Iterator[None]:
    """A polite end (SIGTERM) is taken like Ctrl-C, so that the server never outlives us."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
