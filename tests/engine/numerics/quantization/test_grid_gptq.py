"""GPTQ on a grid that stays."""

from __future__ import annotations

import pytest
import torch

from engine.methods.quantization.refine.forms import form_of
from engine.modules.ggml import GgmlLinear
from engine.modules.quantized import QuantizedLinear
from engine.numerics.column_walk import SharedWalks
from engine.numerics.ggml.quantize import quantize as quantize_blocks
from engine.numerics.quantization.grid_gptq import solved_ranks
from engine.numerics.quantization.quantize import quantize
from engine.numerics.quantization.refining import Levels, grid_weight
from engine.numerics.quantization.scheme import Quantized, Scheme

OUT, IN = 24, 256
SCHEMES = [
    Scheme("int3", group_size=32),
    Scheme("int4", symmetric=False, group_size=32),
    Scheme("int3", symmetric=False, group_size=32, zero_point="float"),
    Scheme("nf4", group_size=32),
    Scheme("nvfp4"),
    *(Scheme(name) for name in ("Q4_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q6_K", "IQ4_XS")),
]


def gram(features: int) -> torch.Tensor:
    """Of inputs that depend on each other."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(4 * features, features // 4, generator=generator) @ torch.randn(
        features // 4, features, generator=generator
    )
    x += 0.3 * torch.randn(x.shape, generator=generator)
    return x.T @ x


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda x: f"{x.format}-{x.symmetric}-{x.zero_point}")
def test_solved_codes_lose_less_of_the_output_on_the_same_grid(scheme: Scheme) -> None:
    weight = torch.randn(OUT, IN, generator=torch.Generator().manual_seed(0))
    layer: QuantizedLinear | GgmlLinear
    if scheme.number.kind == "block":
        layer = GgmlLinear(scheme.format, OUT, IN)
        layer.set_quantized(Quantized.of_blocks(quantize_blocks(weight, scheme.format)))
    else:
        layer = QuantizedLinear(scheme, OUT, IN)
        layer.set_quantized(quantize(weight, scheme))
    form, nearest = form_of(layer), layer.matrix()
    walk = SharedWalks(gram(IN), 0.01, act_order=True).over(weight)
    scales, shifts = form.group_parameters(form.numbers)
    ranks = solved_ranks(walk, form.levels, scales, shifts)
    assert ranks is not None and ranks.dtype == torch.uint8 and int(ranks.max()) < len(form.levels.table)
    solved = grid_weight(Levels(ranks, form.levels.table, form.levels.zeros), scales, shifts)
    assert walk.error_of(solved) < 0.8 * walk.error_of(nearest)
    form.store(form.numbers, ranks)
    torch.testing.assert_close(layer.matrix(), solved)
    again = form_of(layer)
    assert torch.equal(again.levels.ranks, ranks)
    assert all(torch.equal(again.numbers[name], values) for name, values in form.numbers.items())


@pytest.mark.parametrize("table", [(-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), (-1.0, -0.4, 0.0, 0.3, 1.0)])
def test_with_inputs_that_do_not_depend_on_each_other_codes_are_the_nearest(table: tuple[float, ...]) -> None:
    generator = torch.Generator().manual_seed(2)
    weight = torch.randn(OUT, IN, generator=generator)
    scales, shifts = torch.rand(OUT, 8, generator=generator) + 0.2, torch.randn(OUT, 8, generator=generator)
    scales[0, 0] = 0.0  # all of its levels are the shift
    levels = Levels(torch.zeros(OUT, IN, dtype=torch.uint8), table)
    walk = SharedWalks(torch.diag(torch.rand(IN, generator=generator) + 0.1), 0.01, act_order=True).over(weight)
    ranks = solved_ranks(walk, levels, scales, shifts)
    assert ranks is not None
    solved = grid_weight(Levels(ranks, table), scales, shifts)
    values = scales[:, :, None, None] * torch.tensor(table) + shifts[:, :, None, None]
    away = (weight.view(OUT, 8, -1, 1) - values).abs().amin(-1).view(OUT, IN)
    torch.testing.assert_close((weight - solved).abs(), away)


def test_inputs_without_any_energy_leave_codes_as_they_are() -> None:
    weight = torch.randn(OUT, IN, generator=torch.Generator().manual_seed(3))
    levels = Levels(torch.zeros(OUT, IN, dtype=torch.uint8), (-1.0, 0.0, 1.0))
    walk = SharedWalks(torch.full((IN, IN), float("nan")), 0.01, act_order=True).over(weight)
    assert solved_ranks(walk, levels, torch.ones(OUT, 1), None) is None
