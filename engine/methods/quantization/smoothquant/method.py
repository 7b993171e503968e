"""SmoothQuant, layer by layer: the largest inputs are gathered, scales are moved into norms and neighbors, then each
layer is rounded. The formulas: `engine.numerics.quantization.smoothquant`."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping

import torch

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.calibration.statistics import Peaks
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, LayerStep, compute_dtype_of, walk
from engine.calibration.walk import share as share_of_rank
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.primitives import Solve, Walk
from engine.methods.quantization.common.factors import quantized_factors
from engine.methods.quantization.common.factors import report as factors_report
from engine.methods.quantization.common.layer_rounding import LayerRounding
from engine.methods.quantization.common.rounding import activations_of as activation_format
from engine.methods.quantization.common.rounding import estimate as rounding_estimate
from engine.methods.quantization.common.rounding import problems as rounding_problems
from engine.methods.quantization.common.rounding import targets as rounding_targets
from engine.methods.quantization.smoothquant.settings import SmoothQuantSettings
from engine.methods.shared.layers import layers_only, not_recognized
from engine.models.fusing import norms_read
from engine.models.layer import refusing
from engine.models.model import Model
from engine.models.ranks import broadcast_object
from engine.models.scaling import Scaling, apply_scales, scalings
from engine.models.stage import Stage
from engine.modules.low_rank import LowRankLinear
from engine.numerics.quantization.quantize import quantize
from engine.numerics.quantization.scheme import Quantized, Scheme
from engine.numerics.quantization.smoothquant import column_peaks, largest_of_columns, smoothing_scales

ADVICE = "check model and group size"
"""Last sentence of the error for a layer that can't be quantized."""


class SmoothQuant:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: SmoothQuantSettings) -> list[Problem]:
        """Groups that do not fit, patterns that mean no layer, a model without recognized layers or norms."""
        if not anatomy.layers:
            return [not_recognized(anatomy, "Round to nearest needs no calibration")]
        problems = rounding_problems(layers_only(anatomy), settings.nearest())
        if anatomy.norm == "other" or not any(norms_read(layer) for layer in anatomy.layers):
            message = "No norm stands before attention and MLP that could take the scales"
            problems.append(Problem("warning", message, advice="The layers are rounded without smoothing"))
        return problems

    def targets(self, anatomy: Anatomy, settings: SmoothQuantSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return rounding_targets(layers_only(anatomy), settings.nearest())

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: SmoothQuantSettings, device: torch.device
    ) -> Estimate:
        """Bytes as rounding to nearest; memory and seconds of a calibration on top."""
        anatomy = layers_only(anatomy)
        nearest = rounding_estimate(header, anatomy, settings.nearest(), device)
        walking = Walk.of(settings, Solve())
        seconds = (nearest.seconds or 0.0) + walking.seconds(anatomy.linears, device)
        memory = max(nearest.memory_bytes, walking.memory(header, anatomy, device))
        return Estimate(nearest.disk_bytes, memory, seconds)

    def apply(self, model: Model, settings: SmoothQuantSettings, stage: Stage) -> Model:
        """Calibrate, smooth and quantize. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        tokens = calibration_tokens(model, settings, stage).to(stage.device)
        run = SmoothQuantRun(model, settings, stage)
        batch = max(1, BATCH_TOKENS // settings.sequence_length)
        compute_dtype = compute_dtype_of(settings.compute_dtype, stage.device)
        tokens = share_of_rank(tokens)
        for layer_step in walk(model, stage, tokens, batch=batch, compute_dtype=compute_dtype, targets=run.targets):
            if not layer_step.part.stored:
                run.compress_layer(layer_step)
        return model


class SmoothQuantRun(LayerRounding[SmoothQuantSettings]):
    """One run over one model."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.logged: set[str] = set()

    def compress_layer(self, layer_step: LayerStep) -> None:
        """Smooth and quantize a loaded layer."""
        linears = [linear for linear in layer_step.layer.linears if linear.name in self.targets]
        if not linears:
            return
        self.densify(linears)
        peaks = self._peaks(layer_step)
        searched, reasons = broadcast_object(
            scalings(self.model, layer_step.layer, layer_step.output, self.fixed(layer_step.layer))
        )
        smoothed: dict[str, float] = {}
        for scaling in searched:
            if scaling.norm or self.settings.smooth == "all":
                self._smooth(scaling, peaks, smoothed)
        groups = {linear.input_group for linear in linears}
        self._log_unsmoothed(layer_step.layer, {name: why for name, why in reasons.items() if name in groups})
        for linear in linears:
            self.stage.checkpoint()
            self._round(linear, smoothed)

    def _peaks(self, layer_step: LayerStep) -> dict[str, torch.Tensor]:
        """The largest |x| of each input (in,), by `input_group`, before the layer is changed."""
        input_groups: list[InputGroup[Peaks]] = []
        statistic = functools.partial(Peaks, device=self.stage.device)
        layer_step.compress(statistic, input_groups.append, targets=self.targets)
        return {
            linear.input_group: input_group.statistic.peaks
            for input_group in input_groups
            for linear in input_group.linears
        }

    def _smooth(self, scaling: Scaling, peaks: Mapping[str, torch.Tensor], smoothed: dict[str, float]) -> None:
        """Move the scales of some features from their writer into their readers. ``smoothed``: by `input_group`, the
        factor by which the largest input falls."""
        columns, count = scaling.columns.to(self.stage.device), scaling.count
        groups = dict.fromkeys(linear.input_group for linear in scaling.readers)
        inputs = torch.stack([peaks[group] for group in groups]).amax(0)
        weights = torch.stack([column_peaks(self.weight(linear)) for linear in scaling.readers]).amax(0)
        scales = smoothing_scales(
            largest_of_columns(inputs, columns, count),
            largest_of_columns(weights, columns, count),
            self.settings.smoothing_strength,
            powers_of_two=bool(scaling.routers),
        )
        applied = apply_scales(self.model, scaling, scales)[columns].float()
        smoothed |= dict.fromkeys(groups, float(inputs.max() / (inputs / applied).max().clamp_min(1e-30)))

    def _log_unsmoothed(self, layer: Layer, reasons: Mapping[str, str]) -> None:
        """Name what is rounded without smoothing, in the first layer where it is."""
        for group, why in reasons.items():
            short = group.rpartition(".")[2]
            if self.settings.smooth == "all" and short not in self.logged:
                self.logged.add(short)
                self.stage.log(f"{layer.name}, inputs of {group}: not smoothed. {why[0].upper()}{why[1:]}")

    def _round(self, linear: Linear, smoothed: Mapping[str, float]) -> None:
        """Quantize a layer as it is by now and report it."""
        layer, activations = self.layer(linear), activation_format(self.nearest.for_layer(linear))
        module = layer.module
        if isinstance(module, LowRankLinear):
            rounded = quantized_factors(
                module, self.scheme(linear), lambda w, s, _: self._quantized(linear, w, s), activations=activations
            )
            layer.replace(rounded)
            self.stage.layer(linear.name, *factors_report(module, rounded))
            return
        weight = self.weight(linear)
        packed = layer.packed(
            self.scheme(linear), self._quantized(linear, weight, self.scheme(linear)), activations=activations
        )
        packed.cache_dense_weight(torch.float32)
        layer.replace(packed)
        factor = smoothed.get(linear.input_group)
        layer.report(self.stage, weight, packed, **({} if factor is None else {"smoothed_by": factor}))

    def _quantized(self, linear: Linear, weight: torch.Tensor, scheme: Scheme) -> Quantized:
        with refusing("quantized", linear.name, ADVICE):
            return quantize(weight, scheme)
