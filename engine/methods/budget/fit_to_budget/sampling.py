"""Rows of a layer whose errors stand for all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from engine.methods.base import LayerSolver
from engine.methods.budget.fit_to_budget.nearest import Nearest
from engine.models.layer import refusing
from engine.numerics.quantization.fisher import expected_loss, sample_rows
from engine.numerics.workers import largest_first, workers

PRICED = 1 << 19
"""Weights of a layer whose errors are computed: of larger ones a sample of rows stands for all."""
SEARCHED = 1 << 17
"""The same of types that are searched for in codebooks, which takes ten times as long."""
LEAST_ROWS = 64
"""Of a layer, however long its rows are."""
SOLVED_ROWS, SOLVED_INPUTS = 128, 4096
"""Rows and inputs of a layer that are solved to see how much less it loses than in the nearest weights: the columns of
all rows make up for one another in the same way. In three layers of SmolLM2, shares by 32 rows are off by up to 15 %,
by 128 rows by 6 %, and take as long: it is columns that take time."""
Shares = dict[str, dict[str, float]]
"""Layer -> option -> its loss as a share of that of the nearest weights; options that are not solved are absent."""


def rows_of(option: str, inputs: int) -> int:
    """Rows of a layer that are priced for an option."""
    return max(LEAST_ROWS, (SEARCHED if is_searched(option) else PRICED) // inputs)


def is_searched(option: str) -> bool:
    """True for a type that is searched for in a codebook."""
    return option.startswith(("IQ2", "IQ3"))


def slowness(option: str) -> float:
    """Rank of an option by the time that rounding to it takes."""
    return float(is_searched(option))


@dataclass(frozen=True)
class Sampled:
    """Some rows of the layer ``name``, and the first of their inputs: weight (rows, inputs), E[g²] at their outputs
    (rows,), and how many rows each of them stands for (rows,)."""

    name: str
    weight: torch.Tensor
    squares: torch.Tensor
    counts: torch.Tensor

    @classmethod
    def of(cls, name: str, weight: torch.Tensor, energy: torch.Tensor, squares: torch.Tensor) -> Sampled:
        """Those that matter most, drawn as `sample_rows` does. ``energy``: mean square of each input."""
        squares = squares.to(weight.device)
        sample = sample_rows(squares * (weight.float().square() @ energy), SOLVED_ROWS)
        rows = sample.rows.to(weight.device)
        part = weight.index_select(0, rows)[:, :SOLVED_INPUTS].float()
        return cls(name, part, squares[rows], sample.weights.to(weight.device))


def solved_shares(
    nearest: Nearest,
    solver: LayerSolver,
    gram: torch.Tensor,
    layers: Sequence[Sampled],
    formats: Mapping[str, Sequence[str]],
) -> Shares:
    """Shares of layers that read one tensor, whose first inputs have the Gram matrix ``gram`` (inputs, inputs) that the
    ``solver`` is for: they are solved together, an option at a time. ``formats``: layer -> its options."""
    offered = defaultdict[str, list[Sampled]](list)
    for layer in layers:
        for option in formats[layer.name]:
            offered[option].append(layer)
    shares: Shares = {layer.name: {} for layer in layers}
    with workers(gram.device) as pool:
        options = list(offered)
        done = largest_first(
            pool, lambda option: _of_option(nearest, solver, gram, offered[option], option), options, slowness
        )
        for option, of_layers in zip(options, done, strict=True):
            for name, share in of_layers.items():
                shares[name][option] = share
    return shares


def _of_option(
    nearest: Nearest, solver: LayerSolver, gram: torch.Tensor, layers: Sequence[Sampled], option: str
) -> dict[str, float]:
    weight = torch.cat([layer.weight for layer in layers])
    with refusing("quantized", layers[0].name):
        solved = solver(weight, option)
    if solved is None:
        return {}
    rounded = nearest.rounded(layers[0].name, weight, option, gram.diagonal())
    shares, start = {}, 0
    for layer in layers:
        rows = slice(start, start := start + len(layer.weight))
        lost, before = (
            expected_loss(one[rows] - layer.weight, gram, layer.squares, layer.counts) for one in (solved, rounded)
        )
        if before > 0:
            shares[layer.name] = lost / before
    return shares
