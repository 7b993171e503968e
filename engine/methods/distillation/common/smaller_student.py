"""A student made of its teacher: which layers, hidden values, heads and inner values it keeps."""

from __future__ import annotations

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Layer
from engine.contracts.problem import Problem
from engine.methods.distillation.common.settings import DistillationSettings
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, widths_problem
from engine.models.stage import Stage
from engine.modules.base import CompressedModule


def problems(anatomy: Anatomy, settings: DistillationSettings) -> list[Problem]:
    """Problems of the student's widths."""
    if not settings.is_narrower:
        return []
    why = widths_problem(anatomy)
    if why:
        return [Problem("error", f"The student can't be narrower: {why}", advice="Set its widths to 0")]
    group = anatomy.heads // anatomy.kv_heads
    results = [
        Problem("error", f"The student can't keep {count} {what}: the model has {size}", advice=f"Keep at most {size}")
        for what, count, size in (
            ("hidden values", settings.hidden_size, anatomy.hidden_size),
            ("heads", settings.num_attention_heads, anatomy.heads),
            ("inner values", settings.intermediate_size, anatomy.intermediate_size),
        )
        if count > size
    ]
    if settings.num_attention_heads % group:
        advice = f"Choose a multiple of {group}"
        results.append(
            Problem("error", f"{settings.num_attention_heads} heads are not whole groups of {group}", advice=advice)
        )
    return results


def shape_of(anatomy: Anatomy, settings: DistillationSettings) -> Shape:
    """The shape of the student, where its settings are right."""
    shape = Shape.of(anatomy)
    heads = settings.num_attention_heads or shape.heads
    return Shape(
        settings.hidden_size or shape.hidden,
        len(settings.student_layers(shape.layers)),
        heads,
        shape.kv_heads * heads // shape.heads,
        shape.head_dim,
        settings.intermediate_size or shape.inner,
    )


@torch.no_grad()
def chosen(model: Model, settings: DistillationSettings, stage: Stage) -> Kept:
    """Indices that the student keeps: the layers that the settings name, of each the heads and inner values with the
    largest weights, and the hidden values with the largest embeddings (Frobenius norms of all that belongs to them)."""
    anatomy, layers = model.anatomy, settings.student_layers(len(model.anatomy.layers))
    if not settings.is_narrower:
        return Kept(layers=layers)
    hidden = None
    if settings.hidden_size:
        weight = model.tensor(f"{anatomy.embeddings[0]}.weight").float()
        hidden = _largest(weight.square().sum(0), settings.hidden_size)
    heads: dict[int, torch.Tensor] = {}
    inner: dict[int, torch.Tensor] = {}
    for index in layers:
        stage.checkpoint()
        layer = anatomy.layers[index]
        if settings.num_attention_heads:
            group = anatomy.heads // anatomy.kv_heads
            groups = _largest(_group_norms(model, layer), settings.num_attention_heads // group)
            heads[index] = (groups[:, None] * group + torch.arange(group)).flatten()
        if settings.intermediate_size:
            rows = [_matrix(model, layer, role).square().sum(1) for role in ("gate", "up")]
            rows.append(_matrix(model, layer, "down").square().sum(0))
            inner[index] = _largest(torch.stack(rows).log().sum(0), settings.intermediate_size)
    return Kept(hidden=hidden, layers=layers, heads=heads or None, inner=inner or None)


def _group_norms(model: Model, layer: Layer) -> torch.Tensor:
    """For each key head the squares of its weights and of those of its queries."""
    count = model.anatomy.kv_heads
    rows = [_matrix(model, layer, role).reshape(count, -1).square().sum(1) for role in ("q", "k", "v")]
    out = _matrix(model, layer, "o")
    return torch.stack([*rows, out.t().reshape(count, -1).square().sum(1)]).sum(0)


def _matrix(model: Model, layer: Layer, role: str) -> torch.Tensor:
    """The dense weight (out, in) in float32 on the CPU."""
    name = next(linear.name for linear in layer.linears if linear.role == role)
    module: nn.Module = model.get(name)
    if isinstance(module, CompressedModule):
        model.load(next(part for part in model.parts if part.owns(name)))
        return module.dense_weight().float().cpu()
    return model.tensor(f"{name}.weight").float().cpu()


def _largest(scores: torch.Tensor, count: int) -> torch.Tensor:
    """Indices in rising order."""
    return scores.topk(count).indices.sort().values.cpu()
