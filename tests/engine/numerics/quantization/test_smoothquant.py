"""Smoothing scales by hand-computed numbers, and what they promise."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.quantization.smoothquant import column_peaks, largest_of_columns, smoothing_scales


def test_equation_4_by_hand() -> None:
    inputs, weights = torch.tensor([16.0, 1.0, 4.0]), torch.tensor([1.0, 4.0, 0.25])
    torch.testing.assert_close(smoothing_scales(inputs, weights, 0.5), torch.tensor([4.0, 0.5, 4.0]))
    torch.testing.assert_close(smoothing_scales(inputs, weights, 0.75), torch.tensor([8.0, 4.0**-0.25, 4.0]))


def test_the_ends_of_the_strength() -> None:
    inputs, weights = torch.tensor([16.0, 2.0]), torch.tensor([0.5, 4.0])
    torch.testing.assert_close(inputs / smoothing_scales(inputs, weights, 1.0), torch.ones(2))
    torch.testing.assert_close(weights * smoothing_scales(inputs, weights, 0.0), torch.ones(2))


def test_at_one_half_inputs_and_weights_have_the_same_largest_values() -> None:
    drawn = torch.Generator().manual_seed(0)
    x, w = torch.randn(64, 8, generator=drawn), torch.randn(5, 8, generator=drawn)
    x[:, 3] *= 50
    scales = smoothing_scales(x.abs().amax(0), column_peaks(w), 0.5)
    torch.testing.assert_close((x / scales).abs().amax(0), (w * scales).abs().amax(0))
    torch.testing.assert_close((x / scales) @ (w * scales).T, x @ w.T, rtol=1e-4, atol=1e-4)


def test_features_of_which_nothing_is_known_are_not_scaled() -> None:
    scales = smoothing_scales(torch.tensor([0.0, 3.0]), torch.tensor([2.0, 0.0]), 0.5)
    assert scales.tolist() == [1.0, 1.0]


def test_powers_of_two() -> None:
    scales = smoothing_scales(torch.tensor([9.0, 0.2]), torch.tensor([1.0, 1.0]), 0.5, powers_of_two=True)
    assert scales.tolist() == [4.0, 0.5]  # 3 and √0.2 ≈ 0.447, rounded in their logarithms


@pytest.mark.parametrize("shared", [[0, 1, 2, 3], [0, 0, 1, 1]])
def test_inputs_that_share_a_scale_take_the_largest(shared: list[int]) -> None:
    values = torch.tensor([1.0, 5.0, 2.0, 0.5])
    expected = [1.0, 5.0, 2.0, 0.5] if shared == [0, 1, 2, 3] else [5.0, 2.0]
    assert largest_of_columns(values, torch.tensor(shared), max(shared) + 1).tolist() == expected
