"""Features of a layer that can be scaled without changing its output: divided where they are made, multiplied where
they are read.

The module that makes a tensor is guessed from the roles of linears and norms. Trying on numbers shows whether it can be
scaled there, so that an activation that is not homogeneous, a norm that something else reads too, or another order of
the rows of a fused weight is noticed whatever the architecture is called.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.architecture.irregular import ROUTERS
from engine.models.fusing import FusedLinear, dense_module, norm_factor, norms_read, set_norm_factor, set_parameter
from engine.models.model import Model

TOLERANCE = 1e-6
"""Of the relative change of what a layer gives while features are scaled by powers of two, which is exact."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """Features that can be scaled.

    readers: the linears that read them. norm: what makes them, or else ``writer`` with its ``rows`` (scales,).
    columns: (inputs,) which of the scales each input of the readers is multiplied by: that of a head of values by all
        heads of queries that read it.
    routers: modules beside the readers whose weights (…, inputs) read the features too, and stay in the dtype that they
        have: scales that are powers of two leave what they decide as it was, to the bit.
    """

    readers: tuple[Linear, ...]
    columns: torch.Tensor
    norm: str = ""
    writer: Linear | None = None
    rows: torch.Tensor | None = None
    routers: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of scales."""
        return int(self.columns.max()) + 1

    @property
    def source(self) -> str:
        """The module that makes the features."""
        return self.norm if self.writer is None else self.writer.name


def scalings(
    model: Model, layer: Layer, run: Callable[[], torch.Tensor], fixed: Mapping[str, str] | None = None
) -> tuple[list[Scaling], dict[str, str]]:
    """All that can be scaled in a loaded layer, in order of execution, and for each `input_group` of its linears that
    can't be, why.

    ``run`` gives what the layer makes of some inputs as it is now. ``fixed``: names of linears that may not be changed,
    and why.
    """
    groups: dict[str, list[Linear]] = {}
    for linear in layer.linears:
        groups.setdefault(linear.input_group, []).append(linear)
    chosen: list[Scaling] = []
    reasons: dict[str, str] = {}
    expected = run()
    routers = _routers(model, layer)
    for names, alternatives in _candidates(model.anatomy, layer, groups, routers):
        done: tuple[Scaling, ...] = ()
        why = dict.fromkeys(names, "no norm or linear is known that alone makes what it reads")
        for alternative in alternatives:
            obstacles = {scaling: _reason_to_stay(scaling, fixed or {}) for scaling in alternative}
            free = tuple(scaling for scaling in alternative if not obstacles[scaling])
            why |= {x.input_group: reason for scaling, reason in obstacles.items() if reason for x in scaling.readers}
            if free and _is_exact(model, free, run, expected):
                done = free
                break
            source = alternative[0].source
            changed = f"{source} can't be scaled without changing what the layer computes"
            why |= {x.input_group: changed for scaling in free for x in scaling.readers}
        chosen += done
        scaled = {x.input_group for scaling in done for x in scaling.readers}
        reasons |= {name: reason for name, reason in why.items() if name not in scaled}
    return chosen, reasons


def _reason_to_stay(scaling: Scaling, fixed: Mapping[str, str]) -> str:
    """Reason why a module that the scaling would change must stay; "" if all may change."""
    touched = [*scaling.readers, *([scaling.writer] if scaling.writer is not None else [])]
    return next((f"{linear.name} {fixed[linear.name]}" for linear in touched if linear.name in fixed), "")


def apply_scales(model: Model, scaling: Scaling, scales: torch.Tensor) -> torch.Tensor:
    """Divide what is written by ``scales`` (count,) and multiply what is read; gives the scales that were applied.

    A norm is rounded to the dtype that it is stored in, and the readers take the exact quotient of its old and new
    factors: what is stored computes the same.
    """
    scales = scales.double()
    if scaling.norm:
        scales = _scale_norm(model, scaling.norm, scales)
    else:
        assert scaling.writer is not None and scaling.rows is not None
        factor = torch.ones(scaling.writer.out_features, dtype=torch.float64, device=scales.device)
        factor[scaling.rows.to(scales.device)] = 1 / scales
        writer = FusedLinear(model, scaling.writer)
        writer.scale_outputs(factor)
        writer.store()
    for linear in scaling.readers:
        reader = FusedLinear(model, linear)
        reader.scale_inputs(scales[scaling.columns.to(scales.device)])
        reader.store()
    for name in scaling.routers:
        weight = cast(torch.Tensor, dense_module(model, name).weight).detach()
        set_parameter(model, name, "weight", weight.double() * scales[scaling.columns.to(scales.device)])
    return scales


def _scale_norm(model: Model, name: str, scales: torch.Tensor) -> torch.Tensor:
    old = norm_factor(model, name)
    stored = model.stored_dtype(f"{name}.weight")
    set_norm_factor(model, name, old / scales)
    weight = cast(torch.Tensor, model.get(name).weight)
    set_parameter(model, name, "weight", weight.to(stored))
    new = norm_factor(model, name)
    scales = torch.where((old != 0) & (new != 0), old / new, scales)
    bias = getattr(model.get(name), "bias", None)
    if isinstance(bias, torch.Tensor):
        set_parameter(model, name, "bias", bias.detach().double() / scales)
    return scales


# -- what might be scaled ----------------------------------------------------------------------------------------------
def _candidates(
    anatomy: Anatomy, layer: Layer, groups: Mapping[str, Sequence[Linear]], routers: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[tuple[Scaling, ...]]]]:
    """Groups of linears that read one tensor, each with what may make it, the likeliest first; all experts of a layer
    together, since the same code runs them."""
    read = norms_read(layer) if anatomy.norm != "other" else {}
    norms = {group: name for group, name in read.items() if group in groups}
    shared = len(set(norms.values())) == 1 and len(norms) > 1  # attention and MLP side by side behind one norm
    if shared:
        readers = tuple(linear for group in norms for linear in groups[group])
        yield tuple(norms), [(_of_norm(readers, next(iter(norms.values()))),)]
    by_role = {linear.role: linear for linear in layer.linears}
    for group, linears in groups.items():
        if group not in ("attention", "mlp", "attention_output", "mlp_output"):
            continue  # of a part that only some layers have
        if group in ("attention", "mlp"):
            if not shared:
                yield (group,), [(_of_norm(tuple(linears), norms[group]),)] if group in norms else []
        elif group == "attention_output":
            yield (group,), [(candidate,) for candidate in _of_values(anatomy, tuple(linears), by_role)]
        else:
            yield (group,), [(candidate,) for candidate in _of_inner(tuple(linears), by_role)]
    yield from _before_experts(anatomy, layer, read.get("mlp"), routers)
    for kind in ("expert", "shared"):
        yield from _of_experts(layer, kind)


def _before_experts(
    anatomy: Anatomy, layer: Layer, norm: str | None, routers: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[tuple[Scaling, ...]]]]:
    """The input of all experts of a layer, of the shared one and of the routers: behind one norm. Where a router reads
    something else, without it."""
    roles = [f"{kind}_{role}" for kind in ("expert", "shared") for role in ("gate_up", "gate", "up")]
    readers = tuple(linear for linear in layer.linears if linear.role in roles)
    if not any(linear.role.startswith("expert") for linear in readers):
        return
    alternatives: list[tuple[Scaling, ...]] = []
    if norm is not None and len({linear.in_features for linear in readers}) == 1:
        alone = _of_norm(readers, norm)
        # 1 + w can't be divided to the bit, and what a router decides must not change
        alternatives += [(replace(alone, routers=routers),)] if routers and anatomy.norm != "rms_plus_one" else []
        alternatives.append((alone,))
    yield tuple(dict.fromkeys(linear.input_group for linear in readers)), alternatives


def _routers(model: Model, layer: Layer) -> tuple[str, ...]:
    """The modules of a layer with experts that may decide where a token goes: those with a weight of their own that are
    called so and are none of its linears."""
    linears = {linear.name for linear in layer.linears}
    if not any(linear.role.startswith("expert") for linear in layer.linears):
        return ()
    routers = []
    for name, module in model.get(layer.name).named_modules():
        weight = module._parameters.get("weight")
        full = f"{layer.name}.{name}"
        if full not in linears and ROUTERS.search(name) and weight is not None and weight.ndim == 2:
            routers.append(full)
    return tuple(routers)


def _of_norm(readers: tuple[Linear, ...], norm: str) -> Scaling:
    return Scaling(readers, torch.arange(readers[0].in_features), norm=norm)


def _of_values(anatomy: Anatomy, readers: tuple[Linear, ...], by_role: Mapping[Any, Linear]) -> Iterator[Scaling]:
    width = anatomy.head_dim
    if not anatomy.kv_heads or anatomy.heads * width != readers[0].in_features:
        return
    group = anatomy.heads // anatomy.kv_heads
    heads = torch.arange(anatomy.heads) // group
    columns = (heads[:, None] * width + torch.arange(width)).flatten()
    count = anatomy.kv_heads * width
    if "v" in by_role and by_role["v"].out_features == count:
        yield Scaling(readers, columns, writer=by_role["v"], rows=torch.arange(count))
    elif "qkv" in by_role:
        fused = by_role["qkv"]
        yield Scaling(readers, columns, writer=fused, rows=torch.arange(fused.out_features - count, fused.out_features))
        # the rows of each head of values behind those of the heads of queries and of keys that go with it
        starts = (torch.arange(anatomy.kv_heads) * (group + 2) + group + 1) * width
        yield Scaling(readers, columns, writer=fused, rows=(starts[:, None] + torch.arange(width)).flatten())


def _of_inner(readers: tuple[Linear, ...], by_role: Mapping[Any, Linear]) -> Iterator[Scaling]:
    inner = readers[0].in_features
    columns = torch.arange(inner)
    if "gate_up" in by_role:
        for start in (inner, 0):
            yield Scaling(readers, columns, writer=by_role["gate_up"], rows=columns + start)
    for role in ("up", "fc1"):
        if role in by_role and by_role[role].out_features == inner:
            yield Scaling(readers, columns, writer=by_role[role], rows=columns)


def _of_experts(layer: Layer, kind: str) -> Iterator[tuple[tuple[str, ...], list[tuple[Scaling, ...]]]]:
    """The inner values of every expert ("expert"), or of the shared one: made by its own up, read by its own down."""

    def expert(linear: Linear) -> str:
        module, _, leaf = linear.name.rpartition(".")
        return f"{module.rpartition('.')[0]}.{leaf}" if leaf.isdigit() else module

    readers = {expert(linear): linear for linear in layer.linears if linear.role == f"{kind}_down"}
    writers = {role: {expert(x): x for x in layer.linears if x.role == f"{kind}_{role}"} for role in ("gate_up", "up")}

    def alternative(role: str, half: int) -> tuple[Scaling, ...]:
        expert_scalings = []
        for name, reader in readers.items():
            inner = torch.arange(reader.in_features)
            writer = writers[role].get(name)
            if writer is not None and writer.out_features == len(inner) * (2 if role == "gate_up" else 1):
                expert_scalings.append(Scaling((reader,), inner, writer=writer, rows=inner + half * len(inner)))
        return tuple(expert_scalings)

    alternatives = [alternative("gate_up", 1), alternative("gate_up", 0), alternative("up", 0)]
    if readers:
        yield (
            tuple(reader.input_group for reader in readers.values()),
            [scalings_of_expert for scalings_of_expert in alternatives if scalings_of_expert],
        )


# -- whether it may be -------------------------------------------------------------------------------------------------
def _is_exact(model: Model, scaled: Sequence[Scaling], run: Callable[[], torch.Tensor], expected: torch.Tensor) -> bool:
    """True if the layer gives the same while these features are scaled by powers of two, which loses nothing."""
    generator = torch.Generator().manual_seed(0)
    with contextlib.ExitStack() as hooks:
        for scaling in scaled:
            powers = torch.randint(-3, 4, (scaling.count,), generator=generator)
            scales = torch.exp2(powers.double()).to(expected.device, torch.float32)
            hooks.enter_context(_scaled(model, scaling, scales))
        output = run()
    difference = (output.double() - expected.double()).norm()
    return bool(difference <= TOLERANCE * expected.double().norm())


@contextlib.contextmanager
def _scaled(model: Model, scaling: Scaling, scales: torch.Tensor) -> Iterator[None]:
    """While the block runs, what is written is divided, and what is read multiplied; no weight is touched."""
    factor = scales
    if scaling.writer is not None and scaling.rows is not None:
        factor = torch.ones(scaling.writer.out_features, device=scales.device)
        factor[scaling.rows.to(scales.device)] = scales
    read = scales[scaling.columns.to(scales.device)]

    def divide(_: nn.Module, __: Any, output: torch.Tensor) -> torch.Tensor:
        return output / factor.to(output.dtype)

    def multiply(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (inputs[0] * read.to(inputs[0].dtype), *inputs[1:])

    hooks = [model.get(scaling.source).register_forward_hook(divide)]
    reading = [*(linear.name for linear in scaling.readers), *scaling.routers]
    hooks += [model.get(name).register_forward_pre_hook(multiply) for name in reading]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
