"""Exponents and powers of two from bits, against `torch.frexp` and Python's."""

from __future__ import annotations

import math

import torch

from engine.numerics.exponents import e8m0_codes, e8m0_values, exponents_of, powers_of_two


def test_exponents_are_those_of_frexp() -> None:
    draw = torch.Generator().manual_seed(0)
    values = torch.randn(20_000, generator=draw) * torch.exp(30 * torch.randn(20_000, generator=draw))
    edges = torch.tensor([0.0, -0.0, 1.0, -2.0, 1e-45, 2.0**-126, 2.0**-127, 1.17e-38, torch.finfo(torch.float32).max])
    values = torch.cat([values[torch.isfinite(values)], edges])
    assert torch.equal(exponents_of(values), torch.frexp(values).exponent)


def test_powers_are_exact_down_to_subnormal_ones() -> None:
    exponents = torch.arange(-155, 131)
    expected = [math.ldexp(1.0, int(e)) if e < 128 else math.inf for e in exponents]
    assert torch.equal(powers_of_two(exponents), torch.tensor(expected, dtype=torch.float64).float())


def test_bytes_of_e8m0_come_back() -> None:
    codes = torch.arange(255, dtype=torch.uint8)
    values = e8m0_values(codes)
    assert values[127] == 1.0 and values[0] == 2.0**-127 and values[254] == 2.0**127
    assert torch.equal(e8m0_codes(values), codes)
