"""Rotations and scales merged into the weights of a loaded part, in float64, cast once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from engine.contracts.errors import BadInput
from engine.methods.quantization.spinquant.plan import Shape, site_of
from engine.methods.quantization.spinquant.rotations import Rotations
from engine.models.anatomy import Layer, Linear
from engine.models.model import Model, Part
from engine.models.modules import CompressedModule
from engine.numerics.hadamard import hadamard
from engine.numerics.rotation import reading, writing


@dataclass
class Folding:
    """Rotates a model part by part, and builds what stands around its weights."""

    model: Model
    shape: Shape
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
                self._set(name, "weight", reading(self._get(name), r1))
        assert anatomy.head is not None and anatomy.final_norm is not None
        if part.owns(anatomy.head):
            norm = self._norm(anatomy.final_norm)
            self._set(anatomy.head, "weight", reading(self._get(anatomy.head).double() * norm, r1))
            self._set_norm(anatomy.final_norm, torch.ones_like(norm))

    def leave(self, part: Part) -> None:
        """Put in place what stands around weights that stay in 16 bits, those that are left alone among them."""
        scheme = self.shape.scheme
        for linear in part.linears:
            if linear.layer is not None and (scheme is None or linear.name not in self.shape.targets):
                stored = self.model.stored_dtype(f"{linear.name}.weight")
                self.put(linear, self.weight(linear).to(stored))

    def put(self, linear: Linear, weight: object) -> CompressedModule | None:
        """Put a quantized or dense weight, with what stands around it, in the place of a linear; returns the compressed
        module that is there then."""
        bias = cast("torch.Tensor | None", self.model.get(linear.name).bias)
        made = self.shape.around(linear, weight, bias)  # type: ignore[arg-type]
        if made is not None:
            self.model.replace(linear.name, made)
        return made

    def weight(self, linear: Linear) -> torch.Tensor:
        """(out, in)."""
        weight = self._get(linear.name)
        return weight.t() if linear.transposed else weight

    # -- inside ------------------------------------------------------------------------------------------------------
    def _layer(self, layer: Layer) -> None:
        r1, index = self.rotations.r1, layer.index
        norms, ups = self.rotations.norms, self.rotations.ups
        before = {"qkv": layer.norms.get("input"), "mlp": layer.norms.get("post_attention", layer.norms.get("input"))}
        slots = {before["mlp"]: 1, before["qkv"]: 0}  # one norm for both has the first
        weights = {name: self._norm(name) for name in set(before.values()) if name is not None and r1 is not None}
        for linear in layer.linears:
            weight = self.weight(linear).double()
            bias = cast("torch.Tensor | None", self.model.get(linear.name).bias)
            site = site_of(linear)
            if r1 is not None and site in before:
                weight = reading(weight * weights[str(before[site])], r1)
                if norms is not None:
                    weight = weight / norms[index, slots[before[site]]].double()
            if linear.role == "v" and self.rotations.r2 is not None:
                weight, bias = self._written(weight, bias, self.rotations.r2[index])
            if linear.role == "up" and ups is not None:
                weight = weight * ups[index].double()[:, None]
                bias = None if bias is None else bias.double() * ups[index].double()
            if site in ("o", "down") and r1 is not None:
                weight, bias = self._written(weight, bias, r1)
            if site == "o" and self.rotations.r2 is not None:
                weight = reading(weight, self._by_head(index))
            if site == "down" and ups is not None:
                weight = weight / ups[index].double()
            if self.shape.rotates(linear):
                weight = hadamard(linear.inputs).apply(weight)
            self._set(linear.name, "weight", weight.t() if linear.transposed else weight)
            if bias is not None:
                self._set(linear.name, "bias", bias)
        for name, weight in weights.items():
            self._set_norm(name, torch.ones_like(weight) if norms is None else norms[index, slots[name]].double())
        online = self.shape.online(layer)
        if online is not None:
            name, module = online
            self.model.replace(name, module)
            module.connect(self.model.module)

    def _written(
        self, weight: torch.Tensor, bias: torch.Tensor | None, rotation: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        return writing(weight, rotation), None if bias is None else writing(bias, rotation)

    def _by_head(self, layer: int) -> torch.Tensor:
        """R2 of every head of queries: that of the head of values that it reads."""
        anatomy = self.model.anatomy
        assert self.rotations.r2 is not None
        return self.rotations.r2[layer].repeat_interleave(anatomy.heads // anatomy.kv_heads, 0)

    def _norm(self, name: str) -> torch.Tensor:
        """What a norm multiplies by, float64."""
        weight = self._get(name).double()
        return weight + 1 if self.model.anatomy.norm == "rms_plus_one" else weight

    def _set_norm(self, name: str, factor: torch.Tensor) -> None:
        self._set(name, "weight", factor - 1 if self.model.anatomy.norm == "rms_plus_one" else factor)

    def _get(self, name: str) -> torch.Tensor:
        module = self.model.get(name)
        if isinstance(module, CompressedModule):
            raise BadInput(
                "A compressed layer can't be rotated",
                where=name,
                why=f"it is of the kind '{module.KIND}'",
                advice="put this block before the one that compresses",
            )
        return cast(torch.Tensor, module.weight).detach()

    def _set(self, name: str, leaf: str, tensor: torch.Tensor) -> None:
        module = self.model.get(name)
        old = cast(torch.Tensor, getattr(module, leaf))
        setattr(module, leaf, nn.Parameter(tensor.to(old.dtype).contiguous(), requires_grad=False))
