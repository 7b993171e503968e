"""Torch's products with packed weights on CPUs: a token is decoded as fast as its weights come out of memory, and
packed ones are a quarter or an eighth as long. Inputs, scales and results are bfloat16 inside, whose 8 bits of mantissa
are finer than the weights; perplexity and divergence are measured with the exact weights instead."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine import devices
from engine.numerics.quantization.codes import to_unsigned
from engine.numerics.quantization.scheme import Quantized, Scheme

ROWS = 8
"""Tokens at once up to which the packed products are ahead; above, the product with a dense weight is."""
GROUPS = (32, 64, 128, 256)
"""Inputs of a group that the int4 kernel takes."""
OUTPUTS = 16
"""The number of outputs has to be a multiple of this for the int4 kernel."""


@dataclass(frozen=True)
class PackedProduct:
    """A weight (out, in) in the layout of a kernel. ``name``: of the kernel, e.g. "int4 (torch)". ``scales``: of int4
    (groups, out, 2) with the offset, of int8 (out,); bfloat16. ``rest``: a product whose result is added: of a weight
    that is the sum of two."""

    name: str
    codes: torch.Tensor
    scales: torch.Tensor
    group_size: int = 0
    rest: PackedProduct | None = None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out), in the dtype of ``x``."""
        rows = x.reshape(-1, x.shape[-1]).bfloat16()
        if self.group_size:
            y = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self.codes, self.group_size, self.scales)
        else:
            y = torch.ops.aten._weight_int8pack_mm(rows, self.codes, self.scales)
        product: torch.Tensor = y.to(x.dtype).view(*x.shape[:-1], -1)
        return product if self.rest is None else product + self.rest(x)


def packed_product(quantized: Quantized, scheme: Scheme) -> PackedProduct | None:
    """The product with a quantized weight; None where torch has no fast kernel for it here."""
    outputs, inputs = quantized.codes.shape
    if not devices.multiplies_packed(quantized.codes.device) or scheme.granularity == "tensor":
        return None
    if scheme.format == "int4" and has_int4_kernel(outputs, inputs // quantized.scales.shape[1]):
        scales = quantized.scales.float()
        zeros = _added(quantized.zero_points, scales, scheme.number.minimum)
        return int4_product("int4 (torch)", to_unsigned(quantized.codes, scheme.number), scales, zeros)
    if scheme.format == "int8" and scheme.symmetric and quantized.scales.shape[1] == 1:
        return PackedProduct("int8 (torch)", quantized.codes, quantized.scales.view(-1).bfloat16())
    return None


def has_int4_kernel(outputs: int, group_size: int) -> bool:
    """True if torch's int4 kernel takes a weight of so many outputs and inputs of a group."""
    return group_size in GROUPS and outputs % OUTPUTS == 0


def int4_product(
    name: str, codes: torch.Tensor, scales: torch.Tensor, added: torch.Tensor, rest: PackedProduct | None = None
) -> PackedProduct:
    """The product with (codes − 8) · scales + added. codes: (out, in), 0 to 15; scales, added: (out, groups)."""
    words = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes.int(), 1)
    both = torch.stack([scales.t(), added.t()], -1).bfloat16()
    return PackedProduct(name, words, both.contiguous(), codes.shape[1] // scales.shape[1], rest)


def _added(zeros: torch.Tensor | None, scales: torch.Tensor, minimum: int) -> torch.Tensor:
    """Offsets of the int4 kernel, which adds them to (code − half of their number) · scale."""
    if zeros is None:
        return torch.zeros_like(scales)
    return zeros.float() - minimum * scales if zeros.is_floating_point() else -zeros.float() * scales
