"""Models of one format, or of one of llama.cpp's mixes, that a plan has to beat."""

from __future__ import annotations

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import BudgetProblem, Uniform
from engine.methods.quantization.gguf_quants.mixes import BASES, choices
from engine.methods.shared.layers import chosen, layers_only


def uniform_models(problem: BudgetProblem, anatomy: Anatomy) -> tuple[Uniform, ...]:
    """All that the units' options can express, the smallest first."""
    models = _mixes(problem, anatomy) if problem.target == "gguf" else _integers(problem)
    distinct = {tuple(sorted(one.choices.items())): one for one in reversed(models)}
    return tuple(sorted(distinct.values(), key=lambda one: problem.bytes_of(one.choices)))


def _mixes(problem: BudgetProblem, anatomy: Anatomy) -> list[Uniform]:
    mixes = []
    for mix in BASES:
        types = choices(anatomy, mix, has_matrix=True, linears=chosen(layers_only(anatomy), ()))
        picked: dict[str, str] = {}
        for unit in problem.units:
            kinds = {types[name].type for name in unit.layers if name in types}
            if len(kinds) == 1 and (kind := kinds.pop()) in {option.id for option in unit.options}:
                picked[unit.name] = kind
        if len(picked) == len(problem.units):
            mixes.append(Uniform(label=mix, choices=picked))
    return mixes


def _integers(problem: BudgetProblem) -> list[Uniform]:
    names = dict.fromkeys(option.id for unit in problem.units for option in unit.options)
    everywhere = [name for name in names if all(name in {o.id for o in unit.options} for unit in problem.units)]
    return [Uniform(label=name, choices={unit.name: name for unit in problem.units}) for name in everywhere]
