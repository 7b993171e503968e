"""Layers that a smaller file does without: one after the other goes, as long as its bytes are worth more elsewhere.

The layer that turns its inputs least (block influence: Men et al. 2024, ShortGPT, arXiv 2403.03853) is not always the
one that is missed least: of a few such layers each is taken out for trial, and the KL divergence decides. A plan for
the model without the first k of them is predicted to lose their KL divergence and the losses of its options.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.contracts.budget import Unit
from engine.fit.prediction import predicted
from engine.fit.solver import Solver
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.measuring import Divergences
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.removal_limits import PATIENCE, TRIALS, WINDOWS, most_gone
from engine.methods.pruning.depth_pruning.choosing import measured
from engine.methods.pruning.depth_pruning.method import without_layers
from engine.models.model import Model
from engine.models.stage import Stage


@dataclass
class RemovalSearch:
    """Base of searches for parts that go.

    Parameters
    ----------
    analysis: of the model that is searched, and what it is without already. budget: bytes of the file. locks: unit ->
        option that it keeps. original: the model that divergences are measured from; None for the searched one.
    is_late: True when nothing further is to be tried; ``end_early`` is called then: the result is this run's alone.
    """

    analysis: Analysis
    stage: Stage
    locks: Mapping[str, str]
    budget: int
    is_late: Callable[[], bool] = lambda: False
    end_early: Callable[[], None] = lambda: None
    original: Model | None = None

    def __post_init__(self) -> None:
        self.model = self.analysis.model
        self.kl = math.inf
        """KL divergence that was predicted for what `run` gave; infinite where nothing fits."""
        self.smallest = math.inf
        """About the bytes of the smallest file of all that was predicted."""
        seen = self.analysis.samples.seen
        self.tokens = seen[torch.arange(min(WINDOWS, len(seen))) * len(seen) // min(WINDOWS, len(seen))]

    def run(self) -> Removal:
        """The removal of the best prediction."""
        raise NotImplementedError

    def divergences(self) -> Divergences:
        """Measures a smaller model on a few windows."""
        return Divergences((self.original or self.model).opened_again(), self.stage, self.tokens)

    def predicted(self, units: tuple[Unit, ...], loss: float) -> float:
        """KL divergence of the best plan for these units of a model that loses ``loss`` before it is rounded; infinite
        where nothing fits."""
        changes = {"units": units, "removed_loss": loss, "uniform": ()}
        smaller = self.analysis.problem.model_copy(update=changes)
        names = {unit.name for unit in units}
        solver = Solver(smaller, {name: option for name, option in self.locks.items() if name in names})
        self.smallest = min(self.smallest, solver.smallest)
        try:
            return predicted(smaller, solver.plan(self.budget, self.analysis.settings.tokens_per_second).loss).kl
        except BadInput:
            return math.inf


@dataclass
class Search(RemovalSearch):
    """Search for the layers that go. Layers of units that keep an option stay."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.count = len(self.model.anatomy.layers)
        units = {unit.name: unit for unit in self.analysis.problem.units}
        self.staying = {units[name].layer for name in self.locks}
        self._file = self.analysis.folder / "removed.json"
        self._key = " ".join(str(layer) for layer in range(self.count) if layer in self.staying)
        self.removals: list[Removal] = []
        """The first layers that go, more and more of them."""

    def run(self) -> Removal:
        """The layers of the best prediction; none where all had better stay."""
        best, self.kl = Removal(), self._predicted(Removal())
        steps = self._steps()
        gone: list[int] = []
        idle = 0
        while len(gone) < most_gone(self.count) and idle < PATIENCE:
            if len(steps) == len(gone):
                if self.is_late():
                    self.stage.log(f"The time is up: no layer is tried after {len(gone)} of {self.count}")
                    self.end_early()
                    break
                step = self._next(gone)
                if step is None:
                    break
                steps.append(step)
                checksum.save_values(self._file, {**(self._saved() or {}), self._key: steps})
            layer, loss = steps[len(gone)]
            gone.append(layer)
            removal = Removal(tuple(sorted(gone)), loss=loss)
            self.removals.append(removal)
            kl = self._predicted(removal)
            idle = 0 if kl < self.kl else idle + (self.kl < math.inf)
            if kl < self.kl:
                best, self.kl = removal, kl
        return best

    def _saved(self) -> Any:
        return checksum.load_values(self._file, self.stage.log)

    def _steps(self) -> list[tuple[int, float]]:
        """Layers that an earlier search took out while the same ones had to stay, each with the KL divergence then."""
        return [(int(layer), float(loss)) for layer, loss in (self._saved() or {}).get(self._key, ())]

    def _predicted(self, removal: Removal) -> float:
        """KL divergence of the best plan without these layers; infinite where nothing fits."""
        units = self.analysis.problem.units
        staying = (unit for unit in units if unit.layer is None or unit.layer not in removal.layers)
        return self.predicted(tuple(staying), removal.loss)

    def _next(self, gone: list[int]) -> tuple[int, float] | None:
        """The next layer that goes, and the KL divergence without it too; None where no other may go."""
        order = [x for x in self._influences() if x not in gone and x not in self.staying][:TRIALS]
        if not order:
            return None
        divergences = self.divergences()
        losses: dict[int, float] = {}
        for number, layer in enumerate(order):
            words = f"Trying without {len(gone) + 1} of {self.count} layers"
            span = ((len(gone) + x / len(order)) / (most_gone(self.count) + 1) for x in (number, number + 1))
            smaller = without_layers(self.model.opened_again(), (*gone, layer), self.stage)
            low, high = span
            losses[layer] = max(0.0, divergences.of(smaller, words, (low, high)))  # a sum of rounded numbers
        chosen = min(losses, key=lambda layer: (losses[layer], layer))
        self.stage.log(f"Without layer {chosen} too the KL divergence is {losses[chosen]:.4f}")
        return chosen, losses[chosen]

    def _influences(self) -> list[int]:
        """All layers, the one of the least influence first."""
        file = self.analysis.folder / "influences.json"
        values = checksum.load_values(file, self.stage.log)
        if values is None:
            values, _ = measured(self.model.opened_again(), self.analysis.settings, self.stage, self.tokens)
            checksum.save_values(file, values)
        return sorted(range(self.count), key=lambda layer: (values[layer], layer))
