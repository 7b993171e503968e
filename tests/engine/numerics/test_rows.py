"""Losses by rows: values and gradients of the whole, whatever the chunks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.numerics import rows as module
from engine.numerics.losses import next_token_losses, token_losses
from engine.numerics.rows import by_rows


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(logits, targets, reduction="none")


def drawn(dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(7, 11, generator=draw).to(dtype).requires_grad_()
    return logits, torch.randint(0, 11, (7,), generator=draw), torch.randn(7, generator=draw)


@pytest.mark.parametrize("chunk", [0, 1, 3, 7, 100])
def test_values_and_gradients_are_those_of_the_whole(chunk: int) -> None:
    logits, targets, weights = drawn()
    by_rows(cross_entropy, logits, targets, chunk=chunk).mul(weights).sum().backward()
    found, logits.grad = logits.grad, None
    whole = F.cross_entropy(logits, targets, reduction="none")
    assert torch.allclose(by_rows(cross_entropy, logits, targets, chunk=chunk), whole)
    whole.mul(weights).sum().backward()
    assert found is not None and torch.allclose(found, logits.grad)


def test_only_the_rows_that_count_get_a_gradient() -> None:
    logits, targets, weights = drawn()
    wanted = torch.tensor([5, 1, 2])
    losses = by_rows(cross_entropy, logits, targets, rows=wanted, chunk=2)
    assert torch.allclose(losses, F.cross_entropy(logits, targets, reduction="none")[wanted])
    losses.mul(weights[:3]).sum().backward()
    reference = logits.detach().clone().requires_grad_()
    F.cross_entropy(reference, targets, reduction="none")[wanted].mul(weights[:3]).sum().backward()
    assert torch.allclose(logits.grad, reference.grad)
    assert by_rows(cross_entropy, logits, targets, rows=wanted[:0]).shape == (0,)


def test_rows_are_worked_on_in_float32_and_float64_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[torch.dtype, int]] = []

    def loss(logits: torch.Tensor) -> torch.Tensor:
        seen.append((logits.dtype, len(logits)))
        return logits.sum(-1)

    monkeypatch.setattr(module, "CHUNK_VALUES", 2 * 11)
    for dtype, wide in ((torch.bfloat16, torch.float32), (torch.float64, torch.float64)):
        seen.clear()
        logits, *_ = drawn(dtype)
        by_rows(loss, logits).sum().backward()
        assert seen == [(wide, 2)] * 3 + [(wide, 1)]
        assert logits.grad is not None and logits.grad.dtype == dtype and bool((logits.grad == 1).all())


def test_next_token_losses_are_those_of_shifted_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, gradients, nothing for what is not asked for; some rows after the other gives the same."""
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 5, 11, generator=draw).requires_grad_()
    labels = torch.randint(0, 11, (3, 5), generator=draw)
    labels[1, 2:] = -100
    wanted = F.cross_entropy(logits[:, :-1].transpose(1, 2), labels[:, 1:], reduction="none")
    (slopes,) = torch.autograd.grad(wanted.sum(), logits)
    for values in (module.CHUNK_VALUES, 2 * 11):
        monkeypatch.setattr(module, "CHUNK_VALUES", values)
        found = next_token_losses(logits, labels)
        assert torch.allclose(found, wanted) and found.shape == (3, 4)
        assert torch.allclose(torch.autograd.grad(found.sum(), logits)[0], slopes)
    assert torch.equal(
        token_losses(logits[0], labels[0], rows=torch.tensor([1])),
        wanted.new_tensor([F.cross_entropy(logits[0, 1], labels[0, 1]).item()]),
    )


def test_small_slopes_in_float16_are_there_once_the_loss_is_scaled() -> None:
    """Probabilities far below float16's smallest number, 6e-8, times a loss scale of 2^16: what the whole gives that is
    computed in float32 and rounded once at its end."""
    draw = torch.Generator().manual_seed(1)
    values = torch.randn(6, 4000, generator=draw) * 3
    values[:, 0] = 30.0  # all others are improbable: from 1e-18 to 1e-8
    logits = values.half().requires_grad_()
    targets = torch.zeros(6, dtype=torch.int64)
    scale = 2.0**16
    (by_rows(cross_entropy, logits, targets, chunk=4) * scale).sum().backward()
    wide = logits.detach().float().requires_grad_()
    (F.cross_entropy(wide, targets, reduction="none") * scale).sum().backward()
    expected = wide.grad.half()
    assert int((expected != 0).sum()) > 1000, "there are slopes that float16 holds once they are scaled"
    alone = torch.autograd.grad(F.cross_entropy(wide, targets, reduction="none").sum(), wide)[0].half()
    assert int((alone != 0).sum()) < int((expected != 0).sum()) / 2, "and that it does not hold before"
    # rounded twice: a unit in the last place, which among subnormal numbers is their smallest
    assert torch.allclose(logits.grad.float(), expected.float(), rtol=2**-10, atol=2**-24)


def test_large_factors_and_slopes_do_not_overflow_float16_on_their_way() -> None:
    """A loss scale above 65,504 and small slopes; slopes above it and a small factor."""
    logits = torch.full((1, 8), 2.0, dtype=torch.float16, requires_grad=True)
    (by_rows(lambda rows: (rows * 1e-4).sum(-1), logits) * 2.0**20).sum().backward()
    assert torch.allclose(logits.grad.float(), torch.full((1, 8), 1e-4 * 2**20), rtol=1e-3)
    logits.grad = None
    (by_rows(lambda rows: (rows * 1e6).sum(-1), logits) * 1e-3).sum().backward()
    assert torch.allclose(logits.grad.float(), torch.full((1, 8), 1e3), rtol=1e-3)
    logits.grad = None
    by_rows(lambda rows: rows.sum(-1) * 0, logits).sum().backward()
    assert bool((logits.grad == 0).all())


def test_a_slope_that_is_not_finite_stays_so_in_float16() -> None:
    """The loss scaler has to see it, to leave out the step."""
    logits = torch.ones(2, 4, dtype=torch.float16, requires_grad=True)
    by_rows(lambda rows: (rows * torch.tensor([1.0, torch.inf, 1.0, 1.0])).sum(-1), logits).sum().backward()
    assert not torch.isfinite(logits.grad).all()
