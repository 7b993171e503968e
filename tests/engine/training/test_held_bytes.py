"""Bytes that a training holds are those of its tensors."""

from __future__ import annotations

import torch
from torch import nn

from engine.training.held_bytes import held_bytes


def test_weights_gradients_and_states_of_what_learns_and_what_stays() -> None:
    network = nn.ModuleDict({"frozen": nn.Linear(10, 20), "learned": nn.Linear(10, 4, bias=False)})
    network["frozen"].requires_grad_(False)
    network.register_buffer("packed", torch.zeros(7, dtype=torch.uint8))
    optimizer = torch.optim.AdamW(network["learned"].parameters())
    frozen = 4 * (10 * 20 + 20) + 7
    assert held_bytes(network, [optimizer]) == {"trained": 2 * 160.0, "frozen": float(frozen)}
    network["learned"](torch.ones(1, 10)).sum().backward()
    optimizer.step()
    steps = 4  # the number of steps, float32
    assert held_bytes(network, [optimizer]) == {"trained": 4 * 160.0 + steps, "frozen": float(frozen)}
