"""Doors: our encoder in sentence-transformers and transformers, other people's classifiers in our reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from safetensors.torch import load_file
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from models import doors
from models.doors import DoorError, export_encoder, open_reader, version_of
from models.doors_in import score_ranges
from models.reader import TOKENIZER, WEIGHTS, Reader
from tests.models.conftest import BAD, GOOD

TEXTS = [*GOOD.values(), *BAD.values(), "ok 👍", "  Kvalita  klesla,\tcena ne. ", "ПЛОХО!!!"]
STARS = [f"{n} star{'s' if n > 1 else ''}" for n in range(1, 6)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("door") / "encoder"
    export_encoder(folder)
    return folder


def test_the_encoder_is_a_sentence_transformer(encoder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder), device="cpu", local_files_only=True)
    found = model.encode(TEXTS)
    expected = Reader(precision="fp32", threads=1).read(TEXTS).embedding
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-3
    assert (found * expected).sum(1).min() > 1 - 1e-3


def test_the_encoder_loads_in_transformers(encoder: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(encoder), local_files_only=True)
    model = AutoModel.from_pretrained(str(encoder), local_files_only=True, add_pooling_layer=False)
    assert model.config.sayso_version == version_of()
    batch = tokenizer([f"query: {GOOD['lv']}"], return_tensors="pt", return_token_type_ids=False)
    with torch.inference_mode():
        mean = model(**batch).last_hidden_state.mean(1)
    expected = Reader(precision="fp32", threads=1).read([GOOD["lv"]]).embedding
    assert torch.nn.functional.cosine_similarity(mean, torch.from_numpy(expected)).item() > 0.999


def test_a_folder_that_holds_something_is_not_written(encoder: Path) -> None:
    before = sorted(encoder.iterdir())
    with pytest.raises(DoorError, match="not empty"):
        export_encoder(encoder)
    assert sorted(encoder.iterdir()) == before


def saved(folder: Path, labels: list[str], kind: str = "bert", **more: Any) -> Path:
    """A tiny random classifier with our tokenizer, as transformers saves it."""
    torch.manual_seed(4)
    sizes: dict[str, Any] = {
        "vocab_size": 146_326, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32, "pad_token_id": 1, "id2label": dict(enumerate(labels)), **more,
    }  # fmt: skip
    if kind == "bert":
        BertForSequenceClassification(BertConfig(**sizes)).save_pretrained(folder)
    else:
        config = XLMRobertaConfig(type_vocab_size=1, max_position_embeddings=40, **sizes)
        XLMRobertaForSequenceClassification(config).save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(WEIGHTS / TOKENIZER), pad_token="\n<pad>", unk_token="\n<unk>"
    )
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("bert", STARS),
        ("xlm", ["negative", "neutral", "positive"]),
        ("xlm", ["LABEL_0", "LABEL_1", "LABEL_2"]),
    ],
)
def test_a_borrowed_model_gives_the_score_and_ours_the_rest(
    tmp_path: Path, kind: str, labels: list[str], reader: Reader
) -> None:
    borrowed = open_reader(saved(tmp_path, labels, kind), threads=1)
    texts = [GOOD["en"], BAD["ru"], GOOD["en"], "", "Labs. " * 300]
    found, own = borrowed.read(texts), reader.read(texts)
    assert borrowed.model == found.model == version_of(tmp_path)
    assert found.model.startswith("hf-")
    assert found.model.endswith(own.model)
    assert found.scores.shape == (5, 11)
    assert np.allclose(found.scores.sum(1), 1, atol=1e-5)
    assert np.allclose(found.score, found.scores @ np.arange(11), atol=1e-4)
    assert np.allclose(found.p_detractor + found.p_passive + found.p_promoter, 1, atol=1e-5)
    assert np.array_equal(found.scores[0], found.scores[2])
    assert not np.allclose(found.scores, own.scores, atol=0.01)
    assert np.array_equal(found.emotions, own.emotions)
    assert found.lang == own.lang
    assert found.abstain[3]
    assert np.allclose(found.scores[3], 1 / 11)


def test_scores_follow_the_classifier(tmp_path: Path) -> None:
    folder = saved(tmp_path, STARS)
    weights = load_file(str(folder / "model.safetensors"))
    weights["classifier.weight"].zero_()
    weights["classifier.bias"].copy_(torch.tensor([-50.0, -50, -50, -50, 50]))
    from safetensors.torch import save_file

    save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})
    found = open_reader(folder, threads=1).read([BAD["en"]])
    assert np.allclose(found.scores[0, 9:], 0.5)
    assert found.p_promoter[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("labels", "means"),
    [
        (STARS, [1, 3.5, 5.5, 7.5, 9.5]),
        (STARS[::-1], [9.5, 7.5, 5.5, 3.5, 1]),
        (["1", "2", "3", "4", "5"], [1, 3.5, 5.5, 7.5, 9.5]),
        (["Negative", "Neutral", "Positive"], [2, 6, 9]),
        (["POS", "NEG"], [9, 2]),
        (["LABEL_0", "LABEL_1"], [2, 9]),
        (["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"], [1, 3.5, 5.5, 7.5, 9.5]),
        (["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"], [1, 3.5, 5.5, 7.5, 9.5]),
    ],
)
def test_labels_as_scores(labels: list[str], means: list[float]) -> None:
    assert [sum(scores) / len(scores) for scores in score_ranges(labels)] == means


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_labels_are_mapped_or_refused(labels: list[str]) -> None:
    try:
        found = score_ranges(labels)
    except DoorError as error:
        assert "id2label" in str(error)
    else:
        assert len(found) == len(labels)
        assert all(scores and set(scores) <= set(range(11)) for scores in found)


def _edit(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_cannot_be_borrowed_is_named(tmp_path: Path) -> None:
    folder = saved(tmp_path, ["spam", "ham"])
    with pytest.raises(DoorError, match="neither sentiments nor stars"):
        open_reader(folder)
    _edit(folder, auto_map={"AutoModel": "evil.Model"})
    with pytest.raises(DoorError, match="code of its own"):
        open_reader(folder)
    saved(folder, STARS, problem_type="multi_label_classification")
    with pytest.raises(DoorError, match="multi_label"):
        open_reader(folder)
    saved(folder, STARS)
    _edit(folder, architectures=["BertModel"])
    with pytest.raises(DoorError, match="not a sequence classifier"):
        open_reader(folder)
    saved(folder, STARS)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(DoorError, match="cannot be loaded"):
        open_reader(folder)
    weights.rename(folder / "pytorch_model.bin")
    with pytest.raises(DoorError, match="never opened"):
        open_reader(folder)
    (folder / "config.json").write_text("[1]")
    with pytest.raises(DoorError, match="not an object"):
        open_reader(folder)


def test_our_own_folder_is_ours(reader: Reader) -> None:
    assert type(open_reader(WEIGHTS, threads=1)) is Reader
    assert version_of(WEIGHTS) == version_of() == reader.model == doors.version_of(None)
