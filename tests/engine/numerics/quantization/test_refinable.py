"""Blocks of ggml taken apart and put together: to the bit, for every type."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.ggml import refinable
from engine.numerics.ggml.codebooks import Codebook
from engine.numerics.ggml.layouts import FORMATS, dequantize
from engine.numerics.ggml.quantize import quantize
from engine.numerics.quantization.refining import Levels, grid_weight

EVERY = sorted(FORMATS)
WITH_RUNS = ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S")


def random_blocks(name: str) -> torch.Tensor:
    """(6, bytes): any bytes, so that codes and scales are used that no quantizer writes; of TQ1_0 those that stand for
    digits."""
    layout, generator = FORMATS[name], torch.Generator().manual_seed(1)
    if name == "TQ1_0":
        return quantize(torch.randn(6, 3 * layout.size, generator=generator), name)
    blocks = torch.randint(0, 256, (6, 3 * layout.nbytes), dtype=torch.uint8, generator=generator)
    numbers = refinable.numbers_of(blocks, layout)
    finite = {key: torch.where(torch.isfinite(value), value, 0.5) for key, value in numbers.items()}
    return refinable.assembled(blocks, layout, finite, None)


@pytest.mark.parametrize("name", EVERY)
def test_levels_and_run_parameters_are_the_weight_to_the_bit(name: str) -> None:
    layout, blocks = FORMATS[name], random_blocks(name)
    scales, shifts = refinable.run_parameters(refinable.numbers_of(blocks, layout), layout)
    levels = Levels(refinable.ranks_of(blocks, layout), tuple(map(float, refinable.levels_of(layout))))
    expected = dequantize(blocks, layout)
    assert bool(torch.isfinite(expected).all())
    assert torch.equal(grid_weight(levels, scales, shifts), expected)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_not_changed_comes_back_to_the_bit(name: str) -> None:
    layout, blocks = FORMATS[name], random_blocks(name)
    numbers = refinable.numbers_of(blocks, layout)
    rounded = {key: refinable.stored(key, value, layout) for key, value in numbers.items()}
    for key, value in numbers.items():
        assert torch.equal(rounded[key], value), "what a field holds is what it stores"
    assert torch.equal(refinable.assembled(blocks, layout, rounded, None), blocks)
    if not isinstance(layout, Codebook):
        assert torch.equal(refinable.assembled(blocks, layout, rounded, refinable.ranks_of(blocks, layout)), blocks)


@pytest.mark.parametrize("name", EVERY)
def test_changed_numbers_and_ranks_are_what_the_blocks_say(name: str) -> None:
    """Also beyond the ends of their fields."""
    layout, blocks = FORMATS[name], random_blocks(name)
    generator = torch.Generator().manual_seed(2)
    numbers = refinable.numbers_of(blocks, layout)
    units = refinable.units_of(numbers, layout)
    changed = {
        key: refinable.stored(key, value + torch.randn(value.shape, generator=generator) * units[key], layout)
        for key, value in numbers.items()
    }
    ranks = refinable.ranks_of(blocks, layout)
    table = tuple(map(float, refinable.levels_of(layout)))
    if table:
        steps = torch.randint(-1, 2, ranks.shape, generator=generator)
        ranks = (ranks + steps).clamp(0, len(table) - 1).to(torch.uint8)
    scales, shifts = refinable.run_parameters(changed, layout)
    expected = grid_weight(Levels(ranks, table), scales, shifts)
    assembled = refinable.assembled(blocks, layout, changed, ranks if table else None)
    assert torch.equal(dequantize(assembled, layout), expected)
    assert assembled.shape == blocks.shape
    for key, value in refinable.numbers_of(assembled, layout).items():
        assert torch.equal(value, changed[key])


@pytest.mark.parametrize("name", WITH_RUNS)
def test_whole_numbers_stay_in_their_fields(name: str) -> None:
    layout, blocks = FORMATS[name], random_blocks(name)
    numbers = refinable.numbers_of(blocks, layout)
    for key in ("scales", "mins"):
        if key in numbers:
            for far in (-1e4, 1e4):
                stored = refinable.stored(key, numbers[key] + far, layout)
                assert torch.equal(stored, stored.round())
                changed = refinable.assembled(blocks, layout, {**numbers, key: stored}, None)
                assert torch.equal(refinable.numbers_of(changed, layout)[key], stored)


def test_exponents_and_empty_blocks_stay() -> None:
    layout = FORMATS["MXFP4"]
    numbers = refinable.numbers_of(random_blocks("MXFP4"), layout)
    assert refinable.is_exponent(layout) and not refinable.units_of(numbers, layout)["d"].any()
    layout = FORMATS["Q4_K"]
    blocks = quantize(torch.zeros(2, 256), "Q4_K")
    units = refinable.units_of(refinable.numbers_of(blocks, layout), layout)
    assert not units["d"].any() and not units["scales"].any()
