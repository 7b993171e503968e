"""Dynamic rounding of activations."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.modules.quantized import Activations
from engine.numerics.quantization.activations import (
    fake_quantize,
    fake_quantize_floats,
    quantize_rows,
    restore_rows,
    soft_quantize,
    soft_quantize_floats,
)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("symmetric", [True, False])
def test_as_compressed_tensors_does_it(bits: int, symmetric: bool) -> None:
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import fake_quantize as theirs
    from compressed_tensors.quantization.utils.helpers import compute_dynamic_scales_and_zp

    torch.manual_seed(0)
    x = torch.randn(2, 5, 64)
    args = QuantizationArgs(num_bits=bits, symmetric=symmetric, strategy="token", dynamic=True)
    scale, zero = compute_dynamic_scales_and_zp(x, args, torch.nn.Identity())
    assert torch.allclose(fake_quantize(x, bits, symmetric), theirs(x, scale, zero, args), atol=1e-6)


@pytest.mark.parametrize("symmetric", [True, False])
def test_every_token_has_its_own_range(symmetric: bool) -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 64) * torch.tensor([[1e-3], [1.0], [1e4]])
    error = (fake_quantize(x, 8, symmetric) - x).abs().amax(1) / x.abs().amax(1)
    assert error.lt(0.01).all()


def test_zeros_and_dtype_stay() -> None:
    assert fake_quantize(torch.zeros(2, 8), 8, True).eq(0).all()
    assert fake_quantize(torch.zeros(2, 8), 4, False).eq(0).all()
    assert fake_quantize(torch.randn(2, 8).bfloat16(), 8, True).dtype == torch.bfloat16


@pytest.mark.parametrize("bits", [3, 4, 8])
@pytest.mark.parametrize("group", [0, 8])
def test_the_clipped_range_is_a_share_of_the_whole(bits: int, group: int) -> None:
    x = torch.randn(6, 32, generator=torch.Generator().manual_seed(0))
    whole, clipped = (fake_quantize(x, bits, False, clip, group) for clip in (1.0, 0.7))
    rows = x.view(-1, group or 32)
    for values, clip in ((whole, 1.0), (clipped, 0.7)):
        out = values.view(-1, group or 32)
        step = clip * (rows.amax(-1) - rows.amin(-1)) / (2**bits - 1)
        assert bool(((out.amax(-1) - clip * rows.amax(-1)).abs() <= step * 0.51).all())
        assert all(len(row.unique()) <= 2**bits for row in out)


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_soft_one_gives_the_same_and_a_gradient_to_the_range(symmetric: bool) -> None:
    x = torch.randn(4, 16, generator=torch.Generator().manual_seed(0), requires_grad=True)
    clip = torch.tensor(0.8, requires_grad=True)
    soft = soft_quantize(x, 4, symmetric, clip, 8)
    assert torch.allclose(soft, fake_quantize(x.detach(), 4, symmetric, 0.8, 8), atol=1e-6)
    (soft * torch.arange(16.0)).sum().backward()
    assert x.grad is not None and clip.grad is not None and float(clip.grad.abs()) > 0
    low, high = (f(x.detach().view(4, 2, 8), -1).repeat_interleave(8, 1) for f in (torch.amin, torch.amax))
    inside = (x.detach() > 0.7 * low) & (x.detach() < 0.7 * high)
    assert torch.allclose(x.grad[inside], torch.arange(16.0).expand(4, 16)[inside])


def test_codes_and_scales_are_what_fake_quantization_rounds_to() -> None:
    x = torch.randn(2, 3, 5, 16, generator=torch.Generator().manual_seed(0))
    codes, scale, zero = quantize_rows(x, 4, 0.9)
    assert int(codes.max()) <= 15
    assert torch.equal(restore_rows(codes, scale, zero), fake_quantize(x, 4, False, 0.9))


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("group", [0, 8])
def test_the_soft_gradient_is_that_of_straight_through_rounding(symmetric: bool, group: int) -> None:
    """Against autograd through the same formula, in which only the rounding and the clipping of codes are passed."""
    draw = torch.Generator().manual_seed(3)
    x = torch.randn(5, 16, generator=draw)
    weight = torch.randn(5, 16, generator=draw)
    clip = torch.tensor(0.7)

    def straight(values: torch.Tensor) -> torch.Tensor:
        return values + (values.round() - values).detach()

    def reference(x: torch.Tensor, clip: torch.Tensor) -> torch.Tensor:
        values = x.view(5, -1, group or 16)
        smallest = values.amin(-1, keepdim=True).clamp_max(0) * clip
        largest = values.amax(-1, keepdim=True).clamp_min(0) * clip
        if symmetric:
            scale = torch.maximum(-smallest, largest) / 7.5
            return (straight(values / scale).clamp(-8, 7) * scale).view(5, 16)
        scale = (largest - smallest) / 15
        zero = straight(-8 - smallest / scale).clamp(-8, 7)
        return ((straight(values / scale + zero).clamp(-8, 7) - zero) * scale).view(5, 16)

    gradients = []
    for function in (reference, lambda x, clip: soft_quantize(x, 4, symmetric, clip, group)):
        mine, share = x.clone().requires_grad_(), clip.clone().requires_grad_()
        (function(mine, share) * weight).sum().backward()
        assert mine.grad is not None and share.grad is not None
        gradients.append((mine.grad, share.grad))
    assert torch.allclose(gradients[0][0], gradients[1][0], atol=1e-4)
    assert torch.allclose(gradients[0][1], gradients[1][1], atol=1e-3)


ROUNDED: dict[str, Activations] = {
    "tokens": Activations(4),
    "clipped": Activations(4, False, 0.8),
    "groups": Activations(8, True, 0.9, 16),
    "float8": Activations(8, format="float8_e4m3"),
    "float8 static": Activations(8, format="float8_e4m3", scale=0.004),
    "mxfp4": Activations(4, format="mxfp4"),
    "nvfp4": Activations(4, format="nvfp4", scale=0.001),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", ROUNDED)
def test_values_are_the_same_with_and_without_gradients(kind: str, dtype: torch.dtype) -> None:
    x = torch.randn(2, 3, 64, generator=torch.Generator().manual_seed(4)).to(dtype)
    learning = x.clone().requires_grad_()
    rounded = ROUNDED[kind].rounded(learning)
    assert rounded.requires_grad
    assert torch.equal(rounded, ROUNDED[kind].rounded(x))
    with torch.no_grad():
        assert torch.equal(rounded, ROUNDED[kind].rounded(learning))


def test_gradients_of_a_layer_go_through_the_range_of_its_input() -> None:
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(5))
    weight = torch.randn(3, 32, generator=torch.Generator().manual_seed(6))
    mine, reference = x.clone().requires_grad_(), x.clone().requires_grad_()
    (ROUNDED["clipped"].rounded(mine) * weight).sum().backward()
    (soft_quantize(reference, 4, False, torch.tensor(0.8)) * weight).sum().backward()
    assert mine.grad is not None and reference.grad is not None
    assert torch.equal(mine.grad, reference.grad)
    assert not torch.equal(mine.grad, weight)


@pytest.mark.parametrize("kind", ["float8", "float8 static", "mxfp4", "nvfp4"])
def test_short_floats_beyond_a_fixed_range_get_no_gradient(kind: str) -> None:
    """A dynamic range reaches its largest value, so nothing lies beyond it."""
    x = torch.linspace(-3, 3, 64).view(2, 32).requires_grad_()
    soft_quantize_floats(x, ROUNDED[kind].format, ROUNDED[kind].scale).sum().backward()
    assert x.grad is not None
    is_beyond = x.detach().abs() > 448 * ROUNDED["float8 static"].scale
    assert bool(is_beyond.any()) and not bool(is_beyond.all())
    assert torch.equal(x.grad, (~is_beyond).float() if kind == "float8 static" else torch.ones(2, 32))


@pytest.mark.parametrize("form", ["float8_e4m3", "float8_static", "mxfp4", "nvfp4"])
def test_short_floats_are_those_of_compressed_tensors(form: str) -> None:
    """Whatever it computes at run time; ties, zeros and what lies beyond a fixed scale too."""
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import fake_quantize as theirs
    from compressed_tensors.quantization.utils import compute_dynamic_scales_and_zp

    x = torch.randn(2, 5, 64, generator=torch.Generator().manual_seed(0)) * 3
    x[0, 0] = torch.arange(64) / 8 - 4  # many ties
    x[1, 1] = 0
    if form == "float8_static":
        args = QuantizationArgs(num_bits=8, type="float", strategy="tensor")
        scale = torch.tensor([0.01])
        expected = theirs(x, scale, None, args)
        assert torch.equal(fake_quantize_floats(x, "float8_e4m3", 0.01), expected)
        assert float(expected.abs().max()) == pytest.approx(4.48)
        return
    kinds: dict[str, dict[str, Any]] = {
        "float8_e4m3": {"num_bits": 8, "strategy": "token"},
        "mxfp4": {"num_bits": 4, "strategy": "group", "group_size": 32, "scale_dtype": torch.uint8},
        "nvfp4": {"num_bits": 4, "strategy": "tensor_group", "group_size": 16, "scale_dtype": torch.float8_e4m3fn},
    }
    args = QuantizationArgs(type="float", dynamic="local" if form == "nvfp4" else True, **kinds[form])
    unit = torch.tensor([0.0078125]) if form == "nvfp4" else None
    divisor = None if unit is None else 1 / unit
    scales, zeros = compute_dynamic_scales_and_zp(x, args, torch.nn.Module(), divisor)
    expected = theirs(x, scales, zeros, args, divisor)
    found = fake_quantize_floats(x, form, 0.0 if unit is None else float(unit))
    assert torch.equal(found, expected)
    assert float((found - x).norm() / x.norm()) < (0.03 if form == "float8_e4m3" else 0.15)
