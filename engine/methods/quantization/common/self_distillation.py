"""Quantization while training, with the original model as the teacher: layers in training, their loss, their
storage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Linear
from engine.contracts.problem import Problem
from engine.methods.shared.layers import pattern_problems
from engine.models.layer import LinearLayer, Report, refusing
from engine.models.model import Model
from engine.models.source import open_model
from engine.models.stage import Stage
from engine.numerics.divergences import token_divergences
from engine.training.model import open_for_training
from engine.training.objective import Batch, target_indices
from engine.training.settings import TrainingSettings

MakeLayer = Callable[[Linear, torch.Tensor, "torch.Tensor | None"], nn.Module]
"""Gives a layer in training for a linear with its weight (out, in) and its bias in the dtype that it is stored in."""


def teacher_of(model: Model, stage: Stage) -> Model:
    """The model at the teacher's port; the incoming model opened once more where the port is empty."""
    return stage.inputs.get("teacher") or open_model(model.path)


def problems(anatomy: Anatomy, ignore: tuple[str, ...], also: Sequence[Linear] = ()) -> list[Problem]:
    """A model that predicts no tokens, or that has nothing to train; patterns that mean no layer. ``also``: as of
    `pattern_problems`."""
    results = pattern_problems(anatomy, ignore, also)
    if anatomy.kind != "decoder" or anatomy.head is None:
        kind = anatomy.kind.replace("_", "-")
        why = anatomy.why_unknown or f"it is an {kind}, and no decoder with a head that predicts the next token"
        results.append(
            Problem(
                "error",
                f"The model can't be trained on a text: {why}",
                advice="Choose a language model, or a method that needs no training",
            )
        )
    return results


def outputs(module: nn.Module, batch: Batch, **options: Any) -> Any:
    """Output of the network for the tokens of a batch."""
    inputs = {key: batch[key] for key in ("input_ids", "attention_mask") if key in batch}
    return module(**inputs, use_cache=False, **options)


def divergence(teacher: torch.Tensor, student: torch.Tensor, batch: Batch) -> torch.Tensor:
    """KL(teacher ‖ student) in nats a token, the mean over what is asked for; two (samples, length, vocabulary)."""
    return token_divergences(teacher.flatten(0, 1), student.flatten(0, 1), rows=target_indices(batch)).mean()


def replace_layers(model: Model, stage: Stage, linears: Iterable[Linear], make: MakeLayer, message: str) -> None:
    """Load the model for training part by part and replace each linear by what ``make`` gives: the model is never whole
    in float32. ``message``: progress text in front of a linear's name."""
    by_name = {linear.name: linear for linear in linears}
    for part in model.parts:
        model.load(part, dtype=torch.float32, device=stage.device)
        for linear in [linear for name, linear in by_name.items() if part.owns(name)]:
            stage.checkpoint()
            stage.progress(0.0, f"{message} {linear.name}")
            exchange(model, linear, make)
    open_for_training(model, stage)


def exchange(model: Model, linear: Linear, make: MakeLayer) -> None:
    """Replace a loaded layer, dense or compressed, by what ``make`` gives. RunFailed names the layer that it refuses
    with a ValueError."""
    layer = LinearLayer(model, linear)
    bias = layer.bias
    if bias is not None:
        bias = bias.to(model.stored_dtype(f"{linear.name}.bias"))
    with refusing("quantized", linear.name):
        module = make(linear, layer.weight, bias)
    layer.replace(module)


def store(
    model: Model,
    original: Model,
    stage: Stage,
    linears: Iterable[Linear],
    report: Callable[[str, torch.Tensor], Report],
) -> Model:
    """Store the model part by part and report every layer; ``report`` gets its name and its original weight (out, in).

    original: is loaded and freed part by part for that.
    """
    by_name = {linear.name: linear for linear in linears}
    for part in stage.parts(model):
        mine = [linear for name, linear in by_name.items() if part.owns(name)]
        source = original.part(part.name)
        if mine:
            original.load(source, device=stage.device)
        for linear in mine:
            stage.checkpoint()
            stage.layer(linear.name, *report(linear.name, LinearLayer(original, linear).weight))
        if mine:
            original.free(source)
    return model


def activation_bytes(anatomy: Anatomy, settings: TrainingSettings) -> int:
    """Bytes that one pass keeps for its gradient, in float32: about 16 values of the hidden and 5 of the inner width
    for each token and layer (of one layer and the seams with gradient checkpointing), and four copies of the logits."""
    tokens = settings.micro_batch_size * settings.sequence_length
    layer = 16 * anatomy.hidden_size + 5 * anatomy.intermediate_size
    layers = len(anatomy.layers)
    values = layer + layers * anatomy.hidden_size if settings.gradient_checkpointing else layers * layer
    return 4 * tokens * (values + 4 * anatomy.vocabulary)
