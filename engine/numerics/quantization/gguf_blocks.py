"""Block types of GGUF for weights that were quantized here, and their bytes: codes and scales are carried
over, never rounded."""

from __future__ import annotations

import torch

from engine.numerics.ggml.layouts import LAYOUTS, Fields
from engine.numerics.quantization.codes import to_unsigned
from engine.numerics.quantization.scheme import Quantized, Scheme

SIZE = 32
"""Weights of a block."""


def block_type(scheme: Scheme, inputs: int) -> tuple[str, str]:
    """The type that holds codes of a scheme as they are; or "" and why there is none."""
    number = scheme.number
    if scheme.format == "mxfp4":
        return "MXFP4", ""
    if number.kind != "integer":
        return "", f"GGUF has no blocks of {scheme.format} with free scales"
    if number.bits > 5 and not scheme.symmetric:
        return "", f"GGUF has no {number.bits}-bit blocks with zero points"
    if (scheme.group_size if scheme.granularity == "group" else inputs) % SIZE:
        return "", "its group size is not a multiple of 32 weights"
    if scheme.scale_dtype == "float32":
        return "", "its scales are float32, and those of GGUF are float16"
    if number.bits > 5:
        return "Q8_0", ""
    return f"Q{max(number.bits, 4)}_{0 if scheme.symmetric else 1}", ""


def blocks(quantized: Quantized, scheme: Scheme) -> torch.Tensor:
    """The bytes (out, bytes) of the type that `block_type` names. An offset −(zero point − smallest integer)·d is
    rounded to float16; ValueError where a scale would be, or where an offset is beyond it."""
    outputs, inputs = quantized.codes.shape
    name, _ = block_type(scheme, inputs)
    layout, number = LAYOUTS[name], scheme.number

    def per_block(values: torch.Tensor) -> torch.Tensor:
        """One value a block (n, 1), of one a group (rows, columns)."""
        rows = values.expand(outputs, -1)
        return rows.repeat_interleave(inputs // SIZE // rows.shape[1], dim=1).reshape(-1, 1)

    scales = quantized.scales.float()
    if number.kind != "integer":  # MXFP4 stores twice its levels, and half the scale
        return layout.join(Fields(quantized.codes.view(-1, SIZE), per_block(scales / 2))).view(outputs, -1)
    if not torch.equal(scales.half().float(), scales):
        raise ValueError("a scale has no equal in float16")
    offsets = None
    if quantized.zero_points is None:
        codes = (quantized.codes.short() - min(layout.levels)).to(torch.uint8)
    else:
        codes = to_unsigned(quantized.codes, number)
        offsets = _offsets(quantized.zero_points, scales, number.minimum)
    fields = Fields(codes.reshape(-1, SIZE), per_block(scales), None if offsets is None else per_block(offsets))
    return layout.join(fields).view(outputs, -1)


def mxfp4(packed: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """gpt-oss' MXFP4 (out, groups, 16) uint8, neighbors in a byte, and (out, groups) uint8 exponents -> ggml's blocks
    (out, groups · 17), the exponent first and the halves of a group in a byte. The numbers are the same."""
    codes = torch.stack([packed & 15, packed >> 4], -1).flatten(-2)
    half = codes.shape[-1] // 2
    joined = torch.cat([scales[..., None], codes[..., :half] | codes[..., half:] << 4], -1)
    return joined.flatten(-2).contiguous()


def _offsets(zeros: torch.Tensor, scales: torch.Tensor, minimum: int) -> torch.Tensor:
    """Values of the smallest integer (rows, columns), float32. ValueError beyond float16."""
    offsets = zeros.float() if zeros.is_floating_point() else -(zeros.float() - minimum) * scales
    if not torch.isfinite(offsets.half()).all():
        raise ValueError("an offset is beyond float16")
    return offsets
