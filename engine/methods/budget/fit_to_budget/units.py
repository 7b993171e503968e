"""Layers of a model that share one decision, locks on them, and a plan as settings of an ordinary block. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.architecture.anatomy import Anatomy, Linear
from engine.architecture.cache import size_for_file
from engine.base.errors import BadInput
from engine.contracts.budget import STORED, BudgetProblem, Plan, Target, Unit
from engine.fit.factored import ranks_of, stored_as
from engine.fit.size import bytes_of
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.quantization.common import plan as integers
from engine.methods.quantization.gguf_quants import plan as ggml
from engine.methods.shared.layers import embedding_of, head_of, matches

End = Literal["", "embedding", "head", "tied"]
"""Ends of the network: the token embedding, the head, or the one tensor that is both; "" for the layers."""
PACKS_TABLES: tuple[Target, ...] = ("gguf", "container")
"""Targets whose files hold the embedding and the head in formats of their own."""


@dataclass(frozen=True)
class Group:
    """Layers that share one decision."""

    name: str
    linears: tuple[Linear, ...]
    layer: int | None
    role: str
    end: End = ""

    @property
    def tensors(self) -> tuple[Linear, ...]:
        """Those of its layers that have a tensor of their own: a tied head reads the embedding's."""
        return self.linears[:1] if self.end == "tied" else self.linears

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(linear.in_features * linear.out_features for linear in self.tensors)


def dense_bytes(anatomy: Anatomy) -> int:
    """Bytes of all parameters in 16 bits, a tied head counted once: what a share of the size is of."""
    weights = sum(x.in_features * x.out_features + (x.out_features if x.bias else 0) for x in anatomy.linears)
    return 2 * (weights + sum(count for _, count in anatomy.remainder))


def file_budget(settings: FitToBudgetSettings, anatomy: Anatomy, built: Anatomy | None = None) -> int:
    """Bytes that the file may take: the size, without the keys and values of the context. ``built``: what is left of
    the model, None for all of it."""
    size = bytes_of(settings.size, dense_bytes(anatomy))
    return size_for_file(size, built or anatomy, settings.context)


def groups(anatomy: Anatomy, target: Target) -> list[Group]:
    """The decisions of a plan, those of the ends first.

    llama.cpp reads each tensor in a type of its own, all experts of a layer in one tensor. vLLM fuses the layers that
    read one input, and transformers reads all experts in one scheme.
    """
    together: dict[tuple[object, ...], list[Linear]] = {}
    for layer in anatomy.layers:
        for linear in layer.linears:
            together.setdefault(_key(linear, target), []).append(linear)
    inside = [_group(linears) for linears in together.values()]
    return [*(_tables(anatomy) if target in PACKS_TABLES else ()), *inside]


def _key(linear: Linear, target: Target) -> tuple[object, ...]:
    expert = linear.role.startswith("expert_")
    if target == "compressed-tensors":
        return ("experts",) if expert else (linear.layer, linear.input_group)
    return (linear.layer, linear.role) if expert and target == "gguf" else (linear.layer, linear.name)


def _group(linears: Sequence[Linear]) -> Group:
    roles = tuple(dict.fromkeys(linear.role for linear in linears))
    layers = {linear.layer for linear in linears}
    layer = layers.pop() if len(layers) == 1 else None
    if len(linears) == 1:
        return Group(linears[0].name, tuple(linears), layer, roles[0])
    experts = all(role.startswith("expert_") for role in roles)
    role = {("q", "k", "v"): "qkv", ("gate", "up"): "gate_up"}.get(roles, "experts" if experts else "+".join(roles))
    role = roles[0] if len(roles) == 1 else role
    around = []
    for words in zip(*(linear.name.split(".")[:-1] for linear in linears), strict=False):
        if len(set(words)) > 1:
            break
        around.append(words[0])
    return Group(".".join([*around, role]), tuple(linears), layer, role)


def _tables(anatomy: Anatomy) -> list[Group]:
    embedding, head = embedding_of(anatomy), head_of(anatomy)
    if anatomy.kind == "encoder_decoder" or embedding is None:
        return []
    if head is None or not anatomy.tied:
        first = Group(embedding.name, (embedding,), None, "embedding", "embedding")
        return [first, *([] if head is None else [Group(head.name, (head,), None, "head", "head")])]
    return [Group(embedding.name, (embedding, head), None, "embedding", "tied")]


def locked(problem: BudgetProblem, anatomy: Anatomy, locks: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Unit -> the option that the first lock which means one of its layers gives it. Raises `BadInput` for a lock that
    means no unit, and for an option that a unit does not have."""
    linears = {
        linear.name: linear for linear in (*anatomy.linears, *filter(None, (embedding_of(anatomy), head_of(anatomy))))
    }
    chosen: dict[str, str] = {}
    for pattern, option in locks:
        units = [unit for unit in problem.units if _is_meant(unit, pattern, linears)]
        if not units:
            roles = ", ".join(sorted({unit.role for unit in problem.units}))
            raise BadInput(
                f"The lock '{pattern}={option}' means no layer", advice=f"name a layer, or a role of: {roles}"
            )
        for unit in units:
            unit.option(option)
            chosen.setdefault(unit.name, option)
    return chosen


def _is_meant(unit: Unit, pattern: str, linears: Mapping[str, Linear]) -> bool:
    return pattern in (unit.role, unit.name) or any(
        matches(linears[name], pattern) for name in unit.layers if name in linears
    )


def blocks_of(
    plan: Plan, problem: BudgetProblem, anatomy: Anatomy, settings: FitToBudgetSettings
) -> list[tuple[str, dict[str, Any]]]:
    """A plan as ordinary blocks, one behind the other: methods' ids, and settings that give exactly these formats and
    ranks. The last one quantizes. Raises `BadInput` for options that the units do not have."""
    return assigned(problem, plan.choices, anatomy, settings)


def assigned(
    problem: BudgetProblem, choices: Mapping[str, str], anatomy: Anatomy, settings: FitToBudgetSettings
) -> list[tuple[str, dict[str, Any]]]:
    """`blocks_of` for a choice of options, such as that of a uniform model."""
    options: dict[str, str] = {}
    for unit in problem.units:
        option = unit.option(choices[unit.name]).id
        options |= dict.fromkeys(unit.layers, option) if option != STORED else {}
    formats = {name: stored_as(option).format for name, option in options.items()}
    if not formats:
        raise BadInput(
            "The plan quantizes nothing", where="plan", advice="allow fewer bytes, or export the model as it is"
        )
    common: dict[str, Any] = {
        "text": settings.text,
        "num_samples": settings.num_samples,
        "sequence_length": settings.sequence_length,
        "compute_dtype": settings.compute_dtype,
    }
    ranks = ranks_of(options)
    before = [("svd", {**common, **_factoring(anatomy, ranks, settings.fisher_samples)})] if ranks else []
    if settings.rounding == "gptq":
        names = ("objective", "output_shrinkage", "gptaq_alpha")
        common |= {name: getattr(settings, name) for name in names}
    if problem.target == "gguf":
        return [*before, ("gguf_quants", {**common, **ggml.planned(anatomy, formats), "method": settings.rounding})]
    numbers = {**common, **integers.planned(anatomy, formats), "group_size": settings.group_size}
    if settings.rounding == "gptq":
        return [*before, ("gptq", numbers)]
    return [*before, ("round_to_nearest", {**numbers, "clip": "imatrix_mse"})]


def _factoring(anatomy: Anatomy, ranks: Mapping[str, int], fisher_samples: int) -> dict[str, Any]:
    """Settings of SVD that factor exactly these layers, each toward what the original gives there: errors of the layers
    before it are partly made up for. With experts, which get other tokens there, by its own inputs alone."""
    has_experts = any(linear.role.startswith("expert_") for linear in anatomy.linears)
    return {
        "variant": "fisher",
        "fisher_samples": fisher_samples,
        "statistics": "sequential",
        "update": "none" if has_experts else "original",
        "pivoting": False,
        "rank_allocation": "uniform",
        "layer_ranks": [f"{name}={rank}" for name, rank in ranks.items()],
        "ignore": [linear.name for linear in anatomy.linears if linear.name not in ranks],
    }
