"""Models of one format, or of one of llama.cpp's mixes, that a plan has to beat."""

from __future__ import annotations

from collections.abc import Sequence

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import STORED, BudgetProblem, Uniform, Unit
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
    """One width for all layers, and for the embedding and the head either that one or the widest."""
    tables = [unit for unit in problem.units if unit.is_end]
    layers = [unit for unit in problem.units if unit not in tables]
    models = []
    for name in _widths(layers):
        choices = {unit.name: name for unit in layers}
        if not tables:
            models.append(Uniform(label=name, choices=choices))
        widths = _widths(tables)
        for end in dict.fromkeys((name, *widths[:1])) if name in widths else widths[:1]:
            label = name if end == name else f"{name}, {' and '.join(unit.role for unit in tables)} {end}"
            models.append(Uniform(label=label, choices=choices | {unit.name: end for unit in tables}))
    return models


def _widths(units: Sequence[Unit]) -> list[str]:
    """Formats that all of these units have, in the order of the first one's."""
    names = [option.id for option in units[0].options if option.id != STORED] if units else []
    return [name for name in names if all(name in {option.id for option in unit.options} for unit in units)]
