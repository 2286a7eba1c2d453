"""Properties of the likelihoods."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import torch
from hypothesis import given, settings

from models.training.objectives import (
    binary_loss,
    choice_loss,
    coarse_log_odds,
    interval_loss,
    partial_loss,
    roughness,
    strongest_loss,
)

logits = st.lists(st.floats(-12, 12), min_size=11, max_size=11)
footprint = st.lists(st.floats(-12, 12), min_size=12, max_size=12)


def _row(values: list[float]) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float32)


def _interval(low: int, high: int) -> torch.Tensor:
    return torch.tensor([[low <= k < high for k in range(11)]])


@settings(max_examples=60, deadline=None)
@given(logits, st.integers(1, 9), st.integers(1, 9))
def test_disjoint_intervals_are_a_likelihood(values: list[float], a: int, b: int) -> None:
    low, high = min(a, b), max(a, b) + 1
    parts = [_interval(0, low), _interval(low, high), _interval(high, 11)]
    total = sum(
        np.exp(-float(interval_loss(_row(values), part, torch.zeros(1)))) for part in parts if part.any()
    )
    assert abs(total - 1) < 1e-4


@settings(max_examples=60, deadline=None)
@given(logits, st.integers(0, 10), st.integers(0, 10))
def test_a_wider_interval_never_costs_more(values: list[float], a: int, b: int) -> None:
    low, high = min(a, b), max(a, b) + 1
    narrow = interval_loss(_row(values), _interval(low, low + 1), torch.zeros(1))
    wide = interval_loss(_row(values), _interval(low, high), torch.zeros(1))
    assert float(wide) <= float(narrow) + 1e-5


@settings(max_examples=40, deadline=None)
@given(logits, st.floats(0, 0.3))
def test_a_row_without_a_label_costs_nothing_and_noise_bounds_the_loss(
    values: list[float], noise: float
) -> None:
    assert float(interval_loss(_row(values), _interval(0, 11), torch.tensor([noise]))) == 0.0
    loss = float(interval_loss(_row(values), _interval(0, 5), torch.tensor([noise])))
    assert loss >= -1e-5
    if noise > 0.01:
        assert loss <= -np.log(noise / 2) + 1e-3


@settings(max_examples=40, deadline=None)
@given(footprint)
def test_noisy_or_is_the_chance_of_any_child(values: list[float]) -> None:
    children = torch.zeros(2, 12)
    children[0, [0, 1, 3]] = 1
    children[1, 5] = 1
    present, absent = coarse_log_odds(_row(values).double(), children.double())
    p = 1 / (1 + np.exp(-np.array(values)))
    assert np.allclose(present.exp().numpy()[0], [1 - np.prod(1 - p[[0, 1, 3]]), p[5]], atol=1e-4)
    assert np.allclose((present.exp() + absent.exp()).numpy(), 1, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(footprint)
def test_unknown_labels_are_not_held_against_a_text(values: list[float]) -> None:
    children, target = torch.eye(12), torch.zeros(1, 12)
    assert float(partial_loss(_row(values), children, target, torch.zeros(1, 12))) == 0.0
    only = torch.zeros(1, 12)
    only[0, 4] = 1
    moved = values.copy()
    moved[7] += 1.0
    same = [float(partial_loss(_row(v), children, target, only)) for v in (values, moved)]
    assert same[0] == same[1]


def test_the_strongest_label_wins_by_its_own_odds() -> None:
    children = torch.eye(12)[:4]
    weak, strong = torch.full((1, 12), -2.0), torch.full((1, 12), -2.0)
    strong[0, 2] = 3.0
    target = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    assert float(strongest_loss(strong, children, target)) < float(strongest_loss(weak, children, target))


def test_a_straight_line_of_log_probabilities_is_smooth() -> None:
    assert float(roughness(torch.arange(11.0).unsqueeze(0))) < 1e-8
    assert float(roughness(torch.tensor([[0.0, 5.0] * 5 + [0.0]]))) > 1.0


def test_masked_targets_have_no_gradient() -> None:
    values = torch.zeros(1, 3, requires_grad=True)
    torch.autograd.backward(binary_loss(values, torch.ones(1, 3), torch.tensor([[1.0, 0.0, 0.0]])).sum())
    assert values.grad is not None
    assert values.grad[0, 0] != 0
    assert torch.equal(values.grad[0, 1:], torch.zeros(2))
    choices = torch.zeros(1, 2, 3, requires_grad=True)
    torch.autograd.backward(choice_loss(choices, torch.tensor([[2, -1]])).sum())
    assert choices.grad is not None
    assert torch.equal(choices.grad[0, 1], torch.zeros(3))
