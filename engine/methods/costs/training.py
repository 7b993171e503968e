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
from engine.methods.costs.primitives import Train
from engine.modules import CompressedModule
from engine.training.settings import TrainingSettings


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
    parameters, train = parameters_of(header, anatomy), Train(settings)
    return Estimate(
        artifact_bytes(header, anatomy, replaced or {}, all_change=True),
        train.memory(parameters, anatomy, device),
        rates.READING + trainings * (train.seconds(anatomy, parameters, device) - rates.READING),
    )
