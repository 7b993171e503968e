"""How many floating-point operations a second the passes of a method make, in the dtype that they compute in."""

from __future__ import annotations

from typing import Protocol

import torch

from engine.calibration.walk import compute_dtype_of
from engine.measure.machine import operations_per_second
from engine.methods.shared.memory_costs import products_dtype
from engine.training.settings import TrainingSettings


class Calibrating(Protocol):
    """Settings of a method that runs a text through the model."""

    @property
    def compute_dtype(self) -> str:
        """As of `compute_dtype_of`."""
        ...


def of_calibration(settings: Calibrating, device: torch.device) -> float:
    """Of passes that calibrate."""
    return operations_per_second(str(device), compute_dtype_of(settings.compute_dtype, device))


def of_training(settings: TrainingSettings, device: torch.device) -> float:
    """Of passes that train."""
    return operations_per_second(str(device), products_dtype(settings, device))
