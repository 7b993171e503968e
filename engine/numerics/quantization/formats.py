"""Number formats as data: how many bits, which integers or which levels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch

from engine.numerics.ggml.layouts import FORMATS as BLOCK_FORMATS

Kind = Literal["cast", "float", "integer", "codebook", "sign", "block"]


@dataclass(frozen=True)
class NumberFormat:
    """One way to write a weight down.

    kind: "cast": the dtype itself, without a scale. "float": ``dtype`` times a scale. "integer": two's complement
    times a scale. "codebook": an index into ``levels`` times a scale. "sign": +1 or −1 times a scale, sign(0) = +1.
        "block": a block format of ggml (`engine.numerics.ggml.layouts`): bytes that hold scales and codes.
    bits: of a code; of a block format the whole bits of a weight, with its share of the scales.
    largest: what the weight of the largest magnitude of a group is mapped to, in units of the scale; of integers the
        end of their longer side, −2^(b−1), to which a negative scale takes a positive weight.
    levels: of a codebook, in the order of their codes.
    group_size, scale_dtype: of a format that prescribes how many weights share a scale and what it is stored in.
    tensor_scale: its scales are stored in units of one scale for the whole tensor, a power of two in float32.
    """

    name: str
    bits: int
    kind: Kind
    largest: float = 1.0
    dtype: torch.dtype | None = None
    levels: tuple[float, ...] = ()
    group_size: int = 0
    scale_dtype: str = ""
    tensor_scale: bool = False

    @property
    def minimum(self) -> int:
        """Smallest integer."""
        return -(1 << (self.bits - 1))

    @property
    def maximum(self) -> int:
        """Largest integer."""
        return (1 << (self.bits - 1)) - 1

    @property
    def code_dtype(self) -> torch.dtype:
        """Dtype that holds one code an element, before packing."""
        if self.kind == "float":
            assert self.dtype is not None
            return self.dtype
        return torch.int8 if self.kind == "integer" else torch.uint8

    @property
    def free(self) -> str:
        """The format of as many bits whose groups and scales are free to choose, of one that prescribes them."""
        if self.kind == "block":
            return f"int{max(self.bits, 2)}"
        return "float4_e2m1" if self.group_size else self.name


def normal_float_levels(bits: int = 4) -> tuple[float, ...]:
    """The NormalFloat code values: quantiles of N(0, 1) with an exact zero, scaled to [−1, 1] (QLoRA, 2305.14314).

    One more positive than negative; the outermost quantile is the mean of the two that either half would have.
    """
    half = 1 << (bits - 1)
    offset = 1 - (1 / (4 * half) + 1 / (4 * half - 2)) / 2
    positive = [_normal_quantile(p) for p in torch.linspace(offset, 0.5, half + 1, dtype=torch.float64)[:-1].tolist()]
    negative = [-_normal_quantile(p) for p in torch.linspace(offset, 0.5, half, dtype=torch.float64)[:-1].tolist()]
    return tuple(value / max(positive) for value in sorted([*negative, 0.0, *positive]))


def _normal_quantile(p: float) -> float:
    return math.sqrt(2) * float(torch.erfinv(torch.tensor(2 * p - 1, dtype=torch.float64)))


def _integer(bits: int) -> NumberFormat:
    return NumberFormat(f"int{bits}", bits, "integer", largest=-(2.0 ** (bits - 1)))


E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Magnitudes of a 4-bit float with two exponent bits and one mantissa bit; bit 3 of the code is the sign."""
_SIGNED_E2M1 = (*E2M1, *(-level for level in E2M1))

FORMATS: dict[str, NumberFormat] = {
    entry.name: entry
    for entry in (
        NumberFormat("float16", 16, "cast", dtype=torch.float16),
        NumberFormat("bfloat16", 16, "cast", dtype=torch.bfloat16),
        NumberFormat("float8_e4m3", 8, "float", largest=448.0, dtype=torch.float8_e4m3fn),
        *(_integer(bits) for bits in range(8, 1, -1)),
        NumberFormat("float4_e2m1", 4, "codebook", largest=6.0, levels=_SIGNED_E2M1),
        NumberFormat(
            "nvfp4",
            4,
            "codebook",
            largest=6.0,
            levels=_SIGNED_E2M1,
            group_size=16,
            scale_dtype="float8_e4m3fn",
            tensor_scale=True,
        ),
        NumberFormat(
            "mxfp4", 4, "codebook", largest=6.0, levels=_SIGNED_E2M1, group_size=32, scale_dtype="float8_e8m0fnu"
        ),
        NumberFormat("nf4", 4, "codebook", levels=normal_float_levels(4)),
        NumberFormat("int1", 1, "sign"),
        *(
            NumberFormat(
                layout.name, int(layout.bits_per_weight), "block", group_size=layout.size, scale_dtype="float16"
            )
            for layout in BLOCK_FORMATS.values()
        ),
    )
}
