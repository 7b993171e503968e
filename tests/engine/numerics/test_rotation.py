"""Rotations stay rotations, learn, and are merged exactly."""

from __future__ import annotations

import pytest
import torch

from engine.numerics import rotation
from engine.numerics.rotation import (
    cayley_step,
    orthogonality_error,
    polar,
    rotate_input_side,
    rotate_output_side,
    rotate_rows,
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("n", [10, 36, 64, 88])
@pytest.mark.parametrize("make", [rotation.random_orthogonal, rotation.random_hadamard])
def test_random_rotations_are_orthogonal_and_seeded(make: type, n: int) -> None:
    one, two = make(n, generator()), make(n, generator())
    assert torch.equal(one, two) and one.dtype == torch.float64
    assert orthogonality_error(one) < 1e-12


def test_random_hadamard_spreads_one_channel_over_all() -> None:
    spread = torch.eye(36, dtype=torch.float64) @ rotation.random_hadamard(36, generator())
    assert torch.allclose(spread.abs(), torch.full_like(spread, 1 / 6))


@pytest.mark.parametrize("shape", [(32, 32), (3, 16, 16)])
def test_cayley_goes_down_on_the_manifold(shape: tuple[int, ...]) -> None:
    """The nearest rotation to a target is found by the step alone."""
    target = polar(torch.randn(shape, dtype=torch.float64, generator=generator())).float()
    target = target * target.det().sign()[..., None, None] if shape[-1] % 2 else target
    start = polar(target + 0.05 * torch.randn(shape, generator=generator())).float()
    now = start
    for _ in range(200):
        now = rotation.newton_schulz_step(cayley_step(now, now - target, 0.3))
    assert orthogonality_error(now) < 1e-5
    assert (now - target).norm() < 0.05 * (start - target).norm()


def test_cayley_without_a_gradient_stays() -> None:
    start = rotation.random_orthogonal(24, generator()).float()
    assert torch.allclose(cayley_step(start, torch.zeros_like(start), 1.5), start, atol=1e-6)


def test_one_step_keeps_orthogonality_and_polar_makes_it_exact() -> None:
    start = rotation.random_hadamard(256, generator()).float()
    moved = cayley_step(start, torch.randn(256, 256, generator=generator()), 1.5)
    assert orthogonality_error(moved) < 1e-3
    assert orthogonality_error(polar(moved)) < 1e-12


def test_merged_rotations_cancel() -> None:
    turn = rotation.random_orthogonal(24, generator())
    first = torch.randn(24, 40, dtype=torch.float64, generator=generator())
    bias = torch.randn(24, dtype=torch.float64, generator=generator())
    second = torch.randn(8, 24, dtype=torch.float64, generator=generator())
    x = torch.randn(5, 40, dtype=torch.float64, generator=generator())
    between = x @ rotate_output_side(first, turn).T + rotate_output_side(bias, turn)
    assert torch.allclose(between, (x @ first.T + bias) @ turn)
    assert torch.allclose(between @ rotate_input_side(second, turn).T, (x @ first.T + bias) @ second.T)


def test_blocks_turn_each_head_for_itself() -> None:
    turns = torch.stack([rotation.random_orthogonal(8, generator()), rotation.random_hadamard(8, generator())])
    weight = torch.randn(16, 5, dtype=torch.float64, generator=generator())
    whole = torch.block_diag(*turns)
    assert torch.allclose(rotate_output_side(weight, turns), rotate_output_side(weight, whole))
    assert torch.allclose(rotate_input_side(weight.T, turns), rotate_input_side(weight.T, whole))


def test_the_mean_angle_of_a_plane_rotation() -> None:
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    assert rotation.mean_angle(quarter) == pytest.approx(90)
    assert rotation.mean_angle(torch.eye(5)) == pytest.approx(0, abs=1e-6)


def test_a_table_is_rotated_row_by_row() -> None:
    """In pieces, with a scale before the rotation, in the dtype that it had."""
    draw = torch.Generator().manual_seed(0)
    table, scale = torch.randn(23, 8, generator=draw), torch.rand(8, generator=draw)
    turn = torch.linalg.qr(torch.randn(8, 8, generator=draw, dtype=torch.float64)).Q
    made = rotate_rows(table.bfloat16(), turn, scale, chunk=5 * 8)
    assert made.dtype == torch.bfloat16
    assert torch.equal(made, (table.bfloat16().double() * scale @ turn).bfloat16())
    assert torch.allclose(rotate_rows(table, turn), (table.double() @ turn).float())
