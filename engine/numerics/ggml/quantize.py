"""Weights to ggml's blocks and back."""

from __future__ import annotations

import torch

from engine import devices
from engine.numerics.ggml import on_grid, search
from engine.numerics.ggml.layouts import LAYOUTS, Fields, Layout
from engine.numerics.ggml.layouts import dequantize as dequantize

SEARCHED = 1 << 16
"""Weights that a search works on at once, with all its temporaries in the cache."""
LOOK = 16
"""Blocks that are looked at to see whether a weight lies on a grid already."""
ON_GRID = 0.25
"""Share of them that has to."""


def quantize(weight: torch.Tensor, layout: Layout | str, energy: torch.Tensor | None = None) -> torch.Tensor:
    """The blocks (rows, bytes) uint8 with the smallest Σ e (w − ŵ)² that is found for a weight (rows, inputs).

    energy: (inputs,), not negative, the sum of squares of each input over a calibration text, up to a factor
        (llama.cpp's importance matrix); None: all weights count alike.

    A weight that lies on a grid of the format comes back to the bit. ValueError for inputs that the block size does not
    divide, for a NaN, an infinity, and for scales beyond float16.
    """
    layout = LAYOUTS[layout] if isinstance(layout, str) else layout
    inputs = weight.shape[1]
    if inputs % layout.size:
        raise ValueError(f"rows of {inputs} weights can not be cut into blocks of {layout.size}, as {layout.name} has")
    if not torch.isfinite(weight).all():
        raise ValueError("a weight is NaN or infinite")
    if (largest := float(weight.abs().max())) > layout.reach:
        raise ValueError(f"with weights up to {largest:.3g}, a scale is beyond float16")
    count = max(1, devices.at_once(weight.device, SEARCHED) // inputs)
    counts = _counts(energy, inputs, weight.device)
    is_on_grid = _may_lie_on_grid(weight, layout)
    found = []
    for some in torch.split(weight, count):
        some = some.float()
        w = _by_runs(some, layout)
        exact, made = None, None
        if is_on_grid:
            made = _joined(w, on_grid.blocks(w, layout), layout)
            exact = (dequantize(made, layout) == some.reshape(-1, layout.size)).all(1, keepdim=True)
        if exact is None or made is None or not exact.all():
            e = _by_runs(counts.expand(len(some), -1), layout)
            searched = _joined(w, search.blocks(w, e, layout), layout)
            made = searched if exact is None or made is None else torch.where(exact, made, searched)
        found.append(made.view(len(some), -1))
    return torch.cat(found)


def _counts(energy: torch.Tensor | None, inputs: int, device: torch.device) -> torch.Tensor:
    """How much each input counts, (inputs,), 1 in the mean; an input that the text never gave counts a little."""
    if energy is None:
        return torch.ones(inputs, device=device)
    mean = energy.double().mean()
    if not (torch.isfinite(mean) and mean > 0):
        return torch.ones(inputs, device=device)
    return (energy.double() / mean).float().clamp_min_(FLOOR).to(device)


FLOOR = 1e-4
"""What an input counts at least, as a share of the mean."""


def _by_runs(rows: torch.Tensor, layout: Layout) -> torch.Tensor:
    """(rows, inputs) -> (runs, weights of a run, blocks)."""
    return rows.reshape(-1, layout.size // layout.run, layout.run).permute(1, 2, 0).contiguous()


def _joined(w: torch.Tensor, found: search.Found, layout: Layout) -> torch.Tensor:
    """(blocks, bytes) of these parameters, each weight rounded to what is next to it."""
    d, m, s, t = found
    scale = d[None] if s is None else d * s
    shift = None if m is None else (-m[None] if t is None else m * t)
    levels = search.steps(w, scale, shift, search.grid_of(layout))
    codes = codes_of(levels, layout).permute(2, 0, 1).reshape(-1, layout.size)
    column = (None if x is None else x.unsqueeze(1) if x.ndim == 1 else x.T for x in (m, s, t))
    return layout.join(Fields(codes, d.unsqueeze(1), *column))


def codes_of(levels: torch.Tensor, layout: Layout) -> torch.Tensor:
    """The code of each level, uint8."""
    low = min(layout.levels)
    table = torch.zeros(max(layout.levels) - low + 1, dtype=torch.uint8, device=levels.device)
    for code, level in reversed(list(enumerate(layout.levels))):
        table[level - low] = code
    return table.index_select(0, levels.reshape(-1).sub_(low).int()).view(levels.shape)


def _may_lie_on_grid(weight: torch.Tensor, layout: Layout) -> bool:
    """Whether a few blocks come back to the bit when they are laid on every grid that there is."""
    blocks = weight.reshape(-1, layout.size)
    some = blocks[:: max(1, len(blocks) // LOOK)][:LOOK].float()
    w = _by_runs(some, layout)
    made = dequantize(_joined(w, on_grid.blocks(w, layout, thorough=False), layout), layout)
    return bool(((made == some).all(1) & (some != 0).any(1)).float().mean() > ON_GRID)
