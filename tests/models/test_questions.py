"""Heads fitted anew on an encoder that stands still: they learn, and the best pass over the rest is kept."""

from __future__ import annotations

import torch

from models.network import Head
from models.training.questions import Told, fit


def _told(rows: int, *, learnable: bool) -> Told:
    generator = torch.Generator().manual_seed(3)
    seen = torch.randn(rows, 16, generator=generator)
    answers = (seen[:, 0] > 0).long() if learnable else torch.randint(0, 2, (rows,), generator=generator)
    return Told(seen, answers)


def test_a_head_learns_what_can_be_told() -> None:
    told, head = _told(3000, learnable=True), Head(16, 64, 2)
    before = told.loss(head).item()
    assert fit(head, told) < 0.5 * before


def test_a_head_that_learns_nothing_new_stays_no_worse_on_rows_held_back() -> None:
    told, head = _told(300, learnable=False), Head(16, 12, 2)
    torch.manual_seed(7)
    held = told.part(torch.randperm(300)[:30])
    before = held.loss(head).item()
    assert fit(head, told) <= before + 1e-6
    assert held.loss(head).item() <= before + 1e-6


def test_rows_without_an_answer_are_left_out() -> None:
    rows = [{"meta": {"leaving": True}}, {"meta": {}}, {"meta": {"leaving": False}}]
    assert len(Told.of(torch.zeros(3, 4), rows, "leaving").answers) == 2
