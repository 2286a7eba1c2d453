"""The network is the BERT it claims to be, and its weights survive storage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from models import checkpoint
from models.checkpoint import Description, WeightsError
from models.network import Architecture, Network
from models.training.encoder import BLOCK, dequantise, usable_piece
from models.training.train import fresh_network


def as_bert(network: Network) -> BertModel:
    """The same weights in the reference implementation."""
    shape = network.shape
    bert = BertModel(
        BertConfig(
            vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
            num_attention_heads=shape.attention_heads, intermediate_size=shape.inner, type_vocab_size=1,
            max_position_embeddings=shape.positions, layer_norm_eps=shape.eps,
        ),
        add_pooling_layer=False,
    )  # fmt: skip
    ours = network.embeddings
    state = {
        "embeddings.word_embeddings.weight": ours.words(torch.arange(shape.vocabulary)),
        "embeddings.position_embeddings.weight": ours.positions,
        "embeddings.token_type_embeddings.weight": ours.kind.unsqueeze(0),
        "embeddings.LayerNorm.weight": ours.norm.weight,
        "embeddings.LayerNorm.bias": ours.norm.bias,
    }
    names = {
        "attention_out": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
        "inner": "intermediate.dense", "outer": "output.dense", "outer_norm": "output.LayerNorm",
    }  # fmt: skip
    for place, layer in enumerate(network.layers):
        for kind in ("weight", "bias"):
            for name, part in zip(
                ("query", "key", "value"), getattr(layer.attention, kind).chunk(3), strict=True
            ):
                state[f"encoder.layer.{place}.attention.self.{name}.{kind}"] = part
            for mine, theirs in names.items():
                state[f"encoder.layer.{place}.{theirs}.{kind}"] = getattr(getattr(layer, mine), kind)
    bert.load_state_dict(state, strict=False)
    return bert.eval()


@torch.no_grad()
def test_states_agree_with_the_reference_bert_whatever_the_padding(tiny_base: Path) -> None:
    network = fresh_network(tiny_base, 5).eval()
    ids = torch.randint(4, network.shape.vocabulary, (3, 17), generator=torch.Generator().manual_seed(1))
    mask = torch.arange(17) < torch.tensor([[17], [9], [3]])
    expected = as_bert(network)(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    assert torch.allclose(network.encode(ids, mask)[mask], expected[mask], atol=1e-4)


@torch.no_grad()
def test_pooling_ignores_padding(tiny_base: Path) -> None:
    network = fresh_network(tiny_base, 5).eval()
    states, mask = torch.randn(2, 6, network.shape.hidden), torch.arange(6) < torch.tensor([[6], [2]])
    pooled = network.pool(states, mask)
    changed = states.clone()
    changed[1, 2:] = 99.0
    assert torch.allclose(pooled, network.pool(changed, mask))
    assert torch.allclose(pooled[1, : network.shape.hidden], states[1, :2].mean(0), atol=1e-6)


def test_four_bit_blocks_unpack_as_documented() -> None:
    scale = np.array([0.5], dtype="<f2").view(np.uint8)
    nibbles = np.arange(16, dtype=np.uint8) | (np.uint8(15) << 4)
    values = dequantise(np.concatenate([scale, nibbles])[None, :], BLOCK)[0]
    assert np.allclose(values[:16], (np.arange(16) - 8) * 0.5)
    assert np.allclose(values[16:], 3.5)


@pytest.mark.parametrize("piece", ["▁labs", "ļoti", "Š", "ё", "😀", "▁€5", "…", "ß", "№", "👍🏽"])
def test_pieces_of_our_scripts_stay(piece: str) -> None:
    assert usable_piece(piece)


@pytest.mark.parametrize("piece", ["", "中", "ا", "▁한국", "ไทย", "हिन्दी", "ב", "あ"])
def test_pieces_of_other_scripts_go(piece: str) -> None:
    assert not usable_piece(piece)


@pytest.mark.parametrize(("storage", "error"), [("int8", 0.005), ("fp16", 0.0006)])
def test_stored_weights_come_back(
    tiny_base: Path, tmp_path: Path, storage: checkpoint.Storage, error: float
) -> None:
    network = fresh_network(tiny_base, 5)
    path = tmp_path / "model.safetensors"
    checkpoint.save(
        path, network, Description(network.shape, checkpoint.Calibration(), touchpoints=("x",)), storage
    )
    loaded, description = checkpoint.load(path)
    assert description.architecture == network.shape
    assert description.touchpoints == ("x",)
    for name, tensor in network.state_dict().items():
        back = loaded.state_dict()[name]
        assert back.shape == tensor.shape
        largest = float(tensor.float().abs().max())
        assert float((back.float() - tensor.float()).abs().max()) <= error * max(largest, 1e-9)


def test_damaged_missing_and_foreign_weights_are_named_errors(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    with pytest.raises(WeightsError, match="no weights"):
        checkpoint.load(path)
    path.write_bytes(b"\x80\x04pickle")
    with pytest.raises(WeightsError, match="not a whole safetensors"):
        checkpoint.load(path)
    save_file({"x": torch.zeros(2)}, path)
    with pytest.raises(WeightsError, match="not a sayso weights file"):
        checkpoint.load(path)


def test_tensors_that_do_not_fit_the_header_are_an_error(tiny_base: Path, tmp_path: Path) -> None:
    network = fresh_network(tiny_base, 5)
    path = tmp_path / "model.safetensors"
    wrong = Architecture(**{**network.shape.__dict__, "hidden": 192})
    checkpoint.save(path, network, Description(wrong, checkpoint.Calibration()), "int8")
    with pytest.raises(WeightsError, match="do not fit"):
        checkpoint.load(path)


def test_equal_files_have_equal_versions(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    first, second, third = (checkpoint.version(tmp_path / name) for name in "abc")
    assert first == second != third


@pytest.mark.long
def test_the_converted_encoder_agrees_with_the_published_one(shared: Path, tmp_path: Path) -> None:
    import json

    from tokenizers import Tokenizer

    from models.training.encoder import EncoderSourceError, convert, installed_source

    try:
        source = installed_source()
    except EncoderSourceError as missing:
        pytest.skip(str(missing))
    convert(source, tmp_path)
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    network = fresh_network(tmp_path, 0).eval()
    assert load_file(tmp_path / "encoder.safetensors")["embeddings.words.scales"].shape[0] > 140_000
    for case in json.loads((shared / "models" / "e5-small-oracle.json").read_text()):
        ids = torch.tensor([tokenizer.encode(case["text"]).ids])
        assert ids.shape[1] == len(case["ids"])
        with torch.no_grad():
            mean = network.encode(ids, torch.ones_like(ids, dtype=torch.bool)).mean(1)[0]
        assert float(torch.cosine_similarity(mean, torch.tensor(case["embedding"]), dim=0)) > 0.999
