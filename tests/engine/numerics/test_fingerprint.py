"""Fingerprints: any bit counts, wherever it is; the same content gives the same number."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.fingerprint import Fingerprints, fingerprint, fingerprint_of, state_of


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64, torch.int8, torch.bool])
@pytest.mark.parametrize("size", [1, 7, 64, 300, 70_001])
def test_every_bit_and_place_counts(dtype: torch.dtype, size: int) -> None:
    values = torch.randn(size, generator=torch.Generator().manual_seed(size)).mul(50).to(dtype)
    bits = values.view(torch.uint8)
    seen = {fingerprint(values)}
    assert fingerprint(values.clone()) in seen
    for place in {0, len(bits) // 3, len(bits) - 1}:
        bits[place] ^= 1
        seen.add(fingerprint(values))
        bits[place] ^= 1
    assert len(seen) == 1 + len({0, len(bits) // 3, len(bits) - 1})


def test_order_counts_and_strides_do_not() -> None:
    matrix = torch.arange(12.0).view(3, 4)
    assert fingerprint(matrix.flip(0)) != fingerprint(matrix)
    assert fingerprint(matrix.t()) == fingerprint(matrix.t().contiguous())
    assert fingerprint(matrix.view(-1)[1:]) == fingerprint(matrix.view(-1)[1:].clone())


def test_places_in_chunks_of_chunks_count() -> None:
    """What is at place i of chunk j and at place j of chunk i is not weighted alike."""
    words = torch.zeros(3 << 15, dtype=torch.int64)
    words[1] = 5
    found = fingerprint(words)
    words[1], words[1 << 15] = 0, 5
    assert fingerprint(words) != found


def test_arguments() -> None:
    x, mask = torch.ones(2, 3), torch.zeros(2)
    known: Fingerprints = {}
    found = fingerprint_of(((x,), {"mask": mask, "causal": True}), known)
    assert found == fingerprint_of(((x.clone(),), {"mask": mask.clone(), "causal": True}), known)
    x[0, 0] = 2  # seen although its fingerprint is known
    assert found != fingerprint_of(((x,), {"mask": mask, "causal": True}), known)
    assert found != fingerprint_of(((torch.ones(3, 2),), {"mask": mask, "causal": True}))
    assert found != fingerprint_of(((torch.ones(2, 3),), {"mask": mask, "causal": False}))


def test_the_state_of_a_module() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.BatchNorm1d(4))
    before = state_of(module)
    assert before == state_of(module)
    module[1].running_mean.data[2] = 5.0
    between = state_of(module)
    assert between != before
    module[0] = torch.nn.Linear(4, 4, bias=False)
    assert state_of(module) != between
