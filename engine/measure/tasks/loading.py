"""A model in memory to score tasks with: as it is stored, compressed layers unpacked once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from engine import devices
from engine.base.errors import BadInput, OutOfMemory
from engine.base.human import bytes_text
from engine.measure.evaluate import predicts
from engine.measure.reading import ReadContext, freed, load_all
from engine.models.model import Model
from engine.models.parameters import dense_parameters
from engine.models.running import interruptible


def refuse_silent(model: Model) -> None:
    """Raise `BadInput` for a model that gives no probabilities of texts."""
    if not predicts(model):
        raise BadInput(
            "This model can't be evaluated on tasks",
            where=str(model.path),
            why="an encoder gives no probability to a text",
            advice="measure it against its original: cosine of hidden states",
        )


@contextlib.contextmanager
def loaded(model: Model, context: ReadContext) -> Iterator[None]:
    """While the block runs, the whole model is in memory in ``context.dtype`` and every matrix calls
    ``context.checkpoint``; nothing of it is in memory afterwards. Raises `OutOfMemory` if it does not fit."""
    needed, free = dense_parameters(model) * context.dtype.itemsize, devices.free_memory(context.device)
    if needed > free:
        raise OutOfMemory(
            "The model does not fit into memory",
            where=str(model.path),
            why=f"unpacked, it takes {bytes_text(needed)}, {bytes_text(free)} are free",
            advice="choose another device, or measure perplexity, which reads it layer by layer",
        )
    with freed(model):
        load_all(model, context)
        for module in model.compressed().values():
            module.cache_dense_weight(context.dtype)
        with interruptible(model.module, context.checkpoint):
            yield
