"""Dynamic rounding of activations."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.activations import fake_quantize


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
