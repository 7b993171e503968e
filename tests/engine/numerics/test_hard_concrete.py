"""Hard concrete gates: probabilities against Monte Carlo, the exact cut, the constraint's dynamics."""

from __future__ import annotations

import math

import pytest
import torch

from engine.numerics import hard_concrete


@pytest.mark.parametrize("log_alpha", [-4.0, -1.6, 0.0, 2.0, 4.6])
def test_probabilities_are_those_of_many_samples(log_alpha: float) -> None:
    generator = torch.Generator().manual_seed(0)
    many = torch.full((200_000,), log_alpha)
    gates = hard_concrete.sample_gates(many, torch.rand(many.shape, generator=generator))
    assert gates.min() >= 0 and gates.max() <= 1
    expected = float(hard_concrete.open_probability(torch.tensor(log_alpha)))
    assert float((gates > 0).float().mean()) == pytest.approx(expected, abs=0.01)
    assert expected == pytest.approx(1 - 1 / (1 + math.exp(1.5986 + log_alpha)), abs=1e-4)


def test_gates_have_gradients_wherever_they_are_held() -> None:
    for value in (-hard_concrete.LIMIT, 0.0, hard_concrete.LIMIT):
        log_alpha = torch.tensor([value], requires_grad=True)
        hard_concrete.open_probability(log_alpha).sum().backward()
        assert log_alpha.grad is not None and log_alpha.grad > 0


def test_the_cut_is_exact_and_stable() -> None:
    log_alpha = torch.tensor([[1.0, 1.0, 1.0, -2.0], [-3.0, 5.0, 0.0, 4.0]])
    gates = hard_concrete.deterministic_gates(log_alpha, 2)
    assert (gates > 0).tolist() == [[True, True, False, False], [False, True, False, True]]
    assert gates.max() < 0.997 and gates[1, 3] == pytest.approx(torch.sigmoid(torch.tensor(4.0 * 1.5 * 0.8)).item())


def test_the_start_is_open() -> None:
    start = hard_concrete.initial_log_alpha((1000,), torch.Generator().manual_seed(0))
    assert hard_concrete.open_probability(start).min() > 0.99


def test_the_multipliers_push_the_sparsity_up() -> None:
    """Below the target the ascent lowers λ1 and raises λ2, and both then pull the gates down."""
    first, second = (torch.zeros((), requires_grad=True) for _ in range(2))
    sparsity = torch.tensor([0.1, 0.2], requires_grad=True)
    hard_concrete.constraint_loss(sparsity, 0.5, first, second).backward()
    assert first.grad is not None and second.grad is not None and sparsity.grad is not None
    assert first.grad == pytest.approx(-0.35) and second.grad == pytest.approx((0.16 + 0.09) / 2)
    assert (sparsity.grad == 0).all()
    moved = hard_concrete.constraint_loss(sparsity, 0.5, torch.tensor(-1.0), torch.tensor(1.0))
    (pull,) = torch.autograd.grad(moved, sparsity)
    assert (pull < 0).all()


def test_min_max_ends_at_the_target() -> None:
    """A toy: no loss but the constraint; ascent and descent meet within a percent of the target."""
    log_alpha = torch.nn.Parameter(hard_concrete.initial_log_alpha((4, 200), torch.Generator().manual_seed(0)))
    multipliers = [torch.nn.Parameter(torch.zeros(())) for _ in range(2)]
    down = torch.optim.Adam([log_alpha], lr=0.1, betas=(0.9, 0.95))
    up = torch.optim.Adam(multipliers, lr=1.0, betas=(0.9, 0.95), maximize=True)
    found = []
    for step in range(400):
        sparsity = 1 - hard_concrete.open_probability(log_alpha).mean(-1)
        loss = hard_concrete.constraint_loss(sparsity, hard_concrete.warmed_up_target(0.4, step, 80), *multipliers)
        for optimizer in (down, up):
            optimizer.zero_grad()
        loss.backward()
        before = float(multipliers[1].detach())
        for optimizer in (down, up):
            optimizer.step()
        assert float(multipliers[1].detach()) >= before - 1e-6
        with torch.no_grad():
            log_alpha.clamp_(-hard_concrete.LIMIT, hard_concrete.LIMIT)
        found.append(float(sparsity.detach().mean()))
    assert found[0] < 0.01 and found[-1] == pytest.approx(0.4, abs=0.01)


def test_the_target_warms_up() -> None:
    assert [hard_concrete.warmed_up_target(0.5, step, 10) for step in (0, 5, 10, 99)] == [0.0, 0.25, 0.5, 0.5]
    assert hard_concrete.warmed_up_target(0.5, 0, 0) == 0.5
