"""AWQ, layer by layer: the scales of all linears of a layer are found and moved into their neighbors, then each is
rounded with a search for its ranges. The formulas: `engine.numerics.quantization.awq`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.calibration.order import is_expert
from engine.calibration.statistics import GramAndMagnitude
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, LayerStep, compute_dtype_of, share, walk
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.primitives import Walk, scale_search
from engine.methods.quantization.awq.record import TITLES, Record, titled
from engine.methods.quantization.awq.settings import AwqSettings
from engine.methods.quantization.common import factors, rounding
from engine.methods.quantization.common.layer_rounding import LayerRounding
from engine.methods.shared.layers import layers_only, not_recognized
from engine.models import ranks
from engine.models.fusing import norms_read
from engine.models.layer import LinearLayer, refusing
from engine.models.model import Model
from engine.models.scaling import Scaling, apply_scales, scalings
from engine.models.stage import Stage
from engine.modules.low_rank import LowRankLinear
from engine.numerics.column_walk import quadratic, relative_error
from engine.numerics.quantization.awq import Search, search_ranges, search_scales
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Quantized, Scheme

ADVICE = "check model and group size"
"""Advice for a layer that can't be quantized."""
BY_ENERGY = ("q", "k", "qkv")
"""Roles whose ranges are searched by the energy of the inputs alone: what they give is multiplied with one another, so
that ranges which are best for each of them, far shrunk ones among them, are not best for the product."""

MIXED = ("q", "k", "v", "qkv", "gate", "up", "gate_up", "fc1")
"""Roles whose outputs are mixed with one another before they are added to the stream: what an error of one does depends
on the others, so that the output of the layer is compared. What all others give is added as it is."""
SAMPLED_TOKENS = 2048
"""Of the calibration, for comparisons of the output of a layer."""
RANGES, TRIED_RANGES = 20, 5
"""Shares of each range that are tried, and while scales are searched."""
TRIALS = 4
"""So many scales are usually compared with the ranges that are used."""


class Awq:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: AwqSettings) -> list[Problem]:
        """Groups that do not fit, patterns that mean nothing, a model without recognized layers or norms to scale."""
        if not anatomy.layers:
            return [not_recognized(anatomy, "Round to nearest needs no calibration")]
        problems = rounding.problems(layers_only(anatomy), settings.nearest())
        if anatomy.norm == "other" or not any(norms_read(layer) for layer in anatomy.layers):
            message = "No norm stands before attention and MLP that could take back their scales"
            problems.append(Problem("warning", message, advice="They are rounded with a search for ranges only"))
        return problems

    def targets(self, anatomy: Anatomy, settings: AwqSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return rounding.targets(layers_only(anatomy), settings.nearest())

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: AwqSettings, device: torch.device
    ) -> Estimate:
        """As rounding to nearest on disk; memory for hidden states and the Gram matrices of a layer on top; seconds of
        the passes and of the products with those matrices, one for each ratio and range that is tried."""
        anatomy = layers_only(anatomy)
        nearest = rounding.estimate(header, anatomy, settings.nearest(), device)
        candidates = settings.n_grid + 2 + 4 * settings.apply_clip
        trials = TRIALS * settings.block_loss * (1 + TRIED_RANGES * settings.apply_clip)
        rounded = (nearest.seconds or 0.0) * (candidates + trials + settings.apply_clip * settings.n_grid)
        walk = Walk.of(settings, scale_search(candidates))
        seconds = rounded + walk.seconds(anatomy.linears, device)
        return Estimate(nearest.disk_bytes, walk.memory(header, anatomy, device), seconds)

    def apply(self, model: Model, settings: AwqSettings, stage: Stage) -> Model:
        """Calibrate, scale and quantize. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        tokens = calibration_tokens(model, settings, stage).to(stage.device)
        run = AwqRun(model, settings, stage)
        batch = max(1, BATCH_TOKENS // settings.sequence_length)
        compute_dtype = compute_dtype_of(settings.compute_dtype, stage.device)
        tokens = share(tokens)
        for layer_step in walk(model, stage, tokens, batch=batch, compute_dtype=compute_dtype, targets=run.targets):
            if not layer_step.part.stored:
                run.compress_layer(layer_step)
        run.record.report()
        return model


class BlockOutput:
    """Output of a decoder layer for some of the calibration's tokens, before and with other weights."""

    def __init__(self, layer_step: LayerStep) -> None:
        self._step = layer_step
        self._before: list[torch.Tensor] = []
        self._count = min(len(layer_step.hidden), max(1, SAMPLED_TOKENS // BATCH_TOKENS))

    def error(self, model: Model, linears: Sequence[Linear], weights: Sequence[torch.Tensor]) -> float:
        """The sum of squares of what changes in the output while linears have these weights (out, in)."""
        if not self._before:
            self._before = [self._step.output(index) for index in range(self._count)]
        modules: list[Any] = [LinearLayer(model, linear).module for linear in linears]
        originals = [module.weight for module in modules]
        try:
            for linear, weight in zip(linears, weights, strict=True):
                layer = LinearLayer(model, linear)
                layer.set_weight(weight.to(layer.weight.dtype))
            lost = torch.zeros((), dtype=torch.float64)
            for index, before in enumerate(self._before):
                lost += (self._step.output(index) - before).float().square().sum().cpu()
        finally:
            for module, weight in zip(modules, originals, strict=True):
                module.weight = weight
        return float(ranks.all_reduce(lost))


@dataclass
class LayerState:
    """Statistics and searches of a layer in work. ``grams`` (in, in) and ``magnitudes`` (in,) of what its linears read,
    by `input_group`; ``searches`` of those that are scaled; ``before``: by linear, the error of plain rounding."""

    grams: dict[str, torch.Tensor] = field(default_factory=dict)
    magnitudes: dict[str, torch.Tensor] = field(default_factory=dict)
    searches: dict[str, Search] = field(default_factory=dict)
    before: dict[str, float] = field(default_factory=dict)


class AwqRun(LayerRounding[AwqSettings]):
    """One run over one model."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.logged: set[str] = set()
        self.units: dict[str, torch.Tensor] = {}
        self.record = Record(self.stage)

    def compress_layer(self, layer_step: LayerStep) -> None:
        """Scale and quantize a loaded layer."""
        linears = [linear for linear in layer_step.layer.linears if linear.name in self.targets]
        if not linears:
            return
        self.densify(linears)
        state = self._statistics(layer_step)
        self.units = {}  # of the weights as they were nobody needs to share
        for linear in linears:
            if not self.is_factorized(linear):
                plain = self._quantized(linear, self.weight(linear), self.scheme(linear))
                state.before[linear.name] = self._error(linear, plain, state)
        searched, reasons = ranks.broadcast_object(
            scalings(self.model, layer_step.layer, layer_step.output, self.fixed(layer_step.layer))
        )
        for scaling in searched:
            self._scale(scaling, state, layer_step)
        self._log_unscaled(
            layer_step.layer, {x.input_group: reasons[x.input_group] for x in linears if x.input_group in reasons}
        )
        dense = [linear for linear in linears if not self.is_factorized(linear)]
        self.units = rounding.tensor_scales(dense, self.weight, self.scheme)
        for linear in linears:
            self.stage.checkpoint()
            self._round(linear, state)
        self.record.add(layer_step.layer, state.searches, reasons)

    # -- scales --------------------------------------------------------------------------------------------------------
    def _statistics(self, layer_step: LayerStep) -> LayerState:
        """Gram matrices and magnitudes of the inputs of the layer before it is changed."""
        input_groups: list[InputGroup[GramAndMagnitude]] = []
        statistic = functools.partial(GramAndMagnitude, device=self.stage.device)
        layer_step.compress(statistic, input_groups.append, targets=self.targets)
        state = LayerState()
        for input_group in input_groups:
            gram, magnitude = input_group.statistic.gram.matrix(), input_group.statistic.magnitude.mean
            for number, name in enumerate(dict.fromkeys(linear.input_group for linear in input_group.linears)):
                state.grams[name] = gram if number == 0 else gram.clone()  # each is scaled with its own readers
                state.magnitudes[name] = magnitude
        return state

    def _scale(self, scaling: Scaling, state: LayerState, layer_step: LayerStep) -> None:
        """Find scales and move them; what reaches the readers is divided by them from then on."""
        groups = [linear.input_group for linear in scaling.readers]
        magnitudes = [state.magnitudes[name] for name in dict.fromkeys(groups)]
        columns = scaling.columns.to(self.stage.device)
        with refusing("quantized", ", ".join(linear.name for linear in scaling.readers), ADVICE):
            search = search_scales(
                [self.weight(linear) for linear in scaling.readers],
                [state.grams[group] for group in groups],
                torch.stack(magnitudes).mean(0),
                columns,
                [self.scheme(linear) for linear in scaling.readers],
                steps=self.settings.n_grid,
                duo=self.settings.duo_scaling,
                powers_of_two=bool(scaling.routers),
                checkpoint=self.stage.checkpoint,
                cost=self._cost(scaling, state, BlockOutput(layer_step)) if self.settings.block_loss else None,
            )
        state.searches |= dict.fromkeys(groups, search)
        if search.best is None:
            return
        factor = (1 / apply_scales(self.model, scaling, search.scales)[columns]).float()
        for group in set(groups):
            state.grams[group].mul_(factor).mul_(factor[:, None])

    def _cost(self, scaling: Scaling, state: LayerState, sampled: BlockOutput) -> Callable[[torch.Tensor], float]:
        """Cost of scales: the readers are rounded as they will be, each with its own ranges. A single reader gives
        what the Gram matrix says; of several that are mixed, the output of the layer is compared."""
        readers = scaling.readers
        together = readers[0].role in MIXED and not any(is_expert(linear) for linear in readers)

        def rounded(linear: Linear, factor: torch.Tensor) -> torch.Tensor:
            gram = state.grams[linear.input_group] / factor / factor[:, None]
            weight, scheme = self.weight(linear) * factor, self.scheme(linear)
            quantized = self._quantized(linear, weight, scheme, gram if self.settings.apply_clip else None, trial=True)
            return dequantize(quantized, scheme).div_(factor)

        def cost(factor: torch.Tensor) -> float:
            self.stage.checkpoint()
            weights = [rounded(linear, factor) for linear in readers]
            if together:
                return sampled.error(self.model, readers, weights)
            lost = [
                quadratic(weight - self.weight(linear), state.grams[linear.input_group])
                for weight, linear in zip(weights, readers, strict=True)
            ]
            return float(torch.stack(lost).sum())

        return cost

    def _log_unscaled(self, layer: Layer, reasons: dict[str, str]) -> None:
        """Name what is rounded without scales, in the first layer where it is."""
        for group, why in reasons.items():
            title = titled(group)
            if title not in self.logged:
                self.logged.add(title)
                self.stage.log(f"{layer.name}, {TITLES[title]}: rounded without scales. {why[0].upper()}{why[1:]}")

    # -- rounding ------------------------------------------------------------------------------------------------------
    def _round(self, linear: Linear, state: LayerState) -> None:
        """Quantize a linear as it is by now and report it."""
        gram = state.grams[linear.input_group]
        module = self.model.get(linear.name)
        if isinstance(module, LowRankLinear):
            self._factors(linear, module, gram)
            return
        weight, scheme = self.weight(linear), self.scheme(linear)
        quantized = self._quantized(linear, weight, scheme, gram if self.settings.apply_clip else None)
        module = self.replace(linear, quantized)
        errors = {
            "output_error": relative_error(weight, dequantize(quantized, scheme), gram),
            "output_error_rounded": state.before[linear.name],
        }
        search = state.searches.get(linear.input_group)
        ratio = {} if search is None else {"ratio": search.ratio}
        self.layer(linear).report(self.stage, weight, module, **errors, **ratio)

    def _factors(self, linear: Linear, layer: LowRankLinear, gram: torch.Tensor) -> None:
        """Round the factors of a low-rank layer, with a search for their ranges."""

        def solve(weight: torch.Tensor, scheme: Scheme, reaching: torch.Tensor | None) -> Quantized:
            return self._quantized(linear, weight, scheme, reaching if self.settings.apply_clip else None)

        module = factors.quantized_factors(layer, self.scheme(linear), solve, gram=gram)
        module.cache_dense_weight(torch.float32)
        self.layer(linear).replace(module)
        self.stage.layer(linear.name, *factors.report(layer, module))

    def _quantized(
        self,
        linear: Linear,
        weight: torch.Tensor,
        scheme: Scheme,
        gram: torch.Tensor | None = None,
        *,
        trial: bool = False,
    ) -> Quantized:
        """With whole ranges, or with those that do least harm to inputs of this Gram matrix. ``trial``: while scales
        are searched, fewer ranges are tried, and the scale that several tensors share is not known."""
        shared = self.units.get(linear.name) if not trial and scheme == self.scheme(linear) else None
        with refusing("quantized", linear.name, ADVICE):
            if gram is None:
                return quantize(weight, scheme, unit=shared)
            if linear.role in BY_ENERGY:
                return quantize(weight, scheme, energy=gram.diagonal(), unit=shared)
            return search_ranges(weight, gram, scheme, TRIED_RANGES if trial else RANGES, unit=shared)

    def _error(self, linear: Linear, quantized: Quantized, state: LayerState) -> float:
        rounded = dequantize(quantized, self.scheme(linear))
        return relative_error(self.weight(linear), rounded, state.grams[linear.input_group])
