"""ggml's formats that store points of a codebook: IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS and IQ3_S (ggml-common.h).

A block holds 256 weights of a row behind a float16 d. Groups of 8 (IQ3: 4) magnitudes are a point of a table, signs are
stored beside them; in the formats with ``even`` of 8 weights an even number is negative, so that 7 bits say which. Runs
of weights have a scale of their own: a weight is d · (2 s + 1) / ``part`` · ± magnitude, s from 0 to 15.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import torch

SIZE = 256
"""Weights of a block."""
SCALES = 16
"""Whole numbers s that a run can have."""
SIGNED = 8
"""Weights whose signs are stored together."""


@dataclass(frozen=True)
class Points:
    """Contents of blocks. ``codes`` int64 (n, groups), rows of the table; ``negative`` bool (n, 256); ``d`` float32
    (n, 1), exact in float16; ``scales`` int64 (n, runs), the s."""

    codes: torch.Tensor
    negative: torch.Tensor
    d: torch.Tensor
    scales: torch.Tensor


@dataclass(frozen=True)
class Codebook:
    """A format. run: weights that share a scale; group: magnitudes of a point; part: see above."""

    name: str
    nbytes: int
    run: int
    group: int
    part: int
    even: bool
    size: int = SIZE

    @property
    def bits_per_weight(self) -> float:
        """All that is stored, by weight."""
        return 8 * self.nbytes / self.size

    @property
    def reach(self) -> float:
        """No weight may be larger in magnitude: a float16 holds d."""
        return 65504.0 * (2 * SCALES - 1) / self.part * self.levels[-1]

    @property
    def levels(self) -> tuple[int, ...]:
        """The magnitudes that there are."""
        return tuple(int(value) for value in _table(self.name).grid_map)

    def points(self, device: torch.device) -> torch.Tensor:
        """The table, float32 (points, group)."""
        return _points(self.name).to(device)

    def split(self, blocks: torch.Tensor) -> Points:
        """(n, bytes) uint8 -> their contents."""
        d = blocks[:, :2].contiguous().view(torch.float16).float()
        codes, negative, scales = _UNPACK[self.name](blocks[:, 2:])
        return Points(codes, negative, d, scales)

    def join(self, points: Points) -> torch.Tensor:
        """The inverse: (n, bytes) uint8."""
        d = points.d.to(torch.float16).reshape(-1).view(torch.uint8).view(-1, 2)
        return torch.cat([d, _PACK[self.name](points.codes, _packed_signs(points.negative), points.scales)], 1)

    def decode(self, blocks: torch.Tensor) -> torch.Tensor:
        """(n, bytes) uint8 -> float32 (n, 256), as llama.cpp computes it, to the bit."""
        points = self.split(blocks)
        values = self.points(blocks.device)[points.codes].view(len(blocks), self.size)
        values = torch.where(points.negative, -values, values).view(len(blocks), -1, self.run)
        return values.mul_((points.d * (2 * points.scales + 1) / self.part).unsqueeze(2)).view(len(blocks), self.size)

    def decode_into(self, goal: torch.Tensor, blocks: torch.Tensor) -> None:
        """Write what `decode` gives into ``goal``."""
        goal.copy_(self.decode(blocks))


@functools.cache
def _points(name: str) -> torch.Tensor:
    table = _table(name)
    table.init_grid()
    return torch.from_numpy(table.grid.reshape(table.grid_shape).copy()).float()


def _table(name: str) -> Any:
    """The gguf package's class for a format, which holds the table."""
    from gguf import quants  # late: few models have such blocks

    return getattr(quants, name)


# -- bits --------------------------------------------------------------------------------------------------------------
Unpacked = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Codes, bool of the negative weights, scales."""


def _bits(packed: torch.Tensor, bits: int) -> torch.Tensor:
    """(n, numbers) of 8 bits -> (n, numbers · 8 / bits), the lowest first, int64."""
    shifts = torch.arange(0, 8, bits, device=packed.device)
    return ((packed.long().unsqueeze(2) >> shifts) & ((1 << bits) - 1)).flatten(1)


def _bytes(numbers: torch.Tensor, bits: int) -> torch.Tensor:
    """The inverse, uint8."""
    shifts = torch.arange(0, 8, bits, device=numbers.device)
    return (numbers.view(len(numbers), -1, 8 // bits) << shifts).sum(2).to(torch.uint8)


def _words(packed: torch.Tensor, size: int) -> torch.Tensor:
    """Whole numbers of ``size`` bytes, the lowest first: (n, bytes) -> (n, words) int64."""
    shifts = 8 * torch.arange(size, device=packed.device)
    return (packed.long().view(len(packed), -1, size) << shifts).sum(2)


def _from_words(words: torch.Tensor, size: int) -> torch.Tensor:
    shifts = 8 * torch.arange(size, device=words.device)
    return ((words.unsqueeze(2) >> shifts) & 0xFF).flatten(1).to(torch.uint8)


def _packed_signs(negative: torch.Tensor) -> torch.Tensor:
    """(n, 256) bool -> (n, 32) int64, 8 a number."""
    return _bytes(negative.long(), 1).long()


def _signs(numbers: torch.Tensor, even: bool) -> torch.Tensor:
    """The inverse. ``even``: the eighth sign of 8 follows from seven."""
    negative = _bits(numbers, 1).view(len(numbers), -1, SIGNED)
    if even:
        negative[:, :, -1] = negative[:, :, :-1].sum(2) & 1
    return negative.flatten(1).bool()


def _seven_signs(words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Words of 32 bits: which weights are negative, and the scale above 28 bits of signs."""
    shifts = 7 * torch.arange(4, device=words.device)
    return _signs(((words.unsqueeze(2) >> shifts) & 127).flatten(1), True), words >> 28


def _signs_in_words(signs: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    shifts = 7 * torch.arange(4, device=signs.device)
    return ((signs & 127).view(len(signs), -1, 4) << shifts).sum(2) | scales << 28


def _unpack_2xxs(rest: torch.Tensor) -> Unpacked:
    pairs = _words(rest.contiguous(), 4).view(len(rest), -1, 2)
    shifts = 8 * torch.arange(4, device=rest.device)
    return ((pairs[:, :, :1] >> shifts) & 0xFF).flatten(1), *_seven_signs(pairs[:, :, 1])


def _pack_2xxs(codes: torch.Tensor, signs: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    low = _words(codes, 4)
    return _from_words(torch.stack([low, _signs_in_words(signs, scales)], 2).flatten(1), 4)


def _unpack_2xs(rest: torch.Tensor) -> Unpacked:
    words = _words(rest[:, :64].contiguous(), 2)
    return words & 511, _signs(words >> 9, True), _bits(rest[:, 64:], 4)


def _pack_2xs(codes: torch.Tensor, signs: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    return torch.cat([_from_words(codes | (signs & 127) << 9, 2), _bytes(scales, 4)], 1)


def _unpack_2s(rest: torch.Tensor) -> Unpacked:
    low, signs, high, scales = torch.split(rest, [32, 32, 8, 8], 1)
    return low.long() | _bits(high, 2) << 8, _signs(signs, False), _bits(scales, 4)


def _pack_2s(codes: torch.Tensor, signs: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    low = (codes & 0xFF).to(torch.uint8)
    return torch.cat([low, signs.to(torch.uint8), _bytes(codes >> 8, 2), _bytes(scales, 4)], 1)


def _unpack_3xxs(rest: torch.Tensor) -> Unpacked:
    return rest[:, :64].long(), *_seven_signs(_words(rest[:, 64:].contiguous(), 4))


def _pack_3xxs(codes: torch.Tensor, signs: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    return torch.cat([codes.to(torch.uint8), _from_words(_signs_in_words(signs, scales), 4)], 1)


def _unpack_3s(rest: torch.Tensor) -> Unpacked:
    low, high, signs, scales = torch.split(rest, [64, 8, 32, 4], 1)
    return low.long() | _bits(high, 1) << 8, _signs(signs, False), _bits(scales, 4)


def _pack_3s(codes: torch.Tensor, signs: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    low = (codes & 0xFF).to(torch.uint8)
    return torch.cat([low, _bytes(codes >> 8, 1), signs.to(torch.uint8), _bytes(scales, 4)], 1)


_UNPACK = {
    "IQ2_XXS": _unpack_2xxs,
    "IQ2_XS": _unpack_2xs,
    "IQ2_S": _unpack_2s,
    "IQ3_XXS": _unpack_3xxs,
    "IQ3_S": _unpack_3s,
}
_PACK = {
    "IQ2_XXS": _pack_2xxs,
    "IQ2_XS": _pack_2xs,
    "IQ2_S": _pack_2s,
    "IQ3_XXS": _pack_3xxs,
    "IQ3_S": _pack_3s,
}
CODEBOOKS = {
    book.name: book
    for book in (
        Codebook("IQ2_XXS", 66, 32, 8, 8, True),
        Codebook("IQ2_XS", 74, 16, 8, 8, True),
        Codebook("IQ2_S", 82, 16, 8, 8, False),
        Codebook("IQ3_XXS", 98, 32, 4, 4, True),
        Codebook("IQ3_S", 110, 32, 4, 1, False),
    )
}
"""By name."""
