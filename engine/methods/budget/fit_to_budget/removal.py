"""Parts that a smaller file lacks: whole layers, or some experts of every layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import BudgetProblem
from engine.methods.pruning.depth_pruning.method import without_layers
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.pruning.expert_pruning.method import without_experts
from engine.models.model import Model
from engine.models.stage import Stage

Kind = Literal["", "layers", "experts"]
"""Parts that go; "" where all stay."""


@dataclass(frozen=True)
class Removal:
    """``layers``: numbers of those that go, in rising order. ``experts``: module of experts -> numbers of those that
    go, in rising order. ``loss``: KL divergence without them, nats a token."""

    layers: tuple[int, ...] = ()
    experts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    loss: float = 0.0

    @classmethod
    def of(cls, problem: BudgetProblem) -> Removal:
        """The removal of an earlier fit."""
        return cls(problem.removed_layers, tuple(problem.removed_experts.items()), problem.removed_loss)

    @property
    def kind(self) -> Kind:
        """The parts that go."""
        return "layers" if self.layers else "experts" if self.experts else ""

    @property
    def suffix(self) -> str:
        """Of names of files and folders of a fit without them."""
        if self.experts:
            return f"-fewer-experts-{max(len(gone) for _, gone in self.experts)}"
        return "".join(f"-{layer}" for layer in self.layers)

    def entries(self) -> dict[str, object]:
        """Fields of a `BudgetProblem`."""
        return {
            "removed_layers": self.layers,
            "removed_experts": dict(self.experts),
            "removed_loss": self.loss,
        }

    def applied(self, model: Model, stage: Stage) -> Model:
        """A model of its own without them, which reads the tensors of ``model``. Raises `BadInput` for experts that it
        does not have."""
        if self.experts:
            return without_experts(model.opened_again(), dict(self.experts))
        return without_layers(model.opened_again(), self.layers, stage) if self.layers else model


def detail_of_experts(removal: Removal, anatomy: Anatomy) -> dict[str, int]:
    """Numbers of experts before and after, as expert pruning tells them. ``anatomy``: of the model as it came."""
    counts: Mapping[str, int] = experts_of(anatomy)
    before = max(counts.values())
    going = max(len(gone) for _, gone in removal.experts)
    return {"before": before, "left": before - going, "layers": len(removal.experts)}
