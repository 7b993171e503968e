"""SmoothQuant (Xiao et al. 2022, arXiv 2211.10438): scales that share the range of inputs with outliers between inputs
and weights."""

from __future__ import annotations

import torch

from engine.numerics.exponents import powers_of_two as to_powers_of_two

SMALLEST = 1e-5
"""Magnitudes and scales below this count as this: the published code clamps them too."""


def smoothing_scales(
    inputs: torch.Tensor, weights: torch.Tensor, alpha: float, *, powers_of_two: bool = False
) -> torch.Tensor:
    """s = max|X|^α / max|W|^(1−α), float32 (count,) (equation 4): inputs are divided by it, weights multiplied.

    inputs: the largest |x| of each feature over a calibration text (count,). weights: the largest |w| of all rows that
    read the feature (count,). alpha: the migration strength in [0, 1]; at 0.5 both have the same largest values
    afterward. A feature that is always 0, or that no weight reads, is not scaled. powers_of_two: scales that no dtype
    of floats rounds.
    """
    x, w = inputs.float(), weights.float()
    scales = x.clamp_min(SMALLEST).pow(alpha) / w.clamp_min(SMALLEST).pow(1 - alpha)
    scales = torch.where((x > 0) & (w > 0), scales.clamp_min(SMALLEST), 1.0)
    return to_powers_of_two(scales.log2().round()) if powers_of_two else scales


def column_peaks(weight: torch.Tensor) -> torch.Tensor:
    """The largest |w| of each input of a weight (out, in): (in,)."""
    return weight.abs().amax(0).float()


def largest_of_columns(values: torch.Tensor, columns: torch.Tensor, count: int) -> torch.Tensor:
    """The largest of the ``values`` (in,) that share a scale: (count,). ``columns`` (in,) int64: which scale."""
    return torch.zeros(count, device=values.device).scatter_reduce_(0, columns, values.float(), "amax")
