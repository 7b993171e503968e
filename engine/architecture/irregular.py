"""The layers of a network that are not all attention with a plain MLP behind it: experts, state spaces, convolutions,
linear attention, several of them side by side or layer by layer.

Each layer is described for itself: what mixes its tokens, what its feed-forward part is, and all its linears. Which of
them read the same tensor is found when the layer runs (`engine.calibration.walk`); names tell roles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from torch import nn

from engine.architecture.anatomy import Layer, Linear, Role
from engine.architecture.experts import ExpertLinears

ROUTERS = re.compile(r"(^|\.)(router|gate|shared_expert_gate|router\.\w+|gate\.\w+|\w*router\w*)$")
_SHARED = re.compile(r"(^|\.)(shared_experts?|shared_mlp|shared_transformer|shared_expert\w*)\.")
_EXPERT_ROLES: dict[str, Role] = {"gate": "expert_gate", "up": "expert_up", "gate_up": "expert_gate_up"}
_EXPERT_ROLES |= {"down": "expert_down", "fc1": "expert_up", "fc2": "expert_down"}
_SHARED_ROLES: dict[str, Role] = {"gate": "shared_gate", "up": "shared_up", "gate_up": "shared_gate_up"}
_SHARED_ROLES |= {"down": "shared_down", "fc1": "shared_up", "fc2": "shared_down"}
_IN_EXPERT: dict[str, Role] = {"input_linear.weight": "expert_gate_up", "output_linear.weight": "expert_down"}
_IN_SHARED: dict[str, Role] = {"input_linear": "shared_gate_up", "output_linear": "shared_down"}
_LATENT = re.compile(r"(^|\.)(q_a_proj|q_b_proj|kv_a_proj\w*|kv_b_proj)$")
_IN_MIXER = re.compile(r"(^|\.)in_proj\w*$")
_OUT_MIXER = re.compile(r"(^|\.)(out_proj|Wo|output|attn_out|wo)$")
_READ_AS_TENSORS = ("dt_proj",)
"""Linears of state spaces whose weights the network reads itself: nothing else can stand in their place."""
_MATRICES = re.compile(r"(^|\.)(Wi|input_linear)$")


def stacks_of(root: nn.Module, holds_linears: Callable[[nn.Module], bool]) -> list[str]:
    """The names of the outermost lists of modules that hold linears: what may be a model's layers."""
    names: list[str] = []
    for name, module in root.named_modules():
        if not isinstance(module, nn.ModuleList) or isinstance(module, ExpertLinears):
            continue
        inside = any(name.startswith(f"{outer}.") for outer in names)
        if not inside and len(module) and all(any(map(holds_linears, child.modules())) for child in module):
            names.append(name)
    return names


def main_stack(root: nn.Module, stacks: list[str], vocabulary: object, count: object) -> str | None:
    """The one list of layers that reads the tokens: the only one, or the only one that stands beside their embedding,
    or in the same module, and has as many members (``count``) as the config says; None if that is not clear."""
    if len(stacks) == 1:
        return stacks[0]
    tables = {
        name
        for name, module in root.named_modules(remove_duplicate=False)
        if isinstance(module, nn.Embedding) and module.weight.shape[0] == vocabulary
    }
    parents = {name: name.rpartition(".")[0] for name in stacks}
    beside = [name for name in stacks if any(table.rpartition(".")[0] == parents[name] for table in tables)]
    if not beside:
        beside = [name for name in stacks if any(table.startswith(f"{parents[name]}.") for table in tables)]
    if len(beside) > 1:
        beside = [name for name in beside if len(root.get_submodule(name)) == count]  # type: ignore[arg-type]
    return beside[0] if len(beside) == 1 else None


def shared_modules(root: nn.Module) -> set[str]:
    """The names of the modules that several layers have in common: changed in one, they would differ in the others."""
    names: dict[int, list[str]] = {}
    for name, module in root.named_modules(remove_duplicate=False):
        names.setdefault(id(module), []).append(name)
    return {name for several in names.values() if len(several) > 1 for name in several}


def layer_of(
    root: nn.Module,
    name: str,
    index: int,
    *,
    described: Iterator[tuple[str, Linear]],
    role_of: Callable[[str], Role | None],
    norms: dict[str, str],
) -> Layer:
    """One layer. ``described``: its linears, by their names inside it, as ones without a role. Routers are not among
    the layer's linears: what they choose is worth more than their few bits."""
    module = root.get_submodule(name)
    parameters = [inner for inner, _ in module.named_parameters()]
    has_experts = any(isinstance(child, ExpertLinears) for child in module.modules())
    linears: list[Linear] = []
    for inner, linear in described:
        if is_router(inner, linear, has_experts) or inner.rpartition(".")[2] in _READ_AS_TENSORS:
            continue
        expert = isinstance(module.get_submodule(inner.rpartition(".")[0]), ExpertLinears)
        role = _role(inner, expert, role_of)
        linears.append(replace(linear, role=role, layer=index))
    grouped = _grouped(linears)
    return Layer(index, name, grouped, norms, _mixer(parameters, grouped), _feed_forward(grouped))


def is_router(inner: str, linear: Linear, has_experts: bool) -> bool:
    """True for a linear that chooses experts or weighs a shared one."""
    return has_experts and bool(ROUTERS.search(inner)) and linear.out_features < linear.in_features


def _role(inner: str, expert: bool, role_of: Callable[[str], Role | None]) -> Role:
    if expert:
        inner = inner.rpartition(".")[0]
        inner_role = role_of(inner)
        expert_role = next((role for end, role in _IN_EXPERT.items() if inner.endswith(end)), None)
        return expert_role or _EXPERT_ROLES.get(inner_role or "", "expert_up")
    inner_role = role_of(inner)
    if _SHARED.search(inner):
        leaf = inner.rpartition(".")[2]
        return _SHARED_ROLES.get(inner_role or "", _IN_SHARED.get(leaf, inner_role or "other"))
    if inner_role is not None:
        return inner_role
    if _IN_MIXER.search(inner):
        return "in_proj"
    if _OUT_MIXER.search(inner):
        return "out_proj"
    return "fc1" if _MATRICES.search(inner) else "other"


_TOGETHER = ({"q", "k", "v"}, {"gate", "up"}, {"shared_gate", "shared_up"})
_NAMES = {"q": "attention", "qkv": "attention", "o": "attention_output", "gate": "mlp", "gate_up": "mlp"}
_NAMES |= {"fc1": "mlp", "down": "mlp_output", "fc2": "mlp_output"}


def _grouped(linears: list[Linear]) -> tuple[Linear, ...]:
    """Linears of one module whose roles say that they read the same tensor get one input group; each other has its
    own. The groups of attention and of the MLP have the names that they have in regular layers where there is one."""
    count = Counter(linear.role for linear in linears)
    members: list[Linear] = []
    for linear in linears:
        parent = linear.name.rpartition(".")[0]
        together = next((roles for roles in _TOGETHER if linear.role in roles), None)
        group = linear.name if together is None else f"{parent}.{'_'.join(sorted(together))}.{linear.in_features}"
        first = "q" if together == {"q", "k", "v"} else "gate" if together == {"gate", "up"} else linear.role
        if count[linear.role] == 1 and first in _NAMES:
            group = _NAMES[first]
        members.append(replace(linear, input_group=group))
    return tuple(members)


def _mixer(parameters: Collection[str], linears: tuple[Linear, ...]) -> str:
    """The module that mixes the tokens, in words; several with a plus between them, "" for nothing."""
    roles = {linear.role for linear in linears}
    names = [name.rpartition(".")[0] for name in parameters]
    words = []
    if any(_LATENT.search(name) for name in names):
        words.append("latent attention")
    elif {"q", "k", "v"} <= roles or "qkv" in roles:
        words.append("attention")
    has_states = any(name.endswith("A_log") for name in parameters)
    if has_states and any(name.endswith(".D") for name in parameters):
        words.append("state space")
    elif has_states or any("linear_attn" in name or "time_decay" in name for name in parameters):
        words = [*(word for word in words if word != "attention"), "linear attention"]
    elif any(".conv" in f".{name}" for name in names) and "in_proj" in roles:
        words.append("convolution")
    return " + ".join(words)


def _feed_forward(linears: tuple[Linear, ...]) -> str:
    """The module that works on each token alone, in words; "" for nothing."""
    roles = {linear.role for linear in linears}
    experts = any(role.startswith("expert") for role in roles)
    shared = any(role.startswith("shared") for role in roles)
    if experts:
        return "experts + shared expert" if shared else "experts"
    if roles & {"gate", "gate_up", "shared_gate_up"}:
        return "gated"
    return "plain" if roles & {"fc1", "up", "fc2"} else ""
