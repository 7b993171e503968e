"""Divergence of a model from its original after each layer: where in the network does it begin?

What both would predict if they ended there is compared: hidden states go through the final norm and the head of their
own network (the logit lens, nostalgebraist 2020). So the measure is the same in every basis, and rotated or scaled
networks are compared as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from engine.measure.reader import Reader
from engine.measure.reading import LayerWalk, ReadContext, freed
from engine.models.model import Model
from engine.models.running import interruptible
from engine.numerics.divergences import token_divergences

POSITIONS = 16
"""Positions of each window that are compared: the last ones, which have the most context."""


def divergence_by_layer(model: Model, reference: Model, ids: torch.Tensor, context: ReadContext) -> list[float]:
    """KL divergence D(reference || model) in nats after each layer, a mean over the last `POSITIONS` of each window.

    ids: windows, (n, window) int64. One layer of each model is in memory at a time, beside embeddings and heads; at the
    end nothing is. Empty for networks that can't be run layer by layer, or that have not the same layers and words.
    """
    names = [[layer.name for layer in network.anatomy.layers] for network in (model, reference)]
    are_alike = names[0] == names[1] and model.anatomy.vocabulary == reference.anatomy.vocabulary
    if not are_alike or "encoder" in (model.anatomy.kind, reference.anatomy.kind):
        return []
    with freed(model, reference), torch.no_grad(), contextlib.ExitStack() as stack:
        for network in (model, reference):
            stack.enter_context(interruptible(network.module, context.checkpoint))
        walks = [LayerWalk.begin(network, ids, context) for network in (reference, model)]
        begun = [walk for walk in walks if walk is not None]
        return list(_divergences(begun, ids, context)) if len(begun) == len(walks) else []


def _divergences(walks: list[LayerWalk], ids: torch.Tensor, context: ReadContext) -> Iterator[float]:
    readers = [Reader(walk.model.module, context.device) for walk in walks]
    for walk in walks:
        walk.load_end()
    for index in range(len(walks[0].layers)):
        for walk in walks:
            walk.step(index)
        divergences = [_divergence(walks, readers, number, row) for number, row in enumerate(ids)]
        yield sum(divergences) / len(divergences)


def _divergence(walks: list[LayerWalk], readers: list[Reader], number: int, row: torch.Tensor) -> float:
    """Of what both predict behind the last positions of a window, in nats."""
    logits = []
    for walk, reader in zip(walks, readers, strict=True):
        walk.read(reader, number, row)
        logits.append(reader.logits(max(0, len(row) - POSITIONS), len(row)))
    original, other = logits
    return float(token_divergences(original, other).mean())
