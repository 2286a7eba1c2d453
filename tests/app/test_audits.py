"""`sayso audit` from the command line: sample, import, report."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli import app
from pipeline.home import Home


def test_a_sample_is_drawn_filled_in_and_laid_in_the_inbox(made_home: Home, tmp_path: Path) -> None:
    home, sheet = ["--home", str(made_home.root)], tmp_path / "sheet.csv"
    drawn = CliRunner().invoke(app, ["audit", "sample", "12", *home, "--out", str(sheet), "--json"])
    assert drawn.exit_code == 0, drawn.output
    assert json.loads(drawn.stdout)["size"] == 12
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {"score": "9", "bot": "nē"}
    rows[1] |= {"score": "ten"}
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    before = set(made_home.inbox.iterdir())
    told = CliRunner().invoke(app, ["audit", "import", str(sheet), *home, "--json"])
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert (found["labels"], found["of_sample"], found["empty"]) == (1, 1, 10)
    assert found["rejected"] == ["line 3: score: 'ten' is no whole number"]
    [laid] = set(made_home.inbox.iterdir()) - before
    assert json.loads(laid.read_text(encoding="utf-8"))["labels"][0]["bot"] is False
    report = CliRunner().invoke(app, ["audit", "report", *home, "--json"])
    assert report.exit_code == 0, report.output
    assert json.loads(report.stdout) == []
    assert "No labels yet" in CliRunner().invoke(app, ["audit", "report", *home]).output
