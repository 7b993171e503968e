"""Progress texts for parts of a model."""

from __future__ import annotations

from engine.models.model import Model, Part


def part_words(verb: str, model: Model, part: Part) -> str:
    """``"Calibrating layer 14 of 30"``, or the part's name where it is not a layer: ``"Writing lm_head"``."""
    names = [layer.name for layer in model.anatomy.layers]
    if part.name in names:
        return f"{verb} layer {names.index(part.name) + 1} of {len(names)}"
    return f"{verb} {part.name.removeprefix('model.')}"
