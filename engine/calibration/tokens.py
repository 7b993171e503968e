"""The tokens that a method is calibrated on."""

from __future__ import annotations

import torch

from engine.calibration.settings import CalibrationSettings
from engine.contracts.details import CALIBRATION_WINDOWS, CalibrationWindows
from engine.data.batches import even_windows, random_windows, select_windows, windows
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
    whole = len(windows(ids, length, name=settings.text))
    numbers = random_windows(whole, count, stage.generator("samples")) if at_random else even_windows(whole, count)
    tokens = select_windows(ids, length, numbers)
    stage.detail("calibration", {"text": settings.text, "sha256": sha256, "tokens": tokens.numel()})
    record_windows(stage, sha256, length, numbers)
    if len(tokens) < settings.num_samples:
        stage.log(f"The text gives {len(tokens)} samples, not {settings.num_samples}", "warning")
    return tokens


def record_windows(stage: Stage, sha256: str, length: int, numbers: torch.Tensor) -> None:
    """Leave in the history of the model which windows of ``length`` tokens of a text it was calibrated on."""
    record = CalibrationWindows(sha256=sha256, length=length, windows=tuple(numbers.tolist()))
    stage.detail(CALIBRATION_WINDOWS, record.model_dump(mode="json"), keep=True)


def _own(model: Model, settings: CalibrationSettings, stage: Stage) -> torch.Tensor:
    written, sha256 = kept_text(model, settings.num_samples, settings.sequence_length, stage, "calibration")
    stage.detail("calibration", {"text": OWN, "sha256": sha256, "tokens": written.numel()})
    return written
