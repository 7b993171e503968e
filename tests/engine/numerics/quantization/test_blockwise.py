"""Block quantization is bitsandbytes' to the bit, and keeps the bounds that its paper promises."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from engine.numerics.quantization.blockwise import (
    BlockFormat,
    Blockwise,
    block_bits,
    dequantize_blocks,
    dynamic_levels,
    levels,
    quantize_blocks,
    unpacked,
    usage,
)
from engine.numerics.quantization.formats import normal_float_levels

SHAPES = [(96, 64), (7, 33), (5, 5), (320, 128)]


def weights(shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return (0.05 * torch.randn(shape, generator=torch.Generator().manual_seed(0))).to(dtype)


@pytest.fixture(scope="module")
def theirs() -> Any:
    """bitsandbytes takes seconds to load: only where it is compared with."""
    from bitsandbytes import functional

    return functional


def test_tables(theirs: Any) -> None:
    assert torch.equal(levels("nf4"), theirs.get_4bit_type("nf4", device="cpu"))
    assert torch.equal(levels("fp4"), theirs.get_4bit_type("fp4", device="cpu"))
    assert torch.equal(dynamic_levels(), theirs.create_dynamic_map())
    assert torch.allclose(levels("nf4"), torch.tensor(normal_float_levels(4)), atol=1e-6)
    assert sorted(abs(x) for x in levels("fp4_e2m1").tolist())[::2] == pytest.approx(
        [x / 6 for x in (0, 0.5, 1, 1.5, 2, 3, 4, 6)]
    )


@pytest.mark.parametrize("form", ["nf4", "fp4"])
@pytest.mark.parametrize("size", [32, 64, 4096])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", SHAPES)
def test_single_quantization(
    form: BlockFormat, size: int, dtype: torch.dtype, shape: tuple[int, int], theirs: Any
) -> None:
    weight = weights(shape, dtype)
    packed, state = theirs.quantize_4bit(weight, blocksize=size, quant_type=form)
    ours = quantize_blocks(weight, form, size, False)
    assert torch.equal(packed.view(-1), ours.codes) and torch.equal(state.absmax, ours.scales)
    state.dtype = torch.float32
    assert torch.equal(
        theirs.dequantize_4bit(packed, state).view(shape), dequantize_blocks(ours, form, size, weight.shape)
    )


@pytest.mark.parametrize("form", ["nf4", "fp4"])
def test_double_quantization(form: BlockFormat, theirs: Any) -> None:
    """Against the kernel that is for all devices; the CPU's own looks values up in a coarser table."""
    weight = weights((576, 320))
    magnitudes = theirs.quantize_4bit(weight, quant_type=form)[1].absmax
    offset = magnitudes.mean()
    everywhere = torch._C.DispatchKeySet(torch._C.DispatchKey.CompositeExplicitAutograd)
    kernel = torch.ops.bitsandbytes.quantize_blockwise.default
    scales, nested = kernel.redispatch(everywhere, magnitudes - offset, theirs.create_dynamic_map(), 256)
    ours = quantize_blocks(weight, form, 64, True)
    assert ours.nested_scales is not None and ours.offset is not None
    assert torch.equal(ours.scales, scales)
    assert torch.equal(ours.nested_scales, nested) and torch.equal(ours.offset, offset)
    packed, state = theirs.quantize_4bit(weight, quant_type=form, compress_statistics=True)
    assert torch.equal(packed.view(-1), ours.codes)
    differ = state.absmax.int() - ours.scales.int()
    assert int(differ.abs().max()) <= 1 and int((differ != 0).sum()) <= 0.005 * len(differ)
    # what bitsandbytes stored is unpacked to the bit, too
    same = Blockwise(packed.view(-1), state.absmax, state.state2.absmax, state.offset)
    assert torch.equal(theirs.dequantize_4bit(packed, state), dequantize_blocks(same, form, 64, weight.shape))


@pytest.mark.parametrize("form", ["nf4", "fp4_e2m1", "fp4"])
def test_bounds(form: BlockFormat) -> None:
    weight = weights((64, 64))
    weight[0, :7] = 0
    blocks = quantize_blocks(weight, form, 64, False)
    back = dequantize_blocks(blocks, form, 64, weight.shape)
    assert bool((back[weight == 0] == 0).all())
    largest = weight.abs().argmax(1)
    rows = torch.arange(64)
    if form != "nf4":  # NF4 has both ends, the others too: the largest weight of a block is exact
        assert torch.equal(back[rows, largest], weight[rows, largest])
    gap = float(levels(form).sort().values.diff().max())
    assert bool(((weight - back).abs() <= weight.abs().amax(1, keepdim=True) * (gap / 2 + 1e-6)).all())
    again = quantize_blocks(back, form, 64, False)
    assert torch.equal(dequantize_blocks(again, form, 64, weight.shape), back)
    assert int(usage(blocks.codes, weight.numel()).sum()) == weight.numel()
    assert torch.equal(unpacked(blocks.codes, 3), unpacked(blocks.codes, 4096)[:3])


def test_magnitudes_by_double_quantization_are_near_and_cost_4_127_bits() -> None:
    weight = weights((1024, 512))
    single, double = (quantize_blocks(weight, "nf4", 64, nested) for nested in (False, True))
    spread = (single.scales - single.scales.mean()).abs().max()
    widest = dynamic_levels().diff().max() / 2
    assert float((single.scales - double.magnitudes()).abs().max()) <= float(spread * widest) * 1.01
    assert block_bits(weight.numel(), 64, True) / weight.numel() == pytest.approx(4.127, abs=1e-3)
    assert block_bits(weight.numel(), 64, False) / weight.numel() == 4.5
    assert block_bits(5, 64, True) == 8 * 3 + 8 + 32 + 32


def test_errors_on_a_normal_distribution_are_in_the_order_of_the_paper() -> None:
    values = torch.randn(4096, 64, generator=torch.Generator().manual_seed(1))

    def error(back: torch.Tensor) -> float:
        return float((back - values).square().mean())

    def blocks(form: BlockFormat) -> float:
        return error(dequantize_blocks(quantize_blocks(values, form, 64, False), form, 64, values.shape))

    step = values.abs().amax(1, keepdim=True) / 7
    integers = error((values / step).round() * step)
    found = [blocks("nf4"), blocks("fp4_e2m1"), integers, blocks("fp4")]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0.0085, abs=3e-4) and found[3] == pytest.approx(0.0149, abs=5e-4)


def test_not_a_number_is_refused() -> None:
    weight = weights((4, 64))
    weight[2, 3] = math.nan
    with pytest.raises(ValueError, match="NaN"):
        quantize_blocks(weight, "nf4", 64, True)
