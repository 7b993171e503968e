"""Integers as GGUF packs them: blocks of 32 weights of a row behind their float16 scale.

Q4_0: (q − 8)·d with q in four bits; Q4_1: q·d + m; Q8_0: q·d with q in eight. Of the 16 bytes of a 4-bit block the low
halves are its first 16 weights, the high halves the others (ggml-quants.c). Codes are carried over, never rounded.
"""

from __future__ import annotations

import torch

SIZE = 32
"""Weights of a block."""


def q4_0(codes: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """(out, in) int8 codes from −8 to 7 and (out, columns) scales -> (out, in / 32 · 18) bytes."""
    return _joined(_half(scales, codes), _nibbles(codes + 8))


def q4_1(codes: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor) -> torch.Tensor:
    """The same with int8 zero points (out, columns) -> (out, in / 32 · 20) bytes. The offset −(zero + 8)·d is rounded
    to float16."""
    offsets = -(zeros.float() + 8) * scales.float()
    return _joined(_half(scales, codes), _half(offsets, codes, exact=False), _nibbles(codes + 8))


def q8_0(codes: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """(out, in) int8 codes and (out, columns) scales -> (out, in / 32 · 34) bytes."""
    blocks = codes.contiguous().view(torch.uint8).view(len(codes), -1, SIZE)
    return _joined(_half(scales, codes), blocks)


def _half(values: torch.Tensor, codes: torch.Tensor, exact: bool = True) -> torch.Tensor:
    """One float16 a block, as two bytes; ValueError where that would round."""
    half = values.to(torch.float16)
    if exact and not torch.equal(half.float(), values.float()):
        raise ValueError("a scale has no equal in float16")
    if not torch.isfinite(half).all():
        raise ValueError("an offset is beyond float16")
    outputs, inputs = codes.shape
    rows = half.expand(outputs, -1) if len(half) == 1 else half
    repeated = rows.repeat_interleave(inputs // SIZE // rows.shape[1], dim=1)
    return repeated.contiguous().view(torch.uint8).view(outputs, -1, 2)


def _nibbles(codes: torch.Tensor) -> torch.Tensor:
    blocks = codes.to(torch.uint8).view(len(codes), -1, 2, SIZE // 2)
    return blocks[:, :, 0] | blocks[:, :, 1] << 4


def _joined(*pieces: torch.Tensor) -> torch.Tensor:
    joined = torch.cat(pieces, dim=-1)
    return joined.view(len(joined), -1)
