"""Costs of a training, from headers alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from engine.architecture.anatomy import Anatomy
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs import rates
from engine.methods.costs.bytes import artifact_bytes
from engine.methods.costs.memory import cast_bytes, loss_bytes, pass_bytes
from engine.modules import CompressedModule
from engine.training.settings import TrainingSettings

PASSES = 3.0
"""A step in forward passes: one forward, two backward."""


def decoder_problems(anatomy: Anatomy) -> list[Problem]:
    """An error for what does not predict the next token."""
    if anatomy.kind == "decoder" and anatomy.head is not None:
        return []
    why = anatomy.why_unknown or "The model does not predict the next token: it is not a causal language model"
    return [Problem("error", why, advice="Choose a decoder, such as Llama, Qwen or GPT-2")]


def token_problems(anatomy: Anatomy) -> list[Problem]:
    """An error for what predicts no tokens: neither the next one, nor as the decoder of an encoder-decoder does."""
    if anatomy.first_of_decoder and anatomy.head is not None:
        return []
    return decoder_problems(anatomy)


def parameters_of(header: CheckpointHeader, anatomy: Anatomy) -> int:
    """Weights of a dense checkpoint, a tied head counted once."""
    head = f"{anatomy.head}.weight" if anatomy.tied else ""
    return sum(math.prod(tensor.shape) for tensor in header.tensors if tensor.name != head)


def training_seconds(parameters: float, settings: TrainingSettings, device: torch.device) -> float:
    """Of reading the text, and from the measured rate of matrix products."""
    tokens = float(settings.steps * settings.batch_size * settings.sequence_length)
    looks = settings.steps // settings.eval_steps if settings.eval_steps else 1
    tokens += looks * settings.eval_samples * settings.sequence_length / PASSES
    return rates.READING + 2.0 * PASSES * parameters * tokens / rates.of_training(settings, device)


def training_memory(parameters: float, anatomy: Anatomy, settings: TrainingSettings, device: torch.device) -> int:
    """Weights, gradients and AdamW's moments in float32, and what one pass keeps for its gradient."""
    gradient_bytes = pass_bytes(anatomy, settings, device) + loss_bytes(anatomy, settings, device)
    return int(16 * parameters) + cast_bytes(parameters, anatomy, settings, device) + gradient_bytes


def training_estimate(
    header: CheckpointHeader,
    anatomy: Anatomy,
    settings: TrainingSettings,
    device: torch.device,
    *,
    replaced: Mapping[str, CompressedModule] | None = None,
    trainings: int = 1,
) -> Estimate:
    """Of some trainings one after the other, at whose end ``replaced`` are in the places of layers."""
    parameters = parameters_of(header, anatomy)
    return Estimate(
        artifact_bytes(header, anatomy, replaced or {}, all_change=True),
        training_memory(parameters, anatomy, settings, device),
        rates.READING + trainings * (training_seconds(parameters, settings, device) - rates.READING),
    )
