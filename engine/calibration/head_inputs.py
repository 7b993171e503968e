"""The Gram matrix of the inputs of a head on a calibration text, on which tables that the head reads are solved."""

from __future__ import annotations

import torch

from engine.calibration.settings import CalibrationSettings
from engine.calibration.statistics import Gram, Statistic
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, LayerStep, compute_dtype_of, share, walk
from engine.checkpoints import checksum
from engine.models import ranks
from engine.models.model import Model, Part
from engine.models.stage import Stage

LEAST_TOKENS = 2048
"""Tokens that are enough for any head's energies."""
TOKENS_FOR_INPUT = 8
"""Tokens for each input of the head, whose correlations are wanted too."""
HEAD_SHARE = 0.15
"""Share of the progress that the walk makes up."""


def head_samples(samples: int, length: int, inputs: int) -> int:
    """Number of the calibration ``samples``, of so many tokens each, that are read for a head of so many ``inputs``: at
    least one for each process."""
    tokens = max(LEAST_TOKENS, TOKENS_FOR_INPUT * inputs)
    return min(samples, max(ranks.count(), -(-tokens // length)))


def add_head_inputs(statistic: Statistic, model: Model, last: LayerStep, stage: Stage) -> None:
    """Add to a statistic what reaches the head, and what the other processes have gathered: what the ``last`` layer
    gives, behind the norm of the loaded model where one was recognized there."""
    norm = model.anatomy.final_norm
    with torch.no_grad():
        for hidden in last.hidden:
            stage.checkpoint()
            statistic.add(hidden if norm is None else model.get(norm)(hidden))
    statistic.reduce()


def head_gram(
    model: Model, settings: CalibrationSettings, stage: Stage, span: tuple[float, float] = (0.0, HEAD_SHARE)
) -> torch.Tensor | None:
    """The mean of x xᵀ of what reaches the head, (in, in) float32, as the model is, on `head_samples` of the text.

    It is stored in the stage's folder: a run that was killed does not gather it again. None for a network in which no
    norm was recognized before the head. ``span``: the share of the stage's progress. `BadInput` for a model of unknown
    anatomy.
    """
    if model.anatomy.head is None or model.anatomy.final_norm is None:
        return None
    file = stage.folder / "head_gram.safetensors"
    if not checksum.is_sound(file, stage.log):
        checksum.save({"gram": _gather(model, settings, stage, span).cpu()}, file)
    return checksum.load(file, stage.device)["gram"]


def _gather(model: Model, settings: CalibrationSettings, stage: Stage, span: tuple[float, float]) -> torch.Tensor:
    tokens = calibration_tokens(model, settings, stage)
    count = head_samples(len(tokens), settings.sequence_length, model.anatomy.hidden_size)
    tokens = tokens[torch.arange(count) * len(tokens) // count].to(stage.device)
    gram = Gram(model.anatomy.hidden_size, stage.device)
    step: LayerStep | None = None

    def of_head(part: Part) -> None:
        norm = model.anatomy.final_norm
        if step is not None and norm is not None and part.owns(norm):
            add_head_inputs(gram, model, step, stage)

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
    for step in steps:  # noqa: B007 - of_head reads what the last one gives
        pass
    return gram.matrix() / max(1, gram.tokens)
