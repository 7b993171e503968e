"""Squares of the gradients at the outputs of layers: how much an error of each output costs, in nats."""

from __future__ import annotations

import functools
from collections.abc import Container
from typing import Protocol

import torch

from engine.calibration.output_gradients import OutputGradients, output_gradients
from engine.calibration.statistics import Energy
from engine.calibration.walk import BATCH_TOKENS, compute_dtype_of
from engine.models.model import Model
from engine.models.stage import Stage


class GoesBackward(Protocol):
    """Settings of a method that sends some samples backward through the model."""

    @property
    def fisher_samples(self) -> int: ...
    @property
    def compute_dtype(self) -> str: ...


def fisher(
    model: Model,
    settings: GoesBackward,
    stage: Stage,
    tokens: torch.Tensor,
    names: Container[str],
    span: tuple[float, float],
) -> OutputGradients:
    """E[g²] at the outputs of these layers; where it was computed before, as it is in the stage's folder."""
    count = settings.fisher_samples
    return output_gradients(
        model,
        stage,
        tokens[:: max(1, len(tokens) // count)][:count],
        functools.partial(Energy, device=stage.device),
        names=names.__contains__,
        batch=max(1, BATCH_TOKENS // tokens.shape[1]),
        compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
        span=span,
    )
