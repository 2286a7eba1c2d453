"""The demo: a sample town on loopback, collected and read by the same code as any real source."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.verbs.homes import DATA, make_home
from pipeline.errors import HomeError, SaysoError
from pipeline.home import Home

TOWN_PORT = 18600
SEED = 7


class TownError(SaysoError):
    """The sample town did not open."""


@contextmanager
def town(port: int = TOWN_PORT, seed: int = SEED, *, log: Path | None = None) -> Iterator[str]:
    """Serve the sample town on loopback until the block ends; gives its origin. `log` takes what it is asked.

    Raises TownError.
    """
    command = [sys.executable, "-m", "data.town", "--port", str(port), "--seed", str(seed)]
    command += ["--log", str(log)] if log else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=DATA.parent)
    try:
        yield _origin(process, port)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _origin(process: subprocess.Popen[str], port: int) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise TownError(
            "The sample town did not open",
            where=f"127.0.0.1:{port}",
            next_step="if another program holds the port, pass --town-port with another number",
        )
    return str(json.loads(line)["origin"])


def demo_home(root: Path, origin: str) -> Home:
    """The demo's home for a town at `origin`: made on first use, gone on with later.

    Raises HomeError if the folder belongs to something else: a real home is never touched.
    """
    text = (DATA / "town" / "sayso.toml").read_text(encoding="utf-8").replace("{origin}", origin)
    home = Home(root)
    if not home.config_file.exists():
        make_home(home, text)
    elif home.config_file.read_text(encoding="utf-8") != text:
        raise HomeError(
            "This folder holds another home, or a demo of another port or version",
            where=str(home.config_file),
            next_step="remove the folder, or pass another --home",
        )
    return home
