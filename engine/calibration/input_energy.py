"""Inputs of each linear and of the head of a model on a calibration text: their energy (llama.cpp's importance matrix,
imatrix), and the largest input, for scales of inputs that are fixed beforehand."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterable
from dataclasses import dataclass

import torch

from engine.calibration.head_inputs import add_head_inputs
from engine.calibration.settings import CalibrationSettings
from engine.calibration.statistics import EnergyAndPeak
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, LayerStep, compute_dtype_of, share, walk
from engine.checkpoints import checksum
from engine.models.model import Model, Part
from engine.models.stage import Stage

_PEAK = "peak:"


@dataclass(frozen=True)
class Inputs:
    """By linear in the layers, and the head: ``energies``, the mean of x² of each of its inputs, float32 (in,), and
    ``peaks``, the largest |x| of all of them, as the model is."""

    energies: dict[str, torch.Tensor]
    peaks: dict[str, float]


def input_energies(
    model: Model,
    settings: CalibrationSettings,
    stage: Stage,
    names: Container[str],
    span: tuple[float, float] = (0.0, 1.0),
) -> dict[str, torch.Tensor]:
    """The energies of `input_statistics`."""
    return input_statistics(model, settings, stage, names, span).energies


def input_statistics(
    model: Model,
    settings: CalibrationSettings,
    stage: Stage,
    names: Container[str],
    span: tuple[float, float] = (0.0, 1.0),
) -> Inputs:
    """Statistics of the inputs of the linears ``names``, stored in the stage's folder: a run that was killed does not
    gather them again. The head's inputs, where it is named, are the outputs of the norm behind the layers; a network in
    which no norm was recognized there has none. ``span``: the share of the stage's progress. `BadInput` for a
    model of unknown anatomy."""
    file = stage.folder / "input_energy.safetensors"
    if not checksum.is_sound(file, stage.log):
        checksum.save(_gather(model, settings, stage, names, span), file)
    stored = checksum.load(file, stage.device)
    peaks = {name: float(value) for name, value in stored.items() if name.startswith(_PEAK)}
    return Inputs(
        {name: value for name, value in stored.items() if not name.startswith(_PEAK)},
        {name.removeprefix(_PEAK): value for name, value in peaks.items()},
    )


def _gather(
    model: Model,
    settings: CalibrationSettings,
    stage: Stage,
    names: Container[str],
    span: tuple[float, float],
) -> dict[str, torch.Tensor]:
    tokens = calibration_tokens(model, settings, stage)
    tokens = tokens.to(stage.device)
    statistics: dict[str, torch.Tensor] = {}
    step: LayerStep | None = None

    def keep(readers: Iterable[str], statistic: EnergyAndPeak) -> None:
        mean = (statistic.sum / max(1, statistic.tokens)).cpu()
        for name in readers:
            if name in names:
                statistics.update({name: mean.clone(), f"{_PEAK}{name}": statistic.peak.cpu().clone()})

    def of_group(group: InputGroup[EnergyAndPeak]) -> None:
        keep((linear.name for linear in group.linears), group.statistic)

    def of_head(part: Part) -> None:
        head, norm = model.anatomy.head, model.anatomy.final_norm
        if step is None or head is None or norm is None or head not in names or not part.owns(norm):
            return
        statistic = EnergyAndPeak(model.anatomy.hidden_size, stage.device)
        add_head_inputs(statistic, model, step, stage)
        keep([head], statistic)

    steps = walk(
        model,
        stage,
        share(tokens),
        batch=max(1, BATCH_TOKENS // settings.sequence_length),
        compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
        store=False,
        span=span,
        prepare=of_head,
    )
    for step in steps:
        step.compress(functools.partial(EnergyAndPeak, device=stage.device), of_group, targets=names)
    return statistics
