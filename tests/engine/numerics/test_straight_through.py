"""Rounding in the forward pass, identity in the backward pass."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.straight_through import as_stored, straight_through


def test_the_value_is_given_and_the_gradient_goes_to_the_input() -> None:
    x = torch.tensor([0.3, 1.7], requires_grad=True)
    found = straight_through(x, x.round())
    assert found.tolist() == [0, 2]
    (found * torch.tensor([3.0, -5.0])).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [3, -5]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_training_sees_what_will_be_stored(dtype: torch.dtype) -> None:
    x = torch.tensor([1.0 + 2**-9, -0.1, 1e39, -1e39, 1e-30], dtype=torch.float64, requires_grad=True)
    found = as_stored(x, dtype)
    largest = torch.finfo(dtype).max
    assert found.dtype == torch.float64
    assert found.tolist() == torch.tensor([1.0 + 2**-9, -0.1, largest, -largest, 1e-30]).to(dtype).double().tolist()
    found.sum().backward()
    assert x.grad is not None and bool((x.grad == 1).all())
