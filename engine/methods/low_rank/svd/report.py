"""Charts of a factorization: spectra, energies, ranks, and the metrics of each layer."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.models.layer import compared
from engine.models.stage import Stage
from engine.modules.low_rank import LowRankLinear
from engine.numerics import svd

POINTS = 80
"""Of a curve."""


def spectrum(stage: Stage, linear: Linear, values: torch.Tensor, rank: int) -> None:
    """The singular values of a layer as shares of the largest, and the energy that the first of them hold."""
    count = len(values)
    picked = sorted({round(index * (count - 1) / max(1, POINTS - 1)) for index in range(min(POINTS, count))})
    shares = (values / values[0].clamp_min(1e-30)).tolist()
    energy = svd.energy_curve(values)
    series = f"layer {linear.layer}, rank {rank}"
    numbers = [index + 1 for index in picked]
    largest = "share of the largest"
    above = [max(shares[index], 1e-8) for index in picked]
    stage.curve(
        f"Singular values: {linear.role}", series, numbers, above, x_title="number", y_title=largest, log_y=True
    )
    energies = [energy[index] for index in picked]
    stage.curve(f"Energy: {linear.role}", series, numbers, energies, x_title="rank", y_title="share of the energy")


def ranks(stage: Stage, anatomy: Anatomy, chosen_ranks: Mapping[str, int]) -> None:
    """Ranks as a map of layers and places."""
    roles = list(dict.fromkeys(linear.role for layer in anatomy.layers for linear in layer.linears))
    rows = [
        [
            next(
                (float(chosen_ranks[x.name]) for x in layer.linears if x.role == role and x.name in chosen_ranks),
                math.nan,
            )
            for role in roles
        ]
        for layer in anatomy.layers
    ]
    names = [str(layer.index) for layer in anatomy.layers]
    stage.grid("Ranks", "rank", rows, row_title="layer", column_title="place", rows=names, columns=roles)


def layer(stage: Stage, linear: Linear, weight: torch.Tensor, module: LowRankLinear, metrics: dict[str, float]) -> None:
    """Metrics and histograms of a layer that was factorized. ``weight`` (out, in) is the old one."""
    first, second = module.matrices()
    usual, before, after = compared(weight, second @ first)
    bits = module.bits() / weight.numel()
    stage.layer(linear.name, {**usual, "bits_per_weight": bits, **metrics}, before, after)
