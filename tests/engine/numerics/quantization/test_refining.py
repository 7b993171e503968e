"""The product with a weight on a grid whose scales, shifts and positions learn: against autograd in float64."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.quantization import refining
from engine.numerics.quantization.refining import (
    REACH,
    Levels,
    grid_product,
    grid_rows,
    grid_weight,
    is_nearest,
    start_position,
    steps_beside,
)

EVEN = tuple(float(level) for level in range(-4, 4))
UNEVEN = (-7.0, -3.0, -1.0, 0.0, 0.5, 2.0, 5.0, 6.0)
OUT, GROUPS, SIZE = 6, 4, 5


def some(table: tuple[float, ...], zeros: bool = False) -> tuple[Levels, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Levels, scales, shifts, and an input (3, 2, in)."""
    generator = torch.Generator().manual_seed(0)
    ranks = torch.randint(0, 8, (OUT, GROUPS * SIZE), generator=generator).to(torch.uint8)
    points = torch.randint(-3, 4, (OUT, GROUPS), generator=generator).float() if zeros else None
    scales, shifts = (torch.randn(OUT, GROUPS, generator=generator) for _ in range(2))
    return Levels(ranks, table, points), scales, shifts, torch.randn(3, 2, GROUPS * SIZE, generator=generator)


def weight64(levels: Levels, scales: torch.Tensor, shifts: torch.Tensor | None) -> torch.Tensor:
    values = torch.tensor(levels.table, dtype=torch.float64)[levels.ranks.long()].view(OUT, GROUPS, SIZE)
    if levels.zeros is not None:
        values = values - levels.zeros.double()[:, :, None]
    weight = values * scales[:, :, None]
    return (weight if shifts is None else weight + shifts[:, :, None]).view(OUT, -1)


@pytest.mark.parametrize("table", [EVEN, UNEVEN])
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("piece", [refining.PIECE, 2 * GROUPS * SIZE, 1])
def test_product_and_gradients_are_those_of_autograd(
    table: tuple[float, ...], zeros: bool, shifted: bool, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refining, "PIECE", piece)
    levels, scales, shifts, x = some(table, zeros)
    upper = torch.randn(3, 2, OUT, generator=torch.Generator().manual_seed(1))
    ours = [tensor.clone().requires_grad_() for tensor in (x, scales, shifts)]
    y = grid_product(ours[0], levels, ours[1], ours[2] if shifted else None)
    (y * upper).sum().backward()
    exact = [tensor.double().requires_grad_() for tensor in (x, scales, shifts)]
    expected = exact[0] @ weight64(levels, exact[1], exact[2] if shifted else None).T
    (expected * upper.double()).sum().backward()
    torch.testing.assert_close(y.double(), expected, rtol=1e-5, atol=1e-5)
    for mine, its in zip(ours[: 2 + shifted], exact, strict=False):
        assert mine.grad is not None and its.grad is not None
        torch.testing.assert_close(mine.grad.double(), its.grad, rtol=1e-4, atol=1e-4)
    assert shifted or ours[2].grad is None


@pytest.mark.parametrize("table", [EVEN, UNEVEN])
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_rows_are_those_of_the_weight_and_so_are_their_gradients(
    table: tuple[float, ...], zeros: bool, shifted: bool, dtype: torch.dtype
) -> None:
    """Rows that are looked up are products with unit vectors."""
    levels, scales, shifts, _ = some(table, zeros)
    rows = torch.tensor([4, 1, 4, 0, 4])
    upper = torch.randn(5, GROUPS * SIZE, generator=torch.Generator().manual_seed(1))
    position = 0.4 * torch.rand(OUT, GROUPS * SIZE, generator=torch.Generator().manual_seed(2))
    gradients = []
    for looked_up in (True, False):
        learned = [scales.clone(), shifts.clone(), position.to(dtype)]
        some_scales, some_shifts, some_positions = (tensor.requires_grad_() for tensor in learned)
        numbers = (levels, some_scales, some_shifts if shifted else None, some_positions)
        if looked_up:
            values = grid_rows(rows, *numbers)
            assert torch.equal(
                values, grid_weight(*(x if x is levels or x is None else x.detach() for x in numbers))[rows]
            )
        else:
            unit = torch.eye(GROUPS * SIZE)
            values = grid_product(unit, *numbers).T[rows]
        (values * upper).sum().backward()
        gradients.append([tensor.grad for tensor in learned])
    for mine, its in zip(*gradients, strict=True):
        assert (mine is None) == (its is None)
        if mine is not None and its is not None:
            torch.testing.assert_close(mine, its, rtol=1e-3 if mine.dtype == torch.float16 else 1e-5, atol=1e-5)


@pytest.mark.parametrize("piece", [refining.PIECE, 1])
def test_the_gradient_of_positions_is_that_of_the_weight_in_levels(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refining, "PIECE", piece)
    levels, scales, shifts, x = some(EVEN)
    position = torch.zeros(OUT, GROUPS * SIZE, requires_grad=True)
    grid_product(x, levels, scales, shifts, position).square().sum().backward()
    weight = grid_weight(levels, scales, shifts).double().requires_grad_()
    (x.double() @ weight.T).square().sum().backward()
    assert position.grad is not None and weight.grad is not None
    expected = weight.grad.view(OUT, GROUPS, SIZE) * scales.double()[:, :, None]
    torch.testing.assert_close(position.grad.double(), expected.view(OUT, -1), rtol=1e-4, atol=1e-3)


def test_codes_move_by_one_level_at_most_and_stay_on_the_grid() -> None:
    levels = some(EVEN)[0]
    up = levels.moved(torch.full(levels.ranks.shape, 3.0))
    down = levels.moved(torch.full(levels.ranks.shape, -0.6))
    assert torch.equal(up, (levels.ranks + 1).clamp(max=7))
    assert torch.equal(down, (levels.ranks.int() - 1).clamp(min=0).to(torch.uint8))
    assert torch.equal(levels.moved(torch.full(levels.ranks.shape, REACH)), levels.ranks)


def test_the_signs_of_gradients_survive_in_float16() -> None:
    """Those of a mean over many tokens are far below its smallest number; sums of large ones stay numbers."""
    levels, scales, shifts, x = some(EVEN)
    signs = []
    for dtype, factor in ((torch.float32, 1e-9), (torch.float16, 1e-9), (torch.float16, 1e9)):
        position = torch.zeros(OUT, GROUPS * SIZE, dtype=dtype, requires_grad=True)
        for _ in range(3):
            (factor * grid_product(x, levels, scales, shifts, position).square().sum()).backward()
        assert position.grad is not None and not position.grad.isnan().any()
        signs.append(position.grad.sign().float())
    assert torch.equal(signs[0], signs[1]) and torch.equal(signs[0], signs[2])


def started(weight: torch.Tensor, levels: Levels, scales: torch.Tensor, shifts: torch.Tensor | None) -> torch.Tensor:
    steps = steps_beside(weight, levels, scales, shifts)
    return start_position(steps, is_nearest(steps, levels))


@pytest.mark.parametrize("table", [EVEN, UNEVEN])
def test_positions_start_where_the_original_weights_lie(table: tuple[float, ...]) -> None:
    """Between a level and its neighbor, as a share of their distance; never so far that a code would move."""
    levels, scales, shifts, _ = some(table)
    generator = torch.Generator().manual_seed(3)
    share = torch.rand(levels.ranks.shape, generator=generator) - 0.5
    ordered = torch.tensor((table[0] - 1, *table, table[-1] + 1))
    at = levels.ranks.long() + 1
    here, above, below = ordered[at], ordered[at + 1], ordered[at - 1]
    values = here + torch.where(share > 0, share * (above - here), share * (here - below))
    weight = (values.view(OUT, GROUPS, SIZE) * scales[:, :, None] + shifts[:, :, None]).view(OUT, -1)
    found = started(weight, levels, scales, shifts)
    torch.testing.assert_close(found, share.clamp(-REACH, REACH), rtol=0, atol=2e-3)
    assert torch.equal(levels.moved(started(weight * 100, levels, scales, shifts)), levels.ranks)


@pytest.mark.parametrize(("share", "starts"), [(0.0, 0.3), (0.2, 0.0)])
def test_codes_that_were_not_rounded_to_nearest_start_in_the_middle(share: float, starts: float) -> None:
    """They make up for errors of one another: a few steps of noise must not undo that. What lies beyond the last level
    does not count."""
    levels, scales, _, _ = some(EVEN)
    weight = grid_weight(levels, scales, None)
    is_far = torch.rand(weight.shape, generator=torch.Generator().manual_seed(4)) < share
    is_last = levels.ranks == len(EVEN) - 1
    steps = torch.where(is_far | is_last, 0.7, 0.3) * scales.repeat_interleave(SIZE, 1)
    position = started(weight + steps, levels, scales, None)
    torch.testing.assert_close(position, torch.where(is_far | is_last, 0.0, starts), rtol=1e-3, atol=1e-3)


def test_groups_of_scale_zero_stay_where_they_are() -> None:
    levels, scales, shifts, _ = some(EVEN)
    position = started(torch.randn(OUT, GROUPS * SIZE), levels, torch.zeros_like(scales), shifts)
    assert not position.view(OUT, GROUPS, SIZE).isnan().any() and torch.equal(levels.moved(position), levels.ranks)
