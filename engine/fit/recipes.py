"""A plan in the words of other programs, which can build it with their own rounding: llama-quantize, AutoRound,
llm-compressor."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping

from engine.base.errors import BadInput
from engine.contracts.budget import STORED, BudgetProblem, Plan
from engine.fit.factored import ranks_of

EMBEDDING, HEAD = "token_embd.weight", "output.weight"
"""Tensors that llama-quantize has options of their own for."""
_INTEGER = re.compile(r"int([2-8])")


def recipes(problem: BudgetProblem, plan: Plan, tensors: Mapping[str, str], group_size: int) -> dict[str, str]:
    """File name -> content for each program that can build the plan, none where layers are factorized. ``tensors``:
    as of `llama_quantize`; ``group_size``: of integers, which are symmetric."""
    if ranks_of(plan.choices):
        return {}
    if problem.target == "gguf":
        return {"llama-quantize.txt": "".join(f"{line}\n" for line in llama_quantize(problem, plan, tensors))}
    return {
        "auto_round.json": auto_round(problem, plan, group_size, True),
        "llm-compressor.yaml": llm_compressor(problem, plan, group_size, True),
    }


def layer_options(problem: BudgetProblem, plan: Plan) -> dict[str, str]:
    """Name of each module -> its option."""
    return {layer: plan.choices[unit.name] for unit in problem.units for layer in unit.layers}


def _linear_options(problem: BudgetProblem, plan: Plan) -> dict[str, str]:
    """The same of the linears inside the layers."""
    tables = {layer for unit in problem.units if unit.is_end for layer in unit.layers}
    return {layer: option for layer, option in layer_options(problem, plan).items() if layer not in tables}


def llama_quantize(problem: BudgetProblem, plan: Plan, tensors: Mapping[str, str]) -> list[str]:
    """Arguments of llama-quantize before the names of the files. ``tensors``: module -> name of its tensor in a GGUF
    file; of a tied head none. Raises `BadInput` for a plan of another target."""
    if problem.target != "gguf":
        raise BadInput("llama-quantize builds GGUF files alone", why=f"the plan is for {problem.target}")
    arguments = []
    for layer, option in layer_options(problem, plan).items():
        name = tensors.get(layer)
        if name is None or option == STORED:
            continue
        if name in (EMBEDDING, HEAD):
            word = "--token-embedding-type" if name == EMBEDDING else "--output-tensor-type"
            arguments.append(f"{word} {option.lower()}")
        else:
            arguments.append(f"--tensor-type {re.escape(name.removesuffix('.weight'))}={option.lower()}")
    return arguments


def auto_round(problem: BudgetProblem, plan: Plan, group_size: int, symmetric: bool) -> str:
    """JSON for AutoRound's ``layer_config``: module -> bits, group size, symmetry; 16 bits for what stays as it is. It
    leaves the embedding and the head as they are. Raises `BadInput` for formats other than integers."""
    config = {}
    for layer, option in _linear_options(problem, plan).items():
        bits = _bits(option, "AutoRound")
        config[layer] = {"bits": bits, "group_size": group_size, "sym": symmetric, "data_type": "int"}
    return json.dumps(config, indent=1) + "\n"


def llm_compressor(problem: BudgetProblem, plan: Plan, group_size: int, symmetric: bool) -> str:
    """A recipe for llm-compressor: GPTQ with a group of layers for each number of bits. It leaves the embedding and the
    head as they are. Raises `BadInput` for formats other than integers."""
    groups: dict[int, list[str]] = defaultdict(list)
    for layer, option in _linear_options(problem, plan).items():
        groups[_bits(option, "llm-compressor")].append(layer)
    untouched = groups.pop(16, [])
    lines = ["quantization_stage:", "  quantization_modifiers:", "    GPTQModifier:"]
    lines += [f"      ignore: {json.dumps(['lm_head', *(x for x in untouched if x != 'lm_head')])}"]
    lines += ["      config_groups:"]
    for number, (bits, layers) in enumerate(sorted(groups.items())):
        lines += [
            f"        group_{number}:",
            f"          targets: {json.dumps(layers)}",
            "          weights:",
            f"            num_bits: {bits}",
            "            type: int",
            f"            symmetric: {str(symmetric).lower()}",
            "            strategy: group",
            f"            group_size: {group_size}",
        ]
    return "\n".join(lines) + "\n"


def _bits(option: str, program: str) -> int:
    """Bits of an integer format, 16 for what stays as it is."""
    if option == STORED:
        return 16
    match = _INTEGER.fullmatch(option)
    if match is None:
        raise BadInput(f"{program} has no format '{option}'", advice="build a plan for compressed-tensors")
    return int(match[1])
