"""Speeds of this machine: products in the dtype that a pass computes in, values, reading a text."""

from __future__ import annotations

import functools
from typing import Protocol

import torch

from engine import devices
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.measure import machine
from engine.measure.machine import operations_per_second
from engine.training.settings import TrainingSettings

VALUE_PASSES = 11
"""Operations on every number that a linear reads or gives, beside the products, measured."""
READING = 2.0
"""Seconds of tokenizing a text of two million characters, measured."""

BYTES_PER_SECOND = 500e6
"""Bytes per second at which weights are read, or hashed and written: assumed; checkpoints were written at 600 MB/s."""

UNPACKING = 16
"""Operations on every weight of a GGUF file that is unpacked, measured."""


class Calibrating(Protocol):
    """Settings of a method that runs a text through the model."""

    @property
    def num_samples(self) -> int:
        """Pieces of the text."""
        ...

    @property
    def sequence_length(self) -> int:
        """Tokens of each."""
        ...

    @property
    def compute_dtype(self) -> str:
        """As of `compute_dtype_of`."""
        ...


def products_dtype(settings: TrainingSettings, device: torch.device) -> torch.dtype:
    """Dtype of the products of a training."""
    chosen = settings.mixed_precision
    dtype = devices.training_dtype(device) if chosen == "auto" else getattr(torch, chosen)
    assert isinstance(dtype, torch.dtype)
    return dtype


@functools.cache
def seconds_per_value(device: str) -> float:
    """Seconds of one operation on one number of a batch."""
    batch = torch.ones(1 << 21, device=device)
    return machine.seconds("product of 2 million numbers", device, lambda: batch * batch) / batch.numel()


def of_training(settings: TrainingSettings, device: torch.device) -> float:
    """Floating-point operations a second of passes that train."""
    return operations_per_second(str(device), products_dtype(settings, device))


def unpacking(header: CheckpointHeader) -> float:
    """Seconds of unpacking the weights of a GGUF file, 0 for those of other files."""
    return UNPACKING * header.parameters * seconds_per_value("cpu") if header.format == "gguf" else 0.0
