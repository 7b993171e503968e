"""Linformer: projections are put beside every attention, fitted layer by layer, and the model recovers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.measure.evaluate import positions_of
from engine.methods.costs.primitives import DIVERGENCE, Train, teacher_bytes
from engine.methods.costs.training import training_estimate
from engine.methods.low_rank.linformer import cost
from engine.methods.low_rank.linformer.objective import LayerOutputs, Recovery, as_before, outputs_of
from engine.methods.low_rank.linformer.settings import LinformerSettings
from engine.models.model import Model
from engine.models.source import load_tokenizer
from engine.models.stage import Stage
from engine.modules.linformer import NAME, LinformerAttention
from engine.numerics import linformer
from engine.training.batches import TokenBatches, text_batches
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training

LOOKED_AT = 8
"""Samples that the average attention is taken from."""
TEACHER = "teacher"


class Linformer:
    """The algorithm.

    In memory, for each weight: 4 bytes, 16 where it learns (the projections, or all); of a teacher: 2 on an accelerator
    with bfloat16, 4 on the CPU.
    """

    def check(self, anatomy: Anatomy, settings: LinformerSettings) -> list[Problem]:
        """A model without recognized layers, lengths that do not fit, what a decoder can't have."""
        if anatomy.not_alike:
            return [Problem("error", anatomy.not_alike)]
        problems = []
        if anatomy.kind == "decoder":
            problems.append(
                Problem(
                    "warning",
                    "In a decoder the projection of a whole text would show tokens their successors: only completed "
                    f"segments of {settings.segment_length} tokens are projected, which differs from the paper's "
                    "method, and its cost still grows with the square of the text",
                )
            )
            if settings.segment_projected_dim > settings.segment_length:
                message = (
                    f"A segment of {settings.segment_length} tokens can't have {settings.segment_projected_dim} slots"
                )
                problems.append(Problem("error", message, advice="Choose fewer slots than tokens"))
            if settings.init == "attention":
                message = "Projections of segments can't start from the average attention of whole texts"
                problems.append(Problem("error", message, advice="Start from segment means"))
        elif settings.projected_dims:
            layers = len(anatomy.layers)
            if len(settings.projected_dims) != layers:
                message = f"{len(settings.projected_dims)} projected lengths for {layers} layers"
                problems.append(Problem("error", message, advice=f"Give {layers} lengths, or one for all"))
            if settings.sharing == "layerwise" and len(set(settings.projected_dims)) > 1:
                message = "Layers of different projected lengths can't share one projection"
                problems.append(Problem("error", message, advice="Choose another sharing, or one length"))
        if settings.recovery == "language_modeling" and anatomy.head is None:
            message = "The model has no head that could learn from the text"
            problems.append(Problem("error", message, advice="Recover by distillation"))
        return problems

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: LinformerSettings, device: torch.device
    ) -> Estimate:
        """Of the model with its projections; two trainings and a teacher."""
        length = settings.max_sequence_length or positions_of(header) or 512
        modules = {projection.name: projection.module for projection in places(anatomy, settings, length)}
        steps = settings.fit_steps + (0 if settings.recovery == "none" else settings.steps)
        one = training_estimate(header, anatomy, settings.replace(steps=max(1, steps)), device, replaced=modules)
        seconds = None if one.seconds is None else one.seconds * 4 / 3  # the original runs along
        memory = one.memory_bytes
        if settings.recovery == "distillation":
            learning, alone = Train(settings, DIVERGENCE, logits=3), Train(settings)
            memory += learning.pass_memory(anatomy, device) - alone.pass_memory(anatomy, device)
            memory += teacher_bytes(header.parameters, device)
        return Estimate(one.disk_bytes, memory, seconds)

    def apply(self, model: Model, settings: LinformerSettings, stage: Stage) -> Model:
        """Put the projections in, train. `BadInput` for an attention that can't be replaced."""
        longest = _longest(model, settings)
        _refuse(model)
        batches = text_batches(model, settings, stage)
        if settings.sequence_length > longest and model.anatomy.kind != "decoder":
            raise BadInput(
                "The samples are longer than the projections reach",
                why=f"{settings.sequence_length} tokens, projections of {longest}",
                advice="choose a smaller length of samples, or a longer longest text",
            )
        open_for_training(model, stage)
        projections = _insert(model, settings, longest, batches, stage)
        cost.charts(stage, _ways(model.anatomy, settings, projections), settings.benchmark_length)
        _fit(model, projections, settings, batches, stage)
        _recover(model, projections, settings, batches, stage)
        stage.detail("projections", float(sum(p.numel() for module in projections for p in module.parameters())))
        if model.anatomy.kind != "decoder" and longest < (positions_of(model) or longest + 1):
            model.config = {**model.config, "longest_sequence": longest}
        return close_after_training(model)


def _ways(anatomy: Anatomy, settings: LinformerSettings, projections: list[LinformerAttention]) -> list[cost.Way]:
    """Attentions whose cost is drawn beside that of the model's new attention."""
    if anatomy.kind == "decoder":
        return [cost.Way("causal"), cost.Way("segments", settings.segment_projected_dim, settings.segment_length)]
    slots = sorted({64, 128, 256} | {module.slots for module in projections})
    return [cost.Way("exact"), cost.Way("written out"), *(cost.Way("slots", k) for k in slots)]


@dataclass(frozen=True)
class NamedProjection:
    """A projection by the name that it will have."""

    name: str
    module: LinformerAttention


def places(anatomy: Anatomy, settings: LinformerSettings, longest: int) -> list[NamedProjection]:
    """The projections of all layers, on the meta device."""
    causal = anatomy.kind == "decoder"
    heads = anatomy.kv_heads if settings.sharing == "none" else 1
    separate = settings.sharing in ("none", "headwise")
    names = []
    for layer in anatomy.layers:
        query = next(linear for linear in layer.linears if linear.role in ("q", "qkv"))
        names.append(f"{query.name.rpartition('.')[0]}.{NAME}")
    lengths = [settings.segment_projected_dim] * len(names) if causal else settings.lengths(len(names))
    named = []
    for name, slots in zip(names, lengths, strict=True):
        of = names[0] if settings.sharing == "layerwise" and name != names[0] else ""
        module = LinformerAttention(
            settings.segment_length if causal else longest,
            slots if causal else min(slots, longest),
            heads=heads,
            separate=separate,
            causal=causal,
            of=of,
        )
        named.append(NamedProjection(name, module))
    return named


def _longest(model: Model, settings: LinformerSettings) -> int:
    positions = positions_of(model)
    if settings.max_sequence_length and positions and settings.max_sequence_length > positions:
        raise BadInput(
            "The model has fewer positions than the longest text",
            why=f"{positions} positions, {settings.max_sequence_length} tokens",
            advice=f"choose at most {positions}",
        )
    return settings.max_sequence_length or positions or settings.sequence_length


def _refuse(model: Model) -> None:
    """Attentions that do more than softmax(QKᵀ)V over all tokens."""
    positions = positions_of(model) or 0
    config = model.config
    if config.get("attn_logit_softcapping"):
        why = "it caps the logits of its attention"
    elif isinstance(config.get("sliding_window"), int) and 0 < config["sliding_window"] < positions:
        why = f"it attends to a window of {config['sliding_window']} tokens"
    else:
        return
    raise BadInput(
        "The attention of this model can't be projected", where=str(model.path), why=why, advice="choose another model"
    )


def _insert(
    model: Model, settings: LinformerSettings, longest: int, batches: TokenBatches, stage: Stage
) -> list[LinformerAttention]:
    """Put the projections beside the attentions, with the numbers that they start from."""
    projections = places(model.anatomy, settings, longest)
    for projection in projections:
        model.replace(projection.name, projection.module)
        projection.module.connect(model.module)
    modules = [projection.module for projection in projections]
    generator = stage.generator("projections")
    by_attention = settings.init == "attention" or (settings.init == "auto" and model.anatomy.kind != "decoder")
    attention = _attention(model, modules, batches, stage) if by_attention else None
    for index, module in enumerate(modules):
        if module.of:
            continue
        e, f = (_start(module, settings, generator, None if attention is None else attention[index]) for _ in range(2))
        means = torch.full((module.heads, module.slots), math.log(module.length / module.slots))
        module.set_projections(e, f, means)
    for module in modules:
        module.to(stage.device)
    return modules


def _start(
    module: LinformerAttention,
    settings: LinformerSettings,
    generator: torch.Generator,
    attention: torch.Tensor | None,
) -> torch.Tensor:
    if settings.init == "random":
        drawn = [linformer.random_projection(module.slots, module.length, generator) for _ in range(module.heads)]
        return torch.stack(drawn)
    if attention is None or module.slots == module.length:  # as many slots as tokens: the identity
        return linformer.segment_mean(module.slots, module.length)
    share = min(module.slots, len(attention))
    mass = torch.full((module.length,), share / len(attention))
    mass[: len(attention)] = linformer.leverage(attention, share).cpu()
    return linformer.weighted_mean(mass, module.slots)


@torch.no_grad()
def _attention(
    model: Model, modules: list[LinformerAttention], batches: TokenBatches, stage: Stage
) -> list[torch.Tensor]:
    """The average attention of each layer, (tokens, tokens)."""
    for module in modules:
        module.seen = []
    with as_before(modules):
        for row in range(LOOKED_AT):
            stage.checkpoint()
            outputs_of(model.module, {"input_ids": batches.batch(0, range(row, row + 1))["input_ids"].to(stage.device)})
    means = [torch.stack(module.seen or []).mean(0) for module in modules]
    for module in modules:
        module.seen = None
    return means


def _fit(
    model: Model, modules: list[LinformerAttention], settings: LinformerSettings, batches: TokenBatches, stage: Stage
) -> None:
    """Train the projections alone."""
    if not settings.fit_steps:
        return
    _train_only(model.module, modules)
    layers = [model.get(layer.name) for layer in model.anatomy.layers]
    end = 1.0 if settings.recovery == "none" else 0.3
    fit_settings = settings.replace(steps=settings.fit_steps, learning_rate=settings.fit_lr)
    trained = train(
        LayerOutputs(model.module, layers, modules), batches, fit_settings, stage, name="fitting", span=(0.0, end)
    )
    stage.detail("layer_error", float(trained.held_out.get("loss", trained.terms["loss"])))


def _recover(
    model: Model, modules: list[LinformerAttention], settings: LinformerSettings, batches: TokenBatches, stage: Stage
) -> None:
    """Train the model with its new attention."""
    if settings.recovery == "none":
        return
    _train_only(model.module, modules)
    if settings.trainable == "all":
        model.module.requires_grad_(True)
    teacher: Model | None = None
    mask: int | None = None
    if settings.recovery == "distillation":
        teacher = stage.inputs[TEACHER]
        teacher.ready(teacher.reading_dtype(stage.device), stage.device)
        teacher.module.requires_grad_(False).eval()
    elif model.anatomy.kind != "decoder":
        mask = _mask_token(model)
    network = None if teacher is None else teacher.module
    objective = Recovery(model.module, teacher=network, mask=mask)
    train(objective, batches, settings, stage, name="recovery", span=(0.3 if settings.fit_steps else 0.0, 1.0))
    if teacher is not None:
        teacher.free()


def _train_only(network: nn.Module, modules: list[LinformerAttention]) -> None:
    network.requires_grad_(False)
    for module in modules:
        module.requires_grad_(True)


def _mask_token(model: Model) -> int:
    token: Any = load_tokenizer(model).mask_token_id
    if token is None:
        raise BadInput(
            "The model can't learn from masked tokens",
            where=str(model.path),
            why="its tokenizer has no mask token",
            advice="recover by distillation",
        )
    return int(token)
