"""GPTQ: the factor, the gain over rounding to nearest, the fallback, and the textbook version as a reference."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.column_walk import ColumnWalk, SharedWalks, factorize, relative_error
from engine.numerics.ggml.gptq import gptq as block_gptq
from engine.numerics.ggml.layouts import FORMATS as BLOCK_FORMATS
from engine.numerics.pruning import Pattern, sparsegpt
from engine.numerics.quantization.codes import decode, encode
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.ranges import fit
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme, Solution


def problem(outputs: int = 24, inputs: int = 64, tokens: int = 512) -> tuple[torch.Tensor, torch.Tensor]:
    """A weight (outputs, inputs) and the Gram matrix of correlated inputs."""
    generator = torch.Generator().manual_seed(1)
    mix = torch.randn(inputs, inputs, generator=generator) / inputs**0.5
    x = torch.randn(tokens, inputs, generator=generator) @ mix + 0.2 * torch.randn(tokens, inputs, generator=generator)
    return torch.randn(outputs, inputs, generator=generator), x.T @ x


def textbook(weight: torch.Tensor, gram: torch.Tensor, scheme: Scheme, damping: float) -> torch.Tensor:
    """Column by column with the inverse Hessian updated after each (optimal brain quantization), in float64."""
    hessian = gram.double() / gram.diagonal().mean()
    hessian.diagonal().add_(damping)
    inverse = torch.linalg.inv(hessian)
    weight = weight.double().clone()
    result = torch.zeros_like(weight)
    size = weight.shape[1] // scheme.scale_shape(*weight.shape)[1]
    for column in range(weight.shape[1]):
        if column % size == 0:
            scale, zero = fit(weight[:, column : column + size].float(), scheme, Clip())
        code = encode(weight[:, column : column + 1].float(), scale.float(), zero, scheme.number)
        result[:, column] = (decode(code, zero, scheme.number) * scale.float()).squeeze(1)
        error = (weight[:, column] - result[:, column]) / inverse[column, column]
        weight -= error[:, None] * inverse[column]
        inverse = inverse - torch.outer(inverse[:, column], inverse[column]) / inverse[column, column]
        inverse[column, column] = 1.0  # never read again
    return result


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("block", [16, 24, 64])
def test_equals_the_textbook(symmetric: bool, block: int) -> None:
    weight, gram = problem()
    scheme = Scheme("int4", symmetric, "group", 16)
    solution = gptq(weight, gram.clone(), scheme, block=block, descend=False)
    expected = textbook(weight, gram, scheme, 0.01)
    same = (dequantize(solution.quantized, scheme).double() - expected).abs() < 1e-4
    assert same.float().mean() > 0.98  # float32 against float64: a few ties fall to the other side and move their row


@pytest.mark.parametrize("order", [True, False])
@pytest.mark.parametrize("name", ["int4", "int3", "int2", "nf4", "float4_e2m1"])
@pytest.mark.parametrize("granularity", ["group", "channel", "tensor"])
def test_better_than_nearest(name: str, granularity: str, order: bool) -> None:
    weight, gram = problem()
    scheme = Scheme(name, True, granularity, 32)  # type: ignore[arg-type]
    nearest = relative_error(weight, dequantize(quantize(weight, scheme), scheme), gram)
    solution = gptq(weight, gram.clone(), scheme, act_order=order)
    assert solution.error < 0.9 * nearest
    assert solution.quantized.scales.shape == scheme.scale_shape(24, 64)


@pytest.mark.parametrize("order", [True, False])
def test_what_comes_out_may_be_trained_with(order: bool) -> None:
    """The walk is in inference mode; its tensors can't be saved for a backward pass."""
    weight, gram = problem()
    made = gptq(weight, gram.clone(), Scheme("int4", False, "group", 16), act_order=order).quantized
    assert made.zero_points is not None
    blocks = gptq(weight, gram.clone(), Scheme("Q4_0", True, "group", 32)).quantized.codes
    pruned = sparsegpt(weight, gram.clone(), Pattern(0.5))
    for tensor in (made.codes, made.scales, made.zero_points, blocks, pruned.weight, pruned.mask):
        assert not tensor.is_inference()


@pytest.mark.parametrize("inputs", [64, 600])
def test_factor(inputs: int) -> None:
    _, gram = problem(inputs=inputs, tokens=2 * inputs)
    damped = gram.double() / gram.diagonal().mean()
    damped.diagonal().add_(0.01)
    factor, damping = factorize(gram, 0.01)
    assert factor is not None and damping == 0.01
    factor = factor.tril().double()  # what lies above the diagonal is never read
    assert torch.allclose(factor.T @ factor @ damped, torch.eye(inputs).double(), atol=1e-4)


@pytest.mark.parametrize("order", [True, False])
def test_the_error_is_that_of_the_result(order: bool) -> None:
    weight, gram = problem()
    scheme = Scheme("int3", True, "group", 16)
    solution = gptq(weight, gram.clone(), scheme, act_order=order, block=24)
    expected = relative_error(weight, dequantize(solution.quantized, scheme), gram)
    assert solution.error == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("order", [True, False])
@pytest.mark.parametrize("symmetric", [True, False])
def test_the_descent_lowers_the_error_of_every_row(symmetric: bool, order: bool) -> None:
    """With the same scales, and to where each code of the last column is the best with all others as they are."""
    weight, gram = problem(inputs=96)
    scheme = Scheme("int3", symmetric, "group", 32)
    plain = gptq(weight, gram.clone(), scheme, act_order=order, descend=False, block=40)
    better = gptq(weight, gram.clone(), scheme, act_order=order, block=40)
    if order:
        assert torch.equal(plain.quantized.scales, better.quantized.scales)
    damped = gram + 0.01 * gram.diagonal().mean() * torch.eye(96)

    def errors(solution: Solution) -> torch.Tensor:
        lost = dequantize(solution.quantized, scheme) - weight
        return ((lost @ damped) * lost).sum(1)

    assert errors(better).le(errors(plain) * 1.0001).all()
    assert errors(better).sum() < 0.99 * errors(plain).sum() and better.error < plain.error
    last = int(gram.diagonal().argmin()) if order else 95
    for change in (-1, 1):
        moved = better.quantized.codes.clone()
        moved[:, last] = (moved[:, last] + change).clamp(-4, 3)
        other = Solution(Quantized(moved, better.quantized.scales, better.quantized.zero_points), 0.0, None)
        assert errors(better).le(errors(other) * 1.0001).all()


@pytest.mark.parametrize("name", ["int3", "Q4_0", "IQ2_XXS"])
def test_weights_that_share_a_walk_are_rounded_as_by_themselves(name: str) -> None:
    weight, gram = problem(inputs=256)
    along = SharedWalks(gram, 0.1, act_order=True)
    if name == "int3":
        scheme = Scheme("int3", True, "group", 16)
        alone = gptq(weight, gram.clone(), scheme, damping=0.1, act_order=True)
        shared = [gptq(rows, gram, scheme, damping=0.1, act_order=True, along=along) for rows in (weight[:9], weight)]
    else:
        layout = BLOCK_FORMATS[name]
        alone = block_gptq(weight, gram.clone(), layout, damping=0.1)
        shared = [block_gptq(rows, gram, layout, damping=0.1, along=along) for rows in (weight[:9], weight)]
    assert torch.equal(gram, problem(inputs=256)[1])
    for solution, rows in zip(shared, (9, 24), strict=True):
        assert (solution.quantized.codes == alone.quantized.codes[:rows]).float().mean() > 0.99
    assert shared[1].error == pytest.approx(alone.error, rel=1e-3)


def test_costs_of_columns_that_are_visited_together() -> None:
    """By definition: the columns that were visited before are settled, those to come take their best values."""
    weight, gram = problem()
    damped = gram.double() / gram.diagonal().mean()
    damped.diagonal().add_(0.01)
    walk = ColumnWalk(weight, gram.clone(), 0.01, act_order=True, together=8)
    visited = walk.perm[::-1]
    octets = [visited[start : start + 8] for start in range(0, 64, 8)]
    assert all(octet == list(range(octet[0], octet[0] - 8, -1)) for octet in octets)
    energies = [float(gram.diagonal()[octet].sum()) for octet in octets]
    assert energies == sorted(energies, reverse=True)
    found = walk.costs()
    for number, octet in enumerate(octets):
        left = torch.tensor(octet + [place for later in octets[number + 1 :] for place in later])
        settled = torch.linalg.inv(torch.linalg.inv(damped[left][:, left])[:8, :8])
        assert torch.allclose(found[octet].double(), settled.diagonal(), rtol=1e-3)


def test_the_descent_of_columns_together_finds_what_is_best() -> None:
    """Where any value may be taken, all of eight columns at once: the weight itself, in a single visit of each."""
    weight, gram = problem()
    walk = ColumnWalk(weight, gram.clone(), 0.01, together=8)
    walk.run(lambda row, values, error: error.zero_())
    made = weight.T.clone()
    made[-8:] += 1.0  # visited last: all others are right by then
    before = float(walk._loss)
    taken: dict[int, torch.Tensor] = {}

    def revise(row: int, now: torch.Tensor, best: torch.Tensor, costs: torch.Tensor, change: torch.Tensor) -> None:
        assert costs.shape == (8, 8)
        place = walk.perm[row]
        assert torch.equal(now, made[place : place + 8])
        taken[place] = best.clone()
        torch.sub(now, best if place == 56 else now, out=change)

    walk.descend(made, revise)
    assert torch.allclose(taken[56], weight.T[56:], atol=1e-3)
    damped = gram / gram.diagonal().mean() + 0.01 * torch.eye(64)
    assert before - float(walk._loss) == pytest.approx(float(24 * damped[56:, 56:].sum()), rel=1e-3)


def test_ranges_are_searched_for_the_energy_of_the_inputs() -> None:
    """Inputs of different energies: the search of the ranges pays in GPTQ too, in order and out of order."""
    weight, gram = problem(inputs=128)
    factors = torch.randn(128, generator=torch.Generator().manual_seed(5)).exp_()
    gram = gram * factors * factors[:, None]
    scheme = Scheme("int3", True, "group", 32)
    for order in (True, False):
        whole = gptq(weight, gram.clone(), scheme, Clip(), act_order=order)
        searched = gptq(weight, gram.clone(), scheme, Clip("mse", steps=20), act_order=order)
        assert searched.error < 0.9 * whole.error


GRIDS = [
    *(Scheme(f"int{bits}", symmetric, "group", 16) for bits in (8, 4, 3, 2) for symmetric in (True, False)),
    Scheme("int4", False, "group", 16, zero_point="float"),
    *(Scheme(name, group_size=16) for name in ("nf4", "float4_e2m1", "nvfp4", "mxfp4", "Q4_1", "IQ4_NL")),
]


@pytest.mark.parametrize("order", [True, False])
@pytest.mark.parametrize("scheme", GRIDS, ids=str)
def test_a_weight_on_the_grid_comes_back_to_the_bit(scheme: Scheme, order: bool) -> None:
    weight, gram = problem()
    dense = dequantize(quantize(weight * 0.02, scheme), scheme)
    for clip in (Clip(), Clip("mse", steps=20)):
        solution = gptq(dense, gram.clone(), scheme, clip, act_order=order)
        assert torch.equal(dequantize(solution.quantized, scheme), dense)


@pytest.mark.parametrize("at", [299, 281, 265, 172, 171, 150])
def test_upcoming_columns_have_heard_of_all_errors(at: int) -> None:
    """Halve the columns down to one, then leave the others alone: they are what was foreseen there."""
    weight, gram = problem(inputs=300)
    walk = ColumnWalk(weight, gram, 0.01)
    foreseen: list[torch.Tensor] = []

    def halve(row: int, values: torch.Tensor, error: torch.Tensor) -> None:
        if row > at:
            torch.mul(values, 0.5, out=error)
            return
        if row == at:
            foreseen.extend(walk.upcoming(150))
        if foreseen:
            assert torch.allclose(foreseen.pop(), values, atol=1e-4)
        error.zero_()

    walk.run(halve)
    assert not foreseen


def test_pruned_weights_stay_zero() -> None:
    weight, gram = problem()
    mask = torch.rand(weight.shape, generator=torch.Generator().manual_seed(3)) > 0.5
    for name, symmetric in (("int4", True), ("int4", False), ("nf4", True), ("float4_e2m1", True)):
        for order in (True, False):
            scheme = Scheme(name, symmetric, "group", 16)
            solution = gptq(weight * mask, gram.clone(), scheme, Clip("mse"), act_order=order, mask=mask)
            result = dequantize(solution.quantized, scheme)
            assert not result[~mask].any()
            assert result[mask].count_nonzero() > 0.8 * mask.sum()
            nearest = dequantize(quantize(weight * mask, scheme, Clip("mse")), scheme)
            assert solution.error < relative_error(weight * mask, nearest, gram)


def test_damping_is_raised_for_a_singular_matrix() -> None:
    weight, _ = problem()
    x = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))
    solution = gptq(weight, x.T @ x, Scheme("int4"), damping=0.0)
    assert solution.damping is not None and 0 < solution.damping <= 1


@pytest.mark.parametrize("value", [0.0, float("nan"), -1.0])
def test_falls_back_to_nearest(value: float) -> None:
    weight, _ = problem()
    scheme = Scheme("int4", True, "group", 32)
    solution = gptq(weight, torch.full((64, 64), value), scheme)
    assert solution.damping is None
    assert torch.equal(solution.quantized.codes, quantize(weight, scheme).codes)


def test_dead_inputs_do_no_harm() -> None:
    weight, gram = problem()
    gram[:, 5] = gram[5] = 0
    solution = gptq(weight, gram.clone(), Scheme("int4", True, "group", 32))
    assert solution.damping == 0.01 and torch.isfinite(solution.quantized.scales).all()


@pytest.mark.parametrize(
    ("smallest", "expected"), [(0.5, 0.0), (-5e-5, 1e-4), (-5e-4, 1e-3), (-0.05, 0.1), (-0.5, 1.0)]
)
def test_damping_grows_tenfold_until_the_matrix_can_be_factorized(smallest: float, expected: float) -> None:
    """A Gram matrix whose smallest eigenvalue is ``smallest`` times the mean of its diagonal."""
    values = torch.ones(8, dtype=torch.float64)
    values[0] = smallest
    values[1:] += (1 - smallest) / 7  # the mean stays 1
    turned, _ = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    gram = 3 * turned @ torch.diag(values) @ turned.T
    factor, used = factorize(gram.clone(), 0.0)
    assert factor is not None and used == pytest.approx(expected)
    damped = gram / gram.diagonal().mean() + used * torch.eye(8, dtype=torch.float64)
    assert torch.allclose(factor.T @ factor @ damped, torch.eye(8, dtype=torch.float64), atol=1e-8)


def test_a_matrix_that_no_damping_helps_is_given_up() -> None:
    gram = torch.diag(torch.tensor([-4.0, 4.0, 4.0, 4.0], dtype=torch.float64))
    assert factorize(gram, 0.0) == (None, 1.0)
    assert factorize(torch.zeros(3, 3), 0.01) == (None, 0.01)
