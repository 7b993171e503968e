"""LoRA: adapters by peft, learned in the one training loop, merged or kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Linear
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import Owners, artifact_bytes, stored_dtypes
from engine.methods.low_rank.lora import learning, merging, report
from engine.methods.low_rank.lora.adapters import Update
from engine.methods.low_rank.lora.settings import AdapterSettings, LoraSettings
from engine.models.layer import LinearLayer, oriented
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.adapted import AdaptedLinear
from engine.modules.low_rank import LowRankLinear
from engine.modules.plain import PlainLinear
from engine.modules.sparse import SparseLinear
from engine.training.batches import TokenBatches, text_batches
from engine.training.model import close_after_training


class Lora:
    """The algorithm.

    In memory, for each weight: what it is stored in on an accelerator, 4 bytes on the CPU; beside a packed layer its
    unpacked weight, 2 and 4 bytes, if layers are held unpacked. For each value of an adapter: 16.
    """

    def check(self, anatomy: Anatomy, settings: LoraSettings) -> list[Problem]:
        """See `learning.problems`."""
        return learning.problems(anatomy, settings)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: LoraSettings, device: torch.device
    ) -> Estimate:
        """Adapters that stay make the artifact larger."""
        targets = learning.targets_of(anatomy, settings)
        linears = {linear.name: linear for linear in anatomy.linears}
        packed = _lacking(header, linears, (".weight", ".mask"))  # quantized; pruned layers have a mask
        other = _lacking(header, linears, (".weight",))
        modules = {name: x for name, x in targets.items() if name not in other} if settings.result == "adapter" else {}
        dtypes = stored_dtypes(header, modules)
        replaced: dict[str, CompressedModule] = {
            name: _empty(x, dtypes.get(name, torch.float32), settings) for name, x in modules.items()
        }
        if settings.result == "merged":
            dtype = getattr(torch, str(header.config.get("dtype") or "float32"), torch.float32)
            shapes = {name: (linears[name].out_features, linears[name].in_features) for name in packed}
            replaced |= {
                name: PlainLinear(torch.empty(shape, dtype=dtype, device="meta")) for name, shape in shapes.items()
            }
        disk = artifact_bytes(header, anatomy, replaced)
        if settings.result != "merged":
            stay = other if settings.result == "adapter" else packed
            beside = [targets[name] for name in stay if name in targets]
            disk += sum(4 * settings.r * (x.in_features + x.out_features) for x in beside)
        unpacked = sum(linears[name].in_features * linears[name].out_features for name in other)
        return learning.costs(header, anatomy, settings, disk, device, unpacked if settings.cache_dense_weights else 0)

    def apply(self, model: Model, settings: LoraSettings, stage: Stage) -> Model:
        """Train beside the frozen weights, then merge or keep, layer by layer."""
        batches = text_batches(model, settings, stage)
        targets = learning.targets_of(model.anatomy, settings)
        learning.open_frozen(model, stage, hold=settings.cache_dense_weights)
        masked = frozenset(name for name in targets if is_masked(model.get(name)))
        updates, _ = learning.learn(model, targets, settings, stage, batches, masked=masked)
        report.updates(stage, model.anatomy, targets, updates)
        self._settle(model, targets, updates, settings, stage, batches, masked)
        return close_after_training(model)

    def _settle(
        self,
        model: Model,
        targets: Mapping[str, Linear],
        updates: Mapping[str, Update],
        settings: LoraSettings,
        stage: Stage,
        batches: TokenBatches,
        masked: frozenset[str],
    ) -> None:
        """Every update finds its end, as `LoraSettings.result` asks for."""
        for name, linear in targets.items():
            report.layer(stage, linear, LinearLayer(model, linear).weight, updates[name])
        quantized = {
            x.name: x
            for x in model.anatomy.linears
            if is_quantized(module := model.get(x.name)) and not is_online(module)
        }
        if settings.result == "merged" and quantized:
            original = _Original(stage.inputs.get("source"), stage)
            merging.merge_better(model, quantized, updates, original, batches, stage)
        for name, linear in targets.items():
            module = model.get(name)
            if settings.result == "merged" and name in quantized:
                continue
            stays = is_online(module) or (settings.result != "merged" and is_quantized(module))
            if settings.result == "merged" and is_online(module):
                stage.log(f"{name} {cast(CompressedModule, module).online}: its adapter can't be merged", "warning")
            if stays or settings.result == "adapter":
                merging.keep(model, linear, updates[name], masked=name in masked)
            else:
                merging.merge(model, linear, updates[name])


class _Original:
    """The weights of the model that this one was made from, loaded part by part."""

    def __init__(self, source: Model | None, stage: Stage) -> None:
        self._source, self._stage = source, stage
        self._linears = {} if source is None else {linear.name: linear for linear in source.anatomy.linears}

    def __call__(self, linear: Linear) -> torch.Tensor | None:
        if self._source is None:
            return None
        same = self._linears.get(linear.name)
        if same is None or (same.in_features, same.out_features, same.transposed) != (
            linear.in_features,
            linear.out_features,
            linear.transposed,
        ):
            return None
        module = self._source.get(linear.name)
        if isinstance(module, CompressedModule):
            return None
        return oriented(self._source.tensor(f"{linear.name}.weight").to(self._stage.device), linear)


def is_online(module: nn.Module) -> bool:
    """True if it does to activations what no weight can say."""
    return isinstance(module, CompressedModule) and bool(module.online)


def is_masked(module: nn.Module) -> bool:
    """True if its zeros have to stay."""
    return isinstance(module, SparseLinear) or (isinstance(module, AdaptedLinear) and module.masked)


def is_quantized(module: nn.Module) -> bool:
    """True if merging would unpack it. Of low-rank layers, those with quantized factors."""
    if isinstance(module, LowRankLinear):
        return is_quantized(module.first) or is_quantized(module.second)
    if isinstance(module, AdaptedLinear):
        return is_quantized(module.base)
    return isinstance(module, CompressedModule) and not isinstance(module, SparseLinear | PlainLinear)


def _lacking(header: CheckpointHeader, linears: Mapping[str, Linear], leaves: tuple[str, ...]) -> set[str]:
    """The layers of an artifact that have none of these tensors: they are compressed."""
    owners = Owners(linears)
    having = {owners.of(info.name) for info in header.tensors if info.name.endswith(leaves)}
    return {name for name in linears if name not in having} if header.format == "artifact" else set()


def _empty(linear: Linear, dtype: torch.dtype, settings: LoraSettings) -> AdaptedLinear:
    """The module of a dense layer with an adapter, on the meta device."""
    return adapted(
        PlainLinear(torch.empty(linear.out_features, linear.in_features, dtype=dtype, device="meta")), linear, settings
    )


def adapted(base: CompressedModule, linear: Linear, settings: AdapterSettings) -> AdaptedLinear:
    """A layer with an adapter on the meta device, the bias of the base taken over."""
    rank = settings.r * (2 if settings.init_lora_weights.startswith(("pissa", "olora")) else 1)
    return AdaptedLinear(
        base,
        torch.empty(rank, linear.in_features, device="meta"),
        torch.empty(linear.out_features, rank, device="meta"),
        settings.scale,
        factor=torch.empty(linear.out_features, device="meta") if settings.use_dora else None,
        bias=torch.empty(linear.out_features, device="meta") if linear.bias else None,
        transposed=linear.transposed,
    )
