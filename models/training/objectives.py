"""Losses. Shapes: n texts, 11 scores, 12 footprint emotions, k labels of an inventory.

All losses are summed over labels and returned per text (n,), so that a batch can mix tasks: a text
without a label of a kind contributes exactly 0 to that loss.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def interval_loss(logits: Tensor, allowed: Tensor, noise: Tensor) -> Tensor:
    """Interval-censored ordinal likelihood, (n,).

    allowed (n, 11) marks the scores a label permits, noise (n,) is the chance that the label is wrong.
    Loss = -log((1 - noise) P + noise (1 - P) / 2), P the probability of the permitted scores. A row that
    permits everything costs nothing.
    """
    inside = _log_sum(functional.log_softmax(logits, -1), allowed)
    outside = torch.log1p(-inside.exp().clamp(max=1 - 1e-6))
    unlabelled = allowed.all(-1)
    noisy = torch.logaddexp(inside + torch.log1p(-noise), outside + (noise.clamp(min=1e-6) / 2).log())
    loss = torch.where(noise > 0, -noisy, -inside)
    return loss.masked_fill(unlabelled, 0.0)


def _log_sum(log_p: Tensor, chosen: Tensor) -> Tensor:
    return log_p.masked_fill(~chosen, -1e9).logsumexp(-1)


def roughness(logits: Tensor) -> Tensor:
    """Mean squared second difference of log probabilities, (n,): a prior for smooth, peaked shapes."""
    log_p = functional.log_softmax(logits, -1)
    bend = log_p[:, 2:] - 2 * log_p[:, 1:-1] + log_p[:, :-2]
    return bend.square().mean(-1)


def coarse_log_odds(footprint: Tensor, children: Tensor) -> tuple[Tensor, Tensor]:
    """Log probability of a coarse label and of its absence, each (n, k), by noisy-or.

    footprint (n, 12) logits; children (k, 12) 1 where the emotion is one the coarse label can mean.
    """
    absent = -(functional.softplus(footprint) @ children.T)
    absent = absent.clamp(max=-1e-6)
    return torch.log(-torch.expm1(absent)), absent


def partial_loss(footprint: Tensor, children: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy of coarse labels seen through the footprint, (n,). target, known (n, k) of 0 and 1."""
    present, absent = coarse_log_odds(footprint, children)
    return -((target * present + (1 - target) * absent) * known).sum(-1)


def strongest_loss(footprint: Tensor, children: Tensor, target: Tensor) -> Tensor:
    """For single-label corpora, (n,): which label of the inventory is strongest; the others are unknown."""
    present, absent = coarse_log_odds(footprint, children)
    return -(functional.log_softmax(present - absent, -1) * target).sum(-1)


def binary_loss(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Masked binary cross-entropy, (n,), for logits, target and known of (n, k)."""
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (each * known).sum(-1)


def choice_loss(logits: Tensor, chosen: Tensor) -> Tensor:
    """Categorical cross-entropy, (n,). logits (n, k, classes); chosen (n, k), -1 where unknown."""
    log_p = functional.log_softmax(logits, -1)
    picked = log_p.gather(-1, chosen.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return -(picked * (chosen >= 0)).sum(-1)
