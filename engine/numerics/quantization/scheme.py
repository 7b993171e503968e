"""Schemes of quantization, choices of ranges, quantized weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from engine.numerics.quantization.formats import FORMATS, NumberFormat

BLOCK = 1 << 18
"""Weights worked on at once on a CPU: 1 MiB in float32, so that temporaries stay small and in the cache (see
`engine.devices.at_once`)."""


@dataclass(frozen=True)
class Scheme:
    """The number format of a weight and its scales. ``format`` is one of `FORMATS`; ``scale_dtype`` a name such as
    "float16".

    zero_point: of asymmetric integers; "float": a group has a minimum, in the dtype of the scales, that its smallest
        integer stands for (as in ggml's Q4_1), and zero need not be among its values.

    A format that prescribes its groups and scales (NVFP4, MXFP4, ggml's block formats) overrides these fields. Formats
    that store a minimum count as symmetric.
    """

    format: str
    symmetric: bool = True
    granularity: Literal["tensor", "channel", "group"] = "group"
    group_size: int = 64
    scale_dtype: str = "float16"
    zero_point: Literal["integer", "float"] = "integer"

    def __post_init__(self) -> None:
        number = self.number
        if self.symmetric:
            object.__setattr__(self, "zero_point", "integer")
        if number.group_size:
            prescribed = {"granularity": "group", "group_size": number.group_size, "scale_dtype": number.scale_dtype}
            for name, value in prescribed.items():
                object.__setattr__(self, name, value)

    @property
    def number(self) -> NumberFormat:
        """The number format."""
        return FORMATS[self.format]

    @property
    def stored_scale(self) -> torch.dtype:
        """The dtype of the scales."""
        dtype = getattr(torch, self.scale_dtype)
        assert isinstance(dtype, torch.dtype)
        return dtype

    def free(self) -> Scheme:
        """The same, or, where the format prescribes groups and scales, one of as many bits that does not."""
        size = min(self.group_size, 32)
        return Scheme(self.number.free, group_size=size) if self.number.group_size else self

    def scale_shape(self, outputs: int, inputs: int) -> tuple[int, int]:
        """Shape of the scales of an (outputs, inputs) weight; ValueError if the groups do not fit."""
        if self.granularity == "tensor":
            return 1, 1
        if self.granularity == "channel":
            return outputs, 1
        if inputs % self.group_size:
            raise ValueError(f"{inputs} inputs are not a multiple of the group size {self.group_size}")
        return outputs, inputs // self.group_size


ClipKind = Literal["absmax", "absmax_narrow", "four_over_six", "percentile", "mse"]


@dataclass(frozen=True)
class Clip:
    """Choice of the range of a group.

    "absmax": nothing is clipped; scales that are powers of two (MXFP4) clip what rounds to the largest level.
    "absmax_narrow": nor here, and symmetric integers reach as far down as up, to ±(2^(b−1)−1) (a narrow range, as in
    LLM.int8(), Dettmers et al. 2022, arXiv 2208.07339); else as "absmax". "four_over_six": of 4-bit floats, the largest
    weight becomes 6 or 4, whichever makes Σ(w − ŵ)² smaller, since there is no level between them (Cook et al. 2025,
    arXiv 2512.02010). "percentile": the range holds that percentage of the magnitudes (asymmetric: of the values, from
    either end). "mse": the one of ``steps`` shrunk ranges that makes Σ|w − ŵ|^exponent smallest.
    """

    kind: ClipKind = "absmax"
    percentile: float = 99.9
    exponent: float = 2.4
    steps: int = 40


@dataclass(frozen=True)
class Quantized:
    """``codes`` (out, in) in the format's `code_dtype`; ``scales`` and ``zero_points`` in `scale_shape`:
    int8, or floating minima in the dtype of the scales.

    Scales of fewer than 16 bits are float32 here, rounded as they are stored. ``tensor_scale`` () float32: the unit in
    which they are stored, where the format has one; it is in the scales already. Of a block format ``codes`` are its
    bytes (out, bytes), and ``scales`` (out, 0).
    """

    codes: torch.Tensor
    scales: torch.Tensor
    zero_points: torch.Tensor | None = None
    tensor_scale: torch.Tensor | None = None

    @classmethod
    def of_blocks(cls, blocks: torch.Tensor) -> Quantized:
        """Bytes of a block format (out, bytes), which hold their scales."""
        return cls(blocks, torch.empty(len(blocks), 0, device=blocks.device))


@dataclass(frozen=True)
class Solution:
    """A weight that GPTQ quantized. ``error``: ‖(W − Ŵ)X‖² / ‖WX‖² over the calibration set; ``damping`` that was
    needed, None if the Gram matrix could not be factorized and the weight was rounded to nearest instead."""

    quantized: Quantized
    error: float
    damping: float | None
