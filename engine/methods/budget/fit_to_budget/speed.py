"""Times of the options of a plan: what llama.cpp takes on this machine to read a unit's weights for one token."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from engine.architecture.anatomy import Anatomy, Linear
from engine.base import extras
from engine.base.files import whole_file
from engine.contracts.budget import BudgetProblem, Decoding, Target, Unit
from engine.contracts.problem import Problem
from engine.measure.llama_cpp.rates import TYPES, DecodingRates, decoding_rates
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import Group
from engine.models.model import Model
from engine.models.stage import Stage

PROGRAM: Target = "gguf"
"""The target whose program can be measured here."""


def speed_problems(settings: FitToBudgetSettings) -> list[Problem]:
    """A target whose program is not measured, and llama.cpp that is not installed."""
    if not settings.needs_speed:
        return []
    if settings.target != PROGRAM:
        message = "Tokens per second are predicted for llama.cpp alone"
        other = "set 'Tokens per second' to 0" if settings.tokens_per_second else "switch 'Predict speed' off"
        return [Problem("error", message, advice=f"Choose that target, or {other}")]
    if not extras.is_installed("llama"):
        message = "Tokens per second are measured with llama.cpp, which is not installed"
        return [Problem("error", message, advice=f"Run: {extras.command('llama')}")]
    return []


def with_times(
    problem: BudgetProblem, groups: Sequence[Group], model: Model, stage: Stage, span: tuple[float, float]
) -> BudgetProblem:
    """The problem with the time of each option. A resumed run reads the rates that it measured."""
    in_units = {name for unit in problem.units for name in unit.layers}
    beside = [linear for linear in model.anatomy.linears if linear.name not in in_units]
    stored = _stored_types(model)
    types = {option.id for unit in problem.units for option in unit.options} | {stored[x.name] for x in beside}
    rates = _rates(sorted(types), stage, span)
    share = _share_read(model.anatomy)

    def milliseconds(linears: Iterable[tuple[Linear, str]]) -> float:
        return 1e3 * sum(share(x) * rates.of_linear(x.out_features, x.in_features, name) for x, name in linears)

    read = {group.name: _linears_read(group) for group in groups}

    def timed(unit: Unit) -> Unit:
        times = {option.id: milliseconds((x, option.id) for x in read[unit.name]) for option in unit.options}
        options = (option.model_copy(update={"milliseconds": times[option.id]}) for option in unit.options)
        return unit.model_copy(update={"options": tuple(options)})

    rest = 1e3 * rates.token + milliseconds((x, stored[x.name]) for x in beside)
    decoding = Decoding(program=rates.program, threads=rates.threads, milliseconds=rest)
    return problem.model_copy(update={"units": tuple(map(timed, problem.units)), "decoding": decoding})


def _linears_read(group: Group) -> tuple[Linear, ...]:
    """Those that a token is multiplied with: of an embedding it reads one row; a tied one is the head too."""
    return {"embedding": (), "tied": group.linears[1:]}.get(group.end, group.linears)


def _share_read(anatomy: Anatomy) -> Callable[[Linear], float]:
    """Share of the tokens that a linear reads: of experts those that are sent to it, in the mean."""
    experts = Counter((x.layer, x.role) for x in anatomy.linears if x.role.startswith("expert_"))

    def share(linear: Linear) -> float:
        count = experts[linear.layer, linear.role]
        return min(1.0, anatomy.experts_per_token / count) if count else 1.0

    return share


def _stored_types(model: Model) -> dict[str, str]:
    """Linear -> the GGUF type in which its weight lies in the file if nothing packs it."""
    types = {tensor.name.removesuffix(".weight"): tensor.dtype for tensor in model.structure.tensors}
    names = (linear.name for linear in model.anatomy.linears)
    return {name: dtype if (dtype := types.get(name, "F32")) in TYPES else "F32" for name in names}


def _rates(types: Sequence[str], stage: Stage, span: tuple[float, float]) -> DecodingRates:
    file = stage.folder / "decoding.json"
    with contextlib.suppress(OSError, ValueError):
        rates = DecodingRates.model_validate_json(file.read_bytes())
        if rates.weight.keys() >= set(types):
            return rates
    low, high = span
    rates = decoding_rates(
        types, stage.checkpoint, lambda fraction, text: stage.progress(low + (high - low) * fraction, text)
    )
    with whole_file(file) as part:
        part.write_text(rates.model_dump_json(), encoding="utf-8")
    return rates
