"""Training end to end on a tiny encoder: it learns, resumes, exports and is calibrated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from models.checkpoint import load
from models.reader import Reader
from models.training.batches import Stream
from models.training.calibrate import calibrate
from models.training.corpora import training_cells
from models.training.evaluate import evaluate
from models.training.export import export
from models.training.train import Config, batch_losses, fresh_network, from_nothing, train

CONFIG = Config(
    minutes=5, tokens=60_000, batch_tokens=400, max_length=96, encoder_rate=2e-3, head_rate=1e-2, bf16=False
)


pytestmark = pytest.mark.usefixtures("without_own_voices")


@pytest.fixture(scope="module")
def trained(
    tiny_corpus: Path, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory, without_own_voices: None
) -> Path:
    out = tmp_path_factory.mktemp("run")
    train(tiny_corpus, tiny_base, out, CONFIG)
    return out


def test_a_trained_reader_tells_good_from_bad_and_reports_where_it_came_from(
    trained: Path, tiny_corpus: Path, tiny_base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "weights"
    export(trained, tiny_base, out)
    reader = Reader(out, threads=1, precision="fp32")
    report = evaluate(tiny_corpus, "dev", reader=reader, draws=10, baselines=False)
    assert report["sets"]["ru_otzovik_bank"]["score"]["metrics"]["r"]["value"] > 0.5
    readings = reader.read(
        ["Great service and quick delivery, I love it 4", "Ужасный сервис, хамство, никогда больше 4"]
    )
    assert readings.score[0] > readings.score[1] + 0.5
    assert readings.emotions[0, 0] > readings.emotions[1, 0]
    found = calibrate(reader, tiny_corpus)
    assert 0 < found.score_temperature < 2.6
    assert len(found.score_offset) == 11
    assert abs(sum(found.score_offset)) < 1e-2
    assert len(found.thresholds["footprint"]) == 12
    provenance = json.loads((trained / "provenance.json").read_text())
    assert set(provenance["data_sha256"]) == {
        "nps_bt_verbatim", "ru_otzovik_bank", "lv_ltec", "goemotions", "cedr", "m_absa", "maide_up",
        "own_phrases",
    }  # fmt: skip
    assert load(out / "model.safetensors")[1].trained["config"]["seed"] == CONFIG.seed


def test_a_killed_run_continues_where_its_checkpoint_was(
    tiny_corpus: Path, tiny_base: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    train(tiny_corpus, tiny_base, run, replace(CONFIG, tokens=6000))
    before = json.loads((run / "state.json").read_text())
    train(tiny_corpus, tiny_base, run, replace(CONFIG, tokens=12000))
    after = json.loads((run / "state.json").read_text())
    assert before["progress"]["tokens"] < after["progress"]["tokens"]
    assert after["drawn"] > before["drawn"]


def test_from_nothing_to_calibrated_weights(tiny_corpus: Path, tiny_base: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, tokens=3000, policy="open")
    from_nothing(tiny_corpus, tiny_base, tmp_path / "run", tmp_path / "weights", config)
    description = load(tmp_path / "weights" / "model.safetensors")[1]
    assert description.trained["config"]["policy"] == "open"
    assert set(description.trained["data_sha256"]) == {
        "nps_bt_verbatim", "lv_ltec", "goemotions", "maide_up", "own_phrases",
    }  # fmt: skip
    assert len(description.calibration.emotion_slope) == 12
    assert description.calibration.generated is None


def test_equal_seeds_give_equal_weights(tiny_corpus: Path, tiny_base: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, tokens=3000)
    first, second = (train(tiny_corpus, tiny_base, tmp_path / name, config).state_dict() for name in "ab")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_embeddings_stay_as_they_came(trained: Path, tiny_base: Path) -> None:
    from safetensors.torch import load_file

    before, after = load_file(tiny_base / "encoder.safetensors"), load_file(trained / "network.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("embeddings."))
    assert not torch.equal(before["layers.0.inner.weight"], after["layers.0.inner.weight"])


def test_every_task_of_a_batch_has_a_finite_loss(tiny_corpus: Path, tiny_base: Path) -> None:
    stream = Stream(
        training_cells(tiny_corpus), Tokenizer.from_file(str(tiny_base / "tokenizer.json")), 1, 96, 3000
    )
    network = fresh_network(tiny_base, 1)
    batches = next(stream.pools())
    losses = {k: v for b in batches for k, v in batch_losses(network(b.ids, b.mask), b, CONFIG).items()}
    assert {"score", "touch", "generated", "goemotions28", "cedr5"} <= set(losses)
    assert all(np.isfinite(float(loss.detach())) for loss in losses.values())


def test_draws_follow_the_shares_and_see_every_row_before_any_twice(
    tiny_corpus: Path, tiny_base: Path
) -> None:
    cells = training_cells(tiny_corpus)
    stream = Stream(cells, Tokenizer.from_file(str(tiny_base / "tokenizer.json")), 1, 96, 3000)
    batches = next(stream.pools())
    drawn = sum(len(batch.ids) for batch in batches)
    assert abs(drawn - 2048) <= len(cells)
    turns = [stream._turn(0, place) for place in range(len(cells[0].rows))]
    assert sorted(turns) == list(range(len(cells[0].rows)))
