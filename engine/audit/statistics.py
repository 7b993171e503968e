"""Statistics of a weight beside the one that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.methods.quantization.refine.forms import QuantizedModule, form_of
from engine.modules.ggml import GgmlWeight
from engine.numerics.quantization.refining import Levels

SMALL_ROW = 0.05
"""Rows with less than this share of the median norm count as zero: their relative errors say nothing."""


@dataclass(frozen=True)
class Rounding:
    """Codes of a weight beside the nearest ones.

    nearest: share that is nearest. errors, least: by row, ‖W − Ŵ‖² and that of the nearest codes, float64 (out,).
    """

    nearest: float
    errors: torch.Tensor
    least: torch.Tensor

    @property
    def ratio(self) -> float:
        """‖W − Ŵ‖ over the least with these scales; 1 where both are zero, infinity where only the least is."""
        least, error = float(self.least.sum()), float(self.errors.sum())
        return (error / least) ** 0.5 if least > 0 else (1.0 if error == 0 else float("inf"))


def rounding_of(layer: QuantizedModule, base: torch.Tensor) -> Rounding | None:
    """The codes of a loaded layer or embedding beside the nearest to ``base`` (out, in); None for points of a codebook,
    of which each holds several weights."""
    form = form_of(layer)
    if isinstance(layer, GgmlWeight) and not form.levels.table:
        return None
    scales, shifts = form.group_parameters(form.numbers)
    pieces = []
    for rows in form.levels.pieces():
        some = None if shifts is None else shifts[rows]
        pieces.append(_rounding(form.levels.at(rows), scales[rows], some, base[rows]))
    nearest = sum(piece.nearest * len(piece.errors) for piece in pieces) / len(base)
    return Rounding(nearest, *(torch.cat([getattr(piece, name) for piece in pieces]) for name in ("errors", "least")))


def _rounding(levels: Levels, scales: torch.Tensor, shifts: torch.Tensor | None, base: torch.Tensor) -> Rounding:
    """The same of some rows."""
    rows, groups = base.float().reshape(len(base), scales.shape[1], -1), scales.unsqueeze(2)
    target = rows if shifts is None else rows - shifts.unsqueeze(2)
    target = torch.where(groups == 0, 0.0, target / groups)
    now = levels.values(scales.shape[1])
    best = _nearest(target, levels)
    errors = ((target - now) * groups).square_().sum((1, 2), dtype=torch.float64)
    least = ((target - best) * groups).square_().sum((1, 2), dtype=torch.float64)
    unit = 1e-3 * torch.maximum(best.abs(), torch.ones(()))
    return Rounding(float(((now - best).abs() <= unit).float().mean()), errors, least)


def _nearest(target: torch.Tensor, levels: Levels) -> torch.Tensor:
    """The nearest levels less zero points to ``target`` (out, groups, size)."""
    zeros = 0.0 if levels.zeros is None else levels.zeros.unsqueeze(2)
    if levels.table:
        table = torch.tensor(levels.table, device=target.device)
        middles = (table[1:] + table[:-1]) / 2
        return table[torch.bucketize(target + zeros, middles)] - zeros
    kind = levels.ranks.dtype
    if kind.is_floating_point:
        largest = torch.finfo(kind).max
        return (target + zeros).clamp(-largest, largest).to(kind).float() - zeros
    whole = torch.iinfo(kind)
    return (target + zeros).round().clamp(whole.min, whole.max) - zeros


def row_errors(weight: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
    """‖Δ‖ / ‖W‖ of each row, float64 (out,); 0 for rows that are small beside the others and stayed so."""
    change = (weight.double() - base.double()).norm(dim=1)
    norms = base.double().norm(dim=1)
    floor = SMALL_ROW * norms.median()
    errors = change / norms.clamp(min=1e-30)
    return torch.where((norms <= floor) & (change <= 4 * floor), 0.0, errors)


def relative_error(weight: torch.Tensor, base: torch.Tensor) -> float:
    """‖W − Ŵ‖ / ‖W‖ in float64; infinity where only the base is zero."""
    norm, change = float(base.double().norm()), float((weight.double() - base.double()).norm())
    return change / norm if norm > 0 else (0.0 if change == 0 else float("inf"))


def sketch(weight: torch.Tensor, rows: int = 8) -> torch.Tensor:
    """Some rows of a weight, by which another copy of it is recognized: float32 (rows, in)."""
    places = torch.arange(min(rows, len(weight))) * len(weight) // min(rows, len(weight))
    return weight[places.to(weight.device)].float().cpu()


def likeness(one: torch.Tensor, other: torch.Tensor) -> float:
    """Correlation of two sketches; 0 for different shapes."""
    if one.shape != other.shape:
        return 0.0
    norms = float(one.norm() * other.norm())
    return float((one * other).sum()) / norms if norms > 0 else 0.0
