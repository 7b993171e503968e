"""Weights to ggml's blocks and back."""

from __future__ import annotations

import itertools
import math

import torch

from engine import devices
from engine.numerics.ggml import on_grid, point_search, search
from engine.numerics.ggml.codebooks import Codebook
from engine.numerics.ggml.layouts import FORMATS, Fields, Format, Layout
from engine.numerics.ggml.layouts import dequantize as dequantize
from engine.numerics.workers import for_each

SEARCHED = 1 << 18
"""Weights that a search works on at once, with all its temporaries in the cache."""
ROWS = 512
"""Rows of them, at least."""
PROBE = 16
"""Sample of blocks that decides if a weight lies on a grid already."""
ON_GRID = 0.25
"""Share of the sample that has to lie on a grid."""


def quantize(weight: torch.Tensor, layout: Format | str, energy: torch.Tensor | None = None) -> torch.Tensor:
    """The blocks (rows, bytes) uint8 with the smallest Σ e (w − ŵ)² that is found for a weight (rows, inputs).

    energy: (inputs,), not negative, the sum of squares of each input over a calibration text, up to a factor
        (llama.cpp's importance matrix); None: all weights count alike.

    A weight that lies on a grid of the format comes back to the bit. ValueError for inputs that the block size does not
    divide, for a NaN, an infinity, and for scales beyond float16.
    """
    layout = FORMATS[layout] if isinstance(layout, str) else layout
    rows, inputs = weight.shape
    if inputs % layout.size:
        raise ValueError(f"rows of {inputs} weights can not be cut into blocks of {layout.size}, as {layout.name} has")
    largest = float(torch.stack(torch.aminmax(weight)).abs().max())
    if not math.isfinite(largest):
        raise ValueError("a weight is NaN or infinite")
    if largest > layout.reach:
        raise ValueError(f"with weights up to {largest:.3g}, a scale is beyond float16")
    input_weights = _input_weights(energy, inputs, weight.device)
    is_on_grid = _may_lie_on_grid(weight, layout)
    width, height = _piece(rows, inputs, layout, weight.device)
    blocks = weight.new_empty((rows, inputs // layout.size * layout.nbytes), dtype=torch.uint8)

    def search(corner: tuple[int, int]) -> None:
        row, start = corner
        piece = slice(row, row + height), slice(start, start + width)
        first = start // layout.size * layout.nbytes
        with devices.without_autograd(weight.device):
            searched = _blocks(weight[piece].float(), input_weights[piece[1]], layout, is_on_grid)
            blocks[piece[0], first : first + searched.shape[1]] = searched

    for_each(search, list(itertools.product(range(0, rows, height), range(0, inputs, width))), weight.device)
    return blocks


def _piece(rows: int, inputs: int, layout: Format, device: torch.device) -> tuple[int, int]:
    """Inputs and rows of a weight that are searched at once."""
    if isinstance(layout, Codebook):
        return layout.size, max(8, devices.at_once(device, point_search.WEIGHTS) // layout.size)
    searched = devices.at_once(device, SEARCHED)
    width = max(1, searched // (layout.size * min(rows, ROWS))) * layout.size
    return width, max(1, searched // min(width, inputs))


def _blocks(some: torch.Tensor, e: torch.Tensor, layout: Format, is_on_grid: bool) -> torch.Tensor:
    """The blocks of a piece of a weight, (rows, bytes); e (inputs,)."""
    if is_on_grid and isinstance(layout, Layout):
        w = _by_runs(some, layout)
        if (d := on_grid.from_ends(w, layout)) is not None:
            return _join(w, (d, None, None, None), layout)
    searched = _search_blocks(some, e, layout)
    if not is_on_grid or (dequantize(searched, layout) == some).all():  # most often the search finds the grid
        return searched
    blocks, weights = searched.view(-1, layout.nbytes), some.reshape(-1, layout.size)
    wrong = (dequantize(blocks, layout) != weights).any(1).nonzero().squeeze(1)
    on_grid_blocks = _on_grid_blocks(weights[wrong], layout)
    right = (dequantize(on_grid_blocks, layout) == weights[wrong]).all(1)
    blocks[wrong[right]] = on_grid_blocks[right]
    return searched


def _search_blocks(some: torch.Tensor, e: torch.Tensor, layout: Format) -> torch.Tensor:
    """Search blocks (rows, bytes) with a small weighted error."""
    if isinstance(layout, Codebook):
        return layout.join(point_search.Search(some, e, layout).run()).view(len(some), -1)
    w = _by_runs(some, layout)
    return _join(w, search.blocks(w, e.view(w.shape[:3]), layout), layout)


def _by_runs(some: torch.Tensor, layout: Layout) -> torch.Tensor:
    """(rows, inputs) -> (blocks of a row, runs, weights of a run, rows)."""
    return some.t().contiguous().view(-1, layout.size // layout.run, layout.run, len(some))


def _on_grid_blocks(some: torch.Tensor, layout: Format, thorough: bool = True) -> torch.Tensor:
    """(n, bytes) of blocks (n, weights) that lie on a grid already; anything for others."""
    if isinstance(layout, Codebook):
        return layout.join(point_search.on_grid(some, layout))
    w = _by_runs(some, layout)
    blocks, runs, weights, rows = w.shape
    params = on_grid.blocks(w.permute(1, 2, 0, 3).reshape(runs, weights, -1), layout, thorough)
    d, m, s, t = (None if x is None else x.view(*x.shape[:-1], blocks, rows) for x in params)
    assert d is not None
    in_order = d, m, None if s is None else s.transpose(0, 1), None if t is None else t.transpose(0, 1)
    return _join(w, in_order, layout)


def _input_weights(energy: torch.Tensor | None, inputs: int, device: torch.device) -> torch.Tensor:
    """Weight of each input (inputs,), 1 in the mean; at least `FLOOR` for an input that the text never had."""
    if energy is None:
        return torch.ones(inputs, device=device)
    mean = energy.double().mean()
    if not (torch.isfinite(mean) and mean > 0):
        return torch.ones(inputs, device=device)
    return (energy.double() / mean).float().clamp_min_(FLOOR).to(device)


FLOOR = 1e-4
"""Smallest weight of an input, as a share of the mean."""


def _join(w: torch.Tensor, params: search.BlockParams, layout: Layout) -> torch.Tensor:
    """Blocks (rows, bytes) of these parameters, each weight rounded to the nearest level."""
    d, m, s, t = params
    scale = d.unsqueeze(1) if s is None else d.unsqueeze(1) * s
    shift = None if m is None else -m.unsqueeze(1) if t is None else m.unsqueeze(1) * t
    levels = search.nearest_levels(w, scale, shift, search.grid_of(layout))
    codes = codes_of(levels, layout).view(-1, w.shape[3]).t().reshape(-1, layout.size)
    column, *others = (None if x is None else x.movedim(-1, 0).reshape(len(codes), -1) for x in (d, m, s, t))
    assert column is not None
    return layout.join(Fields(codes, column, *others)).view(w.shape[3], -1)


def codes_of(levels: torch.Tensor, layout: Layout) -> torch.Tensor:
    """The code of each level, uint8. ``levels`` is overwritten."""
    low = min(layout.levels)
    levels = levels.sub_(low)
    if layout.levels == tuple(range(low, low + len(layout.levels))):
        return levels.to(torch.uint8)
    table = torch.zeros(max(layout.levels) - low + 1, dtype=torch.uint8, device=levels.device)
    for code, level in reversed(list(enumerate(layout.levels))):
        table[level - low] = code
    return table.index_select(0, levels.reshape(-1).int()).view(levels.shape)


def _may_lie_on_grid(weight: torch.Tensor, layout: Format) -> bool:
    """True if enough of a few blocks come back to the bit from a grid of the format."""
    blocks = weight.reshape(-1, layout.size)
    some = blocks[:: max(1, len(blocks) // PROBE)][:PROBE].float()
    ordered = (some.abs() if isinstance(layout, Codebook) else some).view(len(some), -1, layout.run).sort(2).values
    values = (ordered.diff(dim=2) != 0).sum(2) + 1  # by run
    if float((values <= len(set(layout.levels))).all(1).float().mean()) <= ON_GRID:
        return False
    restored = dequantize(_on_grid_blocks(some, layout, thorough=False), layout)
    return bool(((restored == some).all(1) & (some != 0).any(1)).float().mean() > ON_GRID)
