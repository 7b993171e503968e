"""Headers and anatomy of a model that will be cut."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping

from engine.architecture.anatomy import Anatomy, Layer
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.methods.costs.bytes import Owners
from engine.models.slicing import Axis, Shape, places

Axes = Mapping[str, tuple[Axis | None, ...]]


def cut(header: CheckpointHeader, anatomy: Anatomy, shape: Shape) -> tuple[CheckpointHeader, Anatomy]:
    """The headers and the anatomy of a model that is cut to this shape, as if the first layers were those that stay.

    The widths are those of `places`, which knows them for decoders that `widths_problem` has nothing against; other
    models can lose layers only.
    """
    axes, gone = _axes(anatomy, shape), _gone(anatomy, shape)
    return dataclasses.replace(header, tensors=tuple(_tensors(header, gone, axes, shape))), cut_anatomy(anatomy, shape)


def cut_anatomy(anatomy: Anatomy, shape: Shape) -> Anatomy:
    """The anatomy of a model that is cut to this shape: see `cut`."""
    axes = _axes(anatomy, shape)
    result = dataclasses.replace(
        anatomy,
        layers=tuple(_layer(layer, axes, shape) for layer in anatomy.layers[: shape.layers]),
        hidden_size=shape.hidden,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        intermediate_size=shape.inner,
    )
    remainder = tuple(_remainder(anatomy, _gone(anatomy, shape), axes, shape))
    return dataclasses.replace(result, remainder=remainder)


def _axes(anatomy: Anatomy, shape: Shape) -> Axes:
    narrower = shape != dataclasses.replace(Shape.of(anatomy), layers=shape.layers)
    return places(anatomy) if narrower else {}


def _gone(anatomy: Anatomy, shape: Shape) -> list[str]:
    return [layer.name for layer in anatomy.layers[shape.layers :]]


def _tensors(header: CheckpointHeader, gone: list[str], axes: Axes, shape: Shape) -> Iterator[TensorInfo]:
    """Without the layers that are too many; checkpoints may lack or add the prefix of the whole model."""
    stems = tuple(f"{stem}." for name in gone for stem in (name, name.partition(".")[2]) if stem)
    owners = Owners(axes)
    for info in header.tensors:
        if info.name.startswith(stems) or info.name.partition(".")[2].startswith(stems):
            continue
        name = owners.of(info.name)
        if name is None:
            yield info
            continue
        sizes = zip(info.shape, axes[name], strict=False)  # a bias has the first axis only
        new = tuple(old if axis is None else shape.size(axis) for old, axis in sizes)
        share = math.prod(new) / max(1, math.prod(info.shape))
        yield dataclasses.replace(info, shape=new, nbytes=round(info.nbytes * share))


def _remainder(anatomy: Anatomy, gone: list[str], axes: Axes, shape: Shape) -> Iterator[tuple[str, int]]:
    """Of what is not in linears: without the layers that are too many, narrower where it follows the widths."""
    stems, now = tuple(f"{name}." for name in gone), Shape.of(anatomy)
    owners = Owners(axes)
    for name, count in anatomy.remainder:
        if name.startswith(stems):
            continue
        unit = owners.of(name)
        own = () if unit is None else axes[unit][: 1 if name.endswith(".bias") else None]
        for axis in own:
            count = count if axis is None else count // now.size(axis) * shape.size(axis)
        yield name, count


def _layer(layer: Layer, axes: Axes, shape: Shape) -> Layer:
    linears = []
    for linear in layer.linears:
        rows, columns = axes.get(linear.name, (None, None))
        inputs = linear.in_features if columns is None else shape.size(columns)
        outputs = linear.out_features if rows is None else shape.size(rows)
        linears.append(dataclasses.replace(linear, in_features=inputs, out_features=outputs))
    return dataclasses.replace(layer, linears=tuple(linears))
