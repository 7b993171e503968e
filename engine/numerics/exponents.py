"""Exponents and powers of two, exact to the bit, from the bits of float32: `torch.frexp` has no kernel on Apple's
devices, and `torch.ldexp` multiplies by a power that a device may round."""

from __future__ import annotations

import torch

_MANTISSA = 23
_BIAS = 127


def exponents_of(values: torch.Tensor) -> torch.Tensor:
    """The int32 exponents e of float32 values = m · 2^e with 0.5 <= |m| < 1, as `torch.frexp` gives them: 0 for zeros.

    Subnormal values are included; for infinities and NaN the result has no meaning.
    """
    small = values.abs() < torch.finfo(torch.float32).tiny
    lifted = torch.where(small, values * 2.0**_MANTISSA, values)
    field = (lifted.view(torch.int32) >> _MANTISSA) & 0xFF
    return torch.where(values == 0, 0, field - (_BIAS - 1) - small.int() * _MANTISSA)


def powers_of_two(exponents: torch.Tensor) -> torch.Tensor:
    """2^e in float32 for integers e; infinite above 127, down to the smallest subnormal number 2^-149, 0 below."""
    exponents = exponents.int()
    normal = (exponents.clamp(1 - _BIAS, _BIAS + 1) + _BIAS) << _MANTISSA
    subnormal = torch.ones_like(exponents) << (exponents + 149).clamp(0, _MANTISSA - 1)
    bits = torch.where(exponents < 1 - _BIAS, subnormal, normal)
    return torch.where(exponents < -149, 0, bits).view(torch.float32)


def e8m0_values(codes: torch.Tensor) -> torch.Tensor:
    """The scales of E8M0 bytes: uint8 -> 2^(code − 127) in float32 (OCP MX, section 5.4.1)."""
    return powers_of_two(codes.int() - _BIAS)


def e8m0_codes(scales: torch.Tensor) -> torch.Tensor:
    """The E8M0 bytes of float32 powers of two from 2^-127 to 2^127, uint8: the inverse of `e8m0_values`."""
    return (exponents_of(scales) + _BIAS - 1).to(torch.uint8)
