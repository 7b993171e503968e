"""The objective of GPTQ: the error of a layer's output, or the KL divergence of the model."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.calibration.output_hessians import OutputHessians, output_hessians, with_hessian
from engine.calibration.walk import BATCH_TOKENS, compute_dtype_of
from engine.contracts.problem import Estimate
from engine.methods.costs.gradients import BackwardWalk
from engine.methods.costs.primitives import Walk
from engine.methods.costs.rates import Calibrating
from engine.methods.quantization.common.objective_settings import Objective
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.quantization.output_hessian import GROUPS, INDEPENDENT, OutputHessian, shrunk

GATHERING = 0.5
"""Share of the progress that the walk for the gradients makes up."""
CORRELATED, MORE_GROUPS = 0.1, 2 * GROUPS
"""Share of noise below which outputs are so strongly correlated, as those of queries and keys are, that more groups
pay."""


class ObjectiveOptions(Calibrating, Protocol):
    """Settings of a method that rounds for an objective."""

    @property
    def objective(self) -> Objective:
        """ "output" or "kl"."""

    @property
    def output_shrinkage(self) -> float:
        """Least share of the correlations between outputs that is left out."""


def with_objective(
    estimate: Estimate, settings: ObjectiveOptions, anatomy: Anatomy, targets: Container[str], device: torch.device
) -> Estimate:
    """The estimate of a calibration for the objective of the layer's output, with what the setting adds to it."""
    if settings.objective == "output":
        return estimate
    linears = with_hessian(anatomy, targets)
    backward = BackwardWalk(Walk.of(settings), settings.sequence_length, linears)
    memory = max(estimate.memory_bytes + backward.solving_memory(), backward.memory(anatomy, device))
    seconds = (estimate.seconds or 0.0) + backward.seconds(anatomy, device)
    return Estimate(estimate.disk_bytes, memory, seconds)


@dataclass(frozen=True)
class KlObjective:
    """The Hessian factors of outputs, gathered on the calibration text. ``shrinkage``: the least one."""

    hessians: OutputHessians
    shrinkage: float

    def of(self, linears: Sequence[Linear]) -> OutputHessian | None:
        """The Hessian of linears whose weights are stacked; None where no output depends on another."""
        matrices, noises = zip(*map(self._shrunk, linears), strict=True)
        hessian = OutputHessian(matrices, MORE_GROUPS if min(noises) < CORRELATED else GROUPS)
        return None if hessian.is_diagonal else hessian

    def matrix(self, linear: Linear) -> torch.Tensor:
        """The Hessian of one linear, (out, out), or its diagonal (out,)."""
        return self._shrunk(linear)[0]

    def _shrunk(self, linear: Linear) -> tuple[torch.Tensor, float]:
        """The same, and the share of noise in its correlations."""
        matrix = self.hessians.of(linear)
        if matrix.ndim == 1:
            return matrix, 1.0
        noise = self.hessians.noise(linear, matrix)
        shrinkage = max(self.shrinkage, noise)
        return matrix.diagonal().clone() if shrinkage >= INDEPENDENT else shrunk(matrix, shrinkage), noise


def gather_objective(
    model: Model,
    settings: ObjectiveOptions,
    stage: Stage,
    tokens: torch.Tensor,
    targets: Container[str],
    begin: float = 0.0,
) -> tuple[KlObjective | None, tuple[float, float]]:
    """Gather the Hessian factors that the objective needs, on the calibration ``tokens`` (samples, length) and with the
    model's present weights.

    Returns the objective, None for the error of the layer's output, and the span of the stage's progress that is left.
    ``begin``: the share of it that is done before.
    Raises `BadInput` if the network is not a decoder.
    """
    if settings.objective == "output":
        return None, (begin, 1.0)
    end = begin + (1.0 - begin) * GATHERING
    hessians = output_hessians(
        model,
        stage,
        tokens,
        targets,
        batch=max(1, BATCH_TOKENS // tokens.shape[1]),
        compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
        span=(begin, end),
    )
    return KlObjective(hessians, settings.output_shrinkage), (end, 1.0)
