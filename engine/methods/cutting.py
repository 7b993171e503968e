"""What a cut will leave, from headers alone."""

from __future__ import annotations

import dataclasses
import math

from engine.methods.costs import owner
from engine.models.anatomy import Anatomy, Layer
from engine.models.slicing import Shape, places
from engine.models.structure import Structure, TensorInfo


def cut(structure: Structure, anatomy: Anatomy, shape: Shape) -> tuple[Structure, Anatomy]:
    """The headers and the anatomy of a model that is cut to this shape, as if the first layers were those that stay."""
    return _tensors(structure, anatomy, shape), _anatomy(anatomy, shape)


def _tensors(structure: Structure, anatomy: Anatomy, shape: Shape) -> Structure:
    """Without the layers that are too many; checkpoints may lack or add the prefix of the whole model."""
    axes = places(anatomy) if shape != dataclasses.replace(Shape.of(anatomy), layers=shape.layers) else {}
    gone = [layer.name for layer in anatomy.layers[shape.layers :]]
    stems = tuple(f"{stem}." for name in gone for stem in (name, name.partition(".")[2]) if stem)
    tensors: list[TensorInfo] = []
    for info in structure.tensors:
        if stems and (info.name.startswith(stems) or info.name.partition(".")[2].startswith(stems)):
            continue
        name = owner(info.name, axes) if axes else None
        sizes = zip(info.shape, axes[name] if name else (), strict=False)
        new = tuple(old if axis is None else shape.size(axis) for old, axis in sizes) if name else info.shape
        share = math.prod(new) / max(1, math.prod(info.shape))
        tensors.append(dataclasses.replace(info, shape=new, nbytes=round(info.nbytes * share)))
    return dataclasses.replace(structure, tensors=tuple(tensors))


def _anatomy(anatomy: Anatomy, shape: Shape) -> Anatomy:
    return dataclasses.replace(
        anatomy,
        layers=tuple(_layer(layer, anatomy, shape) for layer in anatomy.layers[: shape.layers]),
        hidden_size=shape.hidden,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        intermediate_size=shape.inner,
    )


def _layer(layer: Layer, anatomy: Anatomy, shape: Shape) -> Layer:
    if dataclasses.replace(Shape.of(anatomy), layers=shape.layers) == shape:
        return layer
    axes, linears = places(anatomy), []
    for linear in layer.linears:
        rows, columns = axes.get(linear.name, (None, None))
        inputs = linear.inputs if columns is None else shape.size(columns)
        outputs = linear.outputs if rows is None else shape.size(rows)
        linears.append(dataclasses.replace(linear, inputs=inputs, outputs=outputs))
    return dataclasses.replace(layer, linears=tuple(linears))
