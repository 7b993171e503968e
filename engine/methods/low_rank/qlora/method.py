"""QLoRA: the weights in 4 bits by blocks, part by part, then adapters beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import cast

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy, Linear
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import Owners, artifact_bytes
from engine.methods.low_rank.lora import learning, merging, report
from engine.methods.low_rank.lora.method import adapted, is_masked, is_online, is_quantized
from engine.methods.low_rank.qlora.settings import QloraSettings
from engine.methods.shared.blocks import empty, quantized
from engine.methods.shared.layers import chosen, pattern_problems
from engine.models.layer import LinearLayer, oriented, weight_of
from engine.models.model import Model
from engine.models.parameters import dense_parameters
from engine.models.source import open_model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.blockwise import BlockwiseLinear
from engine.training.batches import text_batches
from engine.training.model import close_after_training

SPANS = ((0.0, 0.1), (0.1, 0.95))
"""Shares of the block's progress: quantizing, training."""


class Qlora:
    """The algorithm.

    In memory, for each weight: half a byte and its share of scales; for each value of an adapter: 16 bytes.
    """

    def check(self, anatomy: Anatomy, settings: QloraSettings) -> list[Problem]:
        """See `learning.problems`; patterns of layers that stay in 16 bits."""
        return learning.problems(anatomy, settings) + pattern_problems(anatomy, settings.ignore)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: QloraSettings, device: torch.device
    ) -> Estimate:
        """The adapters stay beside 4-bit weights, or everything is dense again."""
        disk = artifact_bytes(header, anatomy, {})
        linears = chosen(anatomy, settings.ignore)
        packed = sum(x.in_features * x.out_features for x in linears.values())
        if settings.result == "adapter":
            replaced: dict[str, CompressedModule] = {name: empty(x, settings) for name, x in linears.items()}
            for name, linear in learning.targets_of(anatomy, settings).items():
                if name in replaced:
                    replaced[name] = adapted(replaced[name], linear, settings)
            disk = artifact_bytes(header, anatomy, replaced)
        costs = learning.costs(header, anatomy, settings, disk, device)
        owners = Owners(linears)
        dense_tensors = tuple(info for info in header.tensors if owners.of(info.name) is None)
        dense, rest = (
            learning.frozen_bytes(part, anatomy, settings, device)
            for part in (header, dataclasses.replace(header, tensors=dense_tensors))
        )
        packed_bytes = int(0.6 * packed)  # 4 bits and scales
        return Estimate(disk, max(disk, costs.memory_bytes - dense + rest + packed_bytes), 1.2 * (costs.seconds or 0.0))

    def apply(self, model: Model, settings: QloraSettings, stage: Stage) -> Model:
        """Quantize, train, and keep or merge."""
        batches = text_batches(model, settings, stage)
        targets = learning.targets_of(model.anatomy, settings)
        masked = frozenset(x.name for x in model.anatomy.linears if is_masked(model.get(x.name)))
        _pack(model, settings, stage)
        model.module.requires_grad_(False)
        updates, resident = learning.learn(model, targets, settings, stage, batches, masked=masked, span=SPANS[1])
        stage.detail("resident", resident_metrics(model, resident))
        report.updates(stage, model.anatomy, targets, updates)
        for name, linear in targets.items():
            report.layer(stage, linear, LinearLayer(model, linear).weight, updates[name])
        packed = {x.name: x for x in model.anatomy.linears if isinstance(model.get(x.name), BlockwiseLinear)}
        merged = settings.result == "merged"
        if merged:
            original = _Upstream(model, stage)
            merging.merge_better(model, packed, updates, original, batches, stage, masked=masked)
        for name, linear in targets.items():
            if merged and name in packed:
                continue
            if merged and not is_online(model.get(name)):
                merging.merge(model, linear, updates[name])
            else:
                merging.keep(model, linear, updates[name], masked=name in masked)
        return close_after_training(model)


def _pack(model: Model, settings: QloraSettings, stage: Stage) -> None:
    """Load part by part, and put what is dense, or pruned, into 4 bits: all of it never lies there dense at once."""
    linears = chosen(model.anatomy, settings.ignore)
    skipped: list[str] = []
    for index, part in enumerate(model.parts):
        stage.checkpoint()
        stage.progress(SPANS[0][1] * index / len(model.parts), f"{part.name} in 4 bits")
        model.load(part, dtype=devices.frozen_dtype(stage.device), device=stage.device)
        for linear in part.linears:
            module = model.get(linear.name)
            if linear.name not in linears or isinstance(module, BlockwiseLinear):
                continue
            if isinstance(module, CompressedModule) and is_quantized(module):
                skipped.append(linear.name)
                continue
            layer = LinearLayer(model, linear)
            layer.replace(quantized(layer, settings))
    if skipped:
        kind = cast(CompressedModule, model.get(skipped[0])).KIND
        stage.log(
            f"{len(skipped)} layers are compressed already ({skipped[0]}: {kind}) and stay as they are", "warning"
        )


def resident_metrics(model: Model, resident: Mapping[str, int]) -> dict[str, float]:
    """Bytes of the tensors while training, and what a weight of the packed layers takes."""
    packed = [module for module in model.compressed().values() if isinstance(module, BlockwiseLinear)]
    weights = sum(module.out_features * module.in_features for module in packed)
    everything = dense_parameters(model)
    bits = sum(module.bits() - 8 * _bias_bytes(module) for module in packed)
    return {
        "base_bytes": float(resident["base"]),
        "adapter_bytes": float(resident["adapters"]),
        "bytes_per_parameter": (resident["base"] + resident["adapters"]) / max(1, everything),
        "bits_per_packed_weight": bits / max(1, weights),
        "adapter_bits_per_packed_weight": 8 * resident["adapters"] / max(1, weights),
    }


def _bias_bytes(module: BlockwiseLinear) -> int:
    return 0 if module.bias is None else module.bias.numel() * module.bias.element_size()


class _Upstream:
    """The weights that came in, read again part by part; pruned ones with their zeros."""

    def __init__(self, model: Model, stage: Stage) -> None:
        self._path, self._device = model.path, stage.device
        self._opened: Model | None = None

    def __call__(self, linear: Linear) -> torch.Tensor | None:
        if self._opened is None:
            self._opened = open_model(self._path)
        source = self._opened
        part = next(part for part in source.parts if part.owns(linear.name))
        module = source.get(linear.name)
        if isinstance(module, BlockwiseLinear):  # it came in 4 bits
            return None
        if not isinstance(module, CompressedModule):
            return oriented(source.tensor(f"{linear.name}.weight").to(self._device), linear)
        source.load(part, device=self._device)
        weight = weight_of(module, linear)
        source.free(part)
        return weight
