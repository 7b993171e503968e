"""Seconds of passes, from the measured rate of matrix products in the dtype that they compute in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import torch

from engine.calibration.walk import PASSES, compute_dtype_of
from engine.measure.machine import operations_per_second
from engine.methods.shared.memory_costs import products_dtype
from engine.models.anatomy import Linear
from engine.training.settings import TrainingSettings


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


def of_calibration(settings: Calibrating, device: torch.device) -> float:
    """Floating-point operations a second of passes that calibrate."""
    return operations_per_second(str(device), compute_dtype_of(settings.compute_dtype, device))


def calibrating(weights: float, settings: Calibrating, device: torch.device) -> float:
    """Seconds of walking through linears with so many weights with the text of the settings."""
    tokens = settings.num_samples * settings.sequence_length
    return PASSES * 2.0 * weights * tokens / of_calibration(settings, device)


def solving(linears: Iterable[Linear], settings: Calibrating, device: torch.device) -> float:
    """Seconds of their Gram matrices and of GPTQ with its descent, in float32."""
    tokens = settings.num_samples * settings.sequence_length
    work = sum(float(x.in_features**2 * (tokens + 8 * x.out_features)) for x in linears)
    return work / operations_per_second(str(device))


def of_training(settings: TrainingSettings, device: torch.device) -> float:
    """Floating-point operations a second of passes that train."""
    return operations_per_second(str(device), products_dtype(settings, device))
