"""Measures how little a model needs each of its layers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from engine.calibration.settings import CalibrationSettings
from engine.calibration.walk import BATCH_TOKENS, compute_dtype_of, computing_in, walk
from engine.methods.pruning.depth_pruning.settings import DepthPruningSettings
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.influence import angular_distances, block_influence
from engine.numerics.losses import next_token_losses

VECTORS = 1024
"""Hidden states, spread evenly over the tokens, whose distances are measured between all layers."""


def measured(
    model: Model, settings: CalibrationSettings, stage: Stage, tokens: torch.Tensor
) -> tuple[list[float], torch.Tensor]:
    """The influence of every layer, and the angular distances between all places of the network (see
    `engine.numerics.influence`). One layer is in memory at a time."""
    influences: list[float] = []
    states: list[torch.Tensor] = []
    last: list[torch.Tensor] = []

    def look(hidden: Sequence[torch.Tensor]) -> None:
        states.append(_spread(hidden))
        if last:
            influences.append(sum(block_influence(a, b) for a, b in zip(last, hidden, strict=True)) / tokens.numel())
        last[:] = hidden

    hidden: Sequence[torch.Tensor] = []
    for layer_step in walk(
        model,
        stage,
        tokens,
        batch=max(1, BATCH_TOKENS // settings.sequence_length),
        compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
        store=False,
        span=(0.0, 0.9),
    ):
        hidden = layer_step.hidden
        look(hidden)
    look(hidden)
    return influences, angular_distances(states)


def _spread(hidden: Sequence[torch.Tensor]) -> torch.Tensor:
    whole = [states.reshape(-1, states.shape[-1]) for states in hidden]
    total = sum(map(len, whole))
    step = -(-total // VECTORS)
    return torch.cat([states[::step] for states in whole]).float().cpu()


class Trial:
    """The whole model in memory, and its loss without some of its layers.

    What enters each layer is kept, so that a trial starts at the layer that it takes out.
    """

    def __init__(self, model: Model, settings: DepthPruningSettings, stage: Stage, tokens: torch.Tensor) -> None:
        self.model, self.stage = model, stage
        self.batches = torch.split(
            tokens[: settings.loss_samples], max(1, BATCH_TOKENS // 4 // settings.sequence_length)
        )
        self.compute_dtype = compute_dtype_of(settings.compute_dtype, stage.device)
        self.layers = [model.get(layer.name) for layer in model.anatomy.layers]
        self.gone: set[int] = set()
        self._entering: list[list[torch.Tensor]] = []
        self._tuples = False
        model.ready(model.reading_dtype(stage.device), stage.device)

    def close(self) -> None:
        """Free the model."""
        self.model.free()

    def whole(self) -> float:
        """The loss without what is gone, in nats a token; what enters each layer is kept."""
        self._entering = []
        handles = [layer.register_forward_pre_hook(self._keep(index)) for index, layer in enumerate(self.layers)]
        handles += [layer.register_forward_hook(self._look) for layer in self.layers]
        try:
            return self._loss(self.gone, -1)
        finally:
            for handle in handles:
                handle.remove()

    def without(self, index: int) -> float:
        """The loss without this layer too. `whole` has to be called before."""
        return self._loss(self.gone | {index}, index)

    def _keep(self, index: int) -> Callable[[nn.Module, Any], None]:
        def keep(_: nn.Module, arguments: tuple[Any, ...]) -> None:
            if index == 0:
                self._entering.append([])
            self._entering[-1].append(arguments[0].detach())

        return keep

    def _look(self, _: nn.Module, __: Any, output: Any) -> None:
        self._tuples = isinstance(output, tuple)

    @torch.no_grad()
    def _loss(self, gone: set[int], start: int) -> float:
        """Layers up to ``start`` give what enters the next one."""
        total, count = 0.0, 0
        for number, ids in enumerate(self.batches):
            self.stage.checkpoint()
            hidden = self._entering[number][start] if start >= 0 else None
            with self._passing(gone, start, hidden), computing_in(self.compute_dtype, self.stage.device):
                logits = self.model.module(input_ids=ids.to(self.stage.device), use_cache=False).logits
            total += float(next_token_losses(logits, ids.to(logits.device)).sum())
            count += ids[:, 1:].numel()
        return total / count

    @contextlib.contextmanager
    def _passing(self, gone: set[int], start: int, hidden: torch.Tensor | None) -> Iterator[None]:
        """Layers that are gone pass on what they get; those before ``start`` are not computed."""
        patched = [(i, layer) for i, layer in enumerate(self.layers) if i in gone or i < start]
        tuples = self._tuples

        def passing(index: int) -> Callable[..., Any]:
            def forward(x: torch.Tensor, *_: Any, **__: Any) -> Any:
                output = hidden if hidden is not None and index <= start else x
                return (output,) if tuples else output

            return forward

        for index, layer in patched:
            layer.forward = passing(index)
        try:
            yield
        finally:
            for _, layer in patched:
                del layer.forward
