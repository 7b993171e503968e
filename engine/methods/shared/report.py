"""What the window sees of a layer that was compressed."""

from __future__ import annotations

import torch

from engine.contracts.events import Histogram
from engine.modules.ggml import GgmlWeight
from engine.modules.quantized import QuantizedWeight
from engine.numerics import statistics

SAMPLE = 1 << 16
"""Weights of a layer that its live statistics are taken from: whole rows, evenly spread. All of a small layer."""
BINS = 64
"""Columns of a picture of many masks."""

Report = tuple[dict[str, float], Histogram, Histogram]
"""Metrics, histogram before, histogram after: what `Stage.layer` takes."""


def compared(weight: torch.Tensor, made: QuantizedWeight | GgmlWeight | torch.Tensor) -> Report:
    """Statistics of the new weight (out, in), from about `SAMPLE` of its values, against the same of the old one."""
    rows = torch.arange(0, weight.shape[0], -(-weight.numel() // SAMPLE), device=weight.device)
    before = weight.index_select(0, rows).float()
    if isinstance(made, torch.Tensor):
        after = made.index_select(0, rows).float()
        tensors = [made]
    else:
        after = made.matrix(rows)
        tensors = [tensor for name, tensor in made.packed_tensors().items() if name != "bias"]
    moments = statistics.moments(after)
    signal, noise = statistics.squares(before, after)
    metrics = {
        "parameters": float(weight.numel()),
        "bits_per_weight": sum(8 * tensor.numel() * tensor.element_size() for tensor in tensors) / weight.numel(),
        "sparsity": moments.sparsity,
        "minimum": moments.minimum,
        "maximum": moments.maximum,
        "standard_deviation": moments.standard_deviation,
        "kurtosis": moments.kurtosis,
    }
    if signal and noise:
        metrics |= {"sqnr_db": statistics.decibels(signal, noise), "error": (noise / signal) ** 0.5}
    ends = torch.stack(torch.aminmax(before)).tolist()
    low, high = min(ends[0], moments.minimum), max(ends[1], moments.maximum)
    counts = [statistics.histogram(x, low, high) for x in (before, after)]
    return metrics, Histogram(low, high, counts[0]), Histogram(low, high, counts[1])


def binned(rows: torch.Tensor) -> torch.Tensor:
    """Means of as many columns as make at most `BINS`; the last bin may be smaller."""
    if rows.shape[1] <= BINS:
        return rows
    width = -(-rows.shape[1] // BINS)
    return torch.stack([piece.mean(dim=1) for piece in torch.split(rows, width, dim=1)], dim=1)
