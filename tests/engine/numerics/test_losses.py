"""Next-token losses and divergences in nats, by hand and in float32."""

from __future__ import annotations

import math

import pytest
import torch

from engine.numerics.divergences import token_divergences
from engine.numerics.losses import token_losses


def test_the_loss_is_the_negative_log_likelihood_of_the_target() -> None:
    logits = torch.tensor([[math.log(1.0), math.log(3.0)], [0.0, 0.0]])
    assert token_losses(logits, torch.tensor([1, 0])).tolist() == pytest.approx([math.log(4 / 3), math.log(2)])
    assert token_losses(logits.bfloat16(), torch.tensor([1, 0])).dtype == torch.float32


def test_the_divergence_is_from_the_reference_and_summed_over_the_vocabulary() -> None:
    reference, other = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([[0.0, 0.0]])
    expected = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert token_divergences(reference, other).tolist() == pytest.approx([expected])
    assert token_divergences(other, reference).tolist() != pytest.approx([expected], rel=0.05)
    assert token_divergences(reference, reference + 5).tolist() == pytest.approx([0], abs=1e-6)
