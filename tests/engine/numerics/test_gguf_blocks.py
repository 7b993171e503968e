"""GGUF's blocks of integers, read back by the gguf package's own dequantization."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, quants

from engine.numerics.gguf_blocks import q4_0, q4_1, q8_0


def drawn(low: int, high: int, shape: tuple[int, int], seed: int) -> torch.Tensor:
    return torch.randint(low, high + 1, shape, generator=torch.Generator().manual_seed(seed), dtype=torch.int8)


def read(packed: torch.Tensor, kind: GGMLQuantizationType) -> torch.Tensor:
    return torch.from_numpy(quants.dequantize(packed.numpy(), kind).astype(np.float32))


@pytest.mark.parametrize(("rows", "columns"), [(6, 4), (6, 2), (1, 4)])
def test_codes_and_scales_come_back_to_the_bit(rows: int, columns: int) -> None:
    """Scales of a group of one block, of two, and of all rows."""
    scales = torch.rand(rows, columns, generator=torch.Generator().manual_seed(1)).half().float() + 0.5
    scales = scales.half().float()
    each = scales.expand(6, -1).repeat_interleave(128 // columns, 1)
    codes = drawn(-8, 7, (6, 128), 2)
    assert torch.equal(read(q4_0(codes, scales), GGMLQuantizationType.Q4_0), codes * each)
    wide = drawn(-128, 127, (6, 128), 3)
    assert torch.equal(read(q8_0(wide, scales), GGMLQuantizationType.Q8_0), wide * each)


def test_zero_points_become_offsets() -> None:
    scales = (torch.rand(4, 2, generator=torch.Generator().manual_seed(4)) + 0.5).half().float()
    codes, zeros = drawn(-8, 7, (4, 64), 5), drawn(-8, 7, (4, 2), 6)
    expected = (codes.float() - zeros.float().repeat_interleave(32, 1)) * scales.repeat_interleave(32, 1)
    found = read(q4_1(codes, scales, zeros), GGMLQuantizationType.Q4_1)
    assert torch.allclose(found, expected, atol=16 * 2**-11)
    assert (q4_1(codes, scales, zeros).shape, q4_0(codes, scales).shape) == ((4, 2 * 20), (4, 2 * 18))


def test_what_float16_can_not_hold_is_refused() -> None:
    codes = drawn(-8, 7, (1, 32), 7)
    with pytest.raises(ValueError, match="no equal in float16"):
        q4_0(codes, torch.tensor([[0.1]]))
    with pytest.raises(ValueError, match="beyond float16"):
        q4_1(codes, torch.tensor([[60000.0]]).half().float(), torch.tensor([[7]], dtype=torch.int8))
