"""Decoders for packed tensors of other programs' checkpoints: weights in float32 (out, in), nothing is rounded."""

from __future__ import annotations

import torch

from engine.numerics.exponents import e8m0_values
from engine.numerics.quantization import packing
from engine.numerics.quantization.blockwise import BlockFormat, Blockwise, dequantize_blocks
from engine.numerics.quantization.codes import from_unsigned
from engine.numerics.quantization.formats import FORMATS, SIGNED_E2M1

AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
"""AutoAWQ's "gemm" layout: which of eight outputs stands in each place of a word, from the lowest bits up."""


def gptq(
    qweight: torch.Tensor,
    qzeros: torch.Tensor,
    scales: torch.Tensor,
    g_idx: torch.Tensor | None,
    *,
    bits: int,
    plus_one: bool,
) -> torch.Tensor:
    """AutoGPTQ's layout. ``qweight`` (in · b/32, out) int32, ``qzeros`` (groups, out · b/32) int32, ``scales`` (groups,
    out), ``g_idx`` (in,): the group of each input. ``plus_one``: zero points are stored less one ("gptq", not
    "gptq_v2")."""
    outputs, inputs = qweight.shape[1], qweight.shape[0] * 32 // bits
    codes = from_words(qweight.t().contiguous(), bits, inputs)
    zeros = from_words(qzeros, bits, outputs).t().float() + (1.0 if plus_one else 0.0)
    steps = scales.float().t()
    groups = torch.arange(inputs) // -(-inputs // scales.shape[0]) if g_idx is None else g_idx.long()
    return (codes.float() - zeros[:, groups]) * steps[:, groups]


def awq(qweight: torch.Tensor, qzeros: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """AutoAWQ's "gemm" layout. ``qweight`` (in, out/8) int32, ``qzeros`` (groups, out/8) int32, ``scales`` (groups,
    out)."""
    codes, zeros = awq_codes(qweight), awq_codes(qzeros)
    groups = codes.view(len(scales), -1, codes.shape[1]).float() - zeros[:, None].float()
    return (groups * scales[:, None].float()).view(codes.shape).t().contiguous()


def awq_codes(words: torch.Tensor) -> torch.Tensor:
    """(rows, out/8) int32 -> (rows, out) uint8 in the order of the outputs."""
    codes = from_words(words, 4, words.shape[1] * len(AWQ_ORDER))
    back = torch.tensor(AWQ_ORDER).argsort()
    return codes.view(len(codes), -1, len(AWQ_ORDER))[:, :, back].reshape(codes.shape)


def scaled_integers(
    codes: torch.Tensor,
    scales: torch.Tensor,
    zeros: torch.Tensor | None = None,
    groups: torch.Tensor | None = None,
    block: tuple[int, ...] = (),
) -> torch.Tensor:
    """Codes (out, in), integers or float8, times the scale of their row and group, less their zero point. ``scales``
    and ``zeros`` (out, groups), (out, 1), (1, 1) or (1,). ``groups`` (in,): the group of each input where they don't
    follow each other. ``block``: rows and columns that share a scale, as DeepSeek-V3 stores float8; scales are then
    (blocks of rows, blocks of columns)."""
    outputs, inputs = codes.shape
    steps = scales.float().reshape(1, 1) if scales.numel() == 1 else scales.float()
    steps = steps[:, None] if steps.ndim == 1 else steps

    def spread(values: torch.Tensor) -> torch.Tensor:
        if groups is not None:
            return values[:, groups.long()]
        down, across = block or (1, inputs // values.shape[1])
        values = values.repeat_interleave(down, 0)[:outputs]
        return values if values.shape[1] == 1 else values.repeat_interleave(across, 1)[:, :inputs]

    values = codes.float()
    if zeros is not None:
        values = values - spread(zeros.float().reshape(steps.shape))
    return values * spread(steps)


def packed_integers(words: torch.Tensor, bits: int, inputs: int) -> torch.Tensor:
    """compressed-tensors: (out, words) int32 -> signed codes (out, in) int8."""
    return from_unsigned(from_words(words, bits, inputs), FORMATS[f"int{bits}"])


def packed_floats(packed: torch.Tensor) -> torch.Tensor:
    """E2M1: (…, bytes) uint8, the first of two in the low half -> (…, 2 · bytes) float32."""
    levels = torch.tensor(SIGNED_E2M1)
    both = torch.stack([packed & 15, packed >> 4], -1).reshape(*packed.shape[:-1], -1)
    return levels[both.long()]


def mxfp4(blocks: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """gpt-oss: ``blocks`` (…, out, groups, 16) uint8 and ``scales`` (…, out, groups) uint8 -> (…, in, out), bfloat16,
    which holds every value exactly."""
    values = packed_floats(blocks) * e8m0_values(scales)[..., None]
    return values.flatten(-2).transpose(-1, -2).to(torch.bfloat16).contiguous()


def blockwise(
    codes: torch.Tensor,
    magnitudes: torch.Tensor,
    nested: torch.Tensor | None,
    *,
    form: BlockFormat,
    size: int,
    shape: tuple[int, ...],
    offset: float = 0.0,
) -> torch.Tensor:
    """bitsandbytes' 4-bit layout: ``codes`` two a byte, ``magnitudes`` of the blocks, with double quantization in 8
    bits less ``offset`` in units of ``nested``."""
    shift = None if nested is None else torch.tensor(offset, dtype=torch.float32)
    blocks = Blockwise(codes.reshape(-1).view(torch.uint8), magnitudes, nested, shift)
    return dequantize_blocks(blocks, form, size, torch.Size(shape))


def vectorwise(codes: torch.Tensor, magnitudes: torch.Tensor) -> torch.Tensor:
    """bitsandbytes' LLM.int8(): int8 codes (out, in), the largest magnitude of each row."""
    return codes.float() * (magnitudes.float().view(-1, 1) / 127)


def from_words(words: torch.Tensor, bits: int, columns: int) -> torch.Tensor:
    """(rows, words) int32 -> (rows, columns) uint8 codes."""
    return packing.unpack(packing.from_words(words.contiguous(), bits, columns), bits, columns)
