"""Quantized layers in training: the codes are held fast, their scales learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from engine.models.modules.quantized import QuantizedLinear


class QuantizedTraining(nn.Module):
    """A quantized layer whose scales and bias are trained (Kim et al. 2023, arXiv 2305.14152, equation 3).

    The scales learn by their logarithm, so that they stay positive and a step changes all of them by the same share,
    whatever their size. growth: float32, in the shape of the scales: what is added to their logarithm.
    """

    reads_dense = True
    """The dense weight of ``layer`` may be held in memory."""
    bias: nn.Parameter | None

    def __init__(self, layer: QuantizedLinear) -> None:
        super().__init__()
        self.layer = layer
        self.growth = nn.Parameter(torch.zeros(layer.scales.shape, device=layer.scales.device))
        self.register_parameter("bias", None if layer.bias is None else nn.Parameter(layer.bias.float()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        layer = self.layer
        if layer.activations is not None:
            x = layer.activations.rounded(x)
        weight = layer.weight_for(x)
        weight = weight.t() if layer.transposed else weight
        if self.growth.requires_grad:
            groups = weight.reshape(layer.outputs, self.growth.shape[1], -1)
            weight = (groups * self.growth.exp().to(weight).unsqueeze(-1)).view(layer.outputs, layer.inputs)
        return F.linear(x, weight, None if self.bias is None else self.bias.to(x))

    def compressed(self) -> QuantizedLinear:
        """The layer with its new scales and bias, in the dtypes that they were stored in."""
        layer = self.layer
        layer.hold_dense(None)
        layer.scales = (layer.scales.float() * self.growth.detach().exp()).to(layer.scales.dtype)
        if self.bias is not None and layer.bias is not None:
            layer.bias = self.bias.detach().to(layer.bias.dtype)
        return layer
