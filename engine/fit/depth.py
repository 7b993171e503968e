"""Plans for a model without some of its layers: the numbers that layers came with, and those that they have in the
file. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping

from engine.contracts.budget import BudgetProblem, Plan, Uniform, Unit


def numbers_in_file(problem: BudgetProblem) -> dict[int, int]:
    """Number of a layer as the model came -> its number in the file, for the layers that units are in."""
    present = {unit.layer for unit in problem.units if unit.layer is not None}
    return {layer: layer - sum(gone < layer for gone in problem.removed_layers) for layer in sorted(present)}


def as_in_file(problem: BudgetProblem) -> tuple[BudgetProblem, dict[str, str]]:
    """The problem with the names of the smaller model, and unit -> its name there."""
    return _renumbered(problem, numbers_in_file(problem))


def as_it_came(problem: BudgetProblem, removed: tuple[int, ...]) -> tuple[BudgetProblem, dict[str, str]]:
    """The problem of a model without the layers ``removed``, with the names of the model that it was made from, and
    unit -> its name there."""
    present = sorted({unit.layer for unit in problem.units if unit.layer is not None})
    stay = [layer for layer in range(max(present, default=0) + 1 + len(removed)) if layer not in removed]
    return _renumbered(problem, {layer: stay[layer] for layer in present})


def plan_in_file(problem: BudgetProblem, plan: Plan) -> tuple[BudgetProblem, Plan]:
    """Problem and plan with the names of the smaller model."""
    if not problem.removed_layers:
        return problem, plan
    renamed, names = as_in_file(problem)
    return renamed, renamed_plan(plan, names)


def renamed_plan(plan: Plan, names: Mapping[str, str]) -> Plan:
    """The plan with other names of units."""
    return plan.model_copy(update={"choices": _keys(plan.choices, names), "locked": _keys(plan.locked, names)})


def _renumbered(problem: BudgetProblem, numbers: Mapping[int, int]) -> tuple[BudgetProblem, dict[str, str]]:
    units = [_unit(unit, numbers) for unit in problem.units]
    names = {old.name: new.name for old, new in zip(problem.units, units, strict=True)}
    uniform = tuple(Uniform(label=one.label, choices=_keys(one.choices, names)) for one in problem.uniform)
    return problem.model_copy(update={"units": tuple(units), "uniform": uniform}), names


def _unit(unit: Unit, numbers: Mapping[int, int]) -> Unit:
    if unit.layer is None:
        return unit
    old, new = str(unit.layer), numbers[unit.layer]

    def renamed(name: str) -> str:
        before, number, after = f".{name}.".partition(f".{old}.")
        return f"{before}.{new}.{after}".strip(".") if number else name

    layers = tuple(renamed(name) for name in unit.layers)
    return unit.model_copy(update={"name": renamed(unit.name), "layers": layers, "layer": new})


def _keys(values: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {names[name]: value for name, value in values.items()}
