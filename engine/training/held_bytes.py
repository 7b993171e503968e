"""Bytes that a training holds: what is trained, with gradients and the optimizers' state, and what stays beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import torch
from torch import nn

from engine.models import ranks


def held_bytes(objective: nn.Module, optimizers: Iterable[torch.optim.Optimizer]) -> dict[str, float]:
    """Bytes in this process: "trained" of parameters that learn, as large gradients, and all states of the optimizers;
    "frozen" of the other parameters and the buffers. Activations are not counted."""
    parameters = [_local(parameter) for parameter in objective.parameters()]
    learned = [parameter for parameter in parameters if parameter.requires_grad]
    frozen = [parameter for parameter in parameters if not parameter.requires_grad]
    states = [
        _local(value)
        for optimizer in optimizers
        for state in optimizer.state.values()
        for value in state.values()
        if isinstance(value, torch.Tensor)
    ]
    trained = 2 * sum(parameter.nbytes for parameter in learned) + sum(state.nbytes for state in states)
    stays = sum(tensor.nbytes for tensor in itertools.chain(frozen, objective.buffers()))
    return {"trained": float(trained), "frozen": float(stays)}


def _local(tensor: torch.Tensor) -> torch.Tensor:
    """The part of a tensor that lies in this process."""
    return tensor.to_local() if ranks.is_split_tensor(tensor) else tensor
