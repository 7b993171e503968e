"""Rounding under the Hessian of the outputs, beside float64 by its definition."""

from __future__ import annotations

import itertools
from typing import Any, Literal

import pytest
import torch

from engine.numerics.column_walk import relative_error
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.output_hessian import DAMPING, OutputHessian, noise_share, shrunk
from engine.numerics.quantization.quantize import dequantize
from engine.numerics.quantization.scheme import Scheme

SCHEMES = {
    name: Scheme(name, True, "group", 32) if name in ("int3", "nf4") else Scheme(name)
    for name in ("int3", "nf4", "nvfp4", "mxfp4", "Q4_0", "Q2_K", "Q3_K", "IQ4_XS", "IQ2_XS")
}


def gram_of(features: int, seed: int) -> torch.Tensor:
    """A Gram matrix whose features hang together."""
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.eye(features) + 0.4 * torch.randn(features, features, generator=generator) / features**0.5
    x = torch.randn(4 * features, features, generator=generator) @ mixed @ mixed
    return x.T @ x / len(x)


def weight_of(outputs: int, inputs: int) -> torch.Tensor:
    return torch.randn(outputs, inputs, generator=torch.Generator().manual_seed(9))


def cost(errors: torch.Tensor, gram: torch.Tensor, hessian: torch.Tensor) -> float:
    """tr(H_O D H_I Dᵀ) in float64."""
    d = errors.double()
    return float(torch.trace(hessian.double() @ d @ gram.double() @ d.T))


@pytest.mark.parametrize(("outputs", "groups"), [(7, 7), (12, 3), (5, 8)])
def test_each_target_is_the_best_that_is_left(outputs: int, groups: int) -> None:
    """With the errors of the outputs that are rounded fixed, the others are where the cost is smallest, whatever the
    Gram matrix of the inputs is: beside a float64 solution of all rows to come, and then of each group alone."""
    hessian, weight = gram_of(outputs, 1), weight_of(outputs, 16)
    damped = hessian.double() + DAMPING * hessian.diagonal().double().mean() * torch.eye(outputs)
    values, done = weight.double(), torch.zeros(outputs, dtype=torch.bool)
    order: list[list[int]] = []

    def best(rest: torch.Tensor, fixed: torch.Tensor) -> torch.Tensor:
        errors = (weight.double() - values)[fixed]
        return weight.double()[rest] + torch.linalg.solve(damped[rest][:, rest], damped[rest][:, fixed] @ errors)

    def rounded(rows: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        rest = (~done).nonzero().flatten()
        wanted = best(rest, done.nonzero().flatten())[[rest.tolist().index(row) for row in rows.tolist()]]
        torch.testing.assert_close(target.double(), wanted, rtol=1e-4, atol=1e-4)
        values[rows] = target.round().double()
        done[rows] = True
        order.append(rows.tolist())
        return target.round()

    revised: list[int] = []

    def revise(number: int, target: torch.Tensor) -> torch.Tensor:
        rows = torch.tensor(order[number])
        others = torch.tensor([row for row in range(outputs) if row not in order[number]])
        torch.testing.assert_close(target.double(), best(rows, others), rtol=1e-4, atol=1e-4)
        values[rows] = target.round().double()
        revised.append(number)
        return target.round()

    OutputHessian([hessian.clone()], groups).solve(weight, rounded, revise)
    assert sorted(itertools.chain(*order)) == list(range(outputs))
    assert int(hessian.diagonal().argmax()) in order[0]
    assert revised == list(range(len(order)))


@pytest.mark.parametrize("name", SCHEMES)
def test_the_cost_is_below_that_of_rounding_by_columns(name: str) -> None:
    weight, gram, hessian = weight_of(24, 256), gram_of(256, 3), gram_of(24, 4)
    options = {"damping": 0.01, "act_order": True}
    plain = gptq(weight, gram.clone(), SCHEMES[name], **options)  # type: ignore[arg-type]
    under = OutputHessian([hessian.clone()])
    both = gptq(weight, gram.clone(), SCHEMES[name], hessian=under, **options)  # type: ignore[arg-type]
    errors = [dequantize(solution.quantized, SCHEMES[name]) - weight for solution in (plain, both)]
    costs = [cost(error, gram, hessian) for error in errors]
    assert costs[1] < 0.95 * costs[0]
    assert both.error == pytest.approx(relative_error(weight, weight + errors[1], gram), rel=1e-2)
    assert both.quantized.codes.shape == plain.quantized.codes.shape
    assert both.quantized.codes.dtype == plain.quantized.codes.dtype


@pytest.mark.parametrize("name", ["int3", "Q2_K", "IQ2_XS"])
def test_the_second_pass_lowers_the_cost(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The damped one, of which each step is a descent."""
    weight, gram, hessian = weight_of(24, 256), gram_of(256, 3), gram_of(24, 4)
    damped = gram + 0.01 * gram.diagonal().mean() * torch.eye(256)

    def solved() -> float:
        under = OutputHessian([hessian.clone()])
        solution = gptq(weight, gram.clone(), SCHEMES[name], damping=0.01, act_order=True, hessian=under)
        return cost(dequantize(solution.quantized, SCHEMES[name]) - weight, damped, hessian)

    twice = solved()
    monkeypatch.setattr("engine.numerics.column_walk.ColumnWalk.descend", lambda *_: None)
    assert twice < 0.99 * solved()


@pytest.mark.parametrize("name", ["int3", "Q2_K", "IQ2_XS"])
def test_revising_the_groups_lowers_the_cost(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the errors of those that came after."""
    weight, gram, hessian = weight_of(24, 256), gram_of(256, 3), gram_of(24, 4)

    def solved() -> float:
        under = OutputHessian([hessian.clone()])
        solution = gptq(weight, gram.clone(), SCHEMES[name], damping=0.01, act_order=True, hessian=under)
        return cost(dequantize(solution.quantized, SCHEMES[name]) - weight, gram, hessian)

    revised = solved()
    solve = OutputHessian.solve

    def without(self: OutputHessian, weight: torch.Tensor, solve_rows: Any, _: Any) -> None:
        solve(self, weight, solve_rows, lambda number, target: target)

    monkeypatch.setattr(OutputHessian, "solve", without)
    assert revised < 0.995 * solved()


@pytest.mark.parametrize("name", ["int3", "Q3_K", "IQ2_XS"])
def test_independent_outputs_are_rounded_as_by_columns(name: str) -> None:
    """But for a second descent."""
    weight, gram = weight_of(32, 256), gram_of(256, 3)
    diagonal = torch.linspace(0.5, 2, 32)
    plain = gptq(weight, gram.clone(), SCHEMES[name], damping=0.01, act_order=True)
    shrunken = shrunk(gram_of(32, 4), 1.0)
    for hessian in (torch.diag(diagonal), diagonal, shrunken):
        under = OutputHessian([hessian])
        both = gptq(weight, gram.clone(), SCHEMES[name], damping=0.01, act_order=True, hessian=under)
        alike = (plain.quantized.codes == both.quantized.codes).float().mean()
        assert alike > 0.8 and both.error <= plain.error * (1 + 1e-5)


def test_linears_that_are_stacked_are_rounded_as_alone() -> None:
    scheme, gram = SCHEMES["int3"], gram_of(64, 3)
    weights, hessians = [weight_of(16, 64), weight_of(24, 64)], [gram_of(16, 4), torch.ones(24)]
    options = {"damping": 0.01, "act_order": True}
    stacked = OutputHessian([x.clone() for x in hessians])
    together = gptq(torch.cat(weights), gram.clone(), scheme, hessian=stacked, **options)  # type: ignore[arg-type]
    alone = [
        gptq(weight, gram.clone(), scheme, hessian=OutputHessian([hessian.clone()]), **options)  # type: ignore[arg-type]
        for weight, hessian in zip(weights, hessians, strict=True)
    ]
    codes = torch.cat([solution.quantized.codes for solution in alone])
    assert torch.equal(together.quantized.codes, codes)


@pytest.mark.parametrize("granularity", ["tensor", "channel", "group"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_scales_are_those_of_the_scheme(granularity: Literal["tensor", "channel", "group"], symmetric: bool) -> None:
    scheme = Scheme("int4", symmetric, granularity, 32)
    weight, gram, hessian = weight_of(8, 64), gram_of(64, 3), gram_of(8, 4)
    plain = gptq(weight, gram.clone(), scheme).quantized
    under = gptq(weight, gram.clone(), scheme, hessian=OutputHessian([hessian])).quantized
    assert under.scales.shape == plain.scales.shape and under.scales.dtype == plain.scales.dtype
    assert (under.zero_points is None) == symmetric
    if granularity == "tensor":
        assert torch.equal(under.scales, plain.scales)


@pytest.mark.parametrize("name", ["int3", "Q3_K"])
def test_pruned_weights_stay_zero(name: str) -> None:
    weight, gram, hessian = weight_of(32, 256), gram_of(256, 3), gram_of(32, 4)
    mask = torch.rand(32, 256, generator=torch.Generator().manual_seed(5)) > 0.5
    under = OutputHessian([hessian])
    solution = gptq(weight * mask, gram, SCHEMES[name], act_order=True, mask=mask, hessian=under)
    assert not dequantize(solution.quantized, SCHEMES[name])[~mask].any()


def test_shrinkage_leaves_the_diagonal() -> None:
    hessian = gram_of(6, 1)
    half = shrunk(hessian.clone(), 0.5)
    assert torch.equal(half.diagonal(), hessian.diagonal())
    off = ~torch.eye(6, dtype=torch.bool)
    torch.testing.assert_close(half[off], hessian[off] / 2)


def test_the_share_of_noise_is_that_of_many_draws() -> None:
    """Beside its definition V / (‖E S‖² + V), with the mean and the variance of 4,000 sums; pieces differ in length."""
    generator = torch.Generator().manual_seed(2)
    mixed = torch.eye(4) + 0.3 * torch.randn(4, 4, generator=generator)
    lengths = [3, 7, 5, 9]
    x = torch.randn(4000, sum(lengths), 4, generator=generator) @ mixed
    products = [torch.triu(piece.mT @ piece, 1) for piece in x.split(lengths, 1)]
    sums = sum(products, torch.zeros(4000, 4, 4))
    variance = float(sums.var(0).sum())
    expected = variance / (float(sums.mean(0).square().sum()) + variance)
    norms = sum(float(product.square().sum()) for product in products) / 4000
    mean = float(sums.square().sum() / 4000)
    hessian = torch.zeros(4, 4)
    hessian[0, 1] = mean**0.5  # only its norm counts
    pieces = sum(lengths) ** 2 / sum(length**2 for length in lengths)
    assert noise_share(hessian, norms, pieces) == pytest.approx(expected, rel=0.05)
    assert 0.05 < expected < 0.6


@pytest.mark.parametrize(
    ("hessian", "norms", "pieces", "expected"),
    [
        (torch.ones(3, 3), 3.0, 1.0, 1.0),  # a single piece
        (torch.eye(3), 0.0, 8.0, 1.0),  # no correlations
        (torch.ones(3, 3), 3.0 / 8, 8.0, 0.0),  # all pieces alike
        (torch.ones(3, 3), 300.0, 8.0, 1.0),
    ],
)
def test_the_share_of_noise_has_limits(hessian: torch.Tensor, norms: float, pieces: float, expected: float) -> None:
    assert noise_share(hessian, norms, pieces) == pytest.approx(expected)
