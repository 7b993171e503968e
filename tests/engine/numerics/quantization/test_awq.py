"""AWQ's formulas by hand, and both searches against ones that use the inputs themselves in float64."""

from __future__ import annotations

import math

import pytest
import torch

from engine.numerics.quantization.awq import scales_of, search_ranges, search_scales, weight_magnitude
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.ranges import shares
from engine.numerics.quantization.scheme import Scheme

GENERATOR = torch.Generator().manual_seed(5)
X = torch.randn(300, 32, generator=GENERATOR) * torch.logspace(-1, 1, 32)[torch.randperm(32, generator=GENERATOR)]
GRAM = X.T @ X
MAGNITUDE = X.abs().mean(0)
WEIGHTS = [torch.randn(rows, 32, generator=GENERATOR) for rows in (24, 8)]
SCHEMES = [
    Scheme("int3", True, "group", 8),
    Scheme("int4", False, "group", 16),
    Scheme("int3", True, "channel"),
    Scheme("int4", True, "tensor"),
    Scheme("nf4", True, "group", 8),
    Scheme("float4_e2m1", True, "group", 8, "bfloat16"),
    Scheme("float8_e4m3", True, "channel"),
    Scheme("int1", True, "group", 8),
]
every_scheme = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: f"{scheme.format}-{scheme.granularity}")


def test_scales_by_hand() -> None:
    magnitude = torch.tensor([1.0, 4.0, 16.0])
    assert scales_of(magnitude, 0.5).tolist() == [0.5, 1.0, 2.0]  # roots 1, 2, 4, over √(4 · 1)
    assert scales_of(magnitude, 0.0).tolist() == [1.0, 1.0, 1.0]
    # 1 / 1, 2 / 0.5, 4 / 1 (each root + 1e-4), over √(4 · 1)
    duo = scales_of(magnitude, 0.5, torch.tensor([1.0, 0.25, 1.0]))
    assert duo.tolist() == pytest.approx([0.5, 2.0, 2.0], rel=1e-3)
    dead = scales_of(torch.tensor([0.0, 1.0]), 0.5)  # nothing ever came in: as if it were 1e-4
    assert dead.tolist() == pytest.approx([0.01, 100.0])


def test_weight_magnitude_by_hand() -> None:
    weights = [torch.tensor([[1.0, -2.0, 3.0, 0.0]]), torch.tensor([[0.0, 1.0, -1.0, 4.0]])]
    grouped = weight_magnitude(weights, [Scheme("int4", True, "group", 2)] * len(weights))
    assert grouped.tolist() == pytest.approx([0.25, 1.0, 0.625, 0.5], rel=1e-5)
    rows = weight_magnitude(weights, [Scheme("int4", True, "channel")] * len(weights))
    assert rows.tolist() == pytest.approx([1 / 6, (2 / 3 + 1 / 4) / 2, (1 + 1 / 4) / 2, 0.5], rel=1e-5)


@every_scheme
@pytest.mark.parametrize("duo", [False, True])
def test_scales_are_those_that_change_the_outputs_least(scheme: Scheme, duo: bool) -> None:
    """Equation 4 with the inputs themselves, ratio by ratio."""
    found = search_scales(WEIGHTS, [GRAM, GRAM], MAGNITUDE, torch.arange(32), [scheme] * 2, steps=10, duo=duo)
    own = weight_magnitude(WEIGHTS, [scheme] * 2) if duo else None
    energy = sum(float((w.double() @ X.double().T).square().sum()) for w in WEIGHTS)

    def error(scales: torch.Tensor) -> float:
        total = 0.0
        for weight in WEIGHTS:
            rounded = dequantize(quantize(weight * scales, scheme), scheme).double()
            total += float((rounded @ (X / scales).double().T - weight.double() @ X.double().T).square().sum())
        return total / energy

    expected = [error(scales_of(MAGNITUDE, step / 10, own)) for step in range(10)]
    assert found.errors == pytest.approx(expected, rel=1e-3)
    assert found.unscaled == pytest.approx(error(torch.ones(32)), rel=1e-3)
    assert found.error == min(found.unscaled, *found.errors)
    if found.best is not None:
        assert found.ratio == found.best / 10
        assert torch.equal(found.scales, scales_of(MAGNITUDE, found.ratio, own))
    if scheme.format in ("int3", "int4") and scheme.granularity == "group":
        assert found.error < 0.9 * found.unscaled


def test_a_cost_decides_from_the_best_ratio_downhill() -> None:
    """It is not asked for ratios that lie behind a worse one, and no scales stay where nothing costs less."""
    by_ratio = {
        tuple(scales_of(MAGNITUDE, step / 10).tolist()): value
        for step, value in enumerate((9.0, 8.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0))
    }
    arguments = (WEIGHTS, [GRAM, GRAM], MAGNITUDE, torch.arange(32), [SCHEMES[0]] * 2)
    start = search_scales(*arguments, steps=10).best
    assert start is not None and start > 2

    def cost(scales: torch.Tensor) -> float:
        return 2.5 if bool((scales == 1).all()) else by_ratio[tuple(scales.tolist())]

    found = search_scales(*arguments, steps=10, cost=cost)
    assert found.best == 2 and found.share == 2.0 / 2.5
    assert set(found.costs) == {None, *range(1, start + 1)}
    assert torch.equal(found.scales, scales_of(MAGNITUDE, 0.2))
    by_ratio = {key: value + 1 for key, value in by_ratio.items()}
    nothing = search_scales(*arguments, steps=10, cost=cost)
    assert nothing.best is None and nothing.share == 1.0 and torch.equal(nothing.scales, torch.ones(32))


def test_inputs_that_share_a_scale() -> None:
    """Heads that read the same values: one scale, of the mean of what reaches them."""
    columns = torch.arange(32) // 8 // 2 * 8 + torch.arange(32) % 8  # 4 heads of 8, 2 of values
    found = search_scales(WEIGHTS[:1], [GRAM], MAGNITUDE, columns, SCHEMES[:1])
    mean = MAGNITUDE.view(2, 2, 8).mean(1).flatten()
    assert found.best is not None and len(found.scales) == 16
    assert torch.allclose(found.scales, scales_of(mean, found.ratio))


def test_nothing_is_scaled_where_nothing_is_gained() -> None:
    grid = torch.tensor([[127.0, -127.0, 64.0, 3.0]])  # exact in int8
    x = torch.eye(4) * torch.tensor([1.0, 3.0, 9.0, 27.0])
    exact = Scheme("int8", True, "channel", 0, "float32")
    found = search_scales([grid], [x], x.diagonal(), torch.arange(4), [exact])
    assert found.error <= found.unscaled
    assert found.best is None or found.errors[found.best] < found.unscaled
    nothing = search_scales([grid], [torch.zeros(4, 4)], torch.zeros(4), torch.arange(4), SCHEMES[2:3])
    assert nothing.best is None and nothing.error == 0.0 and torch.equal(nothing.scales, torch.ones(4))


def test_a_ratio_whose_scales_overflow_is_passed_over() -> None:
    weight = torch.tensor([[3e5, 1.0]])
    magnitude = torch.tensor([1e8, 1.0])
    schemes = [Scheme("int4", True, "channel")]
    found = search_scales([weight], [torch.diag(magnitude.square())], magnitude, torch.arange(2), schemes)
    assert math.inf in found.errors and math.isfinite(found.error)
    with pytest.raises(ValueError, match="NaN"):
        search_scales([weight * math.nan], [GRAM[:2, :2]], magnitude, torch.arange(2), schemes)


@every_scheme
def test_ranges_are_those_that_change_the_outputs_least(scheme: Scheme) -> None:
    """Of each row and group on its own, with the inputs themselves."""
    weight = WEIGHTS[0]
    found = dequantize(search_ranges(weight, GRAM, scheme), scheme)
    whole = dequantize(quantize(weight, scheme), scheme)
    lost, before = ((made - weight).double() @ X.double().T for made in (found, whole))
    if scheme.format == "int1":
        assert torch.equal(found, whole)
        return
    if scheme.granularity == "tensor":
        assert lost.square().sum() <= before.square().sum()
        return
    assert (lost.square().sum(1) <= before.square().sum(1) * (1 + 1e-5)).all()
    rows, columns = scheme.scale_shape(*weight.shape)
    size = 32 // columns
    tried = [
        dequantize(quantize(weight, scheme, ratios=torch.full((rows, columns), share)), scheme)
        for share in shares(scheme, 20, 0.5)
    ]
    tried.append(dequantize(quantize(weight, scheme, energy=GRAM.diagonal()), scheme))
    for column in range(columns):
        own = slice(column * size, (column + 1) * size)
        errors = torch.stack(
            [((made - weight)[:, own].double() @ X[:, own].double().T).square().sum(1) for made in tried]
        )
        ours = ((found - weight)[:, own].double() @ X[:, own].double().T).square().sum(1)
        kept = (found == whole).all(1)  # rows for which the whole ranges are better together
        best = errors.min(0).values
        assert torch.allclose(ours[~kept], best[~kept], rtol=1e-3)
    if scheme.format in ("int3", "int4"):
        assert lost.square().sum() < before.square().sum()


@pytest.mark.parametrize("ratio", [0.1, 0.25, 0.8])
def test_scales_of_both_magnitudes_are_the_papers(ratio: float) -> None:
    """x^r / w^(1 − r), normalized by the root of the largest times the smallest (the authors' code, `duo_scaling`)."""
    inputs, weights = [1.0, 4.0, 16.0, 2.0], [0.5, 0.1, 0.9, 0.3]
    raw = [x**ratio / (w ** (1 - ratio) + 1e-4) for x, w in zip(inputs, weights, strict=True)]
    expected = [each / math.sqrt(max(raw) * min(raw)) for each in raw]
    assert scales_of(torch.tensor(inputs), ratio, torch.tensor(weights)).tolist() == pytest.approx(expected, rel=1e-5)


def test_no_row_is_worse_than_with_whole_ranges_although_its_groups_are_better() -> None:
    """Two groups that see opposite inputs: errors that are alike cancel, so that the best range of each group alone
    can be worse for the row."""
    draw = torch.Generator().manual_seed(9)
    half = torch.randn(400, 8, generator=draw)
    x = torch.cat([half, -half + 0.05 * torch.randn(400, 8, generator=draw)], 1)
    row = torch.randn(300, 8, generator=draw)
    weight = torch.cat([row, row + 0.02 * torch.randn(300, 8, generator=draw)], 1)
    scheme = Scheme("int3", True, "group", 8)

    def errors(made: torch.Tensor) -> torch.Tensor:
        return ((made - weight).double() @ x.double().T).square().sum(1)

    whole = dequantize(quantize(weight, scheme), scheme)
    found = dequantize(search_ranges(weight, x.T @ x, scheme), scheme)
    assert bool((errors(found) <= errors(whole) * (1 + 1e-5)).all())
    assert 0 < int((found == whole).all(1).sum()) < 300


def test_a_range_whose_scale_can_not_be_stored_is_passed_over() -> None:
    """The search goes above the whole range, where float16 ends."""
    weight = torch.tensor([[7.0 * 6.5e4, -1.0, 3.0, 2.0]])
    scheme = Scheme("int4", False, "group", 4, "float16")
    assert torch.isfinite(search_ranges(weight, torch.eye(4), scheme).scales.float()).all()
    with pytest.raises(ValueError, match="beyond float16"):
        search_ranges(weight * 10, torch.eye(4), scheme)
