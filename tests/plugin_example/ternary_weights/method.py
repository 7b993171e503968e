"""The algorithm: layer by layer, nothing but the weights is looked at."""

from __future__ import annotations

import torch

from engine.plugin import (
    Anatomy,
    CheckpointHeader,
    Estimate,
    LinearLayer,
    Model,
    Problem,
    Stage,
    artifact_bytes,
    chosen_linears,
    pattern_problems,
)
from ternary_weights.module import TernaryLinear
from ternary_weights.settings import TernarySettings


class Ternary:
    """Keeps no state: one object may serve many runs."""

    def check(self, anatomy: Anatomy, settings: TernarySettings) -> list[Problem]:
        """Patterns that mean nothing, and nothing to do."""
        problems = pattern_problems(anatomy, settings.ignore)
        if not chosen_linears(anatomy, settings.ignore):
            problems.append(Problem("error", "There is nothing to quantize: no linear layer is left"))
        return problems

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: TernarySettings, device: torch.device
    ) -> Estimate:
        """Bytes on disk from empty layers on the meta device; memory of the largest layer and its copies."""
        linears = chosen_linears(anatomy, settings.ignore).values()
        empty = {
            linear.name: TernaryLinear.from_spec(
                {
                    "rows": linear.out_features,
                    "columns": linear.in_features,
                    "bias": linear.bias,
                    "transposed": linear.transposed,
                },
                torch.nn.Identity(),
            )
            for linear in linears
        }
        weights = sum(linear.out_features * linear.in_features for linear in linears)
        largest = max((linear.out_features * linear.in_features for linear in linears), default=0)
        return Estimate(artifact_bytes(header, anatomy, empty), 16 * largest, weights / 50e6)

    def apply(self, model: Model, settings: TernarySettings, stage: Stage) -> Model:
        """Replace the layers in place, part by part."""
        linears = chosen_linears(model.anatomy, settings.ignore)
        for part in stage.parts(model):
            for linear in part.linears:
                if linear.name in linears:
                    stage.checkpoint()
                    layer = LinearLayer(model, linear)
                    weight = layer.weight
                    module = TernaryLinear.of(weight, settings.threshold, layer.bias, linear.transposed)
                    layer.replace(module)
                    error = float((layer.weight - weight).norm() / weight.norm())
                    stage.layer(linear.name, {"error": error, "bits_per_weight": module.bits() / weight.numel()})
        return model
