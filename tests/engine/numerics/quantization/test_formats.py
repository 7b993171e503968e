"""Number formats against the libraries that define them."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.quantization.formats import E2M1, FORMATS, normal_float_levels


def test_nf4_is_the_table_of_bitsandbytes() -> None:
    from bitsandbytes.functional import get_4bit_type

    theirs = get_4bit_type("nf4", device="cpu").double()
    assert torch.allclose(torch.tensor(normal_float_levels(4), dtype=torch.float64), theirs, atol=2e-6)
    levels = normal_float_levels(3)
    assert len(levels) == 8 and levels[0] == -1 and levels[-1] == 1 and 0.0 in levels
    assert sum(level > 0 for level in levels) == sum(level < 0 for level in levels) + 1


@pytest.mark.parametrize("bits", range(2, 9))
def test_integers_are_in_two_s_complement(bits: int) -> None:
    entry = FORMATS[f"int{bits}"]
    assert (entry.minimum, entry.maximum) == (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    assert entry.code_dtype == torch.int8


def test_other_codes_are_stored_as_their_dtype_says() -> None:
    assert FORMATS["float8_e4m3"].code_dtype == torch.float8_e4m3fn
    assert FORMATS["float8_e4m3"].largest == torch.finfo(torch.float8_e4m3fn).max
    assert FORMATS["nf4"].code_dtype == FORMATS["int1"].code_dtype == torch.uint8


def test_e2m1_has_two_exponent_bits_and_one_mantissa_bit() -> None:
    def value(code: int) -> float:
        exponent, mantissa = code >> 1, code & 1
        return mantissa * 0.5 if exponent == 0 else (1 + mantissa / 2) * 2.0 ** (exponent - 1)

    assert tuple(value(code) for code in range(8)) == E2M1
    assert FORMATS["float4_e2m1"].levels == (*E2M1, *(-level for level in E2M1))
    assert FORMATS["float4_e2m1"].largest == max(E2M1)
