"""Rotations and scales merged into the weights of a loaded part, in float64, cast once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch

from engine.architecture.anatomy import Layer, Linear
from engine.methods.quantization.spinquant.plan import LayerBlueprint, site_of
from engine.methods.quantization.spinquant.rotations import Rotations
from engine.models.fusing import (
    FusedLinear,
    by_query_head,
    dense_module,
    norm_factor,
    norms_read,
    set_norm_factor,
    set_parameter,
)
from engine.models.layer import LinearLayer, oriented, replace
from engine.models.model import Model, Part
from engine.modules import CompressedModule
from engine.numerics.quantization.scheme import Quantized
from engine.numerics.rotation import rotate_rows


@dataclass
class Folding:
    """Rotates a model part by part, and builds the modules around its weights."""

    model: Model
    blueprint: LayerBlueprint
    rotations: Rotations

    def part(self, part: Part) -> None:
        """Merge everything that concerns a loaded part, and put the online transforms of its attention in place."""
        anatomy = self.model.anatomy
        r1 = self.rotations.r1
        for layer in anatomy.layers:
            if part.owns(layer.name):
                self._layer(layer)
        if r1 is None:
            return
        for name in anatomy.embeddings:
            if part.owns(name):
                set_parameter(self.model, name, "weight", rotate_rows(self._weight(name), r1))
        assert anatomy.head is not None and anatomy.final_norm is not None
        if part.owns(anatomy.head):
            norm = norm_factor(self.model, anatomy.final_norm)
            head = rotate_rows(self._weight(anatomy.head), r1, norm)
            set_parameter(self.model, anatomy.head, "weight", head)
            set_norm_factor(self.model, anatomy.final_norm, torch.ones_like(norm))

    def wrap_unquantized(self, part: Part) -> None:
        """Put in place the modules around weights that stay in 16 bits, ignored layers included."""
        scheme = self.blueprint.scheme
        for linear in part.linears:
            if linear.layer is not None and (scheme is None or linear.name not in self.blueprint.targets):
                stored = self.model.stored_dtype(f"{linear.name}.weight")
                self.replace(linear, self.weight(linear).to(stored))

    def replace(self, linear: Linear, weight: torch.Tensor | Quantized) -> CompressedModule | None:
        """Replace a linear by the module around this quantized or dense weight, which is returned; None if it stays an
        ordinary one."""
        layer = LinearLayer(self.model, linear)
        module = self.blueprint.around(linear, weight, layer.bias)
        if module is not None:
            layer.replace(module)
        return module

    def weight(self, linear: Linear) -> torch.Tensor:
        """(out, in)."""
        return oriented(self._weight(linear.name), linear)

    def _weight(self, name: str) -> torch.Tensor:
        return cast(torch.Tensor, dense_module(self.model, name).weight).detach()

    # -- inside ------------------------------------------------------------------------------------------------------
    def _layer(self, layer: Layer) -> None:
        r1, index = self.rotations.r1, layer.index
        scales, ups = self.rotations.norms, self.rotations.ups
        read = norms_read(layer)
        slots = {read.get("mlp"): 1, read.get("attention"): 0}  # one norm for both has the first
        norms = {name: norm_factor(self.model, name) for name in set(read.values()) if r1 is not None}
        for linear in layer.linears:
            fused = FusedLinear(self.model, linear)
            site, norm = site_of(linear), read.get(linear.input_group)
            if r1 is not None and norm is not None:
                fused.scale_inputs(norms[norm])
                fused.rotate_inputs(r1)
                if scales is not None:
                    fused.divide_inputs(scales[index, slots[norm]])
            if linear.role == "v" and self.rotations.r2 is not None:
                fused.rotate_outputs(self.rotations.r2[index])
            if linear.role == "up" and ups is not None:
                fused.scale_outputs(ups[index])
            if site in ("o", "down") and r1 is not None:
                fused.rotate_outputs(r1)
            if site == "o" and self.rotations.r2 is not None:
                fused.rotate_inputs(by_query_head(self.model.anatomy, self.rotations.r2[index]))
            if site == "down" and ups is not None:
                fused.divide_inputs(ups[index])
            if self.blueprint.rotates(linear):
                fused.weight = self.blueprint.transform(linear).apply(fused.weight)
            fused.store()
        for name, factor in norms.items():
            scale = torch.ones_like(factor) if scales is None else scales[index, slots[name]].double()
            set_norm_factor(self.model, name, scale)
        online = self.blueprint.online(layer)
        if online is not None:
            replace(self.model, *online)
