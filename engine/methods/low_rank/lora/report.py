"""Charts and metrics of learned updates: singular values, effective rank, size."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.methods.low_rank.lora.adapters import Update
from engine.models.stage import Stage
from engine.numerics import adapters


def updates(stage: Stage, anatomy: Anatomy, targets: Mapping[str, Linear], layers: Mapping[str, Update]) -> None:
    """The spectrum of every update, and a map of layers and places with the rank that each one uses."""
    used: dict[str, float] = {}
    for name, update in layers.items():
        stage.checkpoint()
        linear = targets[name]
        values = adapters.spectrum(update.lora_A, update.lora_B, update.scale)
        used[name] = adapters.effective_rank(values)
        floor = max(float(values[0]) * 1e-6, 1e-12)
        stage.curve(
            f"Singular values of the update: {linear.role}",
            f"layer {linear.layer}",
            range(1, len(values) + 1),
            values.clamp_min(floor).tolist(),
            x_title="number",
            y_title="singular value",
            log_y=True,
        )
    roles = list(dict.fromkeys(linear.role for layer in anatomy.layers for linear in layer.linears))
    roles = [role for role in roles if any(linear.role == role for linear in targets.values())]
    rows = [
        [next((used[x.name] for x in layer.linears if x.role == role and x.name in used), math.nan) for role in roles]
        for layer in anatomy.layers
    ]
    names = [str(layer.index) for layer in anatomy.layers]
    style = {"row_title": "layer", "column_title": "place", "rows": names, "columns": roles, "low": 0.0}
    stage.grid("Rank of the update", "effective rank", rows, **style)  # type: ignore[arg-type]
    stage.detail("effective rank of the updates", sum(used.values()) / max(1, len(used)))


def layer(stage: Stage, linear: Linear, weight: torch.Tensor, update: Update) -> None:
    """Metrics of one layer, against the weight (out, in) that it had."""
    values = adapters.spectrum(update.lora_A, update.lora_B, update.scale)
    size = float(weight.double().norm())
    metrics = {
        "parameters": float(weight.numel()),
        "learned_parameters": float(update.lora_A.numel() + update.lora_B.numel()),
        "update_norm": float(values.norm()) / size if size else 0.0,
        "effective_rank": adapters.effective_rank(values),
    }
    stage.layer(linear.name, metrics)
