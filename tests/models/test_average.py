"""The mean of checkpoints: between its parts, whole where a part is new, and refused where shares do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.training.average import average, mean


def test_the_mean_lies_between_and_new_parts_stay_whole() -> None:
    first = {"layer": torch.tensor([0.0, 4.0]), "ids": torch.tensor([1]), "head": torch.zeros(2)}
    last = {
        "layer": torch.tensor([2.0, 0.0]),
        "ids": torch.tensor([7]),
        "head": torch.ones(3),
        "new": torch.ones(1),
    }
    found = mean([first, last], [0.25, 0.75])
    assert found["layer"].tolist() == [1.5, 1.0]
    assert found["ids"].tolist() == [7]
    assert found["head"].tolist() == [1.0, 1.0, 1.0]
    assert found["new"].tolist() == [1.0]


def test_half_precision_stays_half() -> None:
    halves = [{"w": torch.full((3,), value, dtype=torch.float16)} for value in (1.0, 2.0)]
    found = mean(halves, [0.5, 0.5])["w"]
    assert found.dtype == torch.float16 and found.tolist() == [1.5] * 3


@pytest.mark.parametrize("shares", [[1.0], [0.7, 0.7], [1.5, -0.5], []])
def test_shares_that_do_not_fit_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="sum to one"):
        mean([{"w": torch.ones(1)}] * 2, shares)


def test_an_averaged_run_says_where_it_comes_from(tmp_path: Path) -> None:
    for name, value in (("a", 1.0), ("b", 3.0)):
        (tmp_path / name).mkdir()
        save_file({"w": torch.full((2,), value)}, str(tmp_path / name / "network.safetensors"))
        (tmp_path / name / "provenance.json").write_text(json.dumps({"config": {"seed": name}}))
        (tmp_path / name / "state.json").write_text(json.dumps({"progress": {"steps": int(value)}}))
    average([tmp_path / "a", tmp_path / "b"], [0.5, 0.5], tmp_path / "mean")
    assert load_file(str(tmp_path / "mean" / "network.safetensors"))["w"].tolist() == [2.0, 2.0]
    provenance = json.loads((tmp_path / "mean" / "provenance.json").read_text())
    assert [part["progress"]["steps"] for part in provenance["averaged"]] == [1, 3]
