"""Base of methods that quantize layers in a calibration: target layers, their formats, and their replacement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch

from engine.architecture.anatomy import Layer, Linear
from engine.base.errors import BadInput
from engine.methods.quantization.common import rounding
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.shared.layers import layers_only
from engine.models.layer import LinearLayer, dense_linear
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.low_rank import LowRankLinear
from engine.modules.packed import PackedLinear
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme


class HasWeightFormat(Protocol):
    """Settings with a format of weights."""

    def nearest(self) -> RoundingSettings:
        """Format, ranges and layers."""


W = TypeVar("W", bound=HasWeightFormat)


@dataclass
class LayerRounding(Generic[W]):
    """Reads the weights of a model's layers and replaces them by quantized ones."""

    model: Model
    settings: W
    stage: Stage

    def __post_init__(self) -> None:
        self.nearest = self.settings.nearest()
        self.targets = rounding.targets(layers_only(self.model.anatomy), self.nearest)

    def scheme(self, linear: Linear) -> Scheme:
        """Scheme of the weight of a layer."""
        scheme = rounding.scheme_for(linear, self.nearest)
        assert scheme is not None
        return scheme

    def clip(self, linear: Linear) -> Clip:
        """Choice of ranges of a layer."""
        return rounding.clip_of(self.nearest.for_layer(linear))

    def layer(self, linear: Linear) -> LinearLayer:
        """The layer of the model that this describes."""
        return LinearLayer(self.model, linear)

    def weight(self, linear: Linear) -> torch.Tensor:
        """The weight of a layer in work, (out, in) float32. BadInput for a shape that is not the recognized one."""
        weight = self.layer(linear).weight
        if weight.shape != (linear.out_features, linear.in_features):
            raise BadInput("A layer has another shape than it was recognized with", where=linear.name)
        return weight.float()

    def replace(self, linear: Linear, quantized: Quantized) -> PackedLinear:
        """Replace a layer by one with this quantized weight, which is returned."""
        layer = self.layer(linear)
        module = layer.packed(self.scheme(linear), quantized)
        module.cache_dense_weight(torch.float32)
        layer.replace(module)
        return module

    def is_factorized(self, linear: Linear) -> bool:
        """True for a product of two factors."""
        return isinstance(self.layer(linear).module, LowRankLinear)

    def densify(self, linears: Sequence[Linear]) -> None:
        """Put dense layers in the places of pruned ones: their weights are about to change."""
        for linear in linears:
            layer = self.layer(linear)
            if isinstance(layer.module, CompressedModule) and not self.is_factorized(linear):
                bias = None if layer.bias is None else layer.bias.float()
                layer.replace(dense_linear(linear, self.weight(linear), bias))

    def fixed(self, layer: Layer) -> dict[str, str]:
        """Linears of a decoder layer that may not be scaled, and why."""
        reasons = {linear.name: "is left alone" for linear in layer.linears if linear.name not in self.targets}
        return reasons | {linear.name: "is factorized" for linear in layer.linears if self.is_factorized(linear)}
