"""The network: a small multilingual encoder with packed word vectors, and one head for each output.

Shapes: b texts, l tokens, d hidden size. Parameters keep the names that `models/training/encoder.py`
writes, so a checkpoint is a flat safetensors file. Nothing here reads files.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCK = 32


@dataclass(frozen=True)
class Architecture:
    """Sizes of the network; `heads` maps the name of an output to its width."""

    vocabulary: int
    hidden: int
    layers: int
    attention_heads: int
    inner: int
    positions: int
    heads: dict[str, int]
    head_hidden: int = 192
    eps: float = 1e-12


class PackedWords(nn.Module):
    """Word vectors in 4 bits (Q4_0: 32 weights share one fp16 scale), unpacked for the tokens at hand."""

    def __init__(self, vocabulary: int, hidden: int) -> None:
        super().__init__()
        self.scales: Tensor
        self.nibbles: Tensor
        blocks = hidden // BLOCK
        self.register_buffer("scales", torch.zeros(vocabulary, blocks, dtype=torch.float16))
        self.register_buffer("nibbles", torch.zeros(vocabulary, blocks, BLOCK // 2, dtype=torch.uint8))

    def forward(self, ids: Tensor) -> Tensor:
        """Token ids (b, l) -> float32 vectors (b, l, d)."""
        packed = self.nibbles[ids]
        weights = torch.cat([packed & 15, packed >> 4], dim=-1).to(torch.float32) - 8.0
        return (weights * self.scales[ids].to(torch.float32).unsqueeze(-1)).flatten(-2)


class Embeddings(nn.Module):
    """Words, positions and the constant segment vector, normalised."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.words = PackedWords(shape.vocabulary, shape.hidden)
        self.positions = nn.Parameter(torch.zeros(shape.positions, shape.hidden))
        self.kind = nn.Parameter(torch.zeros(shape.hidden))
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.eps)

    def forward(self, ids: Tensor) -> Tensor:
        places = self.positions[: ids.shape[1]] + self.kind
        normed: Tensor = self.norm(self.words(ids) + places)
        return normed


class Layer(nn.Module):
    """One transformer layer, norms after the sums (BERT). The residual stream stays in float32."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.heads = shape.attention_heads
        self.attention = nn.Linear(shape.hidden, 3 * shape.hidden)
        self.attention_out = nn.Linear(shape.hidden, shape.hidden)
        self.attention_norm = nn.LayerNorm(shape.hidden, eps=shape.eps)
        self.inner = nn.Linear(shape.hidden, shape.inner)
        self.outer = nn.Linear(shape.inner, shape.hidden)
        self.outer_norm = nn.LayerNorm(shape.hidden, eps=shape.eps)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x (b, l, d) float32; bias (b, 1, 1, l): 0 for tokens, a large negative for padding."""
        x = self.attention_norm(x + self._attend(x, bias).to(x.dtype))
        mixed = _linear(self.outer, functional.gelu(_linear(self.inner, x)))
        result: Tensor = self.outer_norm(x + mixed.to(x.dtype))
        return result

    def _attend(self, x: Tensor, bias: Tensor) -> Tensor:
        texts, tokens, size = x.shape
        joint = _linear(self.attention, x).view(texts, tokens, 3, self.heads, size // self.heads)
        query, key, value = joint.permute(2, 0, 3, 1, 4)
        scores = (query * (size // self.heads) ** -0.5) @ key.transpose(-1, -2) + bias.to(query.dtype)
        with torch.autocast("cpu", enabled=False):
            weights = scores.softmax(-1)
        return _linear(self.attention_out, (weights @ value).transpose(1, 2).reshape(texts, tokens, size))


def _linear(layer: nn.Module, x: Tensor) -> Tensor:
    """Apply a linear layer in the precision its weights have (float32, or bfloat16 at run time)."""
    weight = getattr(layer, "weight", None)
    result: Tensor = layer(x.to(weight.dtype) if isinstance(weight, Tensor) else x)
    return result


class Head(nn.Module):
    """A two-layer perceptron from the pooled text to the logits of one output."""

    def __init__(self, width: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, hidden)
        self.out = nn.Linear(hidden, outputs)

    def forward(self, pooled: Tensor) -> Tensor:
        logits: Tensor = self.out(functional.gelu(self.hidden(pooled)))
        return logits


class Network(nn.Module):
    """Encoder, pooling (mean, and an attention-weighted mean) and heads."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = Embeddings(shape)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.salience = nn.Linear(shape.hidden, 1)
        self.heads = nn.ModuleDict(
            {name: Head(2 * shape.hidden, shape.head_hidden, width) for name, width in shape.heads.items()}
        )

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and mask (b, l) -> token states (b, l, d), float32."""
        bias = (~mask).to(torch.float32)[:, None, None, :] * -1e9
        x: Tensor = self.embeddings(ids)
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """Token states -> (b, 2d): the plain mean, then the mean weighted by learned salience."""
        with torch.autocast("cpu", enabled=False):
            states = states.to(torch.float32)
            present = mask.to(torch.float32)
            mean = (states * present.unsqueeze(-1)).sum(1) / present.sum(1, keepdim=True)
            salience = self.salience(states).squeeze(-1).masked_fill(~mask, -1e9).softmax(-1)
            return torch.cat([mean, (states * salience.unsqueeze(-1)).sum(1)], dim=-1)

    def judge(self, pooled: Tensor) -> dict[str, Tensor]:
        """Pooled texts (b, 2d) -> logits (b, width) by head."""
        with torch.autocast("cpu", enabled=False):
            return {name: head(pooled) for name, head in self.heads.items()}

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Logits by head for token ids and mask (b, l)."""
        return self.judge(self.pool(self.encode(ids, mask), mask))
