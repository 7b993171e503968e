"""AWQ (Lin et al. 2023, arXiv 2306.00978): scales that protect the weights of large activations, and ranges that
minimize the error of a layer's output. Weights are (out, in); G is the Gram matrix (in, in) of the calibration inputs
X."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from engine.numerics import exponents
from engine.numerics.column_walk import quadratic
from engine.numerics.quantization.quantize import dequantize, quantize, quantize_unchecked
from engine.numerics.quantization.ranges import lies_on_grid, may_lie_on_grid, shares, tensor_scale
from engine.numerics.quantization.scheme import Quantized, Scheme

SMALLEST_SHARE = 0.5
"""The smallest share of a range that is tried: the paper's code shrinks ranges to half at most."""


@dataclass(frozen=True)
class Search:
    """``ratios`` of the search and their ``errors``: Σ‖(Q(W diag(s)) diag(s)⁻¹ − W) X‖² over the linears
    as a share of Σ‖WX‖² (equation 4), ``unscaled`` that of s = 1. ``best``: index of the smallest, None where nothing
    is better than no scales; ``scales`` (count,) of it. ``costs``: index of a ratio -> cost with searched ranges, of
    the ratios that were tried so; the key None means no scales."""

    ratios: tuple[float, ...]
    errors: tuple[float, ...]
    unscaled: float
    best: int | None
    scales: torch.Tensor
    costs: Mapping[int | None, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """The chosen ratio; 0 where nothing is scaled."""
        return 0.0 if self.best is None else self.ratios[self.best]

    @property
    def error(self) -> float:
        """The error of the chosen scales."""
        return self.unscaled if self.best is None else self.errors[self.best]

    @property
    def share(self) -> float:
        """The error of the chosen scales as a share of that of no scales, as far as they were compared last."""
        before, after = (self.costs[None], self.costs[self.best]) if self.costs else (self.unscaled, self.error)
        return after / before if before > 0 else 1.0


def scales_of(magnitude: torch.Tensor, ratio: float, weight_magnitude: torch.Tensor | None = None) -> torch.Tensor:
    """s = m^r, or m^r / w^(1−r) with the weights' magnitudes, divided by √(max s · min s); float32 (count,).

    magnitude: mean |x| of each input (equation 5: s = m^r). weight_magnitude: see `weight_magnitude`.
    """
    scales = magnitude.float().pow(ratio)
    if weight_magnitude is not None:
        scales = scales / (weight_magnitude.float().pow(1 - ratio) + 1e-4)
    scales = scales.clamp_min(1e-4)
    return scales / (scales.max() * scales.min()).sqrt()


def weight_magnitude(weights: Sequence[torch.Tensor], schemes: Sequence[Scheme]) -> torch.Tensor:
    """For each input the mean over all rows of |w| as a share of the largest of its group: (in,)."""
    total: torch.Tensor | float = 0.0
    for weight, scheme in zip(weights, schemes, strict=True):
        columns = 1 if scheme.granularity == "tensor" else scheme.scale_shape(*weight.shape)[1]
        groups = weight.float().abs().view(len(weight), columns, -1)
        largest = groups.amax() if scheme.granularity == "tensor" else groups.amax(2, keepdim=True)
        total = total + (groups / (largest + 1e-6)).view(weight.shape).sum(0)
    assert isinstance(total, torch.Tensor)
    return total / sum(len(weight) for weight in weights)


def search_scales(
    weights: Sequence[torch.Tensor],
    grams: Sequence[torch.Tensor],
    magnitude: torch.Tensor,
    columns: torch.Tensor,
    schemes: Sequence[Scheme],
    *,
    steps: int = 20,
    duo: bool = False,
    powers_of_two: bool = False,
    checkpoint: Callable[[], None] = lambda: None,
    cost: Callable[[torch.Tensor], float] | None = None,
) -> Search:
    """The exponent r of `steps` from 0 to 1 − 1/steps whose scales leave the smallest error.

    Whole ranges of each linear by itself decide first; then ``cost`` does, from the best ratio downhill. It gives what
    scales (in,) cost with the ranges that are used and in what the block gives: smaller ranges spare what scales spare,
    so that it asks for smaller ones.

    weights, grams, schemes: of each linear that reads the features. magnitude: mean |x| of the inputs (in,). columns:
    (in,) which of the scales multiplies an input; inputs with the same one are averaged. duo: `weight_magnitude` counts
    too. powers_of_two: scales that no dtype of floats rounds.
    ValueError for a NaN or scales beyond their dtype.
    """
    count = int(columns.max()) + 1
    shared = _mean_of(magnitude, columns, count)
    own = _mean_of(weight_magnitude(weights, schemes), columns, count) if duo else None
    ratios = tuple(step / steps for step in range(steps))
    scales = [scales_of(shared, ratio, own) for ratio in ratios]
    scales = [exponents.powers_of_two(candidate.log2().round()) for candidate in scales] if powers_of_two else scales
    scales = [torch.ones_like(shared), *scales]
    on_grid = _on_grids(weights, [candidate[columns] for candidate in scales], schemes)

    def error(scales: torch.Tensor, on_grid: Sequence[bool]) -> torch.Tensor:
        checkpoint()
        factor = scales[columns]
        lost = torch.zeros((), dtype=torch.float64, device=columns.device)
        for weight, gram, scheme, lies in zip(weights, grams, schemes, on_grid, strict=True):
            rounded = dequantize(quantize_unchecked(weight * factor, scheme, on_grid=lies), scheme).div_(factor)
            lost += quadratic(rounded.sub_(weight), gram)
        return lost

    lost = torch.stack([error(candidate, lies) for candidate, lies in zip(scales, on_grid, strict=True)])
    energy = sum(quadratic(weight, gram) for weight, gram in zip(weights, grams, strict=True))
    assert isinstance(energy, torch.Tensor)
    shares_lost = torch.where((energy > 0) | lost.isnan(), lost / energy, 0.0)
    unscaled, *scaled_errors = shares_lost.tolist()  # the search's second and last wait for the device
    if math.isnan(unscaled):
        for weight, scheme in zip(weights, schemes, strict=True):
            quantize(weight, scheme)  # raises for weights and scales that are not finite
        unscaled = 0.0  # it is the Gram matrix: nothing is scaled
    errors = tuple(math.inf if math.isnan(value) else value for value in scaled_errors)  # beyond the scales' dtype
    best: int | None = min(range(steps), key=errors.__getitem__)
    assert best is not None
    costs: dict[int | None, float] = {}
    if cost is not None and math.isfinite(errors[best]):
        best, costs = _downhill(best, errors, lambda at: cost(scales[0 if at is None else at + 1][columns]))
    elif errors[best] >= unscaled:
        best = None
    return Search(ratios, errors, unscaled, best, scales[0 if best is None else best + 1], costs)


def _downhill(
    start: int, errors: Sequence[float], cost: Callable[[int | None], float]
) -> tuple[int | None, dict[int | None, float]]:
    """The index from which neither neighbor costs less, or None where nothing costs less than no scales; and all costs
    that were asked for. Scales whose ``errors`` are infinite can't be stored."""
    costs: dict[int | None, float] = {None: cost(None)}

    def of(at: int) -> float:
        if at not in costs:
            value = cost(at) if math.isfinite(errors[at]) else math.inf
            costs[at] = math.inf if math.isnan(value) else value
        return costs[at]

    at = start
    for step in (-1, 1):  # smaller ones first: if one costs less, larger ones were passed on the way
        while 0 <= at + step < len(errors) and of(at + step) < of(at):
            at += step
        if at != start:
            break
    of(at)
    return (at if costs[at] < costs[None] else None), costs


def _on_grids(
    weights: Sequence[torch.Tensor], factors: Sequence[torch.Tensor], schemes: Sequence[Scheme]
) -> list[list[bool]]:
    """Results of `lies_on_grid` for each factor (in,) times each weight, with one wait for the device."""
    lies = [
        torch.stack([_lies_on_grid(weight * factor, scheme) for weight, scheme in zip(weights, schemes, strict=True)])
        for factor in factors
    ]
    answers: list[list[bool]] = torch.stack(lies).tolist()
    return answers


def _lies_on_grid(weight: torch.Tensor, scheme: Scheme) -> torch.Tensor:
    if scheme.number.kind == "block":  # their search returns a weight on a grid to the bit by itself
        return torch.zeros((), dtype=torch.bool, device=weight.device)
    unit = tensor_scale([weight], scheme)
    return lies_on_grid(weight if unit is None else weight / unit, scheme)


def search_ranges(
    weight: torch.Tensor, gram: torch.Tensor, scheme: Scheme, steps: int = 20, *, unit: torch.Tensor | None = None
) -> Quantized:
    """Quantize with those ranges with the smallest output error of each group: d_g G_gg d_gᵀ with d_g the error of the
    group's weights of one row. Tried are shares of its range (the paper's code clips weights in the same way) and the
    range with the smallest error weighted by the energy of the inputs. A row for which that is worse with all groups
    together than whole ranges keeps those. Signs have no range; block formats are searched by the energy alone.

    unit: the `tensor_scale`, where other weights share it.
    """
    if scheme.number.kind == "block":
        return quantize(weight, scheme, energy=gram.diagonal())
    whole = quantize(weight, scheme, unit=unit)
    if scheme.number.kind == "sign":
        return whole
    unit = whole.tensor_scale
    on_grid = may_lie_on_grid(weight if unit is None else weight / unit, scheme)
    shape = whole.scales.shape
    best, lowest = whole, _group_errors(whole, weight, gram, scheme)
    ranges = (torch.full(shape, share, device=weight.device) for share in shares(scheme, steps, SMALLEST_SHARE)[1:])
    by_share = (quantize_unchecked(weight, scheme, ratios=ratios, unit=unit) for ratios in ranges)
    by_energy = quantize_unchecked(weight, scheme, energy=gram.diagonal(), unit=unit, on_grid=on_grid)
    for candidate in itertools.chain(
        [by_energy], by_share
    ):  # one at a time; scales that can't be stored are never better
        errors = _group_errors(candidate, weight, gram, scheme)
        better = errors < lowest
        best, lowest = _mixed(better, candidate, best), torch.where(better, errors, lowest)
    if scheme.granularity == "tensor":
        return best
    worse = _row_errors(best, weight, gram, scheme) > _row_errors(whole, weight, gram, scheme)
    return _mixed(worse[:, None].expand(shape), whole, best)


def _mixed(where: torch.Tensor, one: Quantized, other: Quantized) -> Quantized:
    """The groups of ``one`` where it says so, in the shape of the scales, those of ``other`` elsewhere."""
    size = one.codes.shape[1] // where.shape[1]
    codes = torch.where(where.repeat_interleave(size, 1), one.codes, other.codes)
    zeros = (
        None
        if one.zero_points is None or other.zero_points is None
        else torch.where(where, one.zero_points, other.zero_points)
    )
    return Quantized(codes, torch.where(where, one.scales, other.scales), zeros, one.tensor_scale)


def _group_errors(quantized: Quantized, weight: torch.Tensor, gram: torch.Tensor, scheme: Scheme) -> torch.Tensor:
    """d_g G_gg d_gᵀ of each range, in the shape of the scales."""
    difference = dequantize(quantized, scheme).sub_(weight)
    rows, columns = quantized.scales.shape
    size = difference.shape[1] // columns
    errors = torch.empty(len(difference), columns, device=difference.device)
    for column in range(columns):
        own = slice(column * size, (column + 1) * size)
        part = difference[:, own]
        errors[:, column] = ((part @ gram[own, own]) * part).sum(1)
    return errors if rows > 1 or len(difference) == 1 else errors.sum(0, keepdim=True)


def _row_errors(quantized: Quantized, weight: torch.Tensor, gram: torch.Tensor, scheme: Scheme) -> torch.Tensor:
    """d G dᵀ of each row, (out,)."""
    difference = dequantize(quantized, scheme) - weight
    return ((difference @ gram) * difference).sum(1)


def _mean_of(values: torch.Tensor, columns: torch.Tensor, count: int) -> torch.Tensor:
    """The mean of the values (in,) that belong to each of ``count`` columns, float32."""
    total = torch.zeros(count, dtype=torch.float64, device=values.device).index_add_(0, columns, values.double())
    return (total / torch.bincount(columns, minlength=count)).float()
