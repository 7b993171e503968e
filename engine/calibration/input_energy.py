"""The energy of what reaches each linear of a model, on a calibration text: llama.cpp's importance matrix (imatrix)."""

from __future__ import annotations

import functools
from collections.abc import Container

import torch

from engine.calibration.settings import CalibrationSettings
from engine.calibration.statistics import Energy
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, compute_dtype_of, share, walk
from engine.models import checksum
from engine.models.model import Model
from engine.models.stage import Stage


def input_energies(
    model: Model,
    settings: CalibrationSettings,
    stage: Stage,
    wanted: Container[str],
    span: tuple[float, float] = (0.0, 1.0),
) -> dict[str, torch.Tensor]:
    """Name of a linear in the layers -> the mean of x² of each of its inputs, float32 (in,), as the model is. They are
    kept in the stage's folder: a run that was killed does not gather them again. ``span``: the share of the stage's
    progress. `BadInput` for a model of unknown anatomy."""
    file = stage.folder / "input_energy.safetensors"
    if not checksum.is_sound(file, stage.log):
        checksum.save(_gathered(model, settings, stage, wanted, span), file)
    return checksum.load(file, stage.device)


def _gathered(
    model: Model, settings: CalibrationSettings, stage: Stage, wanted: Container[str], span: tuple[float, float]
) -> dict[str, torch.Tensor]:
    tokens = calibration_tokens(model, settings, stage).to(stage.device)
    found: dict[str, torch.Tensor] = {}

    def keep(group: InputGroup[Energy]) -> None:
        mean = (group.statistic.sum / max(1, group.statistic.tokens)).cpu()
        found.update({linear.name: mean.clone() for linear in group.linears if linear.name in wanted})

    steps = walk(
        model,
        stage,
        share(tokens),
        batch=max(1, BATCH_TOKENS // settings.sequence_length),
        compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
        store=False,
        span=span,
    )
    for step in steps:
        step.compress(functools.partial(Energy, device=stage.device), keep, wanted=wanted)
    return found
