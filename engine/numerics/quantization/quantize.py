"""Weights to codes, scales and zero points, and back. A weight is (out, in); a group is a run of inputs of one row.

Rounded once, half to even, after the scale was rounded to the dtype that it is stored in: what is stored is exact.
"""

from __future__ import annotations

import torch

from engine.numerics.ggml import quantize as ggml
from engine.numerics.ggml.layouts import FORMATS as BLOCK_FORMATS
from engine.numerics.quantization.codes import encode, restore
from engine.numerics.quantization.ranges import fit_rows, may_lie_on_grid, refuse_infinite, rows_at_once, tensor_scale
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme


def quantize(
    weight: torch.Tensor,
    scheme: Scheme,
    clip: Clip | None = None,
    *,
    ratios: torch.Tensor | None = None,
    energy: torch.Tensor | None = None,
    unit: torch.Tensor | None = None,
) -> Quantized:
    """Quantize a floating (out, in) weight. ValueError for a NaN, an infinity, or scales beyond their dtype.

    A weight that lies on a grid of the scheme comes back to the bit, however its ranges are chosen.

    ratios: the share of each range that is used, in `Scheme.scale_shape`, where it was chosen before; None: as ``clip``
        chooses it. Ignored for signs.
    energy: (in,), the sum of squares of each input over a calibration text, up to a factor: ranges are searched for
        the smallest error that inputs of such energy see, whatever ``clip`` says. None: every weight counts alike.
        Block formats are always searched for the smallest error.
    unit: the `tensor_scale`, where other weights share it; None: that of this weight.
    """
    quantized = quantize_unchecked(weight, scheme, clip, ratios=ratios, energy=energy, unit=unit)
    refuse_infinite(weight, quantized.scales, scheme)
    return quantized


def quantize_unchecked(
    weight: torch.Tensor,
    scheme: Scheme,
    clip: Clip | None = None,
    *,
    ratios: torch.Tensor | None = None,
    energy: torch.Tensor | None = None,
    unit: torch.Tensor | None = None,
    on_grid: bool | None = None,
) -> Quantized:
    """`quantize` for a search: no wait for the device. Scales that could not be stored are infinite or NaN.

    on_grid: True if the weight may lie on a grid of the scheme (`ranges.may_lie_on_grid`); None: checked here, which
        waits for the device.
    """
    if scheme.number.kind == "block":
        return Quantized.of_blocks(ggml.quantize(weight, scheme.format, energy))
    outputs, inputs = weight.shape
    columns = scheme.scale_shape(outputs, inputs)[1]
    unit = tensor_scale([weight], scheme) if unit is None else unit
    weight = weight if unit is None else weight / unit
    codes = torch.empty(outputs, inputs, dtype=scheme.number.code_dtype, device=weight.device)
    scales: list[torch.Tensor] = []
    zeros: list[torch.Tensor] = []
    if on_grid is None:
        on_grid = ratios is None and may_lie_on_grid(weight, scheme)
    whole = fit_rows(weight, scheme, clip, ratios, energy, on_grid=on_grid) if scheme.granularity == "tensor" else None
    step = rows_at_once(weight)
    for start in range(0, outputs, step):
        block = weight[start : start + step].float()
        rows = None if ratios is None else ratios[start : start + step]
        scale, zero = whole or fit_rows(block, scheme, clip, rows, energy, on_grid=on_grid)
        groups = block.reshape(-1, inputs // columns)
        at = None if zero is None else zero.view(-1, 1)
        codes[start : start + step] = encode(groups, scale.float().view(-1, 1), at, scheme.number).view(block.shape)
        scales.append(scale)
        zeros += [] if zero is None else [zero]
    parameters = whole or (torch.cat(scales), torch.cat(zeros) if zeros else None)
    return in_units(Quantized(codes, *parameters), unit)


def in_units(quantized: Quantized, unit: torch.Tensor | None) -> Quantized:
    """Multiply the scales of a weight that was quantized in units of a tensor scale () by it."""
    if unit is None:
        return quantized
    return Quantized(quantized.codes, quantized.scales * unit, quantized.zero_points, unit)


def dequantize(quantized: Quantized, scheme: Scheme) -> torch.Tensor:
    """The (out, in) weight in float32: (code − zero point) · scale, or (code − smallest integer) · scale + minimum."""
    if scheme.number.kind == "block":
        return ggml.dequantize(quantized.codes, BLOCK_FORMATS[scheme.format])
    outputs, inputs = quantized.codes.shape
    columns = quantized.scales.shape[1]
    groups = quantized.codes.reshape(outputs, columns, inputs // columns)
    zeros = quantized.zero_points
    at = None if zeros is None else zeros.unsqueeze(-1)
    return restore(groups, quantized.scales.float().unsqueeze(-1), at, scheme.number).view(outputs, inputs)
