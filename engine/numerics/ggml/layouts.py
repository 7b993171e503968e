"""Layouts of the bytes of ggml's blocks (ggml-common.h), and their values: nothing here is rounded.

A block holds `Layout.size` weights of a row behind a float16 scale d. In K-quants runs of `Layout.run` weights have a
scale of their own, an integer times d. A weight is d · scale · level, in some formats less an offset; the level is a
whole number or a value of a table, and its index is the code that is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from engine import devices
from engine.numerics.ggml.codebooks import CODEBOOKS, Codebook
from engine.numerics.quantization.formats import FORMATS as NUMBER_FORMATS

CHUNK = 1 << 18
"""Weights that are unpacked at once on a CPU, with all temporaries in its cache."""
IQ4_VALUES = (-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113)
"""The levels of IQ4_NL and IQ4_XS (ggml-common.h, kvalues_iq4nl)."""
FP4_VALUES = (0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12)
"""Twice the values of E2M1, by code: the levels of MXFP4 (OCP MX 1.0)."""


@dataclass(frozen=True)
class Spread:
    """Numbers of ``bits`` bits in bytes: of each of ``groups`` runs of ``width`` bytes the lowest bits are its first
    ``width`` numbers, the next ones the numbers behind them, and so on."""

    groups: int
    width: int
    bits: int

    @property
    def nbytes(self) -> int:
        """Bytes of a block."""
        return self.groups * self.width

    def unpack(self, packed: torch.Tensor) -> torch.Tensor:
        """(n, bytes) uint8 -> (n, numbers) uint8."""
        if self.bits == 8:
            return packed
        runs = packed.view(len(packed), self.groups, self.width)
        mask = (1 << self.bits) - 1
        parts = [runs & mask, *((runs >> shift) & mask for shift in range(self.bits, 8 - self.bits, self.bits))]
        parts.append(runs >> (8 - self.bits))
        return torch.stack(parts, 2).view(len(packed), self.nbytes * 8 // self.bits)

    def pack(self, numbers: torch.Tensor) -> torch.Tensor:
        """The inverse."""
        if self.bits == 8:
            return numbers
        runs = numbers.view(len(numbers), self.groups, 8 // self.bits, self.width)
        packed = runs[:, :, 0].clone()
        for index, shift in enumerate(range(self.bits, 8, self.bits), 1):
            packed |= runs[:, :, index] << shift
        return packed.view(len(numbers), self.nbytes)


@dataclass(frozen=True)
class Fields:
    """Contents of blocks. ``codes`` uint8 (n, size); ``d`` and ``m`` float32 (n, 1), exact in the dtype of the file;
    ``scales`` and ``mins`` float32 whole numbers (n, runs)."""

    codes: torch.Tensor
    d: torch.Tensor
    m: torch.Tensor | None = None
    scales: torch.Tensor | None = None
    mins: torch.Tensor | None = None


RunScales = tuple[torch.Tensor, torch.Tensor | None]
"""Scales and mins, uint8 (n, runs)."""


@dataclass(frozen=True)
class Scales:
    """Storage of the whole numbers of runs: from ``low`` to ``high``, ``offset`` less than what the bytes hold."""

    low: int
    high: int
    offset: int
    unpack: Callable[[torch.Tensor], RunScales]
    pack: Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]


@dataclass(frozen=True)
class Layout:
    """A format.

    name: as the gguf package spells it, an entry of the number formats, which says how many weights a block has.
    run: weights of a block that share a scale.
    slots: parts of a block in order, with their bytes: "low" and "high" bits of the codes, "d", "m", "scales".
    codes: by slot the order of the bits; "high" ones stand above the low.
    levels: by code.
    minimum: "free": m is added; "scaled": m times the run's min is subtracted; "": there is none.
    scales: of the runs; None: a block is one run.
    """

    name: str
    run: int
    slots: tuple[tuple[str, int], ...]
    codes: tuple[tuple[str, Spread], ...]
    levels: tuple[int, ...]
    minimum: str = ""
    scales: Scales | None = None

    @property
    def size(self) -> int:
        """Weights of a block."""
        return NUMBER_FORMATS[self.name].group_size

    @property
    def nbytes(self) -> int:
        """Bytes of a block."""
        return sum(size for _, size in self.slots)

    @property
    def bits_per_weight(self) -> float:
        """All that is stored, by weight."""
        return 8 * self.nbytes / self.size

    @property
    def reach(self) -> float:
        """No weight may be larger in magnitude: a float16 holds d and m."""
        if "e" in dict(self.slots):
            return float(torch.finfo(torch.float32).max)
        if self.minimum == "free":
            return 65504.0
        whole = 1 if self.scales is None else max(self.scales.high, -self.scales.low)
        return 65504.0 * whole * (1 if self.minimum else max(abs(level) for level in self.levels))

    def split(self, blocks: torch.Tensor) -> Fields:
        """(n, bytes) uint8 -> their contents."""
        pieces = dict(
            zip((name for name, _ in self.slots), torch.split(blocks, [n for _, n in self.slots], 1), strict=True)
        )
        pieces = {name: piece.contiguous() for name, piece in pieces.items()}
        codes = self._codes(pieces)
        d = _exponent(pieces["e"]) if "e" in pieces else _half(pieces["d"])
        m = _half(pieces["m"]) if "m" in pieces else None
        if self.scales is None:
            return Fields(codes, d, m)
        scales, mins = self.scales.unpack(pieces["scales"])
        return Fields(codes, d, m, scales.float() - self.scales.offset, None if mins is None else mins.float())

    def join(self, fields: Fields) -> torch.Tensor:
        """The inverse: (n, bytes) uint8."""
        pieces = self._packed(fields.codes)
        if "e" in dict(self.slots):
            pieces["e"] = (torch.log2(fields.d).round() + 128).clamp(0, 254).to(torch.uint8)
        else:
            pieces["d"] = _bytes(fields.d)
        if fields.m is not None:
            pieces["m"] = _bytes(fields.m)
        if self.scales is not None:
            assert fields.scales is not None
            stored = (fields.scales + self.scales.offset).to(torch.int16).to(torch.uint8)
            mins = None if fields.mins is None else fields.mins.to(torch.uint8)
            pieces["scales"] = self.scales.pack(stored, mins)
        return torch.cat([pieces[name] for name, _ in self.slots], 1)

    @property
    def is_affine(self) -> bool:
        """True if the levels are whole numbers in a row."""
        return self.levels == _range(self.levels[0], self.levels[-1])

    def affine(self, blocks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(n, bytes) -> codes uint8 (n, size), scales and offsets float32 (n, runs): a weight is its code plus the
        lowest level, times the scale of its run, plus the offset."""
        fields = self.split(blocks)
        scales = fields.d if fields.scales is None else fields.d * fields.scales
        if fields.m is None:
            return fields.codes, scales, torch.zeros_like(scales)
        return fields.codes, scales, fields.m if fields.mins is None else -fields.m * fields.mins

    def values(self, fields: Fields, goal: torch.Tensor | None = None) -> torch.Tensor:
        """The weights, float32 (n, size), in ``goal`` if there is one."""
        if self.is_affine:  # a third of the time of a table
            levels = fields.codes.float() if goal is None else goal.copy_(fields.codes)
            if self.levels[0]:
                levels += self.levels[0]
        else:
            table = torch.tensor(self.levels, dtype=torch.float32, device=fields.codes.device)
            levels = table.index_select(0, fields.codes.reshape(-1).int())
            levels = levels if goal is None else goal.copy_(levels.view_as(goal))
        scale = fields.d if fields.scales is None else fields.d * fields.scales
        values = levels.view(len(fields.codes), -1, self.run).mul_(scale.unsqueeze(-1))
        if self.minimum == "free":
            assert fields.m is not None
            values += fields.m.unsqueeze(-1)
        elif self.minimum:
            assert fields.m is not None and fields.mins is not None
            values -= (fields.m * fields.mins).unsqueeze(-1)
        return values.view(len(fields.codes), self.size)

    def decode(self, blocks: torch.Tensor) -> torch.Tensor:
        """(n, bytes) uint8 -> float32 (n, size), as llama.cpp computes it, to the bit."""
        return self.values(self.split(blocks))

    def decode_into(self, goal: torch.Tensor, blocks: torch.Tensor) -> None:
        """Write what `decode` gives into ``goal``, which is contiguous."""
        self.values(self.split(blocks), goal)

    def _codes(self, pieces: dict[str, torch.Tensor]) -> torch.Tensor:
        if self.name == "TQ1_0":
            return _ternary_unpacked(pieces["low"])
        codes, shift = None, 0
        for name, spread in self.codes:
            bits = spread.unpack(pieces[name])
            codes = bits if codes is None else codes | (bits << shift)
            shift += spread.bits
        assert codes is not None
        return codes ^ 0x80 if self.name == "Q8_0" else codes

    def _packed(self, codes: torch.Tensor) -> dict[str, torch.Tensor]:
        if self.name == "TQ1_0":
            return {"low": _ternary_packed(codes)}
        codes = codes ^ 0x80 if self.name == "Q8_0" else codes
        pieces, shift = {}, 0
        for name, spread in self.codes:
            bits = codes >> shift if shift else codes
            pieces[name] = spread.pack(bits & ((1 << spread.bits) - 1))
            shift += spread.bits
        return pieces


Format = Layout | Codebook
"""A format of blocks."""


def dequantize(blocks: torch.Tensor, layout: Format) -> torch.Tensor:
    """(rows, blocks · bytes) uint8 -> float32 (rows, inputs), as llama.cpp computes it, to the bit."""
    if blocks.is_meta:
        return torch.empty(len(blocks), blocks.shape[1] // layout.nbytes * layout.size, device="meta")
    flat = blocks.reshape(-1, layout.nbytes)
    weights = torch.empty(len(flat), layout.size, device=flat.device)
    step = devices.at_once(flat.device, CHUNK) // layout.size
    for part, goal in zip(torch.split(flat, step), torch.split(weights, step), strict=True):
        layout.decode_into(goal, part)
    return weights.view(len(blocks), -1)


# -- numbers -----------------------------------------------------------------------------------------------------------
def _half(piece: torch.Tensor) -> torch.Tensor:
    return piece.view(torch.float16).float()


def _bytes(values: torch.Tensor) -> torch.Tensor:
    return values.to(torch.float16).reshape(-1).view(torch.uint8).view(len(values), -1)


def _exponent(piece: torch.Tensor) -> torch.Tensor:
    """E8M0, halved: 2^(e − 128)."""
    return torch.pow(2.0, piece.double() - 128).float()


def _ternary_unpacked(low: torch.Tensor) -> torch.Tensor:
    """Five base-3 digits a byte, as fractions of 256, so that each falls out of a product by 3 (ggml's TQ1_0): of 32,
    then 16 bytes, and four of the last 4."""
    digits = []
    for run, count in zip(torch.split(low, [32, 16, 4], 1), (5, 5, 4), strict=True):
        for position in range(count):
            scaled = (run.short() * 3**position) & 0xFF
            digits.append((scaled * 3) >> 8)
    return torch.cat(digits, 1).to(torch.uint8)


def _ternary_packed(codes: torch.Tensor) -> torch.Tensor:
    packed = []
    for run, count in zip(torch.split(codes, [160, 80, 16], 1), (5, 5, 4), strict=True):
        parts = run.int().view(len(codes), count, -1)
        total = torch.zeros_like(parts[:, 0])
        for position in range(count):
            total += parts[:, position] * 3 ** (4 - position)
        packed.append((total * 256 + 242) // 243)
    return torch.cat(packed, 1).to(torch.uint8)


# -- scales of runs ----------------------------------------------------------------------------------------------------
_NIBBLES_OF_16 = Spread(1, 8, 4)
_PAIRS_OF_16 = Spread(1, 4, 2)
_NIBBLES_OF_8 = Spread(4, 1, 4)
_PAIRS_OF_8 = Spread(2, 1, 2)


def _unpack_2k(packed: torch.Tensor) -> RunScales:
    return packed & 15, packed >> 4


def _pack_2k(scales: torch.Tensor, mins: torch.Tensor | None) -> torch.Tensor:
    assert mins is not None
    return scales | mins << 4


def _unpack_3k(packed: torch.Tensor) -> RunScales:
    low, high = packed[:, :8].contiguous(), packed[:, 8:].contiguous()
    return _NIBBLES_OF_16.unpack(low) | _PAIRS_OF_16.unpack(high) << 4, None


def _pack_3k(scales: torch.Tensor, mins: torch.Tensor | None) -> torch.Tensor:
    return torch.cat([_NIBBLES_OF_16.pack(scales & 15), _PAIRS_OF_16.pack(scales >> 4)], 1)


def _unpack_4k(packed: torch.Tensor) -> RunScales:
    first, second, third = torch.split(packed, 4, 1)
    scales = torch.cat([first & 63, (third & 15) | (first >> 6) << 4], 1)
    return scales, torch.cat([second & 63, (third >> 4) | (second >> 6) << 4], 1)


def _pack_4k(scales: torch.Tensor, mins: torch.Tensor | None) -> torch.Tensor:
    assert mins is not None
    first = scales[:, :4] | (scales[:, 4:] >> 4) << 6
    second = mins[:, :4] | (mins[:, 4:] >> 4) << 6
    return torch.cat([first, second, (scales[:, 4:] & 15) | (mins[:, 4:] & 15) << 4], 1)


def _unpack_6k(packed: torch.Tensor) -> RunScales:
    return packed ^ 0x80, None


def _pack_6k(scales: torch.Tensor, mins: torch.Tensor | None) -> torch.Tensor:
    return scales ^ 0x80


def _unpack_iq4(packed: torch.Tensor) -> RunScales:
    high, low = packed[:, :2].contiguous(), packed[:, 2:].contiguous()
    return _NIBBLES_OF_8.unpack(low) | _PAIRS_OF_8.unpack(high) << 4, None


def _pack_iq4(scales: torch.Tensor, mins: torch.Tensor | None) -> torch.Tensor:
    return torch.cat([_PAIRS_OF_8.pack(scales >> 4), _NIBBLES_OF_8.pack(scales & 15)], 1)


_SCALES_2K = Scales(0, 15, 0, _unpack_2k, _pack_2k)
_SCALES_3K = Scales(-32, 31, 32, _unpack_3k, _pack_3k)
_SCALES_4K = Scales(0, 63, 0, _unpack_4k, _pack_4k)
_SCALES_6K = Scales(-128, 127, 128, _unpack_6k, _pack_6k)
_SCALES_IQ4 = Scales(-32, 31, 32, _unpack_iq4, _pack_iq4)

# -- formats -----------------------------------------------------------------------------------------------------------
_LOW_4 = ("low", Spread(1, 16, 4))
_HIGH_1 = ("high", Spread(4, 1, 1))
_LOW_2K = ("low", Spread(2, 32, 2))
_LOW_4K = ("low", Spread(4, 32, 4))
_HIGH_1K = ("high", Spread(1, 32, 1))
_D, _M = ("d", 2), ("m", 2)


def _range(low: int, high: int) -> tuple[int, ...]:
    return tuple(range(low, high + 1))


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("Q4_0", 32, (_D, ("low", 16)), (_LOW_4,), _range(-8, 7)),
        Layout("Q4_1", 32, (_D, _M, ("low", 16)), (_LOW_4,), _range(0, 15), "free"),
        Layout("Q5_0", 32, (_D, ("high", 4), ("low", 16)), (_LOW_4, _HIGH_1), _range(-16, 15)),
        Layout("Q5_1", 32, (_D, _M, ("high", 4), ("low", 16)), (_LOW_4, _HIGH_1), _range(0, 31), "free"),
        Layout("Q8_0", 32, (_D, ("low", 32)), (("low", Spread(1, 32, 8)),), _range(-128, 127)),
        Layout("IQ4_NL", 32, (_D, ("low", 16)), (_LOW_4,), IQ4_VALUES),
        Layout("MXFP4", 32, (("e", 1), ("low", 16)), (_LOW_4,), FP4_VALUES),
        Layout("Q2_K", 16, (("scales", 16), ("low", 64), _D, _M), (_LOW_2K,), _range(0, 3), "scaled", _SCALES_2K),
        Layout(
            "Q3_K",
            16,
            (("high", 32), ("low", 64), ("scales", 12), _D),
            (_LOW_2K, _HIGH_1K),
            _range(-4, 3),
            scales=_SCALES_3K,
        ),
        Layout("Q4_K", 32, (_D, _M, ("scales", 12), ("low", 128)), (_LOW_4K,), _range(0, 15), "scaled", _SCALES_4K),
        Layout(
            "Q5_K",
            32,
            (_D, _M, ("scales", 12), ("high", 32), ("low", 128)),
            (_LOW_4K, _HIGH_1K),
            _range(0, 31),
            "scaled",
            _SCALES_4K,
        ),
        Layout(
            "Q6_K",
            16,
            (("low", 128), ("high", 64), ("scales", 16), _D),
            (("low", Spread(2, 64, 4)), ("high", Spread(2, 32, 2))),
            _range(-32, 31),
            scales=_SCALES_6K,
        ),
        Layout(
            "IQ4_XS",
            32,
            (_D, ("scales", 6), ("low", 128)),
            (("low", Spread(8, 16, 4)),),
            IQ4_VALUES,
            scales=_SCALES_IQ4,
        ),
        Layout("TQ1_0", 256, (("low", 52), _D), (), _range(-1, 1)),
        Layout("TQ2_0", 256, (("low", 64), _D), (_LOW_2K,), _range(-1, 2)),
    )
}
"""Formats whose weights each have a code, by name."""
FORMATS: dict[str, Format] = {**LAYOUTS, **CODEBOOKS}
"""All, by name."""
