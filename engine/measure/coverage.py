"""Share of a model that a block changed: what it left is found by comparing its bits with those that came in."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import nn

from engine.architecture.coverage import Coverage, coverage_of
from engine.checkpoints.tensor_sources import TensorSource
from engine.models.model import Model
from engine.models.parameters import compressed_parameters
from engine.numerics.fingerprint import fingerprint


@dataclass(frozen=True)
class Incoming:
    """A model before a block works on it.

    slots: name of a dense tensor or of a compressed layer -> the names of its tensors. ``dtypes``: of all tensors.
    """

    source: TensorSource
    slots: dict[str, tuple[str, ...]]
    dtypes: dict[str, torch.dtype]
    values: dict[str, int]
    nbytes: dict[str, int]


def incoming(model: Model, targets: Collection[str] = ()) -> Incoming:
    """Record what `coverage` needs of a model that was just opened: shapes and where its tensors lie. From now on the
    model remembers the bits of what it reads outside of ``targets``, the layers that will be something else."""
    compressed = model.compressed()
    slots: dict[str, list[str]] = {}
    incoming_bits = Incoming(model.source, {}, {}, {}, {})
    for name, tensor in model.state().items():
        unit = next((outer for outer in _parents(name) if outer in compressed), name)
        if unit == name and not isinstance(tensor, nn.Parameter):
            continue  # a table that the network computes
        slots.setdefault(unit, []).append(name)
        incoming_bits.dtypes[name] = tensor.dtype
        incoming_bits.values[unit] = incoming_bits.values.get(unit, 0) + tensor.numel()
        incoming_bits.nbytes[unit] = incoming_bits.nbytes.get(unit, 0) + tensor.numel() * tensor.element_size()
    incoming_bits.slots.update({unit: tuple(names) for unit, names in slots.items()})
    model.watched = frozenset(
        name for name in incoming_bits.dtypes if not any(outer in targets for outer in _parents(name))
    )
    incoming_bits.values.update({unit: count for unit, count in compressed_parameters(model).items() if unit in slots})
    return incoming_bits


def coverage(before: Incoming, after: Model, targets: Collection[str]) -> Coverage:
    """Share that a block changed. Where ``after`` does not know it from the bits that it read and stored
    (`Model.unchanged`), as of parts that an interrupted run had stored, or in another dtype, both are read and compared
    as far as name and shape are what they were; where layers or experts are gone, the numbers of those that stay may be
    others. ``targets``: names of layers that count also if they were only cast, as where a cast is what the method
    does."""
    shapes = {name: tensor.shape for name, tensor in after.state().items()}
    compressed = after.compressed().keys()
    gone = (name for name in before.dtypes if name not in shapes and compressed.isdisjoint(_parents(name)))
    shifted = {_unnumbered(name) for name in gone}
    moved: dict[str, set[int]] = {}
    for name in shapes:
        if _unnumbered(name) in shifted:
            moved.setdefault(_unnumbered(name), set()).add(fingerprint(after.tensor(name)))

    def is_left(name: str) -> bool:
        if _unnumbered(name) in moved:
            return fingerprint(before.source.load(name)) in moved[_unnumbered(name)]
        if name not in shapes:
            return False
        if name in after.unchanged:
            return after.unchanged[name]
        old = before.source.load(name)
        if old.shape != shapes[name]:
            return False
        new = after.tensor(name)
        if new.dtype != before.dtypes[name] and name.rpartition(".")[0] in targets:
            return False
        return torch.equal(old.to(new.device, new.dtype), new)

    touched = {unit for unit, names in before.slots.items() if not all(is_left(name) for name in names)}
    return coverage_of(before.values, before.nbytes, touched)


def _unnumbered(name: str) -> str:
    """The same for a tensor of all layers, and of all experts."""
    return re.sub(r"(?<=\.)\d+(?=\.)", "*", name)


def _parents(name: str) -> list[str]:
    """The modules that a tensor lies in, from the innermost to the outermost."""
    words = name.split(".")
    return [".".join(words[:count]) for count in range(len(words) - 1, 0, -1)]
