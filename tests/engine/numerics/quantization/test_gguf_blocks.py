"""GGUF's blocks of integers, read back by the gguf package's own dequantization."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

from engine.numerics.quantization.gguf_blocks import block_type, blocks
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Quantized, Scheme


def drawn(low: int, high: int, shape: tuple[int, int], seed: int) -> torch.Tensor:
    return torch.randint(low, high + 1, shape, generator=torch.Generator().manual_seed(seed), dtype=torch.int8)


def read(packed: torch.Tensor, kind: GGMLQuantizationType) -> torch.Tensor:
    return torch.from_numpy(quants.dequantize(packed.numpy(), kind).astype(np.float32))


SCHEMES = [Scheme(f"int{bits}", symmetric) for bits in range(2, 9) for symmetric in (True, False)]
FREE = [Scheme(f"int{bits}", False, group_size=32, zero_point="float") for bits in (2, 4, 5)]


@pytest.mark.parametrize("scheme", [s for s in [*SCHEMES, *FREE, Scheme("mxfp4")] if block_type(s, 128)[0]], ids=str)
def test_what_was_chosen_is_what_the_library_reads(scheme: Scheme) -> None:
    """To the bit, but for whole zero points, whose offsets are rounded to float16. Groups of one block and of two."""
    weight = torch.randn(6, 128, generator=torch.Generator().manual_seed(1)) * 0.1 + 0.02
    made = quantize(weight, scheme)
    packed = blocks(made, scheme)
    kind = GGMLQuantizationType[block_type(scheme, 128)[0]]
    size, nbytes = GGML_QUANT_SIZES[kind]
    assert packed.shape == (6, 128 // size * nbytes)
    rounded = 0.0 if scheme.symmetric or scheme in FREE else float(made.scales.abs().max()) * 2**-6
    assert torch.allclose(read(packed, kind), dequantize(made, scheme), rtol=0, atol=rounded)


@pytest.mark.parametrize(("rows", "columns"), [(6, 2), (1, 4), (1, 1)])
def test_one_scale_for_many_blocks(rows: int, columns: int) -> None:
    scales = (torch.rand(rows, columns, generator=torch.Generator().manual_seed(1)) + 0.5).half()
    each = scales.float().expand(6, -1).repeat_interleave(128 // columns, 1)
    wide = drawn(-128, 127, (6, 128), 3)
    scheme = Scheme("int8", granularity="channel" if columns == 1 else "group", group_size=128 // columns)
    assert torch.equal(read(blocks(Quantized(wide, scales), scheme), GGMLQuantizationType.Q8_0), wide * each)


def test_what_has_no_blocks_is_said() -> None:
    why = {scheme.format: block_type(scheme, 128)[1] for scheme in (Scheme("nf4"), Scheme("int6", False))}
    assert "free scales" in why["nf4"] and "6-bit blocks with zero points" in why["int6"]
    assert "multiple of 32" in block_type(Scheme("int4", group_size=16), 128)[1]
    assert "float32" in block_type(Scheme("int4", scale_dtype="float32"), 128)[1]


def test_what_float16_can_not_hold_is_refused() -> None:
    codes = drawn(-8, 7, (1, 32), 7)
    with pytest.raises(ValueError, match="no equal in float16"):
        blocks(Quantized(codes, torch.tensor([[0.1]])), Scheme("int4", group_size=32))
    zeros = torch.tensor([[7]], dtype=torch.int8)
    with pytest.raises(ValueError, match="beyond float16"):
        blocks(Quantized(codes, torch.tensor([[60000.0]]).half(), zeros), Scheme("int4", False, group_size=32))
