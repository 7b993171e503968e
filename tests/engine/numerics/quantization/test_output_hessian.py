"""Rounding under the Hessian of the outputs, beside float64 by its definition."""

from __future__ import annotations

import itertools

import pytest
import torch

from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.output_hessian import OutputHessian, shrunk
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


class Integers:
    """Rounds a single column to integers from -2 to 2."""

    def __init__(self, outputs: int) -> None:
        self.stored = torch.zeros(1, outputs)

    def nearest(
        self, row: int, target: torch.Tensor, outputs: slice, costs: torch.Tensor | None
    ) -> tuple[torch.Tensor, ...]:
        codes = target.round().clamp(-2, 2)
        return codes, codes

    def codes(self, row: int) -> tuple[torch.Tensor, ...]:
        return (self.stored,)


@pytest.mark.parametrize("outputs, groups", [(5, 5), (6, 3), (5, 8)])
def test_rounding_ends_where_no_single_code_could_be_better(outputs: int, groups: int) -> None:
    hessian = gram_of(outputs, 1)
    target = 2 * torch.randn(1, outputs, generator=torch.Generator().manual_seed(2))
    rounder, solver = Integers(outputs), OutputHessian([hessian.clone()], groups)
    rounder.stored = now = target.round().clamp(-2, 2)
    one = torch.eye(1)
    costs = [cost((target - now).T, one, hessian)]
    for _ in range(20):
        now = solver.round(rounder, 0, target, now)
        assert torch.equal(now, rounder.stored)
        costs.append(cost((target - now).T, one, hessian))
    assert costs == sorted(costs, reverse=True)
    best = min(
        cost((target - torch.tensor([values], dtype=torch.float32)).T, one, hessian)
        for values in itertools.product(range(-2, 3), repeat=outputs)
    )
    assert best <= costs[-1] * 1.0001
    if groups < outputs:
        return  # outputs of a group move together, or not at all
    for output, code in itertools.product(range(outputs), range(-2, 3)):
        other = now.clone()
        other[0, output] = code
        assert cost((target - other).T, one, hessian) >= costs[-1] * 0.9999


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
    assert float(under.cost(errors[1], gram)) == pytest.approx(costs[1], rel=1e-3)
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


@pytest.mark.parametrize("name", ["int3", "Q3_K", "IQ2_XS"])
def test_independent_outputs_are_rounded_as_by_columns(name: str) -> None:
    weight, gram = weight_of(32, 256), gram_of(256, 3)
    diagonal = torch.linspace(0.5, 2, 32)
    plain = gptq(weight, gram.clone(), SCHEMES[name], damping=0.01, act_order=True)
    shrunken = shrunk(gram_of(32, 4), 1.0)
    for hessian in (torch.diag(diagonal), diagonal, shrunken):
        under = OutputHessian([hessian])
        both = gptq(weight, gram.clone(), SCHEMES[name], damping=0.01, act_order=True, hessian=under)
        alike = (plain.quantized.codes == both.quantized.codes).float().mean()
        assert alike > 0.99  # points are compared by other sums


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
    assert (together.quantized.codes == codes).float().mean() > 0.95  # a group is taken over by linears together


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
