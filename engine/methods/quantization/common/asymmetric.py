"""Asymmetric calibration of GPTQ (Li et al. 2025, GPTAQ, arXiv 2504.02692): the walk, the weight that is rounded, and
their cost."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from typing import Any

import torch

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.calibration.asymmetric import GramAndDrift, Original, calibrate_asymmetric
from engine.calibration.order import is_expert
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup, calibrate, compute_dtype_of
from engine.contracts.problem import Estimate
from engine.methods.costs.primitives import FLOAT, Solve, Walk, layer_bytes
from engine.methods.quantization.common.solver import Solver
from engine.models.layerwise import TensorStore
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.quantization.gptaq import asymmetric_target
from engine.numerics.quantization.output_hessian import OutputHessian
from engine.numerics.quantization.scheme import Scheme, Solution

PRODUCTS = Solve(products=6)
"""The moment of both inputs; the weight times it, and times the two factors of the inverse."""


def calibrate_gptq(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    alpha: float,
    *,
    on_group: Callable[[InputGroup[Gram]], None],
    targets: Container[str],
    original: Original | None = None,
    **options: Any,
) -> None:
    """`calibrate` with Gram matrices, by asymmetric calibration for an ``alpha`` other than 0. ``original``: None for
    the model as it is. ``options``: of `calibrate`."""
    if alpha:
        calibrate_asymmetric(model, stage, tokens, on_group=on_group, targets=targets, original=original, **options)
        return
    statistic = functools.partial(Gram, device=stage.device)
    calibrate(model, stage, tokens, statistic=statistic, on_group=on_group, targets=targets, **options)


def target(weight: torch.Tensor, gathered: Gram, gram: torch.Tensor, damping: float, alpha: float) -> torch.Tensor:
    """The weight (out, in) that is rounded in the place of ``weight``. ``gram``: the matrix of what was gathered.
    ``damping``, ``alpha``: as of `asymmetric_target`."""
    if not isinstance(gathered, GramAndDrift) or gathered.drift is None:
        return weight
    return asymmetric_target(weight.float(), gram, gathered.drift, damping, alpha)


class AsymmetricSolver(Solver):
    """GPTQ of the weights that `target` gives; low-rank factors are solved as they are.

    alpha: as of `target`.
    """

    alpha: float = 0.0
    _gathered: Gram | None = None

    def solve(self, input_group: InputGroup[Gram]) -> None:
        """See the base."""
        self._gathered = input_group.statistic
        super().solve(input_group)

    def _solution(
        self,
        linears: list[Linear],
        weight: torch.Tensor,
        gram: torch.Tensor,
        scheme: Scheme,
        hessian: OutputHessian | None = None,
    ) -> Solution:
        if self._gathered is not None and not self.is_factorized(linears[0]):
            weight = target(weight, self._gathered, gram, self.settings.damping, self.alpha)
        return super()._solution(linears, weight, gram, scheme, hessian)


def with_originals(estimate: Estimate, walk: Walk, anatomy: Anatomy, alpha: float, device: torch.device) -> Estimate:
    """The estimate of a calibration, with the cost of the original beside it."""
    if not alpha:
        return estimate
    hidden = Walk(walk.tokens, walk.compute_dtype)
    seconds = hidden.seconds(anatomy.linears, device) + PRODUCTS.seconds(anatomy.linears, 2 * walk.tokens, device)
    size = compute_dtype_of(walk.compute_dtype, device).itemsize
    inputs = walk.tokens * size * max((sum(_widths(layer)) for layer in anatomy.layers), default=0)
    states = walk.tokens * FLOAT * anatomy.hidden_size
    widest = max((max(_widths(layer), default=0) for layer in anatomy.layers), default=0)
    memory = _on_device(inputs, device) + _on_device(states, device) + layer_bytes(anatomy) + FLOAT * widest**2
    return Estimate(estimate.disk_bytes, estimate.memory_bytes + memory, (estimate.seconds or 0.0) + seconds)


def _widths(layer: Layer) -> list[int]:
    """Inputs of each input group of a layer; of experts none are held."""
    groups = {linear.input_group: linear.in_features for linear in layer.linears if not is_expert(linear)}
    return list(groups.values())


def _on_device(nbytes: int, device: torch.device) -> int:
    """Bytes of a tensor store that stay on the device."""
    room = TensorStore(device).room
    return min(nbytes, room) if room else nbytes
