"""Decisions of a layer's routers: the experts of each token, and their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from engine.architecture.experts import ExpertLinears
from engine.models.model import Model


@dataclass(frozen=True)
class Routed:
    """One batch at the experts of a layer.

    hidden: (tokens, features). chosen: (tokens, k) int64, numbers of experts. weights: (tokens, k), what the output of
    each is multiplied with.
    """

    hidden: torch.Tensor
    chosen: torch.Tensor
    weights: torch.Tensor

    def of(self, expert: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The numbers of the tokens (n,) that reach an expert and its weights for them (n,), in the order in which
        networks hand them to it: by place among a token's experts, then by token."""
        rank, token = torch.where(self.chosen.t() == expert)
        return token, self.weights[token, rank]

    @classmethod
    def found_in(cls, arguments: Sequence[Any]) -> Routed | None:
        """From what a module of experts is called with; None where the router's choice is not among that (Llama 4 hands
        every expert all tokens, zeros for those that it does not get)."""
        tensors = [x for x in arguments if isinstance(x, torch.Tensor)]
        chosen = next((x for x in tensors if not x.is_floating_point() and x.ndim == 2), None)
        if chosen is None:
            return None
        floats = [x for x in tensors if x.is_floating_point() and len(x) == len(chosen)]
        weights = next((x for x in floats[1:] if x.shape == chosen.shape), None)
        return None if weights is None else cls(floats[0].detach(), chosen.detach(), weights.detach())


def experts_in(model: Model, layer: str) -> dict[str, int]:
    """The modules below a layer that hold tensors of experts, and how many experts each has."""
    counts: dict[str, int] = {}
    for name, module in model.get(layer).named_modules(prefix=layer):
        if isinstance(module, ExpertLinears):
            counts[name.rpartition(".")[0]] = len(module)
    return counts


@contextmanager
def routing(model: Model, modules: Sequence[str], on_routed: Callable[[str, Routed | None], None]) -> Iterator[None]:
    """While the block runs, ``on_routed`` gets what each of these modules of experts is called with, before it runs;
    None where the router's choice is not among that."""

    def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        def listen(_: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
            on_routed(name, Routed.found_in((*arguments, *keywords.values())))

        return listen

    handles = [model.get(name).register_forward_pre_hook(hook(name), with_kwargs=True) for name in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def router_weights(decided: Mapping[str, Routed | None], linear: str, tokens: int) -> torch.Tensor | None:
    """The weights (tokens,) of what reaches one expert's linear, by the module of experts; None where they are not
    known, or already in what reaches it (Llama 4)."""
    tensor, _, number = linear.rpartition(".")
    routed = decided.get(tensor.rpartition(".")[0])
    if routed is None or not number.isdigit():
        return None
    weights = routed.of(int(number))[1]
    return weights if len(weights) == tokens else None


def output_of(module: nn.Module, expert: int, hidden: torch.Tensor) -> torch.Tensor:
    """Output of one expert for tokens (n, features), without its router weight, by the network's own code."""
    chosen = torch.full((len(hidden), 1), expert, dtype=torch.int64, device=hidden.device)
    weights = torch.ones(len(hidden), 1, dtype=hidden.dtype, device=hidden.device)
    forward: Any = type(module).forward
    with torch.no_grad():
        output: torch.Tensor = forward(module, hidden, chosen, weights)
    return output
