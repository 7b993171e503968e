"""Block quantization: layer by layer, nothing but the weights is looked at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import artifact_bytes, artifact_tensors, largest_part
from engine.methods.costs.primitives import rounding_bytes
from engine.methods.shared.block_settings import BlockSettings
from engine.methods.shared.blocks import empty, quantized
from engine.methods.shared.layers import chosen, pattern_problems
from engine.models.layer import LinearLayer
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules.blockwise import BlockwiseLinear
from engine.numerics.quantization import four_bit
from engine.numerics.quantization.blockwise import levels, usage

WEIGHTS_PER_SECOND = 15e6
"""Of one core, roughly: rounding, packing, statistics."""


class BlockQuantization:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: BlockSettings) -> list[Problem]:
        """Patterns that mean nothing, and nothing to do. Blocks run through the rows: every width fits."""
        problems = pattern_problems(anatomy, settings.ignore)
        if not chosen(anatomy, settings.ignore):
            why = "all linear layers are left alone" if anatomy.linears else "the model has no linear layers"
            problems.append(Problem("error", f"There is nothing to quantize: {why}"))
        return problems

    def targets(self, anatomy: Anatomy, settings: BlockSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return chosen(anatomy, settings.ignore)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: BlockSettings, device: torch.device
    ) -> Estimate:
        """Bytes to about a percent; memory of the largest layer before, while and after it is worked on."""
        linears = chosen(anatomy, settings.ignore)
        disk = artifact_bytes(header, anatomy, {name: empty(linear, settings) for name, linear in linears.items()})
        weights = sum(linear.in_features * linear.out_features for linear in linears.values())
        largest = max((linear.in_features * linear.out_features for linear in linears.values()), default=0)
        tensors = artifact_tensors(header, anatomy, {})
        layer = largest_part(anatomy, tensors, tables=False)
        return Estimate(
            disk,
            max(layer + rounding_bytes(device, largest, 28), largest_part(anatomy, tensors)),
            weights / WEIGHTS_PER_SECOND + disk / 400e6,
        )

    def apply(self, model: Model, settings: BlockSettings, stage: Stage) -> Model:
        """Quantize in place. RunFailed names the layer with a NaN."""
        linears = chosen(model.anatomy, settings.ignore)
        pictures = _Pictures(stage, settings)
        for part in stage.parts(model):
            for linear in part.linears:
                if linear.name in linears:
                    stage.checkpoint()
                    layer = LinearLayer(model, linear)
                    weight, module = layer.weight, quantized(layer, settings)
                    layer.replace(module)
                    layer.report(stage, weight, module.matrix(), bits_per_weight=module.bits() / weight.numel())
                    pictures.add(linear, weight, module)
            pictures.show()
        return model


@dataclass
class _Pictures:
    """Charts of the 16 values, of their use in each layer, and of the error beside that of other formats."""

    stage: Stage
    settings: BlockSettings
    used: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for form, title in four_bit.TITLES.items():
            values = four_bit.values(form)
            self.stage.curve("Code values", title, range(16), values, x_title="Rank", y_title="Value")

    def add(self, linear: Linear, weight: torch.Tensor, module: BlockwiseLinear) -> None:
        counts = usage(module.codes, weight.numel()).double()
        order = levels(self.settings.format).argsort(stable=True).to(counts.device)
        self.used[linear.name] = (100 * counts / counts.sum())[order].tolist()
        for form, fit in four_bit.fits(weight, self.settings.block_size).items():
            self.errors.setdefault(four_bit.TITLES[form], []).append(fit.error)

    def show(self) -> None:
        """Draw what there is by now."""
        if not self.used:
            return
        names = [f"{value:.3f}" for value in four_bit.values(self.settings.format)]
        self.stage.grid(
            "Use of the codes",
            four_bit.TITLES[self.settings.format],
            list(self.used.values()),
            rows=list(self.used),
            columns=names,
            row_title="Layer",
            column_title="Value",
            unit="%",
            low=0.0,
        )
        for title, errors in self.errors.items():
            self.stage.curve(
                "Error by format", title, range(len(errors)), errors, x_title="Layer", y_title="Relative error"
            )
