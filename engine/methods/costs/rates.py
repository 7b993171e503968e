"""Seconds of passes, from the measured rate of matrix products in the dtype that they compute in."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Protocol

import torch

from engine.architecture.anatomy import Linear
from engine.calibration.walk import PASSES, compute_dtype_of
from engine.measure import machine
from engine.measure.machine import operations_per_second
from engine.methods.costs.memory import products_dtype
from engine.training.settings import TrainingSettings

VALUE_PASSES = 11
"""Operations on every number that a linear reads or gives, beside the products, measured."""
READING = 2.0
"""Seconds of tokenizing a text of two million characters, measured."""


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


def calibrating(linears: Iterable[Linear], settings: Calibrating, device: torch.device, passes: int = 1) -> float:
    """Seconds of reading the text of the settings and of walking through these linears with it so many times, while
    outputs are kept (see `engine.calibration.walk`)."""
    return READING + passes * _walking(linears, settings, device, PASSES, VALUE_PASSES)


def looking(linears: Iterable[Linear], settings: Calibrating, device: torch.device) -> float:
    """Seconds of reading the text and of one walk through these linears that keeps nothing."""
    return READING + _walking(linears, settings, device, 1.0, VALUE_PASSES / 2)


def _walking(
    linears: Iterable[Linear], settings: Calibrating, device: torch.device, passes: float, value_passes: float
) -> float:
    """Products, and all that goes over the values between them (activations, norms, casts, hashes of what is kept),
    which takes longer than the products where a processor has units for these."""
    linears = tuple(linears)
    products = passes * 2.0 * sum(float(x.in_features * x.out_features) for x in linears)
    values = value_passes * sum(x.in_features + x.out_features for x in linears)
    per_token = products / of_calibration(settings, device) + values * seconds_per_value(str(device))
    return settings.num_samples * settings.sequence_length * per_token


@functools.cache
def seconds_per_value(device: str) -> float:
    """Seconds of one operation on one number of a batch."""
    batch = torch.ones(1 << 21, device=device)
    return machine.seconds("product of 2 million numbers", device, lambda: batch * batch) / batch.numel()


def solving(linears: Iterable[Linear], settings: Calibrating, device: torch.device) -> float:
    """Seconds of their Gram matrices and of GPTQ with its descent, in float32."""
    tokens = settings.num_samples * settings.sequence_length
    operations = sum(float(x.in_features**2 * (tokens + 8 * x.out_features)) for x in linears)
    return operations / operations_per_second(str(device))


def of_training(settings: TrainingSettings, device: torch.device) -> float:
    """Floating-point operations a second of passes that train."""
    return operations_per_second(str(device), products_dtype(settings, device))
