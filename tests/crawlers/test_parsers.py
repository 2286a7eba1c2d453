"""Pages read in processes beside the crawl: whatever a page does to its parser, it costs that page alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STAGE = Path(__file__).with_name("parserlooks.py")


def command(names: list[str], parsers: int) -> list[str]:
    return [sys.executable, str(STAGE), json.dumps(names), str(parsers)]


def read(*names: str, parsers: int = 1) -> list[list[str]]:
    done = subprocess.run(
        command(list(names), parsers), capture_output=True, text=True, check=True, timeout=60
    )
    keeper, outcomes = done.stdout.splitlines()
    assert not Path(f"/proc/{keeper}").exists()
    found: list[list[str]] = json.loads(outcomes)
    return found


@pytest.mark.parametrize("parsers", [1, 3])
def test_every_page_has_its_own_outcome_in_the_order_of_asking(parsers: int) -> None:
    found = read(*["fine", "no_page"] * 20, parsers=parsers)
    assert [outcome[:2] for outcome in found[::2]] == [["Read", f"ābols {n} 🍏"] for n in range(0, 40, 2)]
    lines = [json.loads(outcome[2]) for outcome in found[::2]]
    assert [(line["text"], line["target"]) for line in lines] == [
        (f"ābols {n} 🍏", "t") for n in range(0, 40, 2)
    ]
    assert found[1::2] == [["Unread", "expected a page"]] * 20


FATES = {
    "crash": ["Died", "its parser crashed (signal 11)"],
    "killed": ["Died", "its parser was killed, perhaps for want of memory"],
    "endless": ["Died", "reading it took more than 0.5 s of processor time"],
    "leaves": ["Died", "its parser ended with code 3"],
    "defective": ["Defect", "KeyError"],
    "cannot_travel": ["Defect", "AttributeError"],
} | ({"greedy": ["Defect", "MemoryError"]} if sys.platform == "linux" else {})


@pytest.mark.parametrize("parsers", [1, 2])
def test_a_page_that_kills_its_parser_costs_that_page_alone(parsers: int) -> None:
    names = [name for bad in FATES for name in ("fine", bad, "fine", bad)]
    found = read(*names, parsers=parsers)
    assert {name: found[place] for place, name in enumerate(names) if name != "fine"} == FATES
    fine = [place for place, name in enumerate(names) if name == "fine"]
    assert [found[place][1] for place in fine] == [f"ābols {place} 🍏" for place in fine]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="it looks into /proc")
def test_nobody_is_left_when_the_crawl_is_killed_in_the_middle_of_a_page() -> None:
    with subprocess.Popen(command(["endless"], 1), stdout=subprocess.PIPE, text=True) as crawl:
        assert crawl.stdout is not None
        keeper = int(crawl.stdout.readline())
        children = Path(f"/proc/{keeper}/task/{keeper}/children")
        _wait(lambda: bool(children.read_text().split()))
        (parser,) = map(int, children.read_text().split())
        crawl.kill()
        _wait(lambda: not (_lives(keeper) or _lives(parser)))


def test_a_parser_outlives_what_is_meant_for_the_crawl() -> None:
    """Ctrl-C and a service manager's SIGTERM go to all processes: the crawl seals and says when it is over."""
    with subprocess.Popen(command(["fine"] * 5, 1), stdout=subprocess.PIPE, text=True) as crawl:
        assert crawl.stdout is not None
        keeper = int(crawl.stdout.readline())
        for number in (signal.SIGINT, signal.SIGTERM):
            _tell(keeper, number)
        assert len(json.loads(crawl.stdout.readline())) == 5


def _tell(pid: int, number: int) -> None:
    if _lives(pid):
        os.kill(pid, number)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _wait(until: object) -> None:
    assert callable(until)
    deadline = time.monotonic() + 10
    while not until():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
