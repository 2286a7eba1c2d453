"""Real files of two brands: imported, read with their ratings hidden, and held beside those ratings."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

CONFIG = """
[[brands]]
name = "Bank"
[[brands]]
name = "Telecom"
competitor = true
"""
SETS = {"Bank": "ru_otzovik_bank", "Telecom": "nps_bt_verbatim"}


def measured(sayso, shared: Path, home: Path, rows: int | None) -> dict[str, dict[str, Any]]:
    """Import the first `rows` of each set (None: all) and give the summary by brand."""
    home.mkdir()
    (home / "sayso.toml").write_text(CONFIG, encoding="utf-8")
    for brand, name in SETS.items():
        part = home / f"{name}.jsonl.gz"
        with gzip.open(shared / "data" / "score" / f"{name}.jsonl.gz") as file, gzip.open(part, "wb") as out:
            out.writelines(islice(file, rows))
        report = json.loads(sayso("import", part, "--home", home, "--brand", brand, "--json", "-q").stdout)
        assert report["rejected"] == {} and report["new"] == report["rows"]
    found = json.loads(sayso("run", "--home", home, "--json", "-q").stdout)
    return {brand["name"]: brand for brand in found["brands"]}


def check(brands: dict[str, dict[str, Any]]) -> None:
    for brand in brands.values():
        text, rated = brand["text_on_rated"], brand["native"] or brand["survey"]
        assert text["estimated"] == 1 and rated["estimated"] == 0
        assert text["votes"] == pytest.approx(rated["votes"], rel=0.02)
        assert text["low"] < text["nps"] < text["high"]
        assert abs(text["nps"] - rated["nps"]) < 25


def test_texts_come_near_their_hidden_ratings(sayso, shared: Path, tmp_path: Path) -> None:
    check(measured(sayso, shared, tmp_path / "home", 150))


@pytest.mark.long
def test_whole_sets_come_near_their_hidden_ratings(sayso, shared: Path, tmp_path: Path) -> None:
    check(measured(sayso, shared, tmp_path / "home", None))
