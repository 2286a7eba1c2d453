"""The bench runs on any stream it is given, sees nothing of the future, and counts what it says it counts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_streams import words

from pipeline.authenticity_evaluation import evaluate_authenticity
from pipeline.campaign_bench import Settings, bench_campaigns, plans, rounds
from pipeline.errors import InputError
from pipeline.labelled_streams import bases, leaning
from pipeline.suspicion import shipped_weights
from pipeline.suspicion_fit import Examples, fit


def rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    rng = np.random.default_rng(count)
    kinds = ["negative", "neutral", "positive"]
    return [{"text": words(rng, 18), "label": kinds[n % 3], "set": "made", **fields} for n in range(count)]


def written(path: Path, given: list[dict[str, Any]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in given)
    return path


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"group": "Only"},
        {"date": None, "author": None},
        {"date": "soon"},
        {"odd": [1, {"x": None}], "meta": None},
    ],
)
def test_streams_of_any_shape_are_made_and_told(tmp_path: Path, fields: dict[str, Any]) -> None:
    (base,) = bases(written(tmp_path / "made.jsonl.gz", rows(600, **fields)))
    assert base.name == "made" and base.simulated and not base.minutes_real
    assert len(base.table) > 300 and len(base.spare) > 50
    assert not np.isnan(base.table.day).any()


def test_real_minutes_and_authors_are_kept(tmp_path: Path) -> None:
    given = rows(600)
    for number, row in enumerate(given):
        row |= {
            "date": f"2026-0{1 + number % 6}-1{number % 9}T{number % 24:02d}:07:00+02:00",
            "author": f"a{number % 50}",
        }
    (base,) = bases(written(tmp_path / "made.jsonl.gz", given))
    assert base.minutes_real and base.simulated == ["brands: seeded parts of 1200 rows", "account ages"]
    assert len(np.unique(base.table.author)) == 50
    assert np.allclose((base.table.day * 1440) % 60, 7)


def test_a_set_that_leans_nowhere_is_named() -> None:
    with pytest.raises(InputError, match="lean"):
        bases([("flat", [{"text": "x y z", "label": "neutral"}] * 100)])


@pytest.mark.parametrize(
    ("row", "lean"),
    [
        ({"value": 1, "scale": [1, 5]}, -1.0), ({"value": 0, "scale": [0, 10]}, -1.0),
        ({"value": None, "scale": None, "label": "Positive"}, 1.0), ({"value": 9, "scale": [5, 5], "label": "bad"}, -1.0),
        ({"label": "bombing"}, None), ({}, None),
    ],
)  # fmt: skip
def test_how_a_row_leans(row: dict[str, Any], lean: float | None) -> None:
    assert leaning(row) == lean


def test_every_plan_is_planted_once_and_what_is_planted_stands_in_no_stream() -> None:
    (base,) = bases([("made", rows(900))])
    chosen = Settings(plants=9)
    seen = [plan.number for _, some in rounds(base, chosen) for plan in some]
    assert sorted(seen) == [plan.number for plan in plans(base, chosen)] == list(range(9))
    for table, some in rounds(base, chosen):
        for plan in some:
            mine = table.at(table.plant == plan.number)
            assert len(mine) == plan.size
            assert plan.start <= mine.day.min() and mine.day.max() <= plan.end
            if plan.kind == "hard":
                assert not set(mine.text) & set(base.table.text)


def test_the_bench_finds_copies_and_counts_no_false_alarm() -> None:
    (base,) = bases([("made", rows(240))])
    told = bench_campaigns([base], shipped_weights(), Settings(plants=1, signal_sets=("minutes",)))
    figures = told["signal_sets"]["minutes"]
    assert told["sets"][0]["simulated"]
    assert figures["by_kind"]["copies"]["found"] == 1.0
    assert figures["by_kind"]["copies"]["precision"] >= 0.9
    assert figures["untouched"]["false_campaigns"] == 0 and figures["untouched"]["brand_years"] > 0.5
    assert figures["organic_crises"]["false_campaigns"] == 0
    json.dumps(told)


def test_weights_never_speak_for_a_mention_and_order_the_wordings() -> None:
    rng = np.random.default_rng(1)
    signals = rng.random((4000, 9)) * (rng.random((4000, 9)) < 0.2)
    planted = rng.random(4000) < 1 / (
        1 + np.exp(4 - 7 * signals[:, 2] - 5 * signals[:, 4] + 3 * signals[:, 6])
    )
    told = fit(Examples(signals, planted), ["made"], 0)["signals"]
    assert min(told.values()) >= 0
    assert told["copies"] >= told["near_copies"] >= told["template"] > 2


class SaysLength:
    """A reader that takes long texts for generated."""

    def read(self, texts: list[str]) -> Any:
        return type("Told", (), {"p_generated": np.array([min(len(text) / 400, 1.0) for text in texts])})()


def test_single_texts_are_told_by_auc_and_in_pairs_of_one_length(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    labels = ["generated", "genuine"]
    given = [
        {
            "text": words(rng, 12 + 20 * (n % 2 == 0) * (n % 3 > 0)),
            "label": labels[n % 2],
            "lang": "lv",
            "set": "made",
        }
        for n in range(300)
    ]
    path = written(tmp_path / "made.jsonl.gz", given)
    found = evaluate_authenticity(path, shipped_weights(), 0.8, SaysLength)["sets"]["made"]
    assert found["auc"] > 0.6 and found["auc_95"][0] < found["auc"] < found["auc_95"][1]
    assert found["by_language"]["lv"]["auc"] == found["auc"]
    assert abs(found["pairs_right"] - 0.5) < 0.25


def test_an_incident_is_concluded_with_its_reasons(tmp_path: Path) -> None:
    text = words(np.random.default_rng(8), 20)
    given = [
        {"text": text if n % 2 else words(np.random.default_rng(n + 1000), 15), "label": ["not_bombing", "bombing"][n % 2],
         "group": "Spēle", "date": f"2026-03-{1 + n // 6:02d}T{n % 24:02d}:00:00", "set": "made",
         "meta": {"recommended": False}}
        for n in range(120)
    ]  # fmt: skip
    path = written(tmp_path / "made.jsonl.gz", given)
    (incident,) = evaluate_authenticity(path, shipped_weights(), 0.8, None)["sets"]["made"]["incidents"]
    assert incident["set_aside_of_bombing"] == incident["set_aside"] == incident["bombing"] == 60
    assert incident["concludes"][0]["direction"] == "smear"
    assert incident["why"]["same_wording"] == 0.5


def test_rows_without_a_label_of_authenticity_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="genuine"):
        evaluate_authenticity(written(tmp_path / "x.jsonl.gz", rows(30)), shipped_weights(), 0.8, None)
