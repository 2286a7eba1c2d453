"""Audits: samples are random, labels make the round trip, corrections stay out of the estimates."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_warehouse import CONFIG, Said, warehouse
from openpyxl import Workbook

from pipeline import audit, labels
from pipeline.errors import InputError
from pipeline.home import Home
from pipeline.publish import publish
from pipeline.snapshot import Snapshot

SAID = [
    Said(f"=Teksts {n}: spasibo, děkuji, ačiū 🙂", p=(0.1, 0.1, 0.8) if n % 3 else (0.7, 0.2, 0.1), rating=None,
         lang=("lv", "cs", "ru")[n % 3], author=f"a{n}")
    for n in range(90)
]  # fmt: skip


def filled(drawn: audit.Drawn, path: Path, said: Any, form: str = ",") -> Path:
    """The sheet as a person gives it back; `said(row number)` are the cells filled in."""
    with Path(drawn.path).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    done = [row | said(number) for number, row in enumerate(rows)]
    if form == "xlsx":
        book = Workbook()
        book.active.append(list(rows[0]))  # type: ignore[union-attr]
        for row in done:
            book.active.append(list(row.values()))  # type: ignore[union-attr]
        book.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=form)
            writer.writeheader()
            writer.writerows(done)
    return path


@pytest.mark.parametrize("form", [",", ";", "xlsx"])
def test_the_round_trip_of_a_sample(tmp_path: Path, form: str) -> None:
    with warehouse(tmp_path / "home", SAID) as (home, con):
        publish(home, con, CONFIG)
        drawn = audit.sample(home, 30, seed=4)
        assert (drawn.brand, drawn.population, drawn.size) == ("Lumora", 90, 30)
        # The reader said 80 % promoters of two thirds; the person disagrees with a third of the sample.
        name = tmp_path / ("s.xlsx" if form == "xlsx" else "s.csv")
        sheet = filled(
            drawn,
            name,
            lambda n: {"score": str((10, 2, 8)[n % 3]), "emotions": "delight, trust", "bot": "no"},
            form,
        )
        told = audit.take_sheet(home, sheet)
        assert (told.labels, told.of_sample, told.corrections, told.rejected) == (30, 30, 0, [])
        damaged: list[str] = []
        assert labels.take(home, con, damaged) == 2
        assert labels.take(home, con, damaged) == 0
        assert damaged == []
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        [found] = audit.report(snapshot)
    assert (found.labelled, found.scored, found.corrections) == (30, 30, 0)
    assert found.error and found.label_nps and found.class_agreement and found.bots
    assert found.label_nps.value == pytest.approx(0)
    assert found.error.low < found.error.value < found.error.high
    assert (
        found.corrected is not None and found.corrected_low is not None and found.corrected_high is not None
    )
    assert found.corrected_low < 0 < found.corrected_high
    assert {item.emotion: item.said for item in found.emotions}["trust"] == 1
    assert audit.to_dict(found)["read"]["brand"] == "Lumora"


def test_corrections_are_kept_and_never_part_of_the_estimate(tmp_path: Path) -> None:
    with warehouse(tmp_path / "home", SAID) as (home, con):
        publish(home, con, CONFIG)
        drawn = audit.sample(home, 20)
        sheet = filled(drawn, tmp_path / "s.csv", lambda n: {"score": "0", "sample": ""})
        assert audit.take_sheet(home, sheet).corrections == 20
        invented = filled(drawn, tmp_path / "t.csv", lambda n: {"score": "0", "sample": "never-drawn"})
        audit.take_sheet(home, invented)
        labels.take(home, con, [])
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        [found] = audit.report(snapshot)
    assert (found.labelled, found.corrections, found.corrected, found.error) == (0, 20, None, None)


def test_bad_rows_are_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    with warehouse(tmp_path / "home", SAID) as (home, con):
        publish(home, con, CONFIG)
        drawn = audit.sample(home, 5)
    cells = [
        {"score": "11"},
        {"score": "acht"},
        {"emotions": "joy"},
        {"bot": "maybe"},
        {"score": "7", "emotions": "none"},
    ]
    told = audit.take_sheet(home, filled(drawn, tmp_path / "s.csv", lambda n: cells[n]))
    assert told.labels == 1
    assert [fault.split(":")[0] for fault in told.rejected] == ["line 2", "line 3", "line 4", "line 5"]
    for content in ("text,score\na,1\n", "", "id,score\n,\n", "\xff\xfe\x00"):
        bad = tmp_path / "bad.csv"
        bad.write_bytes(content.encode("latin-1"))
        with pytest.raises(InputError):
            audit.take_sheet(home, bad)
    (home.inbox / "labels-1.json").write_text(
        '{"kind": "labels", "labels": [{"score": 99}]}', encoding="utf-8"
    )


def test_a_damaged_inbox_file_is_named_and_kept(tmp_path: Path) -> None:
    with warehouse(tmp_path / "home", []) as (home, con):
        (home.inbox / "labels-1.json").write_text(
            '{"kind": "labels", "labels": [{"score": 99}]}', encoding="utf-8"
        )
        damaged: list[str] = []
        assert labels.take(home, con, damaged) == 0
        assert len(damaged) == 1
        assert "labels-1.json" in damaged[0]
        assert con.execute("SELECT count(*) FROM labels").fetchone() == (0,)


def test_nothing_to_sample_has_a_name(tmp_path: Path) -> None:
    with warehouse(tmp_path / "home", SAID[:3]) as (home, con):
        publish(home, con, CONFIG)
    for size, brand in ((0, "Lumora"), (5, "Kaskāde"), (5, "Nobody")):
        with pytest.raises(InputError):
            audit.sample(home, size, brand)
    assert audit.sample(home, 50).size == 3
    assert isinstance(home, Home)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_a_sample_has_its_size_and_every_stratum_its_share(n: int, size: int, seed: int) -> None:
    ids = [f"m{i:03d}" for i in range(n)]
    strata = [("a", "b", "c")[i % 3] for i in range(n)]
    drawn = audit.systematic(ids, strata, size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, n)
    assert drawn == audit.systematic(ids, strata, size, seed)
    counts = Counter(strata[ids.index(one)] for one in drawn)
    for name in set(strata):
        assert abs(counts[name] - strata.count(name) * min(size, n) / n) < 2


def test_every_text_is_as_likely_to_be_drawn() -> None:
    ids = [f"m{i:02d}" for i in range(20)]
    strata = ["small"] * 3 + ["big"] * 17
    drawn = Counter(one for seed in range(2_000) for one in audit.systematic(ids, strata, 5, seed))
    assert np.array([drawn[one] for one in ids]) / 2_000 == pytest.approx(np.full(20, 0.25), abs=0.05)
