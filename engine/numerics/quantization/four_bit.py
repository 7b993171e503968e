"""Comparison of the 4-bit formats on a weight: use of the 16 values, and relative error."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal, get_args

import torch

from engine.numerics import statistics
from engine.numerics.quantization.blockwise import BlockFormat, dequantize_blocks, levels, quantize_blocks, unpacked
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Scheme

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
SAMPLE = 1 << 14
"""Weights of the sample: whole blocks, evenly spread."""


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
    measured = torch.stack([_measured(sample, form) for form in FORMATS]).tolist()  # the only other wait for the device
    return {
        form: Fit(statistics.relative(signal, noise), tuple(shares))
        for form, (signal, noise, *shares) in zip(FORMATS, measured, strict=True)
    }


def _measured(sample: torch.Tensor, form: FourBit) -> torch.Tensor:
    """The two sums of `statistics.squares`, then the share of each of the 16 values: (18,) float64."""
    size = sample.shape[1]
    if form == "int4" or form == "nvfp4" or form == "mxfp4":
        scheme = Scheme(form, group_size=size, scale_dtype="float32")
        quantized = quantize(sample, scheme)
        codes = quantized.codes.long()
        ranks = codes + 8 if form == "int4" else _ranks("fp4_e2m1", codes.device)[codes]
        back = dequantize(quantized, scheme)
    else:
        blockwise = quantize_blocks(sample, form, size, False)
        ranks = _ranks(form, sample.device)[unpacked(blockwise.codes, sample.numel()).long()]
        back = dequantize_blocks(blockwise, form, size, sample.shape)
    ones = torch.ones(ranks.numel(), dtype=torch.float64, device=ranks.device)
    counts = torch.zeros(16, dtype=torch.float64, device=ranks.device).index_add_(0, ranks.reshape(-1), ones)
    return torch.cat([statistics.squares_on_device(sample, back), counts / sample.numel()])


@functools.cache
def _ranks(form: BlockFormat, device: torch.device) -> torch.Tensor:
    """The place of each code among the values in rising order, int64 (16,); brought to a device once."""
    return levels(form).argsort(stable=True).argsort().to(device)
