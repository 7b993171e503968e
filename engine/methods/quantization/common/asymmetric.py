"""Asymmetric calibration of GPTQ (Li et al. 2025, GPTAQ, arXiv 2504.02692): what the settings ask for is gathered, and
gives the weight that is rounded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from typing import Protocol

import torch

from engine.calibration.original_inputs import OriginalInputs
from engine.calibration.statistics import Gram, GramAndDrift
from engine.calibration.walk import LayerStep
from engine.models.model import Model
from engine.numerics.quantization.gptaq import asymmetric_target


class AsymmetricOptions(Protocol):
    """Settings of a GPTQ that may see the original's inputs."""

    @property
    def gptaq_alpha(self) -> float:
        """Share of the correction, 0 to 1; 0: none."""


def statistic(settings: AsymmetricOptions, device: torch.device) -> Callable[[int], Gram]:
    """Makes the statistic of inputs that `target` reads, for a number of them."""
    return functools.partial(GramAndDrift if settings.gptaq_alpha else Gram, device=device)


def original_layers(
    model: Model, settings: AsymmetricOptions, targets: Container[str]
) -> Callable[[LayerStep], None] | None:
    """The function that a walk calls with each layer for the original's inputs; None if the settings need none."""
    return OriginalInputs(model, targets).run_layer if settings.gptaq_alpha else None


def target(weight: torch.Tensor, gathered: Gram, gram: torch.Tensor, damping: float, alpha: float) -> torch.Tensor:
    """The weight (out, in) that is rounded in the place of ``weight``. ``gram``: the matrix of what was gathered.
    ``damping``, ``alpha``: as of `asymmetric_target`."""
    if not isinstance(gathered, GramAndDrift) or not gathered.pairs:
        return weight
    return asymmetric_target(weight.float(), gram, gathered.drift, damping, alpha)
