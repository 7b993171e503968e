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
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.output_hessian import GROUPS
from engine.numerics.quantization.scheme import Scheme

PASSES = 4.0
"""Forward passes that a layer takes: one forward, one again with its graph, and the gradient of its inputs, which takes
as long as two where it also goes through attention and norms."""
FEW_OUTPUTS, COLUMNS = 8, 128
"""Of the weight on which small operations take all of the time."""


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
        """Seconds of the walk, of factorizing the Hessians, and of walking over the columns for each group of outputs,
        and half as long for revising it, instead of once."""
        tokens, single, word = self.walk.tokens, operations_per_second(str(device)), str(device)
        layers = sum(float(x.in_features * x.out_features) for x in anatomy.linears)
        head = float(anatomy.vocabulary * anatomy.hidden_size)
        values = sum(x.in_features + x.out_features for x in anatomy.linears)
        per_token = 2 * (PASSES * layers + 2 * head) / self.walk.rate(device)
        per_token += PASSES * rates.VALUE_PASSES * values * rates.seconds_per_value(word)
        grams = tokens * sum(float(x.out_features**2) for x in self.linears) / single
        factors = sum(x.out_features**2 * (2.0 * x.out_features + x.in_features) for x in self.linears) / single
        columns = sum({(x.layer, x.input_group): x.in_features for x in self.linears}.values())
        return tokens * per_token + grams + factors + (1.5 * GROUPS - 1) * columns * _column_seconds(word)

    def memory(self, anatomy: Anatomy, device: torch.device) -> int:
        """Bytes at the peak: all Gram matrices and that of a piece of the text, the hidden states between the layers of
        a group of windows, one layer with the graph of a batch, and the logits of some tokens."""
        grams = FLOAT * sum(x.out_features**2 for x in self.linears)
        grams += FLOAT * max((x.out_features**2 for x in self.linears), default=0)
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
        """Bytes of the Hessians of the linears that are solved at once, with their factors, and of their errors."""
        groups: dict[tuple[int | None, str], int] = {}
        for x in self.linears:
            key = x.layer, x.input_group
            groups[key] = groups.get(key, 0) + x.out_features * (3 * x.out_features + x.in_features)
        return FLOAT * max(groups.values(), default=0)


@functools.cache
def _column_seconds(device: str) -> float:
    """Seconds of a column of so few outputs that only its small operations take time, measured."""
    weight = torch.linspace(-1.0, 1.0, FEW_OUTPUTS * COLUMNS, device=device).view(FEW_OUTPUTS, COLUMNS)
    scheme = Scheme("int4", True, "channel")
    name = f"GPTQ of {FEW_OUTPUTS} x {COLUMNS}"
    return (
        seconds(name, device, lambda: gptq(weight, torch.eye(COLUMNS, device=device), scheme).quantized.codes) / COLUMNS
    )
