"""Open a model: the start of every pipeline."""

from __future__ import annotations

import math

import torch

from engine.architecture.anatomy import Anatomy
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.headers.packed import rounds_inputs
from engine.checkpoints.hub import download, is_local
from engine.contracts.problem import Estimate, Problem
from engine.methods.source.model.settings import ModelSettings
from engine.models.model import Model
from engine.models.source import open_model
from engine.models.stage import Stage

BYTES_PER_SECOND = 300e6
"""Of reading a model to know its fingerprint: an ordinary solid-state disk and sha256 do at least this."""


def _form(header: CheckpointHeader) -> str:
    """In what the weights came, "" for dense ones."""
    if not header.came_packed:
        return ""
    more = ", where other programs round the inputs of layers too" if rounds_inputs(header.config) else ""
    advice = "they are unpacked to be worked on, and stay as they came where no block changes them"
    return f", whose weights are stored as {header.came_packed}{more}: {advice}"


class ModelSource:
    """Opens the model."""

    def check(self, anatomy: Anatomy, settings: ModelSettings) -> list[Problem]:
        """A model of unknown anatomy can be opened, but few methods can work on it."""
        if anatomy.kind != "unknown":
            return []
        return [
            Problem(
                "warning",
                anatomy.why_unknown,
                where=settings.model,
                advice="Methods that work on all linear layers alike can be used.",
            )
        ]

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: ModelSettings, device: torch.device
    ) -> Estimate:
        """Nothing is copied; later blocks need room for the largest tensor, unpacked, at least twice."""
        largest = max((math.prod(tensor.shape) for tensor in header.tensors), default=0)
        return Estimate(header.nbytes, 2 * 4 * largest, header.nbytes / BYTES_PER_SECOND)

    def absent(self, settings: ModelSettings) -> str:
        """A model of the hub may not be downloaded yet."""
        if is_local(settings.model, settings.revision):
            return ""
        return f"'{settings.model}' is not on this machine yet: it is downloaded when the pipeline runs"

    def open(self, settings: ModelSettings, stage: Stage | None = None) -> Model:
        """The opened model; nothing is loaded yet. A hub model that is not on this machine is downloaded."""
        if stage is not None and not is_local(settings.model, settings.revision):
            download(settings.model, settings.revision, stage.progress, stage.checkpoint)
        looked_at = None if stage is not None else False
        opened = open_model(settings.model, revision=settings.revision, trust_remote_code=looked_at)
        if stage is not None:
            stage.log(f"Opened {opened.path}{_form(opened.header)}")
        return opened
