"""Parts that a smaller file lacks: whole layers, some heads and channels of those that are left, or some experts of
every layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import BudgetProblem, RemovedWidths
from engine.methods.pruning.depth_pruning.method import without_layers
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.pruning.expert_pruning.method import without_experts
from engine.methods.pruning.width_pruning.by_hand import Removed, without_widths
from engine.models.model import Model
from engine.models.slicing import Kept
from engine.models.stage import Stage

Change = Literal["layers", "experts", "widths", "ranks"]
"""Parts that go; "ranks" where layers are factorized."""
Kind = tuple[Change, ...]
"""Changes of a model beside its formats, in this order; none where all of it stays."""


@dataclass(frozen=True)
class Removal:
    """``layers``: numbers of those that go, in rising order. ``experts``: module of experts -> numbers of those that
    go, in rising order. ``widths``: heads and channels of the layers that are left. ``loss``: KL divergence without all
    of them, nats a token."""

    layers: tuple[int, ...] = ()
    experts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    widths: Removed = field(default_factory=Removed)
    loss: float = 0.0

    @classmethod
    def of(cls, problem: BudgetProblem) -> Removal:
        """The removal of an earlier fit."""
        widths = Removed(problem.removed_widths.heads, problem.removed_widths.channels)
        return cls(problem.removed_layers, tuple(problem.removed_experts.items()), widths, problem.removed_loss)

    @property
    def is_narrower(self) -> bool:
        """True where heads or channels go."""
        return self.widths != Removed()

    @property
    def kind(self) -> Kind:
        """The parts that go."""
        parts: list[tuple[Change, bool]] = [
            ("layers", bool(self.layers)), ("experts", bool(self.experts)), ("widths", self.is_narrower),
        ]  # fmt: skip
        return tuple(part for part, goes in parts if goes)

    @property
    def suffix(self) -> str:
        """Of names of files and folders of a fit without them."""
        words = "".join(f"-{layer}" for layer in self.layers)
        if self.experts:
            words += f"-fewer-experts-{max(len(gone) for _, gone in self.experts)}"
        if self.is_narrower:
            gone = self._widths
            words += f"-fewer-heads-{gone.heads_gone}-channels-{gone.channels_gone}"
        return words

    @property
    def _widths(self) -> RemovedWidths:
        return RemovedWidths(heads=self.widths.heads, channels=self.widths.channels)

    def entries(self) -> dict[str, object]:
        """Fields of a `BudgetProblem`."""
        return {
            "removed_layers": self.layers,
            "removed_experts": dict(self.experts),
            "removed_widths": self._widths,
            "removed_loss": self.loss,
        }

    def applied(self, model: Model, stage: Stage) -> Model:
        """A model of its own without them, which reads the tensors of ``model``. Raises `BadInput` for experts, heads
        or channels that it does not have."""
        if self.experts:
            model = without_experts(model.opened_again(), dict(self.experts))
        if self.layers:
            model = without_layers(model.opened_again(), self.layers, stage)
        return without_widths(model.opened_again(), self.widths, stage) if self.is_narrower else model

    def staying(self, anatomy: Anatomy) -> Kept:
        """The layers, heads and channels that stay of a model, by the numbers that its layers came with. Raises
        `BadInput` for heads or channels that it does not have."""
        layers = tuple(number for number in range(len(anatomy.layers)) if number not in self.layers)
        remaining = dataclasses.replace(anatomy, layers=tuple(anatomy.layers[number] for number in layers))
        parts = self.widths.staying(remaining)

        def by_old(values: Mapping[int, torch.Tensor] | None) -> dict[int, torch.Tensor] | None:
            return None if values is None else {layers[number]: indices for number, indices in values.items()}

        return Kept(layers=layers if self.layers else None, heads=by_old(parts.heads), inner=by_old(parts.inner))


def detail_of_experts(removal: Removal, anatomy: Anatomy) -> dict[str, int]:
    """Numbers of experts before and after, as expert pruning tells them. ``anatomy``: of the model as it came."""
    counts: Mapping[str, int] = experts_of(anatomy)
    before = max(counts.values())
    going = max(len(gone) for _, gone in removal.experts)
    return {"before": before, "left": before - going, "layers": len(removal.experts)}
