"""A choice of options, built by the ordinary method that has these formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import BudgetProblem
from engine.contracts.settings import Settings
from engine.methods.base import FormatOffer, Method
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import assigned
from engine.methods.quantization.gguf_quants import settings as gguf_quants
from engine.methods.quantization.gguf_quants.method import GgufQuants
from engine.methods.quantization.gptq import settings as gptq
from engine.methods.quantization.gptq.method import Gptq
from engine.methods.quantization.round_to_nearest import settings as round_to_nearest
from engine.methods.quantization.round_to_nearest.method import RoundToNearest
from engine.models.model import Model
from engine.models.stage import SubStage

_ALGORITHMS: dict[str, tuple[type[Any], type[Settings]]] = {
    "gguf_quants": (GgufQuants, gguf_quants.GgufQuantsSettings),
    "gptq": (Gptq, gptq.GptqSettings),
    "round_to_nearest": (RoundToNearest, round_to_nearest.RoundToNearestSettings),
}


def offer_of(settings: FitToBudgetSettings) -> FormatOffer:
    """The formats that a plan for this target chooses from."""
    if settings.target == "gguf":
        return GgufQuants().offer(gguf_quants.GgufQuantsSettings())
    if settings.rounding == "gptq":
        return Gptq().offer(gptq.GptqSettings(group_size=settings.group_size))
    return RoundToNearest().offer(round_to_nearest.RoundToNearestSettings(group_size=settings.group_size))


def block(
    problem: BudgetProblem, choices: Mapping[str, str], anatomy: Anatomy, settings: FitToBudgetSettings
) -> tuple[Method[Any], Settings]:
    """The algorithm and its settings that give exactly these options."""
    method, values = assigned(problem, choices, anatomy, settings)
    algorithm, kind = _ALGORITHMS[method]
    return algorithm(), kind.parse(values)


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
    algorithm, chosen = block(problem, choices, model.anatomy, settings)
    result = algorithm.apply(subject, chosen, stage)
    stage.store_rest(result)
    return result
