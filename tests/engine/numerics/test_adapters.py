"""Low-rank updates against dense linear algebra, and the effective rank by hand."""

from __future__ import annotations

import math

import pytest
import torch

from engine.numerics.adapters import dora_factor, effective_rank, merged, spectrum, without_start


def matrices(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(shape, generator=draw) for shape in ((6, 5), (2, 5), (6, 2)))  # type: ignore[return-value]


def test_merging_adds_the_scaled_product_where_the_mask_is_true() -> None:
    weight, a, b = matrices()
    dense = weight.double() + 0.5 * b.double() @ a.double()
    assert torch.allclose(merged(weight, a, b, 0.5), dense)
    mask = torch.arange(30).view(6, 5) % 3 == 0
    assert torch.allclose(merged(weight, a, b, 0.5, mask=mask), torch.where(mask, dense, weight.double()))


def test_dora_brings_each_row_to_its_magnitude() -> None:
    weight, a, b = matrices()
    magnitude = torch.arange(1.0, 7.0)
    found = merged(weight, a, b, 0.5, magnitude=magnitude)
    assert torch.allclose(found.norm(dim=1), magnitude.double())
    dense = weight.double() + 0.5 * b.double() @ a.double()
    assert torch.allclose(torch.nn.functional.cosine_similarity(found, dense), torch.ones(6, dtype=torch.float64))
    assert torch.isfinite(dora_factor(torch.zeros(2, 3), torch.ones(2))).all()


@pytest.mark.parametrize("scale", [0.5, -2.0])
def test_the_spectrum_is_that_of_the_dense_update(scale: float) -> None:
    _, a, b = matrices()
    dense = torch.linalg.svdvals(scale * b.double() @ a.double())
    found = spectrum(a, b, scale)
    assert found.shape == (2,)
    assert torch.allclose(found, dense[:2])


def test_effective_rank_is_the_exponential_of_the_entropy_of_the_shares() -> None:
    assert effective_rank(torch.full((5,), 3.0, dtype=torch.float64)) == pytest.approx(5)
    assert effective_rank(torch.tensor([7.0, 0.0, 0.0], dtype=torch.float64)) == pytest.approx(1)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert effective_rank(torch.tensor([6.0, 2.0], dtype=torch.float64)) == pytest.approx(math.exp(entropy))
    assert effective_rank(torch.zeros(3)) == 0


def test_the_start_is_taken_from_the_update() -> None:
    _, a, b = matrices()
    _, a0, b0 = matrices(1)
    wide_a, wide_b = without_start(a, b, a0, b0)
    assert wide_a.shape == (4, 5) and wide_b.shape == (6, 4)
    assert torch.allclose(wide_b @ wide_a, b @ a - b0 @ a0, atol=1e-6)
