"""Statistics against float64 references."""

from __future__ import annotations

import math

import pytest
import torch

from engine.numerics import statistics


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1.0, 1e20])
@pytest.mark.parametrize("shift", [0.0, 50.0])
def test_moments_match_a_direct_computation(scale: float, shift: float) -> None:
    torch.manual_seed(0)
    x = ((torch.randn(500, 401) ** 3 + shift) * scale).float()
    x[::7] = 0
    got = statistics.moments(x)
    d = x.double()
    centerd = d - d.mean()
    variance = centerd.square().mean()
    assert got.count == x.numel()
    assert (got.minimum, got.maximum) == (float(x.min()), float(x.max()))
    assert got.mean == pytest.approx(float(d.mean()), rel=1e-9)
    assert got.standard_deviation == pytest.approx(float(variance.sqrt()), rel=1e-9)
    assert got.kurtosis == pytest.approx(float(centerd.pow(4).mean() / variance**2), rel=1e-6)
    assert got.sparsity == pytest.approx(float((x == 0).double().mean()))


def test_kurtosis_of_known_distributions() -> None:
    torch.manual_seed(0)
    assert statistics.moments(torch.randn(400_000)).kurtosis == pytest.approx(3, abs=0.03)
    assert statistics.moments(torch.rand(400_000)).kurtosis == pytest.approx(1.8, abs=0.01)
    assert statistics.moments(torch.full((100,), 3.0)).kurtosis == 3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_moments_notice_what_is_not_finite(bad: float) -> None:
    x = torch.zeros(200_000)
    x[150_000] = bad
    assert not statistics.moments(x).finite


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float8_e4m3fn])
def test_moments_of_short_floats(dtype: torch.dtype) -> None:
    x = torch.randn(1000).to(dtype)
    assert statistics.moments(x).maximum == float(x.float().max())


def test_sqnr_and_error() -> None:
    w = torch.randn(300, 700)
    noise = 0.01 * torch.randn_like(w)
    expected = 10 * math.log10(float(w.double().square().sum() / ((w + noise).double() - w.double()).square().sum()))
    assert statistics.sqnr_db(w, w + noise) == pytest.approx(expected, rel=1e-9)
    assert statistics.relative_error(w, w + noise) == pytest.approx(10 ** (-expected / 20), rel=1e-9)
    assert statistics.sqnr_db(w, w) == math.inf
    assert statistics.relative_error(w, w) == 0


def test_histogram_counts_everything_and_puts_outliers_at_the_edges() -> None:
    x = torch.linspace(-2, 2, 100_001)
    counts = statistics.histogram(x, -1.0, 1.0, bins=4)
    assert sum(counts) == x.numel()
    assert counts[0] == pytest.approx(37_500, abs=2) and counts[1] == pytest.approx(12_500, abs=2)


def test_histogram_of_a_sample_keeps_the_shape() -> None:
    torch.manual_seed(0)
    x = torch.randn(300_000)
    whole, sample = statistics.histogram(x, -3, 3, 8), statistics.histogram(x, -3, 3, 8, limit=50_000)
    assert 45_000 < sum(sample) <= 50_000
    for a, b in zip(whole, sample, strict=True):
        assert b / sum(sample) == pytest.approx(a / sum(whole), abs=0.01)


def test_histogram_of_a_constant() -> None:
    assert sum(statistics.histogram(torch.full((10,), 0.5), 0.5, 0.5)) == 10
