"""A process for the kill tests: ingests and scores the home in small transactions until it is done or killed."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from small_reader import SmallReader

from models.readings import Readings
from pipeline import ingest as ingesting
from pipeline.home import Home
from pipeline.scoring import score
from pipeline.warehouse import Limits, open_warehouse


class SlowReader(SmallReader):
    """Takes its time, so that a kill meets it at work."""

    def read(self, texts: Sequence[str], *rest: Any, **more: Any) -> Readings:
        time.sleep(0.01)
        return super().read(texts, *rest, **more)


def main(root: str, verb: str) -> None:
    ingesting.BATCH = 1
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with open_warehouse(Home(Path(root)), Limits(threads=1)) as con:
        if verb == "ingest":
            ingesting.ingest(Home(Path(root)), con)
        else:
            score(con, SlowReader, chunk=5)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
