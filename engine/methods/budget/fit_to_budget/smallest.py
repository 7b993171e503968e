"""The smallest models that a fit may leave, by the parts that may go."""

from __future__ import annotations

import dataclasses

from engine.architecture.anatomy import Anatomy
from engine.contracts.problem import Problem
from engine.methods.budget.fit_to_budget.removal_limits import FEWEST, expert_counts, most_gone
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.width_limits import can_be_narrower, narrowest
from engine.methods.pruning.expert_pruning.counts import first_experts
from engine.methods.shared.cutting import cut_anatomy
from engine.models.slicing import widths_problem


def smallest_anatomies(
    anatomy: Anatomy, settings: FitToBudgetSettings
) -> tuple[list[tuple[Anatomy, str]], list[Problem]]:
    """The anatomy without all that may go of each kind, and of layers with heads and channels together, with words for
    it; and a warning for each kind that the model can't lose."""
    shallower: list[tuple[Anatomy, str]] = []
    reasons = []
    if settings.remove_layers and anatomy.not_alike:
        reasons.append(f"No layer can go. {anatomy.not_alike}")
    elif settings.remove_layers:
        count = len(anatomy.layers)
        fewest = dataclasses.replace(anatomy, layers=anatomy.layers[: count - most_gone(count)])
        shallower.append((fewest, f" of {FEWEST:.0%} of the layers"))
    smaller = list(shallower)
    if settings.remove_experts and (counts := expert_counts(anatomy)):
        smaller.append((first_experts(anatomy, counts[-1]), f" with {counts[-1]} experts in each layer"))
    elif settings.remove_experts:
        reasons.append("No expert can go: the model has none, or each token is sent to all")
    if settings.remove_widths and can_be_narrower(anatomy, settings):
        shape = narrowest(anatomy, settings)
        words = f" with {shape.inner} channels and {shape.heads} heads in each layer"
        smaller += [(cut_anatomy(one, shape), f"{of}{words}") for one, of in [(anatomy, ""), *shallower]]
    elif settings.remove_widths:
        why = widths_problem(anatomy) or "no smaller width has formats"
        reasons.append(f"No head or channel can go: {why}")
    return smaller, [Problem("warning", reason, advice="Formats are chosen all the same") for reason in reasons]
