"""Weights of earlier steps, kept as files beside a model so that a ticket can go back to them."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from engine.checkpoints import checksum

CURVE = "curve.json"
"""Recipe and held-out losses of the training, beside the model."""


def rewind_file(folder: Path, step: int) -> Path:
    """File of the weights of a step. The ending is its own (it is a safetensors file): they are not part of the
    model's size."""
    return folder / f"step-{step:06d}.rewind"


def kept_files(folder: Path) -> tuple[Path, ...]:
    """All that a training from scratch left beside a model to go back to; nothing for others."""
    folder = folder if folder.is_dir() else folder.parent
    return (*sorted(folder.glob("step-*.rewind")), *folder.glob(CURVE))


def weights_of(module: nn.Module) -> dict[str, torch.Tensor]:
    """Copies of all parameters by name on the CPU, tied ones once."""
    return {name: p.detach().to("cpu", copy=True) for name, p in module.named_parameters()}


def save_weights(module: nn.Module, file: Path) -> None:
    """Write the parameters, whole or not at all; a sound file that is there stays."""
    if not file.is_file() or checksum.damage(file):
        checksum.save(weights_of(module), file)


def load_weights(file: Path) -> dict[str, torch.Tensor]:
    """The parameters of a file by name."""
    return checksum.load(file)


@torch.no_grad()
def put_weights(module: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Set the parameters to these values; all must be there."""
    for name, parameter in module.named_parameters():
        parameter.copy_(weights[name])
