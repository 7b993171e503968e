"""Products with packed weights against the dense ones."""

from __future__ import annotations

import pytest
import torch

from engine import devices
from engine.modules.ggml import GgmlLinear
from engine.modules.quantized import QuantizedLinear
from engine.numerics.ggml.quantize import quantize as quantize_blocks
from engine.numerics.quantization.packed_products import ROWS, packed_product
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Quantized, Scheme

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


@with_kernels
@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K"])
def test_blocks_of_ggml(name: str) -> None:
    """As near as bfloat16 is, for weights whose offsets are far larger than their spread too."""
    torch.manual_seed(0)
    layer = GgmlLinear(name, 32, 512)
    weight, x = torch.randn(32, 512) + 0.5, torch.randn(2, 3, 512)
    layer.set_quantized(Quantized(quantize_blocks(weight, name), torch.empty(0)))
    exact = layer(x)
    (kernel,) = layer.use_kernels(True)
    near = layer(x)
    assert kernel == ("int4 (torch)" if name.startswith("Q4") else "two int4 (torch)")
    assert not torch.equal(near, exact)
    assert float((near - exact).norm() / exact.norm()) < 0.01
    assert layer.use_kernels(False) == () and torch.equal(layer(x), exact)


@pytest.mark.parametrize(("name", "outputs"), [("Q6_K", 32), ("IQ4_NL", 32), ("IQ2_XS", 32), ("Q4_0", 24)])
def test_blocks_without_a_kernel(name: str, outputs: int) -> None:
    layer = GgmlLinear(name, outputs, 512)
    layer.set_quantized(Quantized(quantize_blocks(torch.randn(outputs, 512), name), torch.empty(0)))
    assert layer.use_kernels(True) == ()
