"""A norm of a quantized model while the model is refined: its weight learns too, and takes no byte more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy
from engine.models.fusing import norm_factor
from engine.models.model import Model
from engine.numerics.straight_through import as_stored


class RefinedNorm(nn.Module):
    """The norm with the weight w + r · f, rounded on the way as it is stored. f: the factor of its outputs, which is w,
    or 1 + w as in Gemma; so r is a share of it, as for the scales of layers. The r learn.

    factor: float32 (features,). dtype: in which the weight is stored.
    """

    def __init__(self, norm: nn.Module, factor: torch.Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self.norm = norm
        self.dtype = dtype
        self.register_buffer("factor", factor.float(), persistent=False)
        self.factor: torch.Tensor
        self.growth = nn.Parameter(torch.zeros_like(self.factor))

    def weight_now(self) -> torch.Tensor:
        """The weight, float32 (features,); gradients pass to what learns."""
        weight = self.norm.weight
        assert isinstance(weight, torch.Tensor)
        return as_stored(weight.float() + self.growth * self.factor, self.dtype)

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """As the norm."""
        return torch.func.functional_call(self.norm, {"weight": self.weight_now()}, inputs, options)

    @torch.no_grad()
    def forget(self) -> None:
        """Undo what was learned."""
        self.growth.zero_()

    @torch.no_grad()
    def compressed(self) -> nn.Module:
        """The norm with the weight of now."""
        self.norm.register_parameter("weight", nn.Parameter(self.weight_now(), requires_grad=False))
        return self.norm


def norms_beside(anatomy: Anatomy, linears: Collection[str]) -> list[str]:
    """The norms of the layers that have some of these linears, and the last one, by name."""
    layers = (layer for layer in anatomy.layers if any(linear.name in linears for linear in layer.linears))
    inside = [name for layer in layers for name in layer.norms.values()]
    return [*inside, *([anatomy.final_norm] if anatomy.final_norm else [])]


def replace_norms(model: Model, linears: Collection[str]) -> None:
    """Let the norms beside ``linears`` learn, in a loaded model; those without a weight stay."""
    for name in norms_beside(model.anatomy, linears):
        norm = model.get(name)
        if isinstance(norm._parameters.get("weight"), nn.Parameter):
            dtype = model.stored_dtype(f"{name}.weight")
            model.replace(name, RefinedNorm(norm, norm_factor(model, name), dtype))


def refined_norms(network: nn.Module) -> Mapping[str, RefinedNorm]:
    """The norms of a network that learn, by name."""
    return {name: module for name, module in network.named_modules() if isinstance(module, RefinedNorm)}
