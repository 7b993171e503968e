"""How well the 4-bit formats suit a weight: which of its 16 values each format uses, and what it loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch

from engine.numerics import statistics
from engine.numerics.blockwise import BlockFormat, dequantize_blocks, levels, quantize_blocks, unpacked
from engine.numerics.quantize import dequantize, quantize
from engine.numerics.scheme import Scheme

FourBit = Literal["nf4", "fp4_e2m1", "fp4", "nvfp4", "mxfp4", "int4"]
FORMATS: tuple[FourBit, ...] = get_args(FourBit)
TITLES: dict[FourBit, str] = {
    "nf4": "NF4",
    "fp4_e2m1": "FP4 (E2M1)",
    "fp4": "FP4 (bitsandbytes)",
    "nvfp4": "NVFP4",
    "mxfp4": "MXFP4",
    "int4": "int4 symmetric",
}
SAMPLE = 1 << 16
"""Weights that are looked at: whole blocks, evenly spread."""


@dataclass(frozen=True)
class Fit:
    """``error``: relative, ‖w − ŵ‖ / ‖w‖; ``shares`` of the weights that become each of `values`, in 0..1."""

    error: float
    shares: tuple[float, ...]


def values(form: FourBit) -> tuple[float, ...]:
    """The 16 values in rising order, in units of the largest magnitude of a block; of int4 those of a block whose
    extreme is negative (where it is positive they are mirrored)."""
    if form == "int4":
        return tuple((code - 8) / 8 for code in range(16))
    if form == "nvfp4" or form == "mxfp4":
        return values("fp4_e2m1")
    return tuple(sorted(levels(form).tolist()))


def fits(weight: torch.Tensor, size: int = 64) -> dict[FourBit, Fit]:
    """Each format on a sample of a finite weight of any shape, in blocks of ``size`` as it lies in memory, with whole
    ranges and float32 scales; NVFP4 and MXFP4 in the groups and with the scales that they prescribe. Nothing for a
    weight that has no block or is zero."""
    flat = weight.detach().reshape(-1)
    blocks = flat[: flat.numel() // size * size].view(-1, size)
    sample = blocks[:: max(1, -(-blocks.numel() // SAMPLE))].float()
    if not bool(sample.any()):
        return {}
    return {form: _fit(sample, form) for form in FORMATS}


def _fit(sample: torch.Tensor, form: FourBit) -> Fit:
    size = sample.shape[1]
    if form == "int4" or form == "nvfp4" or form == "mxfp4":
        scheme = Scheme(form, group_size=size, scale_dtype="float32")
        quantized = quantize(sample, scheme)
        codes = quantized.codes.long()
        ranks = codes + 8 if form == "int4" else _ranks("fp4_e2m1").to(codes.device)[codes]
        back = dequantize(quantized, scheme)
    else:
        made = quantize_blocks(sample, form, size, False)
        ranks = _ranks(form).to(sample.device)[unpacked(made.codes, sample.numel()).long()]
        back = dequantize_blocks(made, form, size, sample.shape)
    counts = torch.bincount(ranks.reshape(-1), minlength=16).double() / sample.numel()
    return Fit(statistics.relative_error(sample, back), tuple(counts.tolist()))


def _ranks(form: BlockFormat) -> torch.Tensor:
    """The place of each code among the values in rising order, int64 (16,)."""
    return levels(form).argsort(stable=True).argsort()
