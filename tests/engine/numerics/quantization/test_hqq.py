"""Half-quadratic quantization beside a float64 transcription of the published iteration, and what it promises."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.quantization.hqq import half_quadratic, shrink, slope_of
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Scheme


def scheme(bits: int = 4, size: int = 32, **more: object) -> Scheme:
    return Scheme(f"int{bits}", symmetric=False, group_size=size, zero_point="float", **more)  # type: ignore[arg-type]


def lopsided(rows: int = 16, inputs: int = 128, seed: int = 0) -> torch.Tensor:
    """Weights with a few large ones on one side."""
    drawn = torch.randn(rows, inputs, generator=torch.Generator().manual_seed(seed))
    return drawn + 4 * (drawn > 2)


def loss(weight: torch.Tensor, quantized: object, scheme: Scheme, p: float) -> torch.Tensor:
    errors = weight - dequantize(quantized, scheme)  # type: ignore[arg-type]
    return errors.abs().pow(p).reshape(-1, scheme.group_size).sum(1)


def test_the_soft_threshold() -> None:
    errors = torch.tensor([0.0, 0.1, -0.5, 2.0])
    expected = [0.0, 0.0, -(0.5 - 0.5**-0.3 / 10), 2.0 - 2.0**-0.3 / 10]
    torch.testing.assert_close(shrink(errors, slope_of(errors, 0.7), 10.0), torch.tensor(expected))
    torch.testing.assert_close(shrink(errors, slope_of(errors, 1.0), 4.0), torch.tensor([0.0, 0.0, -0.25, 1.75]))


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_the_first_step_is_the_published_one(bits: int) -> None:
    """One step in float64: codes of the whole range, slack, and the mean that takes the place of the zero point."""
    weight, p, beta = lopsided().double(), 0.7, 10.0
    groups = weight.reshape(-1, 32)
    most = 2**bits - 1
    scale = (groups.amax(1, keepdim=True) - groups.amin(1, keepdim=True)) / most
    zero = -groups.amin(1, keepdim=True) / scale
    codes = (groups / scale + zero).round().clamp(0, most)
    errors = groups / scale - (codes - zero)
    slack = shrink(errors, slope_of(errors, p), beta)
    zero_after = (codes - (groups / scale - slack)).mean(1, keepdim=True)
    expected_minimum = -zero_after * scale
    once = half_quadratic(weight.float(), scheme(bits, scale_dtype="float32"), p=p, beta=beta, steps=1)
    assert once.zero_points is not None
    minimum = once.zero_points.reshape(-1, 1).double()
    moved = (minimum - groups.amin(1, keepdim=True)).abs() > 1e-5
    assert moved.any()
    torch.testing.assert_close(minimum[moved], expected_minimum[moved], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("p", [0.5, 0.7, 1.0])
def test_no_group_is_worse_than_its_whole_range(bits: int, p: float) -> None:
    weight = lopsided()
    plain = loss(weight, quantize(weight, scheme(bits)), scheme(bits), p)
    better = loss(weight, half_quadratic(weight, scheme(bits), p=p), scheme(bits), p)
    assert (better <= plain * (1 + 1e-4)).all() and better.sum() < (1 if bits == 8 else 0.98) * plain.sum()


def test_more_steps_are_never_worse() -> None:
    weight = lopsided()
    losses = [float(loss(weight, half_quadratic(weight, scheme(2), steps=n), scheme(2), 0.7).sum()) for n in (1, 5, 20)]
    assert losses[0] >= losses[1] >= losses[2]


def test_a_weight_on_the_grid_comes_back() -> None:
    codes = torch.randint(0, 16, (8, 64), generator=torch.Generator().manual_seed(1)).float()
    codes[:, ::32], codes[:, 1::32] = 0.0, 15.0
    weight = codes * 0.25 - 1.5
    quantized = half_quadratic(weight, scheme(4))
    assert torch.equal(dequantize(quantized, scheme(4)), weight)


def test_the_size_of_the_weights_makes_no_difference() -> None:
    weight = lopsided()
    one, other = (half_quadratic(w, scheme(3, scale_dtype="float32")) for w in (weight, weight * 2.0**-7))
    assert torch.equal(one.codes, other.codes)


@pytest.mark.parametrize(("granularity", "shape"), [("tensor", (1, 1)), ("channel", (16, 1)), ("group", (16, 4))])
def test_every_granularity(granularity: str, shape: tuple[int, int]) -> None:
    made = half_quadratic(lopsided(), scheme(4, granularity=granularity))
    assert made.zero_points is not None and made.scales.shape == made.zero_points.shape == shape
    assert torch.isfinite(dequantize(made, scheme(4, granularity=granularity))).all()


def test_what_it_refuses() -> None:
    weight = lopsided()
    with pytest.raises(ValueError, match="floating minima"):
        half_quadratic(weight, Scheme("int4"))
    with pytest.raises(ValueError, match="p is"):
        half_quadratic(weight, scheme(4), p=1.5)
    weight[0, 0] = torch.nan
    with pytest.raises(ValueError, match="NaN"):
        half_quadratic(weight, scheme(4))
