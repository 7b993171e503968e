"""Quantized layers: packed codes, scales and zero points in the place of a weight; in training the scales learn."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, ClassVar

import torch
from torch import nn
from torch.nn import functional as F

from engine.modules.base import CompressedLinear, CompressedModule
from engine.numerics.exponents import e8m0_codes, e8m0_values
from engine.numerics.quantization import packing
from engine.numerics.quantization.activations import (
    fake_quantize,
    fake_quantize_floats,
    soft_quantize,
    soft_quantize_floats,
)
from engine.numerics.quantization.codes import from_unsigned, to_unsigned
from engine.numerics.quantization.packed_products import ROWS, PackedProduct, packed_product
from engine.numerics.quantization.quantize import dequantize
from engine.numerics.quantization.ranges import is_short
from engine.numerics.quantization.scheme import Quantized, Scheme


@dataclasses.dataclass(frozen=True)
class Activations:
    """The rounding of the input of a layer: to ``bits``-bit integers, one scale a token, or for every
    ``group`` features of a token. ``clip``: the share of the range that is used.

    format: "int"; or short floats (see `engine.numerics.quantization.activations.fake_quantize_floats`), whose
    ``scale`` is the one that was fixed beforehand, 0 where there is none."""

    bits: int
    symmetric: bool = True
    clip: float = 1.0
    group: int = 0
    format: str = "int"
    scale: float = 0.0

    def rounded(self, x: torch.Tensor) -> torch.Tensor:
        """(…, features) as rounded. Gradients pass straight through the rounding, and through the range of integers."""
        passes_gradients = x.requires_grad and torch.is_grad_enabled()
        if self.format != "int":
            round_floats = soft_quantize_floats if passes_gradients else fake_quantize_floats
            return round_floats(x, self.format, self.scale)
        if not passes_gradients:
            return fake_quantize(x, self.bits, self.symmetric, self.clip, self.group)
        clip = torch.full((), self.clip, device=x.device)
        return soft_quantize(x, self.bits, self.symmetric, clip, self.group)


def packed_layout(
    scheme: Scheme, out_features: int, in_features: int
) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Dtype and shape of the packed tensors of an (outputs, inputs) weight: what it will take on disk. Scales that are
    powers of two (E8M0) are bytes: the exponent plus 127."""
    number = scheme.number
    rows, columns = scheme.scale_shape(out_features, in_features)
    codes = (
        (number.code_dtype, in_features) if number.kind == "float" else (torch.uint8, _width(in_features, number.bits))
    )
    dtype = torch.uint8 if scheme.scale_dtype == "float8_e8m0fnu" else scheme.stored_scale
    layout: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {
        "codes": (codes[0], (out_features, codes[1])),
        "scales": (dtype, (rows, columns)),
    }
    if number.tensor_scale:
        layout["tensor_scale"] = (torch.float32, (1,))
    if not scheme.symmetric:
        is_float = scheme.zero_point == "float"
        layout["zero_points"] = (
            (scheme.stored_scale, (rows, columns)) if is_float else (torch.uint8, (rows, _width(columns, number.bits)))
        )
    return layout


_width = packing.packed_width


class QuantizedWeight(CompressedModule):
    """A weight (out, in) as codes (out, packed), scales (rows, columns) and, asymmetric, packed zero points, or minima
    in the shape and dtype of the scales. NVFP4 has a ``tensor_scale`` (1,), the unit of its scales."""

    codes: torch.Tensor
    scales: torch.Tensor
    zero_points: torch.Tensor | None
    tensor_scale: torch.Tensor | None

    def __init__(self, scheme: Scheme, out_features: int, in_features: int) -> None:
        super().__init__()
        self.scheme = scheme
        self.out_features = out_features
        self.in_features = in_features
        layout = packed_layout(scheme, out_features, in_features)
        for name in ("codes", "scales", "zero_points", "tensor_scale"):
            dtype, shape = layout.get(name, (None, None))
            empty = None if shape is None else torch.empty(shape, dtype=dtype, device="meta")
            self.register_buffer(name, empty)

    def set_quantized(self, quantized: Quantized) -> None:
        """Take over a quantized weight: its codes are packed, nothing is rounded again."""
        self.codes = self._packed(quantized.codes)
        self.tensor_scale = None if quantized.tensor_scale is None else quantized.tensor_scale.clone().view(1)
        self.scales = stored_scales(quantized, self.scheme)
        zeros = quantized.zero_points
        self.zero_points = zeros if zeros is None or zeros.is_floating_point() else self._packed(zeros)

    def quantized(self, rows: torch.Tensor | None = None) -> Quantized:
        """The unpacked weight, or some rows of it."""
        codes, scales, zeros = self.codes, self.scales, self.zero_points
        if rows is not None:
            codes = _selected(codes, rows)
            if len(scales) > 1:
                scales = _selected(scales, rows)
                zeros = None if zeros is None else zeros.index_select(0, rows)
        return Quantized(
            self._unpacked(codes, self.in_features),
            restored_scales(scales, self.tensor_scale, self.scheme),
            zeros if zeros is None or zeros.is_floating_point() else self._unpacked(zeros, scales.shape[1]),
            None if self.tensor_scale is None else self.tensor_scale.view(()),
        )

    def matrix(self, rows: torch.Tensor | None = None) -> torch.Tensor:
        """The weight, or some rows of it, as float32 (out, in)."""
        return dequantize(self.quantized(rows), self.scheme)

    def weight_spec(self) -> dict[str, Any]:
        """The scheme."""
        return {"scheme": dataclasses.asdict(self.scheme)}

    @classmethod
    def weight_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """The scheme."""
        return {"scheme": Scheme(**spec["scheme"])}

    def extra_repr(self) -> str:
        return f"{self.out_features}, {self.in_features}, {self.scheme.format}, {self.scheme.granularity}"

    def _packed(self, codes: torch.Tensor) -> torch.Tensor:
        number = self.scheme.number
        return codes if number.kind == "float" else packing.pack(to_unsigned(codes, number), number.bits)

    def _unpacked(self, packed: torch.Tensor, columns: int) -> torch.Tensor:
        number = self.scheme.number
        if number.kind == "float":
            return packed
        return from_unsigned(packing.unpack(packed, number.bits, columns), number)


def stored_scales(quantized: Quantized, scheme: Scheme) -> torch.Tensor:
    """The scales as they are stored; those of fewer than 16 bits are float32 in what was quantized."""
    scales = quantized.scales if quantized.tensor_scale is None else quantized.scales / quantized.tensor_scale
    if scheme.scale_dtype == "float8_e8m0fnu":
        return e8m0_codes(scales)
    return scales.to(scheme.stored_scale)


def restored_scales(scales: torch.Tensor, tensor_scale: torch.Tensor | None, scheme: Scheme) -> torch.Tensor:
    """The inverse of `stored_scales`."""
    if scheme.scale_dtype == "float8_e8m0fnu":
        return e8m0_values(scales)
    return scales if tensor_scale is None else scales.float() * tensor_scale


def _selected(tensor: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Some rows. float8 tensors can't be indexed on every device, their bytes can."""
    if tensor.element_size() > 1:
        return tensor.index_select(0, rows)
    return tensor.view(torch.uint8).index_select(0, rows).view(tensor.dtype)


class RoundedLinear(CompressedLinear):
    """A linear layer with a rounded weight, and inputs that may be rounded too; its bias stays as it is."""

    activations: Activations | None

    def _surround(self, bias: torch.Tensor | None, transposed: bool, activations: Activations | None) -> None:
        """Set what surrounds the weight: bias, orientation, rounding of inputs."""
        self.register_buffer("bias", None if bias is None else bias.detach())
        self.transposed = transposed
        self.activations = activations
        self._kernel: PackedProduct | None = None

    @abc.abstractmethod
    def set_quantized(self, quantized: Quantized) -> None:
        """Take over a quantized weight: nothing is rounded again."""

    @abc.abstractmethod
    def kernel(self) -> PackedProduct | None:
        """The product with its weight by a kernel for packed ones; None where there is none."""

    def use_kernels(self, enabled: bool) -> tuple[str, ...]:
        """See the base."""
        self._kernel = self.kernel() if enabled else None
        return () if self._kernel is None else (self._kernel.name,)

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in), rounded -> (…, out); of few tokens by the packed kernel, as long as it is asked for."""
        if self._kernel is not None and x[..., 0].numel() <= ROWS:
            y = self._kernel(x)
            return y if self.bias is None else y + self.bias.to(y)
        weight = self.weight_for(x)
        return F.linear(x, weight.t() if self.transposed else weight, None if self.bias is None else self.bias.to(x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        return self.product(x if self.activations is None else self.activations.rounded(x))

    def form_spec(self) -> dict[str, Any]:
        """The description of the rounding of weights and inputs."""
        activations = None if self.activations is None else dataclasses.asdict(self.activations)
        return {**self.weight_spec(), "activations": activations}

    @classmethod
    def form_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """The same."""
        activations = spec.get("activations")
        rounded = None if activations is None else Activations(**activations)
        return {**cls.weight_arguments(spec), "activations": rounded}

    @abc.abstractmethod
    def weight_spec(self) -> dict[str, Any]:
        """JSON description of how the weight is packed."""

    @classmethod
    @abc.abstractmethod
    def weight_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the constructor for a description with `weight_spec` in it."""


class QuantizedLinear(QuantizedWeight, RoundedLinear):
    """A linear layer with a quantized weight.

    transposed: it stands for a Conv1D, whose dense weight is (in, out); the codes are (out, in) all the same.
    """

    KIND: ClassVar[str] = "quantized"
    bias: torch.Tensor | None

    def __init__(
        self,
        scheme: Scheme,
        out_features: int,
        in_features: int,
        *,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
        activations: Activations | None = None,
    ) -> None:
        super().__init__(scheme, out_features, in_features)
        self._surround(bias, transposed, activations)

    def kernel(self) -> PackedProduct | None:
        """See the base."""
        return packed_product(self.quantized(), self.scheme)

    def trainable(self) -> QuantizedTraining | None:
        """The same with scales and bias that learn; the codes stay. None where scales of few bits could not follow."""
        return None if is_short(self.scheme) else QuantizedTraining(self)


class QuantizedTraining(nn.Module):
    """A quantized layer whose scales and bias are trained (Kim et al. 2023, arXiv 2305.14152, equation 3).

    The scales learn by their logarithm, so that they keep their sign and a step changes all of them by the same share,
    whatever their size. growth: float32, in the shape of the scales: what is added to the logarithm of their magnitude.
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
            groups = weight.reshape(layer.out_features, self.growth.shape[1], -1)
            weight = (groups * self.growth.exp().to(weight).unsqueeze(-1)).view(layer.out_features, layer.in_features)
        return F.linear(x, weight, None if self.bias is None else self.bias.to(x))

    def compressed(self) -> QuantizedLinear:
        """The layer with its new scales and bias, in the dtypes that they were stored in."""
        layer = self.layer
        layer.cache_dense_weight(None)
        growth = self.growth.detach().exp()
        layer.scales = (layer.scales.float() * growth).to(layer.scales.dtype)
        if layer.zero_points is not None and layer.zero_points.is_floating_point():
            layer.zero_points = (layer.zero_points.float() * growth).to(layer.zero_points.dtype)
        if self.bias is not None and layer.bias is not None:
            layer.bias = self.bias.detach().to(layer.bias.dtype)
        return layer
