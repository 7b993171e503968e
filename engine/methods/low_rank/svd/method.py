"""SVD factorization, layer by layer. How the factors come about: `engine.numerics.svd`."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.files import write_text
from engine.calibration.order import Group, is_expert
from engine.calibration.output_gradients import OutputGradients
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, LayerStep, compute_dtype_of, share, walk
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import artifact_bytes
from engine.methods.costs.gradients import BackwardWalk
from engine.methods.costs.primitives import DECOMPOSITION, Walk
from engine.methods.low_rank.svd import report
from engine.methods.low_rank.svd.inputs import Inputs, Original
from engine.methods.low_rank.svd.settings import SvdSettings
from engine.methods.shared.fisher import fisher
from engine.methods.shared.layers import chosen, layer_values, not_recognized, pattern_problems
from engine.models.layer import LinearLayer, refusing
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.low_rank import LowRankLinear
from engine.modules.plain import PlainLinear
from engine.numerics import svd
from engine.numerics.column_walk import relative_error

BACKWARD = 0.3
"""Share of the progress that the backward pass takes, where there is one."""
LOOK = 0.4
"""Share of the rest that looking at the original takes."""


class Svd:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: SvdSettings) -> list[Problem]:
        """A model without recognized layers, patterns that mean nothing, layers in which nothing can be saved."""
        if not anatomy.layers:
            return [not_recognized(anatomy)]
        exceptions = [pattern for pattern, _ in layer_values(settings.layer_ranks)]
        problems = pattern_problems(anatomy, [*settings.ignore, *exceptions])
        if settings.update == "original" and any(is_expert(x) for x in anatomy.linears):
            message = "Experts get other tokens in the original: there is nothing to update them toward"
            problems.append(Problem("error", message, advice="Choose another update, or none"))
        if settings.update == "original" and anatomy.first_of_decoder:
            message = "An update toward the original's outputs is not made behind an encoder, whose outputs change too"
            problems.append(Problem("error", message, advice="Choose another update, or none"))
        if settings.variant == "fisher" and (anatomy.kind != "decoder" or not anatomy.predicts_next):
            message = "Gradients of the outputs need a model that predicts the next token"
            problems.append(Problem("error", message, advice="Minimize the error of the outputs alone (whitened)"))
        linears = targets(anatomy, settings)
        if not linears:
            problems.append(Problem("error", "There is nothing to factorize: all linear layers are left alone"))
        problems += _too_large(linears.values(), settings)
        if settings.rank_allocation != "energy":
            free = [x for x in linears.values() if settings.rank_of(x) is None]
            small = [x for x in free if _empty(x, settings, torch.float32) is None]
            if small:
                message = f"{len(small)} layers are too small to be factorized and stay as they are"
                problems.append(
                    Problem("warning", message, where=small[0].name, advice="Choose a smaller step of ranks")
                )
        return problems

    def targets(self, anatomy: Anatomy, settings: SvdSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return targets(anatomy, settings)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: SvdSettings, device: torch.device
    ) -> Estimate:
        """Exact on disk for uniform ranks and those asked for, and as large for a global budget; by energy it is not
        known beforehand, and the uniform ranks stand for it."""
        linears = targets(anatomy, settings)
        dtypes = {info.name: DTYPES.get(info.dtype, torch.float32) for info in header.tensors}
        dtype = next(iter(dtypes.values()), torch.float32)
        modules = {
            name: _empty(linear, settings, dtypes.get(f"{name}.weight", dtype)) for name, linear in linears.items()
        }
        disk = artifact_bytes(header, anatomy, {name: module for name, module in modules.items() if module is not None})
        walks = _looks(settings) + _walks(settings) + (settings.update == "original")
        walk = Walk.of(settings, DECOMPOSITION, walks=walks)
        memory, seconds = walk.memory(header, anatomy, device), walk.seconds(linears.values(), device)
        if settings.variant == "fisher":
            some = settings.model_copy(update={"num_samples": min(settings.fisher_samples, settings.num_samples)})
            backward = BackwardWalk(Walk.of(some), settings.sequence_length, ())
            memory = max(memory, backward.memory(anatomy, device))
            seconds += backward.seconds(anatomy, device)
        return Estimate(disk, memory, seconds)

    def apply(self, model: Model, settings: SvdSettings, stage: Stage) -> Model:
        """Factorize. RunFailed names the layer whose numbers are not finite."""
        every = calibration_tokens(model, settings, stage)
        tokens = share(every).to(stage.device)
        run = SvdRun(model, settings, stage)
        if settings.variant == "fisher":
            run.gradients = fisher(model, settings, stage, every, run.targets, (0.0, BACKWARD))
        if _looks(settings):
            run.look(tokens)
        run.compress(tokens)
        report.ranks(stage, model.anatomy, run.chosen_ranks)
        return model


def targets(anatomy: Anatomy, settings: SvdSettings) -> dict[str, Linear]:
    """The linears of the layers that are factorized, by name."""
    return chosen(dataclasses.replace(anatomy, others=()), settings.ignore)


def _too_large(linears: Iterable[Linear], settings: SvdSettings) -> list[Problem]:
    """A warning for each number of ranks that is asked for and would save nothing."""
    wide: dict[int, list[Linear]] = {}
    for linear in linears:
        rank = settings.rank_of(linear)
        if rank is not None and not svd.saves(linear.out_features, linear.in_features, rank, settings.pivoting):
            wide.setdefault(rank, []).append(linear)
    results = []
    for rank, layers in wide.items():
        first, more = layers[0], f" (and {len(layers) - 1} more)" if len(layers) > 1 else ""
        shape = (first.out_features, first.in_features)
        most = svd.rank_for(*shape, 1.0, settings.pivoting)
        most -= not svd.saves(*shape, most, settings.pivoting)
        message = f"{first.name}{more} would not be smaller with rank {rank} and stays as it is"
        results.append(Problem("warning", message, where=first.name, advice=f"Choose at most {most}, or ignore it"))
    return results


def uniform(linear: Linear, settings: SvdSettings) -> int:
    """The rank that removes the share of the settings from one layer."""
    rank = svd.rank_for(linear.out_features, linear.in_features, 1 - settings.compression_ratio, settings.pivoting)
    return rank // settings.rank_multiple * settings.rank_multiple


def _looks(settings: SvdSettings) -> bool:
    """True if the original is walked first."""
    return settings.rank_allocation == "global" or settings.statistics == "one-shot"


def _walks(settings: SvdSettings) -> bool:
    """True if what is compressed already is walked: else all is known from the look at the original."""
    return settings.statistics != "one-shot" or settings.update != "none"


def _empty(linear: Linear, settings: SvdSettings, dtype: torch.dtype) -> LowRankLinear | None:
    """The layer as it will be, on the meta device; None if it stays."""
    rank = settings.rank_of(linear) or uniform(linear, settings)
    if not svd.saves(linear.out_features, linear.in_features, rank, settings.pivoting):
        return None
    rows = linear.out_features - rank * settings.pivoting
    first, second = (
        torch.empty(*shape, dtype=dtype, device="meta") for shape in ((rank, linear.in_features), (rows, rank))
    )
    order = torch.empty(linear.out_features, dtype=torch.int32, device="meta") if settings.pivoting else None
    bias = torch.empty(linear.out_features, dtype=dtype, device="meta") if linear.bias else None
    return LowRankLinear(PlainLinear(first), PlainLinear(second), bias=bias, order=order, transposed=linear.transposed)


class SvdRun:
    """One run of the method over one model."""

    def __init__(self, model: Model, settings: SvdSettings, stage: Stage) -> None:
        self.model, self.settings, self.stage = model, settings, stage
        self.targets = targets(model.anatomy, settings)
        self.gradients: OutputGradients | None = None
        self.begin = BACKWARD if settings.variant == "fisher" else 0.0
        """Share of the progress at which the walks begin."""
        self.ranks: dict[str, int] = {}
        self.chosen_ranks: dict[str, int] = {}
        self.batch = max(1, BATCH_TOKENS // settings.sequence_length)
        self.compute_dtype = compute_dtype_of(settings.compute_dtype, stage.device)

    # -- the original --------------------------------------------------------------------------------------------------
    def look(self, tokens: torch.Tensor) -> None:
        """Walk the original and keep every layer's spectrum in the stage's folder; what is there from before a kill is
        not computed again. Then choose the ranks that share a budget."""
        done = self.stage.folder / "looked"
        sound = [checksum.is_sound(self._file(linear), self.stage.log) for linear in self.targets.values()]
        if not (done.exists() and all(sound)):
            for layer_step in self._walk(tokens, (self.begin, self._looked), store=False):
                passed: set[str] = set()
                for groups in layer_step.steps():
                    self._look_at(layer_step, groups, passed)
                    passed |= {linear.name for linears in groups for linear in linears}
            write_text(done, "")
        if self.settings.rank_allocation == "global":
            self._spread()

    def _look_at(self, layer_step: LayerStep, groups: list[Group], passed: set[str]) -> None:
        names = {
            x.name
            for linears in groups
            for x in linears
            if x.name in self.targets and not checksum.is_sound(self._file(x), self.stage.log)
        }
        groups = [linears for linears in groups if any(linear.name in names for linear in linears)]
        for linears, inputs in self._gathered(layer_step, groups, passed, None):
            metric = inputs.metric(self.settings)
            for linear in (linear for linear in linears if linear.name in names):
                self.stage.checkpoint()
                spectrum = self._decomposed(linear, self._weight(linear), metric)
                stored = {"values": spectrum.values}
                if self.settings.statistics == "one-shot":
                    stored["vectors"] = spectrum.vectors
                    stored |= {} if spectrum.scales is None else {"scales": spectrum.scales}
                checksum.save({name: tensor.cpu() for name, tensor in stored.items()}, self._file(linear))

    def _spread(self) -> None:
        free = {name: linear for name, linear in self.targets.items() if self.settings.rank_of(linear) is None}
        spectra = {name: checksum.load(self._file(linear))["values"] for name, linear in free.items()}
        self.ranks = svd.allocate_ranks(
            spectra,
            {name: (linear.out_features, linear.in_features) for name, linear in free.items()},
            1 - self.settings.compression_ratio,
            floor=self.settings.min_rank_ratio,
            weights={name: self._share(values) for name, values in spectra.items()},
            pivot=self.settings.pivoting,
        )

    def _share(self, values: torch.Tensor) -> float:
        """The weight of a layer's error in the budget: its share of what the layer gives. By gradients errors of all
        layers are in nats."""
        return 1.0 if self.gradients is not None else 1 / max(float(values.double().square().sum()), 1e-300)

    # -- the work ------------------------------------------------------------------------------------------------------
    def compress(self, tokens: torch.Tensor) -> None:
        """Put factors in the place of every layer where that saves something."""
        span = (self._looked if _looks(self.settings) else self.begin, 1.0)
        if not _walks(self.settings):
            for part in self.stage.parts(self.model, dtype=torch.float32, span=span):
                for linear in part.linears:
                    if linear.name in self.targets:
                        self.stage.checkpoint()
                        self._solve(linear, None, None)
            return
        original = Original(self.stage) if self.settings.update == "original" else None
        for layer_step in self._walk(tokens, span):
            if layer_step.part.stored:
                continue
            if original is not None:
                original.enter(layer_step)
            passed: set[str] = set()
            for groups in layer_step.steps():
                self._solve_groups(layer_step, groups, passed, original)
                passed |= {linear.name for linears in groups for linear in linears}
            if original is not None:
                original.leave()

    def _solve_groups(
        self, layer_step: LayerStep, groups: list[Group], passed: set[str], original: Original | None
    ) -> None:
        for linears, inputs in self._gathered(layer_step, groups, passed, original):
            metric = inputs.metric(self.settings) if self.settings.statistics == "sequential" else None
            for linear in linears:
                if linear.name in self.targets:
                    self.stage.checkpoint()
                    self._solve(linear, inputs, metric)

    def _solve(self, linear: Linear, inputs: Inputs | None, metric: torch.Tensor | None) -> None:
        weight = self._weight(linear)
        target = weight
        if inputs is not None and inputs.cross is not None:
            target = svd.ridge_regression(weight, weight @ inputs.cross, inputs.gram.matrix(), self.settings.damping)
        if self.settings.statistics == "one-shot":
            stored = checksum.load(self._file(linear), weight.device)
            spectrum = svd.Spectrum(stored["vectors"], stored["values"], stored.get("scales"))
        else:
            spectrum = self._decomposed(linear, target, metric)
        rank = self._rank(linear, spectrum)
        report.spectrum(self.stage, linear, spectrum.values, rank)
        if not svd.saves(linear.out_features, linear.in_features, rank, self.settings.pivoting):
            self.stage.log(f"{linear.name} stays as it is: no rank would save anything")
            return
        factors = svd.truncate(target, spectrum, rank)
        if self.settings.update != "none" and inputs is not None:
            gram = inputs.gram.matrix()
            factors = svd.update(factors, target @ gram, gram)
        self.chosen_ranks[linear.name] = rank
        module = self._replace(linear, factors)
        metrics = {"rank": float(rank), "energy": float(svd.energy_curve(spectrum.values)[rank - 1])}
        if inputs is not None:
            metrics["output_error"] = relative_error(weight, factors.weight, inputs.gram.matrix())
        report.layer(self.stage, linear, weight, module, metrics)

    def _rank(self, linear: Linear, spectrum: svd.Spectrum) -> int:
        if (rank := self.settings.rank_of(linear)) is not None:
            return rank
        if self.settings.rank_allocation == "uniform":
            return uniform(linear, self.settings)
        if self.settings.rank_allocation == "energy":
            rank = svd.rank_of_energy(spectrum.values, self.settings.energy)
        else:
            rank = self.ranks[linear.name]
        return max(rank // self.settings.rank_multiple, 1) * self.settings.rank_multiple

    def _replace(self, linear: Linear, factors: svd.Factors) -> LowRankLinear:
        order = None
        if self.settings.pivoting:
            factors, order = svd.pivoted(factors)
        layer = LinearLayer(self.model, linear)
        dtype = torch.float32 if isinstance(layer.module, CompressedModule) else layer.dtype
        module = LowRankLinear(
            PlainLinear(factors.first.to(dtype)),
            PlainLinear(factors.second.to(dtype)),
            bias=layer.stored_bias,
            order=None if order is None else order.to(torch.int32),
            transposed=linear.transposed,
        )
        layer.replace(module)
        return module

    # -- small things --------------------------------------------------------------------------------------------------
    @property
    def _looked(self) -> float:
        """Share of the progress at which the look at the original is over."""
        return self.begin + LOOK * (1.0 - self.begin)

    def _walk(self, tokens: torch.Tensor, span: tuple[float, float], store: bool = True) -> Iterator[LayerStep]:
        return walk(
            self.model,
            self.stage,
            tokens,
            batch=self.batch,
            compute_dtype=self.compute_dtype,
            store=store,
            span=span,
            targets=self.targets,
        )

    def _gathered(
        self, layer_step: LayerStep, groups: list[Group], passed: set[str], original: Original | None
    ) -> Iterator[tuple[Group, Inputs]]:
        input_groups = []
        for linears in groups:
            beside = None if original is None else original.inputs(linears[0])
            inputs = Inputs(linears[0].in_features, self.stage.device, beside)
            input_groups.append(InputGroup(layer_step.part, linears, inputs))
        layer_step.gather(input_groups, passed)
        for input_group in input_groups:
            yield input_group.linears, input_group.statistic

    def _file(self, linear: Linear) -> Path:
        return self.stage.folder / f"{linear.name}.safetensors"

    def _weight(self, linear: Linear) -> torch.Tensor:
        """(out, in) float32."""
        return LinearLayer(self.model, linear).weight.float()

    def _decomposed(self, linear: Linear, weight: torch.Tensor, metric: torch.Tensor | None) -> svd.Spectrum:
        with refusing("factorized", linear.name):
            return svd.decompose(weight, metric, self._importance(linear))

    def _importance(self, linear: Linear) -> torch.Tensor | None:
        """E[g²] at the outputs of a layer; None where all count alike, as for an expert that no token reached."""
        if self.gradients is None or linear.name not in self.gradients.statistics:
            return None
        return self.gradients.mean_square(linear.name)
