"""The layers in 8-bit integers: weights as they are stored, activations on fixed scales.

For processors that multiply bytes (AVX512-VNNI). Every input of a matrix product has one scale and centre
a channel, measured once over texts in many languages and kept beside the weights, so that what a text is
read as never depends on the texts read with it. Scales move from activations to weights where activations
are uneven (SmoothQuant, Xiao et al. 2023); centres go into the bias. Sums, norms and the residual stream
stay in float32, attention in bfloat16 where the processor has it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from models.errors import ModelError
from models.network import Layer, Network

RANGES = "ranges.safetensors"
"""Beside the weights."""
PARTS = ("attention", "attention_out", "inner", "outer")
"""The matrix products of a layer."""
SMOOTHING = 0.65
"""Share of the unevenness between channels that goes from the activations to the weights; found on texts
of eight languages: 0.5 and 0.8 agree less with float32."""
SLOW = 0.02
"""Seconds of work that a product of 16 x 256 x 256 takes only in the reference implementation (over 0.1)."""
ZERO = 128
"""The byte that stands for 0."""
LEAST = 1e-6
GELU_FLOOR = 0.17
"""The gelu is never under -0.17."""
APART = 32
"""Channels after the gelu that stay in floating point."""


def save_ranges(path: Path, ranges: dict[str, Tensor], weights: str) -> None:
    """Write the ranges of `observe`, and the version of the weights that they belong to."""
    save_file({name: both.half() for name, both in ranges.items()}, str(path), metadata={"weights": weights})


def load_ranges(path: Path, weights: str) -> dict[str, Tensor]:
    """The ranges of a file, none if it is not there or belongs to other weights. Raises RangesError."""
    if not path.exists():
        return {}
    try:
        with safe_open(str(path), "pt") as file:
            if (file.metadata() or {}).get("weights") != weights:
                return {}
            return {name: file.get_tensor(name).float() for name in sorted(file.keys())}
    except (SafetensorError, OSError) as error:
        raise RangesError(f"{path} is damaged: {error}; fetch it again, or delete it") from error


@cache
def supported() -> bool:
    """Whether a product of bytes is there, is exact and is not the slow reference: tried, in milliseconds."""
    if not hasattr(torch.ops.onednn, "qlinear_pointwise") or not torch._C._has_mkldnn:
        return False
    rows, size = 16, 256
    x = torch.full((rows, size), 255, dtype=torch.uint8)
    weight = torch.full((size, size), 127.0)
    packed = Packed.of(weight, torch.zeros(size))
    exact = bool(torch.allclose(packed.times(x, 0, torch.float32), 255.0 * weight.sum(1), rtol=1e-5))
    begun = time.thread_time()
    packed.times(x, 0, torch.float32)
    return exact and time.thread_time() - begun < SLOW


class RangesError(ModelError):
    """The file of ranges beside the weights is damaged."""


@dataclass(frozen=True)
class Packed:
    """A matrix (out, in) as oneDNN wants it, one scale a row, and its bias in float32."""

    weight: Tensor
    scale: Tensor
    zeros: Tensor
    bias: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor) -> Packed:
        scale = weight.abs().amax(1).clamp(min=1e-12) / 127
        rounded = (weight / scale[:, None]).round().clamp(-127, 127).to(torch.int8)
        packed = torch.ops.onednn.qlinear_prepack(rounded, None)
        return cls(packed, scale, torch.zeros(len(scale), dtype=torch.int32), bias.clone())

    def times(self, x: Tensor, zero: int, dtype: torch.dtype) -> Tensor:
        """x (n, in) in uint8, `zero` standing for 0 -> (n, out) in float32 or bfloat16."""
        result: Tensor = torch.ops.onednn.qlinear_pointwise(
            x, 1.0, zero, self.weight, self.scale, self.zeros, self.bias, 1.0, 0, dtype, "none", [], ""
        )
        return result

    def times_gelu(self, x: Tensor, zero: int, step: float, out_zero: int) -> Tensor:
        """The gelu of the product, in uint8 with `out_zero` standing for 0 and `step` for 1."""
        result: Tensor = torch.ops.onednn.qlinear_pointwise(
            x, 1.0, zero, self.weight, self.scale, self.zeros, self.bias, step, out_zero, torch.uint8,
            "gelu", [], "none",
        )  # fmt: skip
        return result


class Product:
    """A linear layer over inputs (n, in) whose channels lie between `low` and `high`."""

    def __init__(self, linear: nn.Linear, low: Tensor, high: Tensor) -> None:
        centre, half = (low + high) / 2, ((high - low) / 2).clamp(min=LEAST)
        uneven = half**SMOOTHING / linear.weight.abs().amax(0).clamp(min=LEAST) ** (1 - SMOOTHING)
        step = uneven * (half / uneven).amax() / 127
        self.packed = Packed.of(linear.weight * step, linear.bias + linear.weight @ centre)
        self.factor = 1 / step
        self.offset = ZERO + 0.5 - centre / step

    def __call__(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        return self.packed.times(self.rounded(x), ZERO, dtype)

    def rounded(self, x: Tensor) -> Tensor:
        """x in uint8; what lies outside the measured range is cut."""
        return torch.addcmul(self.offset, x, self.factor).clamp_(0, 255).to(torch.uint8)


class Int8Layer:
    """A layer of the network over tokens (t, d), d hidden, in float32."""

    def __init__(self, layer: Layer, ranges: dict[str, Tensor], fast: torch.dtype) -> None:
        self.fast, self.heads = fast, layer.heads
        self.norms = layer.attention_norm, layer.outer_norm
        self.attention = Product(_sharpened(layer), *ranges["attention"])
        self.attention_out = Product(layer.attention_out, *ranges["attention_out"])
        self.feed = Feed(layer, ranges["inner"], ranges["outer"][1], fast)

    def __call__(self, x: Tensor, texts: int, bias: Tensor | None) -> Tensor:
        """`bias` (b, 1, 1, l) is 0 for tokens, a large negative for padding; None without padding."""
        attended = self.attention_out(self._attend(x, texts, bias), torch.float32)
        x = self.norms[0](attended.add_(x))
        result: Tensor = self.norms[1](self.feed(x).add_(x))
        return result

    def _attend(self, x: Tensor, texts: int, bias: Tensor | None) -> Tensor:
        tokens, size = x.shape
        joint = self.attention(x, self.fast).view(texts, tokens // texts, 3, self.heads, size // self.heads)
        query, key, value = joint.permute(2, 0, 3, 1, 4).contiguous()
        odds = (query @ key.transpose(-1, -2)).to(torch.float32)
        if bias is not None:
            odds.add_(bias)
        odds.sub_(odds.amax(-1, keepdim=True)).exp2_()
        mixed: Tensor = (odds.to(self.fast) @ value).to(torch.float32) / odds.sum(-1, keepdim=True)
        return mixed.transpose(1, 2).reshape(tokens, size)


class Feed:
    """The two products around the gelu. The few channels that rise far above the rest are kept apart.

    One scale serves all channels after the gelu, so those that need a wider one are reckoned in floating
    point beside them (Dettmers et al. 2022, LLM.int8()).
    """

    def __init__(self, layer: Layer, ranges: Tensor, tops: Tensor, fast: torch.dtype) -> None:
        apart = tops.topk(min(APART + 1, len(tops))).indices
        self.step = (float(tops[apart[-1]].clamp(min=LEAST)) + GELU_FLOOR) / 255
        self.zero = round(GELU_FLOOR / self.step)
        self.inner = Product(layer.inner, *ranges)
        rest = layer.outer.weight * self.step
        rest[:, apart[:-1]] = 0
        self.outer = Packed.of(rest, layer.outer.bias)
        self.inner_apart = _linear(layer.inner.weight[apart[:-1]], layer.inner.bias[apart[:-1]]).to(fast)
        self.outer_apart = layer.outer.weight[:, apart[:-1]].t().to(fast).contiguous()

    def __call__(self, x: Tensor) -> Tensor:
        """x (t, d) float32 -> (t, d) float32."""
        mixed = self.inner.packed.times_gelu(self.inner.rounded(x), ZERO, self.step, self.zero)
        high = functional.gelu(self.inner_apart(x.to(self.outer_apart.dtype)))
        result: Tensor = self.outer.times(mixed, self.zero, torch.float32)
        return result.add_(high @ self.outer_apart)


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    with torch.device("meta"):
        layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight, layer.bias = nn.Parameter(weight, False), nn.Parameter(bias, False)
    return layer


def _sharpened(layer: Layer) -> nn.Linear:
    """The joint projection with queries scaled so that 2**(query @ key) are the odds of attention."""
    size = layer.attention.in_features
    factor = torch.ones(3 * size)
    factor[:size] = (size // layer.heads) ** -0.5 * math.log2(math.e)
    return _linear(layer.attention.weight * factor[:, None], layer.attention.bias * factor)


class Int8Encoder:
    """The encoder of a network in 8-bit integers; `ranges` are those of `observe`."""

    @torch.inference_mode()
    def __init__(
        self, network: Network, ranges: dict[str, Tensor], fast: torch.dtype = torch.bfloat16
    ) -> None:
        self.embeddings = network.embeddings
        self.layers = [
            Int8Layer(layer, {part: ranges[f"layers.{i}.{part}"] for part in PARTS}, fast)
            for i, layer in enumerate(network.layers)
            if isinstance(layer, Layer)
        ]

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and mask (b, l) -> token states (b, l, d), float32."""
        texts, width = ids.shape
        x: Tensor = self.embeddings(ids).flatten(0, 1)
        bias = None if bool(mask.all()) else (~mask).to(torch.float32)[:, None, None, :] * -1e9
        for layer in self.layers:
            x = layer(x, texts, bias)
        return x.view(texts, width, -1)


@torch.inference_mode()
def observe(network: Network, batches: Iterable[tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """Least and largest input of each matrix product over batches of (ids, mask), (2, in) by its name.

    Padding is left out. The network must be in float32.
    """
    ranges: dict[str, Tensor] = {}
    present = torch.empty(0)

    def seen(name: str, x: Tensor) -> None:
        tokens = x[present]
        found = torch.stack([tokens.amin(0), tokens.amax(0)])
        if name in ranges:
            found = torch.stack(
                [torch.minimum(found[0], ranges[name][0]), torch.maximum(found[1], ranges[name][1])]
            )
        ranges[name] = found

    hooks = [
        getattr(layer, part).register_forward_pre_hook(
            lambda _, inputs, name=f"layers.{i}.{part}": seen(name, inputs[0])
        )
        for i, layer in enumerate(network.layers)
        for part in PARTS
    ]
    try:
        for ids, mask in batches:
            present = mask
            network.encode(ids, mask)
    finally:
        for hook in hooks:
            hook.remove()
    return ranges
