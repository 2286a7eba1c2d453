"""kill -9 in the middle of ingest and score: nothing landed is lost, nothing counts twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from landing_of import land, make_home, mention
from small_reader import SmallReader

from pipeline.home import Home
from pipeline.ingest import ingest
from pipeline.scoring import score
from pipeline.warehouse import open_warehouse

WORKER = Path(__file__).with_name("worker.py")
SEGMENTS, MENTIONS = 25, 20
STATE = (
    "SELECT * FROM mentions ORDER BY ALL",
    "SELECT * FROM places ORDER BY ALL",
    "SELECT * FROM mention_brands ORDER BY ALL",
    "SELECT name, mentions, rejected FROM segments ORDER BY ALL",
    "SELECT * EXCLUDE (read_at) FROM readings ORDER BY ALL",
)


def fill(home: Home) -> None:
    """Segments with edits, known mentions, merged copies and a bad line."""
    for segment in range(SEGMENTS):
        first = segment * MENTIONS
        items: list[Any] = [mention(first + n) for n in range(MENTIONS - 3)]
        items.append(
            mention(
                max(first - 5, 0), text=f"edited in {segment}", collected_at=mention(first + 500).collected_at
            )
        )
        items.append(mention(first + MENTIONS - 2, text="The same words on many pages", author_hash="same"))
        land(home, f"s{segment:03d}", [*items, "not json"])


def state(home: Home) -> list[list[tuple[Any, ...]]]:
    with open_warehouse(home) as con:
        return [con.execute(sql).fetchall() for sql in STATE]


def work(home: Home, verb: str, kill_after: float | None) -> bool:
    """Run the worker; kill it so many seconds after it is ready. Whether it was killed before it was done."""
    process = subprocess.Popen(
        [sys.executable, str(WORKER), str(home.root), verb],
        stdout=subprocess.PIPE, text=True, cwd=WORKER.parents[2], env={"PYTHONPATH": str(WORKER.parents[2])},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return "done" not in rest


def undisturbed(root: Path) -> tuple[Home, list[list[tuple[Any, ...]]]]:
    home = make_home(root)
    fill(home)
    with open_warehouse(home) as con:
        ingest(home, con)
        score(con, SmallReader)
    return home, state(home)


def killed_often(root: Path, kills: int, seed: int) -> tuple[list[list[tuple[Any, ...]]], int]:
    """The state after so many kills at random points of ingest and of score each, and how many met it at work."""
    home, times = make_home(root), random.Random(seed)
    fill(home)
    met = 0
    for verb in ("ingest", "score"):
        for _ in range(kills):
            met += work(home, verb, times.uniform(0.02, 0.9))
        assert not work(home, verb, None)
    return state(home), met


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.long)])
def test_kills_at_random_points_change_nothing(tmp_path: Path, kills: int) -> None:
    _, expected = undisturbed(tmp_path / "calm")
    got, met = killed_often(tmp_path / "killed", kills, seed=kills)
    assert got == expected
    assert met >= kills
    mentions, _, _, segments, readings = expected
    assert len(segments) == SEGMENTS
    assert len({row[0] for row in mentions}) == SEGMENTS * (MENTIONS - 2)
    assert len(readings) == len({row[3] for row in mentions if row[2]})
