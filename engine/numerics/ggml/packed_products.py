"""Products with weights in ggml's block formats by torch's kernel for packed 4-bit weights.

A weight is scale · (code + lowest level) + offset, one scale and offset for every 32 inputs. Codes of four bits go into
the kernel as they are; longer ones as the sum of two weights: the lower four bits, and the others times 16.
"""

from __future__ import annotations

import torch

from engine import devices
from engine.numerics.ggml.layouts import Format, Layout
from engine.numerics.quantization.packed_products import PackedProduct, has_int4_kernel, int4_product

_HALF = 8
"""The kernel subtracts it from a code."""


def packed_product(blocks: torch.Tensor, layout: Format) -> PackedProduct | None:
    """The product with ``blocks`` (out, bytes); None where torch has no fast kernel for it: levels that are no whole
    numbers in a row (IQ4_NL, codebooks), scales of 16 inputs (Q2_K, Q3_K, Q6_K)."""
    if not isinstance(layout, Layout) or not layout.is_affine or not devices.multiplies_packed(blocks.device):
        return None
    if not has_int4_kernel(len(blocks), layout.run):
        return None
    codes, scales, offsets = layout.affine(blocks.reshape(-1, layout.nbytes))
    codes, scales, offsets = (part.view(len(blocks), -1) for part in (codes, scales, offsets))
    lowest, bits = layout.levels[0], (len(layout.levels) - 1).bit_length()
    if bits <= 4:
        return int4_product("int4 (torch)", codes, scales, offsets + (lowest + _HALF) * scales)
    middle = 2 ** (bits - 4) // 2
    """Around this the upper bits lie: both weights are small then, and so is what rounding their scales loses."""
    upper = int4_product("", (codes >> 4) + (_HALF - middle), 16 * scales, torch.zeros_like(scales))
    added = offsets + (lowest + _HALF + 16 * middle) * scales
    return int4_product("two int4 (torch)", codes & 15, scales, added, upper)
