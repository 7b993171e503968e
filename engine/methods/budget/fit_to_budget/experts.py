"""Experts that a smaller file does without: those of every layer that are worth least, as many as their bytes are worth
more elsewhere.

The worth of an expert is REAP's (Lasby et al. 2025, arXiv 2510.13999): the mean, over the tokens that reach it, of its
router weight times the norm of its output. Every layer keeps the same number, as a stock model has it. A few shares are
tried; a plan for what is left is predicted to lose the KL divergence without the experts and the losses of its options.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from engine.checkpoints import checksum
from engine.contracts.budget import Unit
from engine.methods.budget.fit_to_budget.depth import RemovalSearch
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.removal_limits import expert_counts
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.pruning.expert_pruning.saliency import scores_of
from engine.methods.pruning.expert_pruning.settings import ExpertPruningSettings
from engine.numerics.experts import best_experts

SCORED = 0.5
"""Share of the search's progress at which the experts have scores."""


@dataclass
class ExpertSearch(RemovalSearch):
    """Search for the number of experts that stay in each layer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counts = experts_of(self.model.anatomy)
        self._file = self.analysis.folder / "fewer experts.json"

    def run(self) -> Removal:
        """The experts of the best prediction; none where all had better stay."""
        best, self.kl = Removal(), self._predicted(Removal(), 1.0)
        possible = expert_counts(self.model.anatomy)
        losses: dict[str, float] = checksum.load_values(self._file, self.stage.log) or {}
        for number, count in enumerate(possible):
            if str(count) not in losses:
                if self.is_late():
                    self.stage.log(f"The time is up: fewer experts than {self._total} are not tried")
                    self.end_early()
                    break
                losses[str(count)] = self._loss(count, number, len(possible))
                checksum.save_values(self._file, losses)
            removal = Removal(experts=self._going(count), loss=losses[str(count)])
            kl = self._predicted(removal, count / self._total)
            if kl < self.kl:
                best, self.kl = removal, kl
            elif self.kl < math.inf:
                break  # what goes next is worth more than what went
        return best

    @property
    def _total(self) -> int:
        return max(self.counts.values())

    def _loss(self, count: int, number: int, of: int) -> float:
        """KL divergence of the model with so many experts in each layer."""
        removal = Removal(experts=self._going(count))
        words = f"Trying {count} of {self._total} experts"
        smaller = removal.applied(self.model, self.stage)
        low, high = (SCORED + (1 - SCORED) * x / of for x in (number, number + 1))
        loss = max(0.0, self.divergences().of(smaller, words, (low, high)))  # a sum of rounded numbers
        self.stage.log(f"With {count} of {self._total} experts in each layer the KL divergence is {loss:.4f}")
        return loss

    def _going(self, count: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Module of experts -> numbers of those that go."""
        groups = self.model.anatomy.expert_groups
        going = []
        for name, scores in self._scores().items():
            staying = set(best_experts(torch.tensor(scores, dtype=torch.float64), count, groups))
            going.append((name, tuple(index for index in range(len(scores)) if index not in staying)))
        return tuple(going)

    def _scores(self) -> dict[str, list[float]]:
        """Worth of each expert, by module; measured once for a model and text."""
        file = self.analysis.folder / "experts.json"
        scores: dict[str, list[float]] | None = checksum.load_values(file, self.stage.log)
        if scores is None:
            stage = self.stage.substage("scores", (0.0, SCORED))
            tokens = self.analysis.samples.seen.to(stage.device)
            settings = pruning_settings(self.analysis.settings)
            measured = scores_of(self.model.opened_again(), settings, stage, tokens)
            scores = {name: values.tolist() for name, values in measured.items()}
            checksum.save_values(file, scores)
        return scores

    def _predicted(self, removal: Removal, share: float) -> float:
        """KL divergence of the best plan with this share of the experts. The rounding of the others counts in full:
        those that stay are worth most."""
        return self.predicted(tuple(_smaller(unit, share) for unit in self.analysis.problem.units), removal.loss)


def pruning_settings(settings: FitToBudgetSettings) -> ExpertPruningSettings:
    """Settings of the experts' scores: REAP, on the text of the fit."""
    return ExpertPruningSettings(
        text=settings.text,
        num_samples=settings.num_samples,
        sequence_length=settings.sequence_length,
        compute_dtype=settings.compute_dtype,
    )


def _smaller(unit: Unit, share: float) -> Unit:
    """The unit with the bytes of a share of its experts."""
    if share == 1.0 or not unit.role.startswith("expert"):
        return unit
    options = tuple(one.model_copy(update={"bytes": round(one.bytes * share)}) for one in unit.options)
    return unit.model_copy(update={"options": options})
