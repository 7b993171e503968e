"""Seconds and memory of gathering the gradients at the outputs of linears, and of rounding under their Hessian."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.calibration.output_gradients import GROUP_BYTES, HEAD_TOKENS, LEAST_WINDOWS
from engine.calibration.walk import BATCH_TOKENS
from engine.measure.machine import operations_per_second, seconds
from engine.methods.costs import rates
from engine.methods.costs.primitives import FLOAT, LABELS, Walk, layer_bytes
from engine.numerics.quantization.output_hessian import OutputHessian

PASSES = 4.0
"""Forward passes that a layer takes: one forward, one again with its graph, and the gradient of its inputs, which takes
as long as two where it also goes through attention and norms."""
MEASURED_OUTPUTS = 1024
"""Of the column whose product with a Hessian is measured."""
FEW_OUTPUTS = 16
"""Of the column on which small operations take all of the time."""


@dataclass(frozen=True)
class BackwardWalk:
    """A text that goes forward and backward through the layers, with a Gram matrix of the gradients at the outputs of
    ``linears``.

    walk: the calibration behind it. length: tokens of a sample.
    """

    walk: Walk
    length: int
    linears: Sequence[Linear]

    def seconds(self, anatomy: Anatomy, device: torch.device) -> float:
        """Seconds of the walk and of two passes of rounding under the Hessians."""
        tokens, single, word = self.walk.tokens, operations_per_second(str(device)), str(device)
        layers = sum(float(x.in_features * x.out_features) for x in anatomy.linears)
        head = float(anatomy.vocabulary * anatomy.hidden_size)
        values = sum(x.in_features + x.out_features for x in anatomy.linears)
        per_token = 2 * (PASSES * layers + 2 * head) / self.walk.rate(device)
        per_token += PASSES * rates.VALUE_PASSES * values * rates.seconds_per_value(word)
        grams = tokens * sum(float(x.out_features**2) for x in self.linears) / single
        rounding = sum(8.0 * x.in_features * x.out_features**2 for x in self.linears) / _products_per_second(word)
        groups = {(x.layer, x.input_group): x.in_features for x in self.linears}
        return tokens * per_token + grams + rounding + 2 * _column_seconds(word) * sum(groups.values())

    def memory(self, anatomy: Anatomy, device: torch.device) -> int:
        """Bytes at the peak: all Gram matrices, the hidden states between the layers of a group of windows, one layer
        with the graph of a batch, and the logits of some tokens."""
        grams = FLOAT * sum(x.out_features**2 for x in self.linears)
        state = FLOAT * anatomy.hidden_size * self.length
        windows = max(LEAST_WINDOWS, GROUP_BYTES // max(1, len(anatomy.layers) * state))
        windows = min(windows, self.walk.tokens // max(1, self.length))
        states = windows * state * (len(anatomy.layers) + 2)
        tokens = min(self.walk.tokens, BATCH_TOKENS)
        graph = 4 * FLOAT * tokens * (4 * anatomy.hidden_size + 3 * anatomy.intermediate_size)
        logits = LABELS * FLOAT * anatomy.vocabulary * HEAD_TOKENS * max(1, BATCH_TOKENS // max(1, self.length))
        head = FLOAT * anatomy.vocabulary * anatomy.hidden_size
        return grams + states + max(layer_bytes(anatomy) + graph, head + logits)

    def solving_memory(self) -> int:
        """Bytes of the Hessians of the linears that are solved at once, with the rows of their groups."""
        groups: dict[tuple[int | None, str], int] = {}
        for x in self.linears:
            key = x.layer, x.input_group
            groups[key] = groups.get(key, 0) + x.out_features**2
        return 3 * FLOAT * max(groups.values(), default=0)


class _ToIntegers:
    """Rounds one column to whole numbers: see `engine.numerics.quantization.output_hessian.Rounder`."""

    def __init__(self, outputs: int, device: str) -> None:
        self._codes = torch.zeros(1, outputs, device=device)

    def nearest(
        self, row: int, target: torch.Tensor, outputs: slice, costs: torch.Tensor | None
    ) -> tuple[torch.Tensor, ...]:
        """The nearest whole numbers."""
        return target.round(), target.round()

    def codes(self, row: int) -> tuple[torch.Tensor, ...]:
        """All codes."""
        return (self._codes,)


@functools.cache
def _column_seconds(device: str) -> float:
    """Seconds of the small operations on a column in one pass, measured."""
    hessian = OutputHessian([torch.eye(FEW_OUTPUTS, device=device)])
    rounder = _ToIntegers(FEW_OUTPUTS, device)
    target = torch.linspace(-3.0, 3.0, FEW_OUTPUTS, device=device).unsqueeze(0)
    name = f"rounding of a column of {FEW_OUTPUTS} under a Hessian"
    return seconds(name, device, lambda: hessian.round(rounder, 0, target, target.round()))


@functools.cache
def _products_per_second(device: str) -> float:
    """Operations per second of products of single columns with a Hessian, each of which reads all of it, measured."""
    hessian = OutputHessian([torch.eye(MEASURED_OUTPUTS, device=device)])
    column = torch.ones(1, MEASURED_OUTPUTS, device=device)
    name = f"product of a column of {MEASURED_OUTPUTS} and a Hessian"
    return 2.0 * MEASURED_OUTPUTS**2 / seconds(name, device, lambda: hessian.product(column))
