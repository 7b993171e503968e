"""SpinQuant: rotations are made or learned, merged part by part, and what is left of the outliers is rounded."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput
from engine.calibration.asymmetric import Original
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, compute_dtype_of
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.problem import Estimate, Problem
from engine.measure.machine import operations_per_second
from engine.measure.rotation import kurtosis_table
from engine.methods.costs.bytes import artifact_bytes, loaded_bytes, unpacked
from engine.methods.costs.primitives import DIVERGENCE, FLOAT, GPTQ, Train, Walk
from engine.methods.quantization.common import asymmetric, rounding
from engine.methods.quantization.common.asymmetric import AsymmetricSolver
from engine.methods.quantization.spinquant import plan as planning
from engine.methods.quantization.spinquant.folding import Folding
from engine.methods.quantization.spinquant.plan import LayerBlueprint, RotationPlan
from engine.methods.quantization.spinquant.rotations import STARTS, Rotations
from engine.methods.quantization.spinquant.settings import SpinQuantSettings
from engine.methods.shared.layers import layers_only
from engine.models.layer import LinearLayer, refusing
from engine.models.model import Model, Part
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.attention import can_route
from engine.modules.packed import PackedLinear
from engine.modules.rotated import RotatedLinear
from engine.numerics.quantization.quantize import quantize
from engine.numerics.quantization.scheme import Quantized

LOOK_TOKENS = 512
"""Tokens of the kurtosis before and after."""
LEARNING = 0.8
"""Share of the stage's progress, where rotations are learned."""
PASS_COPIES = 1.7
"""Memory of the gradient of a pass through rotated and rounded layers, in passes through plain layers; measured."""


class SpinQuant:
    """The algorithm.

    In memory: one layer in float32 while rotations are merged; while they are learned, 4 bytes for each weight of the
    model and what one pass keeps for the gradient of the rotations.
    """

    def check(self, anatomy: Anatomy, settings: SpinQuantSettings) -> list[Problem]:
        """Rotations that this model does not take and why, groups that do not fit, nothing to do."""
        return planning.problems(anatomy, settings)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: SpinQuantSettings, device: torch.device
    ) -> Estimate:
        """Bytes on disk from the shapes of what will be there; memory and seconds of GPTQ, and of learning with the
        whole network in memory."""
        layers = layers_only(anatomy)
        clips = _any_clips(anatomy) if settings.rotation == "learned" and settings.learn_clips else None
        blueprint = LayerBlueprint(
            anatomy, settings, planning.rotation_plan(anatomy, settings), clips or Rotations.clips_of(anatomy, settings)
        )
        rotated = unpacked(header, _changed(blueprint))
        disk = artifact_bytes(rotated, anatomy, _expected(rotated, blueprint))
        separate = _head_bytes(header, anatomy, blueprint.plan)
        basis = rounding.estimate(header, layers, settings.nearest(), device)
        weights = sum(linear.in_features * linear.out_features for linear in layers.linears)
        operations = (
            sum(2.0 * x.in_features * x.out_features * (x.in_features + x.out_features) for x in layers.linears) / 4
        )  # float64
        memory = (
            basis.memory_bytes
            + separate
            + 8 * 3 * max((x.in_features * x.out_features for x in layers.linears), default=0)
        )
        seconds = basis.seconds or 0.0
        if settings.weight_method == "gptq":
            walk = Walk.of(settings, GPTQ)
            alone = Estimate(0, walk.memory(header, anatomy, device), walk.seconds(layers.linears, device))
            alone = asymmetric.with_originals(alone, walk, layers, settings.gptaq_alpha, device)
            memory = max(memory, alone.memory_bytes + separate)
            seconds += alone.seconds or 0.0
        if settings.rotation == "learned":
            train = Train(settings, DIVERGENCE, logits=3, passes=PASS_COPIES)
            everything = weights + anatomy.vocabulary * anatomy.hidden_size
            seconds += train.seconds(anatomy, everything, device, teacher=everything, learned=0.0)
            memory = max(memory, FLOAT * everything + train.pass_memory(anatomy, device))
        return Estimate(disk + separate, memory, seconds + operations / operations_per_second(str(device)))

    def apply(self, model: Model, settings: SpinQuantSettings, stage: Stage) -> Model:
        """Rotate and quantize. `RunFailed` names the layer with a NaN or with scales beyond their dtype."""
        plan = planning.rotation_plan(model.anatomy, settings)
        for problem in plan.problems:
            stage.log(str(problem), "warning")
        if (plan.r3 or settings.kv_bits < planning.OFF) and not can_route(model.module):
            raise BadInput(
                "Queries and keys of this model can't be reached",
                why="its attention does not go through the attention functions of transformers",
                advice="choose the variant without online transforms, and 16 bits for the cache",
            )
        tokens = calibration_tokens(model, settings, stage).to(stage.device)
        _report_kurtosis(model, tokens, stage, "before")
        rotations = _rotations(model, settings, plan, stage)
        rotating = RotateAndQuantize(model, settings, stage, plan, rotations)
        if plan.r1:
            model.untie()
        rotating.run(tokens)
        _report_kurtosis(model, tokens, stage, "after")
        stage.detail(
            "rotations",
            {
                "made": plan.words,
                "hadamard": dict(planning.hadamards(model.anatomy, plan, settings)),
                "matrices": [dataclasses.asdict(matrix) for matrix in rotations.matrices],
                "clips": rotations.clips,
            },
            keep=True,
        )
        return model


class RotateAndQuantize:
    """One walk over one model that merges rotations and quantizes.

    model: as it came; its head may get a weight of its own afterward.
    """

    def __init__(
        self, model: Model, settings: SpinQuantSettings, stage: Stage, plan: RotationPlan, rotations: Rotations
    ) -> None:
        self.model, self.settings, self.stage = model, settings, stage
        self.blueprint = LayerBlueprint(model.anatomy, settings, plan, rotations.clips)
        self.folding = Folding(model, self.blueprint, rotations.on(stage.device))
        uses_original = settings.weight_method == "gptq" and settings.gptaq_alpha
        self.original = self._rotated_original() if uses_original else None

    def run(self, tokens: torch.Tensor) -> None:
        """Walk."""
        if self.settings.weight_method == "gptq":
            self._calibrate(tokens)
            return
        to_nearest = self.settings.weight_method == "round_to_nearest"
        for part in self.stage.parts(self.model, dtype=torch.float32 if to_nearest else None):
            self.prepare(part)
            linears = [x for x in part.linears if x.layer is not None and x.name in self.blueprint.targets]
            linears = linears if to_nearest else []
            units = rounding.tensor_scales(linears, self.folding.weight, lambda _: self.blueprint.scheme)
            for linear in linears:
                self.stage.checkpoint()
                self.round(linear, units.get(linear.name))

    def _calibrate(self, tokens: torch.Tensor) -> None:
        settings, stage = self.settings, self.stage
        solver = RotatingSolver(self.model, settings, stage, self.folding)
        solver.alpha = settings.gptaq_alpha
        asymmetric.calibrate_gptq(
            self.model,
            stage,
            tokens,
            settings.gptaq_alpha,
            on_group=solver.solve,
            targets=solver.targets,
            original=self.original,
            batch=max(1, BATCH_TOKENS // settings.sequence_length),
            compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
            prepare=self.prepare,
            transform_input=self.blueprint.transform_input,
        )

    def _rotated_original(self) -> Original:
        """The original with the same rotations and online transforms, in which nothing is rounded."""
        model = self.model.opened_again()
        settings = self.settings.replace(weight_method="none", activation_bits=planning.OFF, kv_bits=planning.OFF)
        blueprint = dataclasses.replace(self.blueprint, settings=settings)
        folding = Folding(model, blueprint, self.folding.rotations)

        def prepare(part: Part) -> None:
            folding.part(part)
            folding.wrap_unquantized(part)

        return Original(model, prepare, blueprint.transform_input)

    def prepare(self, part: Part) -> None:
        """Rotate a part."""
        self.stage.checkpoint()
        self.folding.part(part)
        self.folding.wrap_unquantized(part)

    def round(self, linear: Linear, unit: torch.Tensor | None) -> None:
        """Round a weight to nearest. ``unit``: its tensor scale, where the format has one."""
        assert self.blueprint.scheme is not None
        weight = self.folding.weight(linear)
        with refusing("quantized", linear.name):
            quantized = quantize(weight, self.blueprint.scheme, rounding.clip_of(self.settings.nearest()), unit=unit)
        module = self.folding.replace(linear, quantized)
        LinearLayer(self.model, linear).report(self.stage, weight, _quantized(module))


class RotatingSolver(AsymmetricSolver):
    """GPTQ that puts what is around the weights in place with them."""

    def __init__(self, model: Model, settings: SpinQuantSettings, stage: Stage, folding: Folding) -> None:
        super().__init__(model, settings, stage)
        self.folding = folding

    def replace(self, linear: Linear, quantized: Quantized) -> PackedLinear:
        """See the base; with its online transform and the rounding of its input."""
        module = self.folding.replace(linear, quantized)
        assert module is not None
        module.cache_dense_weight(torch.float32)
        return _quantized(module)


def _quantized(module: nn.Module | None) -> PackedLinear:
    inner = module.inner if isinstance(module, RotatedLinear) else module
    assert isinstance(inner, PackedLinear)
    return inner


def _rotations(model: Model, settings: SpinQuantSettings, plan: RotationPlan, stage: Stage) -> Rotations:
    """As they will be merged: orthogonal to float64."""
    start = Rotations.random(model.anatomy, settings, plan, stage.generator("rotations"))
    rotations = start
    if settings.rotation == "learned":
        from engine.methods.quantization.spinquant.learning import learned

        file: Path = stage.folder / "rotations.safetensors"
        if not checksum.is_sound(file, stage.log):
            learned(model, settings, plan, start, stage, LEARNING).exact().save(file)
        rotations = Rotations.load(file)
    rotations.matrices = rotations.compared(start, STARTS.get(settings.rotation, ""))
    return rotations


def _report_kurtosis(model: Model, tokens: torch.Tensor, stage: Stage, when: str) -> None:
    """Draw the kurtosis of every place in every layer, per token and pooled."""
    table = kurtosis_table(model, tokens.reshape(-1)[None, :LOOK_TOKENS], stage.device, stage.checkpoint)
    for chart, rows in (("Kurtosis", table.per_token), ("Kurtosis, all tokens together", table.pooled)):
        stage.grid(
            chart,
            when,
            rows,
            row_title="Layer",
            column_title="Place",
            rows=table.layers,
            columns=table.places,
            log=True,
        )
    stage.detail(f"kurtosis_{when}", table.means())


# -- costs -------------------------------------------------------------------------------------------------------------
def _expected(header: CheckpointHeader, blueprint: LayerBlueprint) -> dict[str, CompressedModule]:
    """Modules that will replace layers or stand beside them, on the meta device."""
    stored = {info.name: DTYPES.get(info.dtype, torch.float32) for info in header.tensors}
    modules: dict[str, CompressedModule] = {}
    for layer in blueprint.anatomy.layers:
        for linear in layer.linears:
            names = (f"{linear.name}.weight", f"{linear.name.partition('.')[2]}.weight")
            dtype = next((stored[name] for name in names if name in stored), torch.float32)
            stays = blueprint.scheme is None or linear.name not in blueprint.targets
            weight = torch.empty(linear.out_features, linear.in_features, dtype=dtype, device="meta") if stays else None
            bias = torch.empty(linear.out_features, dtype=dtype, device="meta") if linear.bias else None
            module = blueprint.around(linear, weight, bias)
            if module is not None:
                modules[linear.name] = module
        online = blueprint.online(layer)
        if online is not None:
            modules[online[0]] = online[1]
    return modules


def _changed(blueprint: LayerBlueprint) -> list[str]:
    """Layers, embeddings and head whose weights are others once rotations and scales are merged."""
    anatomy, plan, settings = blueprint.anatomy, blueprint.plan, blueprint.settings
    scaled = settings.rotation == "learned" and settings.learn_scales
    names = [
        linear.name
        for linear in layers_only(anatomy).linears
        if plan.r1
        or (plan.r2 and (linear.role == "v" or planning.site_of(linear) == "o"))
        or (scaled and (linear.role == "up" or planning.site_of(linear) == "down"))
        or blueprint.rotates(linear)
    ]
    tables = [*anatomy.embeddings, anatomy.head] if plan.r1 else []
    return [*names, *filter(None, tables)]


def _head_bytes(header: CheckpointHeader, anatomy: Anatomy, plan: RotationPlan) -> int:
    """Bytes of the copy that a head gets when rotations separate it from the embedding; 0 if they do not."""
    if not (plan.r1 and anatomy.tied):
        return 0
    table = (anatomy.vocabulary, anatomy.hidden_size)
    return 100 + next((loaded_bytes(info) for info in header.tensors if info.shape == table), 0)


def _any_clips(anatomy: Anatomy) -> dict[str, list[float]]:
    """As long in a file as learned ones."""
    return {name: [0.9876543] * len(anatomy.layers) for name in (*planning.SITES, "keys", "values")}
