"""Evaluation on any folder of the shape, and the card that shows its figures."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

import pytest

from models.reader import WEIGHTS, Reader
from models.training.card import figure, render, table
from models.training.corpora import SOURCES, CorpusError
from models.training.evaluate import evaluate
from tests.models.conftest import BAD, GOOD, write_rows


@pytest.fixture(scope="module")
def report(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> dict:
    root = tmp_path_factory.mktemp("unknown")
    both = [(lang, text, good) for good, side in ((1, GOOD), (0, BAD)) for lang, text in side.items()]
    both = [(lang, f"{text} {mark}", good) for mark in ("!", ":") for lang, text, good in both]
    rows = [{"lang": lang, "text": text, "split": "test"} for lang, text, _ in both]
    goods = [good for _, _, good in both]
    pairs = list(zip(rows, goods, strict=True))
    write_rows(root / "a" / "shop.jsonl.gz", [r | {"value": 1 + 4 * g, "scale": [1, 5]} for r, g in pairs])
    write_rows(root / "b" / "points.jsonl.gz", [r | {"value": 100 * g, "scale": [0, 100]} for r, g in pairs])
    write_rows(root / "b" / "tweets.jsonl.gz", [r | {"label": ("negative", "positive")[g]} for r, g in pairs])
    write_rows(
        root / "feelings.jsonl.gz",
        [r | {"labels": [("anger", "joy")[g]], "taxonomy": "cedr5"} for r, g in pairs],
    )
    write_rows(
        root / "aspects.jsonl.gz",
        [r | {"labels": [{"aspect": "SERVICE#GENERAL", "polarity": ("negative", "positive")[g]}], "taxonomy": "some shop"} for r, g in pairs],
    )  # fmt: skip
    return evaluate(root, reader=reader, draws=20)


def test_sets_of_any_name_are_measured_by_what_they_carry(report: dict) -> None:
    assert set(report["sets"]) == {"shop", "points", "tweets", "feelings", "aspects"}
    shop = report["sets"]["shop"]["score"]["metrics"]
    assert shop["r"]["value"] > 0.8
    assert shop["r"]["low"] <= shop["r"]["value"] <= shop["r"]["high"]
    assert shop["stars_within_one"]["value"] > 0.7
    assert report["sets"]["points"]["score"]["metrics"]["r"]["value"] > 0.8
    assert report["sets"]["tweets"]["sentiment"]["metrics"]["auc_positive_negative"]["value"] > 0.95
    assert report["sets"]["aspects"]["touchpoint"]["metrics"]["polarity_accuracy"]["value"] > 0.6
    assert report["pooled"]["n"] == 64


def test_the_report_is_strict_json(report: dict) -> None:
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_baselines_say_what_they_lack(report: dict) -> None:
    assert "no train rows" in report["sets"]["shop"]["score"]["baselines"]["note"]


def test_baselines_learn_from_train_rows(tiny_corpus: Path, reader: Reader) -> None:
    found = evaluate(tiny_corpus / "score", "dev", reader=reader, draws=5)["sets"]["ru_otzovik_bank"]["score"]
    assert found["baselines"]["tfidf_ridge"]["r"] > 0.9
    assert found["baselines"]["constant"]["r"] is None


def test_limit_takes_a_part(tiny_corpus: Path, reader: Reader) -> None:
    found = evaluate(tiny_corpus / "sentiment", reader=reader, draws=5, limit=10, baselines=False)
    assert {report["n"] for report in found["sets"].values()} == {10}


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="name the folder"):
        evaluate(tmp_path)


def test_the_card_shows_the_measured_figures_and_every_set() -> None:
    measured = json.loads((WEIGHTS / "metrics.json").read_text())
    notes = json.loads((WEIGHTS / "notes.json").read_text())
    card = (WEIGHTS / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card == render(measured, notes)
    assert all(source.name in card for source in SOURCES)
    assert "$" not in Template(card).safe_substitute()


def test_the_card_is_of_the_shipped_weights(reader: Reader) -> None:
    measured = json.loads((WEIGHTS / "metrics.json").read_text())
    assert measured["dev"]["model"] == reader.model
    assert (WEIGHTS / "model.safetensors").stat().st_size <= 80 * 2**20


def test_figures_are_shown_with_intervals() -> None:
    assert figure({"r": {"value": 0.5, "low": 0.4, "high": 0.61}}, "r") == "0.500 [0.400, 0.610]"
    assert figure({"r": {"value": None, "low": None, "high": None}}, "r") == "-"
    assert figure({}, "r") == "-"
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
