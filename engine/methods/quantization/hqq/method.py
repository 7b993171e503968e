"""HQQ, layer by layer: the zero points of each group are optimized from the weights alone. The formulas:
`engine.numerics.quantization.hqq`."""

from __future__ import annotations

from collections.abc import Collection

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.quantization.common.factors import quantized_factors
from engine.methods.quantization.common.factors import report as factors_report
from engine.methods.quantization.common.layer_rounding import LayerRounding
from engine.methods.quantization.common.rounding import estimate as rounding_estimate
from engine.methods.quantization.common.rounding import problems as rounding_problems
from engine.methods.quantization.common.rounding import targets as rounding_targets
from engine.methods.quantization.hqq.settings import HqqSettings
from engine.methods.shared.layers import layers_only
from engine.models.layer import refusing
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules.low_rank import LowRankLinear
from engine.numerics.quantization.hqq import half_quadratic
from engine.numerics.quantization.scheme import Quantized, Scheme

ADVICE = "check model and group size"
"""Last sentence of the error for a layer that can't be quantized."""


class Hqq:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: HqqSettings) -> list[Problem]:
        """Groups that do not fit, patterns that mean no layer, nothing to quantize."""
        return rounding_problems(layers_only(anatomy), settings.nearest())

    def targets(self, anatomy: Anatomy, settings: HqqSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return rounding_targets(layers_only(anatomy), settings.nearest())

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: HqqSettings, device: torch.device
    ) -> Estimate:
        """Bytes and memory as rounding to nearest; its seconds once for each iteration."""
        nearest = rounding_estimate(header, layers_only(anatomy), settings.nearest(), device)
        return Estimate(nearest.disk_bytes, nearest.memory_bytes, (nearest.seconds or 0.0) * (1 + settings.iterations))

    def apply(self, model: Model, settings: HqqSettings, stage: Stage) -> Model:
        """Quantize in place. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        run = HqqRun(model, settings, stage)
        for part in stage.parts(model):
            for linear in part.linears:
                if linear.name in run.targets:
                    stage.checkpoint()
                    run.quantize(linear)
        return model


class HqqRun(LayerRounding[HqqSettings]):
    """One run over one model."""

    def quantize(self, linear: Linear) -> None:
        """Replace a layer by its quantized equal and report it."""
        layer = self.layer(linear)
        module = layer.module
        if isinstance(module, LowRankLinear):
            rounded = quantized_factors(module, self.scheme(linear), lambda w, s, _: self._solve(linear, w, s))
            layer.replace(rounded)
            self.stage.layer(linear.name, *factors_report(module, rounded))
            return
        weight = self.weight(linear)
        packed = self.replace(linear, self._solve(linear, weight, self.scheme(linear)))
        layer.report(self.stage, weight, packed)

    def _solve(self, linear: Linear, weight: torch.Tensor, scheme: Scheme) -> Quantized:
        settings = self.settings
        with refusing("quantized", linear.name, ADVICE):
            return half_quadratic(
                weight,
                scheme,
                p=settings.lp_norm,
                beta=settings.beta,
                kappa=settings.kappa,
                steps=settings.iterations,
            )
