"""Parts that a smaller file lacks: whole layers, or some experts of every layer, or some heads and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import BudgetProblem, RemovedWidths
from engine.methods.pruning.depth_pruning.method import without_layers
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.pruning.expert_pruning.method import without_experts
from engine.methods.pruning.width_pruning.by_hand import Removed, without_widths
from engine.models.model import Model
from engine.models.stage import Stage

Kind = Literal["", "layers", "experts", "widths", "ranks"]
"""Parts that go; "ranks" where they all stay and some layers are factorized, "" where nothing changes but formats."""


@dataclass(frozen=True)
class Removal:
    """``layers``: numbers of those that go, in rising order. ``experts``: module of experts -> numbers of those that
    go, in rising order. ``widths``: heads and channels. ``loss``: KL divergence without them, nats a token."""

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
    def kind(self) -> Kind:
        """The parts that go."""
        if self.layers:
            return "layers"
        return "experts" if self.experts else "widths" if self.widths != Removed() else ""

    @property
    def suffix(self) -> str:
        """Of names of files and folders of a fit without them."""
        if self.experts:
            return f"-fewer-experts-{max(len(gone) for _, gone in self.experts)}"
        if self.kind == "widths":
            gone = self._widths
            return f"-fewer-heads-{gone.heads_gone}-channels-{gone.channels_gone}"
        return "".join(f"-{layer}" for layer in self.layers)

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
            return without_experts(model.opened_again(), dict(self.experts))
        if self.kind == "widths":
            return without_widths(model.opened_again(), self.widths, stage)
        return without_layers(model.opened_again(), self.layers, stage) if self.layers else model


def detail_of_experts(removal: Removal, anatomy: Anatomy) -> dict[str, int]:
    """Numbers of experts before and after, as expert pruning tells them. ``anatomy``: of the model as it came."""
    counts: Mapping[str, int] = experts_of(anatomy)
    before = max(counts.values())
    going = max(len(gone) for _, gone in removal.experts)
    return {"before": before, "left": before - going, "layers": len(removal.experts)}
