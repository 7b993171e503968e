"""Activations, place by place: how far single channels stick out, before and after a rotation."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from engine.architecture.anatomy import Layer
from engine.contracts.events import Histogram
from engine.contracts.rotation import PLACES, MatrixStatistics, Place, PlaceStatistics, RotationInspection, Surface
from engine.data.batches import windows
from engine.data.texts import load_text
from engine.data.tokens import token_ids
from engine.measure.evaluate import positions_of
from engine.measure.reader import Reader
from engine.models.model import Model
from engine.models.running import interruptible, streamed
from engine.models.source import load_tokenizer
from engine.modules.attention import NAME, OnlineAttention, can_route, route
from engine.modules.rotated import RotatedLinear
from engine.numerics.statistics import histogram, moments, row_kurtosis

WINDOWS, WINDOW = 2, 512
"""Number and length of the windows that are read."""
ROWS, COLUMNS = 64, 96
"""Largest size of a surface."""
REACH, DECADES = 8.0, 3.0
"""Ends of the distributions: root mean squares, and their powers of ten."""

OnActivations = Callable[[int, Place, torch.Tensor], None]
"""Gets the layer's number, the place, and activations: (tokens, channels), or (tokens, heads, channels)."""


@dataclass(frozen=True)
class KurtosisTable:
    """Kurtosis (3 is normal), a row for each layer and a column for each place; NaN where a model has no such place."""

    layers: tuple[str, ...]
    places: tuple[str, ...]
    per_token: tuple[tuple[float, ...], ...]
    pooled: tuple[tuple[float, ...], ...]

    def means(self) -> dict[str, float]:
        """Mean over the layers by place: "qkv_input", and pooled over all tokens of a layer "qkv_input_pooled"."""
        means: dict[str, float] = {}
        for column, position in enumerate(PLACES):
            for rows, ending in ((self.per_token, ""), (self.pooled, "_pooled")):
                values = [row[column] for row in rows if not math.isnan(row[column])]
                if values:
                    means[position + ending] = sum(values) / len(values)
        return means


def kurtosis_table(
    model: Model, ids: torch.Tensor, device: torch.device | str, checkpoint: Callable[[], None]
) -> KurtosisTable:
    """Read ``ids``, (windows, length) int64, one layer in memory at a time."""
    nothing = dict.fromkeys(PLACES, math.nan)
    tokens = [dict(nothing) for _ in model.anatomy.layers]
    pooled = [dict(nothing) for _ in model.anatomy.layers]

    def take(layer: int, position: Place, x: torch.Tensor) -> None:
        tokens[layer][position] = _kurtosis(x)
        pooled[layer][position] = moments(x).kurtosis

    observe(model, ids, take, device, checkpoint)
    return KurtosisTable(
        tuple(str(layer.index) for layer in model.anatomy.layers),
        tuple(PLACES.values()),
        tuple(tuple(row.values()) for row in tokens),
        tuple(tuple(row.values()) for row in pooled),
    )


def inspect_rotation(
    model: Model,
    *,
    reference: Model | None,
    text: str,
    device: torch.device | str = "cpu",
    progress: Callable[[float, str], None],
    checkpoint: Callable[[], None],
) -> RotationInspection:
    """The activations of every place in every layer on two windows of 512 tokens of ``text``, of both models."""
    ids = token_ids(load_tokenizer(model), load_text(text).text)
    ids = windows(ids, min(WINDOW, positions_of(model) or WINDOW, max(len(ids), 1)), WINDOWS)
    statistics: list[tuple[PlaceStatistics, ...]] = [(), ()]
    notes: list[str] = []
    for number, (opened, words) in enumerate(((reference, "the reference"), (model, "the model"))):
        if opened is None:
            continue
        progress(number / 2, f"Reading the text with {words}")
        statistics[number] = _places(opened, ids, device, checkpoint)
        if not can_route(opened.module):
            notes.append(f"The attention of {words} can't be reached: queries and keys are missing")
    rotations: dict[str, Any] = next(filter(None, map(_rotations, reversed(model.history))), {})
    notes += [f"{name}: {words}" for name, words in rotations.get("hadamard", {}).items()]
    return RotationInspection(
        model=str(model.path),
        reference=None if reference is None else str(reference.path),
        text=text,
        tokens=ids.numel(),
        before=statistics[0],
        after=statistics[1],
        matrices=tuple(MatrixStatistics(**values) for values in rotations.get("matrices", ())),
        notes=tuple(notes),
    )


def observe(
    model: Model,
    ids: torch.Tensor,
    on_activations: OnActivations,
    device: torch.device | str,
    checkpoint: Callable[[], None],
) -> None:
    """Run the network once on ``ids`` and give every place of every layer to ``on_activations``, as `PLACES` says."""
    with contextlib.ExitStack() as stack:
        for layer in model.anatomy.layers:
            for hook in _hooks(model, layer, on_activations):
                stack.callback(hook.remove)
            stack.enter_context(_attention(model, layer, on_activations))
        stack.enter_context(streamed(model, device=device, checkpoint=checkpoint))
        stack.enter_context(interruptible(model.module, checkpoint))
        Reader(model.module, device).read(ids)


# -- inside ------------------------------------------------------------------------------------------------------------
def _rotations(step: dict[str, Any]) -> dict[str, Any]:
    """Rotations that a step of the history recorded, {} if none; "figures" is how the first release called it."""
    details = step.get("details", step.get("figures"))
    return details.get("rotations", {}) if isinstance(details, dict) else {}


def _hooks(model: Model, layer: Layer, on_activations: OnActivations) -> Iterator[Any]:
    def stream(_: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        x = arguments[0] if arguments else keywords["hidden_states"]
        on_activations(layer.index, "residual", x.reshape(-1, x.shape[-1]))

    yield model.get(layer.name).register_forward_pre_hook(stream, with_kwargs=True)
    roles: dict[str, Place] = {"q": "qkv_input", "qkv": "qkv_input", "o": "o_input"}
    roles |= {"down": "down_input", "fc2": "down_input"}
    for linear in layer.linears:
        if linear.role in roles:
            position = roles[linear.role]

            def reads(module: nn.Module, arguments: tuple[torch.Tensor, ...], position: Place = position) -> None:
                x = arguments[0].reshape(-1, arguments[0].shape[-1])
                if isinstance(module, RotatedLinear) and module.rotate:
                    x = module.transform.apply(x)
                on_activations(layer.index, position, x)

            yield model.get(linear.name).register_forward_pre_hook(reads)


class _Passing(nn.Module):
    def forward(self, *states: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return states


@contextlib.contextmanager
def _attention(model: Model, layer: Layer, on_activations: OnActivations) -> Iterator[None]:
    """Look at queries and keys while the block runs."""
    if not can_route(model.module):
        yield
        return
    projection = next(linear for linear in layer.linears if linear.role in ("k", "qkv"))
    attention = model.get(projection.name.rpartition(".")[0])
    standing = attention._modules.get(NAME)
    online = _Passing() if standing is None else standing

    def look(module: nn.Module, states: tuple[torch.Tensor, ...]) -> None:
        for position, x in zip(("queries", "keys"), states, strict=False):
            turned = module.rotated(x) if isinstance(module, OnlineAttention) else x
            on_activations(layer.index, position, turned.transpose(1, 2).flatten(0, 1))  # type: ignore[arg-type]

    if standing is None:
        attention.add_module(NAME, online)
        route(attention)
    hook = online.register_forward_pre_hook(look)
    try:
        yield
    finally:
        hook.remove()
        if standing is None:
            del attention._modules[NAME]


def _kurtosis(x: torch.Tensor) -> float:
    rows = x.reshape(-1, x.shape[-1])
    return float(torch.cat([row_kurtosis(chunk) for chunk in torch.split(rows, 1024)]).mean())


def _places(
    model: Model, ids: torch.Tensor, device: torch.device | str, checkpoint: Callable[[], None]
) -> tuple[PlaceStatistics, ...]:
    statistics: dict[tuple[int, Place], PlaceStatistics] = {}

    def take(layer: int, position: Place, x: torch.Tensor) -> None:
        statistics[layer, position] = _statistics(layer, position, x.float(), ids.shape[1])

    observe(model, ids, take, device, checkpoint)
    order = list(PLACES)
    return tuple(statistics[key] for key in sorted(statistics, key=lambda key: (key[0], order.index(key[1]))))


def _statistics(layer: int, position: Place, x: torch.Tensor, window: int) -> PlaceStatistics:
    flat = x.flatten(1)
    magnitudes = flat.abs()
    rms = float(flat.square().mean().sqrt()) or 1.0
    scaled = flat / rms
    logs = scaled.abs().clamp_min(10**-DECADES).log10_()
    return PlaceStatistics(
        layer=layer,
        place=position,
        channels=flat.shape[1],
        kurtosis=_kurtosis(x),
        kurtosis_pooled=moments(x).kurtosis,
        peak=float((magnitudes.amax(1) / magnitudes.median(1).values.clamp_min(1e-12)).mean()),
        largest=float(magnitudes.max()),
        rms=rms,
        distribution=Histogram(-REACH, REACH, histogram(scaled, -REACH, REACH, 128)),
        tail=Histogram(-DECADES, DECADES, histogram(logs, -DECADES, DECADES, 128)),
        surface=_surface(magnitudes[:window]),
    )


def _surface(magnitudes: torch.Tensor) -> Surface:
    """The largest magnitude of every cell."""
    tokens, channels = magnitudes.shape
    size = min(ROWS, tokens), min(COLUMNS, channels)
    cells = F.adaptive_max_pool2d(magnitudes[None, None], size)[0, 0]
    return Surface(*size, cells.cpu().contiguous().numpy().tobytes(), tokens, channels)
