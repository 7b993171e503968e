"""What the window sees of a layer that was quantized."""

from __future__ import annotations

import torch

from engine.contracts.events import Histogram
from engine.contracts.stage import Stage
from engine.models.modules.quantized import QuantizedWeight
from engine.numerics import statistics

SAMPLE = 1 << 17
"""Weights of a layer that its live statistics are taken from: whole rows, evenly spread. All of a small layer."""


def report(
    stage: Stage,
    name: str,
    weight: torch.Tensor,
    made: QuantizedWeight | torch.Tensor,
    more: dict[str, float] | None = None,
) -> None:
    """Report the statistics of a layer's new weights (out, in), from `SAMPLE` of them, against the same of the old
    ones. ``more``: figures of the method's own."""
    step = -(-weight.numel() // SAMPLE)
    rows = torch.arange(0, weight.shape[0], step, device=weight.device)
    before = weight.index_select(0, rows).float()
    if isinstance(made, QuantizedWeight):
        after = made.matrix(rows)
        tensors = [made.codes, made.scales, *([] if made.zero_points is None else [made.zero_points])]
        bits = sum(8 * tensor.numel() * tensor.element_size() for tensor in tensors)
    else:
        after = made.index_select(0, rows).float()
        bits = 8 * made.numel() * made.element_size()
    moments = statistics.moments(after)
    signal, noise = statistics.squares(before, after)
    figures = {
        "parameters": float(weight.numel()),
        "bits_per_weight": bits / weight.numel(),
        "sparsity": moments.sparsity,
        "minimum": moments.minimum,
        "maximum": moments.maximum,
        "standard_deviation": moments.standard_deviation,
        "kurtosis": moments.kurtosis,
    }
    if signal and noise:
        figures |= {"sqnr_db": statistics.decibels(signal, noise), "error": (noise / signal) ** 0.5}
    low = min(float(before.min()), moments.minimum)
    high = max(float(before.max()), moments.maximum)
    stage.layer(
        name,
        {**figures, **(more or {})},
        Histogram(low, high, statistics.histogram(before, low, high)),
        Histogram(low, high, statistics.histogram(after, low, high)),
    )
