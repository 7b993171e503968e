"""Importance of heads, inner and hidden values, and the choice of those that stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import RunFailed
from engine.calibration.statistics import Energy
from engine.calibration.walk import BATCH_TOKENS, LayerStep, compute_dtype_of, walk
from engine.methods.pruning.width_pruning.settings import WidthPruningSettings
from engine.models.layer import LinearLayer
from engine.models.model import Model
from engine.models.slicing import Kept, Shape
from engine.models.stage import Stage
from engine.numerics.influence import block_influence, least_influential_layers

READERS = {"o": ("o",), "down": ("down",), "q": ("q", "k", "v"), "gate": ("gate", "up")}
"""Role of a linear whose input is looked at -> roles of all that read it."""


@dataclass
class Importance:
    """By layer: of each query head, each inner value, each hidden value, and of the layer itself."""

    heads: list[torch.Tensor] = field(default_factory=list)
    inner: list[torch.Tensor] = field(default_factory=list)
    hidden: list[torch.Tensor] = field(default_factory=list)
    layers: list[float] = field(default_factory=list)


def measured(model: Model, settings: WidthPruningSettings, stage: Stage, tokens: torch.Tensor) -> Importance:
    """Walk through the model once, a layer in memory at a time. The root mean square of a value over the tokens, times
    the norm of the weights that read it where the settings say so; of a head, over its values together."""
    importance = Importance()
    looking: _Looking | None = None
    for layer_step in walk(
        model,
        stage,
        tokens,
        batch=max(1, BATCH_TOKENS // settings.sequence_length),
        compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
        store=False,
        span=(0.0, 0.9),
    ):
        if looking is not None:
            looking.close(importance)
        looking = _Looking(model, layer_step, settings.importance == "output", stage.device)
    if looking is not None:
        looking.close(importance)
    return importance


class _Looking:
    """Looks at what runs through one layer, from when the walk comes to it until it has passed on what it gives."""

    def __init__(self, model: Model, layer_step: LayerStep, weighted: bool, device: torch.device) -> None:
        self._anatomy, self._layer_step = model.anatomy, layer_step
        self._before = layer_step.hidden.copy()
        self._energies: dict[str, Energy] = {}
        self._norms: dict[str, torch.Tensor] = {}
        self._handles: list[Any] = []
        for role, readers in READERS.items():
            linears = [linear for linear in layer_step.layer.linears if linear.role in readers]
            energy = Energy(linears[0].in_features, device)
            squares = [LinearLayer(model, linear).weight.float().square().sum(0) for linear in linears]
            self._energies[role] = energy
            self._norms[role] = torch.stack(squares).sum(0) if weighted else torch.ones_like(squares[0])
            self._handles.append(model.get(linears[0].name).register_forward_pre_hook(_adding(energy)))

    def close(self, importance: Importance) -> None:
        """Write down what was seen. RunFailed names the layer with a number that is not finite."""
        for handle in self._handles:
            handle.remove()
        worth: dict[str, torch.Tensor] = {}
        for role, energy in self._energies.items():
            energy.reduce()
            worth[role] = (energy.sum / max(1, energy.tokens) * self._norms[role]).double().cpu()
            if not torch.isfinite(worth[role]).all():
                raise RunFailed(
                    "The model's numbers are not finite", where=self._layer_step.layer.name, advice="check the model"
                )
        importance.heads.append(worth["o"].view(self._anatomy.heads, -1).sum(1).sqrt())
        importance.inner.append(worth["down"].sqrt())
        importance.hidden.append((_share(worth["q"].sqrt()) + _share(worth["gate"].sqrt())) / 2)
        pairs = list(zip(self._before, self._layer_step.hidden, strict=True))
        importance.layers.append(
            sum(block_influence(*pair) for pair in pairs) / sum(x[..., 0].numel() for x, _ in pairs)
        )


def _adding(energy: Energy) -> Callable[[Any, tuple[torch.Tensor, ...]], None]:
    def add(_: Any, arguments: tuple[torch.Tensor, ...]) -> None:
        energy.add(arguments[0].detach())

    return add


def _share(values: torch.Tensor) -> torch.Tensor:
    """Each as a share of their mean, so that all layers have a say."""
    return values / values.mean().clamp_min(1e-30)


def chosen(importance: Importance, anatomy: Anatomy, after: Shape) -> Kept:
    """The most important of each, exactly as many as the shape has."""
    before = Shape.of(anatomy)
    layers: Sequence[int] = range(before.layers)
    if after.layers < before.layers:
        gone = set(least_influential_layers(importance.layers, before.layers - after.layers))
        layers = [index for index in layers if index not in gone]
    kept_layers = tuple(layers) if after.layers < before.layers else None
    hidden = heads = inner = None
    if after.hidden < before.hidden:
        hidden = _largest(torch.stack([importance.hidden[index] for index in layers]).mean(0), after.hidden)
    if (after.heads, after.kv_heads) != (before.heads, before.kv_heads):
        heads = {index: heads_of(importance.heads[index], before, after) for index in layers}
    if after.inner < before.inner:
        inner = {index: _largest(importance.inner[index], after.inner) for index in layers}
    return Kept(hidden, kept_layers, heads, inner)


def heads_of(worth: torch.Tensor, before: Shape, after: Shape) -> torch.Tensor:
    """The query heads that stay: the best of each group that reads one key head, of the groups where these are worth
    most together."""
    size = before.heads // before.kv_heads
    groups = worth.view(before.kv_heads, size)
    best = groups.sort(dim=1, descending=True, stable=True)
    count = after.heads // after.kv_heads
    stays = _largest(best.values[:, :count].square().sum(1), after.kv_heads)
    return (stays[:, None] * size + best.indices[stays, :count].sort(1).values).flatten()


def _largest(values: torch.Tensor, count: int) -> torch.Tensor:
    """Indices of the largest, in order; of equal ones the first."""
    return values.sort(descending=True, stable=True).indices[:count].sort().values
