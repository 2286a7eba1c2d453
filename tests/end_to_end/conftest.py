"""The whole of sayso as a person runs it: the command line in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Sayso = Callable[..., subprocess.CompletedProcess[str]]


def command(*words: object) -> list[str]:
    """The console script of the environment that runs the tests."""
    return [str(Path(sys.executable).with_name("sayso")), *map(str, words)]


@pytest.fixture(scope="session")
def sayso() -> Sayso:
    """Run `sayso WORDS...` to its end; `code` is the exit code expected."""

    def run(
        *words: object, code: int = 0, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command(*words), input=stdin, capture_output=True, text=True, timeout=900,
            env={**os.environ, "COLUMNS": "200", **(env or {})}, check=False,
        )  # fmt: skip
        assert done.returncode == code, (
            f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
        return done

    return run
