"""Forgets an author in a process of its own, so that a test can kill it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from small_reader import SmallReader

from pipeline.home import Home
from pipeline.privacy import Request, forget
from pipeline.run import run
from pipeline.warehouse import open_warehouse


def main(root: str) -> None:
    home = Home(Path(root))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with open_warehouse(home) as con:
        forget(home, con, Request(authors=("gone",)))
    run(home, None, SmallReader)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
