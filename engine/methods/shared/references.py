"""Reference losses of domains: given, those of the source model, or these scaled to a smaller size."""

from __future__ import annotations

from collections.abc import Callable

import torch

from engine.checkpoints import checksum
from engine.data.domains import DomainSettings
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.mixing import scaled_loss
from engine.training.domains import DomainBatches
from engine.training.language_model import domain_losses


def set_references(
    batches: DomainBatches,
    settings: DomainSettings,
    stage: Stage,
    sizes: tuple[float, float],
    measure: Callable[[], dict[str, float]],
) -> None:
    """Give ``batches`` the losses above which a domain is behind, and tell the report.

    ``sizes``: parameters of the source model and of the one that is trained. ``measure``: the source's held-out losses
    by domain; they are measured if the settings ask for it, and remembered in the stage's folder.
    """
    if settings.reference == "fixed":
        return
    if settings.reference == "given":
        losses = dict(zip(batches.names, settings.reference_losses, strict=True))
    else:
        losses = _remembered(stage, measure)
        if settings.reference == "scaled":
            losses = {name: scaled_loss(loss, *sizes, settings.scaling_exponent) for name, loss in losses.items()}
    batches.references = torch.tensor([losses[name] for name in batches.names], dtype=torch.float64)
    stage.detail("reference losses", dict(losses))


def losses_of_source(source: Model, batches: DomainBatches, stage: Stage) -> dict[str, float]:
    """Held-out losses of a model that is loaded for it and freed."""
    source.ready(device=stage.device)
    losses = domain_losses(source.module, batches, stage)
    source.free()
    return losses


def _remembered(stage: Stage, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    memory = stage.folder / "references.json"
    losses: dict[str, float] | None = checksum.load_values(memory, stage.log)
    if losses is None:
        stage.progress(0.0, "Measuring the source model")
        losses = measure()
        checksum.save_values(memory, losses)
    return losses
