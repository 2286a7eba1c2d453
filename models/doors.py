"""Doors to the rest of the world: our encoder for other libraries, other people's models for our reader.

`export_encoder` writes a folder that `SentenceTransformer(folder)` and `AutoModel.from_pretrained(folder)`
load. `open_reader` takes a folder of our weights, or of a Hugging Face classifier of sentiment or stars.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import ModelError
from models.reader import FILE, TOKENIZER, WEIGHTS, Reader
from models.texts import PREFIX

if TYPE_CHECKING:
    from torch import Tensor

    from models.network import Architecture, Network

PARTS = {
    "attention_out": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "outer_norm": "output.LayerNorm",
}
"""Parts of a layer by what BERT calls them; the joint projection is three there."""
_MODULES = "sentence_transformers.models"


class DoorError(ModelError):
    """A folder that cannot be written, or a model that cannot be taken for a reader."""


def open_reader(
    folder: str | os.PathLike[str] | None = None, *, threads: int | None = None, precision: str | None = None
) -> Reader:
    """A reader with the weights in `folder`: ours, or any Hugging Face classifier of sentiment or stars.

    With the latter our reader says everything but the score, and that model the score. Only safetensors
    are read; nothing is executed or fetched. Raises DoorError for a folder of neither kind.
    """
    if folder is None or not (Path(folder) / "config.json").exists():
        return Reader(folder, threads=threads, precision=precision)
    from models.doors_in import BorrowedReader

    return BorrowedReader(Path(folder), threads=threads, precision=precision)


def version_of(folder: Path | None = None) -> str:
    """The model version that `open_reader` would give, without loading anything.

    For a borrowed score: `hf-`, the first 12 hex of a SHA-256 over config and weights, `+` and our version.
    """
    from models.checkpoint import version

    if folder is None or not (folder / "config.json").exists():
        return version((folder or WEIGHTS) / FILE)
    digest = hashlib.sha256()
    for path in [folder / "config.json", *sorted(folder.glob("*.safetensors"))]:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"hf-{digest.hexdigest()[:12]}+{version(WEIGHTS / FILE)}"


def export_encoder(out: Path, folder: Path | None = None) -> None:
    """Write the encoder of the weights in `folder` (default: those shipped) into the new folder `out`.

    In float32, as sentence-transformers and transformers load it. Its embedding is that of `Readings` for
    every text of at most one window; longer ones are cut there, where the reader goes on. Raises DoorError
    if the folder holds something.
    """
    from safetensors.torch import save_file

    from models import checkpoint

    if out.exists() and any(out.iterdir()):
        raise DoorError(f"{out} is not empty; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    weights = folder or WEIGHTS
    network, description = checkpoint.load(weights / FILE)
    save_file(bert_tensors(network), str(out / "model.safetensors"), metadata={"format": "pt"})
    shutil.copyfile(weights / TOKENIZER, out / "tokenizer.json")
    files = _settings(network.shape, description.window, checkpoint.version(weights / FILE))
    for name, said in files.items():
        path = out / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def bert_tensors(network: Network) -> dict[str, Tensor]:
    """The encoder's tensors under the names of transformers' BertModel, float32, without a pooler."""
    import torch

    words = network.embeddings.words
    every = torch.arange(len(words.scales))[None]
    tensors = {
        "embeddings.word_embeddings.weight": words(every)[0],
        "embeddings.position_embeddings.weight": network.embeddings.positions,
        "embeddings.token_type_embeddings.weight": network.embeddings.kind[None],
        "embeddings.LayerNorm.weight": network.embeddings.norm.weight,
        "embeddings.LayerNorm.bias": network.embeddings.norm.bias,
    }
    for name, tensor in network.layers.state_dict().items():
        number, part, kind = name.split(".")
        layer = f"encoder.layer.{number}"
        if part == "attention":
            for piece, own in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                tensors[f"{layer}.attention.self.{piece}.{kind}"] = own
        else:
            tensors[f"{layer}.{PARTS[part]}.{kind}"] = tensor
    return {name: tensor.detach().float().clone().contiguous() for name, tensor in tensors.items()}


def _settings(shape: Architecture, window: int, version: str) -> dict[str, dict[str, Any] | list[Any]]:
    """The small files beside the weights, by name."""
    parts = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Normalize", "Normalize")]
    return {
        "config.json": _bert_config(shape) | {"sayso_version": version},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": window,
            "pad_token": "\n<pad>",
            "unk_token": "\n<unk>",
        },
        "modules.json": [
            {"idx": int(idx), "name": idx, "path": path, "type": f"{_MODULES}.{kind}"}
            for idx, path, kind in parts
        ],
        "sentence_bert_config.json": {
            "max_seq_length": window,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
            "include_prompt": True,
        },
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {
            "prompts": {"query": PREFIX},
            "default_prompt_name": "query",
            "similarity_fn_name": "cosine",
        },
    }


def _bert_config(shape: Architecture) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.attention_heads,
        "intermediate_size": shape.inner,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": 1,
        "hidden_act": "gelu",
        "layer_norm_eps": shape.eps,
        "pad_token_id": 1,
    }
