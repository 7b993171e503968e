"""Products with packed weights against the dense ones."""

from __future__ import annotations

import pytest
import torch

from engine import devices
from engine.modules.quantized import QuantizedLinear
from engine.numerics.quantization.packed_products import ROWS, packed_product
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Scheme

with_kernels = pytest.mark.skipif(
    not devices.multiplies_packed(devices.CPU), reason="torch has no fast kernels for packed weights on this processor"
)


@with_kernels
@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize(
    "scheme",
    [
        Scheme("int4", group_size=32),
        Scheme("int4", symmetric=False, group_size=64),
        Scheme("int4", symmetric=False, group_size=32, zero_point="float"),
        Scheme("int8", granularity="channel"),
    ],
    ids=str,
)
def test_close_to_the_dense_product(scheme: Scheme, rows: int) -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(48, 128) + 0.5, torch.randn(2, rows, 128)
    made = quantize(weight, scheme)
    product = packed_product(made, scheme)
    assert product is not None and product.name.startswith(scheme.format)
    expected = x @ dequantize(made, scheme).T
    found = product(x)
    assert found.dtype == x.dtype and found.shape == expected.shape
    assert float((found - expected).norm() / expected.norm()) < 0.01


@pytest.mark.parametrize(
    ("scheme", "shape"),
    [
        (Scheme("int4", group_size=16), (32, 64)),
        (Scheme("int4", group_size=32), (24, 64)),
        (Scheme("int4", granularity="tensor"), (32, 64)),
        (Scheme("int3", group_size=32), (32, 64)),
        (Scheme("int8", symmetric=False, granularity="channel"), (32, 64)),
        (Scheme("nvfp4"), (32, 64)),
    ],
    ids=str,
)
def test_where_there_is_no_kernel(scheme: Scheme, shape: tuple[int, int]) -> None:
    assert packed_product(quantize(torch.randn(shape), scheme), scheme) is None


@with_kernels
def test_a_layer_uses_it_for_few_tokens_only_and_as_long_as_it_is_asked_to() -> None:
    scheme = Scheme("int4", group_size=32)
    layer = QuantizedLinear(scheme, 32, 64, bias=torch.randn(32))
    layer.set_quantized(quantize(torch.randn(32, 64), scheme))
    few, many = torch.randn(1, ROWS, 64), torch.randn(2, ROWS, 64)
    exact = layer(few), layer(many)
    assert layer.use_kernels(True) == ("int4 (torch)",)
    near = layer(few)
    assert not torch.equal(near, exact[0]) and torch.allclose(near, exact[0], atol=0.3)
    assert torch.equal(layer(many), exact[1])
    assert layer.use_kernels(False) == () and torch.equal(layer(few), exact[0])
