"""Heads and channels that go by their numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.base.ranges import numbers_of, ranges_of, ranges_text
from engine.methods.shared.layers import matches_name
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, kept_shape, sliced
from engine.models.stage import Stage


@dataclasses.dataclass(frozen=True)
class Removed:
    """``heads``, ``channels``: for each decoder layer the numbers that go, as "0-3 7"; empty where all stay."""

    heads: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @classmethod
    def of(cls, staying: Kept, anatomy: Anatomy) -> Removed:
        """All heads and channels that do not stay."""
        return cls(_others(staying.heads, anatomy.heads), _others(staying.inner, anatomy.intermediate_size))

    @classmethod
    def named(cls, anatomy: Anatomy, heads: Sequence[tuple[str, str]], channels: Sequence[tuple[str, str]]) -> Removed:
        """Those that (pattern of the names of decoder layers, numbers) entries name; the first pattern that means a
        layer counts."""
        return cls(_by_layer(anatomy, heads), _by_layer(anatomy, channels))

    def staying(self, anatomy: Anatomy) -> Kept:
        """The parts that stay. Raises `BadInput` for heads or channels that the model does not have, and where no
        shape is left that a config can name."""
        heads = _staying(self.heads, anatomy, anatomy.heads, "heads")
        channels = _staying(self.channels, anatomy, anatomy.intermediate_size, "channels")
        parts = Kept(heads=heads, inner=channels)
        kept_shape(anatomy, parts)
        return parts

    def shape(self, anatomy: Anatomy) -> Shape:
        """The shape that is left. Raises `BadInput` as `staying`."""
        return kept_shape(anatomy, self.staying(anatomy))


def without_widths(model: Model, removed: Removed, stage: Stage) -> Model:
    """The model without these heads and channels: see `engine.models.slicing.sliced`. Raises `BadInput` for those that
    it does not have."""
    return sliced(model, removed.staying(model.anatomy), stage)


def _others(staying: Mapping[int, torch.Tensor] | None, size: int) -> tuple[str, ...]:
    if staying is None:
        return ()
    return tuple(ranges_text(sorted(set(range(size)) - set(staying[layer].tolist()))) for layer in sorted(staying))


def _staying(gone: Sequence[str], anatomy: Anatomy, size: int, what: str) -> dict[int, torch.Tensor] | None:
    if not gone:
        return None
    count = len(anatomy.layers)
    if len(gone) != count:
        raise _missing(what, f"it has {count} decoder layers, and {what} of {len(gone)} would go")
    staying = {}
    for layer, text in enumerate(gone):
        try:
            numbers = numbers_of(ranges_of(text), size)
        except ValueError as error:
            raise _missing(what, str(error), anatomy.layers[layer].name) from None
        keeps = torch.ones(size, dtype=torch.bool)
        keeps[numbers] = False
        staying[layer] = keeps.nonzero().flatten()
    return staying


def _missing(what: str, why: str, where: str = "") -> BadInput:
    message = f"The model does not have the {what} that would go"
    return BadInput(message, where=where, why=why, advice="name others, or use the model that they were named for")


def _by_layer(anatomy: Anatomy, entries: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    texts = [
        next((text for pattern, text in entries if matches_name(layer.name, pattern)), "") for layer in anatomy.layers
    ]
    return tuple(texts) if any(texts) else ()
