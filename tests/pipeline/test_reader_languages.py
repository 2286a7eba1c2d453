"""In which languages the reader was measured, from the metrics beside its weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.reader_languages import measured_languages


def test_the_metrics_say_it(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"languages": {"cs": "score", "lv": "sentiment"}}))
    assert measured_languages(path) == {"cs": "score", "lv": "sentiment"}


def test_without_metrics_nothing_was_measured(tmp_path: Path) -> None:
    assert measured_languages(tmp_path / "none.json") == {}


@pytest.mark.parametrize("text", ["[", "[]", '{"languages": 3}'])
def test_metrics_of_another_form_are_a_named_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(InputError, match="documented form"):
        measured_languages(path)
