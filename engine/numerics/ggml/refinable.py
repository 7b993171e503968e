"""Blocks of ggml's formats taken apart into what can be refined: levels, sub-scales, and float16 super-scales.

A weight is scale · level + shift, where scale and shift belong to a run of weights (`run_parameters`) and are made of
few stored numbers: the float16 d and m of a block and, in K-quants, IQ4_XS and codebook formats, the whole numbers of
its runs. `stored` rounds each of them to what its field holds, and `assembled` puts them back into the blocks: what was
not changed comes back to the bit. The exponents of MXFP4 are no such numbers: they are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from engine.numerics.ggml.codebooks import SCALES, Codebook
from engine.numerics.ggml.layouts import Fields, Format, Layout
from engine.numerics.ggml.quantize import codes_of

Numbers = Mapping[str, torch.Tensor]
"""The stored numbers of blocks, float32: "d" and "m" (rows, blocks); "scales" and "mins" (rows, runs), whole."""
LARGEST_HALF = float(torch.finfo(torch.float16).max)


def ranks_of(blocks: torch.Tensor, layout: Format) -> torch.Tensor:
    """Blocks (rows, bytes) -> (rows, inputs). Of a layout uint8, the number of each level in rising order; of a
    codebook int8, the signed magnitudes."""
    flat = blocks.view(-1, layout.nbytes)
    if isinstance(layout, Codebook):
        points = layout.split(flat)
        values = layout.points(blocks.device)[points.codes].view(len(flat), layout.size)
        return torch.where(points.negative, -values, values).to(torch.int8).view(len(blocks), -1)
    codes = layout.split(flat).codes
    table = rank_of_code(layout).to(blocks.device)
    return table.index_select(0, codes.reshape(-1).int()).view(len(blocks), -1)


def rank_of_code(layout: Layout) -> torch.Tensor:
    """The rank of each code's level among the different levels in rising order, uint8 (codes,)."""
    ordered = sorted(set(layout.levels))
    return torch.tensor([ordered.index(level) for level in layout.levels], dtype=torch.uint8)


def levels_of(layout: Format) -> tuple[int, ...]:
    """The different levels in rising order; () of a codebook, whose weights are not rounded one by one."""
    return () if isinstance(layout, Codebook) else tuple(sorted(set(layout.levels)))


def numbers_of(blocks: torch.Tensor, layout: Format) -> dict[str, torch.Tensor]:
    """The stored numbers of blocks (rows, bytes) that can be refined, by name."""
    rows, flat = len(blocks), blocks.view(-1, layout.nbytes)
    if isinstance(layout, Codebook):
        points = layout.split(flat)
        return {"d": points.d.view(rows, -1), "scales": points.scales.float().view(rows, -1)}
    fields = layout.split(flat)
    named = {"d": fields.d, "m": fields.m, "scales": fields.scales, "mins": fields.mins}
    return {name: x.reshape(rows, -1) for name, x in named.items() if x is not None}


def units_of(numbers: Numbers, layout: Format) -> dict[str, torch.Tensor]:
    """Size of a step of 1 of each number, in the shapes of the numbers: of a float16 scale its own magnitude, a free
    minimum at least the scale of its block, a whole number at least the root mean square of those of its block. Zero
    for what must stay: exponents, and all of a block whose d is 0."""
    units: dict[str, torch.Tensor] = {}
    d = numbers["d"].abs()
    for name, value in numbers.items():
        if name in ("scales", "mins"):
            by_block = value.view(*d.shape, -1)
            mean = by_block.square().mean(-1, keepdim=True).sqrt()
            units[name] = torch.maximum(by_block.abs(), mean).mul_((d > 0).unsqueeze(-1)).view(value.shape)
        elif name == "m" and _minimum(layout) == "free":
            units[name] = torch.maximum(value.abs(), d)
        else:
            units[name] = value.abs()
    if is_exponent(layout):
        units["d"] = torch.zeros_like(d)
    return units


def is_exponent(layout: Format) -> bool:
    """True if scales are powers of two."""
    return isinstance(layout, Layout) and "e" in dict(layout.slots)


def stored(name: str, values: torch.Tensor, layout: Format) -> torch.Tensor:
    """Numbers rounded to what the field of this name holds, float32."""
    if name in ("d", "m"):
        if is_exponent(layout):
            return values
        return values.clamp(-LARGEST_HALF, LARGEST_HALF).to(torch.float16).float()
    if isinstance(layout, Codebook):
        return values.round().clamp(0, SCALES - 1)
    assert layout.scales is not None
    low = 0 if name == "mins" else layout.scales.low
    return values.round().clamp(low, layout.scales.high)


def run_parameters(numbers: Numbers, layout: Format) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scale and shift (rows, runs) of every run, in the order of operations of llama.cpp, so that scale · level + shift
    is its weight to the bit; the shift is None where there is no minimum. Gradients pass."""
    d = numbers["d"]
    runs = layout.size // layout.run
    wide = d.repeat_interleave(runs, 1) if runs > 1 else d
    if isinstance(layout, Codebook):
        return wide * (2 * numbers["scales"] + 1) / layout.part, None
    scale = wide * numbers["scales"] if "scales" in numbers else wide
    if layout.minimum == "free":
        return scale, numbers["m"]
    if layout.minimum:
        m = numbers["m"].repeat_interleave(runs, 1) if runs > 1 else numbers["m"]
        return scale, -(m * numbers["mins"])
    return scale, None


def assembled(blocks: torch.Tensor, layout: Format, numbers: Numbers, ranks: torch.Tensor | None) -> torch.Tensor:
    """Blocks (rows, bytes) with other numbers, as `stored` gives them, and other ``ranks`` (rows, inputs); None: their
    own. A code is kept where its level is the same: some formats have two zeros."""
    flat = blocks.view(-1, layout.nbytes)
    by_block = {name: value.reshape(len(flat), -1) for name, value in numbers.items()}
    if isinstance(layout, Codebook):
        points = replace(layout.split(flat), d=by_block["d"], scales=by_block["scales"].long())
        return layout.join(points).view(blocks.shape)
    fields = layout.split(flat)
    codes = fields.codes if ranks is None else _moved(fields.codes, ranks.reshape(fields.codes.shape), layout)
    d = fields.d if is_exponent(layout) else by_block["d"]
    whole = {name: by_block.get(name) for name in ("m", "scales", "mins")}
    return layout.join(Fields(codes, d, **whole)).view(blocks.shape)


def _moved(codes: torch.Tensor, ranks: torch.Tensor, layout: Layout) -> torch.Tensor:
    """The codes of these ranks; those of blocks where the rank is theirs."""
    same = rank_of_code(layout).to(codes.device).index_select(0, codes.reshape(-1).int()).view(codes.shape) == ranks
    table = torch.tensor(levels_of(layout), dtype=torch.float32, device=codes.device)
    levels = table.index_select(0, ranks.reshape(-1).int()).view(ranks.shape)
    return torch.where(same, codes, codes_of(levels, layout))


def _minimum(layout: Format) -> str:
    return layout.minimum if isinstance(layout, Layout) else ""
