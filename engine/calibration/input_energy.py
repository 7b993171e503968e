"""What reaches each linear of a model on a calibration text: its energy (llama.cpp's importance matrix, imatrix), and
the largest input, for scales of inputs that are fixed beforehand."""

from __future__ import annotations

import functools
from collections.abc import Container
from dataclasses import dataclass

import torch

from engine.calibration.settings import CalibrationSettings
from engine.calibration.statistics import EnergyAndPeak
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, compute_dtype_of, share, walk
from engine.models import checksum
from engine.models.model import Model
from engine.models.stage import Stage

_PEAK = "peak:"


@dataclass(frozen=True)
class Inputs:
    """By linear in the layers: ``energies``, the mean of x² of each of its inputs, float32 (in,), and ``peaks``, the
    largest |x| of all of them, as the model is."""

    energies: dict[str, torch.Tensor]
    peaks: dict[str, float]


def input_energies(
    model: Model,
    settings: CalibrationSettings,
    stage: Stage,
    wanted: Container[str],
    span: tuple[float, float] = (0.0, 1.0),
) -> dict[str, torch.Tensor]:
    """The energies of `input_statistics`."""
    return input_statistics(model, settings, stage, wanted, span).energies


def input_statistics(
    model: Model,
    settings: CalibrationSettings,
    stage: Stage,
    wanted: Container[str],
    span: tuple[float, float] = (0.0, 1.0),
) -> Inputs:
    """What reaches the linears. It is kept in the stage's folder: a run that was killed does not gather it again.
    ``span``: the share of the stage's progress. `BadInput` for a model of unknown anatomy."""
    file = stage.folder / "input_energy.safetensors"
    if not checksum.is_sound(file, stage.log):
        checksum.save(_gathered(model, settings, stage, wanted, span), file)
    found = checksum.load(file, stage.device)
    peaks = {name: float(value) for name, value in found.items() if name.startswith(_PEAK)}
    return Inputs(
        {name: value for name, value in found.items() if not name.startswith(_PEAK)},
        {name.removeprefix(_PEAK): value for name, value in peaks.items()},
    )


def _gathered(
    model: Model, settings: CalibrationSettings, stage: Stage, wanted: Container[str], span: tuple[float, float]
) -> dict[str, torch.Tensor]:
    tokens = calibration_tokens(model, settings, stage).to(stage.device)
    found: dict[str, torch.Tensor] = {}

    def keep(group: InputGroup[EnergyAndPeak]) -> None:
        mean = (group.statistic.sum / max(1, group.statistic.tokens)).cpu()
        names = [linear.name for linear in group.linears if linear.name in wanted]
        found.update({name: mean.clone() for name in names})
        found.update({f"{_PEAK}{name}": group.statistic.peak.cpu().clone() for name in names})

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
        step.compress(functools.partial(EnergyAndPeak, device=stage.device), keep, wanted=wanted)
    return found
