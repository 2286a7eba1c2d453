"""The shipped weights: one safetensors file, self-describing, packed small.

Word vectors stay in the 4 bits they came in. Matrices of the layers are stored as int8 with one scale a
row, or in half precision; norms, biases and heads in half or full precision. What a reader needs beside
tensors (sizes, windows, calibration) is JSON in the header under the key `sayso`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from models.errors import ModelError
from models.lexicon import Lexicon
from models.network import Architecture, Network

FORMAT = 1
SCALE = ".row_scale"
LEXICON = "lexicon."
Storage = Literal["int8", "fp16"]


class WeightsError(ModelError):
    """The weights are missing, damaged or of another kind."""


@dataclass(frozen=True)
class Calibration:
    """What turns logits into probabilities; fitted on dev rows, never on test rows."""

    score_temperature: float = 1.0
    score_offset: list[float] = field(default_factory=list)
    """Added to the eleven logits of the score after the temperature; none: zeros."""
    emotion_slope: list[float] = field(default_factory=list)
    emotion_offset: list[float] = field(default_factory=list)
    generated: list[float] | None = None
    """Slope and offset; None where the head was not found fit to be shown."""
    lexicon: float = 0.0
    """How much a point of the lexicon tilts the logits of the score, per score above or below 5."""
    stances: dict[str, float] = field(default_factory=dict)
    """Temperature by question (advocacy, leaving, speaker, effort); one that is not here is not shown."""
    certain: float = 0.5
    """A reading whose likeliest class (detractor, passive, promoter) is under this is uncertain."""
    thresholds: dict[str, list[float]] = field(default_factory=dict)
    """By head: the probability from which a label counts as present."""


@dataclass(frozen=True)
class Description:
    """What the header of a weights file says."""

    architecture: Architecture
    calibration: Calibration
    window: int = 128
    touchpoints: tuple[str, ...] = ()
    trained: dict[str, Any] = field(default_factory=dict)


def pack(tensors: dict[str, Tensor], storage: Storage) -> dict[str, Tensor]:
    """Tensors as they are stored; layer matrices are quantised per row or halved."""
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.startswith("layers.") and tensor.ndim == 2 and storage == "int8":
            scale = tensor.abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
            packed[name] = (tensor / scale).round().clamp(-127, 127).to(torch.int8)
            packed[name + SCALE] = scale.squeeze(1).to(torch.float32)
        elif tensor.is_floating_point() and tensor.ndim == 2:
            packed[name] = tensor.to(torch.float16)
        else:
            packed[name] = tensor
    return {name: tensor.contiguous() for name, tensor in packed.items()}


def unpack(packed: dict[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of `pack`: float32, except the packed word vectors."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in packed.items():
        if name.endswith(SCALE):
            continue
        if name.startswith("embeddings.words."):
            tensors[name] = tensor
        elif tensor.dtype == torch.int8:
            tensors[name] = tensor.to(torch.float32) * packed[name + SCALE].unsqueeze(1)
        else:
            tensors[name] = tensor.to(torch.float32)
    return tensors


def save(
    path: Path,
    network: Network,
    description: Description,
    storage: Storage,
    lexicon: Lexicon | None = None,
) -> None:
    """Write the weights file."""
    header = {"sayso": json.dumps({"format": FORMAT, **asdict(description)}), "format": "pt"}
    part = path.with_suffix(".part")
    words = {} if lexicon is None else packed_lexicon(lexicon)
    save_file(pack(network.state_dict(), storage) | words, str(part), metadata=header)
    part.replace(path)


def packed_lexicon(lexicon: Lexicon) -> dict[str, Tensor]:
    """The lexicon in half precision."""
    arrays = {"rarity": lexicon.rarity, "weight": lexicon.weight}
    return {LEXICON + name: torch.from_numpy(array).half() for name, array in arrays.items()}


def load_lexicon(path: Path) -> Lexicon | None:
    """The lexicon of a weights file, None if it has none."""
    with safe_open(str(path), "pt") as file:
        names = [name for name in sorted(file.keys()) if name.startswith(LEXICON)]
        found = {name.removeprefix(LEXICON): file.get_tensor(name).float().numpy() for name in names}
    return Lexicon(**found) if found else None


def load(path: Path) -> tuple[Network, Description]:
    """Read a weights file: safetensors only, nothing is executed, nothing is fetched."""
    if not path.exists():
        raise WeightsError(f"no weights at {path}; `git checkout` models/weights, or train them: make train")
    try:
        with safe_open(str(path), "pt") as file:
            header, packed = (
                file.metadata() or {},
                {n: file.get_tensor(n) for n in sorted(file.keys()) if not n.startswith(LEXICON)},
            )
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is not a whole safetensors file: {error}; fetch it again") from error
    description = _described(path, header)
    with torch.device("meta"):
        network = Network(description.architecture)
    try:
        network.load_state_dict(unpack(packed), assign=True)
    except RuntimeError as error:
        raise WeightsError(f"{path}: tensors do not fit the header: {error}") from error
    return network, description


def _described(path: Path, header: dict[str, str]) -> Description:
    try:
        said = json.loads(header["sayso"])
        if said.pop("format") != FORMAT:
            raise WeightsError(f"{path}: another format of weights; update sayso or train again")
        said["architecture"] = Architecture(**said["architecture"])
        said["calibration"] = Calibration(**said["calibration"])
        said["touchpoints"] = tuple(said["touchpoints"])
        return Description(**said)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path} is not a sayso weights file: {error!r}") from error


def version(path: Path) -> str:
    """The model version: `sayso-` and the first 12 hex of the file's SHA-256."""
    with path.open("rb") as file:
        return f"sayso-{hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"


def storage_of(path: Path) -> str:
    """How the layers are stored: int8 or fp16."""
    with safe_open(str(path), "pt") as file:
        return "int8" if any(name.endswith(SCALE) for name in sorted(file.keys())) else "fp16"
