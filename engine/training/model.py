"""Bring a model into the form in which it is trained, and back."""

from __future__ import annotations

import torch

from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules.base import CompressedModule


def open_for_training(model: Model, stage: Stage, *, hold: bool = True) -> Model:
    """Load everything on the stage's device, dense tensors in float32, compressed modules in their trainable form.

    No parameter requires a gradient yet. ``hold``: compressed modules that can't be trained keep their dense weight in
    memory, which is faster; without, they unpack it in each pass.
    """
    model.load(dtype=torch.float32, device=stage.device)
    for name, module in model.compressed().items():
        form = module.trainable()
        if hold and (form is None or getattr(form, "reads_dense", False)):
            module.cache_dense_weight(model.reading_dtype(stage.device))
        if form is not None and form is not module:
            model.replace(name, form)
    _connect(model)
    model.module.requires_grad_(False)
    return model


def close_after_training(model: Model) -> Model:
    """Compressed modules in the place of their trainable forms; dense tensors in the dtypes that they are stored in."""
    model.module.requires_grad_(False)
    model.module.eval()
    for name, module in list(model.module.named_modules()):
        if isinstance(module, CompressedModule):
            module.cache_dense_weight(None)
        elif hasattr(module, "compressed"):
            model.replace(name, module.compressed())
    _connect(model)
    model.restore_stored_dtypes()
    return model


def _connect(model: Model) -> None:
    """Let what reads other modules (a head that shares a pruned embedding) read those that are there now."""
    for module in model.compressed().values():
        module.connect(model.module)
