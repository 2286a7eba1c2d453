"""The whole run on a home: every step, resumed, alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from landing_of import land, mention
from small_reader import SmallReader

from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.run import RunBusyError, as_json, only_run, run

STEPS = ["crawl", "ingest", "retain", "score", "detect", "aggregate", "publish"]
HOLD = """
import sys
from pathlib import Path
from pipeline.home import Home
from pipeline.run import only_run
with only_run(Home(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_goes_from_sources_to_a_snapshot_and_writes_its_report(home: Home) -> None:
    def crawl() -> dict[str, int]:
        land(home, "a", [mention(n, text=f"Nordvila is good number {n}") for n in range(40)])
        return {"new": 40}

    report = run(home, crawl, SmallReader)
    assert [step.name for step in report.steps] == STEPS
    assert report.ok
    assert all(step.ok for step in report.steps)
    assert report.snapshot is not None
    assert Path(report.snapshot).is_file()
    written = json.loads(Path(report.path or "").read_text())
    assert written["steps"][0]["says"] == {"new": 40}
    assert written["steps"][1]["says"]["new"] == 40
    assert written["steps"][3]["says"]["read"] == 40


def test_a_second_run_does_nothing_new(home: Home) -> None:
    land(home, "a", [mention(n) for n in range(5)])
    first = run(home, None, SmallReader)
    second = run(home, None, SmallReader, model="small-1")
    assert second.snapshot == first.snapshot
    assert [step.name for step in second.steps] == STEPS[1:]
    ingested, scored = second.step("ingest"), second.step("score")
    assert ingested is not None
    assert scored is not None
    assert (ingested.says["mentions"], scored.says["read"]) == (0, 0)


def test_a_failed_step_is_in_the_report_and_the_next_run_goes_on(home: Home) -> None:
    land(home, "a", [mention(1, text="secret words of a person")])

    def broken() -> SmallReader:
        raise ValueError("secret words of a person")

    with pytest.raises(ValueError, match="secret"):
        run(home, None, broken)
    [path] = home.logs.glob("run-*.json")
    written = json.loads(path.read_text())
    assert not written["ok"]
    assert [step["name"] for step in written["steps"]] == ["ingest", "retain", "score"]
    assert written["steps"][2]["error"].startswith("ValueError at test_run.py:")
    assert "secret" not in path.read_text()
    assert run(home, None, SmallReader).ok


def test_a_broken_crawl_does_not_keep_what_landed_from_being_counted(home: Home) -> None:
    def crawl() -> None:
        land(home, "a", [mention(n) for n in range(3)])
        raise OSError("the network is gone")

    with pytest.raises(OSError, match="gone"):
        run(home, crawl, SmallReader)
    [path] = home.logs.glob("run-*.json")
    written = json.loads(path.read_text())
    assert [step["ok"] for step in written["steps"]] == [False, True, True, True, True, True, True]
    assert not written["ok"]
    assert Path(written["snapshot"]).is_file()


def test_a_named_error_keeps_its_words(home: Home) -> None:
    home.warehouse.write_bytes(b"junk")
    with pytest.raises(WarehouseError):
        run(home, None, SmallReader)
    [path] = home.logs.glob("run-*.json")
    written = json.loads(path.read_text())
    assert not written["ok"]
    assert "damaged" in written["error"]


def test_two_runs_do_not_meet(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunBusyError, match=f"pid {holder.pid}"):
            run(home, None, SmallReader)
    finally:
        holder.communicate("")
    with only_run(home):
        pass


def test_what_steps_return_becomes_json() -> None:
    assert as_json(Path("/tmp/x")) == "/tmp/x"
    assert as_json(None) is None
    assert as_json({"a": 1}) == {"a": 1}
