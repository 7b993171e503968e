"""Round to nearest: part by part, every linear layer is replaced by its quantized equal. No data is needed, except for
the importance matrix of a search for ranges."""

from __future__ import annotations

from collections.abc import Collection

import torch

from engine.architecture.anatomy import Anatomy
from engine.calibration.input_energy import Inputs, input_statistics
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.primitives import ENERGIES, Walk
from engine.methods.quantization.common import rounding
from engine.methods.quantization.common.nearest import NearestRounding
from engine.methods.quantization.common.offer import IntegerOffer, integer_offer
from engine.methods.quantization.common.weights import INTEGERS
from engine.methods.quantization.round_to_nearest.settings import RoundToNearestSettings
from engine.methods.shared.layers import not_recognized
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.workers import largest_first, workers

GATHERING = 0.7
"""Share of the progress that gathering the importance matrix makes up."""


class RoundToNearest:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: RoundToNearestSettings) -> list[Problem]:
        """Groups that do not fit, formats that do not go together, patterns that mean nothing, a split tie."""
        problems = rounding.problems(anatomy, settings)
        if settings.calibrated and not anatomy.layers:
            problems.append(not_recognized(anatomy, "Search for the smallest error without an importance matrix"))
        return problems

    def targets(self, anatomy: Anatomy, settings: RoundToNearestSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return rounding.all_targets(anatomy, settings)

    def offer(self, settings: RoundToNearestSettings) -> IntegerOffer:
        """See `engine.methods.base.Budgeted`."""
        return integer_offer(settings, INTEGERS)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: RoundToNearestSettings, device: torch.device
    ) -> Estimate:
        """Bytes of the tensor files to about a percent; memory on top of the program's own; seconds."""
        nearest = rounding.estimate(header, anatomy, settings, device)
        if not settings.calibrated:
            return nearest
        walk = Walk.of(settings, ENERGIES)
        inside = [x for layer in anatomy.layers for x in layer.linears]
        memory = max(nearest.memory_bytes, walk.memory(header, anatomy, device))
        return Estimate(nearest.disk_bytes, memory, (nearest.seconds or 0.0) + walk.seconds(inside, device))

    def apply(self, model: Model, settings: RoundToNearestSettings, stage: Stage) -> Model:
        """Quantize in place. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        inputs = Inputs({}, {})
        share = 0.0
        if settings.calibrated:
            share = GATHERING
            head = model.anatomy.head if settings.quantize_head else None
            seen = {*rounding.targets(model.anatomy, settings), *((head,) if head else ())}
            inputs = input_statistics(model, settings, stage, seen, (0.0, share))
            inputs.peaks.pop(head or "", None)  # what reaches the head is not rounded by a fixed scale
        if settings.clip != "imatrix_mse":
            inputs = Inputs({}, inputs.peaks)
        run = NearestRounding(model, settings, stage, inputs)
        with workers(stage.device) as pool:
            for part in stage.parts(model, span=(share, 1.0)):
                linears = [linear for linear in part.linears if linear.name in run.targets]
                run.prepare(linears)
                results = largest_first(pool, run.quantize_linear, linears, lambda x: x.in_features * x.out_features)
                for linear, result in zip(linears, results, strict=True):
                    stage.checkpoint()
                    run.replace(linear, result)
                run.quantize_ends(part)
        if run.breaks_weight_tying:
            run.untie()
        return model
