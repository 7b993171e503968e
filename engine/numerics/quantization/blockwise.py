"""Block quantization as bitsandbytes does it (QLoRA, arXiv 2305.14314): a tensor is laid out flat and cut into blocks,
each block is divided by its largest magnitude, each value becomes the nearest of 16.

Double quantization writes those magnitudes in 8 bits: their mean is taken off, the rest is quantized in blocks of 256
to the dynamic 8-bit values. Everything is equal to bitsandbytes to the bit.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch

from engine import devices
from engine.devices import CPU
from engine.numerics.quantization.codes import count_below
from engine.numerics.quantization.formats import E2M1
from engine.numerics.quantization.scheme import BLOCK

BlockFormat = Literal["nf4", "fp4_e2m1", "fp4"]
SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
"""Values of a block."""
NESTED = 256
"""Magnitudes of a block of double quantization."""
_NF4 = (
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635),
    *(-0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725),
    *(0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
)
"""As published (appendix E); equal to six digits to `engine.numerics.quantization.formats.normal_float_levels`."""
_FP4 = (0.0, 0.0625, 8.0, 12.0, 4.0, 6.0, 2.0, 3.0)
"""Values of FP4 of bitsandbytes, by code without its sign bit, in units of a twelfth: its smallest value is a twelfth
of what a 4-bit float would have."""


@dataclass(frozen=True)
class Blockwise:
    """``codes`` (⌈n/2⌉,) uint8, two values a byte, the first in the high half; the magnitudes of the blocks: float32
    (blocks,), or with double quantization uint8, then ``nested_scales`` (⌈blocks/256⌉,) and ``offset`` () float32."""

    codes: torch.Tensor
    scales: torch.Tensor
    nested_scales: torch.Tensor | None = None
    offset: torch.Tensor | None = None

    def magnitudes(self) -> torch.Tensor:
        """The magnitudes of the blocks, float32 (blocks,)."""
        if self.nested_scales is None or self.offset is None:
            return self.scales
        magnitudes = dynamic_levels(self.scales.device)[self.scales.long()]
        return magnitudes * self.nested_scales.repeat_interleave(NESTED)[: len(magnitudes)] + self.offset


@functools.cache
def levels(form: BlockFormat, device: torch.device = CPU) -> torch.Tensor:
    """The 16 values in the order of their codes, float32, largest magnitude 1; brought to a device once."""
    if device != CPU:
        return levels(form).to(device)
    if form == "nf4":
        return torch.tensor(_NF4, dtype=torch.float32)
    magnitudes = _FP4 if form == "fp4" else E2M1
    values = torch.tensor([*magnitudes, *(-x for x in magnitudes)], dtype=torch.float32)
    return values / values.max()


@functools.cache
def dynamic_levels(device: torch.device = CPU) -> torch.Tensor:
    """The 256 values of the dynamic 8-bit type in rising order (Dettmers 2021, arXiv 2110.02861): sign, an exponent of
    base 10 in unary, and the bits that are left are a linear fraction."""
    if device != CPU:
        return dynamic_levels().to(device)
    values = [0.0, 1.0]
    for exponent in range(7):
        edges = torch.linspace(0.1, 1, 2**exponent + 1, dtype=torch.float32)
        means = 10.0 ** (exponent - 6) * ((edges[:-1] + edges[1:]) / 2)
        values += [*means.tolist(), *(-means).tolist()]
    return torch.tensor(sorted(values), dtype=torch.float32)


@functools.cache
def _middles(form: BlockFormat) -> tuple[float, ...]:
    """Between neighboring levels, rising."""
    ordered = levels(form).sort().values
    return tuple(((ordered[:-1] + ordered[1:]) / 2).tolist())


@functools.cache
def _order(form: BlockFormat, device: torch.device) -> torch.Tensor:
    """The code of each level in rising order, uint8 (16,); brought to a device once."""
    return levels(form).argsort(stable=True).to(device, torch.uint8)


def quantize_blocks(tensor: torch.Tensor, form: BlockFormat, size: int, double: bool) -> Blockwise:
    """Quantize a floating tensor of any shape. ValueError for a NaN or an infinity."""
    middles, order = _middles(form), _order(form, tensor.device)
    codes: list[torch.Tensor] = []
    scales: list[torch.Tensor] = []
    for piece in _pieces(tensor.reshape(-1), size):
        scale = piece.abs().amax(1)
        scaled = piece * (1.0 / scale.clamp_min(1e-38))[:, None]
        order_codes = order.index_select(0, count_below(scaled.clamp_(-1, 1).view(-1), middles).int())
        codes.append(order_codes[::2] << 4 | order_codes[1::2])
        scales.append(scale)
    packed, magnitudes = torch.cat(codes)[: -(-tensor.numel() // 2)], torch.cat(scales)
    if not torch.isfinite(magnitudes).all():
        raise ValueError("a weight is NaN or infinite")
    return _doubled(packed, magnitudes) if double else Blockwise(packed, magnitudes)


def dequantize_blocks(blocks: Blockwise, form: BlockFormat, size: int, shape: torch.Size) -> torch.Tensor:
    """The tensor in float32."""
    count = math.prod(shape)
    values = levels(form, blocks.codes.device).index_select(0, unpacked(blocks.codes, count).int())
    scales = blocks.magnitudes()
    if count % size:
        values = torch.nn.functional.pad(values, (0, -count % size))
    return values.view(-1, size).mul_(scales[:, None]).view(-1)[:count].view(shape)


def unpacked(codes: torch.Tensor, count: int) -> torch.Tensor:
    """(⌈count/2⌉,) bytes -> (count,) uint8 codes."""
    return torch.stack((codes >> 4, codes & 0xF), 1).view(-1)[:count]


def usage(codes: torch.Tensor, count: int) -> torch.Tensor:
    """Counts of each of the 16 codes, int64 (16,)."""
    return torch.bincount(unpacked(codes, count).int(), minlength=16)


def block_bits(count: int, size: int, double: bool) -> int:
    """Bits of everything that `quantize_blocks` gives for ``count`` values."""
    blocks = -(-count // size)
    scales = 8 * blocks + 32 * -(-blocks // NESTED) + 32 if double else 32 * blocks
    return 8 * -(-count // 2) + scales


def _doubled(codes: torch.Tensor, magnitudes: torch.Tensor) -> Blockwise:
    """Double quantization: section 3 of the paper, with the 8-bit type that bitsandbytes uses.

    Its CPU kernel looks values up in a fine table and so takes the neighbor of the nearest for one in a thousand; its
    other kernels do not.
    """
    offset = magnitudes.mean()
    rest = magnitudes - offset
    table = dynamic_levels(rest.device)
    padded = torch.nn.functional.pad(rest, (0, -len(rest) % NESTED)).view(-1, NESTED)
    nested = padded.abs().amax(1)
    scaled = padded * (1.0 / nested.clamp_min(1e-38))[:, None]
    middles = (table[:-1] + table[1:]) / 2
    nested_codes = torch.bucketize(scaled.view(-1)[: len(rest)], middles).to(torch.uint8)
    return Blockwise(codes, nested_codes, nested, offset)


def _pieces(flat: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Blocks (n, size) in float32, some at a time, the last one filled with zeros."""
    step = max(1, devices.at_once(flat.device, BLOCK) // size) * size
    for start in range(0, len(flat), step):
        piece = flat[start : start + step].float()
        yield torch.nn.functional.pad(piece, (0, -len(piece) % size)).view(-1, size)
