"""The tokens that a method is calibrated on."""

from __future__ import annotations

import torch

from engine.calibration.settings import CalibrationSettings
from engine.data.batches import drawn, spread
from engine.data.samples import load_ids
from engine.models.model import Model
from engine.models.running import refuse_long
from engine.models.sampling import OWN, kept_text
from engine.models.source import load_tokenizer
from engine.models.stage import Stage


def calibration_tokens(
    model: Model, settings: CalibrationSettings, stage: Stage, *, at_random: bool = False
) -> torch.Tensor:
    """The calibration set: int64 (samples, length), spread evenly over the text, or with ``at_random`` drawn anew for
    each place in a pipeline: for what is chosen by its data and healed on the same text. With the text "model" the
    model writes it; it is kept in the stage's folder until the block is done."""
    refuse_long(model, settings.sequence_length)
    if settings.text == OWN:
        return _own(model, settings, stage)
    ids, sha256 = load_ids(load_tokenizer(model), settings.text)
    length, count = settings.sequence_length, settings.num_samples
    if at_random:
        tokens = drawn(ids, length, count, stage.generator("samples"), name=settings.text)
    else:
        tokens = spread(ids, length, count, name=settings.text)
    stage.detail("calibration", {"text": settings.text, "sha256": sha256, "tokens": tokens.numel()})
    if len(tokens) < settings.num_samples:
        stage.log(f"The text gives {len(tokens)} samples, not {settings.num_samples}", "warning")
    return tokens


def _own(model: Model, settings: CalibrationSettings, stage: Stage) -> torch.Tensor:
    written, sha256 = kept_text(model, settings.num_samples, settings.sequence_length, stage, "calibration")
    stage.detail("calibration", {"text": OWN, "sha256": sha256, "tokens": written.numel()})
    return written
