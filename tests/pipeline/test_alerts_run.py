"""A run ends with its warnings, and nothing that goes wrong there takes anything from the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from landing_of import land, make_home, mention
from small_reader import SmallReader

from pipeline.alerts import Alerting, AlertReport
from pipeline.delivery import Delivered
from pipeline.errors import SaysoError
from pipeline.home import Home
from pipeline.run import run

CONFIG = '[[brands]]\nname = "Nordvila"\n[alerts]\nurls = ["pr"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = make_home(tmp_path / "home", CONFIG)
    land(made, "a", [mention(n, text=f"Nordvila works, number {n}") for n in range(12)])
    return made


def test_the_last_step_is_the_warning_and_the_report_tells_of_it(home: Home) -> None:
    alerting = Alerting(home, {"pr": "json://127.0.0.1:9"}, send=lambda *_: Delivered("sent"))
    report = run(home, None, SmallReader, alert=alerting.run)
    assert report.ok and report.steps[-1].name == "alert"
    told = json.loads(Path(report.path or "").read_text(encoding="utf-8"))["steps"][-1]["says"]
    assert set(told) == set(AlertReport().to_dict())


def test_a_fault_of_the_warnings_is_told_once_all_else_is_published(home: Home) -> None:
    def broken() -> AlertReport:
        raise SaysoError("The log cannot be written")

    with pytest.raises(SaysoError):
        run(home, None, SmallReader, alert=broken)
    assert (home.snapshots / "CURRENT").is_file()
    report = json.loads(next(home.logs.glob("run-*.json")).read_text(encoding="utf-8"))
    assert [step["ok"] for step in report["steps"]][-2:] == [True, False] and not report["ok"]
