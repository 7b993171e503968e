"""Scales and rotations that move between neighbors: out of a norm or the rows of one linear into the columns of the
linears that read it. All of it in float64, cast once to the dtype of what was there."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.base.errors import BadInput
from engine.models.layer import oriented
from engine.models.model import Model
from engine.modules import CompressedModule
from engine.numerics.rotation import rotate_input_side, rotate_output_side


class FusedLinear:
    """The weight (out, in) and the bias (out,) of a dense linear in float64, to be changed and stored.

    Raises `BadInput` for a compressed layer.
    """

    def __init__(self, model: Model, linear: Linear) -> None:
        self._model, self._linear = model, linear
        module = dense_module(model, linear.name)
        self.weight = oriented(cast(torch.Tensor, module.weight).detach().double(), linear)
        bias = cast("torch.Tensor | None", module.bias)
        self.bias = None if bias is None else bias.detach().double()

    def scale_inputs(self, factor: torch.Tensor) -> None:
        """W diag(f), f (in,): what it reads was divided by f."""
        self.weight = self.weight * factor.double()

    def divide_inputs(self, factor: torch.Tensor) -> None:
        """W diag(f)⁻¹, f (in,): what it reads was multiplied by f."""
        self.weight = self.weight / factor.double()

    def scale_outputs(self, factor: torch.Tensor) -> None:
        """diag(f) W and f ⊙ b, f (out,)."""
        self.weight = self.weight * factor.double()[:, None]
        self.bias = None if self.bias is None else self.bias * factor.double()

    def rotate_inputs(self, rotation: torch.Tensor) -> None:
        """W R (see `rotate_input_side`): what it reads was rotated."""
        self.weight = rotate_input_side(self.weight, rotation)

    def rotate_outputs(self, rotation: torch.Tensor) -> None:
        """RᵀW and Rᵀb (see `rotate_output_side`)."""
        self.weight = rotate_output_side(self.weight, rotation)
        self.bias = None if self.bias is None else rotate_output_side(self.bias, rotation)

    def store(self) -> None:
        """Put both in place, in the dtypes that were there."""
        name = self._linear.name
        set_parameter(self._model, name, "weight", oriented(self.weight, self._linear))
        if self.bias is not None:
            set_parameter(self._model, name, "bias", self.bias)


def dense_module(model: Model, name: str) -> nn.Module:
    """The module with this name. Raises `BadInput` if it is a compressed one."""
    module = model.get(name)
    if isinstance(module, CompressedModule):
        raise BadInput(
            "A compressed layer can't be rotated or scaled",
            where=name,
            why=f"it is of the kind '{module.KIND}'",
            advice="put this block before the one that compresses",
        )
    return module


def set_parameter(model: Model, name: str, leaf: str, tensor: torch.Tensor) -> None:
    """Put a tensor in the place of a dense parameter, in the dtype of that."""
    module = model.get(name)
    old = cast(torch.Tensor, getattr(module, leaf))
    setattr(module, leaf, nn.Parameter(tensor.to(old.dtype).contiguous(), requires_grad=False))


# -- norms -------------------------------------------------------------------------------------------------------------
def norm_factor(model: Model, name: str) -> torch.Tensor:
    """The factor of a norm, float64 (features,): its weight, or 1 + weight as in Gemma."""
    weight = cast(torch.Tensor, dense_module(model, name).weight).detach().double()
    return weight + 1 if model.anatomy.norm == "rms_plus_one" else weight


def set_norm_factor(model: Model, name: str, factor: torch.Tensor) -> None:
    """Let a norm multiply by ``factor``."""
    set_parameter(model, name, "weight", factor - 1 if model.anatomy.norm == "rms_plus_one" else factor)


def norms_read(layer: Layer) -> dict[str, str]:
    """The norms whose outputs the linears of a layer read, by the `input_group` of these."""
    first = layer.norms.get("input")
    second = layer.norms.get("pre_feedforward") or (layer.norms.get("post_attention") if first else None) or first
    return {group: name for group, name in (("attention", first), ("mlp", second)) if name is not None}


def fuse_norms(model: Model, layer: Layer) -> None:
    """Move the weights of the norms that `norms_read` names into the linears that read them; ones stay."""
    norms = norms_read(layer)
    factors = {name: norm_factor(model, name) for name in set(norms.values())}
    for linear in layer.linears:
        if linear.input_group in norms:
            fused = FusedLinear(model, linear)
            fused.scale_inputs(factors[norms[linear.input_group]])
            fused.store()
    for name, factor in factors.items():
        set_norm_factor(model, name, torch.ones_like(factor))


# -- heads -------------------------------------------------------------------------------------------------------------
def by_query_head(anatomy: Anatomy, values: torch.Tensor) -> torch.Tensor:
    """Something of every head of keys and values (kv_heads, …), for every head of queries that reads it (heads, …)."""
    return values.repeat_interleave(anatomy.heads // anatomy.kv_heads, 0)
