"""The distributions of weights while they are trained, for the live charts: every few seconds, a few layers at a time.

Full layers are seen as they are, with what they were at the start; of those under a mask, what stays. Beside a frozen
layer it is the product of the adapter's matrices, scaling·BA, that is learned, so that this is what is seen; of a layer
that makes its weight of what it learns, the weight; what only the method can make of what it trains (a rotated weight),
it makes row by row. What is split over several processes is not looked at. Nothing is drawn at random and nothing is
changed: a training that is watched gives the same weights.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from engine.contracts.events import Histogram
from engine.models import ranks
from engine.models.stage import Stage
from engine.numerics import statistics
from engine.training.objective import WatchedWeight

SECONDS = 5.0
"""Between two samples."""
AT_ONCE = 24
"""Layers of one sample; the others have their turn at the next ones."""
VALUES = 1 << 14
"""Weights of a layer that are looked at: whole rows, evenly spread."""


@dataclass(frozen=True)
class _Layer:
    name: str
    parameters: int
    read: Callable[[], torch.Tensor]
    """Some of its rows now, float32."""
    before: torch.Tensor | None
    quantity: Literal["weight", "update"] = "weight"


class WeightWatch:
    """``network``: the module that is trained; its decoder layers' matrices are watched. None: nothing of it is.
    ``weights``: more of them, by name, that the method makes."""

    def __init__(
        self,
        network: nn.Module | None,
        stage: Stage,
        clock: Callable[[], float] = time.monotonic,
        *,
        weights: Mapping[str, WatchedWeight] | None = None,
    ) -> None:
        self._stage, self._clock = stage, clock
        self._layers = [] if network is None else _layers(network)
        for name, weight in (weights or {}).items():
            if not any(ranks.is_split_tensor(parameter) for parameter in weight.learned):
                self._layers.append(_made(name, weight))
        self._next, self._sampled = 0, clock()

    @torch.no_grad()
    def look(self, step: int, *, last: bool) -> None:
        """Report some layers as they are after ``step`` if it is time, all of them at the ``last`` one."""
        if not self._layers or (not last and self._clock() - self._sampled < SECONDS):
            return
        self._sampled = self._clock()
        count = len(self._layers) if last else min(AT_ONCE, len(self._layers))
        for number in range(self._next, self._next + count):
            self._report(self._layers[number % len(self._layers)], step)
        self._next = (self._next + count) % len(self._layers)

    def _report(self, layer: _Layer, step: int) -> None:
        now = layer.read()
        moments = statistics.moments(now)
        if not moments.finite:
            return  # the loop finds out by its loss, and says so
        stays = now[now != 0] if 0 < moments.sparsity < 1 else now  # an update of what no token reached is zero
        shown = [values for values in (layer.before, stays) if values is not None and values.numel()]
        low, high = min(float(x.min()) for x in shown), max(float(x.max()) for x in shown)
        metrics = {
            "parameters": float(layer.parameters),
            "sparsity": moments.sparsity,
            "minimum": moments.minimum,
            "maximum": moments.maximum,
            "standard_deviation": moments.standard_deviation,
            "kurtosis": moments.kurtosis,
        }
        after = Histogram(low, high, statistics.histogram(stays, low, high))
        before = None if layer.before is None else Histogram(low, high, statistics.histogram(layer.before, low, high))
        self._stage.layer(layer.name, metrics, before, after, step, layer.quantity)


def _layers(network: nn.Module) -> list[_Layer]:
    layers: list[_Layer] = []
    inside: tuple[str, ...] = ()
    for name, module in network.named_modules():
        if not re.search(r"\.\d+\.", f".{name}") or name.startswith(inside or "\0"):
            continue
        if hasattr(module, "lora_A") and hasattr(module, "lora_B"):
            inside += (f"{name}.",)
            layers += [] if _is_split(module) else [_adapter(name, module, key) for key in list(module.lora_A)[:1]]
        elif callable(getattr(module, "watched_weight", None)):
            inside += (f"{name}.",)
            layers += [] if _is_split(module) else [_made(name, WatchedWeight.of(module))]
        else:
            weight = getattr(module, "weight", None)
            if isinstance(weight, nn.Parameter) and weight.dim() == 2 and weight.requires_grad and _is_plain(weight):
                layers.append(_full(name, weight, module))
    return layers


def _full(name: str, weight: nn.Parameter, module: nn.Module) -> _Layer:
    rows = _rows(*weight.shape)

    def read() -> torch.Tensor:
        now = getattr(module, "weight", weight)
        return now.detach().index_select(0, rows.to(now.device)).float().cpu()

    return _Layer(name, weight.numel(), read, read())


def _adapter(name: str, module: nn.Module, key: str) -> _Layer:
    first, second = module.lora_A[key].weight, module.lora_B[key].weight  # type: ignore[index, union-attr]
    scale = float(module.scaling[key])  # type: ignore[index]
    rows = _rows(len(second), first.shape[1])

    def read() -> torch.Tensor:
        picked = second.detach().index_select(0, rows.to(second.device)).float()
        product: torch.Tensor = scale * (picked @ first.detach().float())
        return product.cpu()

    return _Layer(name, first.numel() + second.numel(), read, None, "update")


def _made(name: str, weight: WatchedWeight) -> _Layer:
    rows = _rows(*weight.shape)

    @torch.no_grad()
    def read() -> torch.Tensor:
        return weight.rows(rows).float().cpu()

    return _Layer(name, weight.shape[0] * weight.shape[1], read, read())


def _rows(outputs: int, columns: int) -> torch.Tensor:
    """Numbers of the rows whose statistics are taken."""
    step = -(-outputs * columns // VALUES)
    return torch.arange(0, outputs, max(1, step))


def _is_split(module: nn.Module) -> bool:
    """True if every process has only a piece of a weight: watching it would make all processes wait."""
    return any(ranks.is_split_tensor(parameter) for parameter in module.parameters())


def _is_plain(weight: nn.Parameter) -> bool:
    """Not one that is split over several processes."""
    return weight.is_floating_point() and not ranks.is_split_tensor(weight) and weight.numel() > 0
