"""In what order the linears of a layer run, and which of them read the same tensor: found by running it once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from engine.architecture.anatomy import Layer, Linear
from engine.models.model import Model
from engine.models.stage import Stage

GATHERED_BYTES = 2e9
"""So much memory the Gram matrices of experts take that are gathered in one pass over a layer."""
FEW_TOKENS = 256
"""An expert that fewer tokens have reached is calibrated on little."""
Group = tuple[Linear, ...]


def is_expert(linear: Linear) -> bool:
    """True if a linear gets only the tokens that a router sends to it."""
    return linear.role.startswith("expert")


def observed(model: Model, layer: Layer, run: Callable[[], object]) -> tuple[list[list[Group]], frozenset[str]]:
    """The linears of a layer in steps, each of input groups that can be gathered in one pass: a group of linears that
    read the same, or all experts side by side, as far as their statistics fit in memory. ``run`` runs the layer. Also
    the names of those, not of experts, that it calls several times: LongT5's keys and values read the hidden states,
    and means of blocks of them."""
    inputs: dict[str, list[torch.Tensor]] = {}

    def keep(linear: Linear, x: torch.Tensor) -> None:
        inputs.setdefault(linear.name, []).append(x)

    with listening(model, layer.linears, keep):
        run()
    read: list[torch.Tensor] = []
    groups: dict[object, list[Linear]] = {}
    steps: dict[object, list[object]] = {}
    order = {name: number for number, name in enumerate(inputs)}
    for linear in sorted(layer.linears, key=lambda x: order.get(x.name, len(order))):
        seen = [(_address(x, read), x.numel()) for x in inputs.get(linear.name, ())]
        key: object = (*seen, linear.in_features) if seen else linear.name
        step = re.sub(r"\.\d+(?=\.|$)", ".*", linear.name.removeprefix(layer.name)) if is_expert(linear) else key
        if key not in groups:
            steps.setdefault(step, []).append(key)
        groups.setdefault(key, []).append(linear)
    pieces = [piece for keys in steps.values() for piece in _pieces([tuple(groups[key]) for key in keys])]
    several = (x.name for x in layer.linears if len(inputs.get(x.name, ())) > 1 and not is_expert(x))
    return pieces, frozenset(several)


def together(inputs: Sequence[torch.Tensor]) -> torch.Tensor:
    """Inputs of a linear in one pass over its layer, as one tensor (…, features)."""
    return inputs[0] if len(inputs) == 1 else torch.cat([x.reshape(-1, x.shape[-1]) for x in inputs])


def _address(x: torch.Tensor, read: list[torch.Tensor]) -> int:
    """Address of a tensor; on devices without addresses, a number for equal tensors among those that were ``read``."""
    if pointer := x.data_ptr():
        return pointer
    for number, other in enumerate(read):
        if other.shape == x.shape and torch.equal(other, x):
            return -1 - number
    read.append(x)
    return -len(read)


def _pieces(groups: list[Group]) -> Iterator[list[Group]]:
    if not is_expert(groups[0][0]):
        yield from ([group] for group in groups)
        return
    count = max(1, int(GATHERED_BYTES // (4 * groups[0][0].in_features ** 2)))
    for start in range(0, len(groups), count):
        yield groups[start : start + count]


@contextmanager
def listening(
    model: Model, linears: Sequence[Linear], on_input: Callable[[Linear, torch.Tensor], None]
) -> Iterator[None]:
    """While the block runs, ``on_input`` gets what reaches each of these linears."""

    def hook(linear: Linear) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
        def listen(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            on_input(linear, arguments[0].detach())

        return listen

    handles = [model.get(linear.name).register_forward_pre_hook(hook(linear)) for linear in linears]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def routed(x: torch.Tensor) -> torch.Tensor:
    """The tokens (tokens, features) that reach an expert: some networks send zeros in the place of the others."""
    x = x.reshape(-1, x.shape[-1])
    return x[(x != 0).any(-1)]


def report_expert_coverage(
    stage: Stage,
    reached: dict[str, int],
    samples: int,
    what: str = "layers of experts",
    unreached: str = "which are worked on without data",
) -> None:
    """Draw how many tokens have reached each expert, and warn of those that got few or none. ``reached``: by linear, or
    ``what`` else is named; ``samples``: of the calibration; ``unreached``: what becomes of those that got none."""
    counts: dict[str, list[int]] = {}
    for name, count in reached.items():
        counts.setdefault(name.rpartition(".")[0], []).append(count)
    if not counts:
        return
    widest = max(map(len, counts.values()))
    rows = [[float(n) for n in row] + [math.nan] * (widest - len(row)) for row in counts.values()]
    stage.grid(
        "Tokens per expert",
        "Tokens",
        rows,
        row_title="Layer",
        column_title="Expert",
        rows=list(counts),
        low=0.0,
    )
    never = [name for name, count in reached.items() if not count]
    few = [count for count in reached.values() if 0 < count < FEW_TOKENS]
    stage.detail("experts", {"linears": len(reached), "never reached": never, "fewest tokens": min(reached.values())})
    if never:
        named = ", ".join(never[:8]) + (f" and {len(never) - 8} more" if len(never) > 8 else "")
        message = f"No calibration token reached {len(never)} of {len(reached)} {what}, {unreached}: {named}"
        stage.log(f"{message}. More or other text may reach them", "warning")
    if few:
        needed = math.ceil(samples * FEW_TOKENS / min(few))
        stage.log(f"{len(few)} of {len(reached)} {what} got fewer than {FEW_TOKENS} calibration tokens, one "
                  f"{min(few)}: about {needed} samples like these would do", "warning")  # fmt: skip
