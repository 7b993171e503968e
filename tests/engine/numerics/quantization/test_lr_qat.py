"""LR-QAT's rounding: where it starts, what its gradients are, and what merges."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.numerics.quantization import lr_qat
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme

BASES: tuple[lr_qat.Base, ...] = ("float32", "bfloat16", "float16", "fixed8", "integer")


def start(
    bits: int, base: lr_qat.Base, symmetric: bool = True, group: int = 0, ratio: float = 1.0
) -> tuple[torch.Tensor, Scheme, Quantized, lr_qat.Frozen]:
    """A weight, rounded to nearest, and its frozen form."""
    torch.manual_seed(0)
    weight = 0.1 * torch.randn(24, 64)
    scheme = Scheme(f"int{bits}", symmetric, "group" if group else "channel", group or 64)
    found = quantize(weight, scheme, Clip("mse", exponent=3.0, steps=20))
    grid = lr_qat.Grid(bits)
    stored = lr_qat.down_cast(weight, found.scales, found.zero_points, base, grid)
    frozen = lr_qat.Frozen(stored, base, grid, 64, found.scales.shape[1], ratio, found.zero_points)
    return weight, scheme, found, frozen


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", range(2, 9))
def test_it_starts_as_rounding_to_nearest(bits: int, symmetric: bool) -> None:
    for base in ("float32", "integer"):
        _, scheme, found, frozen = start(bits, base, symmetric, group=16)
        assert torch.equal(lr_qat.codes(frozen, None, None), found.codes)
        weight = lr_qat.quantized_weight(frozen, None, None, found.scales.float())
        assert torch.equal(weight, dequantize(found, scheme))
        a, b = torch.zeros(24, 4), torch.randn(4, 64)
        assert torch.equal(lr_qat.codes(frozen, a, b), found.codes)


@pytest.mark.parametrize("bits", range(2, 8))
def test_fixed_point_is_exact_to_half_its_step(bits: int) -> None:
    weight, _, found, frozen = start(bits, "fixed8")
    assert frozen.stored.dtype == torch.int8
    exact = (weight / found.scales.float()).clamp(frozen.grid.low, frozen.grid.high)
    off = (lr_qat.up_cast(frozen.stored, "fixed8", frozen.grid, 64) - exact).abs().max()
    inside = exact < frozen.grid.high - 1  # the largest values stop at the largest byte
    assert (lr_qat.up_cast(frozen.stored, "fixed8", frozen.grid, 64) - exact)[inside].abs().max() <= 2.0 ** -(9 - bits)
    assert off <= 2.0 ** -(8 - bits)
    different = (lr_qat.codes(frozen, None, None) - found.codes).abs()
    assert different.max() <= 1
    assert (different != 0).float().mean() < 2.0 ** -(8 - bits) + 0.01  # near ties only


def test_eight_bits_have_no_fixed_point() -> None:
    with pytest.raises(ValueError, match="no bits left"):
        start(8, "fixed8")


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("group", [0, 16])
@pytest.mark.parametrize("base", BASES)
def test_the_short_way_has_the_gradients_of_the_long_one(base: lr_qat.Base, group: int, symmetric: bool) -> None:
    """Against automatic differentiation of the formula, A and B so large that weights are clipped on either side."""
    _, _, found, frozen = start(3, base, symmetric, group, ratio=0.5)
    x = torch.randn(2, 5, 64, requires_grad=True)
    a, b = torch.randn(24, 4, requires_grad=True), torch.randn(4, 64, requires_grad=True)
    scales = found.scales.float().requires_grad_()
    upper = torch.randn(2, 5, 24)
    short = lr_qat.quantized_product(x, frozen, a, b, scales)
    long = x @ lr_qat.quantized_weight(frozen, a, b, scales).t()
    assert torch.allclose(short, long, rtol=1e-5, atol=1e-5)
    ours = torch.autograd.grad((short * upper).sum(), (x, a, b, scales))
    theirs = torch.autograd.grad((long * upper).sum(), (x, a, b, scales))
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-4)
    codes = lr_qat.codes(frozen, a, b)
    assert codes.min() == -4 and codes.max() == 3


def test_at_the_start_a_learns_and_b_does_not_yet() -> None:
    _, _, found, frozen = start(3, "fixed8")
    generator = torch.Generator().manual_seed(1)
    a, b = torch.zeros(24, 4, requires_grad=True), lr_qat.factor(4, 64, generator).requires_grad_()
    scales = found.scales.float().requires_grad_()
    lr_qat.quantized_product(torch.randn(9, 64), frozen, a, b, scales).square().sum().backward()
    assert a.grad is not None and b.grad is not None and scales.grad is not None
    assert a.grad.abs().max() > 0 and torch.equal(b.grad, torch.zeros_like(b.grad))
    assert torch.isfinite(scales.grad).all() and scales.grad.abs().max() > 0


def test_what_is_clipped_gets_no_gradient() -> None:
    """One weight far outside: its row of A gets nothing, the scale gets the clipped integer."""
    grid = lr_qat.Grid(2)
    frozen = lr_qat.Frozen(torch.tensor([[9.0]]), "float32", grid, 1, 1, 1.0)
    a, b, scales = (torch.ones(1, 1, requires_grad=True) for _ in range(3))
    lr_qat.quantized_product(torch.ones(1, 1), frozen, a, b, scales).sum().backward()
    assert a.grad is not None and a.grad.item() == 0
    assert scales.grad is not None and scales.grad.item() == 1.0  # the largest 2-bit integer


def test_full_training_has_the_gradients_of_lsq() -> None:
    """Esser et al., equation 3: −v/s + round(v/s) inside, the bound outside; weights pass inside only."""
    weight = torch.tensor([[0.26, -0.9, 0.05, 0.1]], requires_grad=True)
    scales = torch.full((1, 1), 0.1, requires_grad=True)
    found = lr_qat.step_size_weight(weight, scales, None, lr_qat.Grid(3))
    assert torch.allclose(found, torch.tensor([[0.3, -0.4, 0.0, 0.1]]))
    found.backward(torch.tensor([[1.0, 2.0, 4.0, 8.0]]))
    assert weight.grad is not None and scales.grad is not None
    assert weight.grad.tolist() == [[1.0, 0.0, 4.0, 8.0]]
    place = (weight.detach() / 0.1)[0]
    expected = (3 - place[0]) + 2 * -4 + 4 * (0 - place[2]) + 8 * (1 - place[3])
    assert scales.grad.item() == pytest.approx(float(expected), abs=1e-4)
    codes = lr_qat.step_size_codes(weight, scales, None, lr_qat.Grid(3))
    assert codes.dtype == torch.int8 and codes.tolist() == [[3, -4, 0, 1]]


def test_nothing_of_the_size_of_the_weight_is_kept() -> None:
    """The reason for the short way: what autograd saves has the size of the input and of the factors."""
    _, _, found, frozen = start(3, "fixed8")
    x, a, b = torch.randn(2, 64, requires_grad=True), torch.randn(24, 2), torch.randn(2, 64)
    a.requires_grad_(), b.requires_grad_()
    scales = found.scales.float().requires_grad_()
    sizes: dict[str, list[int]] = {"short": [], "long": []}

    def kept(way: str) -> Any:
        def pack(tensor: torch.Tensor) -> torch.Tensor:
            sizes[way].append(tensor.numel())
            return tensor

        return torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor)

    with kept("short"):
        lr_qat.quantized_product(x, frozen, a, b, scales)
    with kept("long"):
        _ = x @ lr_qat.quantized_weight(frozen, a, b, scales).t()
    assert max(sizes["short"]) < 24 * 64 <= max(sizes["long"])
