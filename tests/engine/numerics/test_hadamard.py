"""Hadamard matrices of every order that models need, and their fast transform."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.hadamard import hadamard, signs, walsh_hadamard

BASES = [1, 2, 12, 20, 28, 36, 44, 52, 60, 68, 76, 108, 140, 148, 200, 344, 684, 924]
COVERED = {
    344: (11008, 22016),
    76: (4864, 9728),
    148: (18944,),
    924: (29568,),
    68: (17408,),
    100: (25600,),
    684: (10944,),
    108: (13824, 27648, 6912),
    28: (14336, 3584, 896),
    20: (5120, 640),
    140: (8960,),
    36: (1152, 2304, 576),
    44: (5632,),
    12: (1536, 3072, 12288),
    1: (1, 2, 64, 4096),
}


@pytest.mark.parametrize("order", BASES)
def test_a_base_is_a_hadamard_matrix(order: int) -> None:
    found = hadamard(order)
    assert found.blocks == 1
    matrix = found.matrix() * order**0.5
    assert torch.equal(matrix.abs().round(), torch.ones_like(matrix))
    entries = matrix.round()
    assert torch.equal(entries @ entries.T, order * torch.eye(order, dtype=torch.float64))


@pytest.mark.parametrize(("n", "base"), [(n, base) for base, orders in COVERED.items() for n in orders])
def test_orders_of_real_models_are_covered_by_the_smallest_base(n: int, base: int) -> None:
    found = hadamard(n)
    assert (found.base, found.base << found.doublings, found.blocks) == (base, n, 1)
    x = torch.randn(3, n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    y = found.apply(x)
    assert torch.allclose(y.norm(dim=1), x.norm(dim=1), rtol=1e-12)
    assert torch.allclose(found.undo(y), x, atol=1e-12)


@pytest.mark.parametrize(("n", "block"), [(13696, 128), (4304, 16), (10, 2), (7, 1)])
def test_other_orders_are_block_diagonal_and_say_so(n: int, block: int) -> None:
    found = hadamard(n)
    assert found.blocks * block == n
    assert "no Hadamard matrix of order" in found.description and f"{n // block} blocks" in found.description
    x = torch.randn(2, n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(found.undo(found.apply(x)), x, atol=1e-12)


@pytest.mark.parametrize("n", [4, 12, 36, 88, 96, 128, 640])
def test_the_fast_transform_is_the_matrix(n: int) -> None:
    found = hadamard(n)
    x = torch.randn(2, 3, n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(found.apply(x), x @ found.matrix().T, atol=1e-12)
    assert torch.allclose(found.undo(x), x @ found.matrix(), atol=1e-12)


def test_sylvester_is_symmetric_so_that_twice_is_once_nothing() -> None:
    x = torch.randn(5, 256, dtype=torch.float64)
    assert torch.allclose(walsh_hadamard(walsh_hadamard(x)), 256 * x)


def test_descriptions_name_the_field() -> None:
    assert hadamard(11008).description == "Hadamard of order 11008 = 344 · 2^5 (Paley I over GF(7^3), doubled)"
    assert hadamard(4096).description == "Hadamard of order 4096 = 2^12 (Sylvester, doubled)"


def test_signs_come_from_the_generator() -> None:
    one, two = (signs(64, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one, two) and set(one.tolist()) == {-1.0, 1.0}
