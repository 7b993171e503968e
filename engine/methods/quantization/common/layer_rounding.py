"""What methods that quantize layers in a calibration share: which, how, and what takes their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast

import torch

from engine.architecture.anatomy import Linear
from engine.base.errors import BadInput
from engine.methods.quantization.common import rounding
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.shared.layers import layers_only
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.packed import PackedLinear, packed_linear
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme


class WeightsWanted(Protocol):
    """Settings that name a format."""

    def nearest(self) -> RoundingSettings:
        """Format, ranges and layers."""


W = TypeVar("W", bound=WeightsWanted)


@dataclass
class LayerRounding(Generic[W]):
    """Weights out of the layers of a model, and quantized ones into their places."""

    model: Model
    settings: W
    stage: Stage

    def __post_init__(self) -> None:
        self.nearest = self.settings.nearest()
        self.targets = rounding.targets(layers_only(self.model.anatomy), self.nearest)

    def scheme(self, linear: Linear) -> Scheme:
        """How the weight of a layer is written."""
        scheme = rounding.scheme_for(linear, self.nearest)
        assert scheme is not None
        return scheme

    def clip(self, linear: Linear) -> Clip:
        """How its ranges are chosen."""
        return rounding.clip_of(self.nearest.for_layer(linear))

    def weight(self, linear: Linear) -> torch.Tensor:
        """The weight of a layer in work, (out, in) float32."""
        module = self.model.get(linear.name)
        if isinstance(module, CompressedModule):
            weight = module.dense_weight()
        else:
            weight = cast(torch.Tensor, module.weight).detach()
        if (weight.t() if linear.transposed else weight).shape != (linear.out_features, linear.in_features):
            raise BadInput("A layer has another shape than it was recognized with", where=linear.name)
        return (weight.t() if linear.transposed else weight).float()

    def put(self, linear: Linear, quantized: Quantized) -> PackedLinear:
        """Put the quantized weight in its place; returns what holds it."""
        old = self.model.get(linear.name)
        bias = cast("torch.Tensor | None", old.bias)
        made = packed_linear(
            self.scheme(linear), linear.out_features, linear.in_features, bias=bias, transposed=linear.transposed
        )
        made.set_quantized(quantized)
        made.cache_dense_weight(torch.float32)
        self.model.replace(linear.name, made)
        return made
