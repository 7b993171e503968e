"""The tokens that a method is calibrated on."""

from __future__ import annotations

import hashlib

import torch
from safetensors.torch import load_file, save_file

from engine.calibration.settings import CalibrationSettings
from engine.contracts.files import whole_file
from engine.contracts.stage import Stage
from engine.data.batches import spread, token_ids
from engine.data.texts import load_text
from engine.models.model import Model
from engine.models.sampling import own_text
from engine.models.source import load_tokenizer

OWN = "model"
"""Name of the text that the model writes itself."""


def calibration_tokens(model: Model, settings: CalibrationSettings, stage: Stage) -> torch.Tensor:
    """The calibration set: int64 (samples, length), spread evenly over the text. With the text "model" the model
    writes it; it is kept in the stage's folder until the block is done."""
    if settings.text == OWN:
        return _own(model, settings, stage)
    text = load_text(settings.text, part="train")
    ids = token_ids(load_tokenizer(model), text.text)
    tokens = spread(ids, settings.length, settings.samples)
    stage.figure("calibration", {"text": text.name, "sha256": text.sha256, "tokens": tokens.numel()})
    if len(tokens) < settings.samples:
        stage.log(f"The text gives {len(tokens)} samples, not {settings.samples}", "warning")
    return tokens


def _own(model: Model, settings: CalibrationSettings, stage: Stage) -> torch.Tensor:
    file = stage.folder / "calibration.safetensors"
    if not file.exists():
        tokens = own_text(
            model,
            settings.samples,
            settings.length,
            generator=stage.generator("calibration text"),
            device=stage.device,
            checkpoint=stage.checkpoint,
            told=lambda fraction: stage.progress(0.0, f"Writing the calibration text: {fraction:.0%}"),
        )
        with whole_file(file) as temporary:
            save_file({"tokens": tokens}, temporary)
    written: torch.Tensor = load_file(file)["tokens"]
    sha256 = hashlib.sha256(written.numpy().tobytes()).hexdigest()
    stage.figure("calibration", {"text": OWN, "sha256": sha256, "tokens": written.numel()})
    return written
