"""A choice of options, built by the ordinary method that has these formats."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Target
from engine.contracts.settings import Settings
from engine.methods.base import FormatOffer, LayerSolver, Method, SolvedFormats
from engine.methods.budget.fit_to_budget.rank_offer import RankOffer, no_ranks
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import assigned
from engine.methods.low_rank.svd import settings as svd
from engine.methods.low_rank.svd.method import Svd
from engine.methods.quantization.common.offer import IntegerOffer
from engine.methods.quantization.gguf_quants import settings as gguf_quants
from engine.methods.quantization.gguf_quants.method import GgufQuants
from engine.methods.quantization.gptq import settings as gptq
from engine.methods.quantization.gptq.method import Gptq
from engine.methods.quantization.round_to_nearest import settings as round_to_nearest
from engine.methods.quantization.round_to_nearest.method import RoundToNearest
from engine.models.model import Model
from engine.models.stage import SubStage
from engine.modules import CompressedModule
from engine.modules.quantized_embedding import PackedEmbedding

_ALGORITHMS: dict[str, tuple[type[Any], type[Settings]]] = {
    "gguf_quants": (GgufQuants, gguf_quants.GgufQuantsSettings),
    "gptq": (Gptq, gptq.GptqSettings),
    "round_to_nearest": (RoundToNearest, round_to_nearest.RoundToNearestSettings),
    "svd": (Svd, svd.SvdSettings),
}
FACTORED = 0.4
"""Share of the progress of a build at which layers are factorized."""


@dataclass(frozen=True)
class ChosenFormats:
    """Those formats of an offer whose names match one of the patterns (see `FormatOffer`)."""

    offer: FormatOffer
    patterns: tuple[str, ...]

    def formats(self, linear: Linear, target: Target) -> tuple[str, ...]:
        """Names of the formats that this layer may have."""
        return tuple(name for name in self.offer.formats(linear, target) if matches_format(name, self.patterns))

    def module(self, linear: Linear, option: str, bias: torch.Tensor | None = None) -> CompressedModule:
        """The layer in this format."""
        return self.offer.module(linear, option, bias)

    def embedding(self, linear: Linear, option: str, factor: float) -> PackedEmbedding:
        """The token embedding in this format."""
        return self.offer.embedding(linear, option, factor)

    def rounded(self, weight: torch.Tensor, option: str, energy: torch.Tensor | None) -> torch.Tensor:
        """The nearest weight that this format has."""
        return self.offer.rounded(weight, option, energy)

    def solver(self, gram: torch.Tensor) -> LayerSolver | None:
        """See `engine.methods.base.SolvedFormats`."""
        return self.offer.solver(gram) if isinstance(self.offer, SolvedFormats) else None


def matches_format(name: str, patterns: tuple[str, ...]) -> bool:
    """True for the name of a format that one of the patterns means, in capitals or not."""
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def offer_of(settings: FitToBudgetSettings) -> FormatOffer:
    """The formats that a plan for this target and these settings chooses from."""
    offer = target_offer(settings)
    return ChosenFormats(offer, settings.formats) if settings.formats else offer


def rank_offer_of(settings: FitToBudgetSettings) -> RankOffer:
    """The same formats, and ranks of layers in them. Raises `BadInput` for a target whose files hold no factors."""
    if why := no_ranks(settings.target):
        raise BadInput(why, advice="choose that target, or leave ranks out")
    integers = target_offer(settings)
    assert isinstance(integers, IntegerOffer), "a target that holds factors reads integers"
    return RankOffer(offer_of(settings), integers)


def whole_offer_of(settings: FitToBudgetSettings) -> FormatOffer:
    """All options of a fit with these settings."""
    return rank_offer_of(settings) if settings.factorize and not no_ranks(settings.target) else offer_of(settings)


def target_offer(settings: FitToBudgetSettings) -> FormatOffer:
    """All formats that the target reads."""
    if settings.target == "gguf":
        return GgufQuants().offer(gguf_quants.GgufQuantsSettings(method=settings.rounding))
    if settings.rounding == "gptq":
        return Gptq().offer(gptq.GptqSettings(group_size=settings.group_size))
    return RoundToNearest().offer(round_to_nearest.RoundToNearestSettings(group_size=settings.group_size))


def blocks(
    problem: BudgetProblem, choices: Mapping[str, str], anatomy: Anatomy, settings: FitToBudgetSettings
) -> list[tuple[Method[Any], Settings]]:
    """The algorithms, one behind the other, and their settings that give exactly these options."""
    steps = []
    for method, values in assigned(problem, choices, anatomy, settings):
        algorithm, kind = _ALGORITHMS[method]
        steps.append((algorithm(), kind.parse(values)))
    return steps


def build(
    model: Model,
    problem: BudgetProblem,
    choices: Mapping[str, str],
    settings: FitToBudgetSettings,
    stage: SubStage,
) -> Model:
    """A model of its own that reads the parts that the ``stage`` stored; those of an interrupted run are taken up."""
    subject = model.opened_again()
    if stage.is_complete(subject):
        stage.take_back(subject)
        return subject
    *factoring, (algorithm, chosen) = blocks(problem, choices, model.anatomy, settings)
    for before, its_settings in factoring:
        subject = _factored(subject, before, its_settings, stage.substage("factors", (0.0, FACTORED)))
    result = algorithm.apply(subject, chosen, stage)
    stage.store_rest(result)
    return result


def _factored(subject: Model, algorithm: Method[Any], settings: Settings, stage: SubStage) -> Model:
    if stage.is_complete(subject):
        stage.take_back(subject)
        return subject
    result = algorithm.apply(subject, settings, stage)
    stage.store_rest(result)
    return result
