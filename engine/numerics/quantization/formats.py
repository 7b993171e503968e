"""Number formats as data: title, bits, which integers or which levels. Torch-free.

An entry of `FORMATS` is all that a format is: choices, labels and checks of settings derive from it, and so does the
rounding. Only a block format of ggml also has a layout of its bytes (`engine.numerics.ggml.layouts`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

Kind = Literal["cast", "float", "integer", "codebook", "sign", "block"]


@dataclass(frozen=True)
class NumberFormat:
    """One way to write a weight down.

    kind: "cast": the dtype itself, without a scale. "float": ``dtype`` times a scale. "integer": two's complement
    times a scale. "codebook": an index into ``levels`` times a scale. "sign": +1 or −1 times a scale, sign(0) = +1.
        "block": a block format of ggml (`engine.numerics.ggml.layouts`): bytes that hold scales and codes.
    bits: of a code; of a block format the whole bits of a weight, with its share of the scales.
    title: label of the choice; "": settings do not offer the format.
    largest: value of the weight of the largest magnitude of a group, in units of the scale; of integers the
        end of their longer side, −2^(b−1), to which a negative scale takes a positive weight.
    dtype_name: torch's name of the dtype, of "cast" and "float".
    grid: of a codebook: the values in the order of their codes, or a function that computes them.
    group_size, scale_dtype: of a format that prescribes the weights that share a scale, and the dtype of the scales.
    tensor_scale: its scales are stored in units of one scale for the whole tensor, a power of two in float32.
    inputs: formats of activations that other programs multiply these weights with.
    by_columns: methods that round column by column (GPTQ) offer it.
    aliases: names that the format had in earlier releases.
    """

    name: str
    bits: int
    kind: Kind
    title: str = ""
    largest: float = 1.0
    dtype_name: str = ""
    grid: tuple[float, ...] | Callable[[], tuple[float, ...]] = ()
    group_size: int = 0
    scale_dtype: str = ""
    tensor_scale: bool = False
    inputs: tuple[str, ...] = ()
    by_columns: bool = False
    aliases: tuple[str, ...] = ()

    @functools.cached_property
    def levels(self) -> tuple[float, ...]:
        """Values of a codebook, in the order of their codes; () of other kinds."""
        return self.grid() if callable(self.grid) else self.grid

    @property
    def minimum(self) -> int:
        """Smallest integer."""
        return -(1 << (self.bits - 1))

    @property
    def maximum(self) -> int:
        """Largest integer."""
        return (1 << (self.bits - 1)) - 1

    @property
    def dtype(self) -> torch.dtype | None:
        """The dtype of "cast" and "float"; None of other kinds."""
        return _dtype(self.dtype_name) if self.dtype_name else None

    @property
    def code_dtype(self) -> torch.dtype:
        """Dtype that holds one code an element, before packing."""
        return _dtype(self.dtype_name if self.kind == "float" else "int8" if self.kind == "integer" else "uint8")

    @property
    def free(self) -> str:
        """The format of as many bits whose groups and scales are free to choose, of one that prescribes them."""
        if self.kind == "block":
            return f"int{max(self.bits, 2)}"
        return "float4_e2m1" if self.group_size else self.name


@functools.cache
def _dtype(name: str) -> torch.dtype:
    import torch  # late: settings read the table without torch

    dtype = getattr(torch, name)
    assert isinstance(dtype, torch.dtype)
    return dtype


def normal_float_levels(bits: int = 4) -> tuple[float, ...]:
    """The NormalFloat code values: quantiles of N(0, 1) with an exact zero, scaled to [−1, 1] (QLoRA, 2305.14314).

    One more positive than negative; the outermost quantile is the mean of the two that either half would have.
    """
    half = 1 << (bits - 1)
    offset = 1 - (1 / (4 * half) + 1 / (4 * half - 2)) / 2
    positive = _normal_quantiles(offset, half + 1)
    negative = [-x for x in _normal_quantiles(offset, half)]
    return tuple(value / max(positive) for value in sorted([*negative, 0.0, *positive]))


def _normal_quantiles(first: float, count: int) -> list[float]:
    """Quantiles of N(0, 1) for ``count`` evenly spaced probabilities from ``first`` to 0.5, without the last."""
    import torch  # late: settings read the table without torch

    probabilities = torch.linspace(first, 0.5, count, dtype=torch.float64)[:-1].tolist()
    return [math.sqrt(2) * float(torch.erfinv(torch.tensor(2 * p - 1, dtype=torch.float64))) for p in probabilities]


E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Magnitudes of a 4-bit float with two exponent bits and one mantissa bit; bit 3 of the code is the sign."""
SIGNED_E2M1 = (*E2M1, *(-level for level in E2M1))
"""Values of a 4-bit float, by code."""


def _integer(bits: int) -> NumberFormat:
    return NumberFormat(
        f"int{bits}",
        bits,
        "integer",
        f"{bits} bit integer",
        largest=-(2.0 ** (bits - 1)),
        inputs=("int8", "int4", *(["float8_e4m3"] if bits == 4 else [])),
        by_columns=True,
    )


def _block(name: str, size: int, bits: int, offered: bool = True) -> NumberFormat:
    """A block format of ggml of ``size`` weights a block."""
    title = f"GGUF {name} (blocks of {size})" if offered else ""
    return NumberFormat(name, bits, "block", title, group_size=size, scale_dtype="float16", by_columns=offered)


FORMATS: dict[str, NumberFormat] = {
    entry.name: entry
    for entry in (
        NumberFormat("float16", 16, "cast", "16 bit, float16", dtype_name="float16"),
        NumberFormat("bfloat16", 16, "cast", "16 bit, bfloat16", dtype_name="bfloat16"),
        NumberFormat(
            "float8_e4m3",
            8,
            "float",
            "8 bit float (E4M3)",
            largest=448.0,
            dtype_name="float8_e4m3fn",
            inputs=("float8_e4m3", "float8_static"),
        ),
        *(_integer(bits) for bits in range(8, 1, -1)),
        NumberFormat(
            "float4_e2m1", 4, "codebook", "4 bit float (E2M1)", largest=6.0, grid=SIGNED_E2M1, by_columns=True
        ),
        NumberFormat(
            "nvfp4",
            4,
            "codebook",
            "4 bit float, NVFP4 (groups of 16, 8-bit scales)",
            largest=6.0,
            grid=SIGNED_E2M1,
            group_size=16,
            scale_dtype="float8_e4m3fn",
            tensor_scale=True,
            inputs=("nvfp4",),
            by_columns=True,
        ),
        NumberFormat(
            "mxfp4",
            4,
            "codebook",
            "4 bit float, MXFP4 (groups of 32, powers of two)",
            largest=6.0,
            grid=SIGNED_E2M1,
            group_size=32,
            scale_dtype="float8_e8m0fnu",
            inputs=("mxfp4",),
            by_columns=True,
        ),
        NumberFormat("nf4", 4, "codebook", "4 bit NormalFloat (NF4)", grid=normal_float_levels, by_columns=True),
        NumberFormat("int1", 1, "sign", "1 bit, sign and scale"),
        _block("Q4_0", 32, 4),
        _block("Q4_1", 32, 5),
        _block("Q5_0", 32, 5),
        _block("Q5_1", 32, 6),
        _block("Q8_0", 32, 8),
        _block("IQ4_NL", 32, 4),
        _block("MXFP4", 32, 4, offered=False),
        _block("Q2_K", 256, 2),
        _block("Q3_K", 256, 3),
        _block("Q4_K", 256, 4),
        _block("Q5_K", 256, 5),
        _block("Q6_K", 256, 6),
        _block("IQ4_XS", 256, 4),
        _block("TQ1_0", 256, 1, offered=False),
        _block("TQ2_0", 256, 2, offered=False),
        _block("IQ2_XXS", 256, 2, offered=False),
        _block("IQ2_XS", 256, 2, offered=False),
        _block("IQ2_S", 256, 2, offered=False),
        _block("IQ3_XXS", 256, 3, offered=False),
        _block("IQ3_S", 256, 3, offered=False),
    )
}
"""All formats, in the order in which settings offer them."""
