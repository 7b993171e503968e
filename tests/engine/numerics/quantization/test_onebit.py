"""OneBit's decomposition, its sign and its packing, against what the paper says of them."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from engine.modules.onebit import OneBitLinear, OneBitTraining
from engine.numerics.quantization import onebit


def matrix(outputs: int = 48, inputs: int = 40) -> torch.Tensor:
    """Normal weights with a scale of its own for every row and column, some of them zero."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(outputs, inputs, generator=generator)
    weight *= torch.rand(outputs, 1, generator=generator) + 0.1
    weight *= torch.rand(1, inputs, generator=generator) + 0.1
    return weight.masked_fill(torch.rand(weight.shape, generator=generator) < 0.05, 0.0)


def test_svid_is_the_best_rank_one_of_the_magnitudes() -> None:
    weight = matrix()
    h, g = onebit.svid(weight)
    assert (h >= 0).all() and (g >= 0).all()
    u, s, v = torch.linalg.svd(weight.abs())
    best = torch.linalg.matrix_norm(weight.abs() - s[0] * torch.outer(u[:, 0], v[0]))
    assert torch.linalg.matrix_norm(weight.abs() - torch.outer(h, g)) == pytest.approx(float(best), rel=1e-5)


def test_svid_is_better_than_row_means_and_than_rank_one() -> None:
    """Proposition 2, and the reason for two vectors."""
    weight = matrix()
    sign = onebit.signs(weight)
    h, g = onebit.svid(weight)
    ours = torch.linalg.matrix_norm(weight - sign * torch.outer(h, g))
    rows = torch.linalg.matrix_norm(weight - sign * weight.abs().mean(1, keepdim=True))
    u, s, v = torch.linalg.svd(weight)
    rank_one = torch.linalg.matrix_norm(weight - s[0] * torch.outer(u[:, 0], v[0]))
    assert ours < rows and ours < rank_one


def test_svid_of_zeros_and_of_a_damaged_weight() -> None:
    h, g = onebit.svid(torch.zeros(3, 5))
    assert torch.equal(torch.outer(h, g), torch.zeros(3, 5))
    with pytest.raises(ValueError, match="NaN or infinite"):
        onebit.svid(torch.tensor([[1.0, torch.nan]]))


def test_the_sign_of_zero_is_plus_one_and_its_slope_is_the_papers() -> None:
    latent = torch.tensor([[0.0, 3.0, -3.0, 0.5]], requires_grad=True)
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    out = onebit.sign_product(x, latent)
    assert out.item() == 1 + 2 - 3 + 4
    out.backward()
    assert latent.grad is not None
    slope = latent.grad / x
    assert torch.allclose(slope, 1.001 - latent.detach().tanh() ** 2)
    assert slope[0, :3].tolist() == pytest.approx([1.001, 0.01087, 0.01087], abs=1e-4)


def test_the_product_passes_gradients_to_its_input() -> None:
    torch.manual_seed(0)
    latent, x = torch.randn(6, 5), torch.randn(2, 3, 5, requires_grad=True)
    (onebit.sign_product(x, latent) * torch.arange(6.0)).sum().backward()
    assert x.grad is not None
    assert torch.allclose(x.grad, (torch.arange(6.0) @ onebit.signs(latent)).expand(2, 3, 5))


def test_average_bits() -> None:
    assert onebit.average_bits(4096, 4096) == pytest.approx(1.0073, abs=1e-4)
    assert onebit.average_bits(11008, 4096) == pytest.approx(1.0050, abs=1e-4)


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_packed_and_training_layer_are_the_same(normalize: bool, bias: bool) -> None:
    torch.manual_seed(0)
    weight = matrix(48, 37)  # 37 signs take five bytes
    training = OneBitTraining.of(weight, torch.randn(48) if bias else None, normalize=normalize)
    with torch.no_grad():
        training.latent.add_(0.02 * torch.randn(48, 37))
        training.g.mul_(1.0001)
    packed = training.compressed()
    x = torch.randn(4, 7, 37)
    assert torch.equal(packed(x), training(x))
    assert torch.equal(packed.trainable()(x), training(x))
    again = packed.trainable().compressed()
    assert all(torch.equal(packed.packed_tensors()[k], v) for k, v in again.packed_tensors().items())
    assert packed.signs.shape == (48, 5) and packed.bits() == 8 * (48 * 5 + 2 * (48 + 37) + (4 * 48 if bias else 0))


def test_the_layer_is_the_papers() -> None:
    torch.manual_seed(0)
    packed = OneBitTraining.of(matrix(), torch.randn(48)).compressed()
    x = torch.randn(5, 40)
    assert packed.bias is not None
    product = F.linear(x, packed.dense_weight())
    expected = F.layer_norm(product, (48,), eps=1e-5) + packed.bias
    assert torch.allclose(packed(x), expected, atol=1e-5)
    before_bias = packed(x) - packed.bias
    assert torch.allclose(before_bias.mean(-1), torch.zeros(5), atol=1e-5)
    assert torch.allclose(before_bias.var(-1, correction=0), torch.ones(5), atol=1e-3)
    assert packed.ONLINE and packed.KIND == "onebit"


def test_without_layernorm_it_is_a_dense_layer() -> None:
    torch.manual_seed(0)
    for transposed in (False, True):
        training = OneBitTraining.of(matrix(), torch.randn(48), transposed=transposed, normalize=False)
        packed = training.compressed()
        x = torch.randn(5, 40)
        dense = packed.dense_weight()
        assert (
            packed.KIND == "onebit_dense"
            and not packed.ONLINE
            and dense.shape == ((40, 48) if transposed else (48, 40))
        )
        assert torch.allclose(packed(x), F.linear(x, dense.t() if transposed else dense, packed.bias), atol=1e-5)


def test_bits_are_packed_as_the_authors_do() -> None:
    """Eight signs a byte, the first input in the lowest bit, 1 for −1."""
    training = OneBitTraining.of(torch.tensor([[1.0, -1, 1, 1, -1, 1, 1, -1, -1, 2]]), None)
    assert training.compressed().signs.tolist() == [[0b10010010, 0b00000001]]


def test_a_held_layer_computes_the_same() -> None:
    packed = OneBitTraining.of(matrix(), None).compressed()
    x = torch.randn(3, 40)
    before = packed(x)
    packed.cache_dense_weight(torch.float32)
    assert torch.equal(packed(x), before)
    assert isinstance(OneBitLinear.from_spec(packed.spec(), torch.nn.Identity()), OneBitLinear)


def test_hidden_states_are_compared_by_direction_or_with_their_length() -> None:
    teacher, student = torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([[6.0, 8.0], [0.0, -1.0]])
    assert onebit.token_distances(teacher, student).tolist() == pytest.approx([0, 4], abs=1e-6)
    assert onebit.relative_errors(teacher, student).tolist() == pytest.approx([1, 9 / 4])
