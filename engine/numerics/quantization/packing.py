"""Packing codes of 1 to 8 bits: a dense little-endian bit stream per row, without loops over elements.

Code i of a row lies at bits i·b … i·b + b − 1. Seen as int32 words this is the layout of compressed-tensors.
"""

from __future__ import annotations

import torch

_UNITS = {
    1: (torch.int64, 8, 1),
    2: (torch.int32, 4, 1),
    3: (torch.int64, 8, 3),
    4: (torch.int16, 2, 1),
    5: (torch.int64, 8, 5),
    6: (torch.int32, 4, 3),
    7: (torch.int64, 8, 7),
}
"""bits -> (integer as wide as the codes of a unit, codes of a unit, bytes that they are packed into)."""


def packed_width(columns: int, bits: int) -> int:
    """Bytes of a packed row."""
    return -(-columns * bits // 8)


def pack(codes: torch.Tensor, bits: int) -> torch.Tensor:
    """(rows, n) uint8 codes below 2^bits -> (rows, ⌈n·bits/8⌉) uint8."""
    if bits == 8:
        return codes.contiguous()
    wide, unit, width = _UNITS[bits]
    rows, columns = codes.shape
    if columns % unit:
        codes = torch.nn.functional.pad(codes, (0, unit - columns % unit))
    words = codes.reshape(-1).view(wide).view(rows, -1)  # flat first: a single row may have any stride
    packed = words & _mask(bits, 0)
    for j in range(1, unit):  # code j moves from bit 8j to bit bits·j
        packed |= words >> (j * (8 - bits)) & _mask(bits, j)
    if width == 1:
        return packed.to(torch.uint8)
    tight = packed.view(torch.uint8).view(rows, -1, wide.itemsize)[:, :, :width].reshape(rows, -1)
    return tight[:, : packed_width(columns, bits)].contiguous()


def unpack(packed: torch.Tensor, bits: int, columns: int) -> torch.Tensor:
    """(rows, ⌈columns·bits/8⌉) uint8 -> (rows, columns) uint8 codes: the inverse of `pack`."""
    if bits == 8:
        return packed
    wide, unit, width = _UNITS[bits]
    rows = packed.shape[0]
    if width == 1:
        words = packed.to(wide)
    else:
        units = -(-columns // unit)
        tight = torch.nn.functional.pad(packed, (0, units * width - packed.shape[1])).view(rows, units, width)
        words = torch.nn.functional.pad(tight, (0, wide.itemsize - width)).view(rows, -1).view(wide)
    codes = words & _mask(bits, 0)
    for j in range(1, unit):
        codes |= (words & _mask(bits, j)) << (j * (8 - bits))
    return codes.view(torch.uint8)[:, :columns]


def to_words(packed: torch.Tensor) -> torch.Tensor:
    """(rows, bytes) uint8 -> (rows, ⌈bytes/4⌉) int32, the last word filled with zero bits (compressed-tensors)."""
    return (
        torch.nn.functional.pad(packed, (0, -packed.shape[1] % 4)).reshape(-1).view(torch.int32).view(len(packed), -1)
    )


def from_words(words: torch.Tensor, bits: int, columns: int) -> torch.Tensor:
    """The inverse of `to_words`: (rows, words) int32 -> (rows, ⌈columns·bits/8⌉) uint8."""
    flat = words.reshape(-1).view(torch.uint8)
    return flat.view(len(words), -1)[:, : packed_width(columns, bits)].contiguous()


def _mask(bits: int, j: int) -> int:
    """The bits of code ``j`` of a packed unit."""
    return ((1 << bits) - 1) << (bits * j)
