"""Adapters after training: kept beside their layer, merged into it, or into the weight that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.methods.low_rank.lora.adapters import Update
from engine.models.layer import LinearLayer, bias_of, dense_linear, mask_of, weight_of
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.adapted import AdaptedLinear
from engine.modules.low_rank import LowRankLinear
from engine.modules.plain import PlainLinear
from engine.modules.sparse import SparseLinear
from engine.numerics import adapters
from engine.training.batches import TokenBatches
from engine.training.language_model import held_out_loss

Weights = Callable[[Linear], torch.Tensor | None]
"""The 16-bit weight (out, in) that a layer was made from; None if it can't be had."""


def keep(model: Model, linear: Linear, update: Update, *, masked: bool = False) -> None:
    """Put the layer with its adapter beside it in its place."""
    layer = LinearLayer(model, linear)
    base, bias = layer.module, None
    if not isinstance(base, CompressedModule):
        base, bias = PlainLinear(layer.weight.to(layer.dtype).contiguous()), layer.stored_bias
    module = AdaptedLinear(
        base,
        update.lora_A,
        update.lora_B,
        update.scale,
        bias=bias,
        masked=masked,
        transposed=linear.transposed,
    )
    if update.magnitude is not None:
        factor = adapters.dora_factor(module.matrix(), update.magnitude).float()
        module.factor = nn.Parameter(factor, requires_grad=False)
    layer.replace(module)


def merge(model: Model, linear: Linear, update: Update) -> None:
    """Merge it: pruned layers stay pruned, low-rank ones low-rank as long as that saves something."""
    layer = LinearLayer(model, linear)
    base = layer.module
    if not isinstance(base, CompressedModule):
        layer.set_weight(_total(layer.weight, update).to(layer.weight.dtype))
    elif (mask := _mask(base)) is not None:
        dtype = layer.dtype if isinstance(base, SparseLinear) else model.config_dtype
        layer.replace(_sparse(layer, _total(layer.weight, update, mask), mask, dtype, base))
    elif (wider := _wider(base, update)) is not None:
        layer.replace(wider)
    else:
        replace_by_dense(model, linear, _total(layer.weight, update), layer.bias)


def _sparse(
    layer: LinearLayer, weight: torch.Tensor, mask: torch.Tensor, dtype: torch.dtype, base: nn.Module
) -> SparseLinear:
    """A pruned layer with this weight (out, in) and the bias of ``base``."""
    return SparseLinear.of(weight, mask, dtype=dtype, bias=bias_of(base), transposed=layer.linear.transposed)


def replace_by_dense(model: Model, linear: Linear, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
    """A dense layer with this weight (out, in) in the place of another. It is rounded to the dtype that the model's
    config names, in which it will be stored, and computes in that of the network."""
    dtype = model.config_dtype
    embedding = model.get(model.anatomy.embeddings[0])
    computing = embedding.weight.dtype if isinstance(embedding, nn.Embedding) else torch.float32
    bias = None if bias is None else bias.to(dtype).to(computing)
    module = dense_linear(linear, weight.to(dtype).to(computing), bias)
    model.replace(linear.name, module)
    for leaf, _ in module.named_parameters():
        model.store_as(f"{linear.name}.{leaf}", dtype)


def merge_better(
    model: Model,
    layers: Mapping[str, Linear],
    updates: Mapping[str, Update],
    original: Weights,
    batches: TokenBatches,
    stage: Stage,
    *,
    masked: frozenset[str] = frozenset(),
) -> None:
    """Merge into the unpacked weights of quantized ``layers`` and into the ones that they were made from, measure the
    held-out loss of both, rounded as they will be stored, and keep the better; the metrics go to the report.

    Layers without an update are unpacked, or brought back, too. ``masked``: of these the zeros stay.
    """
    bases = {name: cast(CompressedModule, model.get(name)) for name in layers}
    losses = {"not merged": _as_trained(model, layers, updates, bases, batches, stage, masked)}

    def unpacked(linear: Linear) -> torch.Tensor | None:
        return weight_of(bases[linear.name], linear)

    candidates: dict[str, Weights] = {"unpacked base": unpacked}
    if all(original(linear) is not None for linear in layers.values()):
        candidates["original base"] = original
    else:
        stage.log("The original weights do not fit this model: the adapters are merged into the unpacked ones")
    for title, weights in candidates.items():
        _merge_into(model, layers, updates, weights, bases, masked)
        losses[title] = held_out(model, batches, stage)
    best = min(candidates, key=lambda title: losses[title])
    if best != list(candidates)[-1]:
        _merge_into(model, layers, updates, candidates[best], bases, masked)
    stage.detail("merging: held-out loss", {**losses, "kept": best})
    words = ", ".join(f"{title} {loss:.4f}" for title, loss in losses.items())
    stage.log(f"CompressedBase-out loss: {words}. Merged into the {best}")


def held_out(model: Model, batches: TokenBatches, stage: Stage) -> float:
    """The mean held-out loss in nats; the loss of the first training samples if nothing is held out."""
    samples = list(batches.held_out()) or [batches.samples(batches.needed(1)[:2])]
    return held_out_loss(model.module, batches, stage, samples)


def _as_trained(
    model: Model,
    layers: Mapping[str, Linear],
    updates: Mapping[str, Update],
    bases: Mapping[str, CompressedModule],
    batches: TokenBatches,
    stage: Stage,
    masked: frozenset[str],
) -> float:
    """The loss with the adapters beside the layers; these are left as they were."""
    biases = {name: getattr(base, "bias", None) for name, base in bases.items()}
    for name in layers.keys() & updates.keys():
        keep(model, layers[name], updates[name], masked=name in masked)
    loss = held_out(model, batches, stage)
    for name, base in bases.items():
        if biases[name] is not None:
            base.bias = biases[name]  # type: ignore[assignment]
        model.replace(name, base)
    return loss


def _merge_into(
    model: Model,
    layers: Mapping[str, Linear],
    updates: Mapping[str, Update],
    weights: Weights,
    bases: Mapping[str, CompressedModule],
    masked: frozenset[str],
) -> None:
    dtype = model.config_dtype
    for name, linear in layers.items():
        weight = weights(linear)
        assert weight is not None
        mask = weight != 0 if name in masked else None
        total = _total(weight, updates[name], mask) if name in updates else weight
        if mask is None:
            replace_by_dense(model, linear, total, bias_of(bases[name]))
        else:
            layer = LinearLayer(model, linear)
            layer.replace(_sparse(layer, total, mask, dtype, bases[name]))


def _total(weight: torch.Tensor, update: Update, mask: torch.Tensor | None = None) -> torch.Tensor:
    return adapters.merged(weight, update.lora_A, update.lora_B, update.scale, mask=mask, magnitude=update.magnitude)


def _wider(base: CompressedModule, update: Update) -> LowRankLinear | None:
    """A low-rank layer with its adapter in it, whose rank is the sum of both; None if that saves nothing, or can't."""
    if not isinstance(base, LowRankLinear) or base.trainable() is None or update.magnitude is not None:
        return None
    first, second = base.matrices()
    dtype = cast(PlainLinear, base.first).weight.dtype
    outputs, inputs = len(second), first.shape[1]
    rank = len(first) + len(update.lora_A)
    if rank * (outputs + inputs) >= outputs * inputs:
        return None
    return LowRankLinear(
        PlainLinear(torch.cat([first, update.lora_A]).to(dtype)),
        PlainLinear(torch.cat([second, update.scale * update.lora_B], 1).to(dtype)),
        bias=bias_of(base),
        transposed=base.transposed,
    )


def _mask(base: CompressedModule) -> torch.Tensor | None:
    """Bool (out, in), True for the weights that a pruned layer keeps; None for other layers."""
    return base.mask() if isinstance(base, AdaptedLinear) else mask_of(base)
