"""Choice of the trained weights of a model."""

from __future__ import annotations

from engine.models.model import Model


def set_trainable(model: Model, *, embeddings: bool = True) -> None:
    """Ask for the gradients of all floating parameters, or of all but embeddings and head."""
    outside = [
        model.get(name) for name in (*model.anatomy.embeddings, *([model.anatomy.head] if model.anatomy.head else []))
    ]
    frozen = set() if embeddings else {id(p) for module in outside for p in module.parameters()}
    for parameter in model.module.parameters():
        parameter.requires_grad_(parameter.is_floating_point() and id(parameter) not in frozen)
